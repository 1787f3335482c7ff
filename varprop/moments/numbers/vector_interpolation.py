"""Many variances: Chebyshev pieces in ln q between verified nodes, the interpolation in the bound.

A moment is an analytic function of t = ln q. On pieces of fixed place and width it is interpolated at
Chebyshev nodes, after division by qᵖ, p its average logarithmic slope there. A piece is accepted when
its last coefficients have died out and points between the nodes agree; otherwise it is halved, and
in the end its variances are integrated one by one. Pieces are kept for the next call.
Source: L. N. Trefethen, Approximation Theory and Approximation Practice, chapters 3, 4 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from sympy import Expr, Symbol

from varprop.moments.numbers.number import UNIT

Array = np.ndarray

WIDTH = 1.5
"""Width of a piece in ln q."""

ORDER = 25
CHECKS = np.array([-0.955, 0.035, 0.985])
"""Places on [-1, 1] where the interpolant is compared with quadrature."""

DEPTH = 3
"""Times a piece may be halved before its variances are integrated one by one."""

WORTH = 1.2
"""A piece is built when its variances outnumber this many times the nodes it takes."""

ACCEPTED = 1e-13
LEBESGUE = 4.0
"""Largest amplification of node errors by interpolation at so few Chebyshev nodes (2.9), rounded up."""

_NODES = np.cos(np.pi * np.arange(ORDER) / (ORDER - 1))
_MATRIX = np.linalg.inv(chebyshev.chebvander(_NODES, ORDER - 1))


@dataclass(frozen=True)
class Piece:
    """qᵖ·Σ cⱼ Tⱼ(x) on ln q = centre + radius·x, with a bound relative to qᵖ; None: not accepted."""

    centre: float
    radius: float
    power: float
    coefficients: Array
    bound: float
    lost: bool

    def __call__(self, log_q: Array) -> tuple[Array, Array]:
        """Return values and bounds."""
        x = (log_q - self.centre) / self.radius
        if self.lost:
            return np.full_like(x, np.nan), np.full_like(x, np.inf)
        scale = np.exp(self.power * (log_q - self.centre))
        return scale * chebyshev.chebval(x, self.coefficients), scale * self.bound


def interpolated(phi: Expr, h: Symbol, q: Array, name: str) -> tuple[Array, Array]:
    """Return values and bounds of the named moment; see ``vector.moments``."""
    log_q = np.log(q)
    values, bounds = np.empty_like(q), np.empty_like(q)
    pending = [(float(index) * WIDTH, WIDTH, np.nonzero(np.floor(log_q / WIDTH) == index)[0], 0)
               for index in np.unique(np.floor(log_q / WIDTH))]  # fmt: skip
    alone = []
    while pending:
        start, width, rows, depth = pending.pop()
        piece = None
        if len(rows) > WORTH * (ORDER + len(CHECKS)):
            piece = _piece(phi, h, name, start, width)
        if piece is not None:
            values[rows], bounds[rows] = piece(log_q[rows])
        elif depth == DEPTH or len(rows) <= WORTH * (ORDER + len(CHECKS)):
            alone.append(rows)
        else:
            middle, right = start + width / 2, log_q[rows] >= start + width / 2
            pending.append((start, width / 2, rows[~right], depth + 1))
            pending.append((middle, width / 2, rows[right], depth + 1))
    _alone(phi, h, q, name, alone, values, bounds)
    return values, bounds


def _alone(
    phi: Expr, h: Symbol, q: Array, name: str, alone: list[Array], values: Array, bounds: Array
) -> None:
    from varprop.moments.numbers.vector import direct

    rows = np.concatenate([np.zeros(0, dtype=int), *alone])
    for start in range(0, len(rows), 256):
        some = rows[start : start + 256]
        values[some], bounds[some] = direct(phi, h, q[some], name)


@lru_cache(maxsize=4096)
def _piece(phi: Expr, h: Symbol, name: str, start: float, width: float) -> Piece | None:
    """Return the piece that begins at ln q = start, or None when it can't be trusted."""
    from varprop.moments.numbers.vector import direct

    centre, radius = start + width / 2, width / 2
    ends, _ = direct(phi, h, np.exp([start, centre, start + width]), name)
    if np.isnan(ends).all():
        return Piece(centre, radius, 0.0, np.zeros(1), np.inf, lost=True)
    if not np.isfinite(ends).all():
        return None
    same_sign = np.sign(ends[0]) * np.sign(ends[2]) > 0
    power = np.log(ends[2] / ends[0]) / width if same_sign else 0.0
    places = np.concatenate([_NODES, CHECKS])
    raw, errors = direct(phi, h, np.exp(centre + radius * places), name)
    scale = np.exp(-power * radius * places)
    found, errors = raw * scale, errors * scale
    return _accepted(centre, radius, float(power), found, errors)


def _accepted(
    centre: float, radius: float, power: float, found: Array, errors: Array
) -> Piece | None:
    if not (np.isfinite(found).all() and np.isfinite(errors).all()):
        return None
    coefficients = _MATRIX @ found[:ORDER]
    seen = np.abs(chebyshev.chebval(CHECKS, coefficients) - found[ORDER:])
    size = float(np.abs(coefficients).sum())
    tail = 2.0 * float(np.abs(coefficients[-3:]).max())
    noise = LEBESGUE * float(errors.max()) + (ORDER + 4.0) * UNIT * size
    # q itself is rounded: ln q is off by a roundoff or so, and the slope magnifies that.
    slope = float(
        np.abs(chebyshev.chebval(np.linspace(-1, 1, 9), chebyshev.chebder(coefficients))).max()
    )
    noise += UNIT * (16.0 * slope / radius + 40.0 * size * (1 + abs(power)))
    smallest = float(np.abs(found).min())
    if max(float(seen.max()), tail) > max(ACCEPTED * smallest, noise):
        return None
    return Piece(
        centre, radius, power, coefficients, noise + tail + 2 * float(seen.max()), lost=False
    )
