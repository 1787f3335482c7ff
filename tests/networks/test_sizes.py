"""Sizes and factors as people write them: exact, never evaluated, not a letter of the rules."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import Integer, Rational, Symbol

from varprop.errors import BadInput
from varprop.networks.dense import Dense
from varprop.networks.elementwise import Dropout
from varprop.networks.residual import Residual

K = Symbol("k", positive=True)


@pytest.mark.parametrize("given", [3, "3", np.int64(3), Integer(3)])
def test_widths_of_any_kind(given: Any) -> None:
    """Python's, NumPy's and SymPy's whole numbers, and text."""
    assert Dense(given) == Dense(3)


@pytest.mark.parametrize("given", [0.1, "0.1", Rational(1, 10), "1/10"])
def test_decimals_are_exact(given: Any) -> None:
    """0.1 is a tenth, in Python as in a spec."""
    assert Dropout(given).p == Rational(1, 10)
    assert str(Residual(Dense(4), scale=given)) == "Residual(Dense(4), scale=1/10)"


def test_a_name_is_a_positive_symbol() -> None:
    """Text names the symbol that ``vp.symbols`` makes."""
    assert Dense("k").features == K


def test_text_is_parsed_and_never_run(tmp_path: Path) -> None:
    """A call in the text is a refusal, not an action."""
    left = tmp_path / "ran"
    with pytest.raises(BadInput):
        Dense(f"open('{left}', 'w')")
    assert not left.exists()


@pytest.mark.parametrize("letter", ["q", "c"])
def test_letters_of_the_rules_are_refused(letter: str) -> None:
    """A width named q would be taken for the variance of a pre-activation."""
    with pytest.raises(BadInput, match="is kept for"):
        Dense(letter)
    with pytest.raises(BadInput, match="is kept for"):
        Residual(Dense(4), scale=letter)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), True, None, "inf"])
def test_what_is_no_number_is_refused(given: Any) -> None:
    """One line that names the value."""
    with pytest.raises(BadInput):
        Residual(Dense(4), scale=given)


def test_a_fraction_is_no_width() -> None:
    """3/2 units do not exist, whoever made the number."""
    with pytest.raises(BadInput, match="whole number"):
        Dense(Fraction(3, 2))
