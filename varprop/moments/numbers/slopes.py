"""The almost-everywhere derivative of a graph, as back-propagation takes it."""

from __future__ import annotations

from typing import Any

from sympy import Dummy

from varprop.errors import BadInput
from varprop.moments.numbers.nodes import Graph, Instruction
from varprop.moments.numbers.rules import RULES


def differentiate(graph: Graph, node: int) -> int:
    """Return the node of d(node)/dh; jumps contribute nothing (no delta terms)."""
    done: dict[int, int] = {}
    for index in graph.reachable((node,)):
        done[index] = _slope(graph, graph.nodes[index], done)
    return done[node]


def _slope(g: Graph, instruction: Instruction, done: dict[int, int]) -> int:
    op, args, exact = instruction
    if op in ("const", "less", "and", "or", "not"):
        return g.const(0)
    if op == "h":
        return g.const(1)
    if op == "add":
        return g.add(*(done[a] for a in args))
    if op == "mul":
        first, second = args
        return g.add(g.mul(done[first], second), g.mul(first, done[second]))
    if op in ("power", "root"):
        return _power_slope(g, op, args[0], exact, done)
    if op in ("max", "min"):
        condition = g.put("less", *(args if op == "min" else args[::-1]))
        return g.where(condition, done[args[0]], done[args[1]])
    if op == "where":
        return g.where(args[0], done[args[1]], done[args[2]])
    inner = done[args[0]]
    if g.exact(inner) == 0:
        return inner
    if op == "call":
        return g.mul(g.put("call", args[0], exact=_called_slope(exact)), inner)
    if op == "tanh" and g.nodes[args[0]].op == "exp":
        (inside,) = g.nodes[args[0]].args
        return g.mul(g.put("bump", inside), done[inside])
    return g.mul(RULES[op].slope(g, args[0]), inner)


def _power_slope(g: Graph, op: str, base: int, exponent: Any, done: dict[int, int]) -> int:
    lower = exponent - 1
    root = op == "root"
    lowered = g.put(op, base, g.const(lower), exact=lower) if root else g.power(base, int(lower))
    return g.mul(g.const(exponent), lowered, done[base])


def _called_slope(function: Any) -> Any:
    """Return the derivative of a SymPy function that stands for a Python function."""
    slope = function(Dummy()).fdiff(1).func
    if not hasattr(slope, "_imp_"):
        raise BadInput(f"{function.__name__} is a Python function without a derivative.")
    return slope
