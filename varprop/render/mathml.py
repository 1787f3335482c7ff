"""Mathematics as presentation MathML, which browsers and notebooks show without any script."""

from __future__ import annotations

import html
from typing import Any
from xml.dom.minidom import Document, Element

import sympy
from sympy import Basic, Expr, Integer, S, Sum, Symbol
from sympy.printing.mathml import MathMLPresentationPrinter

from varprop.render.flat_mathml import with_marks
from varprop.render.plain import GREEK, fraction_parts, numbers_first, plain

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
NAMES = {
    "fan_in": ("n", "in", ""),
    "fan_out": ("n", "out", ""),
    "sigma_w2": ("σ", "w", "2"),
    "sigma_b2": ("σ", "b", "2"),
    "x_next": ("x", "l+1", ""),
    "delta_next": ("δ", "l+1", ""),
}
TALL = ("mfrac", "munderover", "mtable", "msubsup")
"""What brackets grow around; fonts without mathematics stretch them badly, so nothing else."""

RELATIONS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def mathml(expression: Basic, *, display: bool = False) -> str:
    """Return a ``<math>`` element; ``display`` gives it a line of its own."""
    return wrap(VarpropMathML().inner(expression), display=display)


def wrap(inner: str, *, display: bool = False) -> str:
    """Return a ``<math>`` element around MathML."""
    style = ' display="block"' if display else ""
    return f'<math xmlns="{NAMESPACE}"{style}>{inner}</math>'


