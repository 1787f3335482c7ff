"""Cutting an expression at its kinks."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, Rational, exp, oo, sign, sqrt, tanh

from tests.moments.examples import EXAMPLES, a, alpha, b
from varprop.moments.pieces import kinks, pieces
from varprop.moments.unrecognised import Unrecognised
from varprop.notation import h

KINKS = {
    "max": (Max(0, h) ** 2, (0,)),
    "nested": (Max(-1, Min(1, h)), (-1, 1)),
    "hard_swish": (h * Min(6, Max(0, h + 3)) / 6, (-3, 3)),
    "quadratic": (Abs(h**2 - 2), (-sqrt(2), sqrt(2))),
    "symbolic_quadratic": (Abs(h**2 - a**2), (-a, a)),
    "three_arguments": (Max(1, h, h**2), (-1, 1)),
    "piecewise_of_abs": (Piecewise((h, Abs(h) > a), (0, True)), (-a, a)),
    "conjunction": (Piecewise((h, (h > 0) & (h < a)), (0, True)), (0, a)),
    "inverse": (Max(tanh(h), Rational(1, 2)), (sympy.atanh(Rational(1, 2)),)),
    "exponential": (Max(exp(h), 2), (sympy.log(2),)),
    "positive_for_ever": (Abs(exp(h) + 1), ()),
    "unknown_slope": (Max(h, alpha * h), (0,)),
    "step_of_sign": (Heaviside(sign(h) + Rational(1, 2)), (0,)),
    "joined": (Abs(h) ** 2 + Max(h, 0) + Min(h, 0), ()),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str) -> None:
    f, expected = KINKS[name]
    assert kinks(f, h) == expected


def test_ends_without_order_are_clamped() -> None:
    parts = pieces(Min(Max(h, a), b), h)
    assert [(p.low, p.high) for p in parts] == [(-oo, a), (a, Max(a, b)), (Max(a, b), oo)]
    assert [p.expr for p in parts] == [Min(a, b), h, b]


@pytest.mark.parametrize("f", [sympy.floor(h), Abs(sympy.sin(h)), Max(h**5 - a * h + 1, 0)])
def test_what_cannot_be_cut_is_refused(f: Expr) -> None:
    with pytest.raises(Unrecognised):
        pieces(f, h)


@pytest.mark.parametrize("name", EXAMPLES)
def test_pieces_agree_with_the_whole(name: str) -> None:
    example = EXAMPLES[name]
    for point in example.values:
        whole = example.phi.xreplace(point)
        parts = [
            (float(p.low.xreplace(point)), float(p.high.xreplace(point)), p.expr.xreplace(point))
            for p in pieces(example.phi, h)
        ]
        for x in (-7.3, -2.05, -1.1, -0.31, 0.29, 0.83, 1.5, 2.2, 6.7):
            holders = [expr for low, high, expr in parts if low < x < high]
            assert len(holders) == 1
            value = complex(whole.xreplace({h: sympy.Float(x)}).evalf()).real
            assert math.isclose(
                float(holders[0].xreplace({h: sympy.Float(x)})), value, abs_tol=1e-12
            )


knots = st.integers(-3, 3)


@st.composite
def kinked(draw: st.DrawFn, depth: int = 3) -> Expr:
    """Random nestings of switches over linear functions."""
    if depth == 0:
        return draw(knots) * h + draw(knots)
    first, second = draw(kinked(depth - 1)), draw(kinked(depth - 1))
    kind = draw(st.sampled_from(["max", "min", "abs", "add", "piecewise", "sign"]))
    return {
        "max": lambda: Max(first, second),
        "min": lambda: Min(first, second),
        "abs": lambda: Abs(first) - second,
        "add": lambda: first + 2 * second,
        "piecewise": lambda: Piecewise((first, h > draw(knots)), (second, True)),
        "sign": lambda: sign(first) + second,
    }[kind]()


@settings(max_examples=40, deadline=None)
@given(kinked(), st.fractions(-6, 6).filter(lambda x: (x * 7).denominator > 60))
def test_random_nestings(f: Expr, place: object) -> None:
    x = Rational(str(place))
    parts = pieces(f, h)
    assert parts[0].low == -oo
    assert parts[-1].high == oo
    holders = [p.expr for p in parts if p.low < x and x < p.high]
    if holders:
        assert holders[0].subs(h, x) == f.subs(h, x)
