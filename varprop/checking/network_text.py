"""Dense networks as claims write them: 5*(Dense(n) >> tanh), Input(n) >> Dense(n) >> relu."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from sympy import Expr, Symbol

from varprop.catalogue.activations import Activation, activation
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar

_REPEAT = re.compile(r"(?:(?P<count>[^()]+?)\s*\*\s*)?\((?P<body>.+)\)\s*(?:\*\s*(?P<after>\w+))?")
_DENSE = re.compile(r"(?:Dense|Linear|Input)\(\s*(?P<width>[^(),]+)[^()]*\)")
MOST_LAYERS = 20_000


@dataclass(frozen=True)
class Block:
    """A dense layer after an activation: h' = W φ(h), W of shape (fan_out, fan_in)."""

    act: Activation
    fan_in: Expr
    fan_out: Expr


@dataclass(frozen=True)
class Chain:
    """Blocks of one kind repeated, or a list of blocks; ``depth`` is None while it is a symbol."""

    blocks: tuple[Block, ...]
    depth: Expr

    def at(self, level: int) -> Block:
        """Return the block that makes level + 1 from level."""
        return self.blocks[level % len(self.blocks)]


def read_network(text: str, defined: dict[str, str]) -> Chain:
    """Return the chain of blocks; raises BadInput for layers that these claims can't follow."""
    stripped = text.strip()
    match = _REPEAT.fullmatch(stripped)
    repeated = match is not None and _balanced(match["body"])
    body = match["body"] if match is not None and repeated else stripped
    count = (match["count"] or match["after"] or "1") if match is not None and repeated else "1"
    depth = parse_scalar(count)
    layers = [piece.strip() for piece in body.split(">>")]
    blocks = _blocks(layers, text, defined, repeated)
    return Chain(tuple(blocks), depth * len(blocks))


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


def _blocks(layers: list[str], text: str, defined: dict[str, str], repeated: bool) -> list[Block]:
    widths: list[Expr] = []
    acts: list[Activation] = []
    for layer in layers:
        dense = _DENSE.fullmatch(layer)
        if dense is not None:
            if widths and len(acts) < len(widths) and not layers[0].startswith("Input"):
                acts.append(activation("linear"))
            widths.append(parse_scalar(dense["width"]))
            continue
        if "(" in layer and layer.split("(")[0] in (
            "Conv2d", "Residual", "BatchNorm", "LayerNorm", "Dropout", "Attention", "Concat",
        ):  # fmt: skip
            raise BadInput(
                f"net = {text}: claims follow dense chains such as 5*(Dense(n) >> tanh); "
                f"{layer} is not in them. varprop propagate --arch follows such networks."
            )
        acts.append(activation(defined.get(layer, layer)))
    if not widths or not acts:
        raise BadInput(f"net = {text}: write a dense chain such as 5*(Dense(n) >> tanh).")
    if repeated or len(widths) == 1:
        width = widths[0]
        return [Block(acts[k % len(acts)], width, width) for k in range(len(widths))]
    pairs = list(pairwise(widths))
    first = [] if layers[0].startswith("Input") else [(widths[0], widths[0])]
    fans = [*first, *pairs]
    return [
        Block(acts[min(k, len(acts) - 1)], fan_in, fan_out)
        for k, (fan_in, fan_out) in enumerate(fans)
    ]


def width_symbol() -> Symbol:
    """Return the symbol of a width."""
    return Symbol("n", positive=True)
