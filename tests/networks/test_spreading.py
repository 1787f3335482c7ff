"""Branches of features alone beside branches with positions, and what positions then have in common."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.networks.drawn import folded, gradient_gap
from varprop.answer.architecture import solve_network
from varprop.errors import BadInput
from varprop.networks.lags import Lags
from varprop.networks.network import network
from varprop.networks.spatial import Window

GATE = "GlobalAvgPool() >> Dense(48) >> sigmoid"
SIGMOID_SECOND = 0.293379


@pytest.mark.parametrize("start", ["Input(48, 4, 5)", "Input(48, 7)", "Input(48, tokens=6)"])
def test_a_gate_multiplies_every_position(start: str) -> None:
    """The average over P positions of unrelated data has E[x²] = 1/P; Var(w) = P/fan_in makes it 1."""
    positions = float(network(start).shape.positions)
    text = f"{start} >> Multiply(Identity(), {GATE.replace('48)', '48, scale=s)')})"
    out, _, _ = folded(text.replace("scale=s", f"scale=sqrt({int(positions)})"))
    assert str(out.shape) == str(network(start).shape)
    assert float(out.second) == pytest.approx(SIGMOID_SECOND, rel=1e-5)


def test_the_gradient_of_what_stands_everywhere_adds_up() -> None:
    """Behind a global average all positions have one δ; behind a Flatten they are independent."""
    beside = "Input(32, 3, 3) >> Add(Conv2d(32, 1), GlobalAvgPool() >> Dense(32))"
    alike = folded(f"{beside} >> GlobalAvgPool()")[2].rows
    apart = folded(f"{beside} >> Flatten() >> Dense(288)")[2].rows

    def added(rows: list) -> float:
        gate = next(r for r in rows if r.name == "Dense(32)")
        beside = next(r for r in rows if r.name == "Conv2d(32, 1)")
        return float(gate.gradient.second / beside.gradient.second)

    assert added(alike) == pytest.approx(81.0)
    assert added(apart) == pytest.approx(9.0)


@pytest.mark.parametrize(
    "text",
    [
        f"Input(48, 3, 3) >> Multiply(Conv2d(48, 1), {GATE}) >> Conv2d(8, 2)",
        f"Input(48, tokens=5) >> Multiply({GATE}, Dense(48)) >> Dense(8)",
        f"Input(48, 6) >> Add({GATE}, Conv1d(48, 1)) >> Conv1d(8, 2)",
    ],
)
def test_the_sampler_sums_the_gradient_over_positions(text: str) -> None:
    assert gradient_gap(text) < 1e-6


@pytest.mark.parametrize("kind", ["Add", "Multiply"])
def test_other_features_than_the_map_has_are_refused_with_what_to_add(kind: str) -> None:
    with pytest.raises(BadInput, match=r"returns 16 features, .* returns 48\. Add Dense\(48\)"):
        network(f"Input(48, 4, 4) >> {kind}(Identity(), GlobalAvgPool() >> Dense(16))")


def test_a_concatenation_still_needs_the_same_positions() -> None:
    with pytest.raises(BadInput, match="Both need the same positions"):
        network("Input(48, 4, 4) >> Concat(Identity(), GlobalAvgPool() >> Dense(16))")


def test_equal_sizes_count_as_equal_whatever_rounding_did() -> None:
    """Conv's q is 1.0 and the gate's 0.9999999999999999: the product keeps q = 1 all the same."""
    body = (
        "Input(64, 9, 9) >> Conv2d(128, 3) >> relu >> Multiply(Identity(), GlobalAvgPool() >> {})"
    )
    net = network(body.format("Dense(128) >> sigmoid") + " >> Conv2d(64, 1)")
    last = solve_network(net).layers[-1]
    assert float(last.gain.value) == pytest.approx((0.5 * SIGMOID_SECOND) ** -0.5, rel=1e-5)


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.dictionaries(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3)).filter(any), st.floats(-1, 1), max_size=6
    ),
    st.floats(-1, 1),
)
def test_pairs_within_a_window_are_all_counted(
    kernel: tuple[int, int], listed: dict[tuple[int, ...], float], rest: float
) -> None:
    lags = Lags(listed, rest)
    places = list(product(*map(range, kernel)))
    direct = sum(
        listed.get(tuple(np.subtract(q, p)), rest) for p in places for q in places if p != q
    )
    window = Window(kernel, (1, 1), (0, 0), (1, 1))
    assert float(lags.within(window)) * len(places) == pytest.approx(direct, abs=1e-9)
