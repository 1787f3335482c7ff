"""The derivation of a network's weights: what feeds each tensor, what the condition asks, the solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Eq, Expr, Symbol

from varprop.answer.architecture_tensors import TensorScale
from varprop.answer.architecture_unknown import Unknown
from varprop.derivation import Derivation, Kind, Step
from varprop.networks.signal import DATA
from varprop.rewriting.nodes import Mean, Var
from varprop.solving.conditions import CONDITIONS

GAUSSIAN = "wide layers: a sum over many inputs is Gaussian"


def derivation_of(layers: tuple[TensorScale, ...], unknown: Unknown | None) -> Derivation:
    """Return the lines of every tensor in order, then those of the open factor.

    Tensor k is fed by x_k, a function of the last pre-activation h before it; d_k is dx_k/dh.
    """
    steps = [step for k, layer in enumerate(layers, start=1) for step in _steps(k, layer)]
    if unknown is not None:
        steps += list(unknown.steps)
    return Derivation("the weights of a network", tuple(steps))


def _steps(k: int, layer: TensorScale) -> Iterator[Step]:
    condition, terms = CONDITIONS[layer.condition], layer.terms
    fed, slope = Mean(Symbol(f"x_{k}") ** 2), Mean(Symbol(f"d_{k}") ** 2)
    v = Var(Symbol(f"w_{k}"))
    name = f"{layer.name} {layer.role}".strip()
    at = "" if layer.fed_by == DATA else f", at q = {_words(terms.q)}"
    if condition.uses("forward"):
        yield _given(fed, terms.second_moment, f"x_{k}, {layer.fed_by}, feeds {name}{at}", layer)
    if condition.uses("backward"):
        because = f"d_{k} is the derivative of {layer.fed_by}, which feeds {name}{at}"
        yield _given(slope, terms.derivative_second_moment, because, layer)
    fans = {"fan_in": layer.fans.fan_in, "fan_out": layer.fans.fan_out}
    asked = replace(terms, second_moment=fed, derivative_second_moment=slope, **fans)
    for side in condition.sides:
        yield Step(
            side.equation(asked, v / layer.factor),
            f"condition: {side.name}",
            Kind.RULE,
            f"{side.words}; {_fans(layer)}",
            source=side.source,
        )
    how = f"solve{'' if not condition.parts else f', {condition.name} mean of both'}"
    yield Step(
        Eq(v, layer.weight_variance.expr, evaluate=False), how, Kind.ALGEBRA, f"{name}, {_fans(layer)}",
        source=condition.source if condition.parts else None,
    )  # fmt: skip


def _given(moment: Expr, value: Expr, because: str, layer: TensorScale) -> Step:
    equation = Eq(moment, value, evaluate=False)
    if layer.fed_by == DATA:
        return Step(equation, "first signal", Kind.GIVEN, because)
    return Step(equation, "expectation", Kind.EXPECTATION, because, assumes=(GAUSSIAN,))


def _fans(layer: TensorScale) -> str:
    inside, product = (_words(layer.fans.fan_in), layer.product)
    fan_in = inside if inside == product else f"{product} = {inside}"
    return f"fan_in = {fan_in}, fan_out = {_words(layer.fans.fan_out)}"


def _words(value: Expr) -> str:
    """Return a size as people read it: a number of few digits, or its formula."""
    return f"{float(value):.6g}" if value.is_number else str(value).replace("*", "·")
