"""The parts of a formula as it was typed: frozen, final but for Node, without mathematics."""

from __future__ import annotations

from varprop.frozen import frozen


@frozen
class Node:
    """A part of a formula; ``start`` and ``end`` are positions in the text, from 0."""

    start: int
    end: int


@frozen
class Number(Node):
    """A literal number, as typed."""

    text: str


@frozen
class Name(Node):
    """A name that is not called."""

    text: str


@frozen
class Prefix(Node):
    """``+ - not √`` before an operand."""

    operator: str
    operand: Node


@frozen
class Chain(Node):
    """Operands of equal rank with the operator before each (the first is + or *)."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@frozen
class Power(Node):
    """``base ** exponent``."""

    base: Node
    exponent: Node


@frozen
class Comparison(Node):
    """``a < b <= c``: one more operand than operators."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@frozen
class Logic(Node):
    """``left and right`` or ``left or right``."""

    operator: str
    left: Node
    right: Node


@frozen
class Choice(Node):
    """``value if condition else other``."""

    value: Node
    condition: Node
    other: Node


@frozen
class Absolute(Node):
    """``|operand|``."""

    operand: Node


@frozen
class Group(Node):
    """``(a, b)``: what Piecewise takes."""

    items: tuple[Node, ...]


@frozen
class Call(Node):
    """``name(a, b, key=c)`` or, with ``brackets``, ``name[a]``."""

    name: str
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()
    brackets: bool = False
