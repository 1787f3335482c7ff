"""How the solved layer, repeated, treats its own variance and gradient."""

from __future__ import annotations

from dataclasses import replace

from sympy import simplify

from varprop import notation
from varprop.answer.question import SolveQuestion, as_float
from varprop.propagation.feed import Activated, Data, moments_of
from varprop.result import (
    Stability,
)
from varprop.solving.conditions import Terms
from varprop.solving.stability import judged, reached, stability_at


def stability(question: SolveQuestion, numbers: Terms, variance: float | None) -> Stability | None:
    """Judge the layer repeated with its own activation; None while σ_w² is not a number."""
    if isinstance(question.feed, Data):
        return None
    if question.activation.phi.free_symbols - {notation.h}:
        return _symbolic_stability(question)
    sigma_w2, back = _sigma_w2(question, numbers, variance)
    if sigma_w2 is None or not question.bias_variance.is_number:
        return None
    moments = moments_of(question.activation.phi)
    start, sigma_b2 = float(question.q), float(question.bias_variance)
    kept = question.condition.name == "forward" and isinstance(question.feed, Activated)
    if kept:
        return stability_at(moments, sigma_w2, back, start, start)
    limit, judged, drift = reached(moments, sigma_w2, sigma_b2, start)
    return stability_at(moments, sigma_w2, back, limit, judged, drift)


def _symbolic_stability(question: SolveQuestion) -> Stability | None:
    """Judge an activation with symbols in it, where both slopes come out as numbers."""
    if question.condition.name not in ("forward", "critical") or question.bias_variance != 0:
        return None
    formulas = question.terms(both=True)
    sigma_w2 = question.condition.solve(formulas) * question.fans.fan_in
    slopes = (formulas.second_moment.diff(notation.q), formulas.derivative_second_moment)
    chi = [simplify((sigma_w2 * slope).subs(notation.q, question.q)) for slope in slopes]
    if not all(value.is_Rational for value in chi):
        return None
    parallel, perp = map(float, chi)
    return judged(float(question.q), parallel, perp, perp)


def _sigma_w2(
    question: SolveQuestion, numbers: Terms, variance: float | None
) -> tuple[float | None, float]:
    """Return σ_w² = fan_in·Var(w) and fan_out·Var(w); both are free of the width where it cancels."""
    condition = question.condition
    scale = condition.solve(numbers)
    forward = as_float(scale * numbers.fan_in)
    square = question.fans.fan_out_value is None and not question.fans.fan_out.is_number
    backward = as_float(scale * numbers.fan_out)
    if backward is None and forward is not None and square:
        backward = forward
    if forward is None and backward is not None:
        forward = backward
    if forward is None and square and variance is None:
        same = condition.solve(replace(numbers, fan_out=numbers.fan_in))
        forward = backward = as_float(same * numbers.fan_in)
    return forward, backward if backward is not None else forward or 0.0
