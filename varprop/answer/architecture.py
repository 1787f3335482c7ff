"""``solve --arch``: the weight variance of every tensor of a network, and a factor that spans it."""

from __future__ import annotations

import math
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.answer.architecture_derivation import derivation_of
from varprop.answer.architecture_fold import Solving
from varprop.answer.architecture_notes import notes
from varprop.answer.architecture_places import Order, merged
from varprop.answer.architecture_tensors import TensorScale, tensor_scale
from varprop.answer.architecture_twins import with_positions
from varprop.answer.architecture_unknown import Unknown, fulfilled, solve_unknown
from varprop.derivation import Derivation
from varprop.errors import BadInput, did_you_mean
from varprop.faces import Shown
from varprop.frozen import frozen
from varprop.networks.arithmetic import Numeric, Symbolic
from varprop.networks.layer import NoClosedForm
from varprop.networks.network import InputLaw, Network, every, fold, single_input, through
from varprop.networks.norms import BatchNorm
from varprop.networks.recording import Row
from varprop.networks.substitution import substituted
from varprop.notation import positive
from varprop.solving.conditions import CONDITIONS
from varprop.verdict import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from varprop.answer.inputs import InputMoments

DATA_POINT = "the data"
BIAS = "bias"
"""The layout of a tensor that is added, not multiplied."""


def first_reached(rows: Sequence[Row]) -> Row | None:
    """Return the first point that a gradient reaches, None where there is none."""
    return next((row for row in rows if row.gradient_size[0] > 0), None)


@frozen
class Passage:
    """What the network does from end to end at the solved scales.

    ``stream`` is what the skip path carries at its start and end (None without one), ``gradient``
    E[δ²] at ``origin`` for 1 at the output: at the data, or behind a layer that reads token ids.
    """

    rows: tuple[Row, ...] = field(compare=False, repr=False)
    stream: tuple[float, float] | None
    gradient: float
    origin: str = DATA_POINT

    @property
    def log_gradient(self) -> float | None:
        """ln E[δ²] at the first point that a gradient reaches; None where there is none."""
        reached = self._reached
        return None if reached is None else reached.gradient_size[1]

    @property
    def whole_gradient(self) -> float | None:
        """ln of the gradient's squared norm there over that at the output."""
        reached = self._reached
        if reached is None:
            return None
        return reached.gradient_size[1] + math.log(reached.shape.count / self.rows[-1].shape.count)

    @property
    def _reached(self) -> Row | None:
        return first_reached(self.rows)


@frozen
class ArchitectureSolution(Shown):
    """The answer of ``solve --arch``: one entry per weight tensor, equal ones together.

    ``in_order`` goes through every use of a tensor: the number of its layer, its path; ``biases`` are those
    of layers without weights, which nothing is solved for.
    """

    network: Network
    condition: str
    condition_words: str
    q: Expr
    bias_variance: Expr
    layers: tuple[TensorScale, ...]
    unknown: Unknown | None
    passage: Passage | None
    derivation: Derivation
    assumptions: tuple[str, ...]
    approximations: tuple[str, ...]
    notes: tuple[str, ...]
    in_order: Order = field(compare=False, repr=False)
    checks: tuple[Check, ...] | None = None
    seed: int = 0
    biases: tuple[TensorScale, ...] = ()


