"""Convolutions: sizes, border shares and arrays against sums written out term by term."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.convolution import Conv1d
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.network import network


def drawn(spec: str, seed: int = 3) -> tuple:
    net = network(spec)
    scales = tuple(Drawn(1.0 / float(w.fan_in), 0.2) for w in net.weights())
    layer = net.layer.sample(
        net.shape, Drawing(np.random.default_rng(seed), scales, LAWS["normal"])
    )
    return net, layer


@pytest.mark.parametrize(
    ("spec", "shape", "fan_in", "fan_out"),
    [
        ("Input(3, 224, 224) >> Conv2d(64, 7, stride=2, padding=3)", "64×112×112", 147, 784),
        ("Input(64, 56, 56) >> Conv2d(128, 3, padding='same')", "128×56×56", 576, 1152),
        ("Input(32, 28, 28) >> Conv2d(64, 3, groups=4)", "64×26×26", 72, 144),
        ("Input(32, 28, 28) >> DepthwiseConv2d(5, padding=2)", "32×28×28", 25, 25),
        ("Input(16, 20) >> Conv1d(8, 3, dilation=4)", "8×12", 48, 24),
        ("Input(8, 6, 7, 8) >> Conv3d(4, (1, 2, 3))", "4×6×6×6", 48, 24),
        ("Input(24, 6, 6) >> ConvTranspose2d(16, 4, stride=2, padding=1)", "16×12×12", 96, 256),
    ],
)
def test_sizes_and_fans_are_those_worked_by_hand(
    spec: str, shape: str, fan_in: int, fan_out: int
) -> None:
    net = network(spec)
    assert str(net.output) == shape
    (weight,) = net.weights()
    assert (weight.fan_in, weight.fan_out) == (fan_in, fan_out)


def direct(x: np.ndarray, kernel: np.ndarray, s: int, p: int, d: int, groups: int) -> np.ndarray:
    """Sum every term of a 1-d convolution."""
    outs, inside, k = kernel.shape
    count = (x.shape[1] + 2 * p - d * (k - 1) - 1) // s + 1
    found = np.zeros((outs, count))
    for o, at, c, tap in product(range(outs), range(count), range(inside), range(k)):
        source = at * s - p + tap * d
        if 0 <= source < x.shape[1]:
            group = o // (outs // groups)
            found[o, at] += kernel[o, c, tap] * x[group * inside + c, source]
    return found


class Fixed:
    """A drawing that hands out one given kernel."""

    def __init__(self, kernel: np.ndarray) -> None:
        self.kernel = kernel

    def weight(self, _: object) -> np.ndarray:
        return self.kernel

    def bias(self, _: object) -> None:
        return None


@given(
    st.integers(5, 9),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.sampled_from([1, 2]),
)
@settings(max_examples=25, deadline=None)
def test_a_sampled_convolution_sums_its_terms(
    n: int, k: int, s: int, p: int, d: int, groups: int
) -> None:
    rng = np.random.default_rng(n)
    kernel, x = rng.standard_normal((4, 4 // groups, k)), rng.standard_normal((4, n))
    layer = Conv1d(4, k, s, p, d, groups, bias=False)
    net = network(f"Input(4, {n})")
    sampled = layer.sample(net.shape, Fixed(kernel))  # type: ignore[arg-type]
    assert sampled.forward(x[None])[0] == pytest.approx(direct(x, kernel, s, p, d, groups))


@pytest.mark.parametrize(
    "spec",
    [
        "Input(4, 6, 7) >> Conv2d(6, 3, stride=2, padding=1, groups=2, bias=False)",
        "Input(4, 5, 5) >> ConvTranspose2d(6, 3, stride=2, padding=1, bias=False)",
        "Input(4, 9) >> ConvTranspose1d(6, 4, stride=3, dilation=2, bias=False)",
        "Input(3, 6, 6) >> DepthwiseConv2d(3, padding=1, multiplier=2, bias=False)",
    ],
)
def test_the_gradient_of_a_sampled_convolution_is_its_transpose(spec: str) -> None:
    net, layer = drawn(spec)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, *net.shape.concrete()))
    y = layer.forward(x)
    delta = rng.standard_normal(y.shape)
    assert float((y * delta).sum()) == pytest.approx(float((x * layer.backward(delta)).sum()))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("Input(6, 8, 8) >> Conv2d(8, 3, groups=4)", "6 input channels can't be split into 4"),
        ("Input(8, 8, 8) >> Conv2d(6, 3, groups=4)", "6 output channels can't be split into 4"),
        ("Input(3, 4, 4) >> Conv2d(8, 7)", "covers 7 positions, but only 4 arrive"),
        ("Input(3, 4) >> Conv2d(8, 3)", "takes .channels, height, width., but 3×4 arrives"),
        ("Input(3, 4) >> ConvTranspose1d(8, 1, padding=2)", "nothing is left of 4 positions"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        network(spec)
