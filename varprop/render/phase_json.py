"""The JSON face of ``phase``: importing it registers both nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr

from varprop.answer.phase import Edge, Phase
from varprop.render.json_face import finite, to_json
from varprop.solving.edge_point import EdgePoint
from varprop.solving.fixed_points import FixedPoint
from varprop.solving.universality import Decay
from varprop.verdict import Check
from varprop.version import __version__


@to_json.register
def _(noun: FixedPoint) -> Any:
    return {
        "q": finite(noun.q),
        "chi_parallel": finite(noun.chi_parallel),
        "chi_perp": finite(noun.chi_perp),
        "stable": noun.stable,
        "verdict": noun.verdict,
        "error_bound": finite(noun.error_bound),
    }


@to_json.register
def _(noun: EdgePoint) -> Any:
    return {
        "sigma_w2": finite(noun.sigma_w2),
        "sigma_b2": finite(noun.sigma_b2),
        "q_star": finite(noun.q_star),
        "chi_parallel": finite(noun.chi_parallel),
        "stable": noun.stable,
        "verdict": noun.verdict,
    }


@to_json.register
def _(noun: Decay) -> Any:
    return {
        "exponent": {"expr": str(noun.exponent), "value": float(noun.exponent)},
        "coefficient": {"expr": str(noun.coefficient), "value": float(noun.coefficient)},
    }


@to_json.register
def _(noun: Phase) -> Any:
    return {
        "varprop": __version__,
        "seed": _seed(noun.checks),
        "activation": noun.activation,
        "sigma_w2": float(noun.sigma_w2),
        "sigma_b2": float(noun.sigma_b2),
        "start": float(noun.start),
        "q_star": finite(noun.q_star),
        "chi_parallel": finite(noun.chi_parallel),
        "chi_perp": finite(noun.chi_perp),
        "c_star": finite(noun.c_star),
        "xi_q": finite(noun.xi_q),
        "xi_c": finite(noun.xi_c),
        "phase": noun.phase,
        "fixed_points": [to_json(point) for point in noun.found.points],
        "continuum": noun.found.continuum,
        "formulas": {name: _text(value) for name, value in noun.formulas.items()},
        "decay": None if noun.decay is None else to_json(noun.decay),
        "correlation_decay": (
            None if noun.correlation_decay is None else to_json(noun.correlation_decay)
        ),
        "words": noun.destination.words,
        "edge_of_chaos": None,
        "checks": _checks(noun.checks),
    }


@to_json.register
def _(noun: Edge) -> Any:
    missing = ("q_star", "chi_parallel", "chi_perp", "c_star", "xi_q", "xi_c", "phase")
    found = noun.solutions
    return {
        "varprop": __version__,
        "seed": _seed(noun.checks),
        "activation": noun.activation,
        "sigma_w2": None,
        "sigma_b2": None if noun.sigma_b2 is None else float(noun.sigma_b2),
        **dict.fromkeys(missing),
        "fixed_points": None,
        "continuum": None,
        "edge_of_chaos": None if found is None else [_critical(noun, point) for point in found],
        "at_zero": {name: _text(value) for name, value in noun.at_zero.items()},
        "universality_class": noun.universality,
        "half_stable": [
            {**_critical(noun, point), "q_star_expr": _text(exact)}
            for point, exact in noun.half_stable
        ],
        "decay": None if noun.decay is None else to_json(noun.decay),
        "checks": _checks(noun.checks),
    }


def _critical(noun: Edge, point: EdgePoint) -> Any:
    law = noun.correlation_decay(point)
    return {**to_json(point), "correlation_decay": None if law is None else to_json(law)}


def _seed(checks: Sequence[Check] | None) -> int:
    """Return the seed that an experiment drew from, 0 without one."""
    return checks[0].seed if checks else 0


def _checks(checks: Sequence[Check] | None) -> Any:
    return None if checks is None else [to_json(check) for check in checks]


def _text(value: Expr | None) -> str | None:
    return None if value is None else str(value)
