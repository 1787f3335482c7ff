"""The tree read as mathematics: names, numbers and calls become SymPy expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NoReturn

import sympy
from sympy import Expr

from varprop.errors import BadInput, UnknownName, VarpropError, did_you_mean
from varprop.expression_text import conditions
from varprop.expression_text.arithmetic import (
    Value,
    apply,
    check_size,
    checked,
    power,
    product,
    total,
)
from varprop.expression_text.functions import CONDITIONAL, CONSTANTS, FUNCTIONS, TRUTH
from varprop.expression_text.nodes import (
    Absolute,
    Call,
    Chain,
    Choice,
    Group,
    Name,
    Node,
    Number,
    Power,
    Prefix,
)
from varprop.expression_text.signs import refusal
from varprop.expression_text.tree import parse_tree
from varprop.notation import c, h, positive, q

ARGUMENTS = ("x", "h", "z")
"""The letters in which people write an activation; each is read as h."""

NOT_FINITE = ("inf", "infinity", "oo", "zoo", "nan")
"""What is written for numbers that aren't finite, in any capitals: never the name of a symbol."""

MAX_SUBSTITUTED = 500.0

Functions = Mapping[str, Callable[..., Expr]]


def parse_expression(
    text: str,
    functions: Functions | None = None,
    argument: str | None = None,
    names: Mapping[str, Expr] | None = None,
) -> Expr:
    """Return the expression that ``text`` writes; ``x``, ``h`` or ``z`` becomes ``notation.h``.

    Other names become positive symbols. ``argument`` names the one letter that is the argument;
    ``functions`` adds functions to the table; ``names`` gives names a value.
    Raises BadInput or UnknownName, with the place.

    >>> parse_expression("2x^2")
    Traceback (most recent call last):
    varprop.errors.BadInput: can't read '2x^2' at character 2: a product must be written: 2*x
    >>> parse_expression("0.1·x²")
    h**2/10
    """
    letters = ARGUMENTS if argument is None else (argument,)
    return read_tree(text, parse_tree(text), functions, letters, names)


def parse_scalar(text: str) -> Expr:
    """Return a number or an expression in positive symbols: ``"sqrt(2)"``, ``"1/sqrt(d)"``.

    Raises BadInput with the place, also for ``h``, which is kept for the pre-activation.
    """
    return read_tree(text, parse_tree(text), None, ())


def read_tree(
    text: str,
    tree: Node,
    functions: Functions | None,
    letters: tuple[str, ...],
    names: Mapping[str, Expr] | None = None,
) -> Expr:
    """Return the expression of a tree of ``text``; ``letters`` are read as ``notation.h``."""
    reading = _Reading(text, functions or {}, letters, names or {})
    expression = reading.value(tree).expr
    check_size(reading, tree, expression)
    return expression


