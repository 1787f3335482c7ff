"""Gradients of two inputs at the factors of a product, where they depend on the product's value.

Σ_k F_k(xy)·F_k(x̃ỹ) at the product is, at the factor x, that times y·ỹ. What the other factor of two inputs
has in common is one normal u: given it, both are independent, and the average over u of products
of E[F_k(xy)·y | x, u] is a sum of products again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from varprop.networks.alike import Alike, shortened
from varprop.networks.alike_values import own_of
from varprop.networks.densities import CELLS, POINTS, Density, values
from varprop.networks.product_laws import at_value, atoms_of, gathered
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.unit_points import cells, grid, law_of, slope_at

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

NODES, STEP, REACH = 7, 0.1, 6.0

UNFOLLOWED = (
    "{what}: gradients depend on the product's value, which isn't followed for two inputs; they count as "
    "independent of it. Where a relu follows, c of gradients below the product is up to 0.3 off"
)


def factor_rows(gradient: Gradient, product: Part, own: Part, others: list[Signal]) -> Alike | None:
    """Return how E[δδ̃] depends on one factor, over E[δ²] of the product; None where unknown."""
    import numpy as np

    alike = _arriving(gradient)
    if alike is None or alike.at is None:
        return None
    law = law_of(product)
    points = float(product.mean) + float(product.variance) ** 0.5 * law.points
    rows = np.broadcast_to(alike.at[:, : len(points)], (len(alike.at), len(points)))
    middle = cells(values(own.phi, grid(own)))
    ends = [_ends(middle, others[:k]) for k in range(len(others))]
    for end, other in zip(ends[::-1], others[::-1], strict=True):
        found = _through(rows, points, end[0], other)
        if found is None:
            return None
        points, rows = end[0], shortened(found, Density(*end))
    return Alike(1.0, 1.0, np.repeat(shortened(rows, _cells(own)), POINTS, axis=1), alike.sign)


def _arriving(gradient: Gradient) -> Alike | None:
    if gradient.by is None or gradient.by.pairs is None:
        return None
    return gradient.by.pairs[0]


def _cells(part: Part) -> Density:
    law = law_of(part)
    return Density(
        cells(law.points),
        law.masses.reshape(CELLS, POINTS).sum(axis=1),
    )


def _ends(middle: Array, others: list[Signal]) -> tuple[Array, Array]:
    """Return values of a factor times some of the others, and how likely each roughly is."""
    import numpy as np

    at, masses = middle, np.full(len(middle), 1 / len(middle))
    for other in others:
        more, chances = atoms_of(other.parts or ())
        at, masses = gathered(
            np.multiply.outer(at, more).ravel(), np.multiply.outer(masses, chances).ravel()
        )
    return at, masses


def _through(rows: Array, points: Array, at: Array, other: Signal) -> Array | None:
    """Return E[F_k(x·y)·y | x, u] for every k and u, in rows that hold the root of u's weight."""
    import numpy as np

    found = []
    for part in other.parts or ():
        held = latent(part)
        if held is None:
            return None
        g, weights, inner = held
        y = values(part.phi, g)
        for u, weight in enumerate(weights):
            met = np.multiply.outer(at, y[u])
            scale = (float(part.share) * float(weight)) ** 0.5
            found += [scale * (np.interp(met, points, row) @ (inner * y[u])) for row in rows]
    return np.stack(found)


def latent(part: Part) -> tuple[Array, Array, Array] | None:
    """Return g at nodes (u, n), the weights of u, which two inputs share, and those of n.

    None where two inputs aren't followed, or lean apart.
    """
    import numpy as np

    if part.covariance is None or not part.variance:
        return None
    correlation = float(part.covariance) / float(part.variance)
    if correlation < -1e-9:
        return None
    rho = law_of(part).normal_correlation(correlation) if correlation > 1e-9 else 0.0
    nodes, weights = np.zeros(1), np.ones(1)
    if rho > 0:
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    n = np.arange(-REACH + STEP / 2, REACH, STEP)
    inner = np.exp(-n * n / 2)
    z = max(rho, 0.0) ** 0.5 * nodes[:, None] + max(1.0 - rho, 0.0) ** 0.5 * n
    g = float(part.mean) + float(part.variance) ** 0.5 * law_of(part).from_normal(z)
    return g, weights / weights.sum(), inner / inner.sum()


def gate_pair(
    gradient: Gradient, product: Part, part: Part, factors: tuple[Expr, Expr]
) -> float | None:
    """Return E[δδ̃] of the average unit of a gate's two halves, over E[δ²] of the product."""
    import numpy as np

    alike, held = _arriving(gradient), latent(part)
    if alike is None or alike.at is None or held is None:
        return None
    g, weights, inner = held
    (a, da), (b, db) = ((values(f, g), slope_at(f, g)) for f in factors)
    total = 0.0
    count = len(law_of(product).points)
    for row in np.broadcast_to(alike.at[:, :count], (len(alike.at), count)):
        for (u, mine), (v, theirs) in (
            (x, y) for x in enumerate(weights) for y in enumerate(weights)
        ):
            at = at_value(row, product, np.multiply.outer(a[u], b[v]))
            left = (inner * da[u]) @ at @ (inner * b[v])
            right = (inner * a[u]) @ at @ (inner * db[v])
            total += float(mine * theirs * (left * left + right * right)) / 2
    return alike.sign * total


def whole(rows: list[Alike], parts: tuple[Part, ...]) -> float | None:
    """Return E[δδ̃] over all units of a factor."""
    total = 0.0
    for alike, part in zip(rows, parts, strict=True):
        own = own_of(alike, part)
        if own is None:
            return None
        total += float(part.share) * float(own)
    return total
