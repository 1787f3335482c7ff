"""Answers at the ends of double range and of what can be written: exact decimals, depth, long formulas."""

from __future__ import annotations

import pytest
from sympy import Rational, tanh, zoo

from varprop.answer.architecture import solve_network
from varprop.answer.architecture_signal import propagate_network
from varprop.answer.question import as_float, rational
from varprop.errors import BadInput
from varprop.moments.expectation import GaussianExpectation
from varprop.networks.network import network
from varprop.notation import h


@pytest.mark.parametrize("text", ["1e-7", "1e-4", "3e-9", "0.37", "1/3", "250", "1e6"])
@pytest.mark.parametrize("act", ["relu", "x^3", "tanh"])
def test_formula_and_number_say_the_same_at_any_q(text: str, act: str) -> None:
    q = Rational(text)
    net = network(f"Input(64) >> Dense(64) >> {act} >> Dense(3)")
    for condition in ("forward", "critical"):
        first, last = solve_network(net, condition=condition, q=q).layers
        assert first.weight_variance.expr == q / 64
        for found in (last.weight_variance, last.critical_bias and last.critical_bias.variance):
            if found is not None:
                assert not found.expr.has(zoo)
                assert float(found.expr.evalf(20)) == pytest.approx(found.value, rel=1e-9)


def test_formula_and_number_say_the_same_at_any_depth() -> None:
    net = network("Input(512) >> 60 * (Dense(512) >> x^3) >> Dense(3)")
    for layer in solve_network(net, condition="critical").layers[1:]:
        assert layer.critical_bias is not None
        for found in (layer.weight_variance, layer.critical_bias.variance):
            assert float(found.expr) == pytest.approx(found.value, rel=1e-9)


@pytest.mark.parametrize(
    "value", [0.0, 1e-300, 1e-7, 1.5e-20, 2 / 3, 64 / 63, 0.394294320862, 1e15 / 7]
)
def test_a_float_is_the_fraction_it_equals_and_never_another(value: float) -> None:
    found = rational(value, 1e-13 * value)
    assert float(found) == pytest.approx(value, rel=1e-13, abs=0)
    assert (found == 0) == (value == 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Input(512) >> 5000 * Dense(512, scale=1/2)", "Take scales nearer to 1"),
        ("Input(64) >> 5000 * (Dense(512, scale=2) >> relu)", "Take scales nearer to 1"),
    ],
)
def test_scales_that_leave_double_range_are_named(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        solve_network(network(text))


def test_copies_without_end_that_never_settle_are_refused() -> None:
    net = network("Input(512) >> 10**30 * (Dense(512) >> relu)")
    with pytest.raises(
        BadInput, match=r"1e\+30 are too many\. Take at most 1,000,000, or a symbol"
    ):
        solve_network(net, condition="backward", bias_variance=Rational(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        "Input(n) >> L * Residual(Dense(n)) >> Dense(3)",
        "Input(n) >> Dense(n, scale=g) >> relu >> Dense(3)",
    ],
)
def test_a_critical_bias_beside_symbols_is_told(text: str) -> None:
    found = solve_network(network(text), condition="critical")
    assert any("is kept with bias variance σ_b² = 0" in note for note in found.notes)
    assert "_size" not in str(found.notes)


def test_a_formula_that_grows_with_every_layer_is_refused_and_numbers_are_not() -> None:
    text = "Input(8) >> {}4 * (Dense(8) >> elu({})) >> Dense(k)"
    with pytest.raises(BadInput, match=r"terms, as each layer's q .* Give a number for a or k"):
        solve_network(network(text.format("Dense(8, scale=1/3) >> ", "a")), condition="backward")
    net = network(text.format("", "1/2").replace("(k)", "(8)"))
    assert solve_network(net, condition="backward").layers[-1].weight_variance.value is not None


def test_nested_expectations_have_a_number() -> None:
    inner = GaussianExpectation(tanh(h) ** 2, h, 1)
    outer = GaussianExpectation(tanh(h) ** 2, h, inner)
    assert as_float(inner) == pytest.approx(0.394294, abs=1e-6)
    assert as_float(outer) == pytest.approx(float(outer.evalf(15)), rel=1e-10)


def test_what_leaves_double_range_is_a_word_or_a_gap_never_nan() -> None:
    deep = propagate_network(network("Input(512) >> 8 * (Dense(512) >> x^3) >> Dense(3)"), "he")
    for level in deep.levels:
        for value in (level.correlation, level.data_variance, level.gradient_correlation):
            assert value is None or abs(value) < float("inf")
    big = "normal(std=3)"
    for body in (
        "200 * (Dense(512) >> relu) >> LayerNorm()",
        "Dense(16) >> exp >> Multiply(Dense(16), Dense(16) >> gelu) >> BatchNorm()",
    ):
        with pytest.raises(BadInput, match="beyond double range"):
            propagate_network(network(f"Input(512) >> {body} >> Dense(3)"), big)


@pytest.mark.parametrize("count", ["8", "L"])
def test_a_chain_without_a_skip_path_has_nothing_to_fix_a_factor_by(count: str) -> None:
    net = network(f"Input(256) >> {count} * (Dense(256, scale=a) >> relu)")
    with pytest.raises(BadInput, match="the network has none: use Residual"):
        solve_network(net, unknown="a")


def test_decimals_beside_radicals_become_fractions() -> None:
    """The root of 2.0·2^(1/4) never ends in SymPy."""
    net = network("Input(64) >> 8 * (Dense(64, scale=2**(1/8)) >> relu)")
    first, other = solve_network(net).layers
    assert other.weight_variance.expr.equals(2 * 2 ** Rational(1, 4) / 64)
    assert float(other.gain.expr) == pytest.approx(2 ** (5 / 8))
    assert first.gain.value == pytest.approx(2 ** (1 / 8))


@pytest.mark.parametrize(
    "body",
    [
        "12 * Residual(Scale(a) >> Dense(64) >> relu >> Scale(a) >> Dense(64))",
        "L * Residual(LayerNorm() >> Scale(a) >> Dense(64) >> relu >> Dense(64))",
    ],
)
def test_a_factor_that_the_weights_divide_out_is_refused(body: str) -> None:
    with pytest.raises(
        BadInput, match=r"divides a out again\. Write it as the layer's own scale=a"
    ):
        solve_network(network(f"Input(64) >> {body}"), unknown="a")


def test_biases_without_weights_are_no_weight_tensors() -> None:
    net = network("Input(300) >> 3 * (Dense(256, bias=False) >> Bias() >> relu) >> Dense(64)")
    found = solve_network(net, bias_variance=Rational(1, 5))
    assert [layer.name for layer in found.layers] == [
        "Dense(256, bias=False)", "Dense(256, bias=False)", "Dense(64)",
    ]  # fmt: skip
    assert [number for number, _ in found.in_order] == [0, 1, 1, 2]
    assert sum(int(bias.copies) for bias in found.biases) == 3
    with pytest.raises(BadInput, match="no weights to solve for"):
        solve_network(network("Input(300) >> Bias()"))
