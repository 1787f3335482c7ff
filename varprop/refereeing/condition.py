"""Conditions on a layer, and the scale of its weights that meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Dummy, Eq, Expr, Indexed, Rational, S, Sum, Symbol, factor_terms, simplify

from varprop.derivation import Kind, Step
from varprop.moments.expectation import Expectation
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import NotAllowed, written
from varprop.refereeing.variables import Family
from varprop.rewriting.nodes import Cov, Mean, Var

Take = Callable[[Draft], Draft]
CONDITIONS = ("forward", "backward")


def condition_actions(draft: Draft) -> Iterator[tuple[str, Take]]:
    """Yield the condition of this definition, and solving for the weights' scale."""
    name = direction(draft)
    yield f"condition: {name}", impose
    unknown = scale(draft)
    if unknown is not None:
        yield f"solve for {written(unknown)}", lambda d: solve_for(d, unknown)


def direction(draft: Draft) -> str:
    """Say which signal this definition speaks of: forward or backward."""
    return CONDITIONS[draft.backward]


def weights(draft: Draft) -> Family | None:
    """Return the letter whose variance is to be found: the first with a symbol, or an unknown one."""
    drawn = [f for f in draft.families if f.feed is None and draft.known(f).variance is not None]
    for family in drawn:
        if draft.known(family).variance.free_symbols:  # type: ignore[union-attr]
            return family
    return next((f for f in draft.families if f.name == "w" and f.feed is None), None)


def scale(draft: Draft) -> Expr | None:
    """Return the unknown: the symbol of the weights' variance, or Var(w) itself."""
    family = weights(draft)
    if family is None:
        return None
    variance = draft.known(family).variance
    if variance is None:
        return Var(family.symbol)
    symbols = sorted(variance.free_symbols, key=str)
    return symbols[0] if len(symbols) == 1 else None


def signal(draft: Draft) -> Family | None:
    """Return the letter that the weights multiply in the definition's sum."""
    own = weights(draft)
    for total in draft.definition.right.atoms(Sum):
        names = {str(atom.base.label) for atom in total.function.atoms(Indexed)}
        for family in draft.families:
            if family.name in names and family is not own:
                return family
    return None


def kept(draft: Draft) -> Expr:
    """Return what the condition keeps: q of the layer below, or the same moment of the signal."""
    family = signal(draft)
    if family is None:
        raise NotAllowed(
            "a condition needs a sum over a signal: nothing is kept from layer to layer"
        )
    left, right = draft.line.args
    if family.feed is not None and not draft.contradicts(family):
        if right.has(Var(family.symbol)):
            raise NotAllowed("put Var(x) in first: the condition speaks of q, the variance of h")
        return family.q
    known = draft.known(family)
    second = isinstance(left, Mean) and left.args[0].is_Pow
    if known.variance is not None and known.mean is not None:
        return known.variance + (known.mean**2 if second else 0)
    return Mean(family.symbol**2) if second else Var(family.symbol)


def impose(draft: Draft) -> Draft:
    """Ask that the signal, or the gradient, keeps its size from layer to layer."""
    left, right = draft.line.args
    name = direction(draft)
    if any(step.rule == "condition" for step in draft.steps):
        raise NotAllowed("a condition is imposed already")
    second = isinstance(left, Mean) and left.args[0].is_Pow
    if not (isinstance(left, Var) or second):
        raise NotAllowed(
            f"'condition: {name}' needs a variance or a second moment on the left side"
        )
    if right.has(Sum, Cov) or not right.has(*_sizes(draft)):
        raise NotAllowed(f"'condition: {name}' needs the scale of the weights in {written(right)}")
    equation = Eq(right, kept(draft), evaluate=False)
    return draft.then(Step(equation, "condition", Kind.GIVEN, f"condition: {name}"))


def _sizes(draft: Draft) -> tuple[Expr, ...]:
    unknown = scale(draft)
    return (S.NaN,) if unknown is None else (unknown,)


def solve_for(draft: Draft, unknown: Expr) -> Draft:
    """Isolate the unknown in a condition linear in it or in its square. Raises NotAllowed elsewhere."""
    name = f"solve for {written(unknown)}"
    if not any(step.rule == "condition" for step in draft.steps):
        raise NotAllowed(f"'{name}' needs a condition: impose one first")
    left, right = draft.line.args
    if left == unknown:
        raise NotAllowed(f"'{name}' is done")
    value = _isolated(left - right, unknown)
    if value is None:
        raise NotAllowed(
            f"'{name}' needs {written(unknown)} or its square to stand linearly in {written(left)}"
        )
    equation = Eq(unknown, value, evaluate=False)
    return draft.then(Step(equation, "solve", Kind.ALGEBRA, name))


def _isolated(difference: Expr, unknown: Expr) -> Expr | None:
    """Return the unknown, of which the difference is a linear function, or of its square."""
    mark = Dummy("u", positive=True)
    for power in (1, 2):
        shown = difference.xreplace({unknown: mark ** Rational(1, power)})
        slope = shown.diff(mark)
        if slope != 0 and not slope.has(mark):
            value = _simplified(-shown.xreplace({mark: S.Zero}) / slope)
            return value ** Rational(1, power)
    return None


def _simplified(value: Expr) -> Expr:
    """Simplify the arithmetic around named moments and held expectations, not inside them."""
    names = {held: Dummy("m", positive=True) for held in value.atoms(Mean, Var, Expectation)}
    tidy = factor_terms(simplify(value.xreplace(names)))
    return tidy.xreplace({name: held for held, name in names.items()})


def unknown_named(draft: Draft, letter: str | None) -> Expr:
    """Return what is solved for: the letter asked for, or the weights' scale."""
    if letter is not None:
        symbol = Symbol(letter, positive=True)
        if not draft.line.has(symbol):
            raise NotAllowed(f"there is no {letter!r} in {written(draft.line)} to solve for")
        return symbol
    found = scale(draft)
    if found is None:
        raise NotAllowed("say what to solve for: finish(solve_for='v')")
    return found
