"""The graph's functions for complex balls of python-flint, one analytic branch per piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
from sympy import Expr, sympify

from varprop.errors import Undecided
from varprop.moments.numbers.nodes import Graph
from varprop.moments.numbers.prepared import Prepared

SWITCHES = ("max", "min", "where", "abs", "sign", "step")


def ball(exact: Expr | int | float) -> Any:
    """Return a real ball that contains the number."""
    exact = sympify(exact)
    if exact.is_Rational:
        return flint.arb(flint.fmpq(int(exact.p), int(exact.q)))
    digits = round(flint.ctx.prec / 3.3) + 10
    value = exact.evalf(digits)
    return flint.arb(str(value)) * flint.arb(1, 2.0 ** -(flint.ctx.prec + 8))


def integrand_on(integrand: Prepared, inside: float) -> Callable[[Any, bool], Any]:
    """Return (x, analytic) -> ball of φ, with every switch decided as at the point ``inside``."""
    graph, output = integrand.graph, integrand.outputs[0]
    plan = graph.reachable((output,))
    values = integrand.nodes_at(inside)

    def function(x: Any, analytic: bool) -> Any:
        done: dict[int, Any] = {}
        for index in plan:
            done[index] = _apply(graph, index, done, values, flint.acb(x), analytic)
        return done[output]

    return function


def _apply(
    graph: Graph, index: int, done: dict[int, Any], values: dict[int, Any], x: Any, analytic: bool
) -> Any:
    op, args, exact = graph.nodes[index]
    inner = [done[a] for a in args]
    if op == "h":
        return x
    if op == "const":
        return flint.acb(ball(exact))
    if op == "add":
        return inner[0] + inner[1]
    if op == "mul":
        return inner[0] * inner[1]
    if op == "power":
        return inner[0] ** int(exact)
    if op in ("less", "and", "or", "not"):
        return None
    if op in SWITCHES:
        return _decided(op, args, inner, values)
    if op == "root":
        return (inner[0].log(analytic=analytic) * inner[1]).exp()
    if op not in FUNCTIONS:
        raise Undecided(f"no ball arithmetic for {op}.")
    return FUNCTIONS[op](inner[0], analytic)


def _decided(op: str, args: tuple[int, ...], inner: list[Any], values: dict[int, Any]) -> Any:
    at = [values[a] for a in args]
    if op == "where":
        return inner[1] if at[0] else inner[2]
    if op in ("max", "min"):
        return inner[0] if (at[0] > at[1]) == (op == "max") else inner[1]
    positive = at[0] > 0
    if op == "abs":
        return inner[0] if positive else -inner[0]
    return flint.acb(1 if positive else {"sign": -1, "step": 0}[op])


def _off_cut(function: Callable[[Any], Any], *, imaginary: bool) -> Callable[[Any, bool], Any]:
    """Return the function with nan where a ball may touch its branch cut, |part| ≥ 1 on an axis."""

    def safe(x: Any, analytic: bool) -> Any:
        along, across = (x.imag, x.real) if imaginary else (x.real, x.imag)
        if analytic and across.contains(0) and not abs(along) < 1:
            return flint.acb("nan")
        return function(x)

    return safe


def _any(function: Callable[[Any], Any]) -> Callable[[Any, bool], Any]:
    return lambda x, _: function(x)


FUNCTIONS: dict[str, Callable[[Any, bool], Any]] = {
    "exp": _any(lambda x: x.exp()),
    "expm1": _any(lambda x: x.expm1()),
    "log": lambda x, analytic: x.log(analytic=analytic),
    "log1p": lambda x, analytic: (1 + x).log(analytic=analytic),
    "sqrt": lambda x, analytic: x.sqrt(analytic=analytic),
    "tanh": _any(lambda x: x.tanh()),
    "sech": _any(lambda x: x.sech()),
    "tanhshrink": _any(lambda x: x - x.tanh()),
    "bump": _any(lambda x: x.exp() * x.exp().sech() ** 2),
    "expit": _any(lambda x: 1 / (1 + (-x).exp())),
    "softplus": lambda x, analytic: (1 + x.exp()).log(analytic=analytic),
    "sinh": _any(lambda x: x.sinh()),
    "cosh": _any(lambda x: x.cosh()),
    "sin": _any(lambda x: x.sin()),
    "cos": _any(lambda x: x.cos()),
    "tan": _any(lambda x: x.tan()),
    "atan": _off_cut(lambda x: x.atan(), imaginary=True),
    "asinh": _off_cut(lambda x: x.asinh(), imaginary=True),
    "asin": _off_cut(lambda x: x.asin(), imaginary=False),
    "acos": _off_cut(lambda x: x.acos(), imaginary=False),
    "atanh": _off_cut(lambda x: x.atanh(), imaginary=False),
    "erf": _any(lambda x: x.erf()),
    "erfc": _any(lambda x: x.erfc()),
}
