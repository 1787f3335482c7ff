"""A relation decided: algebra, numbers, assumptions that would make it true, counterexamples."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from varprop.checking.assumptions import joined, search
from varprop.checking.counterexamples import examples
from varprop.checking.findings import Answer, Evidence, Finding
from varprop.checking.formal import formal
from varprop.checking.limiting import in_limit
from varprop.checking.numbers import close, shown
from varprop.checking.pointwise import regime_of_sign
from varprop.checking.relations import Held, at_words, holds
from varprop.checking.rounding import rounding
from varprop.checking.sides import Sides, evaluate, held_in, read_sides, reread
from varprop.checking.spelling import Spelt
from varprop.checking.theorems import bounded_by_theorem
from varprop.checking.world import World
from varprop.errors import VarpropError


@dataclass(frozen=True)
class Question:
    """One relation of a claim with what it takes to read it again in another world."""

    spelt: tuple[Spelt, Spelt]
    relation: str
    tolerance: float | None = None
    limit: tuple[Symbol, Expr] | None = None
    defined: dict[str, str] | None = None

    def holds(self, sides: Sides) -> Held:
        """Decide the relation in a world where nothing is open."""
        if self.limit is not None and sides.symbols & {self.limit[0]}:
            return in_limit(sides, *self.limit, self.relation, self.tolerance)
        relation = "=" if self.relation == "->" else self.relation
        return holds(sides, relation, self.tolerance, rounding(self.spelt))

    def sides(self, world: World) -> Sides:
        """Read and evaluate both sides."""
        return read_sides(world, *self.spelt, self.defined)


def decide(question: Question, sides: Sides) -> Finding:
    """Return the finding on one relation."""
    subject, computed = subject_of(question, sides)
    typed = typed_subject(question, sides)
    found = Finding(
        Answer.UNDECIDED,
        subject=subject,
        typed=typed,
        computed=computed,
        evidence=(Evidence("symbolic", str(sides.left), str(sides.right)),),
        notes=sides.world.notes,
    )
    if sides.unknown:
        return _open(question, sides, found)
    return settle(question, sides, found)


def subject_of(question: Question, sides: Sides) -> tuple[str, Expr]:
    """Return the side that is worked out, as typed, and its value."""
    second = bool(held_in(sides.raw[1])) and not held_in(sides.raw[0])
    place = 1 if second else 0
    value = sides.right if second else sides.left
    return formal(question.spelt[place]), tidy(value)


def typed_subject(question: Question, sides: Sides) -> str:
    """Return the side that is worked out as it was typed."""
    second = bool(held_in(sides.raw[1])) and not held_in(sides.raw[0])
    return question.spelt[1 if second else 0].original


def tidy(value: Expr) -> Expr:
    """Return a value in a short form."""
    import sympy

    if sympy.count_ops(value) > 200 or value.is_Atom:
        return value
    shorter = sympy.simplify(value)
    best: Expr = min(
        (value, shorter, sympy.expand(value)), key=lambda e: (sympy.count_ops(e), str(e))
    )
    return best


def settle(question: Question, sides: Sides, found: Finding) -> Finding:
    """Return the finding where nothing is open."""
    held = question.holds(sides)
    found = _numbers(question, sides, found, held)
    if held.holds:
        found = replace(found, sharper=sharper_of(question, found))
        words = {"rounded": "equal to the digits given", "numbers": "equal in numbers"}.get(
            held.how
        )
        notes = (*found.notes, words) if words and question.relation in ("=", "≈") else found.notes
        return replace(found, answer=Answer.TRUE, notes=notes)
    if not held.known:
        return replace(found, tried=("algebra", "numbers at typical points"))
    regime = held.regime or regime_of_sign(question, sides)
    words = at_words(held)
    if regime is not None:
        return replace(found, answer=Answer.CONDITIONAL, holds_when=regime, fails_for=words)
    return replace(found, answer=Answer.FALSE, fails_for=words)


def sharper_of(question: Question, found: Finding) -> str | None:
    """Return the value itself where a bound is far from it."""
    own, claimed = found.number, found.claimed
    if question.relation not in ("<", "<=", ">", ">=") or own is None or claimed is None:
        return None
    if close(own, claimed, 0.5):
        return None
    return f"{found.typed} = {own:.3g}, the bound is {claimed:.3g}"


def _numbers(question: Question, sides: Sides, found: Finding, held: Held) -> Finding:
    point = held.fails_at
    tried = sides.tried(1)
    if point is not None and held.sides is not None:
        left, right = held.sides
    elif tried:
        point, left, right = tried[0]
    else:
        return found
    swapped = found.subject == formal(question.spelt[1]) and found.subject != formal(
        question.spelt[0]
    )
    number, claimed = (right, left) if swapped else (left, right)
    note = Evidence("numbers", f"{left:.10g}", f"{right:.10g}", shown(point or {}))
    return replace(found, number=number, claimed=claimed, evidence=(*found.evidence, note))


def _open(question: Question, sides: Sides, found: Finding) -> Finding:
    """Decide where the givens leave moments open."""
    limited = question.limit is not None and question.limit[0] in sides.symbols
    plain = question.holds(sides) if limited or question.relation in ("=", "∝", "!=") else None
    if plain is not None and plain.holds and question.relation != "!=":
        return replace(found, answer=Answer.TRUE)
    proof = bounded_by_theorem(question.relation, sides)
    if proof is not None:
        return replace(
            found, answer=Answer.TRUE, evidence=(*found.evidence, Evidence("theorem", words=proof))
        )
    assumed = search(sides, lambda other: _true_in(question, other))
    failing = _failing(question, sides)
    bound = question.relation in ("<", "<=", ">", ">=")
    if assumed is not None and (failing is not None or not bound):
        return replace(
            found,
            answer=Answer.CONDITIONAL,
            holds_when=joined(assumed[0]),
            fails_for=None if failing is None else failing[0],
        )
    if failing is not None:
        number, claimed = failing[1]
        return replace(
            found, answer=Answer.FALSE, fails_for=failing[0], number=number, claimed=claimed
        )
    tried = ("algebra with unknown moments", "assumptions", "counterexamples among named laws")
    return replace(found, tried=tried)


def _true_in(question: Question, sides: Sides) -> bool:
    if question.relation == "=" and question.limit is None:
        return sides.equal() is not None
    if question.relation == "∝" and question.limit is None:
        held = question.holds(sides)
        return held.holds and held.how != "rounded"
    if sides.unknown:
        return bounded_by_theorem(question.relation, sides) is not None
    return question.holds(sides).holds


def _failing(question: Question, sides: Sides) -> tuple[str, tuple[float, float]] | None:
    """Return an example that keeps everything given and at which the relation fails."""
    used = {s for side in sides.raw for s in sides.world.random_in(side)}
    names = sorted({sides.world.variable(symbol).name for symbol in used})
    for example in examples(sides.world, names):
        try:
            made = reread(example.world, sides, question.spelt, question.defined or {})
        except VarpropError:
            continue  # a family of which one member was replaced by a formula
        if made.unknown:
            continue
        held = question.holds(made)
        if not held.holds and held.known and held.sides is not None:
            left, right = held.sides
            where = shown(held.fails_at or {})
            place = f" at {where}" if where else ""
            words = f"{example.words}{place}: left side {left:.6g}, right side {right:.6g}"
            return words, held.sides
    return None


def decide_in(question: Question, world: World) -> Finding:
    """Read a relation in a world and decide it."""
    return decide(question, question.sides(world))


def again(question: Question, world: World, raw: tuple[Expr, Expr]) -> Finding:
    """Decide a relation whose sides have been changed."""
    return decide(question, evaluate(world, raw))
