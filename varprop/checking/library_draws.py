"""Calls of library initialisers, one entry each; libraries are imported when a draw is made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

Draw = Callable[[int], Any]
FAN_IN, FAN_OUT = 512, 256
SQUARE = 64


def _torch_linear(seed: int) -> Any:
    torch = import_module("torch")
    torch.manual_seed(seed)
    return torch.nn.Linear(FAN_IN, FAN_OUT).weight


def _torch_packed(seed: int) -> Any:
    torch = import_module("torch")
    torch.manual_seed(seed)
    return torch.nn.MultiheadAttention(FAN_IN, 8).in_proj_weight


def _torch_truncated(seed: int) -> Any:
    torch = import_module("torch")
    torch.manual_seed(seed)
    std = (2 / FAN_IN) ** 0.5
    return torch.nn.init.trunc_normal_(torch.empty(FAN_OUT, FAN_IN), std=std, a=-2 * std, b=2 * std)


def _keras(name: str) -> Draw:
    def draw(seed: int) -> Any:
        keras = import_module("keras")
        made = getattr(keras.initializers, name)(seed=seed)
        return keras.ops.convert_to_numpy(made((FAN_IN, FAN_OUT)))

    return draw


def _jax(name: str) -> Draw:
    def draw(seed: int) -> Any:
        jax = import_module("jax")
        made = getattr(jax.nn.initializers, name)()
        return made(jax.random.PRNGKey(seed), (FAN_IN, FAN_OUT))

    return draw


def _svd_factor(seed: int) -> Any:
    import numpy as np

    gaussian = np.random.default_rng(seed).standard_normal((SQUARE, SQUARE))
    return np.linalg.svd(gaussian)[0]


def _jax_complex(seed: int) -> Any:
    import numpy as np

    jax, jnp = import_module("jax"), import_module("jax.numpy")
    made = jax.nn.initializers.variance_scaling(
        1.0, "fan_in", "truncated_normal", dtype=jnp.complex64
    )
    drawn = np.asarray(made(jax.random.PRNGKey(seed), (FAN_IN, FAN_OUT)))
    return np.sqrt(2.0) * drawn.real


DRAWS: dict[str, tuple[Draw, int, int]] = {
    "torch.nn.Linear": (_torch_linear, FAN_IN, FAN_OUT),
    "torch.nn.MultiheadAttention": (_torch_packed, FAN_IN, FAN_IN),
    "torch.nn.init.trunc_normal_": (_torch_truncated, FAN_IN, FAN_OUT),
    "keras.initializers.HeNormal": (_keras("HeNormal"), FAN_IN, FAN_OUT),
    "keras.initializers.GlorotUniform": (_keras("GlorotUniform"), FAN_IN, FAN_OUT),
    "numpy.linalg.svd": (_svd_factor, SQUARE, SQUARE),
    "jax.nn.initializers.he_normal": (_jax("he_normal"), FAN_IN, FAN_OUT),
    "jax.nn.initializers.variance_scaling, complex": (_jax_complex, FAN_IN, FAN_OUT),
}
"""By the name of what is called: a function of a seed, and the fans of what it draws."""
