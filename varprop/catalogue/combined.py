"""Activations of several pre-activations: gated pairs, maxout, CReLU. Data only.

The pre-activations h, g, … of one unit are independent Gaussians of the same variance q, because
each has its own weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from varprop.registry import Registry


@dataclass(frozen=True)
class CombinedEntry:
    """What all of them declare. Abstract: use GatedPair, Maxout or ConcatenatedRelu.

    ``formula`` is for reading; ``inputs`` and ``outputs`` count the pre-activations and the
    outputs of one unit, so a layer with n outputs has n·inputs/outputs pre-activations.
    """

    name: str
    formula: str
    source: str
    aliases: tuple[str, ...] = ()
    inputs: int = 2
    outputs: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class GatedPair(CombinedEntry):
    """x = value(h)·gate(g): the product of two independent factors, each a catalogue activation."""

    value: str
    gate: str


@dataclass(frozen=True, kw_only=True)
class Maxout(CombinedEntry):
    """x = max of ``inputs`` pre-activations."""


@dataclass(frozen=True, kw_only=True)
class ConcatenatedRelu(CombinedEntry):
    """x = (relu(h), relu(−h)): two outputs of one pre-activation."""


_SHAZEER = "Shazeer 2020, GLU variants improve transformer"
_ORDER = "which half is the gate differs between libraries; the moments are the same"

COMBINED: Registry[CombinedEntry] = Registry("combined activation", "activations")
for _entry in (
    GatedPair(
        "glu",
        "h*sigmoid(g)",
        "Dauphin, Fan, Auli and Grangier 2017, Language modeling with gated convolutional networks",
        ("GLU",),
        note=_ORDER,
        value="linear",
        gate="sigmoid",
    ),
    GatedPair("geglu", "h*gelu(g)", _SHAZEER, ("GEGLU",), note=_ORDER, value="linear", gate="gelu"),
    GatedPair(
        "swiglu",
        "h*silu(g)",
        _SHAZEER,
        ("SwiGLU", "silu_glu"),
        note=_ORDER,
        value="linear",
        gate="silu",
    ),
    GatedPair("reglu", "h*relu(g)", _SHAZEER, ("ReGLU",), note=_ORDER, value="linear", gate="relu"),
    GatedPair(
        "bilinear",
        "h*g",
        "Dauphin, Fan, Auli and Grangier 2017, Language modeling with gated convolutional networks",
        ("bilinear_glu",),
        value="linear",
        gate="linear",
    ),
    Maxout(
        "maxout",
        "Max(h, g)",
        "Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013, Maxout networks",
        ("Maxout",),
        note="two pieces unless told otherwise: maxout(5)",
    ),
    ConcatenatedRelu(
        "crelu",
        "(relu(h), relu(-h))",
        "Shang, Sohn, Almeida and Lee 2016, Concatenated rectified linear units",
        ("CReLU",),
        inputs=1,
        outputs=2,
        note="fan_in counts both outputs",
    ),
):
    COMBINED.add(_entry)
