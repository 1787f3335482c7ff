"""Density of the squared singular values of J by the master equation of free probability.

With ξ the argument of M(ξ) = E[φ'²/(ξ − φ'²)], x = M(ξ), the eigenvalue λ = z of J Jᵀ is

    ln z = ln((1+x)/x) + L·[ln ξ − ln((1+x)/x) − ln S_W(x)],   S_W = 1/(σ_w²(1+x)) or 1/σ_w²,

an explicit function of ξ. It is inverted by Newton's method from large Im z down to the real line;
the density is −Im[(1+x)/z]/π. The largest eigenvalue is the smallest z over real ξ > max φ'².
Source: Pennington, Schoenholz & Ganguli 2018 (arXiv:1802.09979), equations 11 to 16.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from varprop.moments import Moments, pieces
from varprop.moments.unrecognised import Unrecognised
from varprop.solving.correlation_plane import gaussian_panels, places, reading

Array = np.ndarray
LEVELS = 48
NEWTON = 6
LAST, NEAR = 12, 0.3
SMALL = 1e-5
JOIN = 1e-12
TINY = 1e-300
FEWEST, BESIDE = 1e-12, 1e-3
FLAT, SILENT = 1e-9, 1e-13
"""Shares of |x| up to which its imaginary part is rounding: above the line, below it."""


@dataclass(frozen=True)
class SlopeLaw:
    """The law of φ'(h)², h ~ N(0, q), as values and weights; ``atoms``: those taken with P > 0."""

    values: Array
    weights: Array
    atoms: tuple[tuple[float, float], ...] = ()

    @property
    def largest(self) -> float:
        """The supremum of φ'²."""
        return float(self.values.max())

    @property
    def mass_at_zero(self) -> float:
        """P(φ' = 0): this share of singular values is 0 at every layer."""
        return math.fsum(share for value, share in self.atoms if value == 0)


def slope_law(moments: Moments, q: float) -> SlopeLaw:
    """Return the law of φ'² on Gauss-Legendre panels; equal values are joined."""
    at, cuts = reading(moments.phi, moments.h, True)
    sigma = math.sqrt(q)
    nodes, shares = gaussian_panels(np.array([places(cuts, sigma)]) / sigma)
    z, weight = (array[0][shares[0] > 0] for array in (nodes, shares))
    values = at(sigma * z) ** 2
    values = np.where(values < JOIN, 0.0, values)
    kept, index = np.unique(np.round(values, 13), return_inverse=True)
    joined = np.bincount(index, weights=weight)
    return SlopeLaw(kept, joined / joined.sum(), slope_atoms(moments, q))


def slope_atoms(moments: Moments, q: float) -> tuple[tuple[float, float], ...]:
    """Return the values of φ'² on pieces where φ is a line, and their probabilities."""
    from scipy.special import ndtr

    try:
        parts = pieces(moments.phi, moments.h)
    except Unrecognised:
        return ()
    found: dict[float, float] = {}
    for part in parts:
        rate = part.expr.diff(moments.h)
        if rate.is_number:
            ends = [float(end) / math.sqrt(q) for end in (part.low, part.high)]
            share = float(ndtr(ends[1]) - ndtr(ends[0]))
            value = round(float(rate) ** 2, 13)
            found[value] = found.get(value, 0.0) + share
    return tuple(sorted(found.items()))


