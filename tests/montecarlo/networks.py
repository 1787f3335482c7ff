"""Activations with reference moments, and networks that keep q = 1 with them."""

import math
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.laws import LAWS
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.ratios import Prediction


@dataclass(frozen=True)
class Pointwise:
    phi: object
    derivative: object
    second_moment: float
    slope: float


def sigmoid(h):
    return 1 / (1 + np.exp(-h))


# E[φ(z)²] and E[φ'(z)²] at q = 1: 20-digit mpmath quadrature, or exact.
ACTIVATIONS = {
    "linear": Pointwise(lambda h: h, lambda _: 1.0, 1.0, 1.0),
    "relu": Pointwise(lambda h: np.maximum(h, 0), lambda h: (h > 0) * 1.0, 0.5, 0.5),
    "tanh": Pointwise(
        np.tanh, lambda h: 1 / np.cosh(h) ** 2, 0.39429449039784117, 0.46440290244826824
    ),
    "sin": Pointwise(np.sin, np.cos, (1 - math.exp(-2)) / 2, (1 + math.exp(-2)) / 2),
    "silu": Pointwise(
        lambda h: h * sigmoid(h),
        lambda h: sigmoid(h) * (1 + h * (1 - sigmoid(h))),
        0.35577551981735216,
        0.37948235163282931,
    ),
    "relu_squared": Pointwise(
        lambda h: np.maximum(h, 0) ** 2, lambda h: 2 * np.maximum(h, 0), 1.5, 2.0
    ),
}


def network(name, width, depth=4, law="normal", wrong=1.0, **kwargs):
    """A square network that keeps q = 1, its variance multiplied by ``wrong``."""
    entry = ACTIVATIONS[name]
    variance = wrong / (width * entry.second_moment)
    return DenseNetwork(
        (width,) * (depth + 1),
        (variance,) * depth,
        LAWS[law],
        entry.phi,
        entry.derivative,
        **kwargs,
    )


def prediction(name, depth=4):
    """What theory says of it without the wrong factor."""
    entry = ACTIVATIONS[name]
    return Prediction((1.0,) * (depth + 1), (entry.slope / entry.second_moment,) * depth)
