"""Steps about one letter: its mean, its second moment, its variance, by name or by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Eq, Expr

from varprop.derivation import Kind, Step
from varprop.propagation.dense import by_name
from varprop.propagation.feed import WIDE
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import NotAllowed, written
from varprop.refereeing.variables import Family, is_held, moment_node
from varprop.rewriting.engine import rewrite
from varprop.rewriting.facts import Known
from varprop.rewriting.nodes import Mean, Var, base_of
from varprop.rewriting.rules import Rule
from varprop.rewriting.tactics import Rewritten, only_where, run

Take = Callable[[Draft], Draft]

_PRODUCT = ("variance of a product", "independence", "zero mean", "zero-mean variance")
_GAUSSIAN = "h is Gaussian"


def by_its_name(family: Family) -> Iterator[tuple[str, Take]]:
    """Yield the steps that open a product around this letter, or use that its mean is 0."""
    letter = written(family.symbol)
    yield f"second moment of {letter}", lambda d: second_moment(d, family)
    yield f"zero mean of {letter}", lambda d: zero_mean(d, family)


def by_its_value(draft: Draft, family: Family) -> Iterator[tuple[str, Take]]:
    """Yield the steps that put a moment of this letter in."""
    letter = written(family.symbol)
    if family.feed is not None:
        yield f"expectation of {letter}²", lambda d: expectation(d, family, 2)
        yield f"expectation of {letter}", lambda d: expectation(d, family, 1)
    if draft.known(family).variance is not None:
        yield f"variance of {letter}", lambda d: stated(d, family, "variance")
    if draft.known(family).mean not in (None, 0) and family.feed is None:
        yield f"mean of {letter}", lambda d: stated(d, family, "mean")


def zero_mean(draft: Draft, family: Family) -> Draft:
    """Use E[x] = 0. Raises NotAllowed where it isn't so, with the mean as computed."""
    letter = written(family.symbol)
    name = f"zero mean of {letter}"
    if draft.known(family).mean != 0:
        raise NotAllowed(
            f"'{name}' needs E[{letter}] = 0, but {_mean_in_words(draft, family)}",
            f"assume('E[{letter}] = 0') and carry the assumption",
        )
    left, right = draft.line.args
    after, assumes = _restricted(right, draft, family)
    if after == right:
        opened = run(right, _PRODUCT, draft.facts)
        after, assumes = opened.expression, opened.assumes
    if after == right:
        raise NotAllowed(f"'{name}' finds neither E[{letter}] nor E[{letter}²] in {written(right)}")
    step = Step(Eq(left, after, evaluate=False), name, Kind.RULE, f"E[{letter}] = 0", assumes)
    return draft.then(step)


def second_moment(draft: Draft, family: Family) -> Draft:
    """Var(w·x) = Var(w)·E[x²] where E[w] = 0: keep the second moment of x, whatever its mean."""
    letter = written(family.symbol)
    name = f"second moment of {letter}"
    left, right = draft.line.args
    opened = _opened(right, draft, family)
    kept = moment_node(family, 2)
    if not opened.expression.has(kept) or right.has(kept):
        raise NotAllowed(f"'{name}' needs a variance of {letter} times a factor of mean zero")
    if opened.expression.has(Mean(family.symbol)):
        others = [f for f in draft.families if f is not family and right.has(f.symbol)]
        words = "; ".join(_mean_in_words(draft, f) for f in others if draft.known(f).mean != 0)
        raise NotAllowed(f"'{name}' needs a factor of mean zero, but {words}")
    step = Step(
        Eq(left, opened.expression, evaluate=False),
        name,
        Kind.RULE,
        f"product with a zero-mean factor: E[{letter}²] stays",
        opened.assumes,
    )
    return draft.then(step)


def _opened(right: Expr, draft: Draft, family: Family) -> Rewritten:
    """Open the products; the second moment of the family keeps its name, those of others don't."""
    opened = run(right, _PRODUCT[:-1], draft.facts)
    others = only_where(_PRODUCT[-1], lambda node: not _speaks_of(node, family))
    after, assumes = rewrite(opened.expression, others, draft.facts)
    return Rewritten(after, opened.used, tuple(dict.fromkeys((*opened.assumes, *assumes))))


