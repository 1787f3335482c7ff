"""Units behind (x − centre)/root, as a norm makes them."""

from __future__ import annotations

from dataclasses import replace

from sympy import sympify

from varprop.networks.arithmetic import Value
from varprop.networks.beside_mean import beside
from varprop.networks.signal import Part, Signal, plus, times
from varprop.notation import h


def affine_parts(
    signal: Signal,
    centre: Value,
    spread: Value,
    root: Value,
    alike: tuple[Value, Value],
    minus_mean: bool,
) -> tuple[Part, ...] | None:
    """Return the parts of (x − centre)/root, without what features share where they are Gaussian."""
    if signal.parts is None or (alike != (0, 0) and not signal.is_gaussian):
        return None
    found = tuple(affine_part(part, centre, root, spread, alike) for part in signal.parts)
    return tuple(replace(part, lost=beside(part.lost)) for part in found) if minus_mean else found


def affine_part(
    part: Part, centre: Value, root: Value, spread: Value, alike: tuple[Value, Value] = (0, 0)
) -> Part:
    """Return one part of (x − centre)/root, a Gaussian one without what features share.

    ``alike`` is that of one input and of two.
    """
    lost = tuple((chance, (value - centre) / root) for chance, value in part.lost)
    if part.phi != h:
        return replace(part, phi=(part.phi - sympify(centre)) / sympify(root), lost=lost)
    one, two = alike
    return replace(
        part,
        mean=(part.mean - centre) / root,
        variance=(part.variance - one) / spread,
        covariance=times(plus(part.covariance, -two), 1 / spread),
        between=times(part.between, 1 / spread),
        lost=lost,
    )