@dataclass(frozen=True)
class Spectrum:
    """J Jᵀ of a network of ``depth`` layers at (σ_w², q*), weights normal or orthogonal."""

    slopes: SlopeLaw
    sigma_w2: float
    depth: int
    law: str

    def log_z(self, xi: Array) -> tuple[Array, Array, Array]:
        """Return ln z, its derivative in ξ, and x = M(ξ)."""
        values, weights = self.slopes.values, self.slopes.weights
        gap = 1 / (xi[..., None] - values)
        x = (weights * values * gap).sum(-1)
        rate = -(weights * values * gap * gap).sum(-1)
        ratio, bend = np.log((1 + x) / x), -1 / (x * (1 + x))
        scale = math.log(self.sigma_w2)
        weight, weight_rate = (-scale - np.log(1 + x), -1 / (1 + x))
        if self.law == "orthogonal":
            weight, weight_rate = -scale + 0 * x, 0 * x
        value = ratio + self.depth * (np.log(xi) - ratio - weight)
        slope = bend * rate + self.depth * (1 / xi - bend * rate - weight_rate * rate)
        return value, slope, x

    def resolvent(self, eigenvalues: Array) -> Array:
        """Return G(λ + i0)·λ − 1 = x at each eigenvalue."""
        target = np.log(eigenvalues)
        xi = self._start(target + self._far + 0.5j * np.pi)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for fade in np.linspace(1.0, 0.0, LEVELS) ** 3:
                z = target + self._far * fade + 1j * max(0.5 * np.pi * fade, SMALL)
                for _ in range(NEWTON):
                    xi = xi - self._move(xi, z)
            found: Array = self.log_z(self._on_the_line(xi, target))[2]
        return found

    def _move(self, xi: Array, z: Array) -> Array:
        """Return Newton's step towards ln z, never longer than half of ξ."""
        value, slope, _ = self.log_z(xi)
        move = (value - z) / slope
        short = 0.5 * np.abs(xi) / np.maximum(np.abs(move), TINY)
        return np.where(np.isfinite(move), move, 0.0) * np.minimum(1.0, short)

    def _on_the_line(self, xi: Array, target: Array) -> Array:
        """Follow the solution from just above the real line onto it, where Newton's steps stay close."""
        near = xi
        for _ in range(LAST):
            near = near - self._move(near, target)
        x = self.log_z(near)[2]
        close = np.abs(near - xi) <= NEAR * np.abs(xi)
        return np.where(close & np.isfinite(x) & (x.imag <= FLAT * np.abs(x)), near, xi)

    @cached_property
    def _far(self) -> float:
        return 8.0 + 2.0 * math.log(self.depth + 1)

    def _start(self, z: Array) -> Array:
        """For large z: x ≈ mean/z and ξ ≈ μ_1/x."""
        first = float((self.slopes.weights * self.slopes.values).sum())
        mean = self.depth * math.log(self.sigma_w2 * first)
        started: Array = first * np.exp(z - mean)
        return started

    @cached_property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        """Positive eigenvalues taken by a share of all: (value, share); none for Gaussian weights.

        A value v of φ'² of probability p makes (σ_w² v)^L of share 1 − L(1 − p): free factors have an
        eigenvalue in common where their shares exceed 1 together (Bercovici & Voiculescu 1998).
        """
        if self.law != "orthogonal":
            return ()
        shares = (
            ((self.sigma_w2 * value) ** self.depth, 1 - self.depth * (1 - share))
            for value, share in self.slopes.atoms
            if value > 0
        )
        return tuple((value, share) for value, share in shares if share > FEWEST)

    def density(self, eigenvalues: Array) -> Array:
        """Return the density of eigenvalues of J Jᵀ, without atoms, at positive λ."""
        values = np.asarray(eigenvalues, dtype=float)
        x = self.resolvent(values)
        depth_below = -np.imag(1 + x)
        found: Array = np.where(depth_below > SILENT * np.abs(x), depth_below, 0.0) / (
            np.pi * values
        )
        for atom, _ in self.atoms:
            found[np.abs(values / atom - 1) < BESIDE] = 0.0
        return found

    @cached_property
    def largest(self) -> float:
        """The largest eigenvalue: the smallest z over ξ > max φ'²."""
        from scipy.optimize import minimize_scalar

        top = self.slopes.largest

        def height(t: float) -> float:
            return float(self.log_z(np.array(top * (1 + math.exp(t))))[0].real)

        grid = np.linspace(-34.0, 12.0, 93)
        heights = [height(float(t)) for t in grid]
        k = int(np.nanargmin(heights))
        ends = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, len(grid) - 1)])
        lowest = minimize_scalar(height, bounds=ends, method="bounded", options={"xatol": 1e-10})
        return math.exp(lowest.fun)
