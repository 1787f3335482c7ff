"""Inequalities that hold for every law: squares, Cauchy–Schwarz, Jensen, Markov and Chebyshev."""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Heaviside, S, Symbol, expand

from varprop.checking.expectation import Engine
from varprop.checking.sides import Sides
from varprop.checking.world import Cov, Mean, Total, World


def bounded_by_theorem(relation: str, sides: Sides) -> str | None:
    """Return the theorem by which an inequality holds whatever is open, else None."""
    if relation not in ("<=", ">=", "<", ">"):
        return None
    small, large = sides.left, sides.right
    if relation.startswith(">"):
        small, large = large, small
    strict = not relation.endswith("=")
    gap = expand(large - small)
    if _proven(gap, strict):
        return "a sum of squares and variances is never negative"
    raw = sides.raw if relation.startswith("<") else sides.raw[::-1]
    convex = None if strict else _jensen(*raw)
    if convex is not None:
        return convex
    by_tail = _chebyshev(sides, relation, large)
    if by_tail is not None or strict:
        return by_tail
    for symbol, bound, name in _bounds(sides, small):
        least = small.subs(symbol, bound)
        if _proven(expand(sympy.simplify(large - least)), False):
            return name
        both = bool(large.is_nonnegative and least.is_nonnegative)
        if both and _proven(expand(large**2 - least**2), False):
            return name
    return None


def _chebyshev(sides: Sides, relation: str, large: Expr) -> str | None:
    """Bound P(|s| > k) by E[s²]/k²; strict conditions count the same for a bound."""
    raw = sides.raw[0] if relation.startswith("<") else sides.raw[1]
    tails = [node for node in raw.atoms(Mean) if node.args[0].has(Heaviside)]
    if len(tails) != 1 or not relation.endswith("="):
        return None
    found = _tail(tails[0].args[0], sides.world)
    if found is None:
        return None
    inner, level = found
    engine = Engine(sides.world)
    bound = engine.evaluate(raw.xreplace({tails[0]: Mean(inner**2) / level**2}))
    if not _proven(expand(sympy.simplify(large - bound)), False):
        return None
    return f"Chebyshev: P(|s| ≥ k) ≤ E[s²]/k² = {sympy.simplify(bound)}"


def _jensen(small: Expr, large: Expr) -> str | None:
    """E[f(x)] ≥ f(E[x]) for a convex f."""
    if not isinstance(large, Mean) or len(large.args[0].free_symbols) != 1:
        return None
    f, x = large.args[0], next(iter(large.args[0].free_symbols))
    if small != f.subs(x, Mean(x)):
        return None
    second = sympy.simplify(sympy.diff(f, x, 2))
    return "Jensen: E[f(x)] ≥ f(E[x]) for a convex f" if second.is_nonnegative else None


def _proven(gap: Expr, strict: bool) -> bool:
    if strict:
        return bool(gap.is_positive)
    if gap.is_nonnegative:
        return True
    factored = sympy.factor(gap)
    return bool(factored.is_nonnegative)


def _bounds(sides: Sides, small: Expr) -> list[tuple[Symbol, Expr, str]]:
    """Return upper bounds of the unknowns on the smaller side."""
    found: list[tuple[Symbol, Expr, str]] = []
    engine = Engine(sides.world)
    for symbol in small.free_symbols & set(sides.opened):
        meaning = sides.opened[symbol]
        if isinstance(meaning, Cov):
            a, b = meaning.args
            bound = sympy.sqrt(engine.variance(a) * engine.variance(b))
            found.append((symbol, bound, "Cauchy–Schwarz: |Cov(x, y)| ≤ Std(x)·Std(y)"))
        if isinstance(meaning, Mean):
            found += _of_mean(engine, symbol, meaning.args[0])
    return found


def _of_mean(engine: Engine, symbol: Symbol, g: Expr) -> list[tuple[Symbol, Expr, str]]:
    found = []
    if isinstance(g, sympy.Abs):
        found.append((symbol, sympy.sqrt(engine.mean(g.args[0] ** 2)), "Jensen: E[|x|]² ≤ E[x²]"))
    return found


def _tail(g: Expr, world: World) -> tuple[Expr, Expr] | None:
    """Return (s, k) of the indicator of |s| > k or s > k, k > 0."""
    parts = [node for node in sympy.preorder_traversal(g) if isinstance(node, Heaviside)]
    if not 1 <= len(parts) <= 2:
        return None
    argument = parts[0].args[0]
    constant = Add(*(t for t in Add.make_args(argument) if not _random(t, world)))
    inner = argument - constant
    level = -constant
    if not level.is_positive or (len(parts) == 2 and not _opposite(parts, inner, level)):
        return None
    return inner, level


def _random(term: Expr, world: World) -> bool:
    return bool(world.random_in(term)) or term.has(Total)


def _opposite(parts: list[Expr], inner: Expr, level: Expr) -> bool:
    return bool(expand(parts[1].args[0] - (-inner - level)) == S.Zero)
