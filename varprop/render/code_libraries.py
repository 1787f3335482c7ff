"""What emitted initialisers look like in each library: one entry each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from sympy import Expr, S

from varprop.frozen import frozen
from varprop.render.code_templates import (
    CHECK,
    JAX,
    KERAS,
    NUMPY,
    ORTHOGONAL,
    TORCH,
    TRUNCATED,
)


@frozen
class Library:
    """How one library stores weights and draws them.

    ``layouts`` say how the axes (out, in, *kernel) may be stored, by layer kind; ``draws`` are
    expressions in ``w`` (the tensor) or ``shape`` and their numbers ``p`` and ``cut``; ``helpers``
    are functions that a law's expression calls, ``imports`` modules; ``header`` and ``body`` are
    Python source, with <draw> to fill in. ``p`` is the law's parameter, but for laws of matrices
    the standard deviation of an entry: the gain depends on how the library flattens a kernel.
    """

    name: str
    layouts: dict[str, tuple[str, ...]]
    draws: dict[str, str]
    header: str
    body: str
    helpers: dict[str, str] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)

    def source(self, law: str) -> tuple[str, str, str]:
        """Return the imports, the helper functions and the expression that draw a law."""
        return self.imports.get(law, ""), self.helpers.get(law, ""), self.draws[law]


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
_LONGER = "p * max(shape[-1], math.prod(shape[:-1])) ** 0.5"
_RNG = {
    "normal": "p * rng.standard_normal(shape)",
    "uniform": "rng.uniform(-p, p, shape)",
    "truncated_normal": "_truncated(rng, p, shape)",
    "orthogonal": "_orthogonal(rng, p, shape)",
    "rademacher": "p * rng.choice([-1.0, 1.0], shape)",
}

LIBRARIES = {
    "torch": Library(
        "torch",
        POSITIONS,
        {
            "normal": "w.normal_(0.0, p, generator=generator)",
            "uniform": "w.uniform_(-p, p, generator=generator)",
            "truncated_normal": "nn.init.trunc_normal_(w, 0.0, p, -{cut:g} * p, {cut:g} * p, generator)",
            "orthogonal": "nn.init.orthogonal_(w, p * max(len(w), w[0].numel()) ** 0.5, generator)",
            "rademacher": "w.bernoulli_(0.5, generator=generator).mul_(2).sub_(1).mul_(p)",
        },
        "import torch\nfrom torch import nn\n",
        CHECK + TORCH,
    ),
    "keras": Library(
        "keras",
        _KERAS_AXES,
        {
            **_RNG,
            "orthogonal": f"keras.initializers.Orthogonal({_LONGER}, seed=int(rng.integers(2**31)))(shape)",
        },
        "import numpy as np\n",
        CHECK + KERAS,
        helpers={"truncated_normal": TRUNCATED},
        imports={"orthogonal": "import math\n\nimport keras\n"},
    ),
    "jax": Library(
        "jax",
        _OUT_LAST,
        {
            "normal": "p * jax.random.normal(k, shape)",
            "uniform": "jax.random.uniform(k, shape, minval=-p, maxval=p)",
            "truncated_normal": "p * jax.random.truncated_normal(k, -{cut:g}, {cut:g}, shape)",
            "orthogonal": f"jax.nn.initializers.orthogonal({_LONGER})(k, shape)",
            "rademacher": "p * jax.random.rademacher(k, shape)",
        },
        "import jax\nimport jax.numpy as jnp\n",
        CHECK + JAX,
        imports={"orthogonal": "import math\n\n"},
    ),
    "numpy": Library(
        "numpy",
        POSITIONS,
        _RNG,
        "import numpy as np\n",
        NUMPY,
        helpers={"truncated_normal": TRUNCATED, "orthogonal": ORTHOGONAL},
    ),
}
