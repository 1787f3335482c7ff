"""Each line of a draft tested on its own: rules by enumeration, expectations by quadrature."""

from __future__ import annotations

from dataclasses import replace

from sympy import Basic, Indexed, Sum, Symbol

from varprop.derivation import Kind, Step
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import written
from varprop.refereeing.world import World, given_numbers, moment_numbers
from varprop.rewriting.nodes import Mean
from varprop.verdict import Check, Verdict

TOLERANCE = 1e-9
ENUMERATED = "all outcomes of skewed two-point laws with the stated moments, two terms"
QUADRATURE = "quadrature over h ~ N(0, var=q)"
PUT_BACK = "put back into the condition"


def verified(draft: Draft) -> Draft:
    """Return the draft with one outcome per line; None for a line that states or imposes."""
    world = _world(draft)
    checks = tuple(_check(draft, world, k) for k in range(len(draft.steps)))
    return replace(draft, checks=checks)


def _world(draft: Draft) -> World:
    expressions = [step.equation for step in draft.steps]
    expressions += [
        e for known in draft.facts.known for e in (known.mean, known.variance) if e is not None
    ]
    expressions += [family.q for family in draft.families]
    letters = {family.name for family in draft.families} | {draft.definition.left.name}
    letters |= {
        limit[0].name for total in draft.definition.right.atoms(Sum) for limit in total.limits
    }
    symbols = {s for e in expressions for s in e.free_symbols if isinstance(s, Symbol)}
    symbols = {s for s in symbols if s.name not in letters and s.is_integer is not True}
    terms = {limit[2] for total in draft.definition.right.atoms(Sum) for limit in total.limits}
    known = {entry.name: entry for entry in draft.facts.known}
    numbered = [
        int(index)
        for atom in draft.definition.right.atoms(Indexed)
        for index in atom.indices
        if index.is_Integer
    ]
    return World(known, draft.families, given_numbers(symbols, terms), max(numbered, default=0))


def _check(draft: Draft, world: World, place: int) -> Check | None:
    step = draft.steps[place]
    left, right = step.equation.args
    if step.rule == "assume":
        return _assumed(draft, world, step)
    if step.kind is Kind.GIVEN:
        return None
    if step.rule == "solve":
        condition = next(s.equation for s in reversed(draft.steps[:place]) if s.rule == "condition")
        sides = [side.xreplace({left: right}) for side in condition.args]
        return _compare(step, world, sides[0], sides[1], PUT_BACK)
    if step.kind is Kind.EXPECTATION:
        true = moment_numbers(world, draft.families)
        return _compare(step, world, left.xreplace(true), right, QUADRATURE)
    defined = left.xreplace({draft.definition.left: draft.definition.right})
    return _compare(step, world, defined, right, ENUMERATED)


def _assumed(draft: Draft, world: World, step: Step) -> Check | None:
    """Compare a stated moment with the true one, where that is known."""
    left, right = step.equation.args
    true = moment_numbers(world, draft.families)
    if not (isinstance(left, Mean) and left in true):
        return None
    return _compare(step, world, true[left], right, QUADRATURE)


def _compare(step: Step, world: World, left: Basic, right: Basic, how: str) -> Check:
    observed, predicted = world.number(left), world.number(right)
    allowed = TOLERANCE * max(1.0, abs(predicted), abs(observed))
    return Check(
        name=f"{step.rule}: {written(step.equation)}",
        predicted=predicted,
        observed=observed,
        standard_error=0.0,
        tolerance=allowed,
        replicates=len(world.outcomes) if how == ENUMERATED else 1,
        width=None,
        depth=None,
        seed=0,
        verdict=Verdict.AGREES if abs(observed - predicted) <= allowed else Verdict.DISAGREES,
        note=how,
    )
