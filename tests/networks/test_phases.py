"""Positions of different phases behind transposed convolutions: counted, exact and sampled."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from sympy import simplify

from tests.networks.drawn import folded
from varprop.answer.verify_architectures import experiment, predicted
from varprop.montecarlo.architecture import verdicts
from varprop.montecarlo.replicates import Effort
from varprop.networks.arithmetic import Symbolic
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.phases import (
    Phases,
    pairs_in_phase,
    shared_with_all,
    spread_phases,
    strided_phases,
)
from varprop.networks.recording import Given
from varprop.networks.spatial import Window, over_all
from varprop.verdict import Verdict

HEAD = "Input(24, 8, 8) >> Conv2d(64, 1) >> relu >> "
UP = HEAD + "ConvTranspose2d(64, 2, stride=2)"
FOUR = Phases((2, 2), {(0, 0): 1.0, (0, 1): 0.5, (1, 0): 0.25, (1, 1): 0.125})


def counted(window: Window, values: np.ndarray, out: tuple[int, ...], share: Phases) -> np.ndarray:
    """Sum over ordered pairs of different positions, one by one."""
    found = np.zeros(out)
    for at in np.ndindex(*out):
        taps = [
            tuple(
                o * s - p + t
                for o, s, p, t in zip(at, window.stride, window.padding, tap, strict=True)
            )
            for tap in np.ndindex(*window.kernel)
        ]
        held = [q for q in taps if all(0 <= x < n for x, n in zip(q, values.shape, strict=True))]
        for one, other in product(held, held):
            if one != other:
                away = tuple(b - a for a, b in zip(one, other, strict=True))
                found[at] += float(share.at(away)) * min(values[one], values[other])
    return found


def test_only_every_second_position_meets_the_same_weights() -> None:
    found = spread_phases(None, (2, 1))
    assert found is not None
    assert (found.at((2, 5)), found.at((1, 0)), found.at((-3, 2))) == (1, 0, 0)
    assert strided_phases(found, (2, 1)) is None
    assert spread_phases(None, (1, 1)) is None
    assert strided_phases(spread_phases(FOUR, (3, 3)), (3, 3)) == FOUR
    kept = strided_phases(FOUR, (3, 2))
    assert kept is not None
    assert (kept.period, kept.at((1, 0))) == ((2, 1), 0.25)


@pytest.mark.parametrize("window", [
    Window((3, 2), (1, 2), (1, 0), (1, 1)), Window((2, 3), (2, 1), (0, 1), (1, 1)),
])  # fmt: skip
def test_pairs_are_counted_by_phase(window: Window) -> None:
    values, out = np.full((6, 6), 0.7), (window.length(6, 0), window.length(6, 1))
    assert pairs_in_phase(window, values, out, FOUR) == pytest.approx(
        counted(window, values, out, FOUR)
    )
    middle = (2, 2)
    inside = window.seen(np.ones((6, 6)), out)[:, 2, 2].sum()
    whole = FOUR.over_window(window) * np.prod(window.kernel) ** 2
    flat = counted(window, np.ones((6, 6)), out, FOUR)[middle]
    assert whole == pytest.approx(flat + inside)


def test_the_poorer_of_two_counts_along_every_direction() -> None:
    one = np.array([1.0, 2.0, 2.0, 3.0])
    same = Phases((2, 2), dict.fromkeys(FOUR.shares, 1.0) | {(1, 1): 0.0})
    values = one[:, None] * np.ones(4)
    window = over_all((4, 4))
    assert pairs_in_phase(window, values, (1, 1), same) == pytest.approx(
        counted(window, values, (1, 1), same)
    )
    shared = shared_with_all(values, same)
    own = counted(window, values, (1, 1), same)[0, 0] + values.sum()
    assert shared.mean() * values.size == pytest.approx(own / values.size)


def test_a_mean_over_all_phases_takes_off_what_they_do_not_share() -> None:
    out, _, setting = folded(f"{UP} >> AvgPool2d(2)", scale=2.0)
    common = 2.0 * 0.5 / math.pi  # of two inputs before: 2·E[relu(u)relu(v)] at ρ = 0, q = 2
    assert float(out.second) == pytest.approx(2.0 / 4)
    assert float(out.cross or 0.0) == pytest.approx(2.0 * common / 4)
    biased, _, _ = folded(f"{UP} >> AvgPool2d(2)", scale=2.0, bias=0.3)
    plain, _, _ = folded(UP, scale=2.0, bias=0.3)
    assert float(biased.second) == pytest.approx(0.3 + (float(plain.second) - 0.3) / 4)
    assert not setting.approximations


def test_formulas_say_the_same() -> None:
    text = f"{UP} >> relu >> AvgPool2d(2) >> Conv2d(16, 1)"
    setting = Given(Symbolic(), lambda w: (2 / w.fan_in, 0))
    out, _ = fold(network(text), setting)
    number, _, _ = folded(text, scale=2.0)
    assert float(simplify(out.second)) == pytest.approx(float(number.second), rel=1e-9)
    assert float(simplify(out.cross)) == pytest.approx(float(number.cross or 0), rel=1e-6)


SMALL = "Input(64, 4, 4) >> Conv2d(96, 1) >> relu >> "
SMALL_UP = SMALL + "ConvTranspose2d(96, 2, stride=2)"
SAMPLED = {
    f"{SMALL_UP} >> relu >> AvgPool2d(2) >> Conv2d(64, 1)": 0.02,
    f"{SMALL_UP} >> relu >> GlobalAvgPool() >> Dense(64)": 0.04,
    SMALL + "ConvTranspose2d(96, 4, stride=2, padding=1) >> relu >> AvgPool2d(2)": 0.03,
    SMALL + "ConvTranspose2d(96, 3, stride=2, padding=1, output_padding=1) >> relu >> AvgPool2d(2)": 0.03,
    f"{SMALL_UP} >> relu >> MaxPool2d(2)": 0.05,
    SMALL + "ConvTranspose2d(96, 2, stride=3) >> sigmoid >> Conv2d(32, 1)": 0.03,
    SMALL + "ConvTranspose2d(96, 3, stride=2, dilation=2) >> sigmoid >> Conv2d(32, 1)": 0.03,
    "Input(32, 6) >> Conv1d(96, 1) >> tanh >> ConvTranspose1d(96, 2, stride=2) >> relu >> "
    "ConvTranspose1d(96, 2, stride=2) >> relu >> AvgPool1d(4) >> Conv1d(64, 1)": 0.05,
    f"{SMALL_UP} >> Residual(Conv2d(96, 1) >> relu >> Conv2d(96, 1)) >> AvgPool2d(2)": 0.03,
    f"{SMALL_UP} >> Multiply(Identity(), Conv2d(96, 1) >> sigmoid) >> AvgPool2d(2)": 0.03,
    "Input(32, 8, 8) >> Conv2d(64, 3, padding=1) >> relu >> AvgPool2d(3, stride=2)": 0.03,
}  # fmt: skip
NETWORKS = 64


@pytest.mark.parametrize("text", SAMPLED)
def test_sampled_networks_do_not_disagree(text: str) -> None:
    net, data = network(text), InputLaw(cross=0.4)
    expected, scales = predicted(net, SAMPLED[text], data)
    rows = experiment(net, scales, data).rows(0, NETWORKS)
    found = verdicts(rows, expected, Effort(), 0.999)
    assert Verdict.DISAGREES not in found.values(), found


def test_norms_over_one_channel_keep_what_phases_do_not_share() -> None:
    out, _, setting = folded(f"{UP} >> GroupNorm(64)")
    common = 1 / math.pi
    whole = (common * 0.25 + (1 - common) / 256, common * 0.25)
    assert float(out.cross or 0) == pytest.approx((common - whole[1]) / (1 - whole[0]), rel=1e-3)
    assert any("phases" in sentence for sentence in setting.approximations)
    batch, _, _ = folded(f"{UP} >> BatchNorm()")
    assert float(batch.cross or 0) == pytest.approx(common * 0.75 / (1 - common / 4), rel=1e-6)


def test_tokens_behind_it_share_the_average_over_phases() -> None:
    text = (
        "Input(24, 2, 2) >> Conv2d(64, 1) >> relu >> ConvTranspose2d(64, 2, stride=2) >> Tokens()"
    )
    out, _, setting = folded(text, scale=2.0)
    # 3 of 15 other positions are in phase
    assert float(out.between or 0) == pytest.approx(3 / 15 * 2 / math.pi)
    assert any("tokens behind" in sentence for sentence in setting.approximations)


def test_positions_that_nothing_reaches_are_told() -> None:
    _, _, setting = folded(HEAD + "ConvTranspose2d(48, 3, stride=2, dilation=2)")
    assert any("no input reaches" in sentence for sentence in setting.approximations)
    assert not any("no input reaches" in s for s in folded(UP)[2].approximations)
