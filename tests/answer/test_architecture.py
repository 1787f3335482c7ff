"""``solve --arch``: answers worked out by hand, open factors, and what is refused."""

from __future__ import annotations

import json

import pytest
from sympy import Rational, Symbol, pi, simplify, sqrt

from varprop.answer.architecture import solve_network
from varprop.answer.architecture_experiment import verified_network
from varprop.answer.architecture_signal import propagate_network
from varprop.catalogue.activations import activation
from varprop.errors import BadInput, Divergent
from varprop.moments import Moments
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS
from varprop.render.architecture_json import to_json
from varprop.verdict import Verdict

n, m, k, p, L = (Symbol(name, positive=True) for name in "nmkpL")


def variances(text: str, **options) -> list:
    found = solve_network(network(text), **options)
    return [layer.weight_variance.expr for layer in found.layers for _ in range(int(layer.copies))]


BY_HAND = {
    "Input(784) >> Dense(512) >> relu >> Dense(256) >> relu >> Dense(10)": (
        Rational(1, 784), Rational(2, 512), Rational(2, 256),
    ),
    "Input(n) >> Dense(m) >> leaky_relu(1/5) >> Dense(k)": (1 / n, 2 / (m * (1 + Rational(1, 25)))),
    "Input(n) >> Dense(m) >> relu >> Dropout(p) >> Dense(k)": (1 / n, 2 * (1 - p) / m),
    "Input(n) >> Dense(m) >> Dropout(p) >> relu >> Dense(k)": (1 / n, 2 * (1 - p) / m),
    "Input(n) >> Dense(m) >> CReLU() >> Dense(k)": (1 / n, 1 / m),
    "Input(n) >> Dense(m) >> CReLU() >> Mirrored(Dense(k))": (1 / n, 1 / m),
    "Input(n) >> Dense(m) >> LayerNorm() >> Dense(k)": (1 / n, 1 / m),
    "Input(n) >> Dense(m) >> Scale(1/2) >> Dense(k)": (1 / n, 4 / m),
    "Input(64, 28, 28) >> Conv2d(32, 3) >> relu >> Conv2d(16, 5, stride=2)": (
        Rational(1, 576), Rational(2, 800),
    ),
    "Input(64, 9, 9) >> Conv2d(64, 3, groups=16) >> relu >> Conv2d(8, 1)": (
        Rational(1, 36), Rational(2, 64),
    ),
    "Input(64, 9, 9) >> DepthwiseConv2d(3) >> Conv2d(8, 1)": (Rational(1, 9), Rational(1, 64)),
    "Input(48, 9, 9) >> ConvTranspose2d(16, 4, stride=2, padding=1)": (Rational(4, 16 * 48),),
    "Input(n) >> Dense(m) >> Residual(relu >> Dense(m)) >> relu >> Dense(k)": (1 / n, 2 / m, 2 / m),
    "Input(n) >> Dense(m) >> Concat(Identity(), relu >> Dense(m)) >> relu >> Dense(k)": (
        1 / n, 2 / m, 2 / (2 * m),
    ),
    "Input(n) >> Dense(m) >> swiglu >> Dense(k)": None,
}  # fmt: skip


@pytest.mark.parametrize("text", [t for t, v in BY_HAND.items() if v is not None])
def test_forward_by_hand(text: str) -> None:
    for found, wanted in zip(variances(text), BY_HAND[text], strict=True):
        assert simplify(found - wanted) == 0


def test_backward_and_compromises() -> None:
    text = "Input(64) >> Dense(300) >> relu >> Dense(100) >> Dropout(1/4) >> relu >> Dense(50)"
    assert variances(text, condition="backward")[1:] == [Rational(2, 100), Rational(6, 200)]
    assert variances(text, condition="harmonic")[1] == Rational(4, 400)
    assert variances(text, condition="geometric")[1] == 2 / sqrt(300 * 100)
    conv = (
        "Input(8, 16, 16) >> Conv2d(32, 3, padding=1) >> relu >> Conv2d(64, 3, stride=2, padding=1)"
    )
    assert variances(conv, condition="backward")[1] == 2 / (64 * Rational(9, 4))


def test_an_activation_without_closed_form_stays_an_expectation() -> None:
    found = solve_network(network("Input(n) >> Dense(m) >> tanh >> Dense(k)"))
    value = found.layers[-1].weight_variance.expr.subs(m, 100).evalf(15)
    exact = 1 / (100 * Moments(activation("tanh").phi).number("second_moment", 1.0).value)
    assert abs(value - exact) < 1e-14
    number = solve_network(network("Input(64) >> Dense(100) >> tanh >> Dense(32)")).layers[-1]
    assert number.weight_variance.expr.has(
        type(Moments(activation("tanh").phi).expectation("mean"))
    )
    assert number.weight_variance.value == pytest.approx(float(exact), rel=1e-12)


