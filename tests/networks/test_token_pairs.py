"""Pairs beyond two tokens of one input: overlaps by chance, tokens of two inputs, two features."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.catalogue.laws import LAWS
from varprop.networks.arithmetic import Numeric, Symbolic
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.recording import Given
from varprop.networks.softmax import averaging
from varprop.networks.token_pairs import far_of, features_of, overlap_of


def tokens_and_shares(d: int, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Gaussian tokens (times, count, d) and their shares for a query along the first feature."""
    x = np.random.default_rng(3).standard_normal((6000, count, d))
    shares = np.exp(x[..., 0] * spread**0.5)
    return x, shares / shares.sum(axis=1, keepdims=True)


def near(found: float, values: np.ndarray) -> bool:
    return abs(found - values.mean()) < 4.5 * float(values.std()) / len(values) ** 0.5


@pytest.mark.parametrize(("d", "count", "spread"), [(8, 24, 1.0), (24, 24, 1.5), (5, 40, 0.4)])
def test_averaged_tokens_lean_along_the_query(d: int, count: int, spread: float) -> None:
    x, shares = tokens_and_shares(d, count, spread)
    found = averaging(count, spread, 1e9, False)
    size = (np.einsum("nt,ntd->nd", shares, x) ** 2).mean(axis=1)
    assert near(found.sharpness + (found.tilt + found.longer) / d, size)


def test_a_querys_gradient_leans_along_the_gradient() -> None:
    """The second feature is δ·v; d − 2 features average to the sum over independent ones."""
    x, shares = tokens_and_shares(16, 32, 1.0)
    gamma = x[..., 1]
    a = shares * (gamma - (shares * gamma).sum(axis=1, keepdims=True))
    along = np.einsum("nt,ntd->nd", a, x) ** 2
    found = averaging(32, 1.0, 1e9, False)
    assert near(found.passed, along[:, 2:].mean(axis=1))
    assert near(found.turned + 2 * found.passed, along[:, 1])


def test_tokens_of_one_length_have_logits_on_a_sphere() -> None:
    x, _ = tokens_and_shares(12, 24, 1.0)
    x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True))
    shares = np.exp(x[..., 0])
    shares /= shares.sum(axis=1, keepdims=True)
    found = averaging(24, 1.0, 1e9, False, 1 / 12)
    assert near(found.sharpness, (shares**2).sum(axis=1))
    size = (np.einsum("nt,ntd->nd", shares, x) ** 2).mean(axis=1)
    assert near(found.sharpness + found.tilt / 12, size)


def sampled(text: str, count: int) -> np.ndarray:
    """Return E[x²] and E[x x̃] of two independent inputs at the end of each network, Var(w) = 1/fan_in."""
    net, found = network(text), []
    scales = tuple(Drawn(1 / float(w.fan_in), 0.0) for w in net.weights())
    for seed in range(count):
        rng = np.random.default_rng(seed)
        layer = net.layer.sample(net.shape, Drawing(rng, scales, LAWS["normal"]))
        x = layer.forward(rng.standard_normal((2, *net.shape.concrete())))
        found.append([(x * x).mean(), (x[0] * x[1]).mean()])
    return np.array(found)


@pytest.mark.parametrize("tokens", [96, 16])
def test_attention_over_few_features_agrees_with_sampled_networks(tokens: int) -> None:
    text = f"Input(96, tokens={tokens}) >> LayerNorm() >> SelfAttention(2)"
    out, _, _ = folded(text)
    second = sampled(text, 60)[:, 0]
    assert second.mean() == pytest.approx(
        out.second, abs=4 * float(second.std()) / 60**0.5 + 0.01 * out.second
    )
    alone = averaging(tokens, 1.0, 48, False).sharpness
    assert out.second > (1.3 if tokens == 96 else 1.03) * alone


