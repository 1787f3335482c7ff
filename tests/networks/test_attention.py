"""Attention: the softmax's sums against direct integrals, rows, counts, the sampler's gradient."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from tests.networks.drawn import folded, gradient_gap
from varprop.errors import BadInput
from varprop.networks.arithmetic import Symbolic
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.recording import Given
from varprop.networks.signal import Gradient
from varprop.networks.softmax import WIDEST, averaging, later, sums


def _two(spread: float) -> tuple[float, float]:
    """Return both sums for two tokens: their shares are logistic in one Gaussian difference."""
    std = math.sqrt(2 * spread)

    def at(z: float) -> tuple[float, float]:
        a = 1 / (1 + math.exp(-z * std))
        b = 1 - a
        p = a * a + b * b
        return p, a * a * (1 - 2 * a + p) + b * b * (1 - 2 * b + p)

    def mean(which: int) -> float:
        density = math.sqrt(2 * math.pi)
        return float(
            quad(lambda z: at(z)[which] * math.exp(-z * z / 2) / density, -10, 10, epsabs=1e-12)[0]
        )

    return mean(0), mean(1)


@pytest.mark.parametrize("spread", [1e-4, 0.1, 1.0, 7.0, 60.0])
def test_two_tokens_agree_with_a_direct_integral(spread: float) -> None:
    squares, passed, *_ = sums(np.array([2.0]), spread)
    assert (squares[0], passed[0]) == pytest.approx(_two(spread), rel=1e-9)


@pytest.mark.parametrize("tokens", [1, 3, 50, 4000])
@pytest.mark.parametrize("spread", [0.0, 1e-6, 0.5, 4.0, 200.0])
def test_the_sums_keep_their_bounds(tokens: int, spread: float) -> None:
    squares, passed = (float(a[0]) for a in sums(np.array([float(tokens)]), spread)[:2])
    assert 1 / tokens - 1e-12 <= squares <= min(1, math.exp(spread) / tokens) + 1e-12
    assert -1e-12 <= passed <= squares - squares**2 + 1e-12


def test_small_and_many_logits_have_their_limits() -> None:
    tokens, s = 30, 1e-5
    squares, passed = (float(a[0]) for a in sums(np.array([30.0]), s)[:2])
    assert squares == pytest.approx((1 + s * (1 - 1 / tokens)) / tokens, rel=1e-9)
    assert passed == pytest.approx((1 - 1 / tokens) / tokens * (1 + s * (1 - 4 / tokens)), rel=1e-9)
    many = sums(np.array([1e7]), 1.0)[0][0] * 1e7
    assert many == pytest.approx(math.e, rel=1e-5)


def test_sampled_shares_agree() -> None:
    logits = np.random.default_rng(2).standard_normal((40_000, 6)) * 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    squares = (shares**2).sum(axis=1)
    passed = (shares**2 * (1 - 2 * shares + squares[:, None])).sum(axis=1)
    for found, each in zip(sums(np.array([6.0]), 2.25)[:2], (squares, passed), strict=True):
        assert abs(found[0] - each.mean()) < 4.5 * each.std() / 200


def test_a_causal_mask_averages_over_all_lengths() -> None:
    whole = averaging(120, 1.3, 64, True)
    each = [averaging(t, 1.3, 64, False) for t in range(1, 121)]
    assert whole.sharpness == pytest.approx(np.mean([a.sharpness for a in each]), rel=1e-6)
    assert whole.passed == pytest.approx(np.mean([a.passed for a in each]), rel=1e-6)
    pairs = [1 / max(s, t) for s in range(1, 9) for t in range(1, 9) if s != t]
    assert later(8) == pytest.approx(np.mean(pairs))


def test_huge_logits_go_on_where_the_integral_ends() -> None:
    inside, beyond = (averaging(5, WIDEST * f, 16, False) for f in (0.999, 1.001))
    assert inside.sharpness == pytest.approx(beyond.sharpness, rel=3e-4)
    assert averaging(5, 1e300, 16, False).sharpness == pytest.approx(1)


def test_heads_of_few_features_average_over_the_length_of_a_query() -> None:
    few, many = averaging(8, 1.0, 4, False), averaging(8, 1.0, 4096, False)
    assert many.sharpness == pytest.approx(float(sums(np.array([8.0]), 1.0)[0][0]), rel=1e-3)
    q = np.random.default_rng(1).chisquare(4, 4000) / 4
    direct = np.mean([float(sums(np.array([8.0]), float(x))[0][0]) for x in q[:400]])
    assert few.sharpness == pytest.approx(direct, rel=0.03)


TOKENS = "Input(64, tokens=16) >> LayerNorm() >> "


def test_logits_behind_a_norm_have_variance_one() -> None:
    *_, setting = folded(TOKENS + "SelfAttention(4)")
    (row,) = (r for r in setting.rows if r.name.endswith("logits"))
    assert row.second == pytest.approx(1)
    assert row.gradient is not None
    names = [r.name for r in setting.rows if r.preactivation]
    assert names == [f"attention {n}" for n in ("query", "key", "value", "projection")]


def test_packing_changes_fans_and_nothing_else() -> None:
    apart, one = (network(TOKENS + f"SelfAttention(4{p})") for p in ("", ", packed=True"))
    assert [(w.fan_in, w.fan_out) for w in one.weights()] == [(64, 192), (64, 64)]
    assert apart.parameters() == one.parameters() == 4 * 64 * 64 + 4 * 64 + 2 * 64
    xavier = [2 / (w.fan_in + w.fan_out) for w in (one.weights()[0], apart.weights()[0])]
    assert xavier[0] == xavier[1] / 2
    for a, b in zip(folded(str(apart))[:2], folded(str(one))[:2], strict=True):
        values = [x if isinstance(x, float) else x.second for x in (a, b)]
        assert values[0] == pytest.approx(values[1])


def test_equal_tokens_are_averaged_to_themselves() -> None:
    net = network("Input(32, tokens=9) >> SelfAttention(2, bias=False)")
    setting = folded(str(net))[2]
    first = network("Input(32, tokens=9)").input
    signal = InputLaw().signal(first.shape, setting.arithmetic)
    out, back = net.layer.layers[-1].forward(replace(signal, between=signal.second), setting)
    assert (out.second, out.between) == pytest.approx((1, 1))
    assert back(Gradient(1.0)).second == pytest.approx(averaging(9, 0.0, 16, False).sharpness)


def test_formulas_come_close_to_the_integral_for_many_tokens() -> None:
    wide = TOKENS.replace("16", "1024").replace("64", "1048576")
    net = network(wide + "SelfAttention(1)")
    exact = folded(str(net))
    setting = Given(Symbolic(), lambda w: (1 / w.fan_in, 0))
    signal, gradient = fold(net, setting)
    assert float(signal.second) == pytest.approx(exact[0].second, rel=0.01)
    assert float(gradient) == pytest.approx(exact[1], rel=0.025)
    assert any("formulas" in a for a in setting.approximations)


@pytest.mark.parametrize("options", ["2", "4, causal=True, packed=True", "4, kv_heads=2, dim=16",
                                     "2, out=False, bias=False"])  # fmt: skip
def test_the_samplers_gradient_is_exact(options: str) -> None:
    assert gradient_gap(f"Input(12, tokens=5) >> SelfAttention({options})") < 1e-6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Input(64) >> SelfAttention(4)",
            r"takes tokens, but 64 arrives.*Input\(512, tokens=128\)",
        ),
        ("Input(64, tokens=4) >> SelfAttention(5)", "64 features.*5 heads.*divide 64"),
        ("Input(64, tokens=4) >> SelfAttention(8, kv_heads=3)", "8 heads.*3 kv_heads.*divide 8"),
        ("Input(64, tokens=4) >> SelfAttention(0)", "heads of SelfAttention"),
    ],
)
def test_bad_input_names_both_sides(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        network(text)
