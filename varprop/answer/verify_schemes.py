"""Experiments for initialisation schemes: as their argument promises, and with every law."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from sympy import Expr, Float, Integer, Symbol

from varprop.answer.experiment import array_function
from varprop.answer.initialiser import initialiser
from varprop.answer.verify_definitions import (
    BIAS_DRAWN_AS,
    DRAWN_AS,
    ELSE,
    EXAMPLES,
    FAN_IN,
    FAN_OUT,
    as_defined,
    bias_as_defined,
    of_weights,
)
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.catalogue.schemes import SCHEMES, Scheme
from varprop.moments import Moments, derivative
from varprop.montecarlo.design import Simulator
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.parameter_draws import drawn_by_parameter
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.simulate import simulate
from varprop.montecarlo.verify import verify_dense
from varprop.notation import h
from varprop.propagation.dense import gradient_factor, length_map
from varprop.propagation.law_scale import parameter_for
from varprop.solving.conditions import CONDITIONS, Terms
from varprop.verdict import Check

Q = 1.7
NETWORKS = 2**13


def example(scheme: Scheme) -> str:
    """Return the scheme as a user would type it, with values where it has no defaults."""
    given = [f"{n}={EXAMPLES.get(n, ELSE)}" for n, default in scheme.parameters if default is None]
    return f"{scheme.name}({', '.join(given)})" if given else scheme.name


def planned() -> Iterator[Planned]:
    """Yield the experiments of every scheme."""
    for scheme in SCHEMES.values():
        yield from for_scheme(scheme)


def for_scheme(scheme: Scheme, given: str | None = None) -> Iterator[Planned]:
    """Yield the scheme's own promise first, then its variance and its layer with every law.

    With ``given``, the scheme with values, its own promise doesn't apply.
    """
    text = given or example(scheme)
    initialiser(text)
    if scheme.argument is not None and given is None:
        names = tuple(f"scheme {text}: {way} of its argument" for way in ("forward", "gradient"))
        yield Planned("scheme", scheme.name, names, partial(_argument, text))
    if scheme.name in DRAWN_AS and given is None:
        name = f"scheme {text}: E[w^2] as defined"
        yield Planned("scheme", scheme.name, (name,), partial(as_defined, text, name))
    if scheme.name in BIAS_DRAWN_AS and given is None:
        name = f"scheme {text}: E[b^2] as defined"
        yield Planned("scheme", scheme.name, (name,), partial(bias_as_defined, text, name))
    if scheme.deterministic:
        return
    for law in LAWS.values():
        if not law.random or law.tensor:
            continue
        name = f"scheme {text}, {law.name} weights: Var(w)"
        yield Planned("scheme", scheme.name, (name,), partial(_variance, text, law, name))
        names = tuple(
            f"scheme {text}, {law.name} weights: {way}" for way in ("forward", "gradient")
        )
        yield Planned("scheme", scheme.name, names, partial(_layer, text, law))


def _argument(text: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Sample with the scheme's variance; predict from the condition that it solves."""
    with SYMBOLIC:
        asked = initialiser(text)
        assert asked.scheme.argument is not None
        condition, act = asked.scheme.argument
        phi = activation(act).phi
        terms = terms_of(phi, (FAN_IN, FAN_OUT))
        predicted = layer_prediction(phi, float(CONDITIONS[condition].solve(terms)), 0.0)
        weight_variance, bias = asked.at(FAN_IN, FAN_OUT)
    law = LAWS[asked.scheme.law]
    return sampled_layer(phi, weight_variance, bias, law, predicted, effort, stream)


def _layer(text: str, law: WeightLaw, effort: Effort, stream: int) -> tuple[Check, ...]:
    """One tanh layer of the scheme with weights of that law, against the dense layer's rules."""
    with SYMBOLIC:
        phi = activation("tanh").phi
        weight_variance, bias = initialiser(text).at(FAN_IN, FAN_OUT)
        predicted = layer_prediction(phi, weight_variance, bias)
    return sampled_layer(phi, weight_variance, bias, law, predicted, effort, stream)


def moments_at(phi: Expr, q: float = Q) -> tuple[float, float]:
    """Return E[φ²] and E[φ'²] at q."""
    moments = Moments(phi)
    found = [moments.number(m, q).value for m in ("second_moment", "derivative_second_moment")]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def terms_of(phi: Expr, fans: tuple[int, int]) -> Terms:
    """Return what a condition needs to know of a layer without bias."""
    second, slope = moments_at(phi)
    numbers = Float(second, 17), Float(slope, 17), Integer(0), Float(Q, 17)
    return Terms(Integer(fans[0]), Integer(fans[1]), *numbers)


def layer_prediction(
    phi: Expr,
    weight_variance: float,
    bias_variance: float,
    fans: tuple[int, int] = (FAN_IN, FAN_OUT),
) -> Prediction:
    """Return what the dense layer's rules say of one layer fed at q."""
    second, slope = moments_at(phi)
    return Prediction(
        (Q, float(length_map(fans[0], weight_variance, second, bias_variance))),
        (float(gradient_factor(fans[1], weight_variance, slope)),),
    )


def sampled_layer(
    phi: Expr,
    weight_variance: float,
    bias_variance: float,
    law: WeightLaw,
    predicted: Prediction,
    effort: Effort,
    stream: int,
    fans: tuple[int, int] = (FAN_IN, FAN_OUT),
) -> tuple[Check, ...]:
    """Sample one layer fed by φ(h₀), h₀ ~ N(0, q), forward and backward."""
    with SYMBOLIC:
        functions = array_function(phi), array_function(derivative(phi, h))
    network = DenseNetwork(
        fans,
        (weight_variance,),
        law,
        *functions,
        GaussianPreactivation(predicted.q[0]),
        (bias_variance,),
    )
    return verify_dense(
        network,
        predicted,
        samples=min(NETWORKS, effort.samples or NETWORKS),
        tolerance=effort.tolerance,
        level=effort.level,
        seed=effort.seed,
        stream=stream,
        simulator=simulator(effort, law.name),
    )


def simulator(effort: Effort, law: str) -> Simulator:
    """Return how networks are sampled: without their weights where that was asked for."""
    return simulate_marginal if effort.marginal and law == "normal" else simulate


def _variance(
    text: str, law: WeightLaw, name: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    """Draw by the parameter that varprop gives for the law; Var(w) must be the scheme's."""
    with SYMBOLIC:
        variance, _ = initialiser(text).at(FAN_IN, FAN_OUT)
        formula = parameter_for(law, Float(variance, 17))
        larger = Integer(max(FAN_IN, FAN_OUT))
        parameter = float(formula.subs(Symbol("m", positive=True), larger))
        draw = drawn_by_parameter(law, parameter)

    def replicate(rng: np.random.Generator, _: int) -> float:
        return float((draw(rng, (FAN_OUT, FAN_IN)) ** 2).mean())

    return (of_weights(replicate, variance, name, effort, stream),)
