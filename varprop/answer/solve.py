"""``solve`` for one layer: which Var(w) keeps the signal, the gradient, or a compromise of both."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sympy import Eq, Expr, Float, Integer, Rational, Symbol, simplify, sqrt

from varprop import notation
from varprop.answer.distributions import parameters
from varprop.catalogue.activations import Activation
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments import derivative, kinks
from varprop.moments.numbers.number import settled
from varprop.propagation.dense import DELTA, WEIGHT, backward_argument, forward_argument
from varprop.propagation.feed import Activated, Data, Differentiable, Feed, Linearised, moments_of
from varprop.result import (
    Alternative,
    Fans,
    InputSignal,
    MomentAnswer,
    Quantity,
    Solution,
    Stability,
)
from varprop.rewriting.nodes import Applied, Mean, Var
from varprop.solving.conditions import CONDITIONS, Condition, Terms
from varprop.solving.stability import reached, stability_at

UNUSED = Symbol("unused")
LARGEST_DENOMINATOR = 64

KEPT = (Kind.EXPECTATION, Kind.LIMIT)
"""Lines that stay in the short version of a compromise, which argues in two directions."""


@frozen
class SolveQuestion:
    """One layer and the condition on it, validated.

    ``feed`` is what the weights multiply; ``activation`` also serves the slopes. Fans are formulas
    (a symbol where the width is open); their numbers are None then. ``q`` is where the expectations
    are taken, ``bias_variance`` is σ_b².
    """

    activation: Activation
    feed: Feed
    condition: Condition
    fans: Fans
    q: Rational
    bias_variance: Expr

    def terms(self, *, both: bool = False) -> Terms:
        """The condition's terms as formulas in notation.q; ``both`` directions or those it uses.

        A term that isn't used stays a name, since closing an expectation takes a while.
        """
        backward = both or self.condition.uses("backward")
        forward = both or self.condition.uses("forward") or not backward
        slope: Expr = UNUSED
        if not isinstance(self.feed, Differentiable):
            slope = Integer(1)
        elif backward:
            slope = self.feed.derivative_second_moment()
        return Terms(
            self.fans.fan_in,
            self.fans.fan_out,
            self.feed.second_moment() if forward else UNUSED,
            slope,
            self.bias_variance,
            notation.q,
        )

    def numbers(self) -> Terms:
        """All terms as numbers; an open width stays a symbol, and so does an open parameter."""
        fans = self.fans
        return Terms(
            fans.fan_in if fans.fan_in_value is None else Integer(fans.fan_in_value),
            fans.fan_out if fans.fan_out_value is None else Integer(fans.fan_out_value),
            self._number("second_moment"),
            self._number("derivative_second_moment"),
            self.bias_variance,
            self.q,
        )

    def _number(self, name: str) -> Expr:
        feed = self.feed
        if not isinstance(feed, Activated) or feed.phi.free_symbols - {notation.h}:
            formula = getattr(self.terms(both=True), name)
            return formula.subs(notation.q, self.q)
        number = feed.moments.number(name, float(self.q))
        if number.value is None:
            raise BadInput(
                f"E[{feed.words}²] at q = {self.q} is beyond double range; try a smaller --q."
            )
        slope = name == "derivative_second_moment"
        words = f"E[{feed.derivative_words if slope else feed.words}²] at q = {self.q}"
        settled(number, words)
        return rational(number.value, number.bound)


def rational(value: float, bound: float) -> Expr:
    """Return a number as a Float, or as the small fraction that it equals within its bound."""
    near = Rational(value).limit_denominator(LARGEST_DENOMINATOR)
    return near if abs(float(near) - value) <= bound else Float(value, 17)


def question_feed(activation: Activation, *, linearised: bool = False) -> Differentiable:
    """Return φ(h), or φ'(0)·h where the small-signal argument is asked for.

    Raises BadInput when φ'(0) does not exist or is 0.
    """
    if not linearised:
        return Activated(activation.name, activation.phi)
    if any(kink == 0 for kink in kinks(activation.phi, notation.h)):
        raise BadInput(
            f"--linearised needs φ'(0), but {activation.name} has a kink at 0. Leave --linearised out."
        )
    slope = derivative(activation.phi, notation.h).subs(notation.h, 0)
    if slope == 0:
        raise BadInput(
            f"--linearised needs φ'(0) ≠ 0, but {activation.name}'(0) = 0. Leave --linearised out."
        )
    return Linearised(activation.name, slope)


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
    stability = _stability(question, chosen.value)
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
        stability=stability,
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
    return _float(forward / numbers.q), _float(backward)


def _float(value: Expr) -> float | None:
    return float(value) if value.is_number else None


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
        at_q = Quantity(best.subs(notation.q, question.q), _float(value), bound)
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


def _stability(question: SolveQuestion, variance: float | None) -> Stability | None:
    """Judge the layer repeated with its own activation; None while σ_w² is not a number."""
    if isinstance(question.feed, Data):
        return None
    if question.activation.phi.free_symbols - {notation.h}:
        return _symbolic_stability(question)
    sigma_w2, back = _sigma_w2(question, variance)
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
    stable = None if parallel == 1 else abs(parallel) < 1
    verdict = "marginal" if stable is None else "stable" if stable else "unstable"
    return Stability(float(question.q), parallel, perp, perp, stable, verdict)


def _sigma_w2(question: SolveQuestion, variance: float | None) -> tuple[float | None, float]:
    """Return σ_w² = fan_in·Var(w) and fan_out·Var(w); both are free of the width where it cancels."""
    numbers, condition = question.numbers(), question.condition
    scale = condition.solve(numbers)
    forward = _float(scale * numbers.fan_in)
    square = question.fans.fan_out_value is None and not question.fans.fan_out.is_number
    backward = _float(scale * numbers.fan_out)
    if backward is None and forward is not None and square:
        backward = forward
    if forward is None and backward is not None:
        forward = backward
    if forward is None and square and variance is None:
        same = condition.solve(
            Terms(
                numbers.fan_in,
                numbers.fan_in,
                numbers.second_moment,
                numbers.derivative_second_moment,
                numbers.bias_variance,
                numbers.q,
            )
        )
        forward = backward = _float(same * numbers.fan_in)
    return forward, backward if backward is not None else forward or 0.0


def derivation(question: SolveQuestion, formulas: Terms, solution: Expr) -> Derivation:
    """Return the argument from the definition of the layer to Var(w) = ``solution``."""
    condition = question.condition
    steps = [s for side in condition.sides for s in _side(question, side, formulas)]
    because = f"{condition.name} mean of the two" if condition.parts else "solve for Var(w)"
    if condition.solve(formulas) != solution:
        because += f", at q = {question.q}"
    steps.append(
        Step(
            Eq(Var(WEIGHT), solution, evaluate=False),
            "solve",
            Kind.ALGEBRA,
            because,
            source=condition.source,
        )
    )
    title = f"Var(w) for {question.feed.words}, condition {condition.name}"
    return Derivation(title, tuple(steps))


def _side(question: SolveQuestion, side: Condition, formulas: Terms) -> list[Step]:
    feed, fan = question.feed, formulas.fan(side.gain_fan)
    if side.direction == "forward":
        argument = forward_argument(feed, fan, bias=question.bias_variance)
        kept: Expr = notation.q
    else:
        if not isinstance(feed, Differentiable):
            raise BadInput(
                "data has no gradient to keep: use --condition forward for a first layer."
            )
        argument = backward_argument(feed, fan)
        kept = Mean(DELTA**2)
    steps = [
        *argument.steps,
        Step(
            Eq(argument.last.rhs, kept, evaluate=False),
            "condition",
            Kind.GIVEN,
            f"condition: {side.name}",
            source=side.source,
        ),
    ]
    if question.condition.parts:
        shown = {"forward": ("definition", "equal terms"), "backward": ()}[side.name]
        steps = [
            replace(step, key=step.key and (step.kind in KEPT or step.rule in shown))
            for step in steps
        ]
        alone = Eq(Var(WEIGHT), side.solve(formulas), evaluate=False)
        steps.append(Step(alone, "solve", Kind.ALGEBRA, f"{side.name} alone"))
    return steps
