"""Open factors next to other symbols: formulas, where they hold, and refusals that say what was seen."""

from __future__ import annotations

import pytest
from sympy import Expr, Rational, Symbol, simplify, sqrt

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.errors import BadInput
from varprop.moments.holding import coefficients_apart, vanishes
from varprop.networks.network import network

L, r, k, x = (Symbol(name, positive=True) for name in "Lrkx")

DEEPNORM = (
    "Input(64, tokens=16) >> 6 * (Residual(SelfAttention(8, scale=b{}), skip=12**(1/4)) >> LayerNorm()"
    " >> Residual(Dense(256, scale=b) >> relu >> Dense(64, scale=b), skip=12**(1/4)) >> LayerNorm())"
)


def solved(text: str, name: str = "s") -> tuple[ArchitectureSolution, Expr]:
    found = solve_network(network(text), unknown=name)
    assert found.unknown is not None
    return found, found.unknown.value.expr


@pytest.mark.parametrize("count", ["8", "L"])
def test_a_symbolic_dropout_rate_lies_below_1(count: str) -> None:
    _, value = solved(
        f"Input(n) >> {count} * Residual(LayerNorm() >> Dense(n) >> Dropout(r), scale=s)"
    )
    wanted = sqrt((1 - r) / (8 if count == "8" else L))
    for rate in (Rational(1, 10), Rational(9, 10)):
        at = {r: rate, L: 5}
        assert float(value.subs(at)) == pytest.approx(float(wanted.subs(at)), rel=1e-14)


def test_a_factor_of_the_skip_path_may_stay_open() -> None:
    """k¹² + s²·(1 + k² + … + k¹⁰) = 2, which has a solution up to k = 2^(1/12)."""
    block = "Residual(LayerNorm() >> Dense(64) >> relu >> Dense(64), scale=s, skip=k)"
    found, value = solved(f"Input(64) >> 6 * {block}")
    wanted = (2 - k**12) / sum(k ** (2 * i) for i in range(6))
    assert simplify(value**2 - wanted) == 0
    assert "for k = 1/2, not for k = 2" in found.notes[0]


def test_beta_of_deepnorm() -> None:
    """β = (8N)^(−1/4) scales values and output projections (Wang et al. 2022, figure 2)."""
    _, value = solved(DEEPNORM.format(", value_scale=b"), "b")
    assert float(value) == pytest.approx(48**-0.25, rel=1e-12)
    with pytest.raises(BadInput, match=r"however small b is.*value_scale=b"):
        solved(DEEPNORM.format(""), "b")


def test_values_drawn_with_queries_have_no_scale_of_their_own() -> None:
    with pytest.raises(BadInput, match="leave packed out"):
        network("Input(64, tokens=16) >> SelfAttention(8, packed=True, value_scale=1/2)")


def test_what_no_factor_fulfils_says_what_was_seen() -> None:
    text = "Input(8) >> 6 * Residual(LayerNorm() >> Dense(8) >> relu >> Dense(8), scale=s, skip=3)"
    with pytest.raises(BadInput, match="exceeded however small s is"):
        solved(text)


def test_long_coefficients_are_set_apart_and_judged_by_their_digits() -> None:
    part = (L + 1) ** 2 - L**2 - 2 * L
    plain, parts = coefficients_apart(part * x**2 + r * x + 2, [x])
    assert plain.free_symbols - {x} == set(parts)
    assert plain.xreplace(parts) == part * x**2 + r * x + 2
    long = sum(((L + i) ** 2 - L**2 - 2 * i * L - i**2) * r**i for i in range(1, 9))
    assert vanishes(long)
    assert not vanishes(long + r / 10**9)
