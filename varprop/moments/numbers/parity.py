"""Is a function odd or even? By the rules of its parts, or piece by piece where it is polynomial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from varprop.moments.numbers.growth import polynomial_at
from varprop.moments.numbers.nodes import Graph
from varprop.moments.numbers.rules import RULES

NodesAt = Callable[[float], Mapping[int, Any]]


def parity_of(graph: Graph, output: int, kinks: Sequence[float], nodes_at: NodesAt) -> str | None:
    """Return "odd", "even" or None (neither, or not known) for one node.

    ``nodes_at`` returns the value of every node at a point.
    """
    needed = graph.reachable((output,))
    found = _by_rules(graph, needed)[output]
    return found or (_by_pieces(graph, output, kinks, nodes_at) if kinks else None)


def _by_pieces(graph: Graph, output: int, kinks: Sequence[float], nodes_at: NodesAt) -> str | None:
    """Compare the polynomial on every piece with that on its mirror image."""
    ends = sorted({0.0, *(abs(kink) for kink in kinks)})
    middles = [(a + b) / 2 for a, b in pairwise([*ends, 2 * ends[-1] + 2])]
    signs = {"odd", "even"}
    for middle in middles:
        right, left = (polynomial_at(graph, output, nodes_at(x)) for x in (middle, -middle))
        if right is None or left is None:
            return None
        mirrored = (left[0], -left[1], left[2])
        if any(a != b for a, b in zip(right, mirrored, strict=True)):
            signs.discard("even")
        if any(a != -b for a, b in zip(right, mirrored, strict=True)):
            signs.discard("odd")
    return signs.pop() if signs else None


def _by_rules(graph: Graph, needed: Sequence[int]) -> dict[int, str | None]:
    parity: dict[int, str | None] = {}
    for node in needed:
        op, args, exact = graph.nodes[node]
        inner = [parity[a] for a in args]
        if op == "h":
            parity[node] = "odd"
        elif op == "mul":
            parity[node] = None if None in inner else ("even" if inner[0] == inner[1] else "odd")
        elif op == "power":
            parity[node] = "even" if inner[0] == "odd" and int(exact) % 2 == 0 else inner[0]
        elif op == "add" and inner[0] == inner[1]:
            parity[node] = inner[0]
        elif inner == ["odd"] and op in RULES:
            parity[node] = RULES[op].parity
        else:
            parity[node] = "even" if all(part == "even" for part in inner) else None
    return parity
