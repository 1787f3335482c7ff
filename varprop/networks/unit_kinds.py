"""Layers that act on units, norms, and blocks made of branches. Entries only."""

from __future__ import annotations

from varprop.networks import (
    concatenation,
    containers,
    crelu,
    elementwise,
    feature_norms,
    gates,
    group_norm,
    layer_scale,
    norms,
    products,
    residual,
    sums,
    weight_standardisation,
)
from varprop.networks.layer_kind import LayerKind

BY_UNIT = (
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
        "normalises each example (token, position of a map) over its features",
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
        group_norm.GroupNorm,
        "normalises groups of channels over all positions",
        (
            "Input(32, 4, 4) >> Conv2d(96, 3, padding=1) >> GroupNorm(2) >> relu >> Conv2d(128, 3)",
            "Input(64, 9) >> Conv1d(192, 3) >> relu >> GroupNorm(2) >> relu >> Conv1d(192, 1)",
        ),
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
        "branches added up; one of features alone at every position",
        (
            "Input(192) >> Add(Dense(256), Dense(256) >> relu >> Dense(256)) >> relu",
            "Input(64, 6, 6) >> Conv2d(160, 3) >> Add(relu, GlobalAvgPool() >> Dense(160))"
            " >> Conv2d(160, 1) >> relu >> GlobalAvgPool()",
        ),
        ("Sum",),
    ),
    LayerKind(
        "Multiply",
        products.Multiply,
        "branches multiplied unit by unit; one of features alone at every position",
        (
            "Input(192) >> Multiply(Dense(256) >> sigmoid, Dense(256)) >> Dense(192)",
            "Input(64, 6, 6) >> Conv2d(160, 3) >> relu >> Multiply(Identity(), GlobalAvgPool()"
            " >> Dense(80) >> relu >> Dense(160) >> sigmoid) >> Conv2d(160, 1) >> GlobalAvgPool()",
            "Input(160, tokens=12) >> Multiply(Identity(), GlobalAvgPool() >> Dense(160) >> sigmoid)"
            " >> Dense(128) >> GlobalAvgPool()",
        ),
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
            "Input(32, 5, 5) >> Conv2d(96, 3) >> relu >> WeightStandardised(Conv2d(96, 3, groups=24))",
            "Input(32, 6, 6) >> Conv2d(96, 3) >> relu >> WeightStandardised(DepthwiseConv2d(3))",
        ),
        source="Qiao et al. 2019",
    ),
)
