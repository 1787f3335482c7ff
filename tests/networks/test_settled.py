"""Copies that change nothing: collapsed ones give what each copy by itself would."""

from __future__ import annotations

import math

import pytest

from varprop.answer.architecture_levels import MadeWhenSeen
from varprop.answer.architecture_signal import propagate_network
from varprop.networks import repetition
from varprop.networks.arithmetic import Numeric
from varprop.networks.copies import Points, points
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.recording import Given

SPECS = (
    "Input(8, 5) >> 90 * (Conv1d(8, 3, padding=1) >> tanh)",
    "Input(16) >> 90 * (Dense(16) >> tanh)",
    "Input(16) >> 70 * (40 * Dense(16) >> Dense(16) >> tanh) >> Dense(16) >> Dense(4)",
    "Input(16) >> 60 * (Dense(16) >> erf >> 90 * (Dense(16) >> tanh))",
)


def folded(spec: str, size: float = 1.2) -> tuple[Given, object, object]:
    setting = Given(Numeric(), lambda w: (size / float(w.fan_in), 0.01))
    out, gradient = fold(network(spec), setting, InputLaw(pairs=False))
    return setting, out, gradient


def followed(setting: Given) -> Points:
    return points(setting.order, setting.rows)


@pytest.mark.parametrize("spec", SPECS)
def test_collapsed_copies_equal_those_followed_one_by_one(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, out, gradient = folded(spec, 3.0)
    monkeypatch.setattr(repetition, "settled", lambda *_: False)
    slow, reference, exact = folded(spec, 3.0)
    assert len(fast.rows) < len(slow.rows) / 2
    assert out.second == pytest.approx(reference.second, rel=1e-9)  # type: ignore[attr-defined]
    assert gradient == pytest.approx(exact, rel=1e-9)
    assert len(fast.uses) == len(slow.uses)
    levels, each = (MadeWhenSeen(one.order, one.rows) for one in (fast, slow))
    assert levels.names == each.names
    for one, other in zip(levels, each, strict=True):
        assert (one.q is None) == (other.q is None)
        assert one.second_moment == pytest.approx(other.second_moment, rel=1e-9)
        assert one.mean == pytest.approx(other.mean, abs=1e-12)
        assert one.log_gradient == pytest.approx(other.log_gradient, rel=1e-9, abs=1e-9)


def test_levels_are_a_sequence() -> None:
    setting, _, _ = folded(SPECS[1], 3.0)
    levels = MadeWhenSeen(setting.order, setting.rows)
    assert levels[-1] == tuple(levels)[-1] == levels[len(levels) - 1]
    assert levels[3:7] == tuple(levels)[3:7]
    assert levels == tuple(levels)
    assert [level.index for level in levels] == list(range(len(levels)))
    with pytest.raises(IndexError):
        levels[len(levels)]


FACTOR = 10.0


@pytest.mark.parametrize("deep", [100, 900], ids=["within double range", "beyond it"])
@pytest.mark.parametrize("size", [FACTOR, 1 / FACTOR], ids=["growing", "shrinking"])
def test_gradients_of_linear_networks_are_powers_however_large(deep: int, size: float) -> None:
    setting = Given(Numeric(), lambda w: (size / float(w.fan_in), 0.0))
    _, whole = fold(network(f"Input(16) >> {deep} * Dense(16)"), setting, InputLaw(pairs=False))
    beyond = math.inf if size > 1 else 0.0
    assert whole == (pytest.approx(size**deep, rel=1e-11) if deep < 300 else beyond)
    found = followed(setting)
    for point, left in zip(range(deep + 1), (deep, *range(deep - 1, -1, -1)), strict=True):
        value, logarithm = found.gradient(point), found.log[point]
        assert logarithm == pytest.approx(left * math.log(size), rel=1e-12, abs=1e-12)
        assert value == (pytest.approx(size**left, rel=1e-11) if left < 300 else value)


def test_profiles_beyond_double_range_equal_those_followed_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = "Input(8, 5) >> 700 * (Conv1d(8, 3, padding=1) >> tanh) >> Flatten() >> Dense(4)"

    def rows() -> list[float]:
        setting = Given(Numeric(), lambda w: (40 / float(w.fan_in), 0.0))
        fold(network(spec), setting, InputLaw(cross=0.5))
        return followed(setting).log

    fast = rows()
    monkeypatch.setattr(repetition, "settled", lambda *_: False)
    assert max(fast) > math.log(1.7976e308)
    for one, other in zip(fast, rows(), strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_a_growing_stream_never_settles() -> None:
    _, out, _ = folded("Input(16) >> 40 * Residual(Dense(16), scale=1/100)")
    rate = 1 + 1.2e-4
    gain = 1e-6
    second = rate**40 + gain * (rate**40 - 1) / (rate - 1)
    assert out.second == pytest.approx(second, rel=1e-12)  # type: ignore[attr-defined]


def test_infinite_gradients_of_two_inputs_are_not_compared() -> None:
    levels = propagate_network(network("Input(8) >> 30 * (Dense(8) >> x**2)"), init="he").levels
    assert levels[0].gradient == math.inf
    assert levels[0].gradient_correlation is None
