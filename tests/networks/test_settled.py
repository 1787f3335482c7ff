"""Copies that change nothing: collapsed ones give what each copy by itself would."""

from __future__ import annotations

import math

import pytest

from varprop.networks import repetition
from varprop.networks.arithmetic import Numeric
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.recording import Given

SPECS = (
    "Input(8, 5) >> 90 * (Conv1d(8, 3, padding=1) >> tanh)",
    "Input(16) >> 90 * (Dense(16) >> tanh)",
)


def folded(spec: str) -> tuple[Given, object, object]:
    setting = Given(Numeric(), lambda w: (1.2 / float(w.fan_in), 0.01))
    out, gradient = fold(network(spec), setting, InputLaw(pairs=False))
    return setting, out, gradient


@pytest.mark.parametrize("spec", SPECS)
def test_collapsed_copies_equal_those_followed_one_by_one(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, out, gradient = folded(spec)
    monkeypatch.setattr(repetition, "settled", lambda *_: False)
    slow, reference, exact = folded(spec)
    assert out.second == pytest.approx(reference.second, rel=1e-9)  # type: ignore[attr-defined]
    assert gradient == pytest.approx(exact, rel=1e-9)
    assert len(fast.rows) == len(slow.rows)
    assert len(fast.uses) == len(slow.uses)
    for one, other in zip(fast.rows, slow.rows, strict=True):
        assert one.path == other.path
        assert one.gradient is not None
        assert other.gradient is not None
        assert one.gradient.second == pytest.approx(other.gradient.second, rel=1e-9)


FACTOR = 10.0


@pytest.mark.parametrize("deep", [100, 900], ids=["within double range", "beyond it"])
@pytest.mark.parametrize("size", [FACTOR, 1 / FACTOR], ids=["growing", "shrinking"])
def test_gradients_of_linear_networks_are_powers_however_large(deep: int, size: float) -> None:
    setting = Given(Numeric(), lambda w: (size / float(w.fan_in), 0.0))
    _, whole = fold(network(f"Input(16) >> {deep} * Dense(16)"), setting, InputLaw(pairs=False))
    beyond = math.inf if size > 1 else 0.0
    assert whole == (pytest.approx(size**deep, rel=1e-11) if deep < 300 else beyond)
    for row, left in zip(setting.rows, (deep, *range(deep - 1, -1, -1)), strict=True):
        value, logarithm = row.gradient_size
        assert logarithm == pytest.approx(left * math.log(size), rel=1e-12, abs=1e-12)
        assert value == (pytest.approx(size**left, rel=1e-11) if left < 300 else value)


def test_profiles_beyond_double_range_equal_those_followed_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = "Input(8, 5) >> 700 * (Conv1d(8, 3, padding=1) >> tanh) >> Flatten() >> Dense(4)"

    def rows() -> list[tuple[float, float]]:
        setting = Given(Numeric(), lambda w: (40 / float(w.fan_in), 0.0))
        fold(network(spec), setting, InputLaw(cross=0.5))
        return [row.gradient_size for row in setting.rows]

    fast = rows()
    monkeypatch.setattr(repetition, "settled", lambda *_: False)
    assert max(logarithm for _, logarithm in fast) > math.log(1.7976e308)
    for (_, one), (_, other) in zip(fast, rows(), strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_a_growing_stream_never_settles() -> None:
    _, out, _ = folded("Input(16) >> 40 * Residual(Dense(16), scale=1/100)")
    rate = 1 + 1.2e-4
    gain = 1e-6
    second = rate**40 + gain * (rate**40 - 1) / (rate - 1)
    assert out.second == pytest.approx(second, rel=1e-12)  # type: ignore[attr-defined]
