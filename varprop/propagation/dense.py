"""The dense layer h = Σ_j w_j x_j + b: its maps for q and for the gradient, and their derivations."""

from __future__ import annotations

from sympy import Eq, Expr, S, Symbol

from varprop.derivation import Kind, Step
from varprop.propagation.feed import Differentiable, Feed
from varprop.propagation.sums import BIAS, WEIGHT, variance_of_sum
from varprop.rewriting.engine import Argument
from varprop.rewriting.nodes import Mean, Var

INPUT = Symbol("x")
OUTPUT = Symbol("h")
GRADIENT = Symbol("g")
DELTA = Symbol("delta")
DELTA_BELOW = Symbol("delta_l")
SLOPE = Symbol("D")

LONG = 8

GLOROT = "Glorot & Bengio 2010, section 4.2.1"
HE = "He et al. 2015, section 2.2"


def length_map(
    fan_in: Expr, weight_variance: Expr, second_moment: Expr, bias_variance: Expr
) -> Expr:
    """Return q' = fan_in·Var(w)·E[x²] + σ_b²: the next layer's pre-activation variance."""
    return fan_in * weight_variance * second_moment + bias_variance


def gradient_factor(fan_out: Expr, weight_variance: Expr, derivative_second_moment: Expr) -> Expr:
    """Return E[δ_l²]/E[δ_{l+1}²] = fan_out·Var(w)·E[φ'(h)²]."""
    return fan_out * weight_variance * derivative_second_moment


def by_name(value: Expr, name: Expr) -> Expr:
    """Return a short value itself, a long one by the name that an earlier line gave it."""
    return value if value.count_ops() <= LONG else name


def forward_argument(feed: Feed, fan_in: Expr, *, bias: Expr = S.Zero) -> Argument:
    """Derive Var(h) = fan_in·Var(w)·E[x²] + σ_b² from h = Σ_j w_j x_j + b, then put E[x²] in.

    The textbook's Var(x_{l+1}) = n·Var(w)·Var(x_l) appears on the way, with the assumption
    E[x_l] = 0 that it needs and that this argument does not make. ``bias`` is σ_b², a number or a
    symbol; 0 leaves the bias out.
    """
    argument = variance_of_sum(
        "forward",
        result=OUTPUT,
        signal=str(INPUT),
        signal_words="inputs",
        index="j",
        count=fan_in,
        bias=bias != 0,
        because="a dense layer" + (", no bias" if bias == 0 else " with bias"),
    )
    core = argument.last
    argument = argument.add(_textbook(core, feed, fan_in))
    for step in feed.steps(INPUT):
        argument = argument.add(step)
    moment = by_name(feed.second_moment(), Mean(INPUT**2))
    return argument.add(
        Step(
            Eq(Var(OUTPUT), length_map(fan_in, Var(WEIGHT), moment, bias), evaluate=False),
            "substitute",
            Kind.ALGEBRA,
            ("keep E[x²] by its name" if moment == Mean(INPUT**2) else "put E[x²] in")
            + ("" if bias == 0 else ", σ_b² = Var(b)"),
            key=False,
        )
    )


def _textbook(core: Eq, feed: Feed, fan_in: Expr) -> Step:
    """Return the textbook's recurrence with the two hypotheses that lead to it from ``core``."""
    here, after = Symbol("x_l"), Symbol("x_next")
    split = core.rhs.subs(Mean(INPUT**2), Var(here) + Mean(here) ** 2)
    textbook = split.subs({Mean(here): 0, Var(BIAS): 0})
    if textbook != fan_in * Var(WEIGHT) * Var(here):
        raise AssertionError(f"the textbook's recurrence came out as {textbook}")
    if feed.is_centred():
        verdict = f"E[x²] = Var(x), for here E[{feed.words}] = 0"
    else:
        verdict = f"not used here: x = {feed.words} has a mean, so E[x²] replaces Var(x)"
    return Step(
        Eq(Var(after), textbook, evaluate=False),
        "textbook recurrence",
        Kind.RULE,
        f"holds where x_{{l+1}} = h and E[x_l] = 0; {verdict}",
        (),
        GLOROT,
        key=False,
    )


def backward_argument(feed: Differentiable, fan_out: Expr) -> Argument:
    """Derive E[δ_l²] = fan_out·Var(w)·E[φ'(h)²]·E[δ_{l+1}²] from δ_l = φ'(h)·Σ_i w_i δ_i."""
    argument = variance_of_sum(
        "backward",
        result=GRADIENT,
        signal=str(DELTA),
        signal_words="gradients of the layer above",
        index="i",
        count=fan_out,
        bias=False,
        because="the gradient of one input",
    )
    argument = argument.add(
        Step(
            Eq(Mean(DELTA_BELOW**2), Mean(SLOPE**2) * Var(GRADIENT), evaluate=False),
            "chain rule",
            Kind.RULE,
            f"δ_l = D·g with D = {feed.derivative_words}; E[g] = 0",
            ("derivatives independent of the gradients", "weights independent of the gradients"),
            HE,
            key=False,
        )
    )
    for step in feed.derivative_steps(SLOPE):
        argument = argument.add(step)
    slope = by_name(feed.derivative_second_moment(), Mean(SLOPE**2))
    factor = gradient_factor(fan_out, Var(WEIGHT), slope)
    return argument.add(
        Step(
            Eq(Mean(DELTA_BELOW**2), factor * Mean(DELTA**2), evaluate=False),
            "substitute",
            Kind.ALGEBRA,
            "put both together",
        )
    )
