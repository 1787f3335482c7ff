"""Fixed points, slopes and c* against a quadrature of its own: Gauss-Legendre panels cut at the kinks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import erf, expit, ndtr

from varprop.answer.phase import phase

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True)
class ByHand:
    """φ, φ' and the kinks of one activation."""

    phi: object
    slope: object
    kinks: tuple[float, ...] = ()

    def mean(self, function, q, at=0.0):
        """E[f(h)] for h ~ N(at, q), for arrays of ``at``."""
        sigma = math.sqrt(q)
        at = np.atleast_1d(np.asarray(at, dtype=float))
        ends = [at + k * sigma for k in range(-12, 13)]
        ends += [np.clip(k + 0 * at, at - 12 * sigma, at + 12 * sigma) for k in self.kinks]
        edges = np.sort(np.array(ends), axis=0)
        middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
        x = middle[..., None] + half[..., None] * NODES
        density = np.exp(-((x - at[:, None]) ** 2) / (2 * q)) / (sigma * math.sqrt(2 * math.pi))
        return np.sum(half[..., None] * WEIGHTS * density * function(x), axis=(0, 2))

    def pair(self, q, c):
        """E[φ(u)φ(v)]: the inner mean at every outer node, outer panels near the kinks' images."""
        left = q * (1 - c * c)
        images = [(k + j * math.sqrt(left)) / c for k in self.kinks for j in range(-8, 9)]
        outer = ByHand(self.phi, self.slope, (*self.kinks, *images))
        inner = lambda u: self.mean(self.phi, left, c * u.ravel()).reshape(u.shape)  # noqa: E731
        return float(outer.mean(lambda u: self.phi(u) * inner(u), q)[0])


def normal(x):
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


CASES = {
    "tanh": ByHand(np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "erf": ByHand(erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "sigmoid": ByHand(expit, lambda x: expit(x) * expit(-x)),
    "gelu": ByHand(lambda x: x * ndtr(x), lambda x: ndtr(x) + x * normal(x)),
    "silu": ByHand(lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x))),
    "elu": ByHand(
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.exp(np.minimum(x, 0)),
        (0.0,),
    ),
    "hard_tanh": ByHand(lambda x: np.clip(x, -1, 1), lambda x: 1.0 * (abs(x) < 1), (-1.0, 1.0)),
    "relu6": ByHand(lambda x: np.clip(x, 0, 6), lambda x: 1.0 * ((x > 0) & (x < 6)), (0.0, 6.0)),
    "softsign": ByHand(lambda x: x / (1 + abs(x)), lambda x: (1 + abs(x)) ** -2.0, (0.0,)),
    "x-x**3/6": ByHand(lambda x: x - x**3 / 6, lambda x: 1 - x * x / 2),
    "gaussian": ByHand(lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x)),
    "snake": ByHand(lambda x: x + np.sin(x) ** 2, lambda x: 1 + np.sin(2 * x)),
    "relu(x)-relu(x-2)/2": ByHand(
        lambda x: np.maximum(x, 0) - np.maximum(x - 2, 0) / 2,
        lambda x: (x > 0) - 0.5 * (x > 2),
        (0.0, 2.0),
    ),
}
POINTS = [("1.3", "0"), ("1.9", "0.05"), ("2.9", "0.3")]


@pytest.mark.parametrize("point", POINTS, ids=str)
@pytest.mark.parametrize("name", CASES)
def test_all_fixed_points_and_the_limit_of_two_inputs(name, point):
    case, found = CASES[name], phase(name, *point)
    weight, bias = map(float, point)
    grid = np.geomspace(1e-3, 40, 130)
    square = np.array([case.mean(lambda x: case.phi(x) ** 2, q)[0] for q in grid])
    excess = weight * square + bias - grid
    changes = int(np.sum(np.diff(np.sign(excess)) != 0))
    inside = [p for p in found.found.points if grid[0] < p.q < grid[-1]]
    assert len(inside) == changes
    for p in inside:
        again = weight * case.mean(lambda x: case.phi(x) ** 2, p.q)[0] + bias
        lever = max(1e-3, abs(1 - p.chi_parallel))
        assert again == pytest.approx(p.q, rel=1e-10 * lever + 1e-13)
        steep = weight * case.mean(lambda x: case.slope(x) ** 2, p.q)[0]
        assert p.chi_perp == pytest.approx(steep, rel=1e-9)
        length = weight * case.mean(lambda x: x * case.phi(x) * case.slope(x), p.q)[0] / p.q
        assert p.chi_parallel == pytest.approx(length, rel=1e-9, abs=1e-12)
    if found.q_star and grid[0] < found.q_star < grid[-1] and 0 < found.c_star < 1 - 1e-6:
        kept = (weight * case.pair(found.q_star, found.c_star) + bias) / found.q_star
        assert kept == pytest.approx(found.c_star, rel=1e-9)
