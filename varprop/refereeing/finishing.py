"""The rest of a derivation, done by the same steps that a person would take."""

from __future__ import annotations

from sympy import Sum

from varprop.refereeing.actions import all_actions
from varprop.refereeing.condition import CONDITIONS, direction, impose, solve_for, unknown_named
from varprop.refereeing.draft import KEEP, Draft
from varprop.refereeing.refusal import NotAllowed, written

BEFORE = "condition"
MOST_LINES = 40
_OPENING = ("second moment of", "zero mean of", "expectation of")
_VALUES = ("variance of", "mean of")
_SMALL = (
    "constant factor",
    "variance of a sum",
    "independent terms",
    "covariance",
    "variance of a product",
    "square of a sum",
    "linearity",
    "independence",
    "zero mean",
    "zero-mean variance",
    "empty sum",
    "identical laws",
    "equal terms",
)


def finish(draft: Draft, condition: str | None, unknown: str | None) -> Draft:
    """Take steps until none applies, then impose the condition and solve where one is asked for."""
    if condition not in (*CONDITIONS, KEEP, None):
        raise NotAllowed(
            f"no condition {condition!r} for a derivation: {' or '.join(CONDITIONS)}, "
            "or None for the moment alone."
        )
    if condition in CONDITIONS and condition != direction(draft):
        raise NotAllowed(
            f"{draft.definition.text!r} is a {direction(draft)} definition: the condition "
            f"{condition} speaks of the other direction. Try finish({direction(draft)!r})."
        )
    if not any(step.rule == BEFORE for step in draft.steps):
        draft = _worked_out(draft)
        if condition is None or (condition == KEEP and not _may_keep(draft)):
            return draft
        draft = impose(draft)
    wanted = unknown_named(draft, unknown)
    return draft if draft.line.args[0] == wanted else solve_for(draft, wanted)


def _may_keep(draft: Draft) -> bool:
    if not draft.definition.right.has(Sum):
        return False
    try:
        impose(draft)
    except NotAllowed:
        return False
    return True


def _worked_out(draft: Draft) -> Draft:
    for _ in range(MOST_LINES):
        longer = _next(draft)
        if longer is None:
            return draft
        draft = longer
    raise RuntimeError(f"no end after {MOST_LINES} lines of {draft.definition.text!r}")


def _next(draft: Draft) -> Draft | None:
    named = {action.name: action for action in all_actions(draft)}
    big = [name for name in named if name.endswith("of both sides")] + ["iid sum"]
    opening, values = (
        [n for sign in signs for n in named if n.startswith(sign) and n not in big]
        for signs in (_OPENING, _VALUES)
    )
    assumed = [f"zero mean of {written(f.symbol)}" for f in draft.families if draft.contradicts(f)]
    split = ["second moment"] if _needed(draft) else []
    values = [name for name in values if not named[name].small]
    for name in (*big, *assumed, *opening, *split, *values, *_SMALL):
        try:
            return named[name].take(draft)
        except NotAllowed:
            continue
    return None


def _needed(draft: Draft) -> bool:
    """Whether E[x²] of a family with a stated variance is left: Var(x) + E[x]² has values."""
    from varprop.refereeing.variables import moment_node

    right = draft.line.args[1]
    return any(
        draft.known(f).variance is not None and right.has(moment_node(f, 2)) for f in draft.families
    )
