"""Tokens that differ: the last one's own moments, against those of a shorter sequence."""

from __future__ import annotations

import pytest

from varprop.networks.arithmetic import Numeric
from varprop.networks.network import fold, network
from varprop.networks.recording import Given


def moments(spec: str) -> tuple[float, float, float]:
    setting = Given(Numeric(), lambda w: (1.5 / float(w.fan_in), 0.05))
    out, gradient = fold(network(spec), setting)
    return float(out.second), float(out.cross), float(gradient)


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_the_mean_over_steps_is_made_of_last_steps(cell: str) -> None:
    """Step t of a long sequence is the last one of a sequence of t steps."""
    steps = 5
    last = [
        moments(f"Input(32, tokens={t}) >> {cell}(48) >> LastToken()") for t in range(1, steps + 1)
    ]
    whole = moments(f"Input(32, tokens={steps}) >> {cell}(48)")
    assert sum(second for second, _, _ in last) / steps == pytest.approx(whole[0], rel=1e-9)
    assert sum(cross for _, cross, _ in last) / steps == pytest.approx(whole[1], abs=1e-9)
    assert last[-1][0] > whole[0]


def test_dense_layers_keep_what_tells_tokens_apart() -> None:
    state = moments("Input(32, tokens=4) >> LSTM(48) >> LastToken()")
    behind = moments("Input(32, tokens=4) >> LSTM(48) >> Dense(16) >> LastToken()")
    assert behind[0] == pytest.approx(1.5 * state[0] + 0.05, rel=1e-9)
    assert behind[1] == pytest.approx(1.5 * state[1] + 0.05, rel=1e-9)


def test_the_last_token_behind_a_causal_mask_sees_all_of_them() -> None:
    """The reference is 300 sampled networks: E[x²] = 1.258 ± 0.009, where the mean over tokens is 1.77."""
    found = moments("Input(64, tokens=8) >> SelfAttention(4, causal=True) >> LastToken()")
    open_ = moments("Input(64, tokens=8) >> SelfAttention(4) >> LastToken()")
    assert found[0] == pytest.approx(open_[0], rel=1e-3)


def test_a_norm_makes_tokens_alike() -> None:
    found = moments("Input(32, tokens=4) >> LSTM(48) >> LayerNorm() >> LastToken()")
    assert found[0] == pytest.approx(1.0, rel=1e-12)
