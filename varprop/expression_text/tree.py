"""Signs to a tree, by operator precedence. The tree knows no mathematics and runs nothing.

From loose to tight: ``a if condition else b``, or, and, not, comparisons (chained), + −, × ÷,
unary sign, power (to the right), √ and calls. A product must be written: ``2x`` is refused.
"""

from __future__ import annotations

from dataclasses import replace

from varprop.errors import BadInput
from varprop.expression_text.nodes import (
    Absolute,
    Call,
    Chain,
    Choice,
    Comparison,
    Group,
    Logic,
    Name,
    Node,
    Number,
    Power,
    Prefix,
)
from varprop.expression_text.signs import (
    END,
    NAME,
    NUMBER,
    OPERATOR,
    SUPERSCRIPT,
    Sign,
    refusal,
    split,
)

MAX_DEPTH = 30
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=", "=")
_IF, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER = range(1, 10)
_STRENGTH = {
    "if": _IF,
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(COMPARISONS, _COMPARE),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
}


def parse_tree(text: str) -> Node:
    """Return the tree of a whole formula. Raises BadInput with the place."""
    return parse_signs(text, split(text))


def parse_signs(text: str, signs: tuple[Sign, ...]) -> Node:
    """Return the tree of signs that were read elsewhere; their places are places in ``text``."""
    reader = _Reader(text, signs)
    node = reader.expression(0)
    if reader.sign.kind != END:
        raise reader.refusal()
    return node


