"""``solve`` for one layer: which Var(w) keeps the signal, the gradient, or a compromise of both."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Rational, S, Symbol, sqrt

from varprop import notation
from varprop.answer.argument import derivation
from varprop.answer.distributions import parameters
from varprop.answer.question import UNUSED, SolveQuestion, as_float
from varprop.answer.stability import stability
from varprop.errors import BadInput
from varprop.propagation.feed import Activated, Data, Differentiable, Feed
from varprop.result import (
    Alternative,
    InputSignal,
    MomentAnswer,
    Quantity,
    Solution,
)
from varprop.rewriting.nodes import Applied, Mean
from varprop.solving.conditions import CONDITIONS, Condition, Terms

ROUNDING = 1e-12
"""Share of q below which a bias variance is 0 but for rounding."""


def answer(question: SolveQuestion) -> Solution:
    """Solve for Var(w) of one layer and report every convention, condition and slope.

    Raises BadInput when the condition has no solution here.
    """
    formulas, numbers = question.terms(), question.numbers()
    _check_solvable(question, numbers)
    chosen = _scale(question.condition, question.q, formulas, numbers)
    assert chosen is not None
    fan = numbers.fan(question.condition.gain_fan)
    gain_value = None if chosen.value is None else (chosen.value * float(fan)) ** 0.5
    gain_expr = _tidy_root(chosen.expr * formulas.fan(question.condition.gain_fan))
    found = stability(question, numbers, chosen.value)
    return Solution(
        activation=question.activation.name,
        phi=question.activation.phi,
        condition=question.condition.name,
        condition_words=question.condition.words,
        fans=question.fans,
        q=question.q,
        bias_variance=question.bias_variance,
        fed_by=question.feed.words,
        derivation=derivation(question, formulas, chosen.expr),
        value=chosen.value,
        gain=Quantity(gain_expr, _gain_value(gain_expr, gain_value)),
        compare=partial(_alternatives, question, numbers),
        distributions=parameters(chosen, question.fans),
        stability=found,
        moments=_moments(question, formulas, numbers),
        in_words=_in_words(question, formulas),
        input=_input(question.feed),
        notes=_notes(question, numbers),
    )


def _notes(question: SolveQuestion, numbers: Terms) -> tuple[str, ...]:
    """Return the bias variance that would keep q under the critical scale, where that is asked."""
    if question.condition.name != "critical":
        return ()
    bias = numbers.q - numbers.second_moment / numbers.derivative_second_moment
    if not bias.is_number:
        return ()
    if abs(bias) < ROUNDING * numbers.q:
        bias = S.Zero
    if bias < 0:
        return (
            f"no bias variance keeps q = {question.q} here: it would have to be {float(bias):.6g}",
        )
    return (f"q = {question.q} is kept with bias variance σ_b² = {float(bias):.6g}",)


def _check_solvable(question: SolveQuestion, numbers: Terms) -> None:
    s, q = question.bias_variance, question.q
    if question.condition.uses("forward") and s.is_number and s >= q:
        raise BadInput(
            f"--bias-variance {s} must be smaller than --q {q}: the bias alone already gives q, "
            "so no weight variance keeps it."
        )
    if question.condition.uses("backward") and numbers.derivative_second_moment == 0:
        raise BadInput(
            f"{question.activation.name} has slope 0 almost everywhere: no weight scale keeps a "
            "gradient that is always 0. Try --condition forward."
        )
    if question.condition.uses("forward") and numbers.second_moment == 0:
        raise BadInput(f"{question.activation.name} is always 0: no weight scale keeps its signal.")


def _scale(condition: Condition, q: Rational, formulas: Terms, numbers: Terms) -> Quantity | None:
    if condition.uses("backward") and numbers.derivative_second_moment == 0:
        return None
    expr = condition.solve(formulas)
    if expr.has(notation.q):
        expr = expr.subs(notation.q, q)
    value = condition.solve(numbers)
    number = float(value) if value.is_number else None
    if number is not None and not number > 0:
        return None
    return Quantity(expr, number)


def _tidy_root(square: Expr) -> Expr:
    from sympy import factor_terms

    return sqrt(factor_terms(square))


def _gain_value(expr: Expr, value: float | None) -> float | None:
    if value is None and expr.is_number:
        return float(expr.evalf(17))
    return value


def _alternatives(question: SolveQuestion, numbers: Terms) -> dict[str, Alternative]:
    """Return what every condition would give; beside data, only a forward condition makes sense."""
    formulas = question.terms(both=True)
    found = {}
    for name, condition in CONDITIONS.items():
        scale = None
        if isinstance(question.feed, Differentiable) or not condition.uses("backward"):
            scale = _scale(condition, question.q, formulas, numbers)
        found[name] = Alternative(scale, *_costs(scale, numbers))
    return found


def _costs(scale: Quantity | None, numbers: Terms) -> tuple[float | None, float | None]:
    """Return the factors of E[h²] and of E[δ²] per layer under a scale; None while symbols are left."""
    if scale is None or scale.value is None:
        return None, None
    forward = numbers.fan_in * scale.value * numbers.second_moment + numbers.bias_variance
    backward = numbers.fan_out * scale.value * numbers.derivative_second_moment
    return as_float(forward / numbers.q), as_float(backward)


def _moments(question: SolveQuestion, formulas: Terms, numbers: Terms) -> dict[str, MomentAnswer]:
    feed = question.feed
    words = {"second_moment": f"E[{feed.words}²]"}
    if isinstance(feed, Differentiable):
        words["derivative_second_moment"] = f"E[{feed.derivative_words}²]"
    answers = {}
    for name, text in words.items():
        best = getattr(formulas, name)
        held = best
        if isinstance(feed, Activated):
            held = feed.moments.expectation(name)
        if best == UNUSED:
            best = held
        bound = 0.0
        value = getattr(numbers, name)
        if isinstance(feed, Activated) and value.is_Float:
            bound = feed.moments.number(name, float(question.q)).bound
        closed = None if best == held else best
        at_q = Quantity(best.subs(notation.q, question.q), as_float(value), bound)
        answers[name] = MomentAnswer(text, held, closed, at_q)
    return answers


def _input(feed: Feed) -> InputSignal | None:
    if isinstance(feed, Data):
        return InputSignal(feed.data_mean, feed.data_second_moment)
    return None


def _in_words(question: SolveQuestion, formulas: Terms) -> Expr:
    """Return the solution with E[x²] and E[φ'²] left as named expectations, at the q asked for."""
    feed = question.feed
    if not isinstance(feed, Activated) or feed.phi == notation.h:
        return question.condition.solve(formulas)
    named = Terms(
        formulas.fan_in,
        formulas.fan_out,
        Mean(Applied(Symbol(feed.name), notation.h) ** 2),
        Mean(Applied(Symbol(feed.name + "'"), notation.h) ** 2),
        formulas.bias_variance,
        question.q,
    )
    return question.condition.solve(named)
