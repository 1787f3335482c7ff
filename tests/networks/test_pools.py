"""Pooling: sizes, means against sums of covariances, maxima against order statistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from varprop.answer.architecture_api import network as asked
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.arithmetic import Numeric, Symbolic
from varprop.networks.densities import standard_normal
from varprop.networks.drawing import Drawing
from varprop.networks.largest_laws import largest, largest_of, overlap
from varprop.networks.network import fold, network
from varprop.networks.recording import Given
from varprop.networks.spatial_pairs import neighbours
from varprop.notation import h


def folded(text: str, *, symbolic: bool = False, bias: float = 0.0) -> tuple:
    if symbolic:
        setting = Given(Symbolic(), lambda w: (2 / w.fan_in, sympy.nsimplify(bias)))
    else:
        setting = Given(Numeric(), lambda w: (2 / float(w.fan_in), bias))
    out, gradient = fold(network(text), setting)
    return out, gradient, setting


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        ("Input(64, 112, 112) >> MaxPool2d(3, stride=2, padding=1)", "64×56×56"),
        ("Input(64, 55, 55) >> MaxPool2d(3, stride=2)", "64×27×27"),
        ("Input(6, 28, 28) >> AvgPool2d(2)", "6×14×14"),
        ("Input(6, 7) >> AvgPool1d(2)", "6×3"),
        ("Input(6, 4, 5, 6) >> MaxPool3d((2, 3, 2))", "6×2×1×3"),
        ("Input(6, 4, 5) >> GlobalAvgPool()", "6"),
        ("Input(6, tokens=9) >> GlobalMaxPool()", "6"),
    ],
)
def test_sizes_are_those_of_the_libraries(spec: str, shape: str) -> None:
    assert str(network(spec).output) == shape


def test_the_mean_of_four_rectified_positions_has_a_closed_second_moment() -> None:
    # relu(N(0, 2)): E[x²] = 1, E[x] = 1/√π, positions independent given the weights
    out, _, _ = folded("Input(8, 9, 9) >> Conv2d(8, 2) >> relu >> AvgPool2d(2)", symbolic=True)
    assert sympy.simplify(out.second - (1 / sympy.pi + (1 - 1 / sympy.pi) / 4)) == 0
    assert out.cross == 1 / sympy.pi
    assert out.mean == 1 / sympy.sqrt(sympy.pi)


@pytest.mark.parametrize(
    "spec",
    [
        "Input(8, 9, 9) >> Conv2d(8, 3) >> relu >> AvgPool2d(3, stride=2, padding=1)",
        "Input(8, 9, 9) >> Conv2d(8, 3) >> relu >> MaxPool2d(2)",
        "Input(8, 9, 9) >> Conv2d(8, 3) >> MaxPool2d(3, stride=2) >> relu",
        "Input(8, 9, 9) >> Conv2d(8, 3) >> relu >> GlobalAvgPool() >> Dense(4)",
        "Input(8, tokens=7) >> Dense(8) >> relu >> GlobalMaxPool() >> Dense(4)",
        "Input(8, 9) >> Conv1d(8, 3) >> relu >> MaxPool1d(2) >> Conv1d(8, 2) >> relu >> AvgPool1d(2)",
    ],
)
def test_formulas_and_numbers_agree(spec: str) -> None:
    ours, back, _ = folded(spec)
    theirs, other, _ = folded(spec, symbolic=True)
    for name in ("second", "mean", "cross"):
        found, formula = getattr(ours, name), getattr(theirs, name)
        assert float(found) == pytest.approx(float(formula), rel=1e-9), name
    assert float(back) == pytest.approx(float(other), rel=1e-9)


def test_windows_with_padding_have_fewer_positions() -> None:
    # 16 windows on 7×7: 4 corners of 4 positions, 8 sides of 6, 4 full ones of 9
    spec = "Input(8, 9, 9) >> Conv2d(8, 3) >> MaxPool2d(3, stride=2, padding=1)"
    squares = {n: largest(n)[0] ** 2 + largest(n)[1] for n in (4, 6, 9)}
    expected = 2 * (4 * squares[4] + 8 * squares[6] + 4 * squares[9]) / 16
    for symbolic in (False, True):
        out, _, _ = folded(spec, symbolic=symbolic)
        assert float(out.second) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (4, 1), (2, 2)])
def test_windows_that_overlap_share_what_they_have_in_common(kernel: int, stride: int) -> None:
    out, _, setting = folded(f"Input(8, 30) >> AvgPool1d({kernel}, stride={stride})")
    found = neighbours(out, setting.arithmetic)
    for lag in range(-kernel, kernel + 1):
        shared = max(0, kernel - stride * abs(lag)) / kernel
        expected = 0.0 if lag == 0 else shared
        assert float(found.get((lag,), 0.0)) == pytest.approx(expected), lag


def test_a_second_pool_sees_the_overlap_of_the_first() -> None:
    # white data: two pools of windows 3 and 2 are one window with weights (1, 2, 2, 1)/6
    spec = "Input(8, 30) >> AvgPool1d(3, stride=1) >> AvgPool1d(2, stride=1)"
    out, _, _ = folded(spec)
    assert float(out.second) == pytest.approx(10 / 36)


@pytest.mark.parametrize(
    ("count", "mean"),
    [(1, 0.0), (2, 0.5641895835), (3, 0.8462843753), (4, 1.0293753730), (9, 1.4850131622)],
)
def test_the_largest_of_normals_has_the_tabulated_mean(count: int, mean: float) -> None:
    # Teichroew 1956, tables of expected values of order statistics
    assert largest(count)[0] == pytest.approx(mean, abs=2e-6)


def test_the_largest_of_two_has_variance_one_minus_one_over_pi() -> None:
    _, variance, law = largest(2)
    assert variance == pytest.approx(1 - 1 / math.pi, rel=1e-5)
    assert law.expectation(h, 0.0, 1.0) == pytest.approx(0.0, abs=1e-9)
    assert law.expectation(h**2, 0.0, 1.0) == pytest.approx(1.0, rel=1e-9)


def test_maxima_that_share_all_but_one_value_have_a_known_correlation() -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    # E[max(x, y) max(y, z)] = E[f(y)²], f(s) = s Φ(s) + φ(s)
    second, _ = quad(lambda s: (s * norm.cdf(s) + norm.pdf(s)) ** 2 * norm.pdf(s), -9, 9)
    mean, variance, _ = largest(2)
    assert overlap(2, 1) == pytest.approx((second - mean**2) / variance, rel=1e-4)
    assert overlap(2, 2) == pytest.approx(1.0, rel=1e-3)
    assert overlap(4, 0) == 0.0


def test_what_positions_share_moves_the_largest_as_a_whole() -> None:
    mean, variance, law = largest_of(4, 0.6, 0.4)
    alone, spread, _ = largest(4)
    assert mean == pytest.approx(math.sqrt(0.6) * alone)
    assert variance == pytest.approx(0.6 * spread + 0.4)
    assert law.expectation(h**2, 0.0, 1.0) == pytest.approx(1.0, rel=1e-9)
    assert largest_of(4, 0.0, 1.0)[2] is standard_normal()


def test_a_pool_behind_an_activation_that_does_not_fall_commutes() -> None:
    before, gradient, _ = folded("Input(8, 9, 9) >> Conv2d(8, 3) >> relu >> MaxPool2d(2)")
    after, other, _ = folded("Input(8, 9, 9) >> Conv2d(8, 3) >> MaxPool2d(2) >> relu")
    assert float(before.second) == pytest.approx(float(after.second), rel=1e-12)
    assert float(before.mean) == pytest.approx(float(after.mean), rel=1e-12)
    assert float(gradient) == pytest.approx(float(other), rel=1e-12)


@pytest.mark.parametrize(
    "pool",
    [
        "AvgPool2d(3, stride=2, padding=1)",
        "MaxPool2d(3, stride=2, padding=1)",
        "GlobalAvgPool()",
        "GlobalMaxPool()",
    ],
)
def test_a_sampled_pool_pulls_gradients_back_as_its_derivative(pool: str) -> None:
    net = network(f"Input(3, 7, 8) >> {pool}")
    rng = np.random.default_rng(5)
    drawn = net.layer.sample(net.shape, Drawing(rng, (), LAWS["normal"]))
    x, step = rng.standard_normal((2, 2, 3, 7, 8))
    y = drawn.forward(x)
    delta = rng.standard_normal(y.shape)
    pulled = float((drawn.backward(delta) * step).sum())
    tiny = 1e-7
    moved = float((delta * (drawn.forward(x + tiny * step) - y)).sum()) / tiny
    assert pulled == pytest.approx(moved, rel=1e-5)


def test_the_maximum_names_its_approximation_and_the_mean_its_assumption() -> None:
    _, _, setting = folded("Input(8, 9, 9) >> Conv2d(8, 3) >> MaxPool2d(3)")
    assert any("max pooling" in text for text in setting.approximations)
    _, _, setting = folded("Input(8, 9, 9) >> Conv2d(8, 3) >> AvgPool2d(3)")
    assert any("positions" in text for text in setting.assumptions)
    assert not setting.approximations


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("Input(8, 4, 4) >> MaxPool2d(5)", "kernel covers 5 positions"),
        ("Input(8, 4, 4) >> MaxPool2d(2, padding=2)", "more than half"),
        ("Input(8, 4) >> MaxPool2d(2)", "8×4 arrives"),
        ("Input(8) >> GlobalAvgPool()", "leave it out"),
        ("Input(8, tokens=4) >> AvgPool1d(2)", "4 tokens"),
    ],
)
def test_windows_that_do_not_fit_are_refused(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        network(spec)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("Input(8, 6, 6) >> Conv2d(8, 3) >> sin >> MaxPool2d(2)", "falls somewhere"),
        ("Input(8, tokens=T) >> Dense(8) >> GlobalMaxPool()", "needs their number"),
        ("Input(8, 6, 6) >> Conv2d(8, 3) >> tanh >> MaxPool2d(2)", "no formula"),
    ],
)
def test_a_maximum_without_a_formula_is_refused_in_one_line(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        folded(spec, symbolic=True)
    assert "\n" not in str(caught.value)


def test_a_mean_over_padded_positions_adds_up_their_means() -> None:
    """E[x(p)]E[x(p')] of far positions, by hand: q is 2, 4/3 and 8/9 inside, at edges and in corners."""
    text = "Input(8, 10, 10) >> Conv2d(64, 3, padding=1) >> relu >> GlobalAvgPool()"
    out, _, _ = folded(text)
    roots = [64 * 2.0**0.5, 32 * (4 / 3) ** 0.5, 4 * (8 / 9) ** 0.5]
    far = (sum(roots) / 100) ** 2 / (2 * math.pi)
    own = sum((64 * 2.0, 32 * 4 / 3, 4 * 8 / 9)) / 100
    near = own * (0.5 - 1 / (2 * math.pi)) / 100
    assert math.isclose(float(out.second), far + near, rel_tol=1e-6)


@pytest.mark.parametrize("act", ["", "relu >> ", "sigmoid >> "])
@pytest.mark.parametrize(
    "end",
    [
        "AvgPool2d(2) >> Conv2d(64, 1)",
        "AvgPool2d(3, stride=2, padding=1) >> Conv2d(64, 1)",
        "MaxPool2d(2) >> Conv2d(64, 1)",
        "MaxPool2d(3, stride=2) >> Conv2d(64, 1)",
        "GlobalAvgPool() >> Dense(64)",
        "Conv2d(96, 2, stride=2) >> Conv2d(64, 1)",
    ],
)
def test_the_backward_condition_keeps_a_gradient_per_unit_behind_a_pool(act: str, end: str) -> None:
    net = asked(f"Input(64, 8, 8) >> Conv2d(128, 1) >> {act}{end}")
    passage = net.solve(condition="backward").passage
    assert passage is not None
    rows = [r for r in passage.rows if r.preactivation]
    assert [r.gradient.second for r in rows] == pytest.approx([1.0] * len(rows), rel=1e-9)


def test_a_mean_over_k_positions_leaves_each_a_kth_of_the_gradient() -> None:
    # per unit E[δ²]·E[φ'²]/k², with E[relu'²] = 1/2: k = 4 and 64
    for pool, k in (("AvgPool2d(2) >> Conv2d(64, 1)", 4), ("GlobalAvgPool() >> Dense(64)", 64)):
        last = (
            asked(f"Input(64, 8, 8) >> Conv2d(128, 1) >> relu >> {pool}")
            .solve(condition="backward")
            .layers[-1]
        )
        assert last.weight_variance.value == pytest.approx(2 * k * k / 64, rel=1e-12)
