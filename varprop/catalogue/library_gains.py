"""Constants that libraries scale weights or activations by: what each says, and what it means."""

from __future__ import annotations

from dataclasses import dataclass

LIBRARIES = ("torch", "keras", "jax", "timm")


@dataclass(frozen=True)
class LibraryGain:
    """One constant: a standard deviation √(fan_in·Var(w)), as exact text.

    ``centred`` marks scales for weights whose mean over fan_in is removed (weight
    standardisation): there the variance of φ(h) counts, not its second moment.
    """

    library: str
    activation: str
    value: str
    meaning: str
    source: str
    centred: bool = False


_TORCH = "torch.nn.init.calculate_gain"
_TORCH_SAYS = "recommended gain"
_KERAS = "keras.initializers, keras.activations documentation"
_NFNET = "_nonlin_gamma in timm/models/nfnet.py, from deepmind-research/nfnets/base.py"


def _torch(activation: str, value: str) -> LibraryGain:
    return LibraryGain("torch", activation, value, _TORCH_SAYS, _TORCH)


def _nfnet(activation: str, value: str) -> LibraryGain:
    return LibraryGain("timm", activation, value, "NFNet gamma", _NFNET, centred=True)


def _default(library: str, activation: str, value: str, meaning: str) -> LibraryGain:
    sources = {
        "torch": "torch.nn.Linear.reset_parameters: kaiming_uniform_(a=sqrt(5))",
        "keras": "keras.layers.Dense: glorot_uniform, square layers",
        "jax": "flax.linen.Dense: lecun_normal",
    }
    return LibraryGain(library, activation, value, meaning, sources[library])


LIBRARY_GAINS: tuple[LibraryGain, ...] = (
    _torch("linear", "1"),
    _torch("sigmoid", "1"),
    _torch("tanh", "5/3"),
    _torch("relu", "sqrt(2)"),
    _torch("leaky_relu(0.01)", "sqrt(2/(1 + 0.01**2))"),
    _torch("leaky_relu(0.2)", "sqrt(2/(1 + 0.2**2))"),
    _torch("selu", "3/4"),
    *(
        _default("torch", activation, "1/sqrt(3)", "layer default")
        for activation in ("relu", "tanh", "gelu", "silu")
    ),
    LibraryGain("keras", "relu", "sqrt(2)", "he_normal", _KERAS),
    LibraryGain("keras", "selu", "1", "lecun_normal", _KERAS),
    *(
        _default("keras", activation, "1", "layer default")
        for activation in ("linear", "relu", "tanh", "sigmoid", "elu", "gelu", "silu", "softplus")
    ),
    LibraryGain("jax", "relu", "sqrt(2)", "he_normal", "jax.nn.initializers.he_normal"),
    LibraryGain("jax", "selu", "1", "lecun_normal", "jax.nn.initializers.lecun_normal"),
    *(
        _default("jax", activation, "1", "layer default")
        for activation in ("linear", "relu", "tanh", "sigmoid", "elu", "gelu_tanh", "silu")
    ),
    _nfnet("linear", "1"),
    _nfnet("celu", "1.270926833152771"),
    _nfnet("elu", "1.2716004848480225"),
    _nfnet("gelu", "1.7015043497085571"),
    _nfnet("leaky_relu(0.01)", "1.70590341091156"),
    _nfnet("log_sigmoid", "1.9193484783172607"),
    _nfnet("relu", "1.7139588594436646"),
    _nfnet("relu6", "1.7131484746932983"),
    _nfnet("selu", "1.0008515119552612"),
    _nfnet("sigmoid", "4.803835391998291"),
    _nfnet("silu", "1.7881293296813965"),
    _nfnet("softsign", "2.338853120803833"),
    _nfnet("softplus", "1.9203323125839233"),
    _nfnet("tanh", "1.5939117670059204"),
)
