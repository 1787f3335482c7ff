"""Networks over tokens, coordinates and steps by name. Entries only."""

from __future__ import annotations

from varprop.networks.zoo_entry import NetworkEntry


def _block(
    d: int, heads: int, hidden: int, act: str = "gelu", causal: str = ", causal=True"
) -> str:
    return (
        f"(Residual(LayerNorm() >> SelfAttention({heads}{causal}))"
        f" >> Residual(LayerNorm() >> Dense({hidden}) >> {act} >> Dense({d})))"
    )


SEQUENCES = (
    NetworkEntry(
        "mlp_mixer",
        "Input(3, 224, 224) >> Conv2d(768, 16, stride=16) >> Tokens() >> 12 * ("
        "Residual(LayerNorm() >> Transpose() >> Dense(384) >> gelu >> Dense(196) >> Transpose())"
        " >> Residual(LayerNorm() >> Dense(3072) >> gelu >> Dense(768)))"
        " >> LayerNorm() >> GlobalAvgPool() >> Dense(1000)",
        "MLP-Mixer B/16",
        "Tolstikhin et al. 2021",
        "Input(160, tokens=96) >> Dense(160) >> "
        "Residual(LayerNorm() >> Transpose() >> Dense(128) >> gelu >> Dense(96) >> Transpose(), scale=1/2)"
        " >> Residual(LayerNorm() >> Dense(256) >> gelu >> Dense(160))",
        ("mixer_b16",),
    ),
    NetworkEntry(
        "gpt2_small",
        "Input(1, tokens=1024) >> Embedding(768, 50257) >> Positional(learned=True) >> "
        f"12 * {_block(768, 12, 3072, 'gelu_tanh')} >> LayerNorm()",
        "GPT-2 with 12 blocks; the head shares the embedding's weights",
        "Radford et al. 2019",
        "Input(1, tokens=6) >> Embedding(192, 1000) >> Positional() >> "
        f"{_block(192, 3, 256, 'gelu_tanh')[1:-1]}",
        ("gpt2",),
    ),
    NetworkEntry(
        "llama_block",
        "Input(4096, tokens=128) >> Residual(RMSNorm() >> SelfAttention(32, causal=True, bias=False))"
        " >> Residual(RMSNorm() >> Dense(22016, bias=False) >> swiglu >> Dense(4096, bias=False))",
        "one block of LLaMA-7B: RMSNorm, attention, SwiGLU of 11008",
        "Touvron et al. 2023",
        "Input(192, tokens=6) >> Residual(RMSNorm() >> SelfAttention(3, causal=True, bias=False))"
        " >> Residual(RMSNorm() >> Dense(384, bias=False) >> swiglu >> Dense(192, bias=False))",
    ),
    NetworkEntry(
        "vit_b16",
        "Input(3, 224, 224) >> Conv2d(768, 16, stride=16) >> Tokens(1) >> Positional(learned=True) >> "
        f"12 * {_block(768, 12, 3072, causal='')} >> LayerNorm() >> LastToken() >> Dense(1000)",
        "Vision Transformer B/16",
        "Dosovitskiy et al. 2021",
        "Input(12, 16, 16) >> Conv2d(192, 4, stride=4) >> Tokens(1) >> Positional() >> "
        f"{_block(192, 3, 256, causal='')[1:-1]} >> LayerNorm() >> LastToken() >> Dense(512)",
    ),
    NetworkEntry(
        "siren",
        "Input(2) >> Dense(256) >> sin(30*x) >> 3 * (Dense(256) >> sin(30*x)) >> Dense(3)",
        "sinusoidal representation network with ω₀ = 30",
        "Sitzmann et al. 2020",
        "Input(128) >> Dense(256) >> sin(x) >> Dense(256) >> sin(x) >> Dense(192)",
    ),
    NetworkEntry(
        "lstm",
        "Input(128, tokens=32) >> LSTM(256) >> LastToken() >> Dense(10)",
        "an LSTM over 32 steps and a classifier",
        "Hochreiter & Schmidhuber 1997",
        "Input(128, tokens=4) >> LSTM(192) >> LastToken() >> Dense(192)",
    ),
)
