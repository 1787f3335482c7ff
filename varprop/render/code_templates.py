"""Python source that every emitted initialiser is made of: plain text with <marks> to fill in."""

from __future__ import annotations

CHECK = '''

def _chosen(names, known, weights):
    """Return ``names``; refuse tensors without a scale and numbers that SCALES doesn't have."""
    for name, number in names.items():
        if name not in known:
            some = ", ".join(get_close_matches(name, known) or list(known)[:8])
            raise ValueError(f"names= has {name!r}, which is no tensor of the model; some are: {some}")
        if number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int) or number not in range(len(SCALES)):
            raise ValueError(f"names= gives {name} the number {number!r}: SCALES has the entries "
                             f"0 to {len(SCALES) - 1}, and None leaves the tensor as it is")
        if name not in weights:
            raise ValueError(f"names= gives {name} the number {number}, but it is no weight that is drawn "
                             f"from SCALES: leave it out, or give it None, which keeps its own start")
    for number, entry in enumerate(SCALES):
        users = [name for name, wanted in names.items() if wanted == number]
        if len(users) > entry[3]:
            raise ValueError(f"names= gives entry {number} ({entry[0]}) to {len(users)} tensors, but "
                             f"the network has it {entry[3]} times: {', '.join(users)}")
    return names


def _entry(name, shape, chosen):
    """Return the one scale that a tensor of this shape can have; refuse to guess."""
    if name in chosen:
        entry = SCALES[chosen[name]]
        if shape not in entry[1]:
            stored = " or ".join(map(str, entry[1]))
            raise ValueError(f"{name} has shape {shape}, but {entry[0]} is stored as {stored}")
        return entry
    fitting = [number for number, entry in enumerate(SCALES) if shape in entry[1]]
    if not fitting:
        raise ValueError(f"{name} has shape {shape}: no layer of the network is stored like "
                         f"that; names={{{name!r}: None}} leaves it as it is")
    named = list(chosen.values())
    left = [number for number in fitting if named.count(number) < SCALES[number][3]] or fitting
    if len({SCALES[number][2] for number in left}) > 1:
        layers = ", ".join(f"{number}: {SCALES[number][0]}" for number in left)
        raise ValueError(f"{name} of shape {shape} could be {layers}: say which in "
                         f"names={{{name!r}: number}}")
    return SCALES[left[0]]


def _count(shapes):
    """Refuse a model that has fewer or more tensors of a shape than the network."""
    first = {shape: entry[1][0] for entry in SCALES for shape in entry[1]}
    for shape in dict.fromkeys(first.values()):
        alike = [entry for entry in SCALES if entry[1][0] == shape]
        wanted = sum(entry[3] for entry in alike)
        # learned positions may keep their own start: names={name: None}
        least = sum(entry[3] for entry in alike if not entry[0].startswith("Positional"))
        found = sum(first.get(other) == shape for other in shapes)
        if not least <= found <= wanted:
            raise ValueError(f"{found} tensors of shape {shape} in the model, {wanted} in the network")
'''

TORCH = '''

def _refuse_computed(model):
    """Refuse modules that compute a weight from others: what is drawn wouldn't be the weight that acts."""
    for path, module in model.named_modules():
        own = dict([*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)])
        bases = {n.rpartition("_")[0] for n in own if n.endswith(("_orig", "_g", "_v"))} - own.keys()
        hooked = [n for n in bases if isinstance(getattr(module, n, None), torch.Tensor)]
        if hooked or nn.utils.parametrize.is_parametrized(module):
            raise ValueError(f"{path or 'the model'} is parametrized, by orthogonal, spectral_norm, "
                             "weight_norm, pruning or the like: what is drawn isn't the weight that acts. "
                             "Initialise the model first, then parametrize it")


def initialise(model, names=None, generator=None):
    """Draw every weight of ``model``; norms keep their own start. <biases>

    ``names`` gives {parameter name: number in SCALES} where equal shapes have different scales, and
    {parameter name: None} for what is no weight of the network and keeps its own start.
    """
    parameters = dict(model.named_parameters())
    _refuse_computed(model)
    weights = {n: p for n, p in parameters.items() if p.dim() >= 2}
    names = _chosen(names or {}, list(parameters), weights)
    weights = {n: p for n, p in weights.items() if names.get(n, 0) is not None}
    _count([tuple(p.shape) for p in weights.values()])
    with torch.no_grad():
        for name, w in weights.items():
            p = _entry(name, tuple(w.shape), names)[2]
            <draw>
        _set_biases(parameters, names, generator)
    return model
'''

KERAS = '''

def initialise(model, names=None, seed=0):
    """Draw every kernel of a built ``model``; norms keep their own start. <biases>

    ``names`` gives {variable path: number in SCALES} where equal shapes have different scales, and
    {variable path: None} for what is no weight of the network and keeps its own start.
    """
    variables = {v.path: v for v in model.trainable_variables}
    rng = np.random.default_rng(seed)
    weights = {
        path: v
        for path, v in variables.items()
        if len(v.shape) >= 2 and not path.endswith("bias")
    }
    names = _chosen(names or {}, list(variables), weights)
    weights = {path: v for path, v in weights.items() if names.get(path, 0) is not None}
    _count([tuple(v.shape) for v in weights.values()])
    for name, v in weights.items():
        p = _entry(name, tuple(v.shape), names)[2]
        shape = tuple(v.shape)
        v.assign(<draw>)
    _set_biases(variables, names, rng)
    return model
'''

JAX = '''

def initialise(params, key, names=None):
    """Return ``params`` (a tree of arrays) with every kernel drawn. <biases>

    ``names`` gives {path as jax.tree_util.keystr writes it: number in SCALES} where equal shapes
    have different scales, and {path: None} for what is no weight of the network and is kept.
    """
    leaves, tree = jax.tree_util.tree_flatten_with_path(params)
    arrays = {jax.tree_util.keystr(path): x for path, x in leaves}
    keys = dict(zip(arrays, jax.random.split(key, len(arrays))))
    biases = [n for n in arrays if n.removesuffix(".value").rstrip("']").endswith("bias")]
    weights = [n for n, x in arrays.items() if x.ndim >= 2 and n not in biases]
    names = _chosen(names or {}, list(arrays), weights)
    weights = [n for n in weights if names.get(n, 0) is not None]
    _count([tuple(arrays[n].shape) for n in weights])
    for name in weights:
        k, shape = keys[name], tuple(arrays[name].shape)
        p = _entry(name, shape, names)[2]
        arrays[name] = <draw>
    _set_biases(arrays, biases, names, keys)
    return jax.tree_util.tree_unflatten(tree, list(arrays.values()))
'''

NUMPY = '''

def draw(seed=0):
    """Return one array for every tensor of the network, in the order of SCALES."""
    rng = np.random.default_rng(seed)
    found = []
    for _, (shape, *_), p, copies, _ in SCALES:
        for _ in range(copies):
            found.append(<draw>)
    return found
'''
