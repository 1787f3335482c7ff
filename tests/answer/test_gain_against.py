"""Library constants: numbers published about them, and the words computed from them."""

from __future__ import annotations

import pytest

from varprop.answer.gain_against import Centred, against, judge
from varprop.catalogue.activations import activation
from varprop.catalogue.library_gains import LIBRARIES, LIBRARY_GAINS, LibraryGain
from varprop.errors import BadInput
from varprop.moments import Moments


def _find(library: str, name: str) -> LibraryGain:
    return next(g for g in LIBRARY_GAINS if (g.library, g.activation) == (library, name))


DESTINATIONS = {
    ("torch", "tanh"): (1.17848, 0.431, 1.2098),
    ("torch", "selu"): (0.02303, None, 1.0037),
    ("torch", "sigmoid"): (0.26469, None, 0.0557),
    ("torch", "relu"): (1.0, 1.0, 1.0),
}


@pytest.mark.parametrize("key", DESTINATIONS, ids="-".join)
def test_where_a_constant_leads(key: tuple[str, str]) -> None:
    found = judge(_find(*key)).destination
    for value, reference in zip(
        (found.q, found.chi_parallel, found.chi_perp), DESTINATIONS[key], strict=True
    ):
        if reference is not None:
            assert value == pytest.approx(reference, rel=3e-4, abs=5e-5)


DEVIATIONS = {
    "relu": 0.00064,
    "gelu": 0.00034,
    "silu": 0.00053,
    "tanh": 0.00086,
    "sigmoid": 0.00053,
    "softplus": 0.00063,
    "selu": 0.00085,
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_sampled_constants_of_nfnets(name: str) -> None:
    judged = judge(_find("timm", name))
    assert judged.distances["variance"] == pytest.approx(DEVIATIONS[name], abs=6e-6)
    assert judged.verdict.startswith("the std gain at q = 1, +0.0")


def test_the_verdict_on_tanh() -> None:
    verdict = judge(_find("torch", "tanh")).verdict
    assert verdict.startswith("not the q = 1 gain 1.592537 (4.65 % above it)")
    assert "stable fixed point q* = 1.17848" in verdict
    assert "χ⊥ = 1.2098" in verdict


@pytest.mark.parametrize("entry", LIBRARY_GAINS, ids=lambda g: f"{g.library}-{g.activation}")
def test_every_constant_has_a_verdict(entry: LibraryGain) -> None:
    judged = judge(entry)
    assert judged.value > 0
    assert "\n" not in judged.verdict
    assert entry.source
    assert entry.library in LIBRARIES


def test_a_made_up_constant_gets_its_own_words() -> None:
    exact = LibraryGain("torch", "gelu", "1.53353044119553523377", "test", "test")
    assert judge(exact).verdict.startswith("exactly the second-moment gain at q = 1")
    backward = LibraryGain("torch", "gelu", "1.48111441270834819661", "test", "test")
    assert judge(backward).verdict.startswith("exactly the backward gain at q = 1")
    wild = LibraryGain("torch", "square", "1", "test", "test")
    assert "q grows without bound" in judge(wild).verdict


def test_the_centred_map_and_its_slope() -> None:
    centred, step = Centred(Moments(activation("gelu").phi)), 1e-4
    low, high = (centred.number("second_moment", 1 + s * step) for s in (-1, 1))
    slope = centred.number("length_slope", 1.0)
    assert low is not None
    assert high is not None
    assert slope is not None
    assert slope.value == pytest.approx((high.value - low.value) / (2 * step), rel=1e-6)


def test_an_unknown_library() -> None:
    with pytest.raises(BadInput, match="Did you mean torch"):
        against("torhc")
