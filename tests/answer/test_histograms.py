"""The five-layer relu network under weights too small, right and too large: table and pictures."""

import json

import pytest

import varprop as vp
from varprop.answer.histograms import SEED_FIGURE, histograms
from varprop.errors import BadInput
from varprop.render.histogram_screen import save_histograms

WIDTH = 256


@pytest.fixture(scope="module")
def figure():
    return vp.histograms("relu", (WIDTH,) * 6)


def test_every_layer_is_predicted_and_seen(figure):
    assert tuple(run.init for run in figure.runs) == SEED_FIGURE
    for run, growth in zip(figure.runs, (1e-4 * WIDTH / 2, 1.0, WIDTH / 2), strict=True):
        for layer in run.layers:
            assert layer.predicted == pytest.approx(growth**layer.index, rel=1e-9)
            seen = layer.seen
            assert abs(seen.second_moment - layer.predicted) < 5 * seen.standard_error


def test_every_kind_of_init_and_input_is_followed():
    for init in ("solved", "glorot_uniform", "orthogonal", "torch_default"):
        found = histograms("tanh", (64, 96, 32), (init,), networks=4, inputs=8)
        (run,) = found.runs
        for layer in run.layers[1:]:
            seen = layer.seen
            slack = 5 * seen.standard_error + 0.05 * layer.predicted
            assert abs(seen.second_moment - layer.predicted) < slack, (init, layer)


def test_faces(figure, tmp_path):
    text = figure.text()
    assert "normal(std=0.01)" in text
    assert "Dense(256) 5" in text
    assert "█" in text
    document = json.loads(figure.json())
    layers = document["inits"][1]["layers"]
    assert len(layers) == 6
    assert len(layers[0]["edges"]) == len(layers[0]["counts"]) + 1
    assert figure.markdown().count("### ") == 3
    assert figure.latex().startswith(r"\begin{array}")
    for ending in ("png", "svg"):
        path = tmp_path / f"figure.{ending}"
        pytest.importorskip("matplotlib")
        save_histograms(figure, str(path))
        assert path.stat().st_size > 10_000
    with pytest.raises(BadInput, match="must end in"):
        save_histograms(figure, "figure.txt")
    with pytest.raises(BadInput, match="No such file"):
        save_histograms(figure, str(tmp_path / "no" / "figure.png"))


def test_the_public_name():
    found = vp.histograms("relu", (16, 16), ("he",), networks=2, inputs=2)
    assert found.networks == 2
    with pytest.raises(BadInput, match="2 of each or more"):
        vp.histograms("relu", (16, 16), ("he",), networks=1)
