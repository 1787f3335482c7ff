"""Shapes that don't fit: the layer, the one that made the shape, both shapes, and what to do."""

from __future__ import annotations

import pytest

from varprop.errors import BadInput
from varprop.networks.network import network

TOKENS = "begin with Input(512, tokens=128)"
SAID = {
    "Input(784) >> Dense(64) >> relu >> Conv2d(8, 3)": ("64 arrives from Dense(64)", "before Flatten()"),
    "Input(8, 6, 6) >> Conv2d(4, 3) >> Dense(5)": ("4×4×4 arrives from Conv2d(4, 3)", "add Flatten()"),
    "Input(8, tokens=6) >> Conv1d(8, 3)": ("6 tokens × 8 arrives from Input(8, tokens=6)", "Dense"),
    "Input(8, 6) >> Conv2d(8, 3)": ("8×6 arrives from Input(8, 6)", "take Conv1d"),
    "Input(8, 6) >> MaxPool2d(2)": ("8×6 arrives", "take MaxPool1d"),
    "Input(9) >> Dense(8) >> Transpose()": ("8 arrives from Dense(8)", TOKENS),
    "Input(8) >> LastToken()": ("8 arrives from Input(8)", TOKENS),
    "Input(8, 4, 4) >> Positional()": ("8×4×4 arrives", "put Tokens() before it"),
    "Input(8, tokens=4) >> Tokens()": ("leave Tokens out",),
    "Input(8) >> Flatten() >> Tokens()": ("before Flatten()",),
    "Input(8) >> Dense(7) >> swiglu": ("7 features", "6 or 8 wide", "comes from Dense(7)"),
    "Input(8) >> Dense(7) >> Maxout(3)": ("6 or 9 wide", "comes from Dense(7)"),
    "Input(8, 4, 4) >> Conv2d(8, 3) >> GroupNorm(3)": ("8 channels", "comes from Conv2d(8, 3)"),
    "Input(9, 6, 6) >> Conv2d(6, 3, groups=2)": ("9 input channels", "groups=1 or 3"),
    "Input(8) >> Dense(6) >> Residual(Dense(5))": (
        "returns 5 features, the skip carries 6", "Add Dense(6)", "behind Dense(5)", "from Dense(6)",
    ),
    "Input(8) >> Add(Dense(5), Dense(6))": ("Dense(6) returns 6 features, Dense(5) returns 5",),
    "Input(8, 6, 6) >> Add(Conv2d(8, 3), Conv2d(8, 5))": (
        "Add: Conv2d(8, 5) returns 8×2×2, Conv2d(8, 3) returns 8×4×4", "match strides and padding",
    ),
    "Input(8) >> Multiply(Dense(8), Dense(9))": ("Multiply: Dense(9) returns 9", "Add Dense(8)"),
    "Input(4) >> Residual(Bilinear(4)) >> Bilinear(5) >> Bilinear(5)": ("from Bilinear(5)",),
    "Input(4) >> 3 * Bilinear(5)": ("5 features arrive", "What arrives, 5, comes from Bilinear(5)"),
}  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_both_layers_and_both_shapes_are_named(text: str) -> None:
    with pytest.raises(BadInput) as error:
        network(text)
    for part in (*SAID[text], "character"):
        assert part in str(error.value)
    assert str(error.value).count("from ") <= 2


@pytest.mark.parametrize(
    "text",
    [
        "Input(8, tokens=4) >> Residual(LastToken() >> Dense(8))",
        "Input(8, tokens=4) >> Residual(Flatten() >> Dense(8))",
        "Input(8, tokens=4) >> Concat(LastToken(), Dense(8))",
    ],
)
def test_tokens_get_no_advice_about_convolutions(text: str) -> None:
    with pytest.raises(BadInput, match="Both need the same tokens") as error:
        network(text)
    assert "Conv" not in str(error.value)
    assert "stride" not in str(error.value)
