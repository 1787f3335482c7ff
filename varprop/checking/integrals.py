"""Expectations of one or two independent variables with known laws, by quadrature over densities."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Symbol

from varprop.checking.laws import ARGUMENT, Catalogued, Law, Normal, Uniform
from varprop.checking.world import Mean, World
from varprop.moments import GaussianExpectation, UniformExpectation
from varprop.moments.numeric import quadrature

Point = Mapping[Symbol, Expr]
ORDER = 24
REACH = 9.0
"""Standard deviations of a normal law that are integrated over."""

ACCURACY = 1e-7
"""Relative accuracy that these numbers are trusted to."""


def has_numbers(meaning: Expr, world: World) -> bool:
    """Whether E[g] can be integrated: at most two independent variables, both with a density."""
    atoms = sorted(world.random_in(meaning), key=str)
    if not isinstance(meaning, Mean) or not 1 <= len(atoms) <= 2:
        return False
    laws = [world.variable(atom).law for atom in atoms]
    if not all(isinstance(law, (Normal, Uniform, Catalogued)) for law in laws):
        return False
    from varprop.checking.world import Total

    return not meaning.has(Total) and (len(atoms) == 1 or world.are_independent(*atoms))


def integrated(meaning: Expr, point: Point, world: World) -> float | None:
    """Return E[g] at a point; None where something is left open."""
    if not has_numbers(meaning, world):
        return None
    atoms = sorted(world.random_in(meaning), key=str)
    inner = meaning.args[0].subs(point)
    if inner.free_symbols - set(atoms):
        return None
    laws = tuple(law for law in (world.variable(atom).law for atom in atoms) if law is not None)
    return _integral(inner, tuple(atoms), laws, tuple(sorted(point.items(), key=str)))


@lru_cache(maxsize=512)
def _integral(
    inner: Expr, atoms: tuple[Symbol, ...], laws: tuple[Law, ...], items: tuple[Any, ...]
) -> float | None:
    point: Point = dict(items)
    first, law = atoms[-1], laws[-1]
    if len(atoms) == 1:
        return _one(inner, first, law, point)
    others, outer = atoms[:-1], laws[0]

    def conditional(value: float) -> float:
        number = _one(inner.xreplace({others[0]: sympy.Float(value)}), first, law, point)
        return math.nan if number is None else number

    return _over(outer, conditional, point)


def _one(g: Expr, x: Symbol, law: Law, point: Point) -> float | None:
    """Return E[g(x)] for one variable."""
    if not g.has(x):
        return float(g)
    if isinstance(law, Normal):
        held = GaussianExpectation(g, x, law.variance.subs(point), law.mean.subs(point))
        found = quadrature(held)
        return None if found is None else found[0]
    if isinstance(law, Uniform):
        held = UniformExpectation(g, x, law.low.subs(point), law.high.subs(point))
        return quadrature(held)[0]  # type: ignore[index]
    f = sympy.lambdify(x, g, ["scipy", "numpy"])
    return _over(law, lambda value: float(f(value)), point)


def _over(law: Law, f: Callable[[float], float], point: Point) -> float | None:
    """Integrate f against the density of a law, cut at 0."""
    import numpy as np

    density, low, high, whole = _density(law, point)
    if density is None:
        return None
    cuts = sorted({low, high, *([0.0] if low < 0 < high else [])})
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    total = mass = 0.0
    for left, right in itertools.pairwise(cuts):
        pieces = np.linspace(left, right, 4)
        for a, b in itertools.pairwise(pieces):
            places = (b - a) / 2 * nodes + (a + b) / 2
            chances = [(b - a) / 2 * w * density(x) for w, x in zip(weights, places, strict=True)]
            total += sum(c * f(float(x)) for c, x in zip(chances, places, strict=True))
            mass += sum(chances)
    return float(total / mass) if whole else float(total)


def _density(law: Law, point: Point) -> tuple[Callable[[float], float] | None, float, float, bool]:
    """Return a density, the ends of what counts, and whether to divide by its integral."""
    if isinstance(law, Normal):
        mean, std = float(law.mean.subs(point)), math.sqrt(float(law.variance.subs(point)))
        reach = REACH * std
        return (
            lambda x: math.exp(-(((x - mean) / std) ** 2) / 2),
            mean - reach,
            mean + reach,
            True,
        )
    if isinstance(law, Uniform):
        low, high = float(law.low.subs(point)), float(law.high.subs(point))
        return lambda _: 1.0, low, high, True
    found = law.density() if isinstance(law, Catalogued) else None
    if found is None:
        return None, 0.0, 0.0, False
    form, low_end, high_end = (part.subs(point) for part in found)
    if form.free_symbols - {ARGUMENT}:
        return None, 0.0, 0.0, False
    weight = sympy.lambdify(ARGUMENT, form, "math")
    spread = 40 * math.sqrt(law.number(law.moment(2) or sympy.S.One, point))
    low = float(low_end) if low_end.is_finite else -spread
    high = float(high_end) if high_end.is_finite else spread
    return weight, low, high, True
