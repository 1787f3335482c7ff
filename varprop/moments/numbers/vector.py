"""One moment at many variances with NumPy: the same panels as ``scalar``, all at once."""

from __future__ import annotations

import numpy as np
from sympy import Expr, Symbol

from varprop.errors import BadInput
from varprop.moments.numbers import scalar
from varprop.moments.numbers.combine import MOMENTS, NAMES, Integrand, centred, stretched
from varprop.moments.numbers.number import NO_DIGIT, SMALLEST, UNIT
from varprop.moments.numbers.prepared import prepared
from varprop.moments.numbers.vector_panel import Batch
from varprop.moments.numbers.vector_panels import integrate_many

Array = np.ndarray

MANY = 300
"""From this many variances on, interpolation between verified nodes takes over."""


def moments(phi: Expr, h: Symbol, q: Array, name: str) -> tuple[Array, Array]:
    """Return the named moment of φ for every variance in ``q``, and absolute error bounds.

    Names as in ``scalar.moment``. Where a moment is beyond double range the value is nan and its
    bound inf; ``scalar.moment`` gives its logarithm. Raises BadInput, Divergent, and Undecided
    where the halves of an odd function do not settle.
    """
    variances = np.asarray(q, dtype=float)
    if not (np.isfinite(variances).all() and (variances > 0).all()):
        raise BadInput("every q is a variance: positive and finite.")
    flat = variances.ravel()
    if flat.size >= MANY:
        from varprop.moments.numbers.vector_interpolation import interpolated

        values, bounds = interpolated(phi, h, flat, name)
    else:
        values, bounds = direct(phi, h, flat, name)
    return values.reshape(variances.shape), bounds.reshape(variances.shape)


def expectations(f: Expr, h: Symbol, q: Array) -> tuple[Array, Array]:
    """Return E[f(h)], h ~ N(0, q), for every variance in ``q``, and absolute error bounds."""
    return moments(f, h, q, "mean")


def direct(phi: Expr, h: Symbol, q: Array, name: str) -> tuple[Array, Array]:
    """Return values and bounds by quadrature at every variance."""
    if not q.size:
        return np.zeros(0), np.zeros(0)
    if name not in NAMES:
        raise BadInput(f"no moment {name!r}; there are {', '.join(NAMES)}.")
    if prepared(phi, h).opaque:
        pairs = [_alone(phi, h, float(variance), name) for variance in q]
        table = np.array(pairs)
        return table[:, 0], table[:, 1]
    if name == "variance":
        return _variance(phi, h, q)
    if name == "length_slope":
        return _length_slope(phi, h, q)
    rule = MOMENTS[name]
    integrand = prepared(phi, h, slope=rule.slope, value=not rule.slope)
    parity = integrand.parity[-1]
    batch = Batch(integrand, rule.kind, q, parity is not None)
    values, bounds = _integrated(batch, phi, h, name)
    if parity == "odd" and rule.power == 1:
        for doubtful in q[bounds > NO_DIGIT * np.abs(values)]:
            _alone(phi, h, float(doubtful), name)
        return np.zeros_like(q), np.zeros_like(q)
    return values, bounds


def _integrated(batch: Batch, phi: Expr, h: Symbol, name: str) -> tuple[Array, Array]:
    """Integrate; the variances that double range can't hold go to ``scalar.moment`` one by one."""
    values, bounds, lost = integrate_many(batch)
    for index in np.nonzero(lost)[0]:
        values[index], bounds[index] = _alone(phi, h, float(batch.q[index]), name)
    nothing = np.abs(values) + bounds < SMALLEST
    return np.where(nothing, 0.0, values), np.where(nothing, SMALLEST, bounds)


def _alone(phi: Expr, h: Symbol, q: float, name: str) -> tuple[float, float]:
    found = scalar.moment(phi, h, q, name)
    return (np.nan, np.inf) if found.value is None else (found.value, found.bound)


def _variance(phi: Expr, h: Symbol, q: Array) -> tuple[Array, Array]:
    mean, mean_bound = direct(phi, h, q, "mean")
    integrand = prepared(phi, h)
    half = integrand.parity[0] is not None
    shift = (np.where(np.isfinite(mean), mean, 0.0), np.zeros_like(mean))
    batch = Batch(integrand, Integrand(centred, (0, 2, 0), shift), q, half)
    values, bounds = _integrated(batch, phi, h, "variance")
    with np.errstate(over="ignore"):
        bounds = bounds + np.where(np.isfinite(mean_bound), mean_bound, 0.0) ** 2
    for index in np.nonzero(~np.isfinite(mean))[0]:
        values[index], bounds[index] = _alone(phi, h, float(q[index]), "variance")
    return values, bounds


def _length_slope(phi: Expr, h: Symbol, q: Array) -> tuple[Array, Array]:
    integrand = prepared(phi, h, slope=True)
    half = integrand.parity[0] is not None
    values, bounds, lost = integrate_many(
        Batch(integrand, Integrand(stretched, (1, 1, 1)), q, half)
    )
    values, bounds = values / q, bounds / q + 2 * UNIT * np.abs(values / q)
    jumps = np.array([scalar.jumps(integrand, float(x)) for x in q]) / (2 * q)[:, None]
    values = values + jumps[:, 0]
    bounds = bounds + jumps[:, 1] + UNIT * np.abs(values)
    for index in np.nonzero(lost)[0]:
        values[index], bounds[index] = _alone(phi, h, float(q[index]), "length_slope")
    return values, bounds
