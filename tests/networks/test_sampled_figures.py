"""Rules against figures of sampled networks from another simulator, written for that alone."""

from __future__ import annotations

import pytest
from sympy import Rational

from varprop.answer.architecture import solve_network
from varprop.answer.architecture_signal import propagate_network
from varprop.networks.network import network

POOLED = "Input(128, tokens=6) >> {} >> GlobalAvgPool() >> {} >> Dense(64)"
MEAN = "GlobalAvgPool()"
CAUSAL = "Input(128, tokens=6) >> {}SelfAttention(4, causal=True) >> LastToken() >> Dense(64)"
PADDED = "Input(256, 8{}) >> Conv{}d(256, 3, padding=1) >> relu >> LayerNorm()"
FIGURES = [
    ("Input(256) >> Dense(512) >> CReLU() >> tanh >> Dense(64)", "Dense(512)", "gradient", 0.1489, 0.02),
    ("Input(256) >> Dense(512) >> CReLU() >> x^2 >> Dense(64)", "Dense(512)", "gradient", 0.1661, 0.02),
    ("Input(256) >> Dense(512) >> CReLU() >> gelu >> Dense(64)", "Dense(512)", "gradient", 0.1297, 0.02),
    ("Input(256) >> Dense(512) >> CReLU() >> sigmoid >> Dense(64)", "Dense(512)", "gradient", 0.00788, 0.02),
    (POOLED.format("Residual(SelfAttention(4))", "tanh"), "tanh", "correlation", 0.0, 0.02),
    (POOLED.format("SelfAttention(4)", "relu"), "relu", "correlation", 0.314, 0.02),
    (PADDED.format(", 8", 2) + " >> Flatten() >> Dense(64)", "LayerNorm()", "correlation", 0.0, 0.01),
    (PADDED.format("", 1) + " >> GlobalAvgPool() >> Dense(64)", MEAN, "second_moment", 0.1236, 0.02),
    (
        PADDED.format(", 8", 2) + " >> Conv2d(128, 3, padding=1) >> GlobalAvgPool() >> Dense(64)",
        MEAN, "second_moment", 0.01324, 0.03,
    ),
    (CAUSAL.format(""), "attention value", "gradient_correlation", 0.579, 0.02),
    (CAUSAL.format("Dense(128) >> relu >> "), "attention value", "gradient_correlation", 0.656, 0.02),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "field", "sampled", "within"), FIGURES)
def test_a_row_agrees_with_the_figure(
    text: str, name: str, field: str, sampled: float, within: float
) -> None:
    level = next(one for one in propagate_network(network(text)).levels if one.name == name)
    assert getattr(level, field) == pytest.approx(
        sampled, rel=within, abs=within if not sampled else 0
    )


@pytest.mark.parametrize("bias", ["0", "1/10", "2/5"])
@pytest.mark.parametrize("cell", ["RNN", "LSTM"])
def test_recurrent_weights_leave_room_for_the_bias(cell: str, bias: str) -> None:
    """Half of what the bias leaves of a gate's variance q = 1 comes from the input, half from the state."""
    net = network(f"Input(128, tokens=6) >> {cell}(256)")
    into, back = solve_network(net, bias_variance=Rational(bias)).layers
    left = 1 - float(Rational(bias))
    assert 128 * into.weight_variance.value == pytest.approx(left / 2)
    state = float(back.fed_by.split("= ")[-1])
    assert 256 * back.weight_variance.value * state == pytest.approx(left / 2, rel=1e-3)


@pytest.mark.parametrize(("body", "told"), [("RNN(256) >> LastToken()", 1), ("Dense(256)", 0)])
def test_a_default_of_some_layers_says_so_for_others(body: str, told: int) -> None:
    net = network(f"Input(128, tokens=6) >> {body} >> Dense(10)")
    notes = propagate_network(net, "torch_default").notes
    assert sum("torch itself draws RNN" in note for note in notes) == told
