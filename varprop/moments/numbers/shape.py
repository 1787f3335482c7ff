"""Where an integrand has kinks, and on what lengths it varies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product

from sympy import Expr, S, pi, sqrt

from varprop.frozen import frozen
from varprop.moments.numbers.code import compile_graph
from varprop.moments.numbers.functions_math import NAMESPACE
from varprop.moments.numbers.nodes import Graph, rounded
from varprop.moments.numbers.rules import RULES

Quadratic = tuple[Expr, Expr, Expr]
"""Coefficients of 1, h, h²."""

MOST_BRANCHES = 16
SINGULAR_AT_ZERO = ("log", "sqrt", "root")
ZERO_SWITCHES = ("abs", "sign", "step")


@frozen
class Kink:
    """A point where a piece ends: its double, and exactly or as a root of the node ``switch``."""

    value: float
    exact: Expr | None
    switch: int


@frozen
class Shape:
    """What the panels are laid out by; ``lengths`` are pairs (centre, length) in units of h."""

    kinks: tuple[Kink, ...]
    lengths: tuple[tuple[float, float], ...]


def shape(graph: Graph, outputs: tuple[int, ...]) -> Shape:
    """Read off kinks and lengths."""
    needed = graph.reachable(outputs)
    polynomials = branches(graph, needed)
    kinks: dict[float, Kink] = {}
    lengths = {(0.0, 1.0)}
    for switch in _switches(graph, needed, polynomials):
        for kink in _roots(graph, switch, polynomials):
            kinks.setdefault(kink.value, kink)
    for node in needed:
        lengths |= set(_lengths(graph, node, polynomials))
    ordered = tuple(kinks[value] for value in sorted(kinks))
    return Shape(ordered, tuple(sorted(lengths)))


def branches(graph: Graph, needed: list[int]) -> dict[int, tuple[Quadratic, ...]]:
    """Return the polynomials of degree ≤ 2 that each node may be, empty where it is none."""
    found: dict[int, tuple[Quadratic, ...]] = {}
    for node in needed:
        op, args, exact = graph.nodes[node]
        options: list[Quadratic | None] = []
        if op == "h":
            options = [(S.Zero, S.One, S.Zero)]
        elif op == "const":
            options = [(exact, S.Zero, S.Zero)]
        elif op in ("add", "mul") or (op == "power" and exact == 2):
            pair = (args[0], args[-1])
            combine = plus if op == "add" else times
            options = [combine(a, b) for a, b in product(found[pair[0]], found[pair[1]])]
        elif op == "abs":
            options = [tuple(s * c for c in a) for a in found[args[0]] for s in (1, -1)]
        elif op in ("max", "min", "where") and all(found.get(a) for a in args[-2:]):
            options = [*found[args[-2]], *found[args[-1]]]
        distinct = tuple(dict.fromkeys(option for option in options if option is not None))
        found[node] = distinct if len(distinct) <= MOST_BRANCHES else ()
    return found


def plus(a: Quadratic, b: Quadratic) -> Quadratic:
    """Return the sum."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def times(a: Quadratic, b: Quadratic) -> Quadratic | None:
    """Return the product, None when its degree exceeds 2."""
    if (a[2] != 0 and (b[1] != 0 or b[2] != 0)) or (a[1] != 0 and b[2] != 0):
        return None
    return (
        a[0] * b[0],
        a[0] * b[1] + a[1] * b[0],
        a[0] * b[2] + a[1] * b[1] + a[2] * b[0],
    )


def _switches(
    graph: Graph, needed: list[int], polynomials: dict[int, tuple[Quadratic, ...]]
) -> list[int]:
    """Return nodes whose zeros are where a piece ends or a function is singular."""
    switches = []
    for node in needed:
        op, args, exact = graph.nodes[node]
        if op in ("max", "min", "less"):
            difference = graph.add(args[0], graph.neg(args[1]))
            polynomials |= branches(graph, graph.reachable((difference,)))
            switches.append(difference)
        elif op == "tan":
            distance = graph.add(args[0], graph.const(-pi / 2))
            polynomials |= branches(graph, graph.reachable((distance,)))
            switches.append(distance)
        elif op in SINGULAR_AT_ZERO or op in ZERO_SWITCHES or (op == "power" and int(exact) < 0):
            switches.append(args[0])
    return list(dict.fromkeys(switches))


def _roots(
    graph: Graph, switch: int, polynomials: dict[int, tuple[Quadratic, ...]]
) -> Iterator[Kink]:
    if not polynomials[switch]:
        yield from (Kink(root, None, switch) for root in _scanned_roots(graph, switch))
    for c0, c1, c2 in polynomials[switch]:
        if c2 != 0:
            inside = c1**2 - 4 * c0 * c2
            exacts = [(-c1 + s * sqrt(inside)) / (2 * c2) for s in (1, -1)] if inside >= 0 else []
        else:
            exacts = [-c0 / c1] if c1 != 0 else []
        yield from (Kink(rounded(exact), exact, switch) for exact in exacts)


def _scanned_roots(graph: Graph, switch: int) -> Iterator[float]:
    """Find sign changes of a switch that is no polynomial, on a grid that is denser near 0."""
    function = compile_graph(graph, (switch,), NAMESPACE)
    grid = [math.sinh(k / 16) / 8 + 1e-9 for k in range(-208, 209)]
    values = [function(x)[0] for x in grid]
    for left, right, before, after in zip(grid, grid[1:], values, values[1:], strict=False):
        if before * after < 0:
            yield _bisected(lambda x: function(x)[0], left, right, before)


def _bisected(
    function: Callable[[float], float], left: float, right: float, before: float
) -> float:
    while True:
        middle = (left + right) / 2
        if middle in (left, right):
            return middle
        if abs(middle) < 1e-30:
            return 0.0
        if (function(middle) < 0) == (before < 0):
            left = middle
        else:
            right = middle


def _lengths(
    graph: Graph, node: int, polynomials: dict[int, tuple[Quadratic, ...]]
) -> Iterator[tuple[float, float]]:
    op, args, exact = graph.nodes[node]
    singular = op in SINGULAR_AT_ZERO or (op == "power" and int(exact) < 0)
    if not (singular or op in RULES):
        return
    for coefficients in polynomials[args[0]]:
        c0, c1, c2 = (rounded(c) for c in coefficients)
        if c2 == 0 and c1 != 0:
            yield -c0 / c1, 1 / abs(c1)
        elif c2 != 0:
            spread = math.sqrt(abs(c1 * c1 - 4 * c0 * c2)) / (2 * abs(c2)) if singular else 0.0
            yield -c1 / (2 * c2), spread or 1 / math.sqrt(abs(c2))
