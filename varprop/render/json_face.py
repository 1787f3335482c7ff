"""The data contract: one strict JSON document; no NaN, no Infinity, floats and SymPy-parsable text."""

from __future__ import annotations

import json
import math
from functools import singledispatch
from typing import Any

from varprop.answer.propagate import Propagation
from varprop.answer.width import FiniteWidth
from varprop.derivation import Derivation, Step
from varprop.propagation.depth import Level, Trend
from varprop.render.latex import latex
from varprop.result import Fans, LawParameter, LayerScale, Quantity, Solution, Stability
from varprop.verdict import Check
from varprop.version import __version__

Json = Any


def dumps(document: Json) -> str:
    """Return strict JSON text of a document made of plain Python values."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def finite(value: float | None) -> float | None:
    """Return the number, or None where JSON has no word for it."""
    return None if value is None or not math.isfinite(value) else value


@singledispatch
def to_json(noun: object) -> Json:
    """Return a noun of varprop as plain dicts, lists, strings and floats."""
    raise TypeError(f"no JSON face for {type(noun).__name__}")


@to_json.register
def _(noun: Quantity) -> Json:
    return {"expr": str(noun.expr), "value": finite(noun.value)}


@to_json.register
def _(noun: Step) -> Json:
    return {
        "rule": noun.rule,
        "kind": noun.kind.value,
        "expr": str(noun.equation),
        "latex": latex(noun.equation),
        "because": noun.because,
        "assumes": list(noun.assumes),
        "source": noun.source,
    }


@to_json.register
def _(noun: Derivation) -> Json:
    return {
        "varprop": __version__,
        "seed": 0,
        "title": noun.title,
        "value": str(noun.value),
        "latex": latex(noun.value),
        "assumptions": list(noun.assumptions),
        "sources": list(noun.sources),
        "steps": [to_json(step) for step in noun],
    }


@to_json.register
def _(noun: Stability) -> Json:
    return {
        "q": finite(noun.q),
        "chi_parallel": finite(noun.chi_parallel),
        "chi_perp": finite(noun.chi_perp),
        "gradient_factor": finite(noun.gradient_factor),
        "stable": noun.stable,
        "verdict": noun.verdict,
        "drift": noun.drift,
    }


@to_json.register
def _(noun: Check) -> Json:
    return {
        "name": noun.name,
        "predicted": finite(noun.predicted),
        "observed": finite(noun.observed),
        "standard_error": finite(noun.standard_error),
        "tolerance": finite(noun.tolerance),
        "replicates": noun.replicates,
        "width": noun.width,
        "depth": noun.depth,
        "seed": noun.seed,
        "verdict": noun.verdict.value,
        "finite_width": noun.finite_width,
        "note": noun.note,
    }


@to_json.register
def _(noun: LayerScale) -> Json:
    return {
        "name": noun.name,
        **_fans(noun.fans),
        "fed_by": noun.fed_by,
        "weight_variance": with_latex(noun.weight_variance),
        "gain": to_json(noun.gain),
        "distributions": distributions(noun.distributions),
    }


@to_json.register
def _(noun: Solution) -> Json:
    return {
        "varprop": __version__,
        "activation": noun.activation,
        "fed_by": noun.fed_by,
        "condition": noun.condition,
        **_fans(noun.fans),
        "q": float(noun.q),
        "bias_variance": _number_or_text(noun.bias_variance),
        "weight_variance": with_latex(Quantity(noun.weight_variance, noun.value)),
        "gain": to_json(noun.gain),
        "conditions": {
            name: to_json(one.scale) if one.scale else {"expr": None, "value": None}
            for name, one in noun.conditions.items()
        },
        "costs": {
            name: {"forward": finite(one.forward), "gradient": finite(one.gradient)}
            for name, one in noun.conditions.items()
        },
        "moments": {
            name: {**to_json(moment.at_q), "error_bound": finite(moment.at_q.bound)}
            for name, moment in noun.moments.items()
        },
        "distributions": distributions(noun.distributions),
        "stability": None if noun.stability is None else to_json(noun.stability),
        "notes": list(noun.notes),
        **({"layers": [to_json(layer) for layer in noun.layers]} if noun.layers else {}),
        "assumptions": list(noun.derivation.assumptions),
        "steps": [to_json(step) for step in noun.derivation],
        "checks": None if noun.checks is None else [to_json(c) for c in noun.checks],
        "seed": noun.seed,
    }


@to_json.register
def _(noun: Level) -> Json:
    return {
        "index": noun.index,
        "name": noun.name,
        "q": finite(noun.q),
        "second_moment": finite(noun.second_moment),
        "mean": finite(noun.mean),
        "data_variance": finite(noun.data_variance),
        "gradient": finite(noun.gradient),
        "log_gradient": finite(noun.log_gradient),
        "correlation": finite(noun.correlation),
        "gradient_correlation": finite(noun.gradient_correlation),
    }


@to_json.register
def _(noun: Trend) -> Json:
    return {"rate": finite(noun.rate), "verdict": noun.verdict}


@to_json.register
def _(noun: Propagation) -> Json:
    return {
        "varprop": __version__,
        "activation": None if noun.network else noun.activation,
        "init": noun.init,
        "widths": list(noun.widths) or None,
        "network": noun.network,
        "layers": [to_json(level) for level in noun.levels],
        "forward": to_json(noun.forward),
        "gradient": to_json(noun.gradient),
        "blocks": noun.blocks,
        "verdict": noun.verdict,
        "notes": list(noun.notes),
        "finite_width": None if noun.finite_width is None else to_json(noun.finite_width),
        "checks": None if noun.checks is None else [to_json(check) for check in noun.checks],
        "seed": noun.seed,
    }


@to_json.register
def _(noun: FiniteWidth) -> Json:
    return {
        "effective_depth": finite(noun.effective_depth),
        "relative_variance": finite(noun.relative_variance),
        "typical": finite(noun.typical),
        "misleading": noun.misleading,
        "exact": noun.exact,
    }


def with_latex(quantity: Quantity) -> Json:
    """Return a quantity with its LaTeX."""
    return {
        "expr": str(quantity.expr),
        "latex": latex(quantity.expr),
        "value": finite(quantity.value),
    }


def _fans(fans: Fans) -> Json:
    return {
        "fan_in": _fan(fans.fan_in, fans.fan_in_value),
        "fan_out": _fan(fans.fan_out, fans.fan_out_value),
    }


def _fan(symbol: Any, value: int | None) -> int | str | None:
    if value is not None:
        return value
    return None if symbol.name in ("fan_in", "fan_out") else str(symbol)


def _number_or_text(expression: Any) -> float | str:
    return float(expression) if expression.is_number else str(expression)


def distributions(laws: tuple[LawParameter, ...]) -> Json:
    """Return each law's parameter: number, formula and numbers of form."""
    return {
        law.law: {
            law.parameter: finite(law.value),
            **{_EXTRA.get(name, name): _whole(value) for name, value in law.extra},
            "expr": str(law.expr),
        }
        for law in laws
    }


_EXTRA = {"k": "cutoff"}


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value
