"""What a spec refuses: each value by name, with what was expected and what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import varprop as vp
from varprop.errors import BadInput
from varprop.networks.layer import Layer
from varprop.networks.network import network

REFUSED = {
    "Input(8) >> Gated(foo)": ("foo isn't a gated pair", "glu, geglu"),
    "Input(8) >> Gated('swigl')": ("Did you mean swiglu",),
    "Input(8, tokens=4) >> Positional(second=-1/2)": ("0 or more, not -1/2",),
    "Input(3, 4, 4) >> Tokens(-1)": ("at least 0, not -1", "Tokens(1)"),
    "Input(3, 4, 4) >> Tokens(1.5)": ("whole number", "3/2"),
    "Input(3) >> Dropout(p+1)": ("[0, 1)", "p + 1"),
    "Input(3) >> Dropout(-p)": ("[0, 1)",),
    "Input(8) >> CReLU() >> Mirrored(relu >> Dense(4))": ("one Dense or Conv layer",),
    "Input(8) >> CReLU() >> Mirrored(relu)": ("not relu",),
    "Input(8) >> CReLU() >> Mirrored(BatchNorm())": ("not BatchNorm()",),
    "Input(8, 4, 4) >> CReLU() >> Mirrored(Conv2d(4, 3, groups=2))": ("leave groups out",),
    "Input(8, 4, 4) >> CReLU() >> Mirrored(ConvTranspose2d(4, 3))": ("one Dense or Conv layer",),
    "Input(8) >> Dense(8) >> Input(8)": ("comes first, and only there", "character 25"),
    "Input(8) >> Residual(Input(8) >> Dense(8))": ("inside a Residual",),
    "Input(8) >> 3 * (Input(8) >> Dense(8))": ("inside a repeated block",),
    "Input(8) >> Concat(Input(8), Dense(8))": ("inside Concat",),
    "Input(8) >> Dense(8, scale=0) >> relu": ("scale=0 is for the end of a Residual's branch",),
    "Input(8) >> Dense(relu)": ("features of Dense", "relu is the name of an activation"),
    "Input(8) >> Dropout(relu)": ("p of Dropout", "name of an activation"),
    "Input(8) >> Dense(8, scale=Dense)": ("scale of Dense", "Dense is the name of a layer"),
    "Input(3, 8, 8) >> ConvTranspose2d(8, 3, stride=2, output_padding=2)": ("at most 1", "not 2"),
    "Input(3, 8, 8) >> ConvTranspose2d(8, 3, output_padding=a)": ("output_padding", "0 or 1"),
    "Input(3, tokens=4) >> LSTM(4, forget_bias=a)": ("forget bias", "not a"),
    "Input(3, tokens=4) >> RNN(4, biases=3)": ("0, 1 or 2",),
    "Input(8) >> Maxout(1000)": ("2 to 100",),
    "Input:784 >> Dense(8)": ("Input(784)",),
    "Input(8) >> Dense": ("write Dense(64)",),
    "Input(8) >> Conv2d": ("write Conv2d(64, 3)",),
    "Input(8) >> flatten": ("write Flatten()",),
    "Input(8) >> dense(5)": ("the layer Dense(5)",),
    "Input(8) >> desne(5)": ("Layers with such a name: Dense",),
    "Input(8) >> 5": ("not 5",),
    "Input(8) >> Add()": ("Add needs at least two branches",),
    "Input(8) >> Multiply(Dense(8))": ("Multiply needs at least two branches, not Dense(8) alone",),
    "Input(8) >> Add(Dense(8), branches=Dense(8))": ("takes branches alone",),
    "Input(8) >> Residual(Dense(8), 2, 3, 4, 5)": ("one value too many", "character 41"),
    "Input(8) >> Dense(8,,)": ("a value is missing here",),
    "Input(8) >> Dense(bias=False, 8)": ("can't follow a named one",),
    "Input(3, 8, 8) >> Conv2d(8, 3, stride=s)": ("the stride of Conv2d", "1 or 2"),
    "Input(3, 8, 8) >> Conv2d(8, k)": ("the kernel of Conv2d", "write 3"),
    "Input(3, 8, 8) >> Conv2d(8, 3, padding=full)": ("the padding of Conv2d", "'same' or 'valid'"),
    "Input(3, 8, 8) >> MaxPool2d(k)": ("the kernel of MaxPool2d", "2 or 3"),
    "Input(8) >> Maxout(k)": ("the pieces of Maxout", "Maxout(2)"),
    "Input(8, 4, 4) >> Conv2d(8, 3) >> GroupNorm(3)": ("Take 1, 2, 4 or 8",),
    "Input(512, 4, 4) >> GroupNorm(30)": ("Take 1, 2, 4, 8, 16 or 32",),
    "Input(c, 32, 32) >> Conv2d(8, 3)": ("such as k or c_1",),
    "Input(8) >> Dense(n - 5)": ("n - 5 isn't positive for every n",),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput) as error:
        network(text)
    for part in REFUSED[text]:
        assert part in str(error.value)
    assert (
        "64" not in str(error.value)
        or "Dense(64)" in str(error.value)
        or "Conv2d(64" in str(error.value)
    )


READ = (
    "Input(8) >> Gated('swiglu')",
    "Input(8) >> Gated(kind=swiglu)",
    "Input(8) >> Dropout(p)",
    "Input(3, 4, 4) >> Tokens(n)",
    "Input(8) >> Dense(5,)",
    "Input(8) >> Residual(Dense(8) >> relu >> Dense(8, scale=0))",
    "Input(3, 8, 8) >> ConvTranspose2d(8, 3, stride=2, output_padding=1)",
    "Input(8) >> max(0, x) >> Max(0, x)*2",
    "Input(8) >> L * Dropout(p)",
)


@pytest.mark.parametrize("text", READ)
def test_read(text: str) -> None:
    layer = network(text).layer
    assert network(str(layer)).layer == layer


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: vp.layers.ConvTranspose1d(1, 1, bias=[3]), "bias of ConvTranspose1d is True or"),
        (lambda: vp.layers.Dense(8, bias=1), "bias of Dense is True or False, not 1"),
        (lambda: vp.layers.SelfAttention(2, causal="no"), "causal of SelfAttention is True or"),
        (lambda: vp.layers.SelfAttention(heads=None), "heads of SelfAttention must be a number"),
    ],
)
def test_python_refuses_what_a_spec_does(layer: Callable[[], Layer], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        network(vp.layers.Input(8, tokens=4) >> layer())
