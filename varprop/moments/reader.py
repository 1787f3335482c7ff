"""Read a smooth integrand as a sum of terms: each function by its own rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy
from sympy import Expr, S, Symbol

from varprop.moments.terms import Factor, Term, Terms, Vector, Wave, merged, multiplied
from varprop.moments.unrecognised import Unrecognised

MAXIMUM_TERMS = 400
MAXIMUM_POWER = 64


def recognise(expr: Expr, variables: Sequence[Symbol]) -> Terms:
    """Return ``expr`` as a sum of terms; raises Unrecognised when some part is of another kind."""
    if not _may_be_read(expr, variables):
        raise Unrecognised(expr)
    return Reader(tuple(variables)).read(expr)


def _may_be_read(expr: Expr, variables: Sequence[Symbol]) -> bool:
    """Look over sums, products and powers before any of them is multiplied out."""
    if expr.is_Symbol or not expr.has_free(*variables):
        return True
    if expr.is_Add or expr.is_Mul:
        return all(_may_be_read(part, variables) for part in expr.args)
    if expr.is_Pow and expr.exp.is_Integer and not expr.base.is_Symbol:
        return bool(expr.exp.is_positive) and _may_be_read(expr.base, variables)
    return type(expr) in RULES


class Reader:
    """Reads expressions in fixed variables."""

    def __init__(self, variables: tuple[Symbol, ...]) -> None:
        self.variables = variables
        self.zeros: Vector = (S.Zero,) * len(variables)
        self.flat: Vector = (S.Zero,) * (len(variables) * (len(variables) + 1) // 2)
        self.unit = Term(S.One, (0,) * len(variables), self.flat, self.zeros)

    def read(self, expr: Expr) -> Terms:
        """Return the terms of ``expr``."""
        if not expr.has_free(*self.variables):
            return [replace(self.unit, coefficient=expr)] if expr != 0 else []
        if expr.is_Add:
            return merged(term for part in expr.args for term in self.read(part))
        if expr.is_Mul:
            return self._product([self.read(part) for part in expr.args])
        if expr.is_Symbol:
            place = self.variables.index(expr)
            return [replace(self.unit, powers=tuple(int(i == place) for i in self._places()))]
        rule = RULES.get(type(expr))
        if rule is None:
            raise Unrecognised(expr)
        return rule(self, expr)

    def _places(self) -> range:
        return range(len(self.variables))

    def _product(self, lists: list[Terms]) -> Terms:
        result = [self.unit]
        for terms in lists:
            if len(result) * len(terms) > MAXIMUM_TERMS:
                raise Unrecognised("too many terms")
            result = merged(t for a in result for b in terms for t in multiplied(a, b))
        return result

    def power(self, expr: Expr) -> Terms:
        """Read base**exponent: an exponential, a whole power, or a real power of the variable."""
        base, exponent = expr.args
        if not base.has_free(*self.variables):
            return self.exponential(sympy.exp(exponent * sympy.log(base), evaluate=False))
        if exponent.is_Integer and 0 < exponent <= MAXIMUM_POWER:
            return self._product([self.read(base)] * int(exponent))
        if base.is_Symbol and len(self.variables) == 1 and not exponent.has_free(base):
            return [replace(self.unit, powers=(exponent,))]
        raise Unrecognised(expr)

    def exponential(self, expr: Expr) -> Terms:
        """Read the exponential of a polynomial of degree two."""
        quadratic, linear, constant = self._form(expr.args[0])
        term = replace(self.unit, quadratic=quadratic, linear=linear)
        return [replace(term, coefficient=sympy.exp(constant))]

    def wave(self, expr: Expr) -> Terms:
        """Read the sine or cosine of a linear form."""
        slopes, offset = self.linear(expr.args[0])
        return [replace(self.unit, wave=Wave(slopes, offset, isinstance(expr, sympy.sin)))]

    def factor(self, expr: Expr) -> Terms:
        """Read erf or sign of a linear form."""
        slopes, offset = self.linear(expr.args[0])
        hard = isinstance(expr, sympy.sign)
        return [replace(self.unit, factors=(Factor(slopes, offset, hard),))]

    def rewritten(self, rule: Callable[[Expr], Expr]) -> Callable[[Expr], Terms]:
        """Return a reader of a function through a formula for it."""
        return lambda expr: self.read(rule(expr.args[0]))

    def linear(self, expr: Expr) -> tuple[Vector, Expr]:
        """Return slopes and offset of a linear form; raises Unrecognised for anything else."""
        quadratic, slopes, offset = self._form(expr)
        if any(quadratic):
            raise Unrecognised("not linear:", expr)
        return slopes, offset

    def _form(self, expr: Expr) -> tuple[Vector, Vector, Expr]:
        poly = expr.as_poly(*self.variables)
        if poly is None or poly.total_degree() > 2:
            raise Unrecognised("no polynomial of degree two:", expr)
        units = [tuple(int(i == j) for i in self._places()) for j in self._places()]
        pairs = [(i, j) for i in self._places() for j in range(i, len(units))]
        return (
            tuple(poly.coeff_monomial(_summed(units[i], units[j])) for i, j in pairs),
            tuple(poly.coeff_monomial(unit) for unit in units),
            poly.coeff_monomial(self.unit.powers),
        )


def _summed(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _cosh(x: Expr) -> Expr:
    return (sympy.exp(x) + sympy.exp(-x)) / 2


def _sinh(x: Expr) -> Expr:
    return (sympy.exp(x) - sympy.exp(-x)) / 2


RULES: dict[type, Callable[[Reader, Expr], Terms]] = {
    sympy.Pow: Reader.power,
    sympy.exp: Reader.exponential,
    sympy.sin: Reader.wave,
    sympy.cos: Reader.wave,
    sympy.erf: Reader.factor,
    sympy.sign: Reader.factor,
    sympy.erfc: lambda reader, f: reader.read(1 - sympy.erf(f.args[0])),
    sympy.Heaviside: lambda reader, f: reader.read((1 + sympy.sign(f.args[0])) / 2),
    sympy.Abs: lambda reader, f: reader.read(f.args[0] * sympy.sign(f.args[0])),
    sympy.cosh: lambda reader, f: reader.read(_cosh(f.args[0])),
    sympy.sinh: lambda reader, f: reader.read(_sinh(f.args[0])),
}
"""How each function is read; what is missing here is unrecognised."""
