"""Self-attention as it is at the start: logits, what the softmax averages, and the gradient through both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Integer, S

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.attention_rule import attended
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape, scalar, size
from varprop.networks.signal import Signal

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@frozen
class SelfAttention(Layer):
    """softmax(Q Kᵀ/√d_head) V over the tokens, and a projection back to their features.

    ``dim`` is the width of all heads together (the features that arrive, when left out); ``kv_heads``
    are fewer heads of keys and values that groups of queries share. ``packed`` stores query, key and
    value as one tensor, whose fan_out counts all three: Xavier halves the variance for it. ``out``
    is the projection. ``scale`` multiplies the standard deviation of the projection, ``value_scale``
    that of the values: DeepNorm's β is both. Source: Vaswani et al. 2017; Ainslie et al. 2023 for
    shared keys and values; Wang et al. 2022, figure 2, for β.
    """

    heads: Expr = S.One
    causal: bool = False
    packed: bool = False
    bias: bool = True
    dim: Expr | None = None
    kv_heads: Expr | None = None
    out: bool = True
    scale: Expr = S.One
    value_scale: Expr = S.One

    def __post_init__(self) -> None:
        """Read the sizes; raises BadInput."""
        super().__post_init__()
        for name in ("heads", "dim", "kv_heads"):
            given = getattr(self, name)
            if given is not None or name == "heads":
                what = f"{name} of SelfAttention"
                likely = "64" if name == "dim" else "1"
                read = size(given, what, symbolic=name != "kv_heads", such_as=likely)
                object.__setattr__(self, name, read)
        for name in ("scale", "value_scale"):
            what = f"the {name} of {type(self).__name__}"
            object.__setattr__(self, name, scalar(getattr(self, name), what))
        if self.packed and self.value_scale != 1:
            raise BadInput(
                f"value_scale={self.value_scale} scales the values alone, but packed=True draws them with "
                "queries and keys as one tensor: leave packed out."
            )

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the tokens' shape; raises BadInput without tokens or where heads don't divide."""
        if shape.tokens is None:
            raise Misfit(
                f"{self} takes tokens, but {shape} arrives: write Input(512, tokens=128), or Tokens() "
                "behind a convolution."
            )
        width = self.width(shape)
        _divides(self.heads, width, f"{self}: {width} features", "heads")
        if self.kv_heads is not None:
            _divides(self.kv_heads, self.heads, f"{self}: {self.heads} heads", "kv_heads")
        return shape if self.out else shape.with_features(width)

    def width(self, shape: Shape) -> Expr:
        """Return the number of features of all heads together."""
        return shape.features if self.dim is None else self.dim

    def head(self, shape: Shape) -> Expr:
        """Return the number of features of one head."""
        return self.width(shape) / self.heads

    def keyed(self, shape: Shape) -> Expr:
        """Return the number of features of all keys together."""
        return self.head(shape) * (self.heads if self.kv_heads is None else self.kv_heads)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return query, key and value (or one tensor of all), then the projection."""
        return tuple(self.tensors(shape).values())

    def tensors(self, shape: Shape) -> dict[str, Weight]:
        """Return the tensors by what they are for, in the order of use."""
        self.output(shape)
        width, keyed = self.width(shape), self.keyed(shape)
        sizes = {"query": width, "key": keyed, "value": keyed}
        if self.packed:
            sizes = {"query, key, value": width + 2 * keyed}
        heads = {role: n / self.head(shape) for role, n in sizes.items()}
        found = {
            role: self._tensor(
                shape.features,
                n,
                self.value_scale if role == "value" else S.One,
                "heads_out",
                heads[role],
            )
            for role, n in sizes.items()
        }
        if self.out:
            found["projection"] = self._tensor(
                width, shape.features, self.scale, "heads_in", self.heads
            )
        return found

    def _tensor(self, fan_in: Expr, out: Expr, scale: Expr, layout: str, heads: Expr) -> Weight:
        bias = out if self.bias else None
        dims = (out, fan_in)
        return Weight(fan_in, out, str(fan_in), dims, scale, bias=bias, layout=layout, split=heads)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] = κ + (ν − κ)·E[Σ_s A_s²] of values with E[v²] = ν and E[v_s v_t] = κ, then projected."""
        return attended(self, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw all tensors; the gradient goes through values, softmax, queries and keys exactly."""
        from varprop.networks.attention_sample import drawn

        return drawn(self, shape, drawing)


def _divides(parts: Expr, whole: Expr, what: str, name: str) -> None:
    both = parts.is_Integer and whole.is_Integer
    if both and Integer(whole) % Integer(parts):
        raise Misfit(
            f"{what} can't be shared equally by {parts} {name}: choose {name} that divide {whole}."
        )
