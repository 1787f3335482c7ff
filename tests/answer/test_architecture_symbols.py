"""Networks with symbols: what stands in the formulas equals what the networks with numbers give."""

from __future__ import annotations

import pytest
from sympy import Symbol

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.networks.network import network
from varprop.networks.substitution import substituted

VALUES = {Symbol(name, positive=True): value for name, value in {"n": 24, "m": 40, "L": 5}.items()}


def both(text: str, **options) -> tuple[ArchitectureSolution, ArchitectureSolution]:
    net = network(text)
    known = {one: value for one, value in VALUES.items() if one.name in net.symbols()}
    return solve_network(net, **options), solve_network(substituted(net, known), **options)


def scales(found: ArchitectureSolution) -> list[float]:
    return [float(layer.weight_variance.expr.subs(VALUES)) for layer in found.layers]


def test_a_weight_of_scale_0_has_a_gain_of_0_behind_a_symbolic_fan() -> None:
    found = solve_network(network("Input(n) >> Residual(Dense(n) >> relu >> Dense(n, scale=0))"))
    assert found.layers[1].gain.value == 0
    assert found.layers[1].weight_variance.value == 0


@pytest.mark.parametrize("condition", ["harmonic", "geometric", "backward"])
def test_long_moments_are_solved_in_no_time(condition: str) -> None:
    """gelu's moments at q = 2n/(n + m): no algebra expands what doesn't hold the stream."""
    block = "Residual(LayerNorm() >> Dense(m) >> gelu >> Dense(n), scale=1/3)"
    formulas, numbers = both(f"Input(n) >> L * {block} >> Dense(3)", condition=condition)
    assert scales(formulas) == pytest.approx(scales(numbers), rel=1e-12)


def test_long_moments_with_a_symbolic_rate_behind_them() -> None:
    block = "Residual(LayerNorm() >> Dense(m) >> gelu >> Dropout(p) >> Dense(n), scale=s)"
    rest = {Symbol("p", positive=True): 0.25, Symbol("s", positive=True): 0.5}
    net = network(f"Input(n) >> L * {block} >> Dense(3)")
    formulas = solve_network(net, condition="harmonic")
    numbers = solve_network(substituted(net, {**VALUES, **rest}), condition="harmonic")
    found = [
        float(layer.weight_variance.expr.subs({**VALUES, **rest})) for layer in formulas.layers
    ]
    assert found == pytest.approx(scales(numbers), rel=1e-12)


POOLED = "Input(3, 16, 16) >> Conv2d({}, 3) >> relu >> Conv2d({}, 3) >> GlobalAvgPool() >> Dense(7)"


def test_symbolic_channels_leave_the_correlation_of_positions() -> None:
    formulas = solve_network(network(POOLED.format("m", "k")))
    numbers = solve_network(network(POOLED.format(64, 64)))
    found = formulas.layers[-1].gain.value
    assert found == pytest.approx(numbers.layers[-1].gain.value, rel=1e-9)
    assert found**2 == pytest.approx(3.0956, abs=1e-4)
    assert not formulas.approximations


def test_pools_one_behind_the_other() -> None:
    text = (
        "Input(3, 16, 16) >> Conv2d({0}, 3) >> relu >> MaxPool2d(2) >> Conv2d({0}, 3) >> relu"
        " >> AvgPool2d(2) >> Conv2d({0}, 1) >> tanh >> GlobalAvgPool() >> Dense(7)"
    )
    gains = [
        [layer.gain.value for layer in solve_network(network(text.format(width))).layers]
        for width in ("m", 72)
    ]
    assert gains[0] == pytest.approx(gains[1], rel=1e-9)


def test_correlations_that_depend_on_the_channels_say_how_far_off_the_answer_is() -> None:
    """The harmonic mean keeps no variance: what enters the pool depends on m/k."""
    net = network(POOLED.format("m", "k"))
    (said,) = solve_network(net, condition="harmonic").approximations
    assert "between 1 and 144" in said
    assert "With numbers it is followed" in said


def test_an_open_factor_in_front_of_a_pool() -> None:
    block = "6 * Residual(LayerNorm() >> Conv2d({0}, 3, padding=1), scale=s)"
    text = f"Input(3, 9, 9) >> Conv2d({{0}}, 3) >> {block} >> relu >> GlobalAvgPool() >> Dense(7)"
    both = [solve_network(network(text.format(width)), unknown="s") for width in ("m", 64)]
    gains = [found.layers[-1].gain.value for found in both]
    assert gains[0] == pytest.approx(gains[1], rel=1e-9)
    assert not both[0].approximations