class VarpropMathML(MathMLPresentationPrinter):
    """SymPy's presentation MathML with E, Var, Cov, held expectations and the field's names."""

    def __init__(self) -> None:
        super().__init__()
        self.dom.createTextNode = _escaped

    def inner(self, expression: Basic) -> str:
        """Return the MathML of an expression, without the ``<math>`` element."""
        row: Any = with_marks(self._el("mrow", self._print(expression)))
        return "".join(str(part.toxml()) for part in row.childNodes)

    def _el(self, tag: str, *children: Any) -> Element:
        made = self.dom.createElement(tag)
        for child in children:
            made.appendChild(self.dom.createTextNode(child) if isinstance(child, str) else child)
        return made

    def _mo(self, sign: str) -> Element:
        return self._el("mo", sign)

    def _bracket(self, sign: str, *, tall: bool) -> Element:
        made = self._mo(sign)
        if not tall:
            made.setAttribute("stretchy", "false")
        return made

    def _print_Symbol(self, sym: Symbol, **_: Any) -> Element:
        if sym.name in NAMES:
            base, low, high = NAMES[sym.name]
            parts = [self._letters(part) for part in (base, low, high) if part]
            return self._el("msubsup" if high else "msub", *parts)
        base, mark, low = sym.name.partition("_")
        if mark and low:
            return self._el("msub", self._letters(base), self._letters(low))
        return self._letters(sym.name)

    def _letters(self, text: str) -> Element:
        return self._el("mn" if text.isdigit() else "mi", GREEK.get(text, text))

    def _called(self, name: str, *arguments: Element, brackets: str = "()") -> Element:
        inner: list[Element] = []
        for count, argument in enumerate(arguments):
            inner += [*([self._mo(",")] if count else []), argument]
        tall = any(part.getElementsByTagName(tag) for part in inner for tag in TALL) or any(
            part.tagName in TALL for part in inner
        )
        opened, closed = (self._bracket(sign, tall=tall) for sign in brackets)
        called = self._el("mrow", opened, *inner, closed)
        return self._el("mrow", self._el("mi", name), called) if name else called

    def _print_Mean(self, expr: Expr) -> Element:
        return self._called("𝔼", self._print(expr.args[0]), brackets="[]")

    def _print_Var(self, expr: Expr) -> Element:
        return self._called("Var", self._print(expr.args[0]))

    def _print_Cov(self, expr: Expr) -> Element:
        return self._called("Cov", *(self._print(argument) for argument in expr.args))

    def _print_Applied(self, expr: Expr) -> Element:
        return self._called(str(expr.args[0]), self._print(expr.args[1]))

    def _print_GaussianExpectation(self, expr: Expr) -> Element:
        return self._called("𝔼", self._print(expr.args[0]), brackets="[]")

    def _print_BivariateExpectation(self, expr: Expr) -> Element:
        return self._print_GaussianExpectation(expr)

    def _print_UniformExpectation(self, expr: Expr) -> Element:
        return self._print_GaussianExpectation(expr)

    def _print_Heaviside(self, expr: Expr) -> Element:
        condition = self._el("mrow", self._print(expr.args[0]), self._mo(">"), self._el("mn", "0"))
        return self._el("msub", self._el("mn", "1"), condition)

    def _print_KroneckerDelta(self, expr: Expr) -> Element:
        indices = self._el("mrow", *(self._print(argument) for argument in expr.args))
        return self._el("msub", self._el("mi", "δ"), indices)

    def _print_Function(self, expr: Expr) -> Element:
        return self._called(expr.func.__name__, *(self._print(argument) for argument in expr.args))

    def _print_Max(self, expr: Expr) -> Element:
        first = sorted(expr.args, key=numbers_first)
        return self._called(type(expr).__name__.lower(), *(self._print(a) for a in first))

    def _print_Min(self, expr: Expr) -> Element:
        return self._print_Max(expr)

    def _print_exp(self, expr: Expr) -> Element:
        return self._el("msup", self._el("mi", "e"), self._print(expr.args[0]))

    def _print_Piecewise(self, expr: Expr) -> Element:
        rows = []
        for value, condition in expr.args:
            words = self._el("mtext", "otherwise" if condition == sympy.true else "if ")
            cells = [words] if condition == sympy.true else [words, self._print(condition)]
            rows.append(
                self._el("mtr", self._el("mtd", self._print(value)), self._el("mtd", *cells))
            )
        return self._el("mrow", self._mo("{"), self._el("mtable", *rows))

    def _print_Sum(self, expr: Expr) -> Element:
        index, low, high = expr.limits[0]
        start = self._el("mrow", self._print(index), self._mo("="), self._print(low))
        rest = Sum(expr.function, *expr.limits[1:]) if len(expr.limits) > 1 else expr.function
        sign = self._el("munderover", self._mo("∑"), start, self._print(high))
        body = self._called("", self._print(rest)) if rest.is_Add else self._print(rest)
        return self._el("mrow", sign, body)

    def _print_Mul(self, expr: Expr) -> Element:
        sign, over, under = fraction_parts(expr)
        top = self._product(over) if over else self._el("mn", "1")
        body = self._el("mfrac", top, self._product(under)) if under else top
        return self._el("mrow", self._mo("−"), body) if sign else body

    def _product(self, factors: list[Expr]) -> Element:
        row: list[Element] = []
        for count, factor in enumerate(factors):
            if count:
                digits = factor.is_Number or (factor.is_Pow and factor.base.is_Number)
                row.append(self._mo("·" if digits and factor.exp != S.Half else "\u2062"))
            wide = factor.is_Add or (isinstance(factor, Sum) and count + 1 < len(factors))
            bracket = wide and len(factors) > 1
            row.append(self._called("", self._print(factor)) if bracket else self._print(factor))
        return row[0] if len(row) == 1 else self._el("mrow", *row)

    def _print_Pow(self, expr: Expr) -> Element:
        base, exponent = expr.base, expr.exp
        if exponent.is_Rational and exponent < 0:
            under = sympy.Pow(base, -exponent, evaluate=False) if exponent != -1 else base
            return self._el("mfrac", self._el("mn", "1"), self._print(under))
        if exponent == S.Half:
            return self._el("msqrt", self._print(base))
        atomic = base.is_Symbol or (base.is_Integer and base >= 0) or base.is_Function
        held = type(base).__name__.endswith("Expectation") or type(base).__name__ == "Indexed"
        shown = self._print(base) if atomic or held else self._called("", self._print(base))
        return self._el("msup", shown, self._print(exponent))

    def _print_Indexed(self, expr: Expr) -> Element:
        indices = self._el("mrow", *(self._print(index) for index in expr.indices))
        return self._el("msub", self._print(expr.base.label), indices)

    def _print_Relational(self, expr: Basic) -> Element:
        sign = self._mo(RELATIONS[expr.rel_op])
        return self._el("mrow", self._print(expr.lhs), sign, self._print(expr.rhs))

    def _print_Integer(self, expr: Expr) -> Element:
        number = self._el("mn", str(abs(expr.p)))
        return self._el("mrow", self._mo("−"), number) if expr.p < 0 else number

    def _print_Float(self, expr: Expr) -> Element:
        digits, mark, power = plain(abs(expr)).partition("e")
        shown = self._el("mn", digits)
        if mark:
            exponent = self._print_Integer(Integer(power.replace("−", "-")))
            shown = self._el(
                "mrow", shown, self._mo("×"), self._el("msup", self._el("mn", "10"), exponent)
            )
        return self._el("mrow", self._mo("−"), shown) if expr < 0 else shown

    def _print_Rational(self, expr: Expr) -> Element:
        body = self._el("mfrac", self._el("mn", str(abs(expr.p))), self._el("mn", str(expr.q)))
        return self._el("mrow", self._mo("−"), body) if expr.p < 0 else body


def _escaped(data: str) -> Any:
    """Make a text node whose entities are characters and whose markup is escaped."""
    return Document().createTextNode(html.unescape(data))
