"""``propagate``: what each layer of a network does to the signal and to the gradient."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from sympy import Expr

from varprop import notation
from varprop.answer.initialiser import Initialiser, initialiser
from varprop.answer.inputs import InputMoments, Number, variance
from varprop.answer.layer import solve_widths
from varprop.answer.two_inputs import first_correlation, with_two_inputs
from varprop.answer.width import FiniteWidth, finite_width
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.faces import Shown
from varprop.frozen import frozen
from varprop.propagation.depth import (
    Level,
    Levels,
    Matrix,
    Trend,
    gradient_trend,
    levels,
    log_size,
    trend,
)
from varprop.propagation.feed import moments_of
from varprop.verdict import Check

if TYPE_CHECKING:
    from varprop.networks.network import InputLaw, Network
    from varprop.networks.signal import Signal

SOLVED = "solved"
ORDER = ("stable", "vanishing", "exploding")


@frozen
class Followed:
    """What an experiment on a spec needs: its scales, its data, and what the rules say comes out.

    ``scales`` are Var(w) and σ_b² of each use of a tensor in order, ``out`` is the last signal and
    ``gradient`` E[δ²] at the data.
    """

    network: Network
    scales: tuple[tuple[float, float], ...]
    data: InputLaw
    out: Signal
    gradient: float


@frozen
class Propagation(Shown):
    """One network under one initialiser, level by level, with the trends of both directions.

    ``matrices`` are the weight matrices of a dense network, none where the network is a spec;
    ``blocks`` counts the blocks with skip paths over which trends run, None where they run over layers;
    ``steps`` is the number of points that trends of a spec run over; ``followed`` is what an experiment
    on one needs; ``checks`` are those of one that was asked for.
    """

    activation: str
    init: str
    widths: tuple[int, ...]
    levels: Sequence[Level]
    forward: Trend
    gradient: Trend
    notes: tuple[str, ...] = ()
    network: str | None = None
    finite_width: FiniteWidth | None = None
    matrices: tuple[Matrix, ...] = field(default=(), repr=False)
    blocks: int | None = None
    steps: int | None = None
    followed: Followed | None = field(default=None, repr=False, compare=False)
    checks: tuple[Check, ...] | None = None
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The levels' names."""
        if isinstance(self.levels, Levels):
            return self.levels.names
        return tuple(level.name for level in self.levels)

    @property
    def step(self) -> str:
        """What a trend's rate is the factor of: a layer, or a block."""
        return "a layer" if self.blocks is None else "a block"

    @property
    def verdict(self) -> str:
        """The worse of the two directions."""
        return max(self.forward.verdict, self.gradient.verdict, key=ORDER.index)


def propagate(
    act: str | Expr | Activation,
    layer_widths: Sequence[int],
    init: str = SOLVED,
    *,
    bias_variance: Number | None = None,
    data: InputMoments | None = None,
    correlation: Number | None = None,
) -> Propagation:
    """Follow q, E[x²], the mean, the gradient and two inputs' correlation through a dense network.

    Parameters
    ----------
    act : the activation after every layer.
    layer_widths : n_0 … n_L, whole numbers.
    init : an initialiser as text, or ``solved`` for the forward condition's own scale.
    bias_variance : σ_b² in every layer; the initialiser's own when left out.
    data : mean and second moment of the input; 0 and 1 when left out.
    correlation : E[x_a x_b]/E[x²] of two inputs; that of independent rows of the data when left out.

    Raises BadInput for anything that cannot be followed by the rules.
    """
    found = activation_from(act)
    left = sorted(str(s) for s in found.phi.free_symbols - {notation.h})
    if left:
        raise BadInput(f"propagate needs numbers: give {', '.join(left)} of {found.name} a value.")
    if data is not None and data.features is not None and layer_widths[0] != data.features:
        raise BadInput(
            f"the data has {data.features} columns, but the first width is {layer_widths[0]}. "
            f"Try --widths {','.join(map(str, (data.features, *layer_widths[1:])))}."
        )
    bias = None if bias_variance is None else float(variance(bias_variance, "--bias-variance"))
    mean = 0.0 if data is None else float(data.mean)
    second = 1.0 if data is None else float(data.second_moment)
    chosen = None if init == SOLVED else initialiser(init)
    if chosen is None:
        matrices = _solved(found, tuple(layer_widths), bias or 0.0, data)
        notes: tuple[str, ...] = ()
    else:
        matrices, notes = _drawn(chosen, found, tuple(layer_widths), bias)
    moments = moments_of(found.phi)
    rows = levels(moments, matrices, mean, second)
    rows = with_two_inputs(rows, moments, matrices, first_correlation(correlation, data))
    fixed = chosen is not None and chosen.scheme.deterministic
    if chosen is not None and fixed:
        rows = _with_input_mean(rows, chosen, mean)
    lengths = [log_size(row.q) for row in rows[1:] if row.q is not None]
    depth = len(matrices)
    return Propagation(
        found.name,
        init,
        tuple(layer_widths),
        rows,
        trend(lengths, depth),
        gradient_trend([row.log_gradient for row in rows[1:]], depth),
        notes,
        finite_width=None if fixed else finite_width(moments, matrices, rows),
        matrices=matrices,
    )


