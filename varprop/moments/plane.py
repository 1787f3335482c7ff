"""Quadrature over a Gaussian plane: panels cut at the kinks of each variable.

With v = ρu + w, ρ = c√(q_v/q_u) and w independent of u, both integrals run over a Gaussian; the
panels of the inner one start and end at the kinks in v, wherever u is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sympy import Expr, Heaviside, S, Symbol
from sympy.core.relational import Relational

from varprop.moments.expectation import BivariateExpectation
from varprop.moments.pieces import SWITCHES, kinks
from varprop.moments.source import array_function
from varprop.moments.unrecognised import Unrecognised

if TYPE_CHECKING:
    import numpy as np

EDGES = (-13.0, -9.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 9.0, 13.0)
"""Ends of panels in standard deviations; beyond 13 lies 1e-38 of the mass."""

COARSE, FINE = 14, 20


Line = tuple[Expr, Expr]
"""A kink in v that moves with u: (intercept, slope) of v = intercept + slope u."""


def on_plane(held: BivariateExpectation) -> tuple[float, float] | None:
    """Return (value, error bound), from two rules of different order; None beyond double range.

    Raises Unrecognised for a kink along a curve.
    """
    import numpy as np

    f, u, v, *law = held.args
    q_u, q_v, c = (float(part) for part in law)
    function, cuts = array_function(f, u, v), _cuts(f, u, v)
    with np.errstate(all="ignore"):
        coarse, fine = (_grid(function, (q_u, q_v, c), cuts, order) for order in (COARSE, FINE))
    if not np.isfinite(fine[0]):
        return None
    return fine[0], abs(fine[0] - coarse[0]) + 1e-14 * fine[1]


Cuts = tuple[list[float], list[tuple[float, float]]]
"""Kinks in u, and kinks in v as lines over u."""


@lru_cache(maxsize=512)
def _cuts(f: Expr, u: Symbol, v: Symbol) -> Cuts:
    return kinks_alone(f, u), [(float(a), float(b)) for a, b in kink_lines(f, u, v)]


def kinks_alone(f: Expr, h: Symbol) -> list[float]:
    """Return the kinks in ``h`` alone as floats."""
    return [float(k) for k in marginal_kinks(f, h)]


def gaussian_rule(cuts: list[float], order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points and weights of E over N(0, 1) on panels that end at the cuts."""
    import numpy as np

    points, weights = _rule(np.array([cuts]), order)
    return points[0], weights[0]


def _grid(
    function: Callable[..., Any],
    law: tuple[float, float, float],
    cuts: Cuts,
    order: int,
) -> tuple[float, float]:
    """Return (Σ weight f, Σ weight |f|) over the product rule of one order."""
    import numpy as np

    q_u, q_v, c = law
    slope, rest = c * (q_v / q_u) ** 0.5, (q_v * (1 - c * c)) ** 0.5
    x, weight_x = gaussian_rule([k / q_u**0.5 for k in cuts[0]], order)
    u = q_u**0.5 * x[:, None]
    if rest == 0.0:
        values, weights = function(u, slope * u) + 0.0 * u, weight_x[:, None]
    else:
        crossings = np.array([a for a, _ in cuts[1]]) + u * np.array([b for _, b in cuts[1]])
        y, weight_y = _rule((crossings - slope * u) / rest, order)
        values = function(u, slope * u + rest * y) + 0.0 * y
        weights = weight_x[:, None] * weight_y
    return float(np.sum(weights * values)), float(np.sum(weights * np.abs(values)))


def _rule(cuts: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the standard Gaussian, one row per row of cuts."""
    import numpy as np

    nodes, weights = _legendre(order)
    base = np.broadcast_to(np.array(EDGES), (cuts.shape[0], len(EDGES)))
    edges = np.sort(np.concatenate([base, np.clip(cuts, EDGES[0], EDGES[-1])], axis=1), axis=1)
    half = np.diff(edges)[:, :, None] / 2
    x = (edges[:, :-1, None] + half) + half * nodes
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    shape = (cuts.shape[0], -1)
    return x.reshape(shape), (half * weights * density).reshape(shape)


@cache
def _legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    from numpy.polynomial.legendre import leggauss

    nodes, weights = leggauss(order)
    return nodes, weights


def marginal_kinks(f: Expr, h: Symbol) -> list[Expr]:
    """Return the kinks in ``h`` of the parts of ``f`` that depend on no other symbol."""
    found: set[Expr] = set()
    for node in f.atoms(*SWITCHES):
        if node.free_symbols == {h}:
            whole = Heaviside(node.lhs - node.rhs) if isinstance(node, Relational) else node
            found.update(kinks(whole, h))
    return sorted(found)


def kink_lines(f: Expr, u: Symbol, v: Symbol) -> list[Line]:
    """Return the kinks in v as lines over u; raises Unrecognised for a kink along a curve."""
    found: list[Line] = [(k, S.Zero) for k in marginal_kinks(f, v)]
    for node in f.atoms(*SWITCHES):
        if node.has_free(u) and node.has_free(v):
            pairs = combinations(node.args, 2) if len(node.args) > 1 else [(node.args[0], S.Zero)]
            found.extend(_line(a - b, u, v) for a, b in pairs if (a - b).has_free(v))
    return found


def _line(x: Expr, u: Symbol, v: Symbol) -> Line:
    poly = x.as_poly(u, v)
    if poly is None or poly.total_degree() > 1:
        raise Unrecognised("a kink along a curve")
    slope = poly.coeff_monomial(v)
    return -poly.coeff_monomial(1) / slope, -poly.coeff_monomial(u) / slope
