"""The JSON face of ``solve --arch``: one entry per weight tensor, as in the data contract."""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_tensors import TensorScale
from varprop.render.json_face import distributions, finite, to_json, with_latex
from varprop.version import __version__

Json = Any

OF_ONE_LAYER = (
    "fan_in", "fan_out", "weight_variance", "gain", "conditions", "distributions", "stability",
)  # fmt: skip
"""Keys that an answer for one layer fills; those of a network stand in ``layers``."""

MOST_ENTRIES = 100_000
"""Copies that are listed one by one."""


@to_json.register
def _(noun: ArchitectureSolution) -> Json:
    unknown, passage = noun.unknown, noun.passage
    return {
        "varprop": __version__,
        "activation": None,
        **dict.fromkeys(OF_ONE_LAYER),
        "network": str(noun.network),
        "parameters": _size(noun.network.parameters()),
        "condition": noun.condition,
        "q": float(noun.q),
        "bias_variance": str(noun.bias_variance),
        "unknown": None
        if unknown is None
        else {
            "symbol": str(unknown.symbol),
            "imposed": unknown.imposed,
            **with_latex(unknown.value),
        },
        "layers": _layers(noun),
        "stream": None if passage is None or passage.stream is None else list(passage.stream),
        "gradient": None if passage is None else finite(passage.gradient),
        "assumptions": list(noun.assumptions),
        "approximations": list(noun.approximations),
        "notes": list(noun.notes),
        "steps": [to_json(step) for step in noun.derivation],
        "checks": None if noun.checks is None else [to_json(check) for check in noun.checks],
        "seed": noun.seed,
    }


def _layers(noun: ArchitectureSolution) -> list[Json]:
    """Return an entry for every use in order, or one for all copies where they can't be listed."""
    counts = [layer.copies for layer in noun.layers]
    entries = [_entry(layer) for layer in noun.layers]
    if all(sympify(count).is_Integer for count in counts) and sum(counts) <= MOST_ENTRIES:
        return [{**entries[number], "path": list(path)} for number, path in noun.in_order]
    return entries


def _entry(layer: TensorScale) -> Json:
    return {
        "name": f"{layer.name} {layer.role}".strip(),
        "path": list(layer.path),
        "shape": [_size(d) for d in layer.dims],
        "fan_in": _size(layer.fans.fan_in),
        "fan_in_product": layer.product,
        "fan_out": _size(layer.fans.fan_out),
        "fed_by": layer.fed_by,
        "formula": str(layer.formula),
        "weight_variance": with_latex(layer.weight_variance),
        "gain": to_json(layer.gain),
        "distributions": distributions(layer.distributions),
        "copies": _size(sympify(layer.copies)),
        "scale_cancelled_by": layer.cancelled,
        "critical_bias": _critical_bias(layer),
        "where": layer.where or None,
    }


def _critical_bias(layer: TensorScale) -> Json:
    """Return the bias variance that keeps q; its value is null where none can."""
    bias = layer.critical_bias
    if bias is None:
        return None
    value = bias.variance.value if bias.possible else None
    q = bias.q if bias.q is None else float(bias.q) if bias.q.is_number else str(bias.q)
    return {"q": q, "bias_variance": {"expr": str(bias.variance.expr), "value": value}}


def _size(value: Expr) -> int | float | str:
    """Return a whole number, a quotient as a float, a formula as text."""
    if value.free_symbols:
        return str(value)
    return int(value) if value.is_Integer else float(value)
