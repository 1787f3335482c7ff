"""Named networks, each written in the spec language: the zoo. One entry each; add one here."""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.registry import Registry


@frozen
class NetworkEntry:
    """A network by name: its spec, what it is, and where it comes from.

    ``small`` is a spec of the same blocks at reduced width, resolution and depth for experiments;
    ``within`` is the relative error that approximate rules make in it, ``pairs`` says whether two
    inputs are followed through it.
    """

    name: str
    spec: str
    words: str
    source: str
    small: str
    aliases: tuple[str, ...] = ()
    within: float = 0.0
    pairs: bool = True


NETWORKS: Registry[NetworkEntry] = Registry("network", "networks")

_BASIC = (
    "Residual(Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, padding=1, bias=False) >> BatchNorm(){path}) >> relu"
)
_BOTTLENECK = (
    "Residual(Conv2d({c}, 1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({w}, 1, bias=False) >> BatchNorm(){path}) >> relu"
)
_PREACT = (
    "Residual(BatchNorm() >> relu >> Conv2d({c}, 3, stride={s}, padding=1, bias=False)"
    " >> BatchNorm() >> relu >> Conv2d({c}, 3, padding=1, bias=False){path})"
)
_PROJECTION = ", path=Conv2d({w}, 1, stride={s}, bias=False)"
_PROJECTION_NORM = _PROJECTION + " >> BatchNorm()"


def _stages(
    block: str, widths: tuple[int, ...], depths: tuple[int, ...], path: str, grow: int
) -> str:
    """Return stages of blocks; the first of each changes width or stride by a projection."""
    found = []
    for number, (c, depth) in enumerate(zip(widths, depths, strict=True)):
        s, w = (1 if number == 0 else 2), grow * c
        needs = number > 0 or grow > 1
        found.append(block.format(c=c, w=w, s=s, path=path.format(w=w, s=s) if needs else ""))
        if depth > 1:
            again = block.format(c=c, w=w, s=1, path="")
            found.append(f"{depth - 1} * ({again})")
    return " >> ".join(found)


_STEM = (
    "Input(3, 224, 224) >> Conv2d(64, 7, stride=2, padding=3, bias=False) >> BatchNorm() >> relu"
    " >> MaxPool2d(3, stride=2, padding=1) >> "
)
_HEAD = " >> GlobalAvgPool() >> Dense(1000)"


def _vgg(groups: tuple[tuple[int, int], ...]) -> str:
    body = " >> ".join(
        f"{count} * (Conv2d({c}, 3, padding=1) >> relu) >> MaxPool2d(2)" for count, c in groups
    )
    return (
        f"Input(3, 224, 224) >> {body} >> Flatten() >> Dense(4096) >> relu >> Dropout(0.5)"
        " >> Dense(4096) >> relu >> Dropout(0.5) >> Dense(1000)"
    )


def _densenet(depths: tuple[int, ...], growth: int) -> str:
    layer = (
        f"Concat(Identity(), BatchNorm() >> relu >> Conv2d({4 * growth}, 1, bias=False) >> BatchNorm()"
        f" >> relu >> Conv2d({growth}, 3, padding=1, bias=False))"
    )
    channels, parts = 2 * growth, []
    for number, depth in enumerate(depths):
        parts.append(f"{depth} * {layer}")
        channels += depth * growth
        if number < len(depths) - 1:
            channels //= 2
            parts.append(
                f"BatchNorm() >> relu >> Conv2d({channels}, 1, bias=False) >> AvgPool2d(2)"
            )
    return _STEM + " >> ".join(parts) + " >> BatchNorm() >> relu" + _HEAD


def _mobile(channels: int, out: int, expand: int, stride: int) -> str:
    first = (
        ""
        if expand == 1
        else (f"Conv2d({expand * channels}, 1, bias=False) >> BatchNorm() >> relu6 >> ")
    )
    body = (
        f"{first}DepthwiseConv2d(3, stride={stride}, padding=1, bias=False) >> BatchNorm() >> relu6"
        f" >> Conv2d({out}, 1, bias=False) >> BatchNorm()"
    )
    return f"Residual({body})" if stride == 1 and channels == out else body


