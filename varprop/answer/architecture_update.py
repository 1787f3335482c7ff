"""How far one step of an optimiser moves a network whose sums are normalised (post-LN).

With x' = LN(skip·x + f(x)), a step on the branch's tensors moves the output by at most
η·Σ scale²/skip² over the tensors that the branch is linear in, summed over all branches.
Source: Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers, theorem 4.2 and section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, S

from varprop.networks.attention import SelfAttention
from varprop.networks.concatenation import Concat
from varprop.networks.containers import Repeat, Serial
from varprop.networks.layer import Layer, Weight
from varprop.networks.network import Network
from varprop.networks.residual import Residual
from varprop.networks.shape import Shape

IMPOSED = (
    "a step on all branches together moves the output as far as a step on one plain layer: "
    "Σ scale²/skip² over their tensors is 1"
)
SOURCE = "Wang et al. 2022, DeepNet, section 4.3"


def update_size(net: Network) -> Expr:
    """Return Σ scale²/skip² over the tensors of all branches, copies included."""
    return Add(
        *(
            copies * (branch.scale * weight.scale / branch.skip) ** 2
            for branch, shape, copies in _branches(net.layer, net.shape, S.One)
            for weight in _direct(branch.branch, shape)
        )
    )


def _branches(layer: Layer, shape: Shape, copies: Expr) -> Iterator[tuple[Residual, Shape, Expr]]:
    """Yield every residual block with the shape that enters and the number of its copies."""
    if isinstance(layer, Residual):
        yield layer, shape, copies
    elif isinstance(layer, Serial):
        for _, part, here in layer.steps(shape):
            yield from _branches(part, here, copies)
    elif isinstance(layer, Repeat) and not layer.count.is_Integer:
        yield from _branches(layer.block, shape, copies * layer.count)
    elif isinstance(layer, Repeat):
        for here, times in layer.entering(shape):
            yield from _branches(layer.block, here, copies * times)
    elif isinstance(layer, Concat):
        for part in layer.branches:
            yield from _branches(part, shape, copies)


def _direct(layer: Layer, shape: Shape) -> Iterator[Weight]:
    """Yield the tensors in which a branch is linear: of attention, values and projection only."""
    if isinstance(layer, Serial):
        for _, part, here in layer.steps(shape):
            yield from _direct(part, here)
    elif isinstance(layer, SelfAttention):
        yield from (
            w for role, w in layer.tensors(shape).items() if role in ("value", "projection")
        )
    else:
        yield from layer.weights(shape)
