"""How far one step of an optimiser moves a network, where the stream itself says nothing of a factor.

So it is where every sum is normalised (post-LN: x' = LN(skip·x + f(x))), and where branches end in a
zero (Fixup, ReZero). A step on one tensor of a branch moves its output by the product of all other
factors of the branch: η·Σᵢ scale²·Πⱼ≠ᵢ wⱼ²/skip² in all, summed over all branches.
Source: Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers, theorem 4.2 and section 4.3;
Zhang, Dauphin & Ma 2019, Fixup initialization, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, Mul, S, Symbol

from varprop.networks.attention import SelfAttention
from varprop.networks.concatenation import Concat
from varprop.networks.containers import Repeat, Serial
from varprop.networks.elementwise import Scale
from varprop.networks.layer import Layer
from varprop.networks.layer_scale import LayerScale
from varprop.networks.network import Network, every
from varprop.networks.residual import Residual
from varprop.networks.shape import Shape

IMPOSED = (
    "a step on all branches together moves the output as far as a step on one plain layer: "
    "Σᵢ scale²·Πⱼ≠ᵢ wⱼ²/skip² over the factors w of their tensors is 1"
)
SOURCE = "Wang et al. 2022, DeepNet, section 4.3; Zhang, Dauphin & Ma 2019, Fixup, section 3"


def update_size(net: Network) -> Expr:
    """Return Σᵢ scale²·Πⱼ≠ᵢ wⱼ²/skip² over the tensors of all branches, copies included."""
    return Add(
        *(
            copies
            * (branch.scale / branch.skip) ** 2
            * _moved(list(_factors(branch.branch, shape)))
            for branch, shape, copies in _branches(net.layer, net.shape, S.One)
        )
    )


def advice(net: Network, symbol: Symbol) -> str:
    """Return what to write where attention's values are to be scaled, too, "" elsewhere."""
    for layer in every(net.layer):
        if not isinstance(layer, SelfAttention) or not layer.scale.has(symbol):
            continue
        if not layer.packed and not layer.value_scale.has(symbol):
            return (
                f" SelfAttention(scale={symbol}) scales its projection alone: for DeepNorm's β write "
                f"SelfAttention(scale={symbol}, value_scale={symbol})."
            )
    return ""


def _moved(factors: list[tuple[Expr, bool]]) -> Expr:
    """Return Σᵢ Πⱼ≠ᵢ wⱼ² over the trained factors i and all factors j."""
    return Add(
        *(
            Mul(*(other**2 for k, (other, _) in enumerate(factors) if k != place))
            for place, (_, trained) in enumerate(factors)
            if trained
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


def _factors(layer: Layer, shape: Shape) -> Iterator[tuple[Expr, bool]]:
    """Yield the factors of a branch, and whether they are trained: of attention, values and projection."""
    if isinstance(layer, Serial):
        for _, part, here in layer.steps(shape):
            yield from _factors(part, here)
    elif isinstance(layer, SelfAttention):
        tensors = layer.tensors(shape).items()
        moved = ("value", "query, key, value", "projection")
        yield from ((w.scale, True) for role, w in tensors if role in moved)
    elif isinstance(layer, Scale):
        yield layer.factor, isinstance(layer, LayerScale) or layer.factor == 0
    else:
        yield from ((w.scale, True) for w in layer.weights(shape))
