"""Gradients given the value of their unit: for masks of one unit that meet more than once.

Behind relu(skip + branch) the gradient takes the skip path back to an earlier relu of the same unit.
Both masks are open together more often than independent ones would be, so E[δ² | g] is followed on
the grid of g's law, from one weight layer back to the one before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.moments import Moments
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import CELLS, POINTS, Density, normal_cdf, standard_normal, values
from varprop.networks.signal import ByValue, Gradient, Part, Signal
from varprop.networks.units import mixed, slopes
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def law_of(part: Part) -> Density:
    """Return the part's law on its grid."""
    return standard_normal() if part.law is None else part.law


def _given(gradient: Gradient, parts: tuple[Part, ...]) -> tuple[Array, ...] | None:
    """Return E[δ² | g] over its average for each part, None where it was followed for other units."""
    found = gradient.by
    if found is None or len(found.laws) != len(parts):
        return None
    if any(law is not law_of(part) for law, part in zip(found.laws, parts, strict=True)):
        return None
    return found.at


def through_activation(
    phi: Expr, parts: tuple[Part, ...], gradient: Gradient, below: Gradient, factor: float
) -> Gradient:
    """Return the gradient before φ with its dependence on g.

    ``below`` is the one without that dependence, ``factor`` E[φ'²] of flat positions in it.
    """
    given = _given(gradient, parts)
    if given is None and all(part.law is None for part in parts):
        return below
    slope = Moments(phi).derivative
    after = []
    for place, part in enumerate(parts):
        law = law_of(part)
        inner = slope if part.phi == h else slope.xreplace({h: part.phi})
        square = values(inner, float(part.mean) + float(part.variance) ** 0.5 * law.points) ** 2
        after.append(square if given is None else square * given[place])
    mean = sum(
        float(part.share) * float(law_of(part).masses @ at)
        for part, at in zip(parts, after, strict=True)
    )
    if not mean or not factor:
        return below
    by = ByValue(tuple(map(law_of, parts)), tuple(at / mean for at in after))
    return replace(below, second=below.second * mean / factor, by=by)


def through_noise(gradient: Gradient, total: Signal, left: Signal, noise: Signal) -> Gradient:
    """Return the gradient of a sum as the left term's, given the left term's own value."""
    if total.parts is None or left.parts is None or noise.parts is None or left.is_gaussian:
        return replace(gradient, by=None)
    given = _given(gradient, total.parts)
    if given is None:
        return replace(gradient, by=None)
    found = []
    for i, part in enumerate(left.parts):
        mean: Any = 0.0
        for j, other in enumerate(noise.parts):
            place = i * len(noise.parts) + j
            share = float(other.share)
            mean = mean + share * _expected(part, other, total.parts[place], given[place])
        found.append(mean)
    return replace(gradient, by=ByValue(tuple(map(law_of, left.parts)), tuple(found)))


def _expected(part: Part, noise: Part, total: Part, given: Array) -> Array:
    """Return E[given(a + n)] at each value a of the left term."""
    import numpy as np

    law = law_of(part)
    at = float(part.mean) + float(part.variance) ** 0.5 * law.points
    a = values(part.phi, at).reshape(CELLS, POINTS).mean(axis=1)
    s = float(total.mean) + float(total.variance) ** 0.5 * law_of(total).points.reshape(CELLS, -1)
    middle = s.mean(axis=1)
    edges = np.concatenate([[-np.inf], (middle[1:] + middle[:-1]) / 2, [np.inf]])
    width = max(float(noise.variance) ** 0.5, 1e-6 * float(np.ptp(middle)))
    chances = np.diff(normal_cdf((edges - a[:, None]) / width), axis=1)
    return np.repeat(chances @ given.reshape(CELLS, POINTS).mean(axis=1), POINTS)


def slope_given(
    parts: tuple[Part, ...], gradient: Gradient | None, arithmetic: Arithmetic
) -> Value:
    """Return E[φ'(g)²] weighted by how the gradient depends on g, where that is known."""
    given = None if gradient is None else _given(gradient, parts)
    if given is None:
        return mixed([p.share for p in parts], [slopes(p, arithmetic)[0] for p in parts])
    total = 0.0
    for part, at in zip(parts, given, strict=True):
        law = law_of(part)
        g = float(part.mean) + float(part.variance) ** 0.5 * law.points
        square = values(Moments(part.phi).derivative, g) ** 2
        total += float(part.share) * float(law.masses @ (square * at))
    return total
