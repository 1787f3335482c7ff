"""One number per network and layer that is 1 on average when the prediction holds.

Forward, layer l: q̂_l / (q_l u^e) with u = q̂_{l−1}/q_{l−1}, the observed mean square against the
prediction carried over from what this network had one level before; e = d ln F/d ln q. For a
homogeneous activation e = 1, which compares growth factors; the expectation is then exact at any
width. Where h₀ is drawn at a known variance, u = 1 and the expectation is exact for every
activation. Backward likewise with δ_l against δ_{l+1}.

Leading finite-width effects, with n units and V = Var(ln q̂):
forward (e(1 − e) − c)/n + c V/2, backward (d(1 − d) − k)/n + k V/2 + (κ_w − 1) d ρ/n, where c, d,
k are curvature of ln F, slope and curvature of ln E[φ'²], ρ the overlap, and for non-Gaussian
weights (κ_w − 3) E[x⁴]/E[x²]² F''q²/(6 F n) on top. They come from conditioning on q̂ (h is then
uniform on a sphere), and from weights being shared by the two directions. Sampled networks of
width 32 and 64 follow the forward one closely; the backward one is an order of magnitude for
activations with a mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.response import Response, excess_kurtosis, response
from varprop.montecarlo.simulate import Trajectories


@dataclass(frozen=True)
class Prediction:
    """What theory says of each level, from the network's first pre-activation to its last.

    ``q`` is E[h²] per level: depth + 1 values when the feed is a pre-activation, else depth.
    ``gradient`` is the factor E[δ_l²]/E[δ_{l+1}²] of each step between levels, one value less.
    """

    q: tuple[float, ...]
    gradient: tuple[float, ...]

    def check(self, network: DenseNetwork) -> None:
        """Raise BadInput when the numbers don't fit the network's levels."""
        levels = network.depth + 1 - network.first_level
        if len(self.q) != levels or len(self.gradient) != levels - 1:
            raise BadInput(
                f"this network has {levels} pre-activations, so the prediction needs {levels} "
                f"values of q and {levels - 1} gradient factors, not {len(self.q)} and "
                f"{len(self.gradient)}."
            )


@dataclass(frozen=True, eq=False)
class Ratios:
    """``values`` (networks, layers), the finite-width effect of each, and which layers they are."""

    values: Array
    effects: Array
    layers: tuple[int, ...]

    @property
    def effect(self) -> float:
        """The effect on the average over layers."""
        return float(self.effects.mean()) if self.effects.size else 0.0

    def averages(self) -> Array:
        """Return the average over layers, one number per network."""
        return self.values.mean(axis=1)


class Theory:
    """A network with its prediction and the responses that shape the ratios."""

    def __init__(self, network: DenseNetwork, prediction: Prediction) -> None:
        prediction.check(network)
        self.network = network
        self.q = np.array(prediction.q, dtype=float)
        self.gradient = np.array(prediction.gradient, dtype=float)
        first = network.first_level
        self.responses = [
            response(network, first + row, q) for row, q in enumerate(prediction.q[:-1])
        ]
        self.excess = excess_kurtosis(network.law)

    def forward(self, runs: Trajectories) -> Ratios:
        """Return the forward ratios, one layer after another."""
        known = self.network.feed.has_level
        with np.errstate(all="ignore"):
            relative = runs.preactivations / self.q[:, None]
            spread = log_variance(relative)
            columns, effects = ([], []) if known else ([relative[:, 0]], [0.0])
            for row, reply in enumerate(self.responses):
                exact = known and row == 0
                carried = 1.0 if exact else relative[:, row] ** reply.length_slope
                columns.append(_quotient(relative[:, row + 1], carried))
                effects.append(0.0 if exact else self._forward_effect(row, reply, spread[row]))
        return self._ratios(columns, effects)

    def backward(self, runs: Trajectories) -> Ratios:
        """Return the backward ratios, one layer after another from the first.

        Where no gradient is predicted, the ratio is 1 plus the observed factor.
        """
        if runs.deltas is None:
            raise BadInput("these networks were run forward only: simulate with backward=True.")
        with np.errstate(all="ignore"):
            relative = runs.preactivations / self.q[:, None]
            spread = log_variance(relative)
            columns, effects = [], []
            for row, reply in enumerate(self.responses):
                exact = self.network.feed.has_level and row == 0
                carried = 1.0 if exact else relative[:, row] ** reply.slope_slope
                observed = _quotient(runs.deltas[:, row], runs.deltas[:, row + 1])
                if self.gradient[row]:
                    columns.append(_quotient(observed, self.gradient[row] * carried))
                    effects.append(self._backward_effect(row, reply, spread[row], exact))
                else:
                    columns.append(1 + observed)
                    effects.append(0.0)
        return self._ratios(columns, effects)

    def _ratios(self, columns: list[Array], effects: list[float]) -> Ratios:
        """Average over the inputs of each network; the last column is the last weight layer."""
        values = np.stack([column.mean(axis=-1) for column in columns], axis=1)
        depth = self.network.depth
        layers = tuple(range(depth - len(columns) + 1, depth + 1))
        return Ratios(values, np.array(effects), layers)

    def _width(self, row: int) -> int:
        return self.network.widths[self.network.first_level + row]

    def _forward_effect(self, row: int, reply: Response, spread: float) -> float:
        e, c = reply.length_slope, reply.length_curvature
        sphere = (e * (1 - e) - c) / self._width(row) + c * spread / 2
        return sphere + self._heavy_tails(row, e * (e - 1) + c)

    def _backward_effect(self, row: int, reply: Response, spread: float, exact: bool) -> float:
        d, k = reply.slope_slope, reply.slope_curvature
        width = self._width(row)
        effect = 0.0
        if not exact:
            effect += (d * (1 - d) - k) / width + k * spread / 2
            effect += self._heavy_tails(row, d * (d - 1) + k)
        if row < len(self.responses) - 1:
            following = self.responses[row + 1].slope_slope
            effect += (self.excess + 2) * following * reply.overlap / width
        return effect

    def _heavy_tails(self, row: int, bend: float) -> float:
        """The effect of h not being Gaussian below; the weights before come from level row − 1."""
        level = self.network.first_level + row
        if row == 0:
            return 0.0
        before = self.responses[row - 1].activation_kurtosis
        share = 1 - self.network.bias_variances[level - 1] / self.q[row]
        return self.excess * before * share**2 * bend / (6 * self.network.widths[level - 1])


def log_variance(relative: Array) -> Array:
    """Return Var(ln q̂) over networks and inputs per level; infinite where a network died."""
    positive = np.isfinite(relative) & (relative > 0)
    spread = np.log(np.where(positive, relative, 1.0)).var(axis=(0, 2))
    return np.where(positive.all(axis=(0, 2)), spread, np.inf)


def _quotient(above: Array, below: Array | float) -> Array:
    """Divide; a network whose signal has died grew by the factor 0."""
    return np.where(np.asarray(below) == 0, 0.0, above / below)
