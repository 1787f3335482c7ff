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
"""A moment that grows by more than e²⁰ on a piece is divided by an exponential of q, not a power."""

PER_PIECE = ORDER + len(CHECKS)
_NODES = np.cos(np.pi * np.arange(ORDER) / (ORDER - 1))
_MATRIX = np.linalg.inv(chebyshev.chebvander(_NODES, ORDER - 1))


@frozen
class Piece:
    """f·Σ cⱼ Tⱼ(x) on ln q = centre + radius·x; ``bound`` is relative to f.

    f = exp(power·(ln q − centre) + rate·(q − exp(centre))); one of the two is 0.
    """

    centre: float
    radius: float
    power: float
    rate: float
    coefficients: Array
    bound: float

    def __call__(self, q: Array, log_q: Array) -> tuple[Array, Array]:
        """Return values and bounds."""
        sums = chebyshev.chebval((log_q - self.centre) / self.radius, self.coefficients)
        scale = self.factor(q, log_q)
        return scale * sums, scale * self.bound

    def factor(self, q: Array, log_q: Array) -> Array:
        """Return f."""
        return np.exp(self.power * (log_q - self.centre) + self.rate * (q - np.exp(self.centre)))


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
    grown = (
        float(np.log(found[0] / found[ORDER - 1]))
        if np.sign(found[0]) * np.sign(found[ORDER - 1]) > 0
        else 0.0
    )
    steep = abs(grown) > STEEP
    power = 0.0 if steep else grown / width
    rate = grown / float(q[0] - q[ORDER - 1]) if steep else 0.0
    piece = Piece(centre, radius, power, rate, np.zeros(1), 0.0)
    factor = piece.factor(q, centre + radius * np.concatenate([_NODES, CHECKS]))
    return _accepted(piece, abs(grown), found / factor, errors / factor)


def _accepted(piece: Piece, grown: float, found: Array, errors: Array) -> Piece | None:
    """Return the piece with its bound, None when it doesn't meet ``found`` closely enough."""
    coefficients = _MATRIX @ found[:ORDER]
    seen = float(np.abs(chebyshev.chebval(CHECKS, coefficients) - found[ORDER:]).max())
    size = float(np.abs(coefficients).sum())
    tail = 2.0 * float(np.abs(coefficients[-3:]).max())
    noise = LEBESGUE * (float(errors.max()) + (4.0 + 3.0 * grown) * UNIT * size)
    # q itself is rounded: ln q is off by a roundoff or so, and the slope magnifies that.
    slopes = chebyshev.chebval(np.linspace(-1, 1, 9), chebyshev.chebder(coefficients))
    noise += UNIT * 16.0 * float(np.abs(slopes).max()) / piece.radius
    noise += UNIT * (ORDER + 40.0 * (1 + abs(piece.power)) + 4.0 * grown) * size
    if max(seen, tail) > max(ACCEPTED * float(np.abs(found).min()), noise):
        return None
    return replace(piece, coefficients=coefficients, bound=noise + tail + 2 * seen)
