"""``histograms``: the activations of every layer under several initialisers, seen and predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr

from varprop import notation
from varprop.answer.experiment import array_function
from varprop.answer.initialiser import initialiser
from varprop.answer.inputs import InputMoments, Number
from varprop.answer.propagate import SOLVED, Propagation, propagate
from varprop.catalogue.activations import Activation, activation_from
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.errors import BadInput
from varprop.faces import Shown
from varprop.moments import derivative
from varprop.propagation.depth import Matrix

if TYPE_CHECKING:
    from varprop.montecarlo.activity import Activity
    from varprop.montecarlo.network import DenseNetwork, Feed

SEED_FIGURE = ("normal(std=0.01)", "he", "normal(std=1)")
"""Weights that are too small, right for relu, and too large."""

NETWORKS = 16
INPUTS = 32


@dataclass(frozen=True)
class LayerActivity:
    """One row: the layer, E[x²] as predicted (None where no rule gives it) and what was seen."""

    index: int
    name: str
    predicted: float | None
    seen: Activity


@dataclass(frozen=True)
class InitActivity:
    """The layers of a network under one initialiser; the input first."""

    init: str
    layers: tuple[LayerActivity, ...]


@dataclass(frozen=True)
class Histograms(Shown):
    """Activations of a network of ``widths`` under several initialisers, side by side.

    Moments and histograms run over units, ``inputs`` and ``networks`` together.
    """

    activation: str
    widths: tuple[int, ...]
    runs: tuple[InitActivity, ...]
    networks: int
    inputs: int
    seed: int


def histograms(
    act: str | Expr | Activation = "relu",
    layer_widths: Sequence[int] = (512,) * 6,
    inits: Sequence[str] = SEED_FIGURE,
    *,
    bias_variance: Number | None = None,
    data: InputMoments | None = None,
    networks: int = NETWORKS,
    inputs: int = INPUTS,
    bins: int = 40,
    seed: int = 0,
) -> Histograms:
    """Sample a dense network under each initialiser and keep every layer's activations.

    Parameters
    ----------
    act : the activation after every layer.
    layer_widths : n_0 … n_L; five relu layers of 512 units unless given.
    inits : initialisers as text; too small, right and too large for relu unless given.
    bias_variance : σ_b² in every layer; the initialiser's own when left out.
    data : what feeds the network; independent inputs of mean 0 and second moment 1 if left out.
    networks, inputs : sampled networks, and the inputs sent through each.

    Raises BadInput for what ``propagate`` can't follow and for what doesn't fit in memory.
    """
    found = activation_from(act)
    widths = tuple(int(width) for width in layer_widths)
    runs = tuple(
        _run(found, widths, init, bias_variance, data, networks, inputs, bins, (seed, number))
        for number, init in enumerate(inits)
    )
    return Histograms(found.name, widths, runs, networks, inputs, seed)


def _run(
    act: Activation,
    widths: tuple[int, ...],
    init: str,
    bias_variance: Number | None,
    data: InputMoments | None,
    networks: int,
    inputs: int,
    bins: int,
    seed: tuple[int, ...],
) -> InitActivity:
    from varprop.montecarlo.activity import activity

    predicted = propagate(act, widths, init, bias_variance=bias_variance, data=data)
    network = dense_network(predicted, _feed(data), act=act, inputs=inputs)
    seen = activity(network, networks, seed=seed, bins=bins)
    return InitActivity(
        init,
        tuple(
            LayerActivity(level.index, level.name, level.second_moment, one)
            for level, one in zip(predicted.levels, seen, strict=True)
        ),
    )


def dense_network(
    predicted: Propagation, feed: Feed, *, act: Activation | None = None, inputs: int = INPUTS
) -> DenseNetwork:
    """Return the network that a propagation speaks of, with its initialiser's own law.

    Raises BadInput where it speaks of something else than a dense network.
    """
    from varprop.montecarlo.network import DenseNetwork

    if not predicted.matrices:
        raise BadInput("only dense networks of given widths are sampled here.")
    phi = (act or activation_from(predicted.activation)).phi
    law = LAWS["normal" if predicted.init == SOLVED else initialiser(predicted.init).scheme.law]
    return DenseNetwork(
        predicted.widths,
        tuple(_factor(law, matrix) for matrix in predicted.matrices),
        law,
        array_function(phi),
        array_function(derivative(phi, notation.h)),
        feed,
        tuple(matrix.bias_variance for matrix in predicted.matrices),
        inputs,
    )


def _factor(law: WeightLaw, matrix: Matrix) -> float:
    """Return Var(w); of an identity, whose mean square over its entries is c²/fan_in, c²."""
    return matrix.weight_variance * (1 if law.random else matrix.fan_in)


def _feed(data: InputMoments | None) -> Feed:
    from varprop.montecarlo.network import DataInput, GaussianInput

    if data is None:
        return GaussianInput()
    if data.rows is not None:
        return DataInput(data.rows)
    return GaussianInput(float(data.mean), float(data.second_moment))
