"""Experiments for what a layer does beyond q: two inputs, a batch of data, the Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
from sympy import Dummy, Expr, Float, Rational

from varprop.answer.experiment import array_function
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput, SafetyNet
from varprop.moments import BivariateExpectation, Moments, closed_form, derivative
from varprop.moments.plane import on_plane
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.pairs import (
    CorrelatedPreactivation,
    simulate_overlaps,
    squared_singular_moments,
)
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.notation import h
from varprop.propagation.dense import gradient_factor, length_map
from varprop.verdict import Check

ACTIVATIONS_TRIED = ("linear", "relu", "leaky_relu", "erf", "gelu", "tanh", "sigmoid")
FANS = (64, 48)
Q, C = Rational(4, 5), Rational(3, 5)
WEIGHT_SCALE = Rational(19, 10)
BIAS_VARIANCE = Rational(1, 5)
INPUTS = 4
GROUP = 16
MOST = 2**16
SAME = 1e-9


def planned() -> Iterator[Planned]:
    """Yield one layer's covariance, data variance and Jacobian for several activations."""
    kinds = {
        "covariance of two inputs": _covariance,
        "variance over the data": _data_variance,
        "mean squared singular value of the Jacobian": _jacobian,
    }
    for act in ACTIVATIONS_TRIED:
        for words, run in kinds.items():
            name = f"layer dense, {act}: {words}"
            yield Planned("layer", "dense", (name,), partial(_run, run, act, name))


Experiment = Callable[[Expr, DenseNetwork], tuple[float, Callable[[DenseNetwork, int], float]]]


def _run(run: Experiment, act: str, name: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    with SYMBOLIC:
        phi = activation(act).phi
        network = DenseNetwork(
            FANS,
            (float(WEIGHT_SCALE / FANS[0]),),
            LAWS["normal"],
            array_function(phi),
            array_function(derivative(phi, h)),
            CorrelatedPreactivation(float(Q), float(C)),
            (float(BIAS_VARIANCE),),
            INPUTS,
        )
        predicted, observe = run(phi, network)

    def replicate(rng: np.random.Generator, _: int) -> float:
        return observe(network, int(rng.integers(2**62)))

    check = verify_replicates(
        replicate, predicted, effort, name=name, stream=stream, most=MOST, points=GROUP
    )
    return (check,)


@cache
def covariance(phi: Expr) -> float:
    """Return E[φ(u)φ(v)] at q and c, the closed form where there is one.

    Raises SafetyNet where closed form and quadrature differ.
    """
    u, v = (Dummy(name, real=True) for name in "uv")
    held = BivariateExpectation(phi.subs(h, u) * phi.subs(h, v), u, v, Q, Q, C)
    found = on_plane(held)
    if found is None:
        raise BadInput("E[φ(u)φ(v)] is beyond double range.")
    number = found[0]
    closed = closed_form(held)
    if closed is not None and abs(float(closed) - number) > SAME:
        raise SafetyNet(f"E[φ(u)φ(v)]: the closed form gives {float(closed)}, quadrature {number}.")
    return number if closed is None else float(closed)


def _next_covariance(phi: Expr) -> float:
    variance = WEIGHT_SCALE / FANS[0]
    return float(length_map(FANS[0], variance, Float(covariance(phi), 17), BIAS_VARIANCE))


def _next_q(phi: Expr) -> float:
    second = Moments(phi).number("second_moment", float(Q)).value
    variance = WEIGHT_SCALE / FANS[0]
    return float(length_map(FANS[0], variance, Float(second, 17), BIAS_VARIANCE))


def _covariance(phi: Expr, _: DenseNetwork) -> tuple[float, Callable[[DenseNetwork, int], float]]:
    def observe(network: DenseNetwork, seed: int) -> float:
        return float(simulate_overlaps(network, GROUP, seed=seed).covariances()[:, 1].mean())

    return _next_covariance(phi), observe


def _data_variance(
    phi: Expr, _: DenseNetwork
) -> tuple[float, Callable[[DenseNetwork, int], float]]:
    """q' − c'q' over many inputs at fixed weights, and not q'."""

    def observe(network: DenseNetwork, seed: int) -> float:
        return float(simulate_overlaps(network, GROUP, seed=seed).data_variances()[:, 1].mean())

    return _next_q(phi) - _next_covariance(phi), observe


def _jacobian(
    phi: Expr, network: DenseNetwork
) -> tuple[float, Callable[[DenseNetwork, int], float]]:
    """The mean over ∂h₁/∂h₀'s singular values, ‖J‖²/fan_in, is the gradient's factor."""
    slope = Moments(phi).number("derivative_second_moment", float(Q)).value
    assert slope is not None
    factor = gradient_factor(FANS[1], network.weight_variances[0], slope)

    def observe(network: DenseNetwork, seed: int) -> float:
        squares = squared_singular_moments(network, GROUP, seed=seed, dtype="float32")[:, 0]
        return float(squares.mean() * min(FANS) / FANS[0])

    return float(factor), observe
