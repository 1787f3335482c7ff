"""Profiles over positions: windows, borders and moments against direct sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varprop.networks.arithmetic import Numeric
from varprop.networks.lags import Lags
from varprop.networks.network import fold, network
from varprop.networks.recording import Given
from varprop.networks.signal import Part
from varprop.networks.spatial import Space, Window, joined_space, relative, space_of
from varprop.networks.spatial_moments import along, over_correlations
from varprop.networks.units import moments
from varprop.notation import h

ONE_WAY = st.tuples(
    st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)
)


def summed(values: np.ndarray, k: int, s: int, p: int, d: int) -> np.ndarray:
    """Sum each window term by term."""
    count = (len(values) + 2 * p - d * (k - 1) - 1) // s + 1
    return np.array(
        [
            sum(values[at] for tap in range(k) if 0 <= (at := out * s - p + tap * d) < len(values))
            for out in range(count)
        ]
    )


@given(ONE_WAY, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_window_sums_its_terms_and_spreads_them_back(sizes: tuple[int, ...], seed: int) -> None:
    n, k, s, p, d = sizes
    window = Window((k,), (s,), (p,), (d,))
    count = window.length(n, 0)
    if count < 1:
        return
    rng = np.random.default_rng(seed)
    x, delta = rng.standard_normal(n), rng.standard_normal(count)
    gathered = window.gather(x, (count,))
    assert gathered == pytest.approx(summed(x, k, s, p, d))
    # ⟨gather x, δ⟩ = ⟨x, spread δ⟩
    assert float(gathered @ delta) == pytest.approx(float(x @ window.spread(delta, (n,))))


def test_two_directions_are_summed_one_after_the_other() -> None:
    x = np.arange(20.0).reshape(4, 5)
    window = Window((2, 3), (2, 1), (0, 1), (1, 1))
    wide = np.pad(x, [(0, 0), (1, 1)])
    direct = [[wide[i : i + 2, j : j + 3].sum() for j in range(5)] for i in (0, 2)]
    assert window.gather(x, (2, 5)) == pytest.approx(np.array(direct))


def matrix(n: int, kernel: int, padding: int) -> np.ndarray:
    """Return which of n positions each output of a padded convolution looks at."""
    out = n + 2 * padding - kernel + 1
    return np.array([[float(0 <= j - i + padding < kernel) for j in range(n)] for i in range(out)])


@pytest.mark.parametrize("act", ["relu", "h"])
def test_a_stack_of_padded_convolutions_follows_every_position(act: str) -> None:
    n, layers, gain = 7, 4, 1.7
    body = " >> ".join([f"Conv1d(8, 3, padding=1, bias=False) >> {act}"] * layers)
    setting = Given(Numeric(), lambda w: (gain / float(w.fan_in), 0.0))
    out, gradient = fold(network(f"Input(8, {n}) >> {body}"), setting)
    keep = 0.5 if act == "relu" else 1.0
    terms = matrix(n, 3, 1) / 3
    second, back = np.ones(n), np.ones(n)
    for _ in range(layers):
        second = keep * gain * terms @ second
        back = gain * terms.T @ (keep * back)
    assert float(out.second) == pytest.approx(second.mean(), rel=1e-12)
    assert float(gradient) == pytest.approx(back.mean(), rel=1e-12)


def test_a_bias_is_the_same_everywhere() -> None:
    setting = Given(Numeric(), lambda w: (1 / float(w.fan_in), 0.3))
    spec = "Input(8, 5) >> Conv1d(8, 3, padding=1) >> Conv1d(8, 3, padding=1)"
    out, _ = fold(network(spec), setting)
    terms = matrix(5, 3, 1) / 3
    second, cross = np.ones(5), np.zeros(5)
    for _ in range(2):
        second, cross = terms @ second + 0.3, terms @ cross + 0.3
    assert float(out.second) == pytest.approx(second.mean(), rel=1e-12)
    assert float(out.cross) == pytest.approx(cross.mean(), rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "tanh", "gelu"])
def test_moments_at_every_position_are_those_at_its_variance(name: str) -> None:
    from varprop.catalogue.activations import activation

    phi, arithmetic = activation(name).phi, Numeric()
    own = np.array([0.4, 0.7, 1.0, 1.3, 1.6])
    part = Part(1, 1.5, 0.6, phi=phi, space=Space(own, None))
    variances = 0.9 * own + 0.6
    found = along(part, lambda p: moments(p, arithmetic).second)
    direct = [arithmetic.moment(phi, "second_moment", float(v)) for v in variances]
    assert found == pytest.approx(np.array(direct), rel=1e-6)

    def ratio(p: Part) -> float:
        m = moments(p, arithmetic)
        return float(m.cross) / float(m.second)

    pairs = found * over_correlations(part, ratio)
    direct = [arithmetic.pair(phi, float(v), 0.6) for v in variances]
    assert pairs == pytest.approx(np.array(direct), rel=0.04)


def test_a_profile_that_is_flat_is_none() -> None:
    assert relative(np.full(4, 3.0)) is None
    assert space_of(None, None, Lags({(1,): 0})) is None
    assert relative(np.array([1.0, 3.0])) == pytest.approx(np.array([0.5, 1.5]))


def test_a_sum_of_two_weights_profiles_by_their_size() -> None:
    a, b = Space(np.array([0.5, 1.5]), None, Lags({(1,): 0.4})), Space(None, np.array([0.8, 1.2]))
    both = joined_space(a, b, (1.0, 3.0), (2.0, 2.0))
    assert both is not None
    assert both.own == pytest.approx(np.array([0.875, 1.125]))
    assert both.shared == pytest.approx(np.array([0.9, 1.1]))
    assert dict(both.excess) == {(1,): pytest.approx(0.1)}


def test_spaces_compare_by_what_they_say() -> None:
    a = Space(np.array([0.5, 1.5]), None, Lags({(1,): 0.4}))
    assert a == Space(np.array([0.5, 1.5]), None, Lags({(1,): 0.4}))
    assert a != Space(np.array([0.5, 1.5]), None, {})
    assert a != Space(None, None, Lags({(1,): 0.4}))


def test_weights_without_a_border_leave_every_position_alike() -> None:
    setting = Given(Numeric(), lambda w: (2 / float(w.fan_in), 0.0))
    out, _ = fold(network("Input(4, 9, 9) >> Conv2d(8, 3) >> relu >> Conv2d(8, 3)"), setting)
    assert out.parts is not None
    assert out.parts[0].space is None
    assert out.parts[0].phi == h
