"""From a SymPy expression to a graph of primitives that neither overflow nor cancel needlessly."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Add, Expr, Mul, Pow, S, Symbol, exp

from varprop.errors import BadInput
from varprop.moments.numbers.nodes import Graph
from varprop.moments.numbers.stable import fused_factor, fused_pairs

FUNCTIONS: dict[str, str] = {
    **{
        name: name
        for name in [
            "exp",
            "sinh",
            "cosh",
            "tanh",
            "sech",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "asinh",
            "acosh",
            "atanh",
            "erf",
            "erfc",
            "sign",
        ]
    },
    "Abs": "abs",
    "Heaviside": "step",
}
"""SymPy's name -> the graph's name."""

RECIPROCALS = {"coth": "tanh", "csch": "sinh", "sec": "cos", "csc": "sin", "cot": "tan"}
"""SymPy's name -> the function whose reciprocal it is."""


def read(expr: Expr, h: Symbol, graph: Graph | None = None) -> tuple[Graph, int]:
    """Read ``expr`` as a function of ``h``; return the graph and the node of its value.

    Raises BadInput when a symbol besides ``h`` has no number, or a function has no numeric rule.
    """
    reader = _Reader(h, graph or Graph())
    return reader.graph, reader.node(expr)


class _Reader:
    def __init__(self, h: Symbol, graph: Graph) -> None:
        self.h = h
        self.graph = graph
        self.known: dict[Expr, int] = {h: graph.h}

    def node(self, expr: Expr) -> int:
        if expr not in self.known:
            self.known[expr] = self._read(expr)
        return self.known[expr]

    def _read(self, expr: Expr) -> int:
        if not expr.has(self.h):
            return self._constant(expr)
        handler = _HANDLERS.get(expr.func.__name__)
        if handler is not None:
            return handler(self, expr)
        name = expr.func.__name__
        if name in FUNCTIONS:
            return self.graph.put(FUNCTIONS[name], self.node(expr.args[0]))
        if name in RECIPROCALS:
            return self.graph.power(self.graph.put(RECIPROCALS[name], self.node(expr.args[0])), -1)
        if hasattr(expr.func, "_imp_"):
            return self.graph.put("call", self.node(expr.args[0]), exact=expr.func)
        raise BadInput(f"no numeric rule for {expr.func.__name__} in {expr}.")

    def _constant(self, expr: Expr) -> int:
        if expr.free_symbols:
            names = ", ".join(sorted(map(str, expr.free_symbols)))
            raise BadInput(f"a number needs a value for {names}.")
        if expr.is_finite is False or expr.is_extended_real is False:
            raise BadInput(f"{expr} is not a finite real number.")
        return self.graph.const(expr)

    def _add(self, expr: Add) -> int:
        pairs, rest = fused_pairs(expr, self.h)
        nodes = [self._fused(coefficient, op, inner) for coefficient, op, inner in pairs]
        return self.graph.add(*nodes, *(self.node(term) for term in rest))

    def _mul(self, expr: Mul) -> int:
        fused, rest = fused_factor(expr, self.h)
        g = self.graph
        nodes = [g.power(g.put("expit", self.node(inner)), power) for inner, power in fused]
        return g.mul(*(self.node(factor) for factor in rest), *nodes)

    def _fused(self, coefficient: Expr, op: str, inner: Expr) -> int:
        g, a = self.graph, self.node(inner)
        value = {
            "versine": lambda: g.power(g.put("sin", g.mul(g.const(S.Half), a)), 2),
            "sech2": lambda: g.power(g.put("sech", a), 2),
            "sqrt1pm1": lambda: g.mul(
                a, g.power(g.add(g.const(1), g.put("sqrt", g.add(g.const(1), a))), -1)
            ),
        }.get(op, lambda: g.put(op, a))()
        return g.mul(self.node(coefficient), value)

    def _power(self, expr: Pow) -> int:
        base, exponent = expr.as_base_exp()
        fused, rest = fused_factor(expr, self.h)
        if fused and not rest:
            return self._mul(expr)
        g = self.graph
        if base == S.Exp1:
            return g.put("exp", self.node(exponent))
        if exponent.has(self.h):
            log = g.const(sympy.log(base)) if base.is_positive else g.put("log", self.node(base))
            return g.put("exp", g.mul(self.node(exponent), log))
        if exponent.is_Integer:
            if base.func.__name__ == "cosh" and exponent < 0:
                return g.power(g.put("sech", self.node(base.args[0])), -int(exponent))
            return g.power(self.node(base), int(exponent))
        if exponent.is_Rational and exponent.q == 2:
            return g.power(g.put("sqrt", self.node(base)), int(exponent.p))
        number = self._number(exponent)
        return g.put("root", self.node(base), g.const(number), exact=number)

    def _number(self, expr: Expr) -> Expr:
        value = self.graph.exact(self._constant(expr))
        assert value is not None
        return value

    def _log(self, expr: Expr) -> int:
        g, inner = self.graph, expr.args[0]
        base, power = inner.as_base_exp() if inner.is_Pow else (inner, S.One)
        if not (isinstance(base, Add) and base.as_coeff_Add()[0] == 1 and not power.has(self.h)):
            return g.put("log", self.node(inner))
        rest = base - 1
        if isinstance(rest, exp):
            value = g.put("softplus", self.node(rest.args[0]))
        else:
            value = g.put("log1p", self.node(rest))
        return g.mul(self.node(power), value)

    def _extreme(self, expr: Expr) -> int:
        nodes = [self.node(arg) for arg in expr.args]
        total = nodes[0]
        for node in nodes[1:]:
            total = self.graph.put(expr.func.__name__.lower(), total, node)
        return total

    def _piecewise(self, expr: Expr) -> int:
        *cases, last = [(case.expr, case.cond) for case in expr.args]
        total = self.node(last[0])
        if last[1] != S.true:
            raise BadInput(f"{expr} is not defined everywhere: end it with (value, True).")
        for value, condition in reversed(cases):
            total = self.graph.where(self._condition(condition), self.node(value), total)
        return total

    def _condition(self, condition: Expr) -> int:
        name, args = condition.func.__name__, condition.args
        if name in ("And", "Or", "Not"):
            total = self._condition(args[0])
            if name == "Not":
                return self.graph.put("not", total)
            for arg in args[1:]:
                total = self.graph.put(name.lower(), total, self._condition(arg))
            return total
        if name in ("StrictLessThan", "LessThan"):
            return self.graph.put("less", self.node(args[0]), self.node(args[1]))
        if name in ("StrictGreaterThan", "GreaterThan"):
            return self.graph.put("less", self.node(args[1]), self.node(args[0]))
        if name in ("Equality", "Unequality"):
            never = self.graph.put("less", self.graph.h, self.graph.h)
            return never if name == "Equality" else self.graph.put("not", never)
        raise BadInput(f"the condition {condition} has no numeric rule: use <, >, And, Or, Not.")


_HANDLERS: dict[str, Callable[[_Reader, Expr], int]] = {
    "Add": _Reader._add,
    "Mul": _Reader._mul,
    "Pow": _Reader._power,
    "log": _Reader._log,
    "Max": _Reader._extreme,
    "Min": _Reader._extreme,
    "Piecewise": _Reader._piecewise,
}
