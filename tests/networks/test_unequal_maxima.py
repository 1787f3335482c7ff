"""The largest of Gaussians that differ, against integrals over the plane and known limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from varprop.answer.verify_architectures import predicted
from varprop.networks.lags import Lags
from varprop.networks.network import InputLaw, network
from varprop.networks.spatial import Window
from varprop.networks.unequal_maxima import clark, near, over_equal, spread_by


def one_window(matrix: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(matrix)[:, :, None]
    return pairs, np.ones((len(matrix), 1), dtype=bool)


@pytest.mark.parametrize(("a", "b", "rho"), [(1.0, 1.0, 0.0), (0.4, 2.5, 0.3), (1.0, 3.0, -0.5)])
def test_two_positions_are_exact(a: float, b: float, rho: float) -> None:
    c = rho * math.sqrt(a * b)
    mean, second, chances = clark(*one_window([[a, c], [c, b]]))
    # max(u, v) = (u + v + |u − v|)/2
    gap = a + b - 2 * c
    assert mean[0] == pytest.approx(math.sqrt(gap / (2 * math.pi)), rel=1e-6)
    assert second[0] == pytest.approx((a + b) / 2, rel=1e-6)
    assert chances[:, 0] == pytest.approx([0.5, 0.5])


def test_equal_positions_are_their_own_reference() -> None:
    pairs, held = one_window((0.3 + 0.7 * np.eye(9)).tolist())
    first, second, chances = over_equal(pairs, held)
    assert (first[0], second[0]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert chances.sum() == pytest.approx(1.0)


def test_two_of_four_with_a_term_in_common() -> None:
    """max(n₁, n₂, e + n₃, e + n₄) from its distribution function Φ(x)²·E[Φ(x − e)²], Var e = 1/2."""
    x = np.linspace(-8, 9, 6801)
    e, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    below = (
        np.array(
            [
                [0.5 * math.erfc(-v / math.sqrt(2)) for v in x - shift]
                for shift in (0.0, *(e * 0.5**0.5))
            ]
        )
        ** 2
    )
    masses, middle = np.diff(below[0] * (weights @ below[1:])), (x[1:] + x[:-1]) / 2
    common = np.array([0.0, 0.0, 1.0, 1.0])
    mean, second, _ = clark(*one_window((np.eye(4) + 0.5 * np.outer(common, common)).tolist()))
    assert mean[0] == pytest.approx(masses @ middle, rel=0.01)
    assert second[0] == pytest.approx(masses @ middle**2, rel=0.03)


def test_padding_is_never_the_largest() -> None:
    pairs, held = one_window(np.eye(3).tolist())
    held[1] = False
    _, second, chances = clark(pairs, held)
    assert second[0] == pytest.approx(1.0)
    assert chances[:, 0] == pytest.approx([0.5, 0.0, 0.5])


def test_a_gradient_goes_where_the_largest_is() -> None:
    window = Window((2,), (1,), (1,), (1,))
    chances = np.array([[0.0, 0.25, 1.0], [1.0, 0.75, 0.0]])
    delta = np.array([1.0, 2.0, 4.0])
    spread = spread_by(window, chances, delta, (2,))
    assert spread == pytest.approx(np.array([1.0 + 0.5, 1.5 + 4.0]))
    assert spread.sum() == pytest.approx(delta.sum())


def test_neighbours_share_what_the_lag_says() -> None:
    window = Window((3,), (1,), (0,), (1,))
    found = near(window, np.array([1.0, 2.0, 3.0]), Lags({(1,): 0.5, (-1,): 0.5}), (1,))[:, :, 0]
    assert found == pytest.approx(np.array([[1.0, 0.5, 0.0], [0.5, 2.0, 1.0], [0.0, 1.0, 3.0]]))


def test_two_pools_behind_padded_convolutions_keep_their_distance_to_samples() -> None:
    """The reference is 150 sampled networks of this spec: E[x²] − E[x x̃] = 0.400 ± 0.004."""
    body = " >> ".join(["Conv2d(64, 3, padding=1) >> relu >> MaxPool2d(2)"] * 2)
    expected, _ = predicted(network(f"Input(16, 12, 12) >> {body}"), data=InputLaw())
    assert expected.cross is not None
    assert expected.second == pytest.approx(3.77, rel=0.04)
    assert expected.second - expected.cross == pytest.approx(0.400, rel=0.12)
