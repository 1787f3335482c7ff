"""Drawn attention: forward, and its exact gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.layer import Sampled

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.attention import SelfAttention
    from varprop.networks.drawing import Drawing
    from varprop.networks.shape import Shape


def drawn(layer: SelfAttention, shape: Shape, drawing: Drawing) -> Sampled:
    """Return one drawn attention layer, weights taken in the order of the rule."""
    import numpy as np

    *into, last = layer.weights(shape)
    pairs = [(drawing.weight(w), drawing.bias(w)) for w in (into if layer.out else [*into, last])]
    matrix = np.concatenate([m for m, _ in pairs])
    bias = None if pairs[0][1] is None else np.concatenate([b for _, b in pairs if b is not None])
    project = (drawing.weight(last), drawing.bias(last)) if layer.out else None
    core = Core(layer, shape)

    def forward(x: Array) -> Array:
        y = core.forward(x @ matrix.T if bias is None else x @ matrix.T + bias)
        if project is None:
            return y
        out: Array = y @ project[0].T
        return out if project[1] is None else out + project[1]

    def backward(delta: Array) -> Array:
        into = delta if project is None else delta @ project[0]
        out: Array = core.backward(into) @ matrix
        return out

    return Sampled(forward, backward)


class Core:
    """Attention between given queries, keys and values: arrays are (inputs, tokens, features)."""

    def __init__(self, layer: SelfAttention, shape: Shape) -> None:
        self.heads = int(layer.heads)
        self.kept = int(layer.heads if layer.kv_heads is None else layer.kv_heads)
        self.head = int(layer.head(shape))
        self.causal = layer.causal
        self.last: tuple[Array, Array, Array, Array]

    def forward(self, qkv: Array) -> Array:
        """Return softmax(Q Kᵀ/√d_head) V, heads side by side."""
        import numpy as np

        q, k, v = self._split(qkv)
        logits = np.einsum("btkgi,bski->bkgts", q, k, optimize=True) / self.head**0.5
        if self.causal:
            logits = np.where(np.tri(logits.shape[-1], dtype=bool), logits, -np.inf)
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        self.last = (q, k, v, shares)
        out = np.einsum("bkgts,bski->btkgi", shares, v, optimize=True)
        return out.reshape(*qkv.shape[:2], -1)

    def backward(self, delta: Array) -> Array:
        """Return the gradient at queries, keys and values."""
        import numpy as np

        q, k, v, shares = self.last
        d = delta.reshape(q.shape)
        values = np.einsum("bkgts,btkgi->bski", shares, d, optimize=True)
        each = np.einsum("btkgi,bski->bkgts", d, v, optimize=True)
        logits = shares * (each - (shares * each).sum(axis=-1, keepdims=True)) / self.head**0.5
        queries = np.einsum("bkgts,bski->btkgi", logits, k, optimize=True)
        keys = np.einsum("bkgts,btkgi->bski", logits, q, optimize=True)
        flat = [a.reshape(*a.shape[:2], -1) for a in (queries, keys, values)]
        return np.concatenate(flat, axis=-1)

    def _split(self, qkv: Array) -> tuple[Array, Array, Array]:
        """Return queries (inputs, tokens, keys' heads, group, head), keys and values without group."""
        wide, narrow = self.heads * self.head, self.kept * self.head
        dims = (*qkv.shape[:2], self.kept)
        q = qkv[..., :wide].reshape(*dims, self.heads // self.kept, self.head)
        k = qkv[..., wide : wide + narrow].reshape(*dims, self.head)
        v = qkv[..., wide + narrow :].reshape(*dims, self.head)
        return q, k, v
