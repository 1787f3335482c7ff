"""Layers that pool positions, reshape them, or follow a sequence. Entries only."""

from __future__ import annotations

from varprop.networks import (
    attention,
    embedding,
    pools,
    positional,
    recurrent,
    reshaping,
)
from varprop.networks.layer_kind import LayerKind

BY_PLACE = (
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
        positional.Positional,
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
            "Input(256, tokens=6) >> LayerNorm() >> SelfAttention(4, scale=1/2, value_scale=1/2)",
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
)
