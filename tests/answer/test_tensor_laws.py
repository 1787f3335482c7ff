"""Laws of matrices and kernels in a network's answer, against tensors drawn with the parameter."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Max, Symbol, sqrt

from varprop.answer.architecture import solve_network
from varprop.answer.distributions import read_laws, with_laws
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.networks.network import network

NETS = [
    "Input(12, 9, 9) >> relu >> Conv2d(20, 3, padding=1)",
    "Input(20, 9) >> tanh >> Conv1d(12, 5)",
    "Input(12, 5, 5, 5) >> relu >> Conv3d(24, 3, groups=2)",
    "Input(12, 9, 9) >> relu >> ConvTranspose2d(20, 4, stride=2)",
    "Input(40) >> gelu >> Dense(24)",
]


@pytest.mark.parametrize("law", ["orthogonal", "delta_orthogonal"])
@pytest.mark.parametrize("text", NETS)
def test_a_drawn_tensor_has_the_variance_that_was_solved_for(text: str, law: str) -> None:
    laws = read_laws([law], kernels=True)
    (layer,) = with_laws(solve_network(network(text)), laws).layers
    held = {entry.law: entry for entry in layer.distributions}[law]
    assert held.value == pytest.approx(float(held.expr))
    shape = tuple(int(d) for d in layer.dims)
    if law == "orthogonal":
        shape = (shape[0], int(np.prod(shape[1:])))
    drawn = LAWS[law].sample(np.random.default_rng(0), shape)
    by_gain = held.value / np.linalg.norm(_matrix(drawn, law), ord=2)
    assert float(((drawn * by_gain) ** 2).mean()) == pytest.approx(layer.weight_variance.value)


def _matrix(drawn: np.ndarray, law: str) -> np.ndarray:
    """Return the semi-orthogonal matrix: the whole, or that in the middle of the kernel."""
    if law == "delta_orthogonal" and drawn.ndim > 2:
        return drawn.reshape(*drawn.shape[:2], -1).sum(axis=-1)
    return drawn


def test_with_a_symbol_the_longer_side_stays_one() -> None:
    laws = read_laws(["orthogonal", "delta_orthogonal"], kernels=True)
    net = network("Input(32, 9, 9) >> relu >> Conv2d(n, 5)")
    (layer,) = with_laws(solve_network(net), laws).layers
    n = Symbol("n", positive=True, integer=True)
    held = {entry.law: entry for entry in layer.distributions}
    for law, expected in {
        "orthogonal": sqrt(Max(n, 800) / 400),
        "delta_orthogonal": sqrt(Max(n, 32) / 16),
    }.items():
        assert held[law].value is None
        own = next(iter(held[law].expr.free_symbols))
        for size in (8, 32, 700, 5000):
            known = float(held[law].expr.subs(own, size))
            assert known == pytest.approx(float(expected.subs(n, size))), (law, size)


def test_a_layer_without_a_kernel_and_a_form_are_refused() -> None:
    with pytest.raises(BadInput, match="give a network with"):
        read_laws(["delta_orthogonal"])
    with pytest.raises(BadInput, match=r"kernels of the network say that\. Leave \(t=4\) out"):
        read_laws(["delta_orthogonal(t=4)"], kernels=True)
    with pytest.raises(BadInput, match="nothing is drawn"):
        read_laws(["dirac"], kernels=True)