def _solved(
    act: Activation, layer_widths: tuple[int, ...], bias: float, data: InputMoments | None
) -> tuple[Matrix, ...]:
    from sympy import Integer

    distinct = _distinct(layer_widths)
    solution = solve_widths(act, tuple(Integer(w) for w in distinct), bias_variance=bias, data=data)
    scale = {}
    for number, layer in enumerate(solution.layers):
        key = (number == 0, layer.fans.fan_in_value, layer.fans.fan_out_value)
        scale[key] = layer.weight_variance.value
    pairs = itertools.pairwise(layer_widths)
    return tuple(
        Matrix(a, b, float(scale[(number == 0, a, b)] or 0.0), bias)
        for number, (a, b) in enumerate(pairs)
    )


def _distinct(layer_widths: tuple[int, ...]) -> tuple[int, ...]:
    """Return a short network with the same first layer and the same pairs of widths after it."""
    kept = list(layer_widths[:2])
    seen: set[tuple[int, int]] = set()
    for a, b in itertools.pairwise(layer_widths):
        if (a, b) in seen and a == b:
            continue
        seen.add((a, b))
        kept.append(b)
    return tuple(kept)


def _drawn(
    chosen: Initialiser, act: Activation, layer_widths: tuple[int, ...], bias: float | None
) -> tuple[tuple[Matrix, ...], tuple[str, ...]]:
    pairs = list(itertools.pairwise(layer_widths))
    scales = {pair: chosen.at(*pair) for pair in dict.fromkeys(pairs)}
    matrices = tuple(
        Matrix(a, b, scales[a, b][0], scales[a, b][1] if bias is None else bias) for a, b in pairs
    )
    if not chosen.scheme.deterministic:
        return matrices, ()
    if act.phi != notation.h or len(set(layer_widths)) != 1:
        raise BadInput(
            f"{chosen.text} is not drawn at random: the rules for iid zero-mean weights and the "
            "Gaussian limit don't apply. Its effect is known for --act linear and equal widths only."
        )
    scale = float(chosen.scale or 1)
    total = abs(scale) ** len(pairs)
    return matrices, (
        f"{chosen.text} is not random: the rules for iid zero-mean weights don't apply; "
        f"every amplitude is multiplied by {scale:g} a layer, by {scale:g}^{len(pairs)} = {total:.6g} "
        "in all (its square below)",
    )


def _with_input_mean(
    rows: tuple[Level, ...], chosen: Initialiser, mean: float
) -> tuple[Level, ...]:
    """Carry the mean of the input through identity weights, which keep it up to their scale."""
    from dataclasses import replace

    scale = float(chosen.scale or 1)
    return tuple(replace(row, mean=mean * scale**row.index) for row in rows)
