"""LaTeX: one expression, one equation, or a whole derivation as a single aligned block."""

from __future__ import annotations

from functools import singledispatch

from sympy import Basic, Expr, Symbol
from sympy.printing.latex import LatexPrinter

from varprop.derivation import Derivation
from varprop.result import Solution

NAMES = {
    "fan_in": r"n_{\mathrm{in}}",
    "fan_out": r"n_{\mathrm{out}}",
    "sigma_w2": r"\sigma_w^2",
    "sigma_b2": r"\sigma_b^2",
    "x_next": r"x_{l+1}",
    "delta_l": r"\delta_l",
    "delta": r"\delta_{l+1}",
}
TEXT = str.maketrans(
    {
        "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "{": r"\{", "}": r"\}", "^": r"\^{}",
        "σ": r"$\sigma$", "χ": r"$\chi$", "φ": r"$\varphi$", "δ": r"$\delta$", "Σ": r"$\Sigma$",
        "²": "$^2$", "³": "$^3$", "⊥": r"$_\perp$", "∥": r"$_\parallel$", "·": r"$\cdot$",
        "≈": r"$\approx$", "√": r"$\sqrt{}$", "−": "$-$", "≠": r"$\neq$", "ⱼ": "$_j$", "±": r"$\pm$",
        "π": r"$\pi$", "→": r"$\to$", "≤": r"$\le$", "½": r"$\tfrac12$", "⟂": r"$\perp$",
        "×": r"$\times$", "∞": r"$\infty$", "α": r"$\alpha$", "~": r"$\sim$", "⁴": "$^4$",
    }
)  # fmt: skip


class VarpropLatex(LatexPrinter):
    """SymPy's LaTeX with the field's names for widths and for E, Var and Cov."""

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return NAMES.get(expr.name) or super()._print_Symbol(expr, style)

    def _print_Mean(self, expr: Expr, exp: str | None = None) -> str:
        return self._raised(rf"\mathbb{{E}}\left[{self._print(expr.args[0])}\right]", exp)

    def _print_Var(self, expr: Expr, exp: str | None = None) -> str:
        return self._raised(rf"\operatorname{{Var}}\left({self._print(expr.args[0])}\right)", exp)

    def _print_Cov(self, expr: Expr, exp: str | None = None) -> str:
        inner = ", ".join(self._print(a) for a in expr.args)
        return self._raised(rf"\operatorname{{Cov}}\left({inner}\right)", exp)

    def _print_Applied(self, expr: Expr, exp: str | None = None) -> str:
        name = escape(str(expr.args[0]))
        return self._raised(rf"\text{{{name}}}\left({self._print(expr.args[1])}\right)", exp)

    def _raised(self, body: str, exp: str | None) -> str:
        return body if exp is None else f"{body}^{{{exp}}}"


def escape(text: str) -> str:
    r"""Return words that may stand inside ``\text{}``, the field's signs as mathematics."""
    return text.translate(TEXT)


def latex(expression: Basic) -> str:
    """Return the LaTeX of one expression or equation, without dollar signs."""
    return VarpropLatex().doprint(expression)


@singledispatch
def to_latex(noun: object) -> str:
    """Return a noun of varprop as LaTeX."""
    raise TypeError(f"no LaTeX face for {type(noun).__name__}")


@to_latex.register
def _(noun: Derivation) -> str:
    lines = [
        rf"{latex(s.equation.args[0])} &{_relation(s.equation)} {latex(s.equation.args[1])}"
        rf" && \text{{{escape(s.because)}}}"
        for s in noun
    ]
    body = " \\\\\n".join(lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


@to_latex.register
def _(noun: Solution) -> str:
    return to_latex(noun.derivation)


def _relation(equation: Basic) -> str:
    return {"==": "=", "<": "<", ">": ">", "<=": r"\le", ">=": r"\ge"}[equation.rel_op]
