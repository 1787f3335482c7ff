"""Sampled Jacobians: singular values of D_L W_L … D_1 W_1 of whole networks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from varprop.answer.spectrum import SpectrumReport
from varprop.catalogue.laws import LAWS
from varprop.moments.numbers.prepared import prepared
from varprop.montecarlo.network import generator


@dataclass(frozen=True)
class Simulated:
    """Singular values of each sampled network, in rows; a replicate is a network."""

    width: int
    seed: int
    singular_values: np.ndarray

    @property
    def networks(self) -> int:
        """The number of replicates."""
        return len(self.singular_values)

    @property
    def mean(self) -> tuple[float, float]:
        """Mean of the squared singular values and its standard error."""
        return _with_error((self.singular_values**2).mean(axis=1))

    @property
    def variance(self) -> tuple[float, float]:
        """Variance of the squared singular values over the pooled spectrum, and its standard error."""
        squares = self.singular_values**2
        centre = squares.mean()
        return _with_error(((squares - centre) ** 2).mean(axis=1))

    @property
    def largest(self) -> tuple[float, float]:
        """Largest singular value, its mean over networks and standard error."""
        return _with_error(self.singular_values.max(axis=1))


def _with_error(values: np.ndarray) -> tuple[float, float]:
    spread = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return float(values.mean()), spread


def with_simulation(report: SpectrumReport, width: int, networks: int, seed: int) -> SpectrumReport:
    """Return the report with sampled networks of that width."""
    rows = [_one(report, width, (seed, k)) for k in range(networks)]
    return replace(report, simulated=Simulated(width, seed, np.array(rows)))


def _one(report: SpectrumReport, width: int, seed: tuple[int, ...]) -> np.ndarray:
    """Draw one network fed at its fixed point and return the singular values of its Jacobian."""
    moments, law = report.moments, LAWS[report.law]
    phi = prepared(moments.phi, moments.h).vector
    rate = prepared(moments.phi, moments.h, slope=True).vector
    bias = (report.sigma_b2 or 0.0) ** 0.5
    scale = (report.sigma_w2 / width) ** 0.5
    h = generator(seed, 0).normal(0.0, report.q_star**0.5, width)
    jacobian = np.eye(width)
    for layer in range(1, report.depth + 1):
        rng = generator(seed, layer)
        weights = law.sample(rng, (1, width, width), "float64")[0] * scale
        x = np.broadcast_to(phi(h)[0], h.shape)
        h = weights @ x + bias * rng.normal(size=width)
        slopes = np.broadcast_to(np.asarray(rate(h)[2], dtype=float), h.shape)
        jacobian = slopes[:, None] * (weights @ jacobian)
    found: np.ndarray = np.linalg.svd(jacobian, compute_uv=False)
    return found
