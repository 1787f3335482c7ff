"""Formulas of a claim read into SymPy: operators stay inert, functions of the catalogue are applied."""

from __future__ import annotations

import re
from typing import NoReturn

import sympy
from sympy import Expr, KroneckerDelta, Rational, S, Symbol

from varprop.catalogue.activation_text import CatalogueFunctions
from varprop.catalogue.activations import activation
from varprop.checking import calls
from varprop.checking.spelling import PRIME, Spelt, tree_of
from varprop.checking.vocabulary import LANGUAGE, SPELLINGS, outside_operators, undeclared
from varprop.checking.world import OPERATORS, World
from varprop.errors import BadInput, UnknownName, VarpropError, did_you_mean
from varprop.expression_text.arithmetic import Value, apply, checked, power, product, total
from varprop.expression_text.functions import CONSTANTS, FUNCTIONS
from varprop.expression_text.nodes import (
    Absolute,
    Call,
    Chain,
    Choice,
    Name,
    Node,
    Number,
    Power,
    Prefix,
)
from varprop.expression_text.signs import refusal
from varprop.moments import derivative
from varprop.notation import check_name

NETWORK_LETTERS = ("q", "g", "c", "x", "m")
NETWORK_NAMES = ("chi_perp", "chi_par", "chi_parallel", "q_star", "c_star", "sigma_w2", "sigma_b2")
_CATALOGUE = CatalogueFunctions()
_LIKELY_RANDOM = re.compile(r"[A-Zhuvwxyzs](_?\w)?$")


