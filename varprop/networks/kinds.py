"""The layers that a spec can name: one entry each, found by name.

Importing this module imports every layer; adding a layer is one class and one line here.
"""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.networks import (
    attention,
    concatenation,
    containers,
    convolution,
    crelu,
    dense,
    depthwise,
    elementwise,
    embedding,
    feature_norms,
    gates,
    layer_scale,
    norms,
    pools,
    products,
    recurrent,
    reshaping,
    residual,
    sums,
    transposed,
    weight_standardisation,
)
from varprop.networks.layer import Layer
from varprop.registry import Registry


@frozen
class LayerKind:
    """A layer of the spec language: its class, what it is, and examples that the tests sample.

    ``examples`` are whole networks in which the layer occurs; ``pairs`` says whether two
    inputs are followed through it, ``within`` is the relative error that
    the rule's own approximations make in them, 0 for an exact rule (up to 1/width).
    """

    name: str
    layer: type[Layer]
    words: str
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    source: str | None = None
    within: float = 0.0
    pairs: bool = True


LAYERS: Registry[LayerKind] = Registry("layer", "layers")

for _kind in (
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
    LayerKind(
        "Dropout",
        elementwise.Dropout,
        "inverted dropout in training",
        (
            "Input(192) >> Dense(256) >> relu >> Dropout(0.4) >> Dense(256)",
            "Input(192) >> Dense(256) >> Dropout(0.3) >> tanh >> Dense(256)",
        ),
        source="Srivastava et al. 2014",
    ),
    LayerKind(
        "Scale",
        elementwise.Scale,
        "a constant factor",
        ("Input(128) >> Dense(256) >> Scale(0.5) >> tanh",),
    ),
    LayerKind(
        "LayerScale",
        layer_scale.LayerScale,
        "a trained factor for each feature",
        ("Input(128) >> Dense(256) >> Residual(relu >> Dense(256) >> LayerScale(3/4))",),
        source="Touvron et al. 2021",
    ),
    LayerKind(
        "BatchNorm",
        norms.BatchNorm,
        "normalises every unit over the data",
        ("Input(128) >> 2 * (Dense(192) >> BatchNorm() >> relu) >> Dense(256)",),
        ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
        "Ioffe & Szegedy 2015; Yang et al. 2019",
    ),
    LayerKind(
        "LayerNorm",
        feature_norms.LayerNorm,
        "normalises each example over its features",
        (
            "Input(128) >> Dense(256) >> LayerNorm() >> relu >> Dense(256)",
            "Input(128, tokens=128) >> Transpose() >> Dense(160) >> gelu >> Dense(128) >> Transpose()"
            " >> LayerNorm() >> Dense(96)",
        ),
        source="Ba, Kiros & Hinton 2016",
    ),
    LayerKind(
        "RMSNorm",
        feature_norms.RMSNorm,
        "divides by the root mean square of the features",
        ("Input(128) >> Dense(256) >> relu >> RMSNorm() >> Dense(256)",),
        source="Zhang & Sennrich 2019",
    ),
    LayerKind(
        "GroupNorm",
        feature_norms.GroupNorm,
        "normalises groups of channels over all positions",
        ("Input(32, 4, 4) >> Conv2d(96, 3, padding=1) >> GroupNorm(2) >> relu >> Conv2d(128, 3)",),
        source="Wu & He 2018",
    ),
    LayerKind(
        "Residual",
        residual.Residual,
        "skip path plus scaled branch",
        (
            "Input(192) >> Dense(256) >> 2 * Residual(relu >> Dense(256), scale=3/4)",
            "Input(192) >> Dense(256) >> relu >> Residual(Dense(256) >> relu >> Dense(256)) >> relu",
        ),
        source="He et al. 2016",
    ),
    LayerKind(
        "Repeat",
        containers.Repeat,
        "copies of a block, each with weights of its own; written 3 * (…)",
        ("Input(256) >> Repeat(Dense(256) >> tanh, 2)",),
    ),
    LayerKind(
        "Identity",
        containers.Identity,
        "a path that changes nothing",
        ("Input(192) >> Dense(256) >> Concat(Identity(), Dense(128))",),
    ),
    LayerKind(
        "Concat",
        concatenation.Concat,
        "features of several branches side by side",
        (
            "Input(192) >> Dense(256) >> Concat(Identity(), relu >> Dense(128)) >> relu >> Dense(192)",
        ),
        source="Huang et al. 2017",
    ),
    LayerKind(
        "Add",
        sums.Sum,
        "branches added up",
        ("Input(192) >> Add(Dense(256), Dense(256) >> relu >> Dense(256)) >> relu",),
        ("Sum",),
    ),
    LayerKind(
        "Multiply",
        products.Multiply,
        "branches multiplied unit by unit",
        ("Input(192) >> Multiply(Dense(256) >> sigmoid, Dense(256)) >> Dense(192)",),
    ),
    LayerKind(
        "CReLU",
        crelu.CReLU,
        "(relu(h), relu(−h))",
        ("Input(128) >> Dense(256) >> CReLU() >> Dense(256)",),
        source="Shang et al. 2016",
    ),
    LayerKind(
        "Mirrored",
        crelu.Mirrored,
        "[W, −W] on CReLU's halves: a looks-linear network",
        (
            "Input(128) >> Dense(192) >> 2 * (CReLU() >> Mirrored(Dense(192)))",
            "Input(32, 4, 4) >> Conv2d(64, 3, padding=1) >> CReLU() >> Mirrored(Conv2d(96, 3))",
        ),
        ("LooksLinear",),
        "Balduzzi et al. 2017",
    ),
    LayerKind(
        "Maxout",
        gates.Maxout,
        "the largest of k pre-activations",
        ("Input(192) >> Dense(576) >> Maxout(3) >> tanh >> Dense(192)",),
        source="Goodfellow et al. 2013",
    ),
    LayerKind(
        "Gated",
        gates.Gated,
        "a gated pair of the catalogue: glu, geglu, swiglu, reglu, bilinear",
        ("Input(96) >> Dense(384) >> swiglu >> Dense(192)",),
        ("GLU",),
        source="Shazeer 2020",
    ),
    LayerKind(
        "WeightStandardised",
        weight_standardisation.WeightStandardised,
        "a weight layer whose filters are centred and scaled to variance 1/fan_in",
        (
            "Input(192) >> WeightStandardised(Dense(256)) >> relu >> WeightStandardised(Dense(256))",
            "Input(32, 5, 5) >> Conv2d(128, 3) >> relu >> WeightStandardised(Conv2d(128, 3)) >> relu",
        ),
        source="Qiao et al. 2019",
    ),
    LayerKind(
        "AvgPool1d",
        pools.AvgPool1d,
        "the mean of each window over (channels, length)",
        ("Input(64, 8) >> Conv1d(128, 3, padding=1) >> relu >> AvgPool1d(4) >> Conv1d(128, 2)",),
    ),
    LayerKind(
        "AvgPool2d",
        pools.AvgPool2d,
        "the mean of each window over (channels, height, width)",
        (
            "Input(32, 6, 6) >> Conv2d(128, 3) >> relu >> AvgPool2d(3, stride=2, padding=1)",
            "Input(32, 6, 6) >> Conv2d(96, 3, padding=1) >> AvgPool2d(2) >> tanh >> Conv2d(96, 3)",
        ),
        source="LeCun et al. 1998",
    ),
    LayerKind(
        "AvgPool3d",
        pools.AvgPool3d,
        "the mean of each window over (channels, height, width, depth)",
        ("Input(128, 2, 2, 4) >> Conv3d(192, 1) >> relu >> AvgPool3d(2) >> Conv3d(192, 1)",),
    ),
    LayerKind(
        "MaxPool1d",
        pools.MaxPool1d,
        "the largest value of each window over (channels, length)",
        ("Input(64, 8) >> Conv1d(128, 3) >> relu >> MaxPool1d(2) >> Conv1d(128, 3)",),
    ),
    LayerKind(
        "MaxPool2d",
        pools.MaxPool2d,
        "the largest value of each window over (channels, height, width)",
        (
            "Input(32, 8, 8) >> Conv2d(64, 3) >> relu >> MaxPool2d(2) >> Conv2d(96, 3)",
            "Input(32, 7, 7) >> Conv2d(64, 3) >> MaxPool2d(3, stride=2) >> tanh >> Conv2d(96, 2)",
        ),
        source="Zhou & Chellappa 1988",
        within=0.02,
    ),
    LayerKind(
        "MaxPool3d",
        pools.MaxPool3d,
        "the largest value of each window over (channels, height, width, depth)",
        ("Input(128, 2, 2, 4) >> Conv3d(192, 1) >> relu >> MaxPool3d(2) >> Conv3d(192, 1)",),
    ),
    LayerKind(
        "GlobalAvgPool",
        pools.GlobalAvgPool,
        "the mean over all positions or tokens",
        (
            "Input(32, 5, 5) >> Conv2d(128, 3) >> relu >> GlobalAvgPool() >> Dense(128)",
            "Input(192, tokens=4) >> Dense(256) >> relu >> GlobalAvgPool() >> Dense(192)",
        ),
        ("AdaptiveAvgPool", "GlobalAveragePooling"),
        "Lin, Chen & Yan 2014",
    ),
    LayerKind(
        "GlobalMaxPool",
        pools.GlobalMaxPool,
        "the largest value over all positions or tokens",
        (
            "Input(32, 5, 5) >> Conv2d(128, 3) >> GlobalMaxPool() >> relu >> Dense(128)",
            "Input(192, tokens=4) >> Dense(256) >> relu >> GlobalMaxPool() >> Dense(192)",
        ),
        ("GlobalMaxPooling",),
    ),
    LayerKind(
        "Flatten",
        reshaping.Flatten,
        "positions become features",
        ("Input(32, 5, 5) >> Conv2d(96, 3) >> relu >> Flatten() >> Dense(128)",),
    ),
    LayerKind(
        "Tokens",
        reshaping.Tokens,
        "positions become tokens",
        ("Input(12, 8, 8) >> Conv2d(96, 4, stride=4) >> Tokens(1) >> Dense(128)",),
    ),
    LayerKind(
        "Transpose",
        reshaping.Transpose,
        "tokens and features change places",
        ("Input(128, tokens=96) >> Dense(96) >> Transpose() >> Dense(96)",),
    ),
    LayerKind(
        "LastToken",
        reshaping.LastToken,
        "one token's features",
        ("Input(192, tokens=4) >> Dense(256) >> LastToken() >> Dense(256)",),
    ),
    LayerKind(
        "Positional",
        reshaping.Positional,
        "adds a vector for the position",
        ("Input(128, tokens=4) >> Dense(256) >> Positional() >> LayerNorm() >> Dense(192)",),
        source="Vaswani et al. 2017",
    ),
    LayerKind(
        "Embedding",
        embedding.Embedding,
        "a row of a table for each id: fan_in is 1",
        (
            "Input(1, tokens=4) >> Embedding(192, 150) >> Dense(128)",
            "Input(1) >> Embedding(64, 60)",
        ),
        source="PyTorch 2.14, torch/nn/modules/sparse.py",
    ),
    LayerKind(
        "SelfAttention",
        attention.SelfAttention,
        "softmax(QKᵀ/√d_head)V over tokens, with projection",
        (
            "Input(256, tokens=6) >> LayerNorm() >> SelfAttention(4)",
            "Input(128, tokens=6) >> Dense(192) >> LayerNorm() >> SelfAttention(3, causal=True, packed=True)",
            "Input(256, tokens=5) >> LayerNorm() >> SelfAttention(4, kv_heads=2, dim=256, bias=False)",
        ),
        ("Attention", "MultiheadAttention"),
        "Vaswani et al. 2017",
        within=0.015,
    ),
    LayerKind(
        "RNN",
        recurrent.RNN,
        "h_t = φ(W x_t + U h_{t−1} + b), weights shared by all steps",
        (
            "Input(128, tokens=6) >> RNN(256)",
            "Input(128, tokens=4) >> RNN(192, act=relu) >> Dense(128)",
        ),
        source="Elman 1990",
    ),
    LayerKind(
        "LSTM",
        recurrent.LSTM,
        "gated memory over the steps",
        (
            "Input(128, tokens=4) >> LSTM(192, forget_bias=1)",
            "Input(256, tokens=3) >> LSTM(256, packed=False) >> Dense(128)",
        ),
        source="Hochreiter & Schmidhuber 1997",
        within=0.005,
    ),
    LayerKind(
        "GRU",
        recurrent.GRU,
        "gated state over the steps",
        ("Input(128, tokens=6) >> GRU(192)", "Input(128, tokens=4) >> GRU(192) >> Dense(128)"),
        source="Cho et al. 2014",
        within=0.005,
    ),
):
    LAYERS.add(_kind)
