"""``advise``: the scale, law and form that keep signal, gradient and spectrum in a band at a depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr

from varprop import notation
from varprop.answer.advise_gradients import Judgement, plain_gradients
from varprop.answer.advise_mirrored import looks_linear
from varprop.answer.advise_option import Option, within
from varprop.answer.advise_residual import residual
from varprop.answer.spectrum import read_depth
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.expression_text import exact
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.correlation import critical_correlation
from varprop.solving.correlation_depth import pairs
from varprop.solving.correlation_step import Layer
from varprop.solving.edge import EdgeCurve
from varprop.solving.edge_point import EdgePoint
from varprop.solving.finite_width import exact_growth, fluctuations
from varprop.solving.isometry import can_reach_isometry, mean_and_variance, slope_moments
from varprop.solving.isometry_density import Spectrum, slope_law

OFF = 0.01
SMALLEST_Q, LARGEST_Q = 1e-6, 10.0
BISECTIONS = 24
MARGIN = 0.98


@dataclass(frozen=True)
class Advice(Shown):
    """What to do for one activation, depth and width, and what was considered."""

    activation: str
    depth: int
    width: int
    band: tuple[float, float]
    options: tuple[Option, ...]

    @property
    def recommended(self) -> Option | None:
        """The first option that holds in everything; None where nothing does."""
        return next((option for option in self.options if option.holds), None)


def advise(
    act: str | Expr | Activation,
    *,
    depth: int | str,
    width: int | str,
    band: Sequence[float | str] = (0.5, 2),
) -> Advice:
    """Return advice for a network of ``depth`` layers of ``width`` units.

    ``band``: the factors between which signal, gradient and singular values shall stay.

    >>> advise("tanh", depth=100, width=1000).recommended.law
    'orthogonal'
    """
    found = activation_from(act)
    if found.phi.free_symbols - {notation.h}:
        raise BadInput(f"advise needs numbers: give the parameters of {found.name} values.")
    layers, units = read_depth(depth), _units(width)
    limits = _band(band)
    moments = moments_of(found.phi)
    slope_moments(moments, 1.0)
    options = [
        option
        for law in ("orthogonal", "normal")
        if (option := _plain(moments, law, layers, units, limits)) is not None
    ]
    options.append(residual(moments, layers, units, limits))
    mirrored = looks_linear(moments, layers, units, limits)
    if mirrored is not None:
        options.append(mirrored)
    return Advice(found.name, layers, units, limits, tuple(options))


def _units(width: int | str) -> int:
    from varprop.answer.inputs import width as whole

    found = whole(width, "--width")
    if not found.is_Integer:
        raise BadInput(f"--width must be a whole number, not {width}.")
    return int(found)


def _band(band: Sequence[float | str]) -> tuple[float, float]:
    if len(band) != 2:
        raise BadInput(f"--band reads two factors, LOW,HIGH, not {','.join(map(str, band))!r}.")
    values = [exact(value, "--band") for value in band]
    if not all(value.is_number for value in values) or not 0 < values[0] < 1 < values[1]:
        raise BadInput("--band needs 0 < LOW < 1 < HIGH. Try --band 0.5,2.")
    return float(values[0]), float(values[1])


def _plain(
    moments: Moments, law: str, depth: int, width: int, band: tuple[float, float]
) -> Option | None:
    """Return the plain network on the edge of chaos, at the largest q* whose singular values fit."""
    point = _edge_point(EdgeCurve(moments), moments, law, depth, band)
    if point is None:
        return None
    judged = (
        _forward(point, depth, band),
        _gradient(point.sigma_w2 * slope_moments(moments, point.q_star).first, depth, band),
        _typical(moments, point, depth, width, band, law),
        _spectrum(moments, point, law, depth, band),
        *_correlation(moments, point, depth),
        plain_gradients(moments, point.q_star, depth),
    )
    return Option("plain", law, point.sigma_w2, point.sigma_b2, point.q_star, None, judged)


def _edge_point(
    curve: EdgeCurve, moments: Moments, law: str, depth: int, band: tuple[float, float]
) -> EdgePoint | None:
    if law != "orthogonal" or not can_reach_isometry(moments) or curve.point_for_all is not None:
        half = curve.half_stable
        return curve.at(1.0) if not half else half[-1]
    low, high = math.log(SMALLEST_Q), math.log(LARGEST_Q)
    if _fits(curve, moments, math.exp(high), depth, band):
        return curve.at(math.exp(high))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _fits(curve, moments, math.exp(middle), depth, band):
            low = middle
        else:
            high = middle
    return curve.at(math.exp(low))


def _fits(
    curve: EdgeCurve, moments: Moments, q: float, depth: int, band: tuple[float, float]
) -> bool:
    point = curve.at(q)
    return point is not None and _largest(moments, point, "orthogonal", depth) <= MARGIN * band[1]


def _largest(moments: Moments, point: EdgePoint, law: str, depth: int) -> float:
    slopes = slope_moments(moments, point.q_star)
    if law == "orthogonal" and slopes.spread <= 1e-12:
        return 1.0
    spectrum = Spectrum(slope_law(moments, point.q_star), point.sigma_w2, depth, law)
    return math.sqrt(spectrum.largest)


def _forward(point: EdgePoint, depth: int, band: tuple[float, float]) -> Judgement:
    drift = OFF * math.exp(min(700.0, depth * math.log(max(abs(point.chi_parallel), 1e-300))))
    return Judgement(
        "forward",
        1 + drift,
        within(1 + drift, band),
        f"q* = {point.q_star:.4g} is kept; a start 1 % off it is off by {100 * drift:.2g} % at the end "
        f"(χ∥ = {point.chi_parallel:.4f}, {point.verdict})",
        "q' = σ_w²·E[φ²] + σ_b²",
    )


def _gradient(chi: float, depth: int, band: tuple[float, float]) -> Judgement:
    factor = math.exp(max(-700.0, min(700.0, depth * math.log(chi))))
    if abs(chi - 1) < 1e-9:
        factor = 1.0
    return Judgement(
        "gradient", factor, within(factor, band),
        "on the edge of chaos χ⊥ = 1: its mean square is kept at any depth", "χ⊥ = σ_w²·E[φ'²]",
    )  # fmt: skip


def _typical(
    moments: Moments, point: EdgePoint, depth: int, width: int, band: tuple[float, float], law: str
) -> Judgement:
    """Median over mean of q: exact products where φ is homogeneous, else the 1/n recursion."""
    growth = exact_growth(moments, [width])
    if growth is not None:
        typical = math.exp(-0.5 * depth * math.log(float(growth)))
        formula = "Π(1 + c/n_l)^(−1/2), c = E[φ⁴]/E[φ²]² − 1"
    else:
        last = fluctuations(moments, [width] * depth, point.sigma_w2, point.sigma_b2, point.q_star)[
            -1
        ]
        typical = last.median / last.q
        formula = "V' = χ∥²V + σ_w⁴(E φ⁴ − (E φ²)²)/n"
    exactly = "" if law == "normal" else " (rule for Gaussian weights)"
    return Judgement(
        "typical signal", typical, within(typical, band),
        f"a typical network against the mean of all, depth/width = {depth / width:.3g}{exactly}", formula,
    )  # fmt: skip


def _spectrum(
    moments: Moments, point: EdgePoint, law: str, depth: int, band: tuple[float, float]
) -> Judgement:
    slopes = slope_moments(moments, point.q_star)
    largest = _largest(moments, point, law, depth)
    variance = mean_and_variance(slopes, point.sigma_w2, depth, law)[1]
    return Judgement(
        "largest singular value", largest, largest <= band[1],
        f"squared singular values of the Jacobian: mean 1, variance {variance:.4g}",
        "L·(μ₂/μ₁² − 1 − s₁)",
    )  # fmt: skip


def _correlation(moments: Moments, point: EdgePoint, depth: int) -> tuple[Judgement, ...]:
    """1 − c after all layers of two inputs that have nothing in common, by the c-map."""
    weight, bias, q = point.sigma_w2, point.sigma_b2, point.q_star
    law = critical_correlation(moments, weight, q)
    if law is None:
        return ()
    second = (q - bias) / weight
    last = pairs(moments, [Layer(weight, bias, q, second)] * depth, 0.0, second)[-1]
    if not last.known:
        return ()
    return (
        Judgement(
            "distance of inputs 1 − c", last.apart / q, None,
            f"from inputs with nothing in common; falls as {law.coefficient:.4g}/l^{law.exponent} in the "
            "end: on the edge of chaos a power of the depth",
            "q(1 − c) is the variance over the data",
        ),
    )  # fmt: skip
