"""The curves of ``gain --plot``: φ over the Gaussian's range, and the length map under the gain."""

from __future__ import annotations

from dataclasses import dataclass

from varprop.answer.gain import GainReport
from varprop.notation import h

POINTS = 121
MAP_POINTS = 49
DEVIATIONS = 3.5
MAP_RANGE = 3.0


@dataclass(frozen=True)
class Curve:
    """Points (x, y) and what they show; ``diagonal`` asks for the line y = x beside them."""

    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    diagonal: bool = False


def curves(report: GainReport) -> tuple[Curve, ...]:
    """Return the curve of φ (pointwise activations only) and the length map q ↦ σ_w²·E[φ²]."""
    found = (_phi(report), _length_map(report))
    return tuple(curve for curve in found if curve is not None)


def _phi(report: GainReport) -> Curve | None:
    phi = report.subject.phi
    if phi is None or report.subject.parameters:
        return None
    from varprop.moments.numbers.prepared import prepared

    at = prepared(phi, h).scalar
    edge = DEVIATIONS * float(report.q) ** 0.5
    x = tuple(edge * (2 * i / (POINTS - 1) - 1) for i in range(POINTS))
    return Curve(
        f"{report.activation}(h), h within ±{DEVIATIONS:g}·√q", x, tuple(at(v)[0] for v in x)
    )


def _length_map(report: GainReport) -> Curve | None:
    gain = report.gains.second_moment
    if gain is None:
        return None
    top = MAP_RANGE * float(report.q)
    points = []
    for i in range(1, MAP_POINTS + 1):
        q = top * i / MAP_POINTS
        number = report.subject.moments.number("second_moment", q)
        if number is not None and number.value is not None:
            points.append((q, gain**2 * number.value))
    x, y = zip(*points, strict=True)
    return Curve("length map q → gain²·E[φ²], dots: q → q", x, y, diagonal=True)
