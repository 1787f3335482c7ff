"""What a sampler may ask: weights of a given variance and law, biases, functions, random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from varprop.errors import BadInput

if TYPE_CHECKING:
    from sympy import Expr

    from varprop.catalogue.activations import Activation
    from varprop.catalogue.arrays import Array
    from varprop.catalogue.laws import WeightLaw
    from varprop.networks.layer import Weight


@dataclass(frozen=True)
class Drawn:
    """Var(w) and σ_b² of one tensor of the network that is sampled."""

    variance: float
    bias_variance: float


class Drawing:
    """One network being sampled: tensors take their variances in the order of use.

    ``scales`` come from whoever asks (a solved network, a scheme, a test), never from a rule.
    """

    def __init__(self, rng: np.random.Generator, scales: tuple[Drawn, ...], law: WeightLaw) -> None:
        self.rng = rng
        self.law = law
        self._scales: Iterator[Drawn] = iter(scales)
        self._last: tuple[Weight, float] | None = None

    def weight(self, weight: Weight) -> Array:
        """Return the tensor, drawn from the law with its variance."""
        scale = next(self._scales, None)
        if scale is None:
            raise BadInput("the network has more weight tensors than variances were given.")
        self._last = (weight, scale.bias_variance)
        dims = tuple(int(d) for d in weight.dims)
        flat = (dims[0], int(np.prod(dims[1:])))
        if 0 in flat:
            return np.zeros(dims)
        drawn = self.law.sample(self.rng, (1, *flat), "float64")
        out: Array = np.sqrt(scale.variance) * drawn.reshape(dims)
        return out

    def bias(self, weight: Weight) -> Array | None:
        """Return the biases that come with a tensor drawn before, None where there are none."""
        if self._last is None or self._last[0] is not weight:
            raise AssertionError("a bias is drawn after its weights")
        variance = self._last[1]
        if weight.bias is None or variance == 0.0:
            return None
        out: Array = np.sqrt(variance) * self.rng.standard_normal(int(weight.bias))
        return out

    @staticmethod
    def pointwise(act: Activation) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """Return φ and φ' as NumPy functions."""
        return _pointwise(act)


@cache
def _pointwise(act: Activation) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    from sympy import Heaviside

    from varprop.propagation.feed import moments_of

    slope = moments_of(act.phi).derivative
    at = _function(slope)
    if not slope.has(Heaviside):
        return _function(act.phi), at
    # at a jump the value from the left, relu'(0) = 0, as libraries have it
    return _function(act.phi), lambda x: at(np.nextafter(x, np.asarray(-np.inf, x.dtype)))


def _function(expression: Expr) -> Callable[[Any], Any]:
    from sympy import lambdify

    from varprop.notation import h

    raw = lambdify(h, expression, modules=["scipy", "numpy"])

    def apply(x: Array) -> Array:
        with np.errstate(all="ignore"):
            out: Array = np.asarray(raw(x), dtype=x.dtype)
        return np.broadcast_to(out, x.shape) if out.shape != x.shape else out

    return apply
