"""Initialisers drawn as their sources define them: by a bound, a gain or a std, not by Var(w)."""

from __future__ import annotations

import numpy as np
from sympy import Integer

from varprop.answer.initialiser import Initialiser, initialiser
from varprop.answer.verify_plan import SYMBOLIC
from varprop.catalogue.laws import LAWS
from varprop.expression_text import parse_expression
from varprop.montecarlo.parameter_draws import drawn_by_parameter
from varprop.montecarlo.replicates import Effort, Replicate, verify_replicates
from varprop.verdict import Check

FAN_IN, FAN_OUT = 96, 64
WEIGHTS = 2**23

EXAMPLES = {"std": "0.07", "low": "-0.13", "high": "0.13"}
"""Values for parameters that have no default."""

ELSE = "1/8"

DRAWN_AS = {
    "torch_default": "1/sqrt(fan_in)",
    "normal": "std",
    "uniform": "high",
    "truncated_normal": "std",
    "sparse": "std",
    "orthogonal": "gain",
    "identity": "scale",
}
"""The law's parameter by which a scheme without an argument is defined at its source."""


BIAS_DRAWN_AS = {"torch_default": ("uniform", "1/sqrt(fan_in)")}
"""The law and its parameter of a scheme's biases."""


def as_defined(text: str, name: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Draw as the source defines the scheme, without its formula for Var(w)."""
    with SYMBOLIC:
        asked = initialiser(text)
        rows = FAN_IN if asked.scheme.deterministic else FAN_OUT
        draw = drawn_by_parameter(LAWS[asked.scheme.law], _defining_number(asked, rows))
        variance, _ = asked.at(FAN_IN, rows)

    def replicate(rng: np.random.Generator, _: int) -> float:
        return float((draw(rng, (rows, FAN_IN)) ** 2).mean())

    return (of_weights(replicate, variance, name, effort, stream),)


def bias_as_defined(text: str, name: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Draw biases as the source defines them, without the scheme's formula for their variance."""
    with SYMBOLIC:
        law, formula = BIAS_DRAWN_AS[text]
        number = parse_expression(formula, argument="_", names={"fan_in": Integer(FAN_IN)})
        draw = drawn_by_parameter(LAWS[law], float(number))
        _, variance = initialiser(text).at(FAN_IN, FAN_OUT)

    def replicate(rng: np.random.Generator, points: int) -> float:
        return float((draw(rng, (1, points)) ** 2).mean())

    return (of_weights(replicate, variance, name, effort, stream),)


def _defining_number(asked: Initialiser, fan_out: int) -> float:
    given = {name: text for name, text in asked.scheme.parameters if text is not None}
    given |= {name: EXAMPLES.get(name, ELSE) for name, text in asked.scheme.parameters if not text}
    names = {name: parse_expression(text) for name, text in given.items()}
    names |= {"fan_in": Integer(FAN_IN), "fan_out": Integer(fan_out)}
    return float(parse_expression(DRAWN_AS[asked.scheme.name], argument="_", names=names))


def of_weights(
    replicate: Replicate, variance: float, name: str, effort: Effort, stream: int
) -> Check:
    """Compare E[w²] of whole matrices with a variance."""
    return verify_replicates(
        replicate,
        variance,
        effort,
        name=name,
        stream=stream,
        most=WEIGHTS,
        points=FAN_IN * FAN_OUT,
    )
