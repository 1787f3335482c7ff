"""A graph as straight-line Python, with a running bound on the rounding error of every line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from varprop.moments.numbers.nodes import Graph, Instruction, rounded
from varprop.moments.numbers.running import RunningError, integer_power

SIGNS = {"add": "+", "mul": "*", "less": "<"}
LOGIC = {
    "vector": {"and": "{0} & {1}", "or": "{0} | {1}", "not": "~{0}"},
    "scalar": {"and": "{0} and {1}", "or": "{0} or {1}", "not": "not {0}"},
}


def compile_graph(
    graph: Graph, outputs: tuple[int, ...], namespace: Mapping[str, Any], *, logic: str = "scalar"
) -> Callable[..., tuple[Any, ...]]:
    """Return f(h) -> (value, error, value, error, …), two per output, errors in unit roundoffs."""
    lines: list[str] = []
    running = RunningError(graph)
    for index in graph.reachable(outputs):
        lines.append(f"v{index} = {_value(index, graph.nodes[index], logic)}")
        error = running.of(index)
        if error is not None:
            lines.append(f"e{index} = {error}")
    returned = ", ".join(f"v{index}, {running.name(index) or '0.0'}" for index in outputs)
    return _define(lines, returned, "h", {**namespace, **_opaque(graph, namespace)})


def compile_plain(
    graph: Graph, outputs: tuple[int, ...], namespace: Mapping[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return f(h, c) -> values, without errors; ``c`` holds the constants by node index."""
    lines = [
        f"v{index} = {_value(index, graph.nodes[index], 'scalar', constants='c')}"
        for index in graph.reachable(outputs)
    ]
    returned = ", ".join(f"v{index}" for index in outputs) + ","
    return _define(lines, returned, "h, c", {**namespace, **_opaque(graph, namespace)})


def _opaque(graph: Graph, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Python functions that a graph calls, by the name used for them in the code."""
    return {
        f"call_{index}": namespace["opaque"](node.exact._imp_)
        for index, node in enumerate(graph.nodes)
        if node.op == "call"
    }


def _define(
    lines: list[str], returned: str, arguments: str, namespace: Mapping[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    body = "".join(f"    {line}\n" for line in lines)
    scope = dict(namespace)
    exec(f"def integrand({arguments}):\n{body}    return {returned}\n", scope)
    return scope["integrand"]


def _value(index: int, instruction: Instruction, logic: str, constants: str = "") -> str:
    op, args, exact = instruction
    names = [f"v{a}" for a in args]
    if op == "h":
        return "h"
    if op == "const":
        return f"{constants}[{index}]" if constants else repr(rounded(exact))
    if op in SIGNS:
        return f"{names[0]} {SIGNS[op]} {names[1]}"
    if op in LOGIC["scalar"]:
        return LOGIC[logic][op].format(*names)
    if op == "power":
        return integer_power(names[0], int(exact))
    spelled = {"max": "largest", "min": "smallest", "call": f"call_{index}"}.get(op, op)
    return f"{spelled}({', '.join(names)})"
