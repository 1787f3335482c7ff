"""Branches that share a path without weights are refused; where every path has one, nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.containers import Input, Serial
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.kinds import LAYERS
from varprop.networks.network import every, network
from varprop.networks.weight_standardisation import WeightStandardised

REFUSED = {
    "Residual(Residual(LayerNorm() >> Dense(64)), scale=0.5)": r"scale=1/2, skip=3/2\), which is the same",
    "Residual(relu >> Residual(Dense(64)), scale=0.5)": "leads through the branch relu",
    "Residual(Add(Identity(), Dense(64) >> relu >> Dense(64)))": "leads through the branch Add",
    "Residual(Concat(Identity(), Dense(8)), path=Concat(Identity(), Dense(8)))": "depends on the skip",
    "Residual(Bias())": "leads through the branch Bias",
    "Add(Identity(), Residual(Dense(64)))": "both carry the same values",
    "Add(relu, Dense(64), Residual(Dense(64)))": "relu and Residual",
    "Multiply(Identity(), Residual(Dense(64)))": "both carry the same values",
    "Multiply(Residual(Dense(64)), Residual(Dense(64)))": "both carry the same values",
    "Concat(Identity(), Identity()) >> Gated(bilinear)": "side by side in what arrives",
    "Concat(Identity(), Residual(Dense(64))) >> LayerNorm() >> Maxout(2)": "side by side",
    "Concat(Identity(), Identity()) >> Residual(LayerNorm() >> Gated(glu) >> Dense(128))": "side by side",
}


@pytest.mark.parametrize("body", REFUSED)
def test_branches_that_share_a_path_without_weights_are_refused(body: str) -> None:
    with pytest.raises(BadInput, match=REFUSED[body]):
        folded(f"Input(64) >> Dense(64) >> {body} >> Dense(32)", bias=0.1)


UNMIXED = [
    "Multiply(Identity(), DepthwiseConv2d(3, padding=1))",
    "Multiply(DepthwiseConv2d(1), 2 * (relu >> Conv2d(64, 1, groups=64)))",
    "Multiply(relu, Residual(Conv2d(64, 1), path=WeightStandardised(DepthwiseConv2d(1))))",
]


@pytest.mark.parametrize("body", UNMIXED)
def test_factors_that_depend_on_one_feature_alone_are_refused(body: str) -> None:
    with pytest.raises(BadInput, match="both are large at once"):
        folded(f"Input(64, 4, 4) >> {body}")


def test_a_product_with_a_layer_of_each_channel_and_one_of_all_is_followed() -> None:
    text = "Input(64, 4, 4) >> Multiply(Identity(), DepthwiseConv2d(1) >> Conv2d(64, 1))"
    assert float(folded(text)[0].second) == pytest.approx(1.0, rel=1e-9)


RIGHT = {
    "Residual(Dense(64), skip=1.5, scale=0.5)": 2.5,
    "Residual(relu, path=Dense(64))": 1.5,
    "Residual(Dense(64) >> Residual(Dense(64)))": 3.0,
    "Add(Identity(), Dense(64) >> Residual(Dense(64)))": 3.0,
    "Multiply(Identity(), Dense(64) >> Residual(Dense(64)))": 2.0,
    "Concat(Identity(), Identity()) >> Residual(Dense(128) >> Gated(bilinear) >> Dense(128))": 2.0,
    "Concat(Identity(), Dense(64)) >> Gated(bilinear)": 1.0,
}


@pytest.mark.parametrize("body", RIGHT)
def test_at_most_one_path_without_weights_is_followed(body: str) -> None:
    out, _, _ = folded(f"Input(64) >> Dense(64, bias=False) >> {body}")
    assert float(out.second) == pytest.approx(RIGHT[body], rel=1e-9)


FRESH = [text for kind in LAYERS.values() for text in kind.examples if "Embedding" not in text]


@pytest.mark.parametrize("text", FRESH)
def test_a_layer_mixes_where_one_feature_reaches_several(text: str) -> None:
    """Changed in one feature of the input, a fresh layer that doesn't mix changes that feature's own."""
    net = network(text)
    assert isinstance(net.layer, Serial)
    for _, layer, shape in net.layer.steps(net.shape):
        if not layer.fresh:
            continue
        rng = np.random.default_rng(1)
        scales = tuple(Drawn(1.0 / float(w.fan_in), 0.0) for w in layer.weights(shape))
        drawn = layer.sample(shape, Drawing(rng, scales, LAWS["normal"]))
        x = np.repeat(rng.standard_normal((1, *shape.concrete())), 2, axis=0)
        feature = (1, slice(None), 0) if shape.tokens is not None else (1, 0)
        x[feature] += 1.0
        first, second = drawn.forward(x)
        out = layer.output(shape)
        axis = first.ndim - 1 if out.tokens is not None or not out.space else 0
        changed = np.any(first != second, axis=tuple(k for k in range(first.ndim) if k != axis))
        own = int(out.features) // int(shape.features)
        assert layer.mixes(shape) == bool(changed.sum() > max(own, 1)), str(layer)


@pytest.mark.parametrize("name", LAYERS)
def test_without_its_weights_a_fresh_layer_passes_nothing_and_no_other_layer_stops(
    name: str,
) -> None:
    """Drawn with zeros, what leaves is the same for all inputs if every path meets weights."""
    seen = 0
    for text in LAYERS[name].examples:
        net = network(text)
        assert isinstance(net.layer, Serial)
        for _, layer, shape in net.layer.steps(net.shape):
            inside = list(every(layer))
            if not any(isinstance(part, LAYERS[name].layer) for part in inside):
                continue
            if isinstance(layer, Input) or any(isinstance(p, WeightStandardised) for p in inside):
                seen += 1
                continue
            rng = np.random.default_rng(1)
            zeros = tuple(Drawn(0.0, 0.0) for _ in layer.weights(shape))
            drawn = layer.sample(shape, Drawing(rng, zeros, LAWS["normal"]))
            dims = (2, *shape.concrete())
            x = rng.integers(0, 3, dims) if name == "Embedding" else rng.standard_normal(dims)
            with np.errstate(invalid="ignore"):
                first, second = drawn.forward(x)
            assert layer.fresh == bool(np.array_equal(first, second, equal_nan=True)), str(layer)
            seen += 1
    assert seen
