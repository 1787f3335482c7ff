"""Layers that bring data and weights: Input, dense layers, convolutions. Entries only."""

from __future__ import annotations

from varprop.networks import (
    containers,
    convolution,
    dense,
    depthwise,
    transposed,
)
from varprop.networks.layer_kind import LayerKind

WEIGHTED = (
    LayerKind(
        "Input",
        containers.Input,
        "the data: features, channels with positions, or tokens",
        ("Input(128) >> Dense(256)",),
    ),
    LayerKind(
        "Dense",
        dense.Dense,
        "every output sums over all features",
        (
            "Input(192) >> Dense(256) >> relu >> Dense(256)",
            "Input(192, tokens=3) >> Dense(256) >> tanh >> Dense(192)",
        ),
        ("Linear", "FullyConnected"),
        "Glorot & Bengio 2010; He et al. 2015",
    ),
    LayerKind(
        "Bias",
        dense.Bias,
        "one bias per feature",
        ("Input(128) >> Dense(256, bias=False) >> Bias()",),
    ),
    LayerKind(
        "Bilinear",
        dense.Bilinear,
        "sums products of the two halves of the features",
        ("Input(128) >> Dense(96) >> Bilinear(64)",),
        source="PyTorch 2.14, torch/nn/modules/linear.py",
    ),
    LayerKind(
        "Conv1d",
        convolution.Conv1d,
        "convolution over (channels, length)",
        (
            "Input(64, 12) >> Conv1d(96, 5, stride=2, padding=2) >> relu >> Conv1d(128, 3, dilation=2)",
        ),
    ),
    LayerKind(
        "Conv2d",
        convolution.Conv2d,
        "convolution over (channels, height, width)",
        (
            "Input(32, 5, 5) >> Conv2d(64, 3, padding=1) >> relu >> Conv2d(96, 3, stride=2)",
            "Input(64, 4, 4) >> Conv2d(96, 3, groups=4, padding='same') >> relu >> Conv2d(96, 1)",
        ),
        source="He et al. 2015, section 2.2",
    ),
    LayerKind(
        "Conv3d",
        convolution.Conv3d,
        "convolution over (channels, height, width, depth)",
        ("Input(16, 3, 3, 3) >> Conv3d(48, 3, padding=1) >> relu >> Conv3d(64, 2)",),
    ),
    LayerKind(
        "ConvTranspose1d",
        transposed.ConvTranspose1d,
        "transposed convolution over (channels, length)",
        ("Input(64, 6) >> ConvTranspose1d(96, 4, stride=2, padding=1)",),
    ),
    LayerKind(
        "ConvTranspose2d",
        transposed.ConvTranspose2d,
        "transposed convolution: fan_in is in·kernel/stride",
        (
            "Input(48, 3, 3) >> ConvTranspose2d(64, 4, stride=2, padding=1) >> relu >> Conv2d(96, 3)",
        ),
    ),
    LayerKind(
        "ConvTranspose3d",
        transposed.ConvTranspose3d,
        "transposed convolution over (channels, height, width, depth)",
        ("Input(64, 2, 2, 2) >> ConvTranspose3d(96, 2, stride=2)",),
    ),
    LayerKind(
        "DepthwiseConv2d",
        depthwise.DepthwiseConv2d,
        "each channel is convolved by itself",
        ("Input(64, 4, 4) >> Conv2d(96, 1) >> DepthwiseConv2d(3, padding=1) >> Conv2d(96, 1)",),
    ),
)
