"""``check``: a claim in words of mathematics, decided with evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from varprop.checking.deciding import Question, decide
from varprop.checking.facts import facts_in
from varprop.checking.findings import Answer, Decision, Evidence, Finding
from varprop.checking.givens import gaussian_laws, twins, world_of
from varprop.checking.limits import limit_of
from varprop.checking.repairs import instead_of
from varprop.checking.sides import Sides, diagonal, evaluate, read_sides
from varprop.checking.statement import Statement, conjuncts, read_statement
from varprop.checking.world import World

WORST = (Answer.TRUE, Answer.CONDITIONAL, Answer.UNDECIDED, Answer.FALSE)


def decide_claim(
    statement: str,
    given: str | Sequence[str] = (),
    *,
    define: dict[str, str] | None = None,
    experiment: bool = True,
    seed: int = 0,
) -> Decision:
    """Return the decision on one statement.

    ``given`` are what it takes for granted; ``define`` names functions of one variable.
    Raises BadInput, with the place, for what can't be read.
    """
    givens = (given,) if isinstance(given, str) else tuple(given)
    parts = conjuncts(statement)
    if len(parts) > 1:
        made = [
            decide_claim(part, given, define=define, experiment=experiment, seed=seed)
            for part in parts
        ]
        finding = together([one.finding for one in made])
        return replace(made[0], statement=statement, finding=finding)
    read = read_statement(statement)
    world = _world(read, givens)
    finding = _decide(read, world, define or {})
    decision = Decision(statement, tuple(map(echoed, givens)), finding, seed=seed)
    if not experiment:
        return decision
    from varprop.checking.experiment import tested

    return tested(decision, read, world, define or {}, seed)


def _world(read: Statement, givens: Iterable[str]) -> World:
    facts = facts_in((*givens, *read.givens, *read.at))
    world = gaussian_laws(twins(world_of(facts, read.sides)))
    if read.limit is not None and read.limit.target in ("oo", "inf"):
        return replace(world, wide=True, positive=world.positive | {read.limit.name})
    return world


def _decide(read: Statement, world: World, define: dict[str, str]) -> Finding:
    if "~" in read.relations:
        from varprop.checking.law_claims import decide_law

        return decide_law(read, world, define)
    if world.network is not None:
        from varprop.checking.networks import decide_network

        return decide_network(read, world, define)
    return decide_plain(read, world, define)


def decide_plain(read: Statement, world: World, define: dict[str, str]) -> Finding:
    """Return the finding on a statement without a network."""
    asked = questions(read, world, define)
    return together([found for question in asked for found in _cases(question, world)])


def questions(read: Statement, world: World, define: dict[str, str]) -> list[Question]:
    """Return one question per relation of a chain a <= b <= c."""
    limit = limit_of(read.limit, world)
    pairs = zip(read.sides, read.relations, read.sides[1:], strict=False)
    loose = {"=": "≈"} if read.tolerance is not None else {}
    return [
        Question((left, right), loose.get(relation, relation), read.tolerance, limit, define)
        for left, relation, right in pairs
    ]


def _cases(question: Question, world: World) -> list[Finding]:
    sides = read_sides(world, *question.spelt, question.defined)
    found = []
    for raw in diagonal(sides.raw):
        case = sides if raw == sides.raw else evaluate(world, raw)
        finding = decide(question, case)
        found.append(_repaired(question, case, finding))
    return found


def _repaired(question: Question, sides: Sides, finding: Finding) -> Finding:
    if finding.answer is not Answer.FALSE:
        return finding
    return replace(finding, instead=instead_of(question, sides))


def together(found: Sequence[Finding]) -> Finding:
    """Return the worst finding; the evidence of the others is kept."""
    worst = max(found, key=lambda one: WORST.index(one.answer))
    others: tuple[Evidence, ...] = tuple(
        e for one in found if one is not worst for e in one.evidence
    )
    return replace(worst, evidence=(*worst.evidence, *others))


_BARE = re.compile(r"\b(N|Normal|Gaussian)\(\s*(?P<mean>[^(),=]+),\s*(?P<second>[^=,]+)\)\s*$")


def echoed(given: str) -> str:
    """Return a given with the second value of a normal law named as what it is read as."""
    return _BARE.sub(lambda m: f"{m[1]}({m['mean'].strip()}, var={m['second'].strip()})", given)
