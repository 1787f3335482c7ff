"""The JSON face of ``solve --arch``: one entry per weight tensor, as in the data contract."""

from __future__ import annotations

from typing import Any

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_tensors import TensorScale
from varprop.render.json_face import distributions, finite, to_json, with_latex
from varprop.version import __version__

Json = Any


@to_json.register
def _(noun: ArchitectureSolution) -> Json:
    unknown, passage = noun.unknown, noun.passage
    return {
        "varprop": __version__,
        "activation": None,
        "network": str(noun.network),
        "parameters": str(noun.network.parameters()),
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
        "layers": [entry for layer in noun.layers for entry in _entries(layer)],
        "stream": None if passage is None or passage.stream is None else list(passage.stream),
        "gradient": None if passage is None else finite(passage.gradient),
        "assumptions": list(noun.assumptions),
        "approximations": list(noun.approximations),
        "notes": list(noun.notes),
        "steps": [to_json(step) for step in noun.derivation],
        "checks": None if noun.checks is None else [to_json(check) for check in noun.checks],
        "seed": noun.seed,
    }


def _entries(layer: TensorScale) -> list[Json]:
    """Return the entry once for every copy, or once with the symbol that counts them."""
    entry = {
        "name": f"{layer.name} {layer.role}".strip(),
        "path": list(layer.path),
        "shape": [str(d) if d.free_symbols else int(d) for d in layer.dims],
        "fan_in": str(layer.fans.fan_in)
        if layer.fans.fan_in.free_symbols
        else float(layer.fans.fan_in),
        "fan_in_product": layer.product,
        "fan_out": str(layer.fans.fan_out)
        if layer.fans.fan_out.free_symbols
        else float(layer.fans.fan_out),
        "fed_by": layer.fed_by,
        "formula": str(layer.formula),
        "weight_variance": with_latex(layer.weight_variance),
        "gain": to_json(layer.gain),
        "distributions": distributions(layer.distributions),
        "copies": str(layer.copies),
        "scale_cancelled_by": layer.cancelled,
    }
    return [entry] * (layer.copies if isinstance(layer.copies, int) else 1)
