"""The JSON face of ``gain`` and ``gain --against``: importing it registers both nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr

from varprop.answer.gain import CLOSED, GainReport
from varprop.answer.gain_against import AgainstReport
from varprop.render.json_face import dumps, finite, to_json
from varprop.version import __version__

PLAIN = (
    "mean",
    "second_moment",
    "variance",
    "fourth_moment",
    "derivative_mean",
    "derivative_second_moment",
)


def document(nouns: Sequence[GainReport | AgainstReport]) -> str:
    """Return one strict JSON document: a list with one object per noun."""
    return dumps([to_json(noun) for noun in nouns])


@to_json.register
def _(noun: GainReport) -> Any:
    overflowed = {
        name: number.log_value
        for name, number in noun.moments.items()
        if number is not None and number.overflow
    }
    log_value = overflowed.get("second_moment", next(iter(overflowed.values()), None))
    return {
        "varprop": __version__,
        "seed": 0,
        "activation": noun.activation,
        "q": float(noun.q),
        **{name: finite(noun.value(name)) for name in PLAIN},
        "gain": {
            "second_moment": finite(noun.gains.second_moment),
            "variance": finite(noun.gains.variance),
            "derivative": finite(noun.gains.derivative),
            "linear": finite(noun.gains.linear),
        },
        "gain_formula": _text(noun.gain_formula),
        "chi_parallel": finite(noun.chi_parallel),
        "chi_perp": finite(noun.chi_perp),
        "closed_form": {name: _text(noun.closed.get(name)) for name in CLOSED},
        "error_bound": {name: _bound(noun, name) for name in PLAIN},
        "overflow": bool(overflowed),
        "log_value": log_value,
        "log_values": overflowed,
        "infinite": list(noun.infinite),
        **({"digits": noun.digits} if noun.digits else {}),
    }


@to_json.register
def _(noun: AgainstReport) -> Any:
    return {
        "varprop": __version__,
        "seed": 0,
        "library": noun.entry.library,
        "activation": noun.entry.activation,
        "meaning": noun.entry.meaning,
        "source": noun.entry.source,
        "value": {"expr": str(noun.expr), "value": noun.value},
        "gain": {
            "second_moment": finite(noun.report.gains.second_moment),
            "variance": finite(noun.report.gains.variance),
            "derivative": finite(noun.report.gains.derivative),
            "linear": finite(noun.report.gains.linear),
        },
        "relative_difference": {name: finite(d) for name, d in noun.distances.items()},
        "q_star": finite(noun.destination.q),
        "chi_parallel": finite(noun.destination.chi_parallel),
        "chi_perp": finite(noun.destination.chi_perp),
        "verdict": noun.verdict,
    }


def _text(closed: Expr | None) -> str | None:
    return None if closed is None else str(closed)


def _bound(noun: GainReport, name: str) -> float | None:
    number = noun.moments[name]
    return None if number is None or number.overflow else finite(number.bound)
