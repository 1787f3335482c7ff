"""Lines break between words; numbers with their units and formulas that fit stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varprop.render.wrapping import wrap

SENTENCE = (
    "keeps E[h²] within 0.3 % at Var(w) = 2/n = 0.00390625 (χ∥ = χ⊥ = 1), and E[x²] = q/2 − q/(2·π) "
    "holds at any depth; gradient ×1.178 per layer"
)
WHOLE = ("Var(w) = 2/n = 0.00390625", "E[x²] = q/2 − q/(2·π)", "0.3 %", "χ∥ = χ⊥ = 1")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_formulas_stay_whole_and_nothing_is_lost(width: int) -> None:
    lines = wrap(SENTENCE, width)
    assert all(len(line) <= width for line in lines)
    assert " ".join(line.strip() for line in lines) == SENTENCE
    for formula in WHOLE:
        assert any(formula in line for line in lines), formula


def test_a_formula_longer_than_the_line_goes_on_before_a_sign() -> None:
    formula = "Var(h) = " + " + ".join(f"n·Var(w_{k})·E[x_{k}²]" for k in range(8))
    lines = wrap(formula, 40)
    assert all(len(line) <= 40 for line in lines)
    assert all(line.strip().startswith("+") for line in lines[1:])


def test_short_lines_and_indentation_are_kept() -> None:
    assert wrap("  as it is  here", 80) == ["  as it is  here"]
    assert all(line.startswith("    ") for line in wrap("    " + "word " * 40, 40))


def test_what_cannot_break_is_not_cut() -> None:
    assert wrap("x" * 100, 40) == ["x" * 100]


@given(st.text(alphabet="ab1=+−(). %", max_size=200), st.integers(20, 100))
def test_every_sign_survives(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


def test_an_option_stays_with_its_value() -> None:
    text = "--steps · varprop propagate --act tanh --width 64 --depth 50 · varprop list activations"
    for width in range(30, 80):
        lines = wrap(text, width)
        assert not any(line.rstrip().endswith(("--act", "--width", "--depth")) for line in lines)