class Reader:
    """One formula, read in a world. ``inside`` counts the operators around the current place."""

    def __init__(self, found: Spelt, world: World, defined: dict[str, str] | None = None) -> None:
        self.found = found
        self.text = found.typed
        self.world = world
        self.defined = defined or {}
        self.inside = 0
        self.index: list[str] = []
        self.tree = tree_of(found)
        self.outside = outside_operators(self.tree)

    def read(self) -> Expr:
        """Return the expression. Raises BadInput with the place."""
        return self.value(self.tree).expr

    def refusal(self, node: Node, why: str, error: type[BadInput] = BadInput) -> BadInput:
        """Return an error at the place of a node."""
        return refusal(self.text, node.start, why, error)

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise BadInput at the place of a node."""
        raise self.refusal(node, why)

    def shown(self, node: Node) -> str:
        """Return what was typed."""
        return self.text[node.start : node.end]

    def value(self, node: Node) -> Value:
        """Return the value of a node."""
        match node:
            case Number():
                return self._number(node)
            case Name():
                return self._made(node, self.name(node))
            case Prefix(operator="√"):
                return apply(self, node, FUNCTIONS["sqrt"], [self.value(node.operand)])
            case Prefix(operator="-"):
                operand = self.value(node.operand)
                return Value(-operand.expr, None if operand.number is None else -operand.number)
            case Prefix(operator="+"):
                return self.value(node.operand)
            case Chain():
                join = total if node.operators[0] == "+" else product
                return join(self, node, [self.value(operand) for operand in node.operands])
            case Power():
                return power(self, node, self.value(node.base), self.value(node.exponent))
            case Absolute():
                return apply(self, node, FUNCTIONS["Abs"], [self.value(node.operand)])
            case Call():
                return self._made(node, self._call(node))
            case Choice():
                return self._made(node, calls.choice(self, node))
        raise self.refusal(node, "a condition only has a meaning inside P(…), where or if")

    def _made(self, node: Node, expr: Expr) -> Value:
        number = None
        if expr.is_number and expr.is_finite:
            number = float(expr)
        if expr in (S.Infinity, S.NegativeInfinity):
            return Value(expr)
        return checked(self, node, expr, number)

    def _number(self, node: Number) -> Value:
        _, _, exponent = node.text.lower().partition("e")
        if exponent and (len(exponent) > 4 or abs(int(exponent)) > 300):
            self.refuse(node, f"{node.text} is beyond the range of floating point")
        exact = Rational(node.text)
        return Value(exact, float(exact))

    def name(self, node: Name) -> Expr:
        """Return what a name stands for."""
        name, world = node.text, self.world
        defined = world.defined(name)
        if defined is not None:
            return defined
        if name in world.values:
            return world.values[name]
        if name in CONSTANTS or name == "oo":
            return S.Infinity if name == "oo" else CONSTANTS[name][0]
        if re.fullmatch(r"delta_[a-z][a-z]", name):
            return KroneckerDelta(Symbol(name[-2]), Symbol(name[-1]))
        family = world.family_of(name)
        if family is not None:
            return Symbol(name, real=True)
        if world.network is not None and name in NETWORK_NAMES:
            return Symbol(name, real=True)
        if name in FUNCTIONS or name in _CATALOGUE or name in self.defined:
            self.refuse(node, f"{name} is a function: write {name}(...)")
        return self.parameter(node)

    def parameter(self, node: Name) -> Expr:
        """Return the symbol of a number that isn't random."""
        name = node.text
        if self.inside and name not in self.outside and self._suspect(name):
            hint = did_you_mean(name, self.world.variables)
            raise self.refusal(node, undeclared(name, hint))
        try:
            check_name(name)
        except VarpropError as error:
            raise self.refusal(node, str(error)) from None
        world = self.world
        random = bool(world.variables or world.definitions or world.network)
        if name in world.positive or (random and name not in world.real):
            return Symbol(name, positive=True)
        return Symbol(name, real=True)

    def _suspect(self, name: str) -> bool:
        return bool(_LIKELY_RANDOM.fullmatch(name)) and name not in self.world.positive

    def _call(self, node: Call) -> Expr:
        name = SPELLINGS.get(node.name, node.name)
        if name in OPERATORS and name not in self.world.variables:
            return calls.operator(self, node, name)
        if name == "P" and not node.keywords:
            return calls.probability(self, node)
        if name in ("sum", "Sum"):
            return calls.sum_of(self, node)
        if name in ("diff", "d", "D"):
            return calls.differentiated(self, node)
        if name in ("delta", "KroneckerDelta") and len(node.arguments) == 2:
            return calls.kronecker(self, node)
        if node.brackets or name in self.world.variables:
            return calls.member(self, node)
        if name.endswith(PRIME):
            return self._slope(node)
        return self._function(node)

    def arguments(self, node: Call) -> list[Expr]:
        """Return the values of a call's arguments."""
        return [self.value(argument).expr for argument in node.arguments]

    def _slope(self, node: Call) -> Expr:
        base, order = node.name, 0
        while base.endswith(PRIME):
            base, order = base.removesuffix(PRIME), order + 1
        t = sympy.Dummy("t", real=True)
        plain = Call(node.start, node.end, base, node.arguments, node.keywords)
        f = self.apply(plain, [t])
        for _ in range(order):
            f = derivative(f, t)
        return f.subs(t, self.arguments(node)[0])

    def _function(self, node: Call) -> Expr:
        if node.name in FUNCTIONS and node.name not in self.defined:
            function = FUNCTIONS[node.name]
            if not function.least <= len(node.arguments) <= function.most or node.keywords:
                self.refuse(node, f"{node.name} takes {function.least} to {function.most} values")
            return apply(self, node, function, [self.value(a) for a in node.arguments]).expr
        return self.apply(node, self.arguments(node))

    def apply(self, node: Call, values: list[Expr]) -> Expr:
        """Apply a function of the catalogue, or one that was defined, by its name."""
        if node.name in self.defined:
            found = activation(self.defined[node.name])
            from varprop.notation import h

            return found.phi.subs(h, values[0])
        if node.name in FUNCTIONS:
            return FUNCTIONS[node.name].build(*values)
        if node.name not in _CATALOGUE:
            raise self._unknown(node)
        named = {key: self.value(value).expr for key, value in node.keywords}
        try:
            return _CATALOGUE[node.name](*values, **named)
        except (VarpropError, TypeError) as error:
            raise self.refusal(node, f"{node.name}: {error}") from None

    def _unknown(self, node: Call) -> BadInput:
        known = [*OPERATORS, "P", "sum", "diff", *FUNCTIONS, *_CATALOGUE, *self.world.variables]
        if node.name in ("softmax", "max_over", "median", "argmax", "rank", "svd", "det", "tr"):
            why = f"{node.name} is beyond the language of claims: {LANGUAGE}"
            return self.refusal(node, why)
        if len(node.name) == 1 or self.world.family_of(node.name):
            inside = self.text[node.start + len(node.name) : node.end]
            return self.refusal(node, f"a product must be written: {node.name}*{inside}")
        hint = did_you_mean(node.name, known)
        why = f"no function {node.name!r}. {hint}The language of claims has {LANGUAGE}"
        return self.refusal(node, why, UnknownName)
