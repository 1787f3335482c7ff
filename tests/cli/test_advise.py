"""``varprop advise``: what is recommended holds in a sampled network, and honesty where nothing does."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner, Result

from varprop.answer.advise import Advice, advise
from varprop.answer.depth_trials import network
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.cli.advise_command import command
from varprop.errors import VarpropError
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import GaussianPreactivation


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def test_tanh_deep() -> None:
    found = advise("tanh", depth=100, width=1000)
    chosen = found.recommended
    assert (chosen.form, chosen.law) == ("plain", "orthogonal")
    assert all(j.holds is not False for j in chosen.judgements)
    names = [j.name for j in chosen.judgements]
    assert {"forward", "gradient", "typical signal", "largest singular value"} <= set(names)


def gradient_growth(sigma_w2: float, sigma_b2: float, q: float, law: str) -> float:
    """|∂/∂h_0|²/|∂/∂h_L|² of a sampled tanh network, 60 layers of 240 units."""
    width, depth = 240, 60
    rng = np.random.default_rng(5)
    h = rng.normal(0, q**0.5, width)
    layers = []
    for _ in range(depth):
        w = LAWS[law].sample(rng, (1, width, width), "float64")[0] * (sigma_w2 / width) ** 0.5
        layers.append((w, 1 - np.tanh(h) ** 2))
        h = w @ np.tanh(h) + rng.normal(0, sigma_b2**0.5, width)
    start = delta = rng.normal(size=width)
    for w, slope in reversed(layers):
        delta = slope * (w.T @ delta)
    return float((delta**2).sum() / (start**2).sum())


def test_the_recommended_point_holds_in_a_network_and_off_it_does_not() -> None:
    chosen = advise("tanh", depth=60, width=240).recommended
    held = gradient_growth(chosen.sigma_w2, chosen.sigma_b2, chosen.q_star, chosen.law)
    assert 0.5 <= held <= 2
    assert not 0.5 <= gradient_growth(0.9, 0.05, 0.3, "normal") <= 2
    assert not 0.5 <= gradient_growth(25 / 9, 0.0, 1.178, "normal") <= 2


@cache
def hundred_layers() -> Advice:
    return advise("tanh", depth=100, width=1000)


@pytest.mark.parametrize(("factor", "holds"), [(1.0, True), (0.9, False), (1.15, False)])
@pytest.mark.parametrize("form", [0, 1])
def test_a_hundred_layers_of_a_thousand_units_keep_the_gradient_there_and_only_there(
    form: int, factor: float, holds: bool
) -> None:
    """The mean of |∂/∂h_0|²/|∂/∂h_L|² over 64 tanh networks; 10 or 15 % off σ_w² it leaves the band."""
    found = hundred_layers()
    option = [one for one in found.options if one.form == "plain"][form]
    net = network(
        activation("tanh").phi,
        factor * option.sigma_w2,
        option.sigma_b2,
        (1000,) * 101,
        GaussianPreactivation(option.q_star),
        1,
    )
    squares = simulate_marginal(net, 64, seed=3).deltas[..., 0]
    growth = squares[:, 0] / squares[:, -1]
    error = growth.std(ddof=1) / 8
    low, high = found.band
    if holds:
        assert low < growth.mean() - 3 * error
        assert growth.mean() + 3 * error < high
    else:
        assert growth.mean() + 3 * error < low or growth.mean() - 3 * error > high


def test_plain_relu_at_depth_1000_is_not_recommended() -> None:
    found = advise("relu", depth=1000, width=1000)
    assert all(not option.holds for option in found.options if option.form == "plain")
    assert found.recommended.form == "residual"
    text = _run("--act", "relu", "--depth", "1000", "--width", "1000").stdout
    assert "no plain network keeps everything in this band" in text


def test_a_band_that_nothing_meets() -> None:
    found = advise("relu", depth=200, width=1, band=(0.99, 2))
    assert found.recommended is None
    assert (
        "nothing keeps everything"
        in _run("--act", "relu", "--depth", "200", "--width", "1", "--band", "0.99,2").stdout
    )


def test_json() -> None:
    result = _run("--act", "linear", "--depth", "50", "--width", "100", "--json")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert found["recommended"]["sigma_w2"] == 1.0
    assert found["band"] == [0.5, 2.0]
    assert {"name", "value", "holds", "reason", "formula"} == set(
        found["options"][0]["judgements"][0]
    )


REFUSED = {
    ("--act", "tanh", "--depth", "0", "--width", "10"): "depth",
    ("--act", "tanh", "--depth", "10", "--width", "n"): "width",
    ("--act", "tanh", "--depth", "10", "--width", "10", "--band", "2,0.5"): "LOW < 1 < HIGH",
    ("--act", "tanh", "--depth", "10", "--width", "10", "--band", "1"): "LOW,HIGH",
    ("--act", "sign", "--depth", "10", "--width", "10"): "almost everywhere",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refusals(arguments: tuple[str, ...]) -> None:
    with pytest.raises(VarpropError) as refusal:
        _run(*arguments)
    assert REFUSED[arguments] in str(refusal.value)


def test_the_distance_of_inputs_is_followed_not_extrapolated() -> None:
    """relu, 100 layers: the arc-cosine kernel iterated from inputs with nothing in common."""
    found = advise("relu", depth=100, width=100)
    distance = next(j for j in found.options[0].judgements if j.name.startswith("distance"))
    c = 0.0
    for _ in range(99):
        c = (np.sqrt(1 - c * c) + c * (np.pi - np.arccos(c))) / np.pi
    assert distance.value == pytest.approx(1 - c, rel=1e-8)