def test_a_second_block_sees_what_tokens_of_two_inputs_share() -> None:
    """Tokens of two inputs share their positions alone, a third of what tokens of one input share."""
    block = "Residual(LayerNorm() >> SelfAttention(2))"
    text = f"Input(128, tokens=8) >> Positional(0.5) >> {block}"
    first, _, _ = folded(text)
    far = far_of(first, Numeric())
    assert 0 < far < 0.4 * first.between
    second, _, _ = folded(f"{text} >> LayerNorm() >> SelfAttention(2)")
    cross = sampled(f"{text} >> LayerNorm() >> SelfAttention(2)", 80)[:, 1]
    assert cross.mean() == pytest.approx(second.cross, abs=4 * float(cross.std()) / 80**0.5)


def test_equal_ids_overlap() -> None:
    ids, _, _ = folded("Input(1, tokens=16) >> Embedding(256, 20)")
    assert overlap_of(ids, Numeric()) == pytest.approx(1 / 19)
    text = "Input(1, tokens=16) >> Embedding(256, 20) >> SelfAttention(4)"
    out, _, setting = folded(text)
    assert any("ids repeat" in sentence for sentence in setting.approximations)
    assert sampled(text, 60)[:, 0].mean() == pytest.approx(out.second, rel=0.1)


def test_linear_layers_add_the_overlap_of_their_width() -> None:
    signal, _, _ = folded("Input(64, tokens=4) >> Dense(32) >> Dense(256) >> LayerNorm()")
    assert overlap_of(signal, Numeric()) == pytest.approx(1 / 64 + 1 / 32)
    curved, _, _ = folded("Input(64, tokens=4) >> Dense(32) >> tanh")
    assert 0 < overlap_of(curved, Numeric()) < 1 / 64


MIXED = "Input(32, tokens=40) >> Transpose() >> Dense(50) >> gelu >> Dense(40) >> Transpose()"


def test_mixing_tokens_gives_the_features_of_a_token_a_common_part() -> None:
    """Its variance is fan_in·Var(w)·m² with m = 1/(2√π), the mean of gelu at q = 1."""
    out, gradient, _ = folded(MIXED)
    common = 1 / (4 * np.pi) * 1.0
    assert features_of(out, Numeric()) == pytest.approx((common, common))
    assert out.between == pytest.approx(0)
    _, normed, _ = folded(f"{MIXED} >> LayerNorm()")
    assert normed == pytest.approx(gradient / (out.second - common))
    signal, _, _ = folded(f"{MIXED} >> LayerNorm()")
    assert (signal.second, signal.cross) == pytest.approx((1, 0))


def test_a_sum_keeps_the_common_part_and_a_dense_layer_ends_it() -> None:
    branch = MIXED.split(" >> ", 1)[1]
    out, _, _ = folded(f"Input(32, tokens=40) >> Residual({branch})")
    assert features_of(out, Numeric())[0] == pytest.approx(1 / (4 * np.pi))
    assert out.second - features_of(out, Numeric())[0] > 1
    behind, _, _ = folded(f"Input(32, tokens=40) >> Residual({branch}) >> Dense(32)")
    assert features_of(behind, Numeric()) == (0, 0)


def test_transposing_twice_changes_nothing() -> None:
    text = "Input(32, tokens=8) >> Positional() >> SelfAttention(2)"
    once, _, _ = folded(text)
    twice, _, _ = folded(f"{text} >> Transpose() >> Transpose()")
    for name in ("second", "cross", "between"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name))
    assert far_of(twice, Numeric()) == pytest.approx(far_of(once, Numeric()))


def test_wide_features_and_formulas_do_not_lean() -> None:
    wide, _, _ = folded("Input(1000000, tokens=8) >> LayerNorm() >> SelfAttention(1)")
    assert wide.second == pytest.approx(averaging(8, 1.0, 1e9, False).sharpness, rel=1e-4)
    setting = Given(Symbolic(), lambda w: (1 / w.fan_in, 0))
    fold(network("Input(64, tokens=T) >> SelfAttention(2)"), setting, InputLaw(pairs=False))
    assert any("lean along the query" in sentence for sentence in setting.approximations)
