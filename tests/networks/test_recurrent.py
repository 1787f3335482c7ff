"""Recurrent layers: linear ones in closed form, counts, the sampler's gradient, what solve makes of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy

from tests.networks.drawn import folded, gradient_gap
from varprop.answer.architecture import solve_network
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.arithmetic import Numeric
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.network import fold, network
from varprop.networks.recording import Given
from varprop.networks.recurrent_gates import Gate
from varprop.networks.recurrent_points import Field, points
from varprop.notation import h

CELLS = ("RNN", "LSTM", "GRU")
GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_a_linear_rnn_sums_a_geometric_series(scale: float) -> None:
    signal, gradient, _ = folded("Input(8, tokens=7) >> RNN(16, act=linear)", scale)
    steps = [scale * sum(scale**k for k in range(t)) for t in range(1, 8)]
    assert signal.second == pytest.approx(sum(steps) / 7)
    assert gradient == pytest.approx(16 / 8 * sum(steps) / 7)


def test_a_linear_rnn_keeps_what_steps_and_inputs_share() -> None:
    signal, _, _ = folded("Input(8, tokens=3) >> RNN(16, act=linear)", 1.0, 0.25)
    assert signal.cross == pytest.approx((0.25 + 0.5 + 0.75) / 3)
    assert signal.between == pytest.approx((0.25 + 0.25 + 0.5) / 3)


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_is_a_gated_dense_layer(cell: str) -> None:
    one, _, _ = folded(f"Input(8, tokens=1) >> {cell}(16)", 2.0)
    dense = "Input(8, tokens=1) >> Dense(16)"
    gate, tanh = (folded(f"{dense} >> {phi}", 2.0)[0].second for phi in ("sigmoid", "tanh"))
    if cell == "RNN":
        assert one.second == pytest.approx(tanh)
    elif cell == "GRU":
        assert one.second == pytest.approx(gate * tanh, rel=5e-3)
    else:
        assert 0.7 * gate * gate * tanh < one.second < gate * gate * tanh


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_count_both_bias_vectors_as_pytorch_does(cell: str) -> None:
    count = GATES[cell]
    assert network(f"Input(10, tokens=3) >> {cell}(20)").parameters() == count * 20 * (10 + 20 + 2)
    one = network(f"Input(10, tokens=3) >> {cell}(20, biases=1, packed=False)")
    assert one.parameters() == count * 20 * (10 + 20 + 1)
    assert len(one.weights()) == 2 * count
    assert {w.fan_out for w in one.weights()} == {20}


@pytest.mark.parametrize("cell", CELLS)
def test_packing_changes_fans_and_nothing_else(cell: str) -> None:
    found = [
        folded(f"Input(10, tokens=5) >> {cell}(20{p})", 1.3, 0.1) for p in ("", ", packed=False")
    ]
    assert found[0][0].second == pytest.approx(found[1][0].second)
    assert found[0][1] == pytest.approx(found[1][1])


@pytest.mark.parametrize("cell", ["RNN(7)", "RNN(7, act=gelu)", "LSTM(7, forget_bias=1)", "GRU(7)"])
def test_the_samplers_gradient_through_time_is_exact(cell: str) -> None:
    assert gradient_gap(f"Input(5, tokens=6) >> {cell}") < 1e-6


def test_a_forget_bias_keeps_more_of_the_state_and_of_the_gradient() -> None:
    found = [folded(f"Input(8, tokens=20) >> LSTM(16, forget_bias={b})")[:2] for b in (-1, 0, 1, 2)]
    for (a, down), (b, up) in pairwise(found):
        assert b.second > a.second
        assert up > down


@pytest.mark.parametrize("cell", CELLS)
def test_solve_gives_input_and_state_half_of_a_gates_variance(cell: str) -> None:
    answer = solve_network(network(f"Input(64, tokens=60) >> {cell}(128)"))
    assert [layer.role for layer in answer.layers] == ["input", "recurrent"]
    assert answer.layers[0].weight_variance.value == pytest.approx(1 / 128)
    back = answer.layers[1].weight_variance.value
    assert back is not None
    scales = [(1 / 128, 0.0), (float(back), 0.0)]
    given = Given(Numeric(), scales)
    fold(network(f"Input(64, tokens=60) >> {cell}(128)"), given)
    (gates,) = (row for row in given.rows if row.name == "gates")
    assert gates.second == pytest.approx(0.88 if cell == "GRU" else 1, rel=0.05)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Input(64) >> LSTM(8)", r"takes tokens.*64 arrives.*Input\(128, tokens=32\)"),
        ("Input(8, tokens=3) >> GRU(0)", "width of GRU"),
        ("Input(8, tokens=3) >> GRU(4, biases=3)", "0, 1 or 2, not 3"),
    ],
)
def test_bad_input_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        network(text)


@pytest.mark.parametrize("kind", ["LSTM(%s)", "GRU(%s)", "RNN(%s)"])
def test_symbolic_widths_give_the_numbers_of_any_width(kind: str) -> None:
    open_ = solve_network(network(f"Input(n, tokens=4) >> {kind % 'm'} >> Dense(k)"))
    given = solve_network(network(f"Input(48, tokens=4) >> {kind % '96'} >> Dense(10)"))
    fan_in, fan_out = sympy.symbols("fan_in fan_out", positive=True)
    for one, other in zip(open_.layers, given.layers, strict=True):
        sizes = {str(s): v for s, v in (("fan_in", fan_in), ("fan_out", fan_out))}
        each = [
            t.formula.subs({s: sizes[str(s)] for s in t.formula.free_symbols}) for t in (one, other)
        ]
        assert float((each[0] / each[1]).evalf()) == pytest.approx(1, rel=1e-9)


def test_a_recurrent_relu_keeps_half_of_its_variance_at_one_over_fan_in() -> None:
    # E[h²] = q/2, and U h_{t−1} gives q/2: Var(u) = 1/fan_in
    layers = solve_network(network("Input(n, tokens=4) >> RNN(m, act=relu)")).layers
    (fan_in,) = layers[1].formula.free_symbols
    assert float((layers[1].formula * fan_in).evalf()) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    ("spec", "condition", "says"),
    [
        ("Input(n, tokens=T) >> LSTM(8)", "forward", "Write their number"),
        ("Input(n, tokens=4) >> Dropout(p) >> LSTM(8)", "forward", r"E\[x²\] is"),
        ("Input(n, tokens=4) >> Dense(8) >> LSTM(m)", "backward", "fan_in·Var"),
    ],
)
def test_other_symbols_are_refused_with_the_way_out(spec: str, condition: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        solve_network(network(spec), condition=condition)


def sampled_over_followed(text: str, draws: int) -> tuple[float, float]:
    """Return E[x²] at the end and E[δ²] at the data at the solved scales, drawn over predicted."""
    net = network(text)
    found = [layer.weight_variance.value for layer in solve_network(net).layers]
    variances = [float(v) for v in found if v is not None]
    assert len(variances) == len(net.weights())
    signal, gradient = fold(net, Given(Numeric(), [(v, 0.0) for v in variances]))
    scales, rng = tuple(Drawn(v, 0.0) for v in variances), np.random.default_rng(7)
    seconds, gradients = [], []
    for _ in range(draws):
        layer = net.layer.sample(net.shape, Drawing(rng, scales, LAWS["normal"]))
        out = layer.forward(rng.standard_normal((16, *net.shape.concrete())))
        seconds.append((out**2).mean())
        gradients.append((layer.backward(rng.standard_normal(out.shape)) ** 2).mean())
    return float(np.mean(seconds) / signal.second), float(np.mean(gradients) / float(gradient))


@pytest.mark.parametrize(
    "text",
    [
        "Input(32, tokens=24) >> LSTM(128) >> LastToken()",
        "Input(32, tokens=16) >> GRU(128) >> LastToken()",
        "Input(32, tokens=12) >> LSTM(96) >> LSTM(96) >> GlobalAvgPool()",
        "Input(32, tokens=12) >> GRU(96) >> LSTM(96) >> GlobalAvgPool()",
    ],
)
def test_many_steps_and_stacks_at_solved_scales_agree_with_sampled_networks(text: str) -> None:
    # gates that count as independent from step to step give a third to a fifth of these gradients
    second, gradient = sampled_over_followed(text, 24)
    assert second == pytest.approx(1, abs=0.1)
    assert gradient == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(("u", "v", "rho"), [(1.0, 1.0, 0.6), (0.3, 2.5, -0.4), (4.0, 9.0, 0.97)])
def test_a_hermite_series_gives_the_product_at_two_steps(u: float, v: float, rho: float) -> None:
    gate = Gate(sympy.tanh(h) + h / 3, 2, Numeric())
    gate.settle(0, u)
    gate.settle(1, v)
    x, y = np.meshgrid(*(np.linspace(-8, 8, 1001),) * 2)
    mass = np.exp(-(x * x + y * y) / 2) / (2 * np.pi) * 0.016**2
    a, b = u**0.5 * x, v**0.5 * (rho * x + (1 - rho * rho) ** 0.5 * y)
    exact = float(((np.tanh(a) + a / 3) * (np.tanh(b) + b / 3) * mass).sum())
    found = gate.pairs(1, np.array([rho * (u * v) ** 0.5, v]))
    assert found[0] == pytest.approx(exact, rel=1e-5)


def test_points_are_uncorrelated_and_a_process_has_its_covariances() -> None:
    made = points(4, (2,), 6, 1)[0].reshape(24, -1)
    assert made @ made.T / made.shape[1] == pytest.approx(np.eye(24), abs=1e-9)
    times = np.arange(6)
    wanted = 0.7 ** np.abs(times[:, None] - times)
    process = Field(points(4, (2,), 6, 1)[0, 1])
    rows = np.array([process.at(t, wanted[t, : t + 1]) for t in range(6)])
    assert rows @ rows.T / rows.shape[1] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_inputs_that_share_nothing_leave_states_that_share_nothing(cell: str) -> None:
    signal, _, _ = folded(f"Input(8, tokens=5) >> {cell}(16)", 2.0)
    shared, _, _ = folded(f"Input(8, tokens=5) >> {cell}(16)", 2.0, 0.3)
    assert signal.cross == pytest.approx(0, abs=1e-12)
    assert shared.cross is not None
    assert shared.cross > 0.05 * shared.second


@pytest.mark.parametrize("layer", ["Dropout(1/1000000000)", "Dropout(0)"])
def test_a_dropout_in_between_keeps_what_steps_share(layer: str) -> None:
    texts = ["LSTM(16) >> LSTM(16)", f"LSTM(16) >> {layer} >> LSTM(16)"]
    direct, behind = (folded(f"Input(8, tokens=12) >> {t}", 3.0, 0.1)[0] for t in texts)
    assert behind.second == pytest.approx(direct.second, rel=1e-7)
    assert behind.cross == pytest.approx(direct.cross, rel=1e-7)


def test_the_answer_says_at_which_state_the_recurrent_weights_are_sized() -> None:
    found = solve_network(network("Input(64, tokens=8) >> GRU(32)"))
    (said,) = (line for line in found.assumptions if line.startswith("GRU"))
    assert "half of a gate's variance 1 comes from the input" in said
    assert "settled state, E[h²] = 0.14" in found.layers[1].fed_by