def expectation(draft: Draft, family: Family, power: int) -> Draft:
    """Work out E[φ(h)] or E[φ(h)²] for Gaussian h and put it in, by its name where it is long."""
    left, right = draft.line.args
    node, sign = moment_node(family, power), _moment_sign(family, power)
    name = f"expectation of {sign}"
    if power == 2 and draft.known(family).mean == 0 and not draft.contradicts(family):
        right = right.xreplace({Var(family.symbol): node})
    if not right.has(node):
        raise NotAllowed(f"'{name}' finds no E[{sign}] in {written(right)}")
    worked_out = _worked_out(family, power, name)
    if worked_out.equation in [step.equation for step in draft.steps]:
        raise NotAllowed(f"'{name}' is done: E[{sign}] keeps its name")
    put_in = by_name(worked_out.equation.args[1], node)
    step = Step(
        Eq(left, right.xreplace({node: put_in}), evaluate=False),
        "substitute",
        Kind.ALGEBRA,
        f"keep E[{sign}] by its name" if put_in == node else f"put E[{sign}] in",
        key=put_in != node,
    )
    return draft.then(worked_out, step)


def _worked_out(family: Family, power: int, name: str) -> Step:
    """Return E[x] or E[x²] = its closed form, or the held expectation."""
    value = family.moment(power)
    how = "no closed form is known" if is_held(value) else "in closed form"
    what = f"{family.words}{'²' * (power == 2)} over h ~ N(0, var={written(family.q)})"
    return Step(
        Eq(moment_node(family, power), value, evaluate=False),
        name,
        Kind.EXPECTATION,
        f"expectation of {what}, {how}",
        (_GAUSSIAN if family.known.single else WIDE,),
    )


def _moment_sign(family: Family, power: int) -> str:
    return f"{written(family.symbol)}{'²' * (power == 2)}"


def stated(draft: Draft, family: Family, which: str) -> Draft:
    """Put the stated mean or variance in."""
    letter = written(family.symbol)
    left, right = draft.line.args
    after, assumes = rewrite(right, _of(f"stated {which}", family), draft.facts)
    name, known = f"{which} of {letter}", draft.known(family)
    value = {"variance": known.variance, "mean": known.mean}[which]
    sign = f"Var({letter})" if which == "variance" else f"E[{letter}]"
    if after == right:
        raise NotAllowed(f"'{name}' finds no {sign} in {written(right)}")
    because = f"{family.words}: {sign} = {written(value)}"
    return draft.then(Step(Eq(left, after, evaluate=False), name, Kind.RULE, because, assumes))


def _restricted(right: Expr, draft: Draft, family: Family) -> tuple[Expr, tuple[str, ...]]:
    assumes: dict[str, None] = {}
    for name in ("zero mean", "zero-mean variance"):
        right, words = rewrite(right, _of(name, family), draft.facts)
        assumes.update(dict.fromkeys(words))
    return right, tuple(assumes)


def _of(name: str, family: Family) -> Rule:
    return only_where(name, lambda node: _speaks_of(node, family))


def _speaks_of(node: Expr, family: Family) -> bool:
    if not isinstance(node, (Mean, Var)):
        return False
    inner = node.args[0]
    return bool(base_of(inner.base if inner.is_Pow else inner) == family.symbol)


def _mean_in_words(draft: Draft, family: Family) -> str:
    letter, known = written(family.symbol), draft.known(family)
    return mean_in_words(letter, family, known)


def mean_in_words(letter: str, family: Family, known: Known) -> str:
    """Say what the mean of a letter is, and why: ``x = relu(h) has E[x] = √(q/(2·π))``."""
    if known.mean is None:
        return f"nothing is stated of E[{letter}]"
    subject = letter if family.feed is None else f"{letter} = {family.words}"
    return f"{subject} has E[{letter}] = {written(known.mean)}"