def _mobilenet() -> str:
    rows = (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    )  # fmt: skip
    channels, parts = 32, []
    for expand, out, count, stride in rows:
        parts.append(_mobile(channels, out, expand, stride))
        if count > 1:
            parts.append(f"{count - 1} * {_mobile(out, out, expand, 1)}")
        channels = out
    return (
        "Input(3, 224, 224) >> Conv2d(32, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> relu6 >> "
        + " >> ".join(parts)
        + " >> Conv2d(1280, 1, bias=False) >> BatchNorm() >> relu6 >> GlobalAvgPool() >> Dropout(0.2)"
        " >> Dense(1000)"
    )


def _convnext(widths: tuple[int, ...], depths: tuple[int, ...]) -> str:
    parts = [f"Input(3, 224, 224) >> Conv2d({widths[0]}, 4, stride=4) >> LayerNorm()"]
    for number, (c, depth) in enumerate(zip(widths, depths, strict=True)):
        if number:
            parts.append(f"LayerNorm() >> Conv2d({c}, 2, stride=2)")
        parts.append(
            f"{depth} * Residual(DepthwiseConv2d(7, padding=3) >> LayerNorm() >> Conv2d({4 * c}, 1)"
            f" >> gelu >> Conv2d({c}, 1) >> LayerScale(1/1000000))"
        )
    return " >> ".join(parts) + " >> GlobalAvgPool() >> LayerNorm() >> Dense(1000)"


def _block(
    d: int, heads: int, hidden: int, act: str = "gelu", causal: str = ", causal=True"
) -> str:
    return (
        f"(Residual(LayerNorm() >> SelfAttention({heads}{causal}))"
        f" >> Residual(LayerNorm() >> Dense({hidden}) >> {act} >> Dense({d})))"
    )


