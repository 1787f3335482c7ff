"""How fast a graph can grow: |f(h)| ≤ a·(1 + |h|)ⁿ·exp(b|h|), proved rule by rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from sympy import S

from varprop.moments.numbers.nodes import Graph, rounded
from varprop.moments.numbers.shape import Quadratic, plus, times

CEILING = 1.0 + 1e-9
"""Every rounding of these rules is covered by enlarging each result by this factor."""

BOUNDED = {
    "tanh": 1.0, "sech": 1.0, "expit": 1.0, "sin": 1.0, "cos": 1.0, "erf": 1.0, "erfc": 2.0,
    "sign": 1.0, "step": 1.0, "bump": 0.5, "atan": 1.571, "asin": 1.571, "acos": 3.142,
}  # fmt: skip
POSITIVE = ("sech", "expit", "erfc", "step", "bump")
SUBLINEAR = {"softplus": 0.694, "tanhshrink": 0.0, "asinh": 0.0, "abs": 0.0, "sqrt": 1.0}
"""|f(x)| ≤ constant + |x|."""

CONDITIONS = ("less", "and", "or", "not")
LARGEST = 300.0


class Growth(NamedTuple):
    """|f(h)| ≤ exp(log_a)·(1 + |h|)ⁿ·exp(b|h|), low ≤ f(h) ≤ high (None: nothing known)."""

    log_a: float
    n: float
    b: float
    low: float | None = None
    high: float | None = None

    def power(self, exponent: float) -> Growth:
        """Return the growth of the power, for a positive exponent."""
        return Growth(self.log_a * exponent, self.n * exponent, self.b * exponent)

    def product(self, other: Growth) -> Growth:
        """Return the growth of the product."""
        return Growth(self.log_a + other.log_a, self.n + other.n, self.b + other.b)


ARGUMENT = Growth(0.0, 1.0, 0.0)
BOUNDED_BY_ONE = Growth(0.0, 0.0, 0.0)


def growth(
    graph: Graph, output: int, side: int, far: Mapping[int, Any] | None = None
) -> Growth | None:
    """Return a bound that holds for h → side·∞, None when no rule gives one.

    ``far`` holds every node's value beyond the last kink on that side: switches between polynomials
    are then decided and the bound holds beyond that kink; without it, it holds everywhere.
    """
    prover = _Prover(graph, side, far)
    for node in graph.reachable((output,)):
        prover.visit(node)
    return prover.bound[output]


def polynomial_at(graph: Graph, output: int, values: Mapping[int, Any]) -> Quadratic | None:
    """Return the polynomial that a node is around the point where its nodes have these values."""
    prover = _Prover(graph, 1, values)
    for node in graph.reachable((output,)):
        prover.visit(node)
    return prover.polynomial[output]


class _Prover:
    def __init__(self, graph: Graph, side: int, far: Mapping[int, Any] | None) -> None:
        self.graph, self.side, self.far = graph, side, far
        self.bound: dict[int, Growth | None] = {}
        self.polynomial: dict[int, Quadratic | None] = {}

    def visit(self, node: int) -> None:
        op, args, exact = self.graph.nodes[node]
        chosen = self._chosen(op, args)
        if chosen is not None:
            self.bound[node], self.polynomial[node] = self.bound[chosen], self.polynomial[chosen]
            if op == "abs":
                self._absolute(node, chosen)
            return
        self.polynomial[node] = self._polynomial(op, args, exact)
        found = self._rule(op, args, exact)
        if found is not None and not found.log_a + found.b + found.n < LARGEST:
            found = None
        self.bound[node] = found and found._replace(log_a=found.log_a + math.log(CEILING))

    def _chosen(self, op: str, args: tuple[int, ...]) -> int | None:
        """Return the branch that a switch takes far out, None when it is not decided."""
        if self.far is None or any(self.polynomial.get(a) is None for a in args if op != "where"):
            return None
        if op == "abs":
            return args[0]
        if op in ("max", "min"):
            return args[0] if (self.far[args[0]] > self.far[args[1]]) == (op == "max") else args[1]
        if op == "where" and self._certain(args[0]):
            return args[1] if self.far[args[0]] else args[2]
        return None

    def _absolute(self, node: int, argument: int) -> None:
        bound, p = self.bound[argument], self.polynomial[argument]
        self.bound[node] = bound and bound._replace(low=0.0, high=None)
        if self.far is not None and self.far[argument] < 0 and p is not None:
            self.polynomial[node] = (-p[0], -p[1], -p[2])

    def _certain(self, condition: int) -> bool:
        op, args, _ = self.graph.nodes[condition]
        if op == "less":
            return all(self.polynomial[a] is not None for a in args)
        return all(self._certain(a) for a in args)

    def _polynomial(self, op: str, args: tuple[int, ...], exact: Any) -> Quadratic | None:
        if op == "h":
            return (S.Zero, S.One, S.Zero)
        if op == "const":
            return (exact, S.Zero, S.Zero)
        if op in ("sign", "step") and self.far is not None and self.polynomial[args[0]]:
            positive = self.far[args[0]] > 0
            return (S.One if positive else {"sign": -S.One, "step": S.Zero}[op], S.Zero, S.Zero)
        if op in ("add", "mul") or (op == "power" and exact == 2):
            first, second = self.polynomial[args[0]], self.polynomial[args[-1]]
            if first is None or second is None:
                return None
            return plus(first, second) if op == "add" else times(first, second)
        return None

    def _rule(self, op: str, args: tuple[int, ...], exact: Any) -> Growth | None:
        if op == "h":
            return ARGUMENT
        if op == "const":
            value = rounded(exact)
            return Growth(_log(abs(value)), 0.0, 0.0, value, value)
        if op in BOUNDED:
            return Growth(math.log(BOUNDED[op]), 0.0, 0.0, 0.0 if op in POSITIVE else None)
        if op in CONDITIONS:
            return BOUNDED_BY_ONE
        inner = [self.bound[a] for a in args]
        known = [part for part in inner if part is not None]
        if len(known) < len(inner):
            return None
        if op in ("log1p", "root"):
            return _slow(op, known[0], exact)
        if op in SUBLINEAR:
            low = None if op in ("tanhshrink", "asinh") else 0.0
            if op == "sqrt" and known[0].low is not None and known[0].low > 0:
                low = math.sqrt(known[0].low) / CEILING
            log_a = _log(math.exp(known[0].log_a) + SUBLINEAR[op])
            return Growth(log_a, known[0].n, known[0].b, low)
        if op in ("add", "max", "min", "where"):
            return _joined(op, known[-2], known[-1])
        if op == "mul":
            return _multiplied(known[0], known[1], square=args[0] == args[1])
        if op == "power":
            return _raised(known[0], int(exact))
        if op in ("exp", "expm1", "sinh", "cosh"):
            return self._exponential(op, args[0], known[0])
        return None

    def _exponential(self, op: str, argument: int, inner: Growth) -> Growth | None:
        polynomial = self.polynomial[argument]
        extra = {"exp": 0.0, "expm1": 1.0}.get(op, 2.0)
        if op == "exp" and inner.high is not None and polynomial is None:
            return Growth(inner.high, 0.0, 0.0, 0.0)
        if op in ("sinh", "cosh") or polynomial is None:
            if inner.n > 1 or inner.b > 0:
                return None
            a = math.exp(inner.log_a)
            return Growth(_log(1 + extra) + a, 0.0, a if inner.n else 0.0)
        c0, c1, c2 = (rounded(c) for c in polynomial)
        if c2 > 0:
            return None
        if c2 < 0:
            return Growth(max(_log(extra), c0 - c1 * c1 / (4 * c2)) + 0.7, 0.0, 0.0, -extra)
        rate = c1 * self.side if self.far is not None else abs(c1)
        return Growth(max(_log(extra), c0) + 0.7, 0.0, max(rate, 0.0), -extra)


def _slow(op: str, x: Growth, exact: Any) -> Growth | None:
    """log(1 + x) ≤ x and xᵖ ≤ 1 + x for x ≥ 0, 0 < p ≤ 1."""
    if x.low is None or x.low < 0 or (op == "root" and not 0 < rounded(exact) <= 1):
        return None
    extra = 1.0 if op == "root" else 0.0
    return Growth(_log(math.exp(x.log_a) + extra), x.n, x.b, 0.0)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -LARGEST


def _joined(op: str, x: Growth, y: Growth) -> Growth:
    lows = [part for part in (x.low, y.low) if part is not None]
    low = None
    if op == "max":
        low = max(lows, default=None)
    elif len(lows) == 2:
        low = sum(lows) if op == "add" else min(lows)
    return Growth(max(x.log_a, y.log_a) + math.log(2), max(x.n, y.n), max(x.b, y.b), low)


def _multiplied(x: Growth, y: Growth, *, square: bool) -> Growth:
    positive = x.low is not None and x.low >= 0 and y.low is not None and y.low >= 0
    high = None
    for factor, other in ((x, y), (y, x)):
        if (
            factor.high is not None
            and factor.high <= 0
            and other.low is not None
            and other.low >= 0
        ):
            high = 0.0
    return x.product(y)._replace(low=0.0 if positive or square else None, high=high)


def _raised(x: Growth, n: int) -> Growth | None:
    if n > 0:
        positive = n % 2 == 0 or (x.low is not None and x.low >= 0)
        return x.power(n)._replace(low=0.0 if positive else None)
    if x.low is None or x.low <= 0:
        return None
    return Growth(n * math.log(x.low), 0.0, 0.0, 0.0)