FACTORS = {
    "Input(n) >> L * Residual(LayerNorm() >> Dense(4*n) >> gelu >> Dense(n), scale=s)": 1 / sqrt(L),
    "Input(n) >> 24 * Residual(LayerNorm() >> Dense(4*n) >> relu >> Dense(n), scale=s)": 1 / sqrt(24),
    "Input(n) >> L * (Residual(LayerNorm() >> Dense(n), scale=s)"
    " >> Residual(LayerNorm() >> Dense(n), scale=s))": 1 / sqrt(2 * L),
    "Input(n) >> Dense(n) >> L * Residual(LayerNorm() >> Dense(n, scale=s) >> relu >> Dense(n, scale=s))":
    L ** Rational(-1, 4),
    "Input(n) >> Dense(n) >> L * Residual(LayerNorm() >> Dense(n, scale=s) >> relu >> Dense(n, scale=s)"
    " >> relu >> Dense(n, scale=s))": L ** Rational(-1, 6),
    "Input(n) >> Dense(n) >> L * Residual(relu >> Dense(n), scale=s)": sqrt(2 ** (1 / L) - 1),
    "Input(n) >> L * Residual(Dense(n, scale=s) >> relu >> Dense(n, scale=s) >> relu >> Dense(n, scale=s)"
    " >> relu >> Dense(n))": (2 ** (1 / L) - 1) ** Rational(1, 6),
    "Input(n) >> L * Residual(Residual(Dense(n), scale=s) >> Dense(n), scale=s)":
    sqrt((sqrt(4 * 2 ** (1 / L) - 3) - 1) / 2),
    "Input(n) >> L * Residual(Dense(n), scale=s) >> 2*L * Residual(Dense(n), scale=s)":
    sqrt(2 ** (1 / (3 * L)) - 1),
    "Input(n) >> L * Residual(LayerNorm() >> Dense(n) >> relu, scale=s)":
    sqrt(2 * pi / (pi * L + L * (L - 1))),
    "Input(n) >> Dense(n) >> L * Residual(BatchNorm() >> relu >> Dense(n), scale=s)": 1 / sqrt(L),
    "Input(n) >> L * Residual(Dense(n, scale=s) >> relu >> Dense(n, scale=s) >> relu >> Dense(n)"
    " >> Scale(0))":
    L ** Rational(-1, 4),
    "Input(n) >> L * Residual(Dense(n, scale=s) >> relu >> Dense(n, scale=0))": L ** Rational(-1, 2),
    "Input(n) >> 8 * Residual(LayerNorm() >> Dense(n) >> Dropout(1/3), scale=s)": 1 / sqrt(12),
    "Input(n) >> L * Residual(LayerNorm() >> Dense(n, scale=s) >> relu >> Dense(n) >> LayerScale(0))":
    L ** Rational(-1, 2),
}  # fmt: skip


@pytest.mark.parametrize("text", FACTORS)
def test_open_factors(text: str) -> None:
    found = solve_network(network(text), unknown="s")
    assert found.unknown is not None
    value, wanted = found.unknown.value.expr, FACTORS[text]
    for depth in (2, 7, 100):
        assert abs(float(value.subs(L, depth)) - float(wanted.subs(L, depth))) < 1e-12


@pytest.mark.parametrize("depth", [1, 6, 18, 100])
def test_deepnorm(depth: int) -> None:
    """An encoder of N blocks: α = (2N)^(1/4), β = (8N)^(-1/4) (Wang et al. 2022, table 1)."""
    attention = "SelfAttention(4, scale=1/(sqrt(2)*a), bias=False)"
    feed = "Dense(4*n, scale=1/(sqrt(2)*a)) >> relu >> Dense(n, scale=1/(sqrt(2)*a))"
    text = f"Input(n) >> N_1 * (Residual({feed}, skip=a) >> LayerNorm())"
    found = solve_network(network(text), unknown="a")
    assert found.unknown is not None
    two = Symbol("N_1", positive=True)
    alpha = found.unknown.value.expr.subs(two, 2 * depth)
    assert float(alpha) == pytest.approx((2 * depth) ** 0.25)
    assert float(1 / (sqrt(2) * alpha)) == pytest.approx((8 * depth) ** -0.25)
    assert "Wang" in str(found.derivation.sources)
    both = f"Input(64, tokens=4) >> {depth} * (Residual({attention}, skip=a) >> LayerNorm())"
    value = solve_network(network(both), unknown="a").unknown
    assert value is not None
    assert value.value.value > 0


def test_the_stream_doubles_at_the_solved_factor() -> None:
    block = (
        "Residual(LayerNorm() >> Dense(64), scale=s) >> Residual(RMSNorm() >> Dense(64), scale=s)"
    )
    text = f"Input(64) >> 12 * ({block})"
    found = solve_network(network(text), unknown="s")
    assert found.passage is not None
    assert found.passage.stream == pytest.approx((1.0, 2.0), rel=1e-12)


