"""Skip paths: sums of laws and the gradient through repeated masks, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.arithmetic import Numeric
from varprop.networks.densities import normal_cdf, smoothed, standard_normal
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.network import fold, network
from varprop.networks.recording import Given
from varprop.notation import h

RELU = activation("relu").phi


def folded(text: str) -> tuple:
    setting = Given(Numeric(), lambda w: (float(w.scale) ** 2 / float(w.fan_in), 0.0))
    out, gradient = fold(network(text), setting)
    return out, float(gradient), setting


def rectified_plus_noise(power: int, noise: float) -> float:
    """Return E[relu(s)^power] with s = relu(g) + N(0, noise) by quadrature over both."""
    width = math.sqrt(noise)

    def given_skip(a: float) -> float:
        z = a / width
        if power == 1:
            return a * norm.cdf(z) + width * norm.pdf(z)
        return (a * a + noise) * norm.cdf(z) + a * width * norm.pdf(z)

    open_part, _ = quad(lambda g: given_skip(g) * norm.pdf(g), 0, 9)
    return open_part + given_skip(0.0) / 2


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
def test_a_block_closed_by_relu_has_the_moments_of_its_own_law(scale: float) -> None:
    body = f"Residual(Dense(64, bias=False), scale={scale}) >> relu"
    out, _, setting = folded(f"Input(64) >> Dense(64, bias=False) >> relu >> {body}")
    noise = scale**2 / 2
    assert float(out.second) == pytest.approx(rectified_plus_noise(2, noise), rel=2e-4)
    assert float(out.mean) == pytest.approx(rectified_plus_noise(1, noise), rel=2e-4)
    assert not setting.approximations


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
def test_masks_of_one_unit_that_meet_twice_are_open_together(scale: float) -> None:
    body = f"Residual(Dense(64, bias=False), scale={scale}) >> relu"
    _, gradient, _ = folded(f"Input(64) >> Dense(64, bias=False) >> relu >> {body}")
    # P(g > 0, g + n > 0) is an orthant of two normals with correlation 1/√(1 + Var n)
    both = 0.25 + math.asin(1 / math.sqrt(1 + scale**2 / 2)) / (2 * math.pi)
    last = 0.25 + both
    assert gradient == pytest.approx(both + scale**2 * last / 2, rel=2e-3)


def test_ten_blocks_closed_by_relu_agree_with_sampled_networks() -> None:
    width, blocks = 128, 10
    block = f"(Residual(Dense({width}) >> relu >> Dense({width}), scale=2/5) >> relu)"
    text = f"Input({width}) >> Dense({width}) >> relu >> {blocks} * {block}"
    net = network(text)
    setting = Given(Numeric(), lambda w: (2 / float(w.fan_in), 0.0))
    out, gradient = fold(net, setting)
    scales = tuple(Drawn(2 / float(w.fan_in), 0.0) for w in net.weights())
    seconds, pulled = [], []
    for seed in range(24):
        rng = np.random.default_rng([17, seed])
        layer = net.layer.sample(net.shape, Drawing(rng, scales, LAWS["normal"]))
        x = layer.forward(rng.standard_normal((4, width)))
        seconds.append((x * x).mean())
        pulled.append((layer.backward(rng.standard_normal(x.shape)) ** 2).mean())
    for found, expected, slack in ((seconds, out.second, 0.02), (pulled, gradient, 0.08)):
        error = 4 * np.std(found) / math.sqrt(len(found))
        assert np.mean(found) == pytest.approx(float(expected), abs=error + slack * float(expected))


def test_a_gaussian_stream_stays_gaussian() -> None:
    out, _, _ = folded("Input(64) >> Dense(64) >> 3 * Residual(relu >> Dense(64))")
    assert out.is_gaussian
    assert float(out.second) == pytest.approx(1.5**3, rel=1e-12)


def test_a_smoothed_law_keeps_mean_and_variance() -> None:
    atoms, masses = np.array([0.0, 1.0, 4.0]), np.array([0.5, 0.3, 0.2])
    mean, variance, law = smoothed(atoms, masses, 0.25)
    assert mean == pytest.approx(1.1)
    assert variance == pytest.approx(0.3 + 3.2 - 1.21 + 0.25)
    skew = float(masses @ (atoms - mean) ** 3)
    assert law.expectation(h**3, 0.0, math.sqrt(variance)) == pytest.approx(skew, rel=1e-4)
    assert law.mirrored().expectation(h**3, 0.0, 1.0) == pytest.approx(
        -law.expectation(h**3, 0.0, 1.0)
    )


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.3, 0.9])
def test_a_normal_law_has_the_kernel_of_relu(correlation: float) -> None:
    angle = math.acos(correlation)
    kernel = (math.sin(angle) + (math.pi - angle) * correlation) / (2 * math.pi)
    found = standard_normal().pair(RELU, 0.0, 1.0, correlation)
    assert found == pytest.approx(kernel, abs=2e-4)


def test_the_table_of_the_normal_distribution_is_accurate() -> None:
    at = np.array([-9.0, -3.3333, -0.12345, 0.5, 2.71828, np.inf])
    assert normal_cdf(at) == pytest.approx(norm.cdf(at), abs=1e-7)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("Input(64) >> Residual(Dense(32))", "branch returns 32 features, the skip carries 64"),
        ("Input(8, 9, 9) >> Residual(Conv2d(8, 3))", "the skip carries 8×9×9"),
        ("Input(64) >> Add(Dense(64), Dense(32))", "64"),
    ],
)
def test_branches_that_do_not_fit_are_refused(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        network(spec)
