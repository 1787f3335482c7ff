"""What emitted initialisers look like in each library: one entry each, as templates."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from varprop.frozen import frozen


@frozen
class Library:
    """How one library stores weights and draws them.

    ``layouts`` say how the axes (out, in, *kernel) may be stored, by layer kind; ``draws`` are
    expressions in ``w`` (the tensor) and its numbers ``p`` and ``cut``; ``header`` and ``body`` are
    Python source with ``{table}`` and ``{draw}`` to fill in.
    """

    name: str
    layouts: dict[str, tuple[str, ...]]
    draws: dict[str, str]
    header: str
    body: str


_CHECK = '''

def _entry(name, shape, chosen):
    """Return the one scale that a tensor of this shape can have; refuse to guess."""
    if name in chosen:
        entry = SCALES[chosen[name]]
        if shape not in entry[1]:
            stored = " or ".join(map(str, entry[1]))
            raise ValueError(f"{{name}} has shape {{shape}}, but {{entry[0]}} is stored as {{stored}}")
        return entry
    fitting = [entry for entry in SCALES if shape in entry[1]]
    if not fitting:
        raise ValueError(f"{{name}} has shape {{shape}}: no layer of the network is stored like "
                         f"that; names={{{{{{name!r}}: None}}}} leaves it as it is")
    if len({{entry[2] for entry in fitting}}) > 1:
        layers = ", ".join(f"{{SCALES.index(e)}}: {{e[0]}}" for e in fitting)
        raise ValueError(f"{{name}} of shape {{shape}} could be {{layers}}: say which in names=")
    return fitting[0]


def _count(shapes):
    """Refuse a model that has fewer or more tensors of a shape than the network."""
    first = {{shape: entry[1][0] for entry in SCALES for shape in entry[1]}}
    for shape in dict.fromkeys(first.values()):
        wanted = sum(entry[3] for entry in SCALES if entry[1][0] == shape)
        found = sum(first.get(other) == shape for other in shapes)
        if found != wanted:
            raise ValueError(f"{{found}} tensors of shape {{shape}} in the model, {{wanted}} in the network")
'''

_TORCH = '''

def initialise(model, names=None, generator=None):
    """Draw every weight of ``model``; biases are set to 0, norms keep their own start.

    ``names`` gives {{parameter name: number in SCALES}} where equal shapes have different scales, and
    {{parameter name: None}} for what is no weight of the network and keeps its own start.
    """
    names = names or {{}}
    weights = {{
        name: p
        for name, p in model.named_parameters()
        if p.dim() >= 2 and names.get(name, 0) is not None
    }}
    _count([tuple(p.shape) for p in weights.values()])
    with torch.no_grad():
        for name, w in weights.items():
            p = _entry(name, tuple(w.shape), names)[2]
            {draw}
        for name, b in model.named_parameters():
            if b.dim() == 1 and name.endswith("bias"):
                b.zero_()
    return model
'''

_KERAS = '''

def initialise(model, names=None, seed=0):
    """Draw every kernel of a built ``model``; biases are set to 0, norms keep their own start.

    ``names`` gives {{variable path: number in SCALES}} where equal shapes have different scales, and
    {{variable path: None}} for what is no weight of the network and keeps its own start.
    """
    names = names or {{}}
    rng = np.random.default_rng(seed)
    biases = [v for v in model.trainable_variables if v.path.endswith("bias")]
    kept = {{v.path for v in biases}} | {{path for path, number in names.items() if number is None}}
    weights = {{
        v.path: v for v in model.trainable_variables if len(v.shape) >= 2 and v.path not in kept
    }}
    _count([tuple(v.shape) for v in weights.values()])
    for name, v in weights.items():
        p = _entry(name, tuple(v.shape), names)[2]
        shape = tuple(v.shape)
        v.assign({draw})
    for v in biases:
        v.assign(np.zeros(tuple(v.shape)))
    return model
'''

_JAX = '''

def initialise(params, key, names=None):
    """Return ``params`` (a tree of arrays) with every kernel drawn; biases are 0, the rest is kept.

    ``names`` gives {{path as jax.tree_util.keystr writes it: number in SCALES}} where equal shapes
    have different scales, and {{path: None}} for what is no weight of the network and is kept.
    """
    names = names or {{}}
    leaves, tree = jax.tree_util.tree_flatten_with_path(params)
    paths = [jax.tree_util.keystr(path) for path, _ in leaves]
    biases = [name for name in paths if name.removesuffix(".value").rstrip("']").endswith("bias")]
    drawn_ones = {{
        name
        for name, (_, x) in zip(paths, leaves)
        if x.ndim >= 2 and name not in biases and names.get(name, 0) is not None
    }}
    _count([tuple(x.shape) for name, (_, x) in zip(paths, leaves) if name in drawn_ones])
    drawn = []
    for name, (_, x), k in zip(paths, leaves, jax.random.split(key, len(leaves))):
        shape = tuple(x.shape)
        if name in biases:
            x = jnp.zeros(shape)
        elif name in drawn_ones:
            p = _entry(name, shape, names)[2]
            x = {draw}
        drawn.append(x)
    return jax.tree_util.tree_unflatten(tree, drawn)
'''

_NUMPY = '''

def draw(seed=0):
    """Return one array for every tensor of the network, in the order of use."""
    rng = np.random.default_rng(seed)
    found = []
    for _, (shape, *_), p, copies in SCALES:
        for _ in range(copies):
            found.append({draw})
    return found
'''

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


STORED: dict[str, Callable[[Dims, Expr], Dims]] = {
    "as_is": _as_is,
    "out_last": _out_last,
    "heads_last": _heads_last,
    "heads_first": _heads_first,
    "multiplier_last": _multiplier_last,
}
"""What a library makes of the axes (out, in, *kernel) and their parts."""

_OUT_LAST = {
    "linear": ("out_last",),
    "conv": ("out_last",),
    "conv_transpose": ("out_last",),
    "depthwise": ("out_last",),
    "heads_out": ("out_last", "heads_last"),
    "heads_in": ("out_last", "heads_first"),
}
_KERAS_AXES = {**_OUT_LAST, "depthwise": ("multiplier_last", "out_last")}
_RNG = {
    "normal": "p * rng.standard_normal(shape)",
    "uniform": "rng.uniform(-p, p, shape)",
    "truncated_normal": "_truncated(rng, p, shape)",
    "rademacher": "p * rng.choice([-1.0, 1.0], shape)",
}
_TRUNCATED = '''

def _truncated(rng, p, shape):
    """Return a normal law of standard deviation p before it is cut at ±{cut:g}·p."""
    w = rng.standard_normal(shape)
    while (far := np.abs(w) > {cut:g}).any():
        w[far] = rng.standard_normal(far.sum())
    return p * w
'''

LIBRARIES = {
    "torch": Library(
        "torch",
        {},
        {
            "normal": "w.normal_(0.0, p, generator=generator)",
            "uniform": "w.uniform_(-p, p, generator=generator)",
            "truncated_normal": "nn.init.trunc_normal_(w, 0.0, p, -{cut:g} * p, {cut:g} * p, generator)",
            "orthogonal": "nn.init.orthogonal_(w, p, generator)",
            "rademacher": "w.bernoulli_(0.5, generator=generator).mul_(2).sub_(1).mul_(p)",
        },
        "import torch\nfrom torch import nn\n",
        _CHECK + _TORCH,
    ),
    "keras": Library(
        "keras", _KERAS_AXES, _RNG, "import numpy as np\n", "{truncated}" + _CHECK + _KERAS
    ),
    "jax": Library(
        "jax",
        _OUT_LAST,
        {
            "normal": "p * jax.random.normal(k, shape)",
            "uniform": "jax.random.uniform(k, shape, minval=-p, maxval=p)",
            "truncated_normal": "p * jax.random.truncated_normal(k, -{cut:g}, {cut:g}, shape)",
            "rademacher": "p * jax.random.rademacher(k, shape)",
        },
        "import jax\nimport jax.numpy as jnp\n",
        _CHECK + _JAX,
    ),
    "numpy": Library("numpy", {}, _RNG, "import numpy as np\n", "{truncated}" + _NUMPY),
}
TRUNCATED = _TRUNCATED
