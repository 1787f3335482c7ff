"""Looks-linear networks: which activations have a mirror, and that it keeps every norm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from varprop.answer.advise import advise
from varprop.answer.advise_mirrored import odd_slope
from varprop.catalogue.activations import activation_from
from varprop.propagation.feed import moments_of

SLOPES = {
    "relu": 1.0, "leaky_relu(0.2)": 1.2, "gelu": 1.0, "silu": 1.0, "softplus": 1.0,
    "tanh": None, "elu": None, "linear": None, "abs": None, "relu6": None,
}  # fmt: skip


@pytest.mark.parametrize("name", SLOPES)
def test_which_activations_have_a_linear_odd_part(name):
    found = odd_slope(moments_of(activation_from(name).phi))
    assert found == (None if SLOPES[name] is None else pytest.approx(SLOPES[name], rel=1e-12))


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_the_mirrored_network_keeps_every_norm(name):
    by_hand = {"relu": lambda h: np.maximum(h, 0), "gelu": lambda h: h * ndtr(h)}[name]
    option = next(o for o in advise(name, depth=40, width=64).options if o.form == "looks-linear")
    rng = np.random.default_rng(0)
    h = start = rng.normal(size=(32, 3))
    for _ in range(40):
        turned = np.linalg.qr(rng.normal(size=(32, 32)))[0]
        weights = np.hstack([turned, -turned])
        assert np.var(weights) * 64 == pytest.approx(option.sigma_w2, rel=0.05)
        h = weights @ by_hand(np.vstack([h, -h]))
    assert np.linalg.norm(h, axis=0) == pytest.approx(np.linalg.norm(start, axis=0), rel=1e-10)
    assert h.T @ h == pytest.approx(start.T @ start, rel=1e-9)


def test_plain_relu_at_depth_1000_fails_and_two_forms_work():
    found = advise("relu", depth=1000, width=1000)
    holds = {(o.form, o.law): o.holds for o in found.options}
    assert holds == {
        ("plain", "orthogonal"): False, ("plain", "normal"): False,
        ("residual", "normal"): True, ("looks-linear", "orthogonal"): True,
    }  # fmt: skip
    assert not any(o.form == "looks-linear" for o in advise("relu", depth=5, width=31).options)