def test_he_scale_is_the_pole_of_the_naive_closed_form() -> None:
    """Without the factor a block of He's scale keeps S·2 a copy: 2^L, and never a division by 0."""
    found = solve_network(network("Input(n) >> Dense(n) >> L * (Dense(n) >> relu)"))
    assert found.layers[-1].weight_variance.expr == 2 / n
    assert str(found.layers[-1].copies) in {"L", "L - 1"}


def test_batch_normalisation_divides_scales_out_and_its_gradient_explodes() -> None:
    text = "Input(256) >> 30 * (Dense(256) >> BatchNorm() >> relu) >> Dense(10)"
    found = solve_network(network(text))
    assert any("divides the scale out" in note for note in found.notes)
    rows = propagate_network(network(text)).levels
    norms = [row.gradient for row in rows if "BatchNorm" in row.name]
    assert norms[3] / norms[4] == pytest.approx(float(pi / (pi - 1)), rel=1e-9)


def test_the_seed_networks() -> None:
    rows = propagate_network(network(NETWORKS["mlp_relu5"].spec)).levels
    assert [row.q for row in rows[1:]] == pytest.approx([1.0] * 5)
    small = propagate_network(network(NETWORKS["mlp_relu5"].spec), init="normal(std=0.01)").levels
    assert small[5].q == pytest.approx((512 * 1e-4) ** 5 / 2**4, rel=1e-9)
    lecun = propagate_network(network(NETWORKS["tanh100"].spec), init="lecun").levels
    assert [lecun[k].second_moment for k in (1, 5)] == pytest.approx([0.394, 0.103], abs=5e-4)
    assert lecun[100].second_moment == pytest.approx(0.00507, abs=5e-6)


def test_residual_depth_grows_as_it_must() -> None:
    text = "Input(64) >> Dense(64) >> 10 * Residual(relu >> Dense(64))"
    levels = propagate_network(network(text), init="he").levels
    assert levels[-1].second_moment == pytest.approx(2.0 * 2**10, rel=1e-9)
    text = "Input(64) >> 10 * Residual(LayerNorm() >> Dense(64))"
    assert propagate_network(network(text)).levels[-1].second_moment == pytest.approx(11.0)


def test_repeated_copies_are_the_same_as_written_out() -> None:
    block = "(Dense(48) >> tanh >> Dropout(0.1))"
    once = propagate_network(
        network(f"Input(48) >> 6 * {block} >> Dense(7)"), init="glorot(gain=1.3)"
    )
    written = " >> ".join([block] * 6)
    apart = propagate_network(
        network(f"Input(48) >> {written} >> Dense(7)"), init="glorot(gain=1.3)"
    )
    for a, b in zip(once.levels, apart.levels, strict=True):
        assert a.second_moment == pytest.approx(b.second_moment, rel=1e-14)
        assert a.gradient == pytest.approx(b.gradient, rel=1e-12)


def test_verified_by_sampled_networks() -> None:
    text = "Input(96) >> 2 * Residual(LayerNorm() >> Dense(128) >> gelu >> Dense(96), scale=s)"
    found = verified_network(solve_network(network(text), unknown="s"), seed=3)
    assert found.checks is not None
    assert {check.verdict for check in found.checks} == {Verdict.AGREES}


def test_json_has_one_entry_for_each_tensor() -> None:
    found = json.loads(
        json.dumps(
            to_json(solve_network(network("Input(8) >> 3 * (Dense(8) >> relu)"))), allow_nan=False
        )
    )
    assert [layer["fan_in"] for layer in found["layers"]] == [8, 8, 8]
    assert found["layers"][1]["weight_variance"]["value"] == 0.25
    assert found["layers"][2]["distributions"]["uniform"]["bound"] == pytest.approx(
        (3 * 0.25) ** 0.5
    )


REFUSED = {
    ("Input(8) >> Dense(8)", "s"): "no such symbol",
    ("Input(n) >> Dense(n)", "m"): "no such symbol",
    ("Input(n) >> Dense(n, scale=s)", "s"): "has none",
    ("Input(8) >> relu", None): "no weights",
    (
        "Input(3, 8, 8) >> Conv2d(8, 3) >> gelu >> MaxPool2d(2) >> Conv2d(8, 1)",
        None,
    ): r"max pooling of gelu\(h\)",
    ("Input(8) >> Dense(8) >> Residual(relu) >> Dense(8)", None): "no weights in its branch",
    ("Input(n) >> Dense(n) >> L * Residual(tanh >> Dense(n))", None): "no closed form",
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c[0])
def test_refusals(case: tuple[str, str | None]) -> None:
    with pytest.raises(BadInput, match=REFUSED[case]):
        solve_network(network(case[0]), unknown=case[1])


def test_a_pole_names_its_activation() -> None:
    with pytest.raises(Divergent, match=r"1/x, applied to h: .* pole"):
        solve_network(network("Input(8) >> Dense(9) >> relu >> Dense(8) >> 1/x >> Dense(8)"))
