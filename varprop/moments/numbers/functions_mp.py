"""The graph's functions for mpmath numbers of any precision, with unlimited exponents."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
from sympy import Expr, sympify

from varprop.moments.numbers.nodes import Graph


@lru_cache(maxsize=32)
def context(digits: int) -> Any:
    """Return an mpmath context of its own, so that no one else's precision is touched."""
    ctx = mpmath.MPContext()
    ctx.dps = digits
    return ctx


@lru_cache(maxsize=32)
def namespace(digits: int) -> dict[str, Any]:
    """Return name in the graph -> function at that many digits."""
    ctx = context(digits)
    direct = (
        "exp expm1 log log1p sqrt tanh sech sinh cosh sin cos tan asin acos atan asinh acosh atanh "
        "erf erfc sign"
    )
    return {
        **{name: getattr(ctx, name) for name in direct.split()},
        "tanhshrink": lambda x: x - ctx.tanh(x),
        "expit": lambda x: 1 / (1 + ctx.exp(-x)),
        "softplus": lambda x: max(x, ctx.zero) + ctx.log1p(ctx.exp(-abs(x))),
        "bump": lambda x: ctx.exp(x) * ctx.sech(ctx.exp(x)) ** 2,
        "step": lambda x: ctx.one if x > 0 else ctx.zero,
        "reciprocal": lambda x: 1 / x if x else ctx.inf,
        "power": lambda x, n: x**n,
        "root": lambda x, power: x**power if x >= 0 else ctx.nan,
        "opaque": lambda function: lambda x: ctx.mpf(float(function(float(x)))),
        "largest": max,
        "smallest": min,
        "where": lambda condition, yes, no: yes if condition else no,
    }


def number(exact: Expr | int, digits: int) -> Any:
    """Return an exact constant as a number of that context."""
    ctx = context(digits)
    exact = sympify(exact)
    if exact.is_Rational:
        return ctx.mpf(int(exact.p)) / int(exact.q)
    return ctx.make_mpf(exact.evalf(digits + 10)._mpf_)


def constants(graph: Graph, digits: int) -> dict[int, Any]:
    """Return the constants of a graph by node."""
    return {
        index: number(node.exact, digits)
        for index, node in enumerate(graph.nodes)
        if node.op == "const"
    }
