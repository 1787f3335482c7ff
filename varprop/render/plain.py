"""One-line mathematics for people: √(2/n), n·Var(w)·E[x²], σ_b²."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sympy import Basic, Expr, Float, Integer, Mul, Pow, Rational, S, Sum, Symbol
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter

from varprop.render.numbers import full

GREEK = {
    "alpha": "α", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "kappa": "κ", "lam": "λ",
    "mu": "μ", "nu": "ν", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "pi": "π",
}  # fmt: skip
NAMES = {
    "sigma_w2": "σ_w²", "sigma_b2": "σ_b²", "x_l": "x_l", "x_next": "x_{l+1}",
    "delta_l": "δ_l", "delta_next": "δ_{l+1}", "fan_in": "n", "fan_out": "m",
}  # fmt: skip
LARGEST = 1e300  # numbers beyond it, or below its inverse, may not be doubles
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPT = str.maketrans("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


class PlainPrinter(StrPrinter):
    """SymPy expressions on one line, with the signs that people write."""

    printmethod = "_varprop_plain"

    def __init__(self, names: Mapping[Basic, str] | None = None) -> None:
        super().__init__()
        self._names = dict(names or {})

    def _print(self, expr: Basic, **kwargs: object) -> str:
        named = self._names.get(expr)
        if named is not None:
            return named
        return super()._print(expr, **kwargs)

    def _print_Symbol(self, expr: Symbol) -> str:
        name = expr.name
        return NAMES.get(name) or GREEK.get(name, name)

    def _print_Pi(self, _expr: Expr) -> str:
        return "π"

    def _print_Infinity(self, _expr: Expr) -> str:
        return "∞"

    def _print_NegativeInfinity(self, _expr: Expr) -> str:
        return "−∞"

    def _print_Rational(self, expr: Rational) -> str:
        return f"{expr.p}/{expr.q}".replace("-", "−")

    def _print_Float(self, expr: Float) -> str:
        doubles = 1 / LARGEST < abs(expr) < LARGEST or expr == 0
        return (full(float(expr)) if doubles else str(expr)).replace("-", "−")

    def _print_Integer(self, expr: Integer) -> str:
        return str(expr.p).replace("-", "−")

    def _print_Add(self, expr: Expr, order: object = None) -> str:
        text = ""
        terms = self._as_ordered_terms(expr, order=order)
        terms.sort(key=lambda term: bool(fraction_parts(term)[0]) and not text)
        for term in terms:
            part = self._print(term)
            if precedence(term) < PRECEDENCE["Add"]:
                part = f"({part})"
            if part.startswith("−"):
                text += f" − {part[1:]}" if text else part
            else:
                text += f" + {part}" if text else part
        return text

    def _print_Mul(self, expr: Expr) -> str:
        sign, over, under = fraction_parts(expr)
        top = self._product(over) if over else "1"
        if not under:
            return sign + top
        bottom = self._product(under)
        if len(under) > 1 or ("/" in bottom and not under[0].is_Add and not bottom.startswith("√")):
            bottom = f"({bottom})"
        return f"{sign}{top}/{bottom}"

    def _product(self, factors: list[Expr]) -> str:
        return "·".join(self.parenthesize(f, PRECEDENCE["Mul"]) for f in factors)

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:  # noqa: ARG002
        if expr.exp == S.Half:
            return self._root(expr.base)
        if expr.exp.is_Rational and expr.exp < 0:
            under = self._print(
                Pow(expr.base, -expr.exp, evaluate=False) if expr.exp != -1 else expr.base
            )
            wrap = expr.exp == -1 and precedence(expr.base) <= PRECEDENCE["Mul"]
            return f"1/({under})" if wrap else f"1/{under}"
        base, exponent = expr.base, expr.exp
        body = self._print(base)
        atomic = precedence(base) >= PRECEDENCE["Atom"] or (
            body.endswith(("]", ")")) and base.is_Function
        )
        if body.endswith("²") or not atomic or isinstance(base, Sum):
            body = f"({body})"
        if exponent.is_Integer:
            return body + str(exponent).translate(SUPERSCRIPT)
        return f"{body}^{self.parenthesize(exponent, PRECEDENCE['Pow'])}"

    def _root(self, base: Expr) -> str:
        body = self._print(base)
        simple = base.is_Symbol or base.is_Integer or base is S.Pi
        return f"√{body}" if simple and not body.startswith("−") else f"√({body})"

    def _print_Mean(self, expr: Expr) -> str:
        return f"E[{self._print(expr.args[0])}]"

    def _print_GaussianExpectation(self, expr: Expr) -> str:
        return f"E[{self._print(expr.args[0])}]"

    def _print_BivariateExpectation(self, expr: Expr) -> str:
        return f"E[{self._print(expr.args[0])}]"

    def _print_Applied(self, expr: Expr) -> str:
        return f"{self._print(expr.args[0])}({self._print(expr.args[1])})"

    def _print_Indexed(self, expr: Expr) -> str:
        indices = [self._print(i) for i in expr.indices]
        label = self._print(expr.base.label)
        if all(
            i.isascii() and i.isalnum() and not set(i) - set("0123456789aehijklmnoprstuvx")
            for i in indices
        ):
            return label + "".join(indices).translate(SUBSCRIPT)
        return f"{label}[{','.join(indices)}]"

    def _print_Sum(self, expr: Expr) -> str:
        signs = "".join("Σ" + self._print(lim[0]).translate(SUBSCRIPT) for lim in expr.limits)
        body = self._print(expr.function)
        return f"{signs} ({body})" if expr.function.is_Add else f"{signs} {body}"

    def _print_Integral(self, expr: Expr) -> str:
        variable, low, high = expr.limits[0]
        body = self.parenthesize(expr.function, PRECEDENCE["Mul"])
        return f"∫[{self._print(low)}, {self._print(high)}] {body} d{self._print(variable)}"

    def _print_Heaviside(self, expr: Expr) -> str:
        return f"1({self._print(expr.args[0])} > 0)"

    def _print_KroneckerDelta(self, expr: Expr) -> str:
        return "δ" + "".join(self._print(a).translate(SUBSCRIPT) for a in expr.args)

    def _print_Max(self, expr: Expr) -> str:
        return f"max({', '.join(self._print(a) for a in sorted(expr.args, key=numbers_first))})"

    def _print_Min(self, expr: Expr) -> str:
        return f"min({', '.join(self._print(a) for a in sorted(expr.args, key=numbers_first))})"

    def _print_Abs(self, expr: Expr) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Relational(self, expr: Basic) -> str:
        sign = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"


def numbers_first(expr: Expr) -> tuple[bool, str]:
    """Return the key that sorts max(0, h) as people write it."""
    return (not expr.is_number, str(expr))


def fraction_parts(expr: Expr) -> tuple[str, list[Expr], list[Expr]]:
    """Split a product into its sign, the factors above and the factors below the line."""
    coefficient, rest = expr.as_coeff_Mul()
    sign = "−" if coefficient.is_negative else ""
    coefficient = abs(coefficient)
    radicand = _under_one_root(coefficient, rest)
    if radicand is not None:
        return sign, [Pow(radicand, S.Half, evaluate=False)], []
    over: list[Expr] = []
    under: list[Expr] = []
    if coefficient.is_Rational:
        if coefficient.p != 1:
            over.append(Integer(coefficient.p))
        if coefficient.q != 1:
            under.append(Integer(coefficient.q))
    elif coefficient != 1:
        over.append(coefficient)
    roots = [f for f in Mul.make_args(rest) if f.is_Pow and abs(f.exp) == S.Half]
    if len(roots) > 1:
        rest = Mul(*(f for f in Mul.make_args(rest) if f not in roots))
        above = Mul(*(f.base for f in roots if f.exp > 0))
        below = Mul(*(f.base for f in roots if f.exp < 0))
        if above == 1:
            under.append(Pow(below, S.Half, evaluate=False))
        else:
            over.append(Pow(above / below, S.Half, evaluate=False))
    for factor in sorted(Mul.make_args(rest), key=_product_order):
        if factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            under.append(Pow(factor.base, -factor.exp))
        elif factor != 1:
            over.append(factor)
    return sign, over, under


def _under_one_root(coefficient: Expr, rest: Expr) -> Expr | None:
    """Return q/(2π) for √2·√q/(2·√π), where the coefficient cancels against the root's number."""
    factors = Mul.make_args(rest)
    roots = all(f.is_Pow and abs(f.exp) == S.Half for f in factors)
    if not (roots and rest.free_symbols and coefficient.is_Rational and coefficient.p == 1):
        return None
    radicand = Mul(*(f**2 for f in factors))
    whole = abs(radicand.as_coeff_Mul()[0])
    if not whole.is_Integer or math.gcd(int(whole), int(coefficient.q) ** 2) == 1:
        return None
    return radicand * coefficient**2


def _product_order(factor: Expr) -> tuple[int, str]:
    """Numbers, then widths, then variances, then expectations, then the rest."""
    base = factor.base if factor.is_Pow else factor
    name = type(base).__name__
    if base.is_number and not base.is_Add:
        rank = 0
    elif base.is_Symbol:
        rank = 1
    elif name == "Indexed":
        rank = 2
    elif name == "Add":
        rank = 3
    elif name == "Var":
        rank = 4
    elif name in ("Mean", "GaussianExpectation"):
        rank = 6
    elif name in ("Cov",):
        rank = 7
    elif name == "Sum":
        rank = 8
    else:
        rank = 5
    return (rank, str(base))


def plain(expression: Basic, names: Mapping[Basic, str] | None = None) -> str:
    """Return the expression as one line of Unicode text; ``names`` gives short names to parts."""
    return PlainPrinter(names).doprint(expression)
