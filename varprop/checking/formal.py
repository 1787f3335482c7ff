"""What was typed as text that SymPy parses: nothing is evaluated, operators keep their names."""

from __future__ import annotations

from varprop.checking.spelling import PRIME, Spelt, tree_of
from varprop.checking.vocabulary import SPELLINGS
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

NAMES = {"E": "Mean", "V": "Var", "sum": "Sum", "d": "diff", "D": "diff"}


def formal(found: Spelt) -> str:
    """Return a side as SymPy-parsable text."""
    return _text(tree_of(found))


def _text(node: Node) -> str:
    match node:
        case Number() | Name():
            return node.text
        case Prefix():
            inner = _text(node.operand)
            if node.operator == "√":
                return f"sqrt({inner})"
            return f"{node.operator}{_wrapped(node.operand)}" if node.operator != "+" else inner
        case Chain():
            return _chain(node)
        case Power():
            return f"{_wrapped(node.base)}**{_wrapped(node.exponent)}"
        case Absolute():
            return f"Abs({_text(node.operand)})"
        case Call():
            return _call(node)
        case Group():
            return f"({', '.join(_text(item) for item in node.items)})"
        case Comparison():
            return _joined(node.operands, node.operators)
        case Logic():
            return f"{_text(node.left)} {node.operator} {_text(node.right)}"
        case Choice():
            return f"Piecewise(({_text(node.value)}, {_text(node.condition)}), ({_text(node.other)}, True))"
    return ""


def _joined(operands: tuple[Node, ...], operators: tuple[str, ...]) -> str:
    text = _text(operands[0])
    for operator, operand in zip(operators, operands[1:], strict=True):
        text += f" {operator} {_text(operand)}"
    return text


def _chain(node: Chain) -> str:
    text = _text(node.operands[0]) if node.operators[0] == "+" else _factor(node.operands[0])
    for operator, operand in zip(node.operators[1:], node.operands[1:], strict=True):
        gap = " " if operator in "+-" else ""
        part = _factor(operand) if operator in "*/" or operator == "-" else _text(operand)
        text += f"{gap}{operator}{gap}{part}"
    return text


def _factor(node: Node) -> str:
    return (
        f"({_text(node)})" if isinstance(node, (Chain, Prefix)) and _is_sum(node) else _text(node)
    )


def _is_sum(node: Node) -> bool:
    return isinstance(node, (Prefix, Chain))


def _wrapped(node: Node) -> str:
    return f"({_text(node)})" if isinstance(node, (Chain, Prefix, Power)) else _text(node)


def _call(node: Call) -> str:
    name = SPELLINGS.get(node.name, node.name)
    name = NAMES.get(name, name)
    values = [_text(argument) for argument in node.arguments]
    if node.brackets and name not in ("Mean", "Var", "Cov", "Std", "Corr", "P"):
        return f"{name}_{'_'.join(_word(value) for value in values)}"
    if name == "Sum" and len(values) == 4:
        return f"Sum({values[0]}, ({values[1]}, {values[2]}, {values[3]}))"
    while name.endswith(PRIME):
        name = name.removesuffix(PRIME) + "_slope"
    named = [f"{key}={_text(value)}" for key, value in node.keywords]
    return f"{name}({', '.join([*values, *named])})"


def _word(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text)
