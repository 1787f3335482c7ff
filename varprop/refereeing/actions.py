"""What a person can do to the last line: moves, big steps made of rules, and the rules themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Eq, Expr

from varprop.derivation import Kind, Step
from varprop.errors import did_you_mean
from varprop.frozen import frozen
from varprop.refereeing import moments, sums
from varprop.refereeing.condition import condition_actions
from varprop.refereeing.draft import Draft, Option
from varprop.refereeing.refusal import NotAllowed, written
from varprop.refereeing.signs import ascii_name
from varprop.rewriting.engine import rewrite
from varprop.rewriting.nodes import Mean, Var
from varprop.rewriting.rules import RULES, Rule

Take = Callable[[Draft], Draft]


@frozen
class Action:
    """A named step; ``take`` returns the longer draft or raises NotAllowed with the reason."""

    name: str
    take: Take
    small: bool = False


MOVES: dict[str, tuple[Callable[[Expr], Expr], str]] = {
    "variance of both sides": (Var, "take the variance"),
    "second moment of both sides": (lambda side: Mean(side**2), "take the mean of the square"),
    "mean of both sides": (Mean, "take the mean"),
}


def all_actions(draft: Draft) -> Iterator[Action]:
    """Yield every step that has a name for this draft, big ones first, whether it applies or not."""
    order = sorted(MOVES, key=lambda name: draft.backward and name.startswith("variance"))
    for name in order:
        yield Action(name, _move(name))
    yield Action("iid sum", sums.iid_sum)
    signals_first = sorted(
        draft.families, key=lambda f: f.feed is None and draft.known(f).mean == 0
    )
    named = [pair for family in signals_first for pair in moments.by_its_name(family)]
    for name, take in sorted(named, key=lambda pair: pair[0].startswith("zero")):
        yield Action(name, take)
    for family in draft.families:
        for name, take in moments.by_its_value(draft, family):
            yield Action(name, take)
    for name, take in condition_actions(draft):
        yield Action(name, take)
    for rule in RULES.values():
        if not rule.name.startswith("stated"):
            yield Action(rule.name, _small(rule), small=True)


def find(draft: Draft, name: str) -> Action:
    """Return the step of that name, letters in Greek or spelt out. Raises NotAllowed."""
    known = {_folded(action.name): action for action in all_actions(draft)}
    found = known.get(_folded(name)) if isinstance(name, str) else None
    if found is None:
        names = [action.name for action in known.values()]
        near = did_you_mean(str(name), names)
        raise NotAllowed(f"no step {name!r}. {near}What applies now: options().")
    return found


def options(draft: Draft, *, small: bool) -> tuple[Option, ...]:
    """Return the steps that apply to the last line."""
    found = []
    for action in all_actions(draft):
        if action.small and not small:
            continue
        try:
            after = action.take(draft)
        except NotAllowed:
            continue
        found.append(Option(action.name, after.steps[len(draft.steps) :], action.small))
    return tuple(found)


def _folded(name: str) -> str:
    return " ".join(ascii_name(name).casefold().replace("^2", "²").replace("**2", "²").split())


def _move(name: str) -> Take:
    node, because = MOVES[name]

    def take(draft: Draft) -> Draft:
        left, right = draft.line.args
        if left != draft.definition.left:
            raise NotAllowed(
                f"{name!r} starts from the definition, but this line is {written(draft.line)}"
            )
        equation = Eq(node(left), node(right), evaluate=False)
        return draft.then(Step(equation, name, Kind.RULE, because, key=False))

    return take


def _small(rule: Rule) -> Take:
    def take(draft: Draft) -> Draft:
        left, right = draft.line.args
        after, assumes = rewrite(right, rule, draft.facts)
        if after == right:
            raise NotAllowed(f"{rule.name!r} finds nothing to rewrite in {written(right)}")
        equation = Eq(left, after, evaluate=False)
        return draft.then(Step(equation, rule.name, Kind.RULE, rule.because, assumes))

    return take