class _Reading:
    """One reading: the text for messages, the functions, letters and names allowed in it."""

    def __init__(
        self,
        text: str,
        functions: Functions,
        letters: tuple[str, ...],
        names: Mapping[str, Expr],
    ) -> None:
        self.text = text
        self.functions = functions
        self.letters = letters
        self.names = names
        self.letter: str | None = None

    def refusal(self, node: Node, why: str, error: type[BadInput] = BadInput) -> BadInput:
        return refusal(self.text, node.start, why, error)

    def refuse(self, node: Node, why: str) -> NoReturn:
        raise self.refusal(node, why)

    def shown(self, node: Node) -> str:
        return self.text[node.start : node.end]

    def value(self, node: Node) -> Value:
        match node:
            case Number():
                return self._number(node)
            case Name():
                return self._name(node)
            case Prefix():
                return self._prefix(node)
            case Chain():
                join = total if node.operators[0] == "+" else product
                return join(self, node, self._values(node.operands))
            case Power():
                return power(self, node, self.value(node.base), self.value(node.exponent))
            case Absolute():
                return apply(self, node, FUNCTIONS["Abs"], [self.value(node.operand)])
            case Call():
                return self._call(node)
            case Choice():
                branches = [(node.value, node.condition), (node.other, TRUTH["True"])]
                return Value(conditions.piecewise(self, node, branches))
            case Group():
                raise self.refusal(node, "a list (a, b) only has a meaning inside Piecewise")
        raise self.refusal(node, "a condition only has a meaning inside Piecewise, where or if")

    def _values(self, nodes: tuple[Node, ...]) -> list[Value]:
        return [self.value(node) for node in nodes]

    def _number(self, node: Number) -> Value:
        _, _, exponent = node.text.lower().partition("e")
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > 300):
            self.refuse(node, f"{node.text} is beyond the range of floating point")
        exact = Fraction(node.text)
        return checked(self, node, sympy.Rational(exact.numerator, exact.denominator), float(exact))

    def _name(self, node: Name) -> Value:
        if node.text in self.names:
            given = self.names[node.text]
            return Value(given, float(given) if given.is_number else None)
        if node.text in CONSTANTS:
            return Value(*CONSTANTS[node.text])
        if node.text in self.letters:
            if self.letter not in (None, node.text):
                self.refuse(node, f"{self.letter} and {node.text} are both used as the argument")
            self.letter = node.text
            return Value(h)
        return Value(self._symbol(node))

    def _symbol(self, node: Name) -> Expr:
        name = node.text
        if name in ("q", "c"):
            return q if name == "q" else c
        if name == "h":
            self.refuse(node, "h is kept for the pre-activation; use another letter")
        if name.casefold() in NOT_FINITE:
            self.refuse(node, f"{name} is no finite number: write a number or another letter")
        if name in TRUTH:
            self.refuse(node, f"{name} is a condition, not a number")
        if name in FUNCTIONS or name in CONDITIONAL or name in self.functions:
            self.refuse(node, f"{name} is a function: write {name}(...)")
        try:
            return positive(name)
        except VarpropError as error:
            raise self.refusal(node, str(error)) from None

    def _prefix(self, node: Prefix) -> Value:
        if node.operator == "not":
            self.refuse(node, "a condition only has a meaning inside Piecewise, where or if")
        operand = self.value(node.operand)
        if node.operator == "√":
            return apply(self, node, FUNCTIONS["sqrt"], [operand])
        if node.operator == "+":
            return operand
        return Value(-operand.expr, None if operand.number is None else -operand.number)

    def _call(self, node: Call) -> Value:
        function = FUNCTIONS.get(node.name)
        if node.name in CONDITIONAL and not node.brackets and not node.keywords:
            return Value(conditions.piecewise(self, node, conditions.branches(self, node)))
        if node.name in self.functions and (node.brackets or function is None):
            return self._outside(node)
        if function is None or node.brackets:
            raise self._unknown(node)
        if node.keywords:
            self.refuse(node, f"{node.name} takes no named values")
        if not function.least <= len(node.arguments) <= function.most:
            needed = str(function.least) if function.least == function.most else "2 to 20"
            self.refuse(node, f"{node.name} takes {needed} values, not {len(node.arguments)}")
        return apply(self, node, function, self._values(node.arguments))

    def _unknown(self, node: Call) -> BadInput:
        if node.name in self.letters:
            inside = self.text[node.start + len(node.name) : node.end]
            return self.refusal(node, f"a product must be written: {node.name}*{inside}")
        if node.name in FUNCTIONS or node.name in CONDITIONAL:
            return self.refusal(node, f"write {node.name}(...) with round brackets, values unnamed")
        hint = did_you_mean(node.name, [*FUNCTIONS, *CONDITIONAL, *self.functions])
        return self.refusal(node, f"no function {node.name!r}. {hint}".rstrip(), UnknownName)

    def _outside(self, node: Call) -> Value:
        """Apply a function of the caller's; a constant argument must stay moderate."""
        values = self._values(node.arguments)
        keywords = {key: self.value(value) for key, value in node.keywords}
        numbers = [v.number for v in (*values, *keywords.values()) if v.number is not None]
        if any(abs(number) > MAX_SUBSTITUTED for number in numbers):
            self.refuse(node, f"{node.name} takes numbers up to {MAX_SUBSTITUTED:g} only")
        named = {key: value.expr for key, value in keywords.items()}
        try:
            expr = self.functions[node.name](*(v.expr for v in values), **named)
        except (VarpropError, TypeError) as error:
            raise self.refusal(node, f"{node.name}: {error}") from None
        check_size(self, node, expr)
        return checked(self, node, expr, float(expr) if expr.is_number else None)
