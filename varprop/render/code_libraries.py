"""What emitted initialisers look like in each library: one entry each."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, S

from varprop.frozen import frozen
from varprop.render.code_templates import CHECK, JAX, KERAS, NUMPY, TORCH


@frozen
class Library:
    """How one library stores weights; how it draws them, each law says of itself.

    ``layouts`` say how the axes (out, in, *kernel) may be stored, by layer kind; ``header`` and
    ``body`` are Python source, with <draw> to fill in; ``use`` and ``layer_use`` show how what is
    emitted for a network and for one layer is called.
    """

    name: str
    layouts: dict[str, tuple[str, ...]]
    header: str
    body: str
    use: str
    layer_use: str


Dims = tuple[Expr, ...]


def _as_is(dims: Dims, _split: Expr) -> Dims:
    return dims


def _out_last(dims: Dims, _split: Expr) -> Dims:
    first, second, *kernel = dims
    return (*kernel, second, first)


def _heads_last(dims: Dims, split: Expr) -> Dims:
    out, into = dims
    return (into, split, out / split)


def _heads_first(dims: Dims, split: Expr) -> Dims:
    out, into = dims
    return (split, into / split, out)


def _multiplier_last(dims: Dims, split: Expr) -> Dims:
    out, _, *kernel = dims
    return (*kernel, out / split, split)


def _with_batch(dims: Dims, _split: Expr) -> Dims:
    return (S.One, *dims)


STORED: dict[str, Callable[[Dims, Expr], Dims]] = {
    "as_is": _as_is,
    "out_last": _out_last,
    "heads_last": _heads_last,
    "heads_first": _heads_first,
    "multiplier_last": _multiplier_last,
    "with_batch": _with_batch,
}
"""What a library makes of the axes (out, in, *kernel) and their parts."""

POSITIONS: dict[str, tuple[str, ...]] = {"positions": ("as_is", "with_batch")}
_OUT_LAST = {
    **POSITIONS,
    "linear": ("out_last",),
    "conv": ("out_last",),
    "conv_transpose": ("out_last",),
    "depthwise": ("out_last",),
    "heads_out": ("out_last", "heads_last"),
    "heads_in": ("out_last", "heads_first"),
}
_KERAS_AXES = {**_OUT_LAST, "depthwise": ("multiplier_last", "out_last")}

_RNG_USE = "kernel = draw(shape, np.random.default_rng(0))"

LIBRARIES = {
    "torch": Library(
        "torch", POSITIONS, "import torch\nfrom torch import nn\n", CHECK + TORCH,
        "initialise(model)", "initialise_(layer.weight)",
    ),
    "keras": Library(
        "keras", _KERAS_AXES, "import numpy as np\n", CHECK + KERAS, "initialise(model)", _RNG_USE,
    ),
    "jax": Library(
        "jax", _OUT_LAST, "import jax\nimport jax.numpy as jnp\n", CHECK + JAX,
        "params = initialise(params, jax.random.key(0))", "kernel = draw(jax.random.key(0), shape)",
    ),
    "numpy": Library(
        "numpy", POSITIONS, "import numpy as np\n", NUMPY, "arrays = draw(seed=0)", _RNG_USE,
    ),
}  # fmt: skip
