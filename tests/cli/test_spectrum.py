"""``varprop spectrum``: numbers, screens, files, refusals; theory beside sampled networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from varprop.answer.spectrum import spectrum
from varprop.cli.spectrum_command import command
from varprop.errors import VarpropError


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def _json(*arguments: str) -> dict:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0
    return json.loads(result.stdout, parse_constant=pytest.fail)


def test_relu_in_numbers() -> None:
    found = _json("relu", "--depth", "8")
    assert found["mean"] == pytest.approx(1)
    assert found["variance"] == pytest.approx(16)
    assert found["zero_share"] == pytest.approx(0.5)
    assert found["dynamical_isometry"] is False
    assert found["simulated"] is None
    assert len(found["density"]["density"]) == len(found["density"]["singular_value"]) > 100


@pytest.mark.parametrize("depth", [2, 8, 32])
@pytest.mark.parametrize("law", ["normal", "orthogonal"])
def test_sampled_singular_values(law: str, depth: int) -> None:
    """facts: mean and variance within their error bars; 1/n corrections grow with depth/width."""
    q = 0.2 if law == "orthogonal" else 1.0
    found = spectrum("tanh", depth, law=law, q=q, width=80, networks=6)
    mean, error = found.simulated.mean
    assert mean == pytest.approx(found.mean, abs=4 * error + depth / 80)
    if law == "orthogonal":
        variance, error = found.simulated.variance
        assert variance == pytest.approx(found.variance, abs=4 * error + 0.1 * found.variance)
    largest, _ = found.simulated.largest
    if law == "orthogonal" or depth <= 8:
        assert largest == pytest.approx(found.largest, rel=0.1 if law == "orthogonal" else 0.25)


def test_orthogonal_linear_is_isometric_exactly() -> None:
    found = spectrum("linear", 20, law="orthogonal", width=40)
    assert found.variance == 0.0
    assert found.largest == 1.0
    assert found.simulated.singular_values == pytest.approx(np.ones((4, 40)), rel=1e-10)


def test_a_screen_with_a_simulation() -> None:
    text = _run("relu", "--depth", "3", "--simulate", "--width", "60").stdout
    for words in (
        "variance of s²",
        "cannot reach dynamical isometry",
        "4 networks 60 wide",
        "density",
    ):
        assert words in text
    assert "every singular value is the same" in _run("linear", "--law", "orthogonal").stdout


def test_numbers_as_files(tmp_path: Path) -> None:
    name = tmp_path / "density.npz"
    assert (
        _run("tanh", "--depth", "2", "--simulate", "--width", "30", "--save", str(name)).exit_code
        == 0
    )
    with np.load(name) as arrays:
        assert arrays["simulated"].shape == (4, 30)
        assert arrays["density"].shape == arrays["singular_value"].shape


def test_at_given_variances() -> None:
    found = _json("tanh", "--sigma-w2", "1.69", "--sigma-b2", "0.09", "--depth", "4")
    assert found["q_star"] == pytest.approx(0.6070467919)
    assert found["mean"] == pytest.approx(0.9398074286821538**4)
    at_bias = _json("tanh", "--sigma-b2", "0.04", "--depth", "4")
    assert at_bias["sigma_w2"] == pytest.approx(1.7007963721)


REFUSED = {
    ("tanh", "--depth", "0"): "positive whole number",
    ("tanh", "--sigma-w2", "0.5"): "needs a fixed point",
    ("sign",): "almost everywhere",
    ("relu", "--sigma-b2", "0.1"): "no edge of chaos",
    ("tanh", "--save", "x.txt"): ".csv and .npz",
    ("tanh", "--simulate", "--width", "100000"): "between 2 and",
    ("prelu(alpha)",): "values",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refusals(arguments: tuple[str, ...]) -> None:
    with pytest.raises(VarpropError) as refusal:
        _run(*arguments)
    assert REFUSED[arguments] in str(refusal.value)