for _entry in (
    NetworkEntry(
        "mlp_relu5",
        "Input(512) >> 5 * (Dense(512) >> relu)",
        "the 5-layer ReLU network of the too small / right / too large pictures",
        "seed document on weight initialisation",
        "Input(192) >> 2 * (Dense(320) >> relu)",
        ("relu_mlp_5",),
    ),
    NetworkEntry(
        "tanh100",
        "Input(1000) >> 100 * (Dense(1000) >> tanh)",
        "100 tanh layers of 1000 units",
        "seed document on Xavier and He initialisation",
        "Input(192) >> 4 * (Dense(256) >> tanh)",
        ("tanh_100x1000",),
    ),
    NetworkEntry(
        "tanh_cnn10000",
        "Input(256, 16, 16) >> 10000 * (Conv2d(256, 3, padding=1) >> tanh)",
        "a tanh CNN of 10,000 layers",
        "Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs",
        "Input(32, 4, 4) >> 3 * (Conv2d(64, 3, padding=1) >> tanh)",
        ("tanh_cnn_10000",),
    ),
    NetworkEntry(
        "lenet5",
        "Input(1, 32, 32) >> Conv2d(6, 5) >> tanh >> AvgPool2d(2) >> Conv2d(16, 5) >> tanh >> AvgPool2d(2)"
        " >> Conv2d(120, 5) >> tanh >> Flatten() >> Dense(84) >> tanh >> Dense(10)",
        "LeNet-5 with full connections between feature maps and plain averages",
        "LeCun et al. 1998, Gradient-based learning applied to document recognition",
        "Input(8, 16, 16) >> Conv2d(48, 5) >> tanh >> AvgPool2d(2) >> Conv2d(96, 5) >> tanh >> AvgPool2d(2)"
        " >> Flatten() >> Dense(128) >> tanh >> Dense(128)",
    ),
    NetworkEntry(
        "alexnet",
        "Input(3, 224, 224) >> Conv2d(64, 11, stride=4, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(192, 5, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(384, 3, padding=1) >> relu >> Conv2d(256, 3, padding=1) >> relu"
        " >> Conv2d(256, 3, padding=1) >> relu >> MaxPool2d(3, stride=2) >> Flatten()"
        " >> Dropout(0.5) >> Dense(4096) >> relu >> Dropout(0.5) >> Dense(4096) >> relu >> Dense(1000)",
        "AlexNet on one device, as torchvision has it",
        "Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks",
        "Input(8, 24, 24) >> Conv2d(64, 5, stride=2, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(160, 3, padding=1) >> relu >> MaxPool2d(3, stride=2) >> Flatten() >> Dropout(0.5)"
        " >> Dense(384) >> relu",
        within=0.02,
    ),
    NetworkEntry(
        "vgg16",
        _vgg(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))),
        "VGG with 16 weight layers",
        "Simonyan & Zisserman 2015, configuration D",
        "Input(16, 12, 12) >> Conv2d(64, 3, padding=1) >> relu >> MaxPool2d(2)"
        " >> Conv2d(160, 3, padding=1) >> relu >> MaxPool2d(2) >> Flatten() >> Dense(256) >> relu"
        " >> Dropout(0.5) >> Dense(256)",
        within=0.02,
    ),
    NetworkEntry(
        "resnet18",
        _STEM + _stages(_BASIC, (64, 128, 256, 512), (2, 2, 2, 2), _PROJECTION_NORM, 1) + _HEAD,
        "ResNet v1 with 18 weight layers",
        "He et al. 2016, Deep residual learning for image recognition",
        "Input(16, 10, 10) >> Conv2d(64, 3, padding=1, bias=False) >> BatchNorm() >> relu >> "
        + _stages(_BASIC, (64, 96), (1, 1), _PROJECTION_NORM, 1),
    ),
    NetworkEntry(
        "resnet50",
        _STEM
        + _stages(_BOTTLENECK, (64, 128, 256, 512), (3, 4, 6, 3), _PROJECTION_NORM, 4)
        + _HEAD,
        "ResNet v1.5 with 50 weight layers, bottlenecks",
        "He et al. 2016; stride in the 3×3 convolution as torchvision has it",
        "Input(16, 10, 10) >> Conv2d(128, 3, padding=1, bias=False) >> BatchNorm() >> relu >> "
        + _stages(_BOTTLENECK, (96,), (2,), _PROJECTION_NORM, 2),
    ),
    NetworkEntry(
        "preact_resnet",
        "Input(3, 32, 32) >> Conv2d(64, 3, padding=1, bias=False) >> "
        + _stages(_PREACT, (64, 128, 256, 512), (2, 2, 2, 2), _PROJECTION, 1)
        + " >> BatchNorm() >> relu >> GlobalAvgPool() >> Dense(10)",
        "pre-activation ResNet-18 for 32×32 images",
        "He et al. 2016, Identity mappings in deep residual networks",
        "Input(16, 10, 10) >> Conv2d(64, 3, padding=1, bias=False) >> "
        + _stages(_PREACT, (64, 96), (1, 1), _PROJECTION, 1),
        ("preact_resnet18",),
    ),
    NetworkEntry(
        "densenet121",
        _densenet((6, 12, 24, 16), 32),
        "DenseNet with growth 32",
        "Huang et al. 2017",
        "Input(16, 10, 10) >> Conv2d(128, 3, padding=1, bias=False) >> "
        "2 * Concat(Identity(), BatchNorm() >> relu >> Conv2d(128, 1, bias=False) >> BatchNorm() >> relu"
        " >> Conv2d(48, 3, padding=1, bias=False)) >> BatchNorm() >> relu >> Conv2d(128, 1, bias=False)"
        " >> AvgPool2d(2)",
    ),
    NetworkEntry(
        "mobilenet_v2",
        _mobilenet(),
        "inverted residuals with depthwise convolutions",
        "Sandler et al. 2018",
        "Input(16, 16, 16) >> Conv2d(96, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> relu6 >> "
        + _mobile(96, 96, 2, 1)
        + " >> "
        + _mobile(96, 128, 2, 2),
        within=0.03,
    ),
    NetworkEntry(
        "convnext_tiny",
        _convnext((96, 192, 384, 768), (3, 3, 9, 3)),
        "ConvNeXt-T with layer scale 1e-6",
        "Liu et al. 2022",
        "Input(12, 20, 20) >> Conv2d(128, 4, stride=4) >> LayerNorm() >> Residual("
        "DepthwiseConv2d(9, padding=4) >> LayerNorm() >> Conv2d(192, 1) >> gelu >> Conv2d(128, 1)"
        " >> LayerScale(1/2))",
    ),
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
        "Input(12, 8, 8) >> Conv2d(192, 4, stride=4) >> Tokens(1) >> Positional() >> "
        f"{_block(192, 3, 256, causal='')[1:-1]} >> LayerNorm() >> LastToken() >> Dense(192)",
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
):
    NETWORKS.add(_entry)
