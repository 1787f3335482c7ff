"""The argument of an answer: from the definition of the layer to Var(w)."""

from __future__ import annotations

from dataclasses import replace

from sympy import Eq, Expr

from varprop import notation
from varprop.answer.question import SolveQuestion
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput
from varprop.propagation.dense import DELTA, WEIGHT, backward_argument, forward_argument
from varprop.propagation.feed import Differentiable
from varprop.rewriting.nodes import Mean, Var
from varprop.solving.conditions import Condition, Terms

KEPT = (Kind.EXPECTATION, Kind.LIMIT)
"""Lines that stay in the short version of a compromise, which argues in two directions."""


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