def solve_network(
    net: Network,
    *,
    condition: str = "forward",
    q: Expr = S.One,
    bias_variance: Expr = S.Zero,
    data: InputMoments | None = None,
    unknown: str | None = None,
) -> ArchitectureSolution:
    """Solve for every weight tensor of a network under one condition, and for one open factor.

    Parameters
    ----------
    condition : a name of ``CONDITIONS``; tensors fed by data are sized forward under each.
    q : the pre-activation variance that the first layer gives and the others keep.
    bias_variance : σ_b² of every bias.
    unknown : a symbol of the network (a residual scale, a factor of weights): all branches
        together then add as much variance as the skip path carries.

    Raises BadInput for a network that a rule refuses, and for an unknown that isn't in it.
    """
    chosen = CONDITIONS[condition]
    law = InputLaw() if data is None else InputLaw(data.second_moment, data.mean)
    solved, settled = _settled(net, unknown, chosen.name, q, bias_variance, law)
    numeric = not settled.symbols()
    setting = Solving(Numeric() if numeric else Symbolic(), chosen, q, bias_variance)
    _, gradient = fold(settled, setting, _followed(law, settled, symbolic=not numeric))
    if all(tensor.weight.layout == BIAS for tensor in setting.tensors):
        raise BadInput(f"{net} has no weights to solve for. Add a Dense or Conv layer.")
    if not numeric:
        follow = _numbers(chosen.name, q, bias_variance, law)
        with_positions(settled, setting, follow, partial(fulfilled, solved))
    every_kind = merged(setting.tensors)
    together = [one for one in every_kind if one.tensor.weight.layout != BIAS]
    layers = tuple(tensor_scale(one.tensor, one.where) for one in together)
    numbers = {use: number for number, one in enumerate(together) for use in one.members}
    lone = [one for one in every_kind if one.tensor.weight.layout == BIAS]
    return ArchitectureSolution(
        net,
        chosen.name,
        chosen.words,
        q,
        bias_variance,
        layers,
        solved,
        _passage(setting, gradient) if numeric else None,
        derivation_of(layers, solved),
        tuple(setting.assumptions),
        tuple(setting.approximations),
        tuple(notes(layers, data, solved)),
        Order(tuple(setting.uses), numbers),
        biases=tuple(tensor_scale(one.tensor, one.where) for one in lone),
    )


def settled_network(solution: ArchitectureSolution) -> Network:
    """Return the network with the open factor's value put in."""
    unknown = solution.unknown
    if unknown is None:
        return solution.network
    return substituted(solution.network, {unknown.symbol: unknown.value.expr})


def _settled(
    net: Network, unknown: str | None, condition: str, q: Expr, bias: Expr, law: InputLaw
) -> tuple[Unknown | None, Network]:
    """Return the unknown's solution, and the network with it put in."""
    if unknown is None:
        return None, net
    if unknown not in net.symbols():
        names = sorted(net.symbols())
        hint = did_you_mean(unknown, names) or f"Its symbols: {', '.join(names) or 'none'}. "
        raise BadInput(f"--for {unknown}: the network has no such symbol. {hint}".strip())
    symbol = positive(unknown)
    setting = Solving(Symbolic(), CONDITIONS[condition], q, bias)
    try:
        fold(net, setting, _followed(law, net, symbolic=True))
        found = solve_unknown(setting, symbol, net)
    except NoClosedForm as none:
        if net.symbols() != {unknown}:
            raise
        from varprop.answer.architecture_root import followed_root

        found = followed_root(net, symbol, _numbers(condition, q, bias, law), str(none))
    return found, substituted(net, {symbol: found.value.expr})


def _followed(law: InputLaw, net: Network, *, symbolic: bool) -> InputLaw:
    """Return the data with a second input where scales need it, in formulas for BatchNorm alone."""
    if symbolic and not any(isinstance(layer, BatchNorm) for layer in every(net.layer)):
        return replace(law, pairs=False)
    return single_input(law, net)


def _numbers(condition: str, q: Expr, bias: Expr, law: InputLaw) -> Callable[[Network], Solving]:
    """Return what solves for the scales of a network without symbols."""

    def follow(net: Network) -> Solving:
        setting = Solving(Numeric(), CONDITIONS[condition], q, bias)
        through(net, setting, _followed(law, net, symbolic=False))
        return setting

    return follow


def _passage(setting: Solving, gradient: float) -> Passage:
    stream = None
    if setting.streams:
        stream = (float(setting.streams[0][0]), float(setting.streams[-1][1]))
    reached = first_reached(setting.rows)
    if gradient == 0 and reached is not None:
        return Passage(
            tuple(setting.rows), stream, reached.gradient_size[0], f"the output of {reached.name}"
        )
    return Passage(tuple(setting.rows), stream, float(gradient))
