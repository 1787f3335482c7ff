"""The gradients of a product's factors: each meets the values of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import POINTS, values
from varprop.networks.gradient_places import (
    Near,
    by_covariance,
    near_of,
    near_of_two,
    placed,
)
from varprop.networks.product_laws import atoms_of, given_product
from varprop.networks.product_pairs import factor_rows, whole
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.networks.spatial import space_of
from varprop.networks.spatial_moments import profiles
from varprop.networks.spatial_pairs import in_phase, neighbours
from varprop.networks.token_pairs import far_of
from varprop.networks.token_places import at_places
from varprop.networks.unit_points import grid, law_of
from varprop.networks.values import entered

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def beside(
    gradient: Gradient, product: tuple[Signal, Signal], others: list[Signal], arithmetic: Arithmetic
) -> Gradient:
    """Return the gradient of one factor, which meets the values of the others.

    ``product`` is the result and that factor.
    """
    second: Value = 1
    cross: Value | None = 1
    for s in others:
        second, cross = second * s.second, times(cross, s.cross)
    if arithmetic.symbolic or not second:
        return replace(gradient.scaled(second), cross=times(gradient.cross, cross))
    given = _given(gradient, product, others)
    parts = product[1].parts or ()
    more = sum(
        float(part.share) * float(law_of(part).masses @ size)
        for part, size in zip(parts, given or (), strict=False)
    )
    found = gradient.scaled(second * (more if given is not None else 1.0))
    found = replace(found, cross=times(gradient.cross, cross))
    each: Any = [profiles(s, arithmetic) for s in others]
    for one, s in zip(each, others, strict=True):
        if one is not None:
            found = at_places(found, one[0] / s.second)
    found = _met(replace(found, by=None), gradient, others, arithmetic)
    if given is None or not more or product[1].is_gaussian:
        return found
    return entered(found, parts, [size / more for size in given])


def _met(
    below: Gradient, gradient: Gradient, others: list[Signal], arithmetic: Arithmetic
) -> Gradient:
    """Return the gradient of a factor with the likeness of its positions, which met others' values.

    Of two inputs, two positions of the others are as alike as one is.
    """
    near, both = near_of(gradient), near_of_two(gradient)
    found = near
    for s in others if near is not None else ():
        found = found * _values_alike(near, s, arithmetic)
        far = far_of(s, arithmetic)
        if isinstance(both, float) and s.cross and far is not None:
            both = both * float(far / s.cross)
    return placed(below, found, two=both)


def _values_alike(near: Near, signal: Signal, arithmetic: Arithmetic) -> Any:
    """Return E[x(p)x(p + d)]/E[x²] at every lag; of two tokens where there are tokens."""
    square, size = signal.mean * signal.mean, float(signal.second)
    space = space_of(excess=neighbours(signal, arithmetic), phases=in_phase(signal, arithmetic)[0])
    cross, between = (square if held is None else held for held in (signal.cross, signal.between))
    part = Part(1, signal.second, cross, between, space=space)
    return by_covariance(near, (part,), lambda each: each[0] / size)


def two_inputs(
    gradient: Gradient, found: Gradient, product: tuple[Signal, Signal], others: list[Signal]
) -> Gradient | None:
    """Return the gradient of one factor with E[δδ̃] as it depends on the product, None where unknown."""
    out, own = product
    if own.parts is None or out.parts is None or not found.second:
        return None
    rows = [factor_rows(gradient, out.parts[0], part, others) for part in own.parts]
    known = [row for row in rows if row is not None]
    total = whole(known, own.parts) if len(known) == len(rows) else None
    if total is None:
        return None
    ratio = gradient.second / found.second
    cross = gradient.second * total
    if found.by is None:
        return replace(found, cross=cross)
    return entered(
        replace(found, cross=cross), own.parts, list(found.by.at), [r.times(ratio) for r in known]
    )


def _given(
    gradient: Gradient, product: tuple[Signal, Signal], others: list[Signal]
) -> list[Array] | None:
    """Return how much more gradient arrives at each value of one factor, where that is followed.

    It counts where the others are large, and the whole depends on the factor itself.
    """
    import numpy as np

    out, own = product
    if gradient.by is None or out.parts is None or gradient.by.laws[0] is not out.parts[0].law:
        return None
    if own.parts is None or any(s.parts is None for s in others):
        return None
    atoms = [atoms_of(s.parts) for s in others if s.parts is not None]
    found = []
    for part in own.parts:
        cells = values(part.phi, grid(part)).reshape(-1, POINTS).mean(axis=1)
        at = given_product(gradient.by.at[0], out.parts[0], cells, atoms)
        found.append(np.repeat(at, POINTS))
    return found
