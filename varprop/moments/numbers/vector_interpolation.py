"""Many variances: Chebyshev pieces in ln q between verified nodes, the interpolation in the bound.

A moment is an analytic function of t = ln q. On pieces of fixed place and width it is interpolated at
Chebyshev nodes, after division by qᵖ, p its average logarithmic slope there. A piece is accepted when
its last coefficients have died out and points between the nodes agree; otherwise it is halved, and
in the end its variances are integrated one by one. Pieces are kept for the next call.
Source: L. N. Trefethen, Approximation Theory and Approximation Practice, chapters 3, 4 and 8.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from sympy import Expr, Symbol

from varprop.frozen import frozen
from varprop.moments.numbers.number import UNIT

Array = np.ndarray

WIDTH = 1.5
"""Width of a piece in ln q."""

ORDER = 25
CHECKS = np.array([-0.955, 0.035, 0.985])
"""Places on [-1, 1] where the interpolant is compared with quadrature."""

DEPTH = 5
"""Times a piece may be halved before its variances are integrated one by one."""

WORTH = 1.2
"""A piece is built when its variances outnumber this many times the nodes it takes."""

BATCH = 560
"""Variances integrated together."""

PROBES = (0, 12, 24)
"""Nodes that are looked at first: both ends and the middle."""

ACCEPTED = 1e-13
LEBESGUE = 3.1
"""Largest amplification of node errors by interpolation at 25 Chebyshev nodes: (2/π)·ln 25 + 1."""

STEEP = 20.0
"""A moment that grows by more than e²⁰ on a piece is interpolated through its logarithm."""

PER_PIECE = ORDER + len(CHECKS)
_NODES = np.cos(np.pi * np.arange(ORDER) / (ORDER - 1))
_MATRIX = np.linalg.inv(chebyshev.chebvander(_NODES, ORDER - 1))


@frozen
class Piece:
    """qᵖ·exp(rate·(q − exp(centre)))·g on ln q = centre + radius·x, with a bound relative to the factor.

    g = Σ cⱼ Tⱼ(x), or its exponential where ``logarithmic`` is set; ``bound`` is then relative.
    """

    centre: float
    radius: float
    power: float
    rate: float
    coefficients: Array
    bound: float
    logarithmic: bool = False

    def __call__(self, q: Array, log_q: Array) -> tuple[Array, Array]:
        """Return values and bounds."""
        sums = chebyshev.chebval((log_q - self.centre) / self.radius, self.coefficients)
        if self.logarithmic:
            values = np.exp(sums) * np.exp(self.rate * (q - np.exp(self.centre)))
            return values, values * np.expm1(self.bound)
        scale = np.exp(self.power * (log_q - self.centre))
        return scale * sums, scale * self.bound


@frozen
class Stretch:
    """Variances that fall on one piece: the piece's place, their rows, and how often it was halved."""

    start: float
    width: float
    rows: Array
    depth: int = 0

    @property
    def place(self) -> tuple[float, float]:
        """What names the piece."""
        return self.start, self.width

    def halves(self, log_q: Array) -> list[Stretch]:
        """Return the two halves."""
        middle = self.start + self.width / 2
        right = log_q[self.rows] >= middle
        return [
            Stretch(self.start, self.width / 2, self.rows[~right], self.depth + 1),
            Stretch(middle, self.width / 2, self.rows[right], self.depth + 1),
        ]


def interpolated(phi: Expr, h: Symbol, q: Array, name: str) -> tuple[Array, Array]:
    """Return values and bounds of the named moment; see ``vector.moments``."""
    log_q = np.log(q)
    values, bounds = np.empty_like(q), np.empty_like(q)
    places = np.floor(log_q / WIDTH)
    pending = [Stretch(i * WIDTH, WIDTH, np.nonzero(places == i)[0]) for i in np.unique(places)]
    alone = [np.zeros(0, dtype=int)]
    while pending:
        crowded = [part for part in pending if len(part.rows) > WORTH * PER_PIECE]
        alone += [part.rows for part in pending if len(part.rows) <= WORTH * PER_PIECE]
        pieces = _pieces(phi, h, name, [part.place for part in crowded])
        pending = []
        for part, piece in zip(crowded, pieces, strict=True):
            if piece is not None:
                values[part.rows], bounds[part.rows] = piece(q[part.rows], log_q[part.rows])
            elif part.depth == DEPTH:
                alone.append(part.rows)
            else:
                pending += part.halves(log_q)
    _integrate_alone(phi, h, q, name, np.concatenate(alone), values, bounds)
    return values, bounds


def _integrate_alone(
    phi: Expr, h: Symbol, q: Array, name: str, rows: Array, values: Array, bounds: Array
) -> None:
    from varprop.moments.numbers.vector import direct

    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        values[some], bounds[some] = direct(phi, h, q[some], name)


