"""The functions of the graph: derivative, parity, and how much each magnifies an error.

``slope(graph, a)`` returns the node of f'(a). ``magnify`` is source code, in terms of the argument
``a`` and the value ``v``, for a bound on |f'(a)|. ``ulps`` is source code for the error of f itself in
unit roundoffs of |f|, where ``k`` stands for the error of the library's elementary functions.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Rational, pi, sqrt

from varprop.frozen import frozen
from varprop.moments.numbers.nodes import Graph


@frozen
class Rule:
    """What the engine needs to know about one function."""

    slope: Callable[[Graph, int], int]
    magnify: str
    parity: str | None = None
    ulps: str = "k"


def _gaussian_slope(g: Graph, a: int, sign: int) -> int:
    return g.mul(g.const(sign * 2 / sqrt(pi)), g.put("exp", g.neg(g.power(a, 2))))


def _reciprocal_root(g: Graph, base: int) -> int:
    return g.power(g.put("sqrt", base), -1)


def _one_plus_square(g: Graph, a: int, sign: int) -> int:
    return g.add(g.const(1), g.mul(g.const(sign), g.power(a, 2)))


def _bump_rate(g: Graph, a: int) -> int:
    """1 − 2eᵃ·tanh(eᵃ), the logarithmic derivative of eᵃ·sech²(eᵃ)."""
    inner = g.put("exp", a)
    return g.add(g.const(1), g.mul(g.const(-2), inner, g.put("tanh", inner)))


def _zero(g: Graph, a: int) -> int:  # noqa: ARG001
    return g.const(0)


RULES: dict[str, Rule] = {
    "exp": Rule(lambda g, a: g.put("exp", a), "v"),
    "expm1": Rule(lambda g, a: g.put("exp", a), "(v + 1)"),
    "log": Rule(lambda g, a: g.power(a, -1), "reciprocal(a)"),
    "log1p": Rule(lambda g, a: g.power(g.add(g.const(1), a), -1), "reciprocal(1 + a)"),
    "sqrt": Rule(
        lambda g, a: g.mul(g.const(Rational(1, 2)), _reciprocal_root(g, a)), "reciprocal(2 * v)"
    ),
    "tanh": Rule(lambda g, a: g.power(g.put("sech", a), 2), "(1 - v * v)", "odd"),
    "sech": Rule(
        lambda g, a: g.neg(g.mul(g.put("sech", a), g.put("tanh", a))), "v", "even", "(3 * k + 3)"
    ),
    "tanhshrink": Rule(lambda g, a: g.power(g.put("tanh", a), 2), "1.0", "odd", "(4 * k + 25)"),
    "expit": Rule(
        lambda g, a: g.mul(g.put("expit", a), g.put("expit", g.neg(a))),
        "v * (1 - v)",
        None,
        "(k + 3)",
    ),
    "softplus": Rule(lambda g, a: g.put("expit", a), "expit(a)", None, "(2 * k + 2)"),
    "bump": Rule(
        lambda g, a: g.mul(g.put("bump", a), _bump_rate(g, a)),
        "v * (1 + 2 * exp(smallest(a, 7.0)))",
        None,
        "(5 * k + 10 + 2 * k * exp(smallest(a, 7.0)))",
    ),
    "sinh": Rule(lambda g, a: g.put("cosh", a), "(1 + abs(v))", "odd"),
    "cosh": Rule(lambda g, a: g.put("sinh", a), "v", "even"),
    "sin": Rule(lambda g, a: g.put("cos", a), "1.0", "odd"),
    "cos": Rule(lambda g, a: g.neg(g.put("sin", a)), "1.0", "even"),
    "tan": Rule(lambda g, a: g.add(g.const(1), g.power(g.put("tan", a), 2)), "(1 + v * v)", "odd"),
    "asin": Rule(
        lambda g, a: _reciprocal_root(g, _one_plus_square(g, a, -1)),
        "reciprocal(sqrt(1 - a * a))",
        "odd",
    ),
    "acos": Rule(
        lambda g, a: g.neg(_reciprocal_root(g, _one_plus_square(g, a, -1))),
        "reciprocal(sqrt(1 - a * a))",
    ),
    "atan": Rule(
        lambda g, a: g.power(_one_plus_square(g, a, 1), -1), "reciprocal(1 + a * a)", "odd"
    ),
    "asinh": Rule(lambda g, a: _reciprocal_root(g, _one_plus_square(g, a, 1)), "1.0", "odd"),
    "acosh": Rule(
        lambda g, a: _reciprocal_root(g, g.add(g.power(a, 2), g.const(-1))),
        "reciprocal(sqrt(a * a - 1))",
    ),
    "atanh": Rule(
        lambda g, a: g.power(_one_plus_square(g, a, -1), -1), "reciprocal(1 - a * a)", "odd"
    ),
    "erf": Rule(lambda g, a: _gaussian_slope(g, a, 1), "(1.13 * exp(-a * a))", "odd", "(2 * k)"),
    "erfc": Rule(
        lambda g, a: _gaussian_slope(g, a, -1),
        "(1.13 * exp(-a * a))",
        None,
        "(2 * k + 4 * largest(a, 0.0) * largest(a, 0.0))",
    ),
    "abs": Rule(lambda g, a: g.put("sign", a), "1.0", "even", "0.0"),
    "sign": Rule(_zero, "0.0", "odd", "0.0"),
    "step": Rule(_zero, "0.0", None, "0.0"),
}
