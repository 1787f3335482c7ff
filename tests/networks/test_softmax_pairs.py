"""Shares of one position for two inputs, against drawn logits."""

from __future__ import annotations

import numpy as np
import pytest

from varprop.networks.softmax import averaging
from varprop.networks.softmax_pairs import in_common, through_logits

HEAD = 100_000


def drawn(tokens: int, spread: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the softmax of two sets of logits with that correlation."""
    rng = np.random.default_rng(8)
    common, one, two = rng.standard_normal((3, 40_000, tokens))
    pair = [np.sqrt(share) * common + np.sqrt(1 - share) * own for own in (one, two)]
    made = [np.exp(np.sqrt(spread) * logits) for logits in pair]
    first, second = (a / a.sum(axis=1, keepdims=True) for a in made)
    return first, second


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
@pytest.mark.parametrize(("tokens", "spread"), [(4, 1.0), (6, 3.0), (16, 2.0)])
def test_shares_in_common(tokens: int, spread: float, share: float) -> None:
    first, second = drawn(tokens, spread, share)
    found = in_common(averaging(tokens, spread, HEAD, False), share)
    assert found == pytest.approx((first * second).sum(axis=1).mean(), rel=0.02)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_gradient_through_both(share: float) -> None:
    first, second = drawn(6, 1.0, share)
    both = (first * second).sum(axis=1)
    whole = both - (first * second * (first + second)).sum(axis=1) + both**2
    found = through_logits(averaging(6, 1.0, HEAD, False), share)
    assert found == pytest.approx(whole.mean(), rel=0.03)


def test_equal_and_independent_inputs_under_a_mask() -> None:
    shares = averaging(5, 2.0, HEAD, True)
    assert in_common(shares, 1.0) == pytest.approx(shares.sharpness, rel=1e-9)
    assert in_common(shares, 0.0) == pytest.approx(np.mean(1 / np.arange(1, 6)), rel=1e-9)