@lru_cache(maxsize=256)
def kept(phi: Expr, h: Symbol, name: str) -> dict[tuple[float, float], Piece | None]:  # noqa: ARG001
    """Return the pieces known so far of one moment, by place."""
    return {}


def _pieces(
    phi: Expr, h: Symbol, name: str, places: list[tuple[float, float]]
) -> list[Piece | None]:
    """Return the piece at each place, None where it can't be trusted; all nodes at once."""
    known = kept(phi, h, name)
    missing = [place for place in places if place not in known]
    if missing:
        x = np.concatenate([_NODES, CHECKS])
        nodes = np.exp([start + width / 2 + width / 2 * x for start, width in missing])
        known |= dict(zip(missing, _made(phi, h, name, missing, nodes), strict=True))
    return [known[place] for place in places]


def _made(
    phi: Expr, h: Symbol, name: str, places: list[tuple[float, float]], nodes: Array
) -> list[Piece | None]:
    """Return the piece for each row of nodes; where an overflow shows at a probe it stops there."""
    from varprop.moments.numbers.vector import direct

    found, errors = np.full(nodes.shape, np.nan), np.full(nodes.shape, np.inf)
    for columns in (np.array(PROBES), np.setdiff1d(np.arange(PER_PIECE), PROBES)):
        rows = np.nonzero(np.isfinite(found[:, PROBES]).all(axis=1) | (columns[0] == 0))[0]
        for start in range(0, len(rows), BATCH // PER_PIECE):
            some = np.ix_(rows[start : start + BATCH // PER_PIECE], columns)
            shape = nodes[some].shape
            values, bounds = direct(phi, h, nodes[some].ravel(), name)
            found[some], errors[some] = values.reshape(shape), bounds.reshape(shape)
    rows_of = zip(places, nodes, found, errors, strict=True)
    return [_piece(*place, *row) for place, *row in rows_of]


def _piece(start: float, width: float, q: Array, found: Array, errors: Array) -> Piece | None:
    centre, radius = start + width / 2, width / 2
    if np.isnan(found[list(PROBES)]).all():
        return Piece(centre, radius, 0.0, 0.0, np.full(1, np.nan), np.inf)
    if not (np.isfinite(found).all() and np.isfinite(errors).all()):
        return None
    if found.min() > 0 and np.log(found.max() / found.min()) > STEEP:
        return _steep(centre, radius, q, found, errors)
    first, last = found[ORDER - 1], found[0]
    same_sign = np.sign(first) * np.sign(last) > 0
    power = float(np.log(last / first)) / width if same_sign else 0.0
    scale = np.exp(-power * radius * np.concatenate([_NODES, CHECKS]))
    scaled = found * scale
    piece = Piece(centre, radius, power, 0.0, _MATRIX @ scaled[:ORDER], 0.0)
    return _accepted(piece, scaled, errors * scale)


def _steep(centre: float, radius: float, q: Array, found: Array, errors: Array) -> Piece | None:
    """Interpolate ln of the moment after taking out its average slope in q."""
    logs, middle = np.log(found), np.exp(centre)
    rate = float((logs[0] - logs[ORDER - 1]) / (q[0] - q[ORDER - 1]))
    rest = logs - rate * (q - middle)
    rounding = 2 * UNIT * (np.abs(logs) + np.abs(rate) * q)
    piece = Piece(centre, radius, 0.0, rate, _MATRIX @ rest[:ORDER], 0.0, logarithmic=True)
    return _accepted(piece, rest, 1.01 * errors / found + rounding)


def _accepted(piece: Piece, found: Array, errors: Array) -> Piece | None:
    """Return the piece with its bound, None when it doesn't meet ``found`` closely enough."""
    coefficients = piece.coefficients
    seen = float(np.abs(chebyshev.chebval(CHECKS, coefficients) - found[ORDER:]).max())
    size = float(np.abs(coefficients).sum())
    tail = 2.0 * float(np.abs(coefficients[-3:]).max())
    noise = LEBESGUE * float(errors.max()) + (ORDER + 4.0) * UNIT * size
    # q itself is rounded: ln q is off by a roundoff or so, and the slope magnifies that.
    slopes = chebyshev.chebval(np.linspace(-1, 1, 9), chebyshev.chebder(coefficients))
    noise += UNIT * 16.0 * float(np.abs(slopes).max()) / piece.radius
    if not piece.logarithmic:
        noise += UNIT * 40.0 * size * (1 + abs(piece.power))
    smallest = 1.0 if piece.logarithmic else float(np.abs(found).min())
    if max(seen, tail) > max(ACCEPTED * smallest, noise):
        return None
    return replace(piece, bound=noise + tail + 2 * seen)