class _Reader:
    """The signs and how far they have been read."""

    def __init__(self, text: str, signs: tuple[Sign, ...] | None = None) -> None:
        self.text = text
        self.signs = split(text) if signs is None else signs
        self.index = 0
        self.depth = 0

    @property
    def sign(self) -> Sign:
        return self.signs[self.index]

    def take(self) -> Sign:
        self.index += 1
        return self.signs[self.index - 1]

    def at(self, *operators: str) -> bool:
        return self.sign.kind == OPERATOR and self.sign.text in operators

    def expect(self, operator: str) -> Sign:
        if not self.at(operator):
            raise self.refusal(f"{operator!r} is missing before {self.sign.text!r}")
        return self.take()

    def close(self, opening: Sign, closing: str) -> Sign:
        """Take the bracket that closes another; raises BadInput, at the end for the one left open."""
        if self.sign.kind == END:
            place = opening.start + 1
            raise self.refusal(
                f"{opening.text!r} at character {place} isn't closed: add {closing!r}"
            )
        return self.expect(closing)

    def refusal(self, why: str = "") -> BadInput:
        sign = self.sign
        return refusal(self.text, sign.start, why or self._reason(sign))

    def _reason(self, sign: Sign) -> str:
        before = self.signs[self.index - 1] if self.index else None
        operand = sign.kind in (NUMBER, NAME) or sign.text in ("(", "[", "√")
        if before and operand and (before.kind != OPERATOR or before.text in (")", "]", "|")):
            return f"a product must be written: {before.text}*{sign.text}"
        if sign.kind == END:
            return "the formula stops here; a number, a name or '(' is missing"
        return f"{sign.text!r} isn't expected here"

    def expression(self, least: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refusal(f"nested deeper than {MAX_DEPTH} levels")
        node = self.operand()
        while self.sign.kind in (OPERATOR, SUPERSCRIPT):
            strength = self._strength()
            if strength is None or strength < least:
                break
            node = self._extend(node, strength)
        self.depth -= 1
        return node

    def _strength(self) -> int | None:
        return _POWER if self.sign.kind == SUPERSCRIPT else _STRENGTH.get(self.sign.text)

    def _extend(self, left: Node, strength: int) -> Node:
        if strength == _POWER:
            return self._power(left)
        if strength in (_SUM, _PRODUCT):
            return self._chain(left, strength)
        if strength == _COMPARE:
            return self._comparison(left)
        if strength == _IF:
            return self._choice(left)
        operator = self.take().text
        right = self.expression(strength + 1)
        return Logic(left.start, right.end, operator, left, right)

    def _power(self, base: Node) -> Node:
        if self.text[base.start] == "√":
            raise self.refusal("write √(…²) or (√…)²: this could be either")
        sign = self.take()
        if sign.kind == SUPERSCRIPT:
            exponent: Node = Number(sign.start, sign.end, sign.text)
        else:
            exponent = self.expression(_UNARY)
        return Power(base.start, exponent.end, base, exponent)

    def _chain(self, first: Node, strength: int) -> Node:
        operators, operands = ["+" if strength == _SUM else "*"], [first]
        while self.sign.kind == OPERATOR and _STRENGTH.get(self.sign.text) == strength:
            operators.append(self.take().text)
            operands.append(self.expression(strength + 1))
        return Chain(first.start, operands[-1].end, tuple(operators), tuple(operands))

    def _comparison(self, first: Node) -> Node:
        operators, operands = [], [first]
        while self.at(*COMPARISONS):
            operators.append(self.take().text)
            operands.append(self.expression(_COMPARE + 1))
        return Comparison(first.start, operands[-1].end, tuple(operators), tuple(operands))

    def _choice(self, value: Node) -> Node:
        self.take()
        condition = self.expression(_OR)
        self.expect("else")
        other = self.expression(_IF)
        return Choice(value.start, other.end, value, condition, other)

    def operand(self) -> Node:
        sign = self.sign
        if sign.kind == NUMBER:
            self.take()
            return Number(sign.start, sign.end, sign.text)
        if sign.kind == NAME:
            return self._name()
        if self.at("+", "-", "not", "√"):
            return self._prefix()
        if self.at("|"):
            return self._bars()
        if self.at("("):
            return self._parentheses()
        raise self.refusal()

    def _name(self) -> Node:
        sign = self.take()
        if self.at("(", "["):
            return self._call(sign)
        return Name(sign.start, sign.end, sign.text)

    def _prefix(self) -> Node:
        sign = self.take()
        if sign.text == "√":
            operand = self.expression(_POWER + 1)
        else:
            operand = self.expression(_NOT if sign.text == "not" else _UNARY)
        return Prefix(sign.start, operand.end, sign.text, operand)

    def _bars(self) -> Node:
        start = self.take().start
        inner = self.expression(0)
        end = self.expect("|").end
        return Absolute(start, end, inner)

    def _parentheses(self) -> Node:
        opening = self.take()
        start = opening.start
        items = [self.expression(0)]
        grouped = False
        while self.at(","):
            grouped = True
            self.take()
            if not self.at(")"):
                items.append(self.expression(0))
        end = self.close(opening, ")").end
        if grouped:
            return Group(start, end, tuple(items))
        return replace(items[0], start=start, end=end)

    def _call(self, name: Sign) -> Node:
        opening = self.take()
        closing = ")" if opening.text == "(" else "]"
        arguments: list[Node] = []
        keywords: list[tuple[str, Node]] = []
        while not self.at(closing):
            self._argument(arguments, keywords)
            if self.sign.kind == END:
                self.close(opening, closing)
            if not self.at(closing):
                self.expect(",")
        end = self.take().end
        return Call(
            name.start,
            end,
            name.text,
            tuple(arguments),
            tuple(keywords),
            brackets=opening.text == "[",
        )

    def _argument(self, arguments: list[Node], keywords: list[tuple[str, Node]]) -> None:
        following = self.signs[self.index + 1] if self.index + 1 < len(self.signs) else self.sign
        if self.sign.kind == NAME and following.text == "=" and following.kind == OPERATOR:
            key = self.take().text
            self.take()
            keywords.append((key, self.expression(0)))
        elif keywords:
            raise self.refusal("a value without a name can't follow a named one")
        else:
            arguments.append(self.expression(0))
