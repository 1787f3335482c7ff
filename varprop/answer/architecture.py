"""``solve --arch``: the weight variance of every tensor of a network, and a factor that spans it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from sympy import Eq, Expr, Float, S, Symbol, sqrt

from varprop.answer.architecture_fold import Solving, Tensor, exact
from varprop.answer.architecture_unknown import Unknown, solve_unknown
from varprop.answer.distributions import parameters
from varprop.answer.question import as_float, rational
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput, did_you_mean
from varprop.faces import Shown
from varprop.frozen import frozen
from varprop.networks.arithmetic import Numeric, Symbolic
from varprop.networks.network import InputLaw, Network, every, fold
from varprop.networks.norms import BatchNorm
from varprop.networks.recording import Row
from varprop.networks.signal import DATA, Signal
from varprop.networks.substitution import substituted
from varprop.notation import h, positive
from varprop.notation import q as variance
from varprop.propagation.feed import moments_of
from varprop.result import Fans, LawParameter, Quantity
from varprop.rewriting.nodes import Var
from varprop.solving.conditions import CONDITIONS, Terms
from varprop.verdict import Check

if TYPE_CHECKING:
    from varprop.answer.inputs import InputMoments

FAN_IN, FAN_OUT = Symbol("fan_in", positive=True), Symbol("fan_out", positive=True)
ROUNDING = 1e-12


@frozen
class TensorScale:
    """The solved scale of one weight tensor, or of several equal ones (``copies``).

    ``path`` names the layers around it, ``product`` says how fan_in comes about (64·3·3), ``dims``
    is the array shape (out, in, *kernel), ``formula`` the variance in fan_in and fan_out.
    ``cancelled`` names a norm right behind that divides the scale out of the forward pass.
    """

    name: str
    path: tuple[str, ...]
    role: str
    fans: Fans
    product: str
    dims: tuple[Expr, ...]
    layout: str
    fed_by: str
    formula: Expr
    weight_variance: Quantity
    gain: Quantity
    distributions: tuple[LawParameter, ...]
    copies: Expr | int
    cancelled: str | None
    condition: str


@frozen
class Passage:
    """What the network does from end to end at the solved scales.

    ``stream`` is what the skip path carries at its begin and end (None without one), ``gradient``
    E[δ²] at the data for 1 at the output.
    """

    rows: tuple[Row, ...] = field(compare=False, repr=False)
    stream: tuple[float, float] | None
    gradient: float


@frozen
class ArchitectureSolution(Shown):
    """The answer of ``solve --arch``: one entry per weight tensor, equal ones together."""

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
    checks: tuple[Check, ...] | None = None
    seed: int = 0


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
    if not any(isinstance(layer, BatchNorm) for layer in every(net.layer)):
        law = replace(law, pairs=False)
    solved, settled = _settled(net, unknown, chosen.name, q, bias_variance, law)
    numeric = not settled.symbols()
    setting = Solving(Numeric() if numeric else Symbolic(), chosen, q, bias_variance)
    _, gradient = fold(settled, setting, law)
    if not setting.tensors:
        raise BadInput(f"{net} has no weights to solve for. Add a Dense or Conv layer.")
    layers = tuple(_merged([_scale(tensor) for tensor in setting.tensors]))
    return ArchitectureSolution(
        net,
        chosen.name,
        chosen.words,
        q,
        bias_variance,
        layers,
        solved,
        _passage(setting, gradient) if numeric else None,
        _derivation(layers, solved),
        tuple(setting.assumptions),
        tuple(setting.approximations),
        tuple(_notes(layers, data)),
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
    setting = Solving(Symbolic(), CONDITIONS[condition], q, bias)
    fold(net, setting, law)
    found = solve_unknown(setting, positive(unknown), net)
    return found, substituted(net, {positive(unknown): found.value.expr})


def _scale(tensor: Tensor) -> TensorScale:
    weight, terms = tensor.weight, tensor.terms
    fans = Fans(weight.fan_in, weight.fan_out, _whole(weight.fan_in), _whole(weight.fan_out))
    named = Terms(
        FAN_IN, FAN_OUT, _known("second_moment", tensor), _known("derivative_second_moment", tensor),
        _short(terms.bias_variance), _short(terms.q),
    )  # fmt: skip
    factor = weight.scale**2
    formula = tensor.condition.solve(named) * factor
    expr = formula.subs({FAN_IN: weight.fan_in, FAN_OUT: weight.fan_out})
    if not isinstance(tensor.value, float):
        expr = tensor.value
    quantity = Quantity(expr, tensor.value if isinstance(tensor.value, float) else as_float(expr))
    fan = {"fan_in": weight.fan_in, "fan_out": weight.fan_out}.get(
        tensor.condition.gain_fan, (weight.fan_in + weight.fan_out) / 2
    )
    size = None if quantity.value is None else (quantity.value * float(fan)) ** 0.5
    gain = Quantity(sqrt(expr * fan), size)
    return TensorScale(
        tensor.path[-1] if tensor.path else "weights", tensor.path, weight.role, fans,
        weight.product, weight.dims, weight.layout,
        tensor.feed.words, formula, quantity, gain, parameters(quantity, fans), tensor.copies,
        tensor.cancelled, tensor.condition.name,
    )  # fmt: skip


def _whole(value: Expr) -> int | None:
    return int(value) if value.is_Integer else None


def _short(value: object) -> Expr:
    return (
        rational(value, ROUNDING * max(1.0, abs(value)))
        if isinstance(value, float)
        else exact(value)
    )


def _known(name: str, tensor: Tensor) -> Expr:
    """Return a moment as exactly as it is known: a small fraction, an expectation, or digits."""
    value = getattr(tensor.terms, name)
    if not isinstance(value, float):
        return exact(value)
    short = _short(value)
    if not isinstance(short, Float):
        return short
    part = _single(tensor.feed)
    if part is None:
        return short
    phi, size = part
    moments = moments_of(phi)
    number = moments.number(name, float(size)).value
    ratio = short if not number else _short(value / number)
    return short if isinstance(ratio, Float) else ratio * moments.best(name).subs(variance, size)


def _single(feed: Signal) -> tuple[Expr, Expr] | None:
    """Return φ and the exact variance of a signal x = φ(g), None for any other."""
    if feed.parts is None or len(feed.parts) != 1:
        return None
    part = feed.parts[0]
    size = _short(part.variance)
    plain = part.phi != h and part.mean == 0 and part.dropped == 0
    return (part.phi, size) if plain and size.is_Rational and not part.phi.has(Float) else None


def _merged(layers: list[TensorScale]) -> list[TensorScale]:
    """Return equal tensors together, in the order of their first use."""
    found: dict[object, TensorScale] = {}
    for one in layers:
        value = one.weight_variance.value
        size = one.weight_variance.expr if value is None else float(f"{value:.11g}")
        key = (one.name, one.role, one.product, one.fans, one.dims, one.fed_by, size, one.cancelled)
        old = found.get(key)
        found[key] = one if old is None else replace(old, copies=old.copies + one.copies)
    return list(found.values())


def _passage(setting: Solving, gradient: float) -> Passage:
    stream = None
    if setting.streams:
        stream = (float(setting.streams[0][0]), float(setting.streams[-1][1]))
    return Passage(tuple(setting.rows), stream, float(gradient))


def _derivation(layers: tuple[TensorScale, ...], unknown: Unknown | None) -> Derivation:
    steps = []
    for number, layer in enumerate(layers, start=1):
        name = f"{layer.name} {layer.role}".strip()
        words = CONDITIONS[layer.condition].words
        steps.append(
            Step(
                Eq(Var(Symbol(f"w_{number}")), layer.weight_variance.expr, evaluate=False),
                f"condition: {layer.condition}",
                Kind.ALGEBRA,
                f"{name}: fan_in = {layer.product}, fed by {layer.fed_by}; {words}",
                source=CONDITIONS[layer.condition].source,
            )
        )
    if unknown is not None:
        steps += list(unknown.steps)
    return Derivation("the weights of a network", tuple(steps))


def _notes(layers: tuple[TensorScale, ...], data: InputMoments | None) -> list[str]:
    notes = []
    norms = sorted({layer.cancelled for layer in layers if layer.cancelled})
    if norms:
        count = sum(layer.copies for layer in layers if layer.cancelled)
        notes.append(
            f"{count} tensors stand right before {' or '.join(norms)}, which divides their scale out: it "
            "changes no signal, but the gradient of such a tensor grows as 1/std(w), so the effective "
            "learning rate goes with 1/Var(w)"
        )
    if any(layer.fed_by == DATA for layer in layers):
        known = (
            "mean 0, E[x²] = 1"
            if data is None
            else (f"mean {float(data.mean):.6g}, E[x²] {float(data.second_moment):.6g}")
        )
        notes.append(f"tensors fed by data are sized forward: {known}")
    return notes
