"""Blocks of convolutional networks as spec text, and the stages built of them."""

from __future__ import annotations

BASIC = (
    "Residual(Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, padding=1, bias=False) >> BatchNorm(){path}) >> relu"
)
BOTTLENECK = (
    "Residual(Conv2d({c}, 1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({c}, 3, stride={s}, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d({w}, 1, bias=False) >> BatchNorm(){path}) >> relu"
)
PREACT = (
    "Residual(BatchNorm() >> relu >> Conv2d({c}, 3, stride={s}, padding=1, bias=False)"
    " >> BatchNorm() >> relu >> Conv2d({c}, 3, padding=1, bias=False){path})"
)
PROJECTION = ", path=Conv2d({w}, 1, stride={s}, bias=False)"
PROJECTION_NORM = PROJECTION + " >> BatchNorm()"


def stages(
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


def mobile(channels: int, out: int, expand: int, stride: int) -> str:
    """Return one inverted residual block of MobileNetV2."""
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


def mobilenet() -> str:
    """Return MobileNetV2."""
    rows = (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    )  # fmt: skip
    channels, parts = 32, []
    for expand, out, count, stride in rows:
        parts.append(mobile(channels, out, expand, stride))
        if count > 1:
            parts.append(f"{count - 1} * {mobile(out, out, expand, 1)}")
        channels = out
    return (
        "Input(3, 224, 224) >> Conv2d(32, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> relu6 >> "
        + " >> ".join(parts)
        + " >> Conv2d(1280, 1, bias=False) >> BatchNorm() >> relu6 >> GlobalAvgPool() >> Dropout(0.2)"
        " >> Dense(1000)"
    )


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
