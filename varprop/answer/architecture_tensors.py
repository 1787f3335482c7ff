"""One weight tensor of ``solve --arch``: its scale as a formula, a number and each law's parameter."""

from __future__ import annotations

from sympy import Dummy, Expr, Float, Symbol, cancel, sqrt

from varprop.answer.architecture_fold import Tensor, exact
from varprop.answer.distributions import tensor_parameters
from varprop.answer.question import as_float, rational
from varprop.frozen import frozen
from varprop.networks.signal import Signal
from varprop.notation import h
from varprop.notation import q as variance
from varprop.propagation.feed import moments_of
from varprop.result import Fans, LawParameter, Quantity
from varprop.solving.conditions import Terms

FAN_IN, FAN_OUT = Symbol("fan_in", positive=True), Symbol("fan_out", positive=True)
ROUNDING, DIGITS = 1e-12, 17
TIDIED = 30
"""Operations in a quotient up to which it is brought to lowest terms."""


CRITICAL = "critical"
"""The condition that leaves the bias variance to keep q."""


@frozen
class CriticalBias:
    """The bias variance σ_b² = q − E[x²]/E[φ'²] that keeps ``q`` beside a critical weight variance.

    ``q`` is None where each copy of a block has its own.
    """

    q: Expr | None
    variance: Quantity

    @property
    def possible(self) -> bool | None:
        """Whether a bias can have it, None while symbols are left."""
        value = self.variance.value
        return None if value is None else value >= 0


@frozen
class TensorScale:
    """The solved scale of one weight tensor, or of several equal ones (``copies``).

    ``path`` names the layers around it, ``product`` says how fan_in comes about (64·3·3), ``dims``
    is the array shape (out, in, *kernel), of which libraries may give the ``split`` parts of one
    (heads, a multiplier) an axis of their own, ``formula`` the variance in fan_in and fan_out.
    ``cancelled`` names a norm right behind that divides the scale out of the forward pass, ``bias``
    is the number of biases that come with it, ``critical_bias`` what they need under the condition
    critical; ``where`` tells tensors of one layer apart that differ in their scale alone. ``terms`` is what
    the condition was solved with, ``factor`` what the layer's own scale multiplies the solution by.
    """

    name: str
    path: tuple[str, ...]
    role: str
    fans: Fans
    product: str
    dims: tuple[Expr, ...]
    layout: str
    split: Expr
    fed_by: str
    formula: Expr
    weight_variance: Quantity
    gain: Quantity
    distributions: tuple[LawParameter, ...]
    copies: Expr | int
    cancelled: str | None
    condition: str
    terms: Terms
    factor: Expr
    bias: Expr | None = None
    where: str = ""
    critical_bias: CriticalBias | None = None


def tensor_scale(tensor: Tensor, where: str = "") -> TensorScale:
    """Return the scale that the fold chose, as exactly as it is known."""
    weight, terms = tensor.weight, tensor.terms
    fans = Fans(weight.fan_in, weight.fan_out, _whole(weight.fan_in), _whole(weight.fan_out))
    asked = {
        "second_moment": tensor.condition.uses("forward") or tensor.condition.name == CRITICAL,
        "derivative_second_moment": tensor.condition.uses("backward"),
    }
    second, slope = (
        _known(name, tensor) if used else exact(getattr(terms, name))
        for name, used in asked.items()
    )
    bias, q = _short(terms.bias_variance), _short(terms.q)
    named = Terms(FAN_IN, FAN_OUT, second, slope, bias, q)
    factor = weight.scale**2
    formula = _shortened(tensor.condition.solve(named)) * factor
    expr = formula.subs({FAN_IN: weight.fan_in, FAN_OUT: weight.fan_out})
    if not isinstance(tensor.value, float):
        expr = tensor.value
    quantity = Quantity(expr, tensor.value if isinstance(tensor.value, float) else as_float(expr))
    fan = {"fan_in": weight.fan_in, "fan_out": weight.fan_out}.get(
        tensor.condition.gain_fan, (weight.fan_in + weight.fan_out) / 2
    )
    share = expr * fan
    if share.has(Float) and share.is_number:
        share = share.evalf(DIGITS)  # the root of a decimal times a radical never ends in SymPy
    plain = share.count_ops() <= TIDIED and share.is_rational_function()
    root = sqrt(cancel(share) if plain and share.free_symbols else share)
    known = None if fan.free_symbols else quantity.value
    size = as_float(root) if known is None else (known * float(fan)) ** 0.5
    gain = Quantity(root, size)
    return TensorScale(
        tensor.name, tensor.path, weight.role, fans,
        weight.product, weight.dims, weight.layout, weight.split,
        tensor.feed.words, formula, quantity, gain, tensor_parameters(quantity, weight.dims),
        tensor.copies, tensor.cancelled, tensor.condition.name, named, factor, weight.bias, where,
        _critical_bias(tensor, named),
    )  # fmt: skip


def _critical_bias(tensor: Tensor, named: Terms) -> CriticalBias | None:
    if tensor.condition.name != CRITICAL:
        return None
    expr = named.q - named.second_moment / named.derivative_second_moment
    terms = tensor.terms
    value = as_float(expr)
    if isinstance(terms.q, float):
        value = float(terms.q - terms.second_moment / terms.derivative_second_moment)
        value = 0.0 if abs(value) < ROUNDING * terms.q else value
    if expr.has(Dummy):
        return None
    return CriticalBias(None if named.q.has(Dummy) else named.q, Quantity(expr, value))


def _shortened(formula: Expr) -> Expr:
    """Return a formula with decimals that are short fractions as these: a quotient of two may be 2."""
    return formula.xreplace({x: _short(float(x)) for x in formula.atoms(Float)})


def _whole(value: Expr) -> int | None:
    return int(value) if value.is_Integer else None


def _short(value: object) -> Expr:
    return rational(value, ROUNDING * abs(value)) if isinstance(value, float) else exact(value)


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
