"""Helpers of the tests of single layers: folds at given scales, drawn layers, numeric gradients."""

from __future__ import annotations

import numpy as np

from varprop.catalogue.laws import LAWS
from varprop.networks.arithmetic import Numeric
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.layer import Sampled
from varprop.networks.network import fold, network
from varprop.networks.recording import Given
from varprop.networks.signal import Signal


def folded(text: str, scale: float = 1.0, bias: float = 0.0) -> tuple[Signal, float, Given]:
    """Return the last signal, E[δ²] at the data and the rows, Var(w) = scale/fan_in."""
    setting = Given(Numeric(), lambda w: (scale / float(w.fan_in), bias))
    signal, gradient = fold(network(text), setting)
    return signal, float(gradient), setting


def drawn(text: str, scale: float = 1.0, bias: float = 0.1) -> Sampled:
    """Return one drawn network."""
    net = network(text)
    scales = tuple(Drawn(scale / float(w.fan_in), bias) for w in net.weights())
    return net.layer.sample(net.shape, Drawing(np.random.default_rng(3), scales, LAWS["normal"]))


def gradient_gap(text: str) -> float:
    """Return how far a directional derivative is from the sampler's own gradient, relative to it."""
    layer, rng = drawn(text), np.random.default_rng(5)
    x = rng.standard_normal((2, *network(text).shape.concrete()))
    weights = rng.standard_normal(layer.forward(x).shape)
    along = rng.standard_normal(x.shape)
    exact = float((layer.backward(weights) * along).sum())
    step = 1e-5
    ends = [float((layer.forward(x + sign * step * along) * weights).sum()) for sign in (1, -1)]
    return abs((ends[0] - ends[1]) / (2 * step) - exact) / abs(exact)
