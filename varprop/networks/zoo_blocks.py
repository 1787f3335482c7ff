"""Blocks of convolutional networks as spec text, and the stages built of them."""

from __future__ import annotations

BASIC = (
    "Residual(Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, padding=1, bias=False) >> BatchNorm(){path}) >> relu"
)
BOTTLENECK = (
    "Residual(Conv2d({c}, 1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({w}, 1, bias=False) >> BatchNorm(){gate}{path}) >> relu"
)
PREACT = (
    "Residual(BatchNorm() >> relu >> Conv2d({c}, 3, stride={s}, padding=1, bias=False)"
    " >> BatchNorm() >> relu >> Conv2d({c}, 3, padding=1, bias=False){path})"
)
PROJECTION = ", path=Conv2d({w}, 1, stride={s}, bias=False)"
PROJECTION_NORM = PROJECTION + " >> BatchNorm()"


def stages(
    block: str,
    widths: tuple[int, ...],
    depths: tuple[int, ...],
    path: str,
    grow: int,
    squeeze: int = 0,
) -> str:
    """Return stages of blocks; the first of each changes width or stride by a projection.

    With ``squeeze``, gates of that many times fewer inner units stand at the end of each branch.
    """
    found = []
    for number, (c, depth) in enumerate(zip(widths, depths, strict=True)):
        s, w = (1 if number == 0 else 2), grow * c
        needs = number > 0 or grow > 1
        gate = f" >> {excited(w, w // squeeze)}" if squeeze else ""
        kept = path.format(w=w, s=s) if needs else ""
        found.append(block.format(c=c, w=w, s=s, gate=gate, path=kept))
        if depth > 1:
            again = block.format(c=c, w=w, s=1, gate=gate, path="")
            found.append(f"{depth - 1} * ({again})")
    return " >> ".join(found)


STEM = (
    "Input(3, 224, 224) >> Conv2d(64, 7, stride=2, padding=3, bias=False) >> BatchNorm() >> relu"
    " >> MaxPool2d(3, stride=2, padding=1) >> "
)
HEAD = " >> GlobalAvgPool() >> Dense(1000)"


def vgg(groups: tuple[tuple[int, int], ...]) -> str:
    """Return a VGG: groups of (number, channels) of convolutions, each group pooled."""
    body = " >> ".join(
        f"{count} * (Conv2d({c}, 3, padding=1) >> relu) >> MaxPool2d(2)" for count, c in groups
    )
    return (
        f"Input(3, 224, 224) >> {body} >> Flatten() >> Dense(4096) >> relu >> Dropout(0.5)"
        " >> Dense(4096) >> relu >> Dropout(0.5) >> Dense(1000)"
    )


def densenet(depths: tuple[int, ...], growth: int) -> str:
    """Return a DenseNet of four or fewer stages of that growth."""
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
    return STEM + " >> ".join(parts) + " >> BatchNorm() >> relu" + HEAD


def excited(channels: int, inner: int, act: str = "relu") -> str:
    """Return a squeeze-and-excitation: each channel times a gate that sees all of the map."""
    return f"Multiply(Identity(), GlobalAvgPool() >> Dense({inner}) >> {act} >> Dense({channels}) >> sigmoid)"


def mobile(
    channels: int, out: int, expand: int, stride: int, kernel: int = 3, excite: bool = False
) -> str:
    """Return an inverted residual block: MobileNetV2's with relu6, EfficientNet's with silu and gates."""
    wide, act = expand * channels, "silu" if excite else "relu6"
    first = "" if expand == 1 else f"Conv2d({wide}, 1, bias=False) >> BatchNorm() >> {act} >> "
    gate = f" >> {excited(wide, channels // 4, act)}" if excite else ""
    body = (
        f"{first}DepthwiseConv2d({kernel}, stride={stride}, padding={kernel // 2}, bias=False)"
        f" >> BatchNorm() >> {act}{gate} >> Conv2d({out}, 1, bias=False) >> BatchNorm()"
    )
    return f"Residual({body})" if stride == 1 and channels == out else body


Row = tuple[int, int, int, int, int]


def inverted(rows: tuple[Row, ...], act: str, excite: bool) -> str:
    """Return a network of rows of inverted blocks: expansion, channels, count, stride, kernel."""
    channels, parts = 32, []
    for expand, out, count, stride, kernel in rows:
        parts.append(mobile(channels, out, expand, stride, kernel, excite))
        if count > 1:
            parts.append(f"{count - 1} * {mobile(out, out, expand, 1, kernel, excite)}")
        channels = out
    return (
        f"Input(3, 224, 224) >> Conv2d(32, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> {act} >> "
        + " >> ".join(parts)
        + f" >> Conv2d(1280, 1, bias=False) >> BatchNorm() >> {act} >> GlobalAvgPool() >> Dropout(0.2)"
        " >> Dense(1000)"
    )


def mobilenet() -> str:
    """Return MobileNetV2."""
    rows = (
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 32, 3, 2, 3), (6, 64, 4, 2, 3), (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3), (6, 320, 1, 1, 3),
    )  # fmt: skip
    return inverted(rows, "relu6", excite=False)


def efficientnet() -> str:
    """Return EfficientNet-B0."""
    rows = (
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
    )  # fmt: skip
    return inverted(rows, "silu", excite=True)


def convnext(widths: tuple[int, ...], depths: tuple[int, ...]) -> str:
    """Return a ConvNeXt of stages of these widths and depths."""
    parts = [f"Input(3, 224, 224) >> Conv2d({widths[0]}, 4, stride=4) >> LayerNorm()"]
    for number, (c, depth) in enumerate(zip(widths, depths, strict=True)):
        if number:
            parts.append(f"LayerNorm() >> Conv2d({c}, 2, stride=2)")
        parts.append(
            f"{depth} * Residual(DepthwiseConv2d(7, padding=3) >> LayerNorm() >> Conv2d({4 * c}, 1)"
            f" >> gelu >> Conv2d({c}, 1) >> LayerScale(1/1000000))"
        )
    return " >> ".join(parts) + " >> GlobalAvgPool() >> LayerNorm() >> Dense(1000)"
