"""The expectation of a function of Gaussian variables, as a SymPy expression like any other."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Symbol, sympify

from varprop.derivation import Derivation
from varprop.errors import BadInput, Undecided


class Expectation(Expr):
    """What the held expectations share: bound symbols, calculus by rule, numbers by quadrature.

    ``args`` is (f, bound symbols …, parameters of the law …). The bound symbols are protected from
    substitution. An expectation stays as it is until ``doit`` finds a closed form for it.
    """

    is_commutative = True
    bound_count = 1

    @property
    def integrand(self) -> Expr:
        """The function whose expectation is meant."""
        return self.args[0]

    @property
    def bound_symbols(self) -> list[Symbol]:
        """The variables that the expectation runs over."""
        return list(self.args[1 : 1 + self.bound_count])

    @property
    def law(self) -> tuple[Expr, ...]:
        """The parameters of the law: variances, correlation, mean or ends."""
        return self.args[1 + self.bound_count :]

    @property
    def free_symbols(self) -> set[Symbol]:
        """Symbols of integrand and law, without the bound ones."""
        inner = self.integrand.free_symbols - set(self.bound_symbols)
        return inner.union(*(part.free_symbols for part in self.law))

    def doit(self, **hints: Any) -> Expr:
        """Return the closed form, or the expectation itself where no exact route is known.

        Raises Divergent where it is infinite, SafetyNet where a closed form fails its comparison.
        """
        from varprop.moments.closed import closed_form

        deep = hints.get("deep", True)
        inner = self.func(*(arg.doit(**hints) for arg in self.args)) if deep else self
        closed = closed_form(inner)
        return inner if closed is None else closed

    def derive(self) -> Derivation:
        """Return the derivation of the closed form, line by line.

        Raises Undecided where no exact route is known, Divergent where it is infinite.
        """
        from varprop.moments.closed import closed_form_steps

        steps = closed_form_steps(self)
        if not steps:
            raise Undecided(f"no closed form of {self} is known. Its number: .evalf()")
        return Derivation(str(self), steps)

    def _eval_simplify(self, **_: Any) -> Expr:
        return self.doit()

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.integrand.is_extended_real else None

    def _eval_is_positive(self) -> bool | None:
        return True if self.integrand.is_positive else None

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.integrand.is_nonnegative else None

    def _eval_is_extended_positive(self) -> bool | None:
        return self._eval_is_positive()

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return self._eval_is_nonnegative()

    def _eval_subs(self, old: Expr, new: Expr) -> Expr | None:
        bound = self.bound_symbols
        if old in bound:
            return self
        clash = set(bound) & new.free_symbols
        if not clash:
            return None
        fresh = {symbol: sympy.Dummy(symbol.name, **symbol.assumptions0) for symbol in clash}
        return self.renamed(fresh)._subs(old, new)

    def _xreplace(self, rule: dict[Expr, Expr]) -> tuple[Expr, bool]:
        bound = self.bound_symbols
        if not any(symbol in rule for symbol in bound):
            return super()._xreplace(rule)
        kept = {old: new for old, new in rule.items() if old not in bound or new.is_Symbol}
        return super()._xreplace(kept)

    def renamed(self, names: dict[Symbol, Symbol]) -> Expectation:
        """Return the same expectation with other bound symbols."""
        inner = self.integrand.xreplace(names)
        bound = [names.get(symbol, symbol) for symbol in self.bound_symbols]
        return self.func(inner, *bound, *self.law)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        from varprop.moments.calculus import derivative_in

        return derivative_in(self, symbol)

    def _eval_nseries(self, x: Symbol, n: int, logx: Any, cdir: int = 0) -> Expr:  # noqa: ARG002
        from varprop.moments.small_signal import small_signal

        return small_signal(self, x, n)

    def _eval_as_leading_term(self, x: Symbol, logx: Any = None, cdir: int = 0) -> Expr:  # noqa: ARG002
        from varprop.moments.small_signal import leading_term

        return leading_term(self, x)

    def _eval_evalf(self, prec: int) -> Expr | None:
        from varprop.moments.numeric import evaluate

        if self.free_symbols:
            return None
        return evaluate(self, prec)

    def _numpycode(self, printer: Any, **_: Any) -> str:
        from varprop.moments.codegen import call

        return call(self, printer, "numpy_value")

    def _mpmathcode(self, printer: Any, **_: Any) -> str:
        from varprop.moments.codegen import call

        return call(self, printer, "mpmath_value")

    def _pythoncode(self, printer: Any, **_: Any) -> str:
        from varprop.moments.codegen import call

        return call(self, printer, "python_value")


class GaussianExpectation(Expectation):
    """E[f(h)] for h ~ N(mean, var=q).

    ``q`` is a variance (never a standard deviation). Raises BadInput when ``h`` is no symbol or the
    law depends on it.

    >>> from varprop.notation import h, q
    >>> from sympy import Max
    >>> GaussianExpectation(Max(0, h) ** 2, h, q).doit()
    q/2
    """

    def __new__(cls, f: Any, h: Any, q: Any, mean: Any = 0) -> GaussianExpectation:
        """Hold E[f(h)], h ~ N(mean, var=q)."""
        f, h, q, mean = (sympify(each) for each in (f, h, q, mean))
        _check_bound((h,), (q, mean))
        if q.is_negative:
            raise BadInput(f"the variance of a Gaussian can't be {q}: it needs a value above 0.")
        return super().__new__(cls, f, h, q, mean)

    @property
    def variance(self) -> Expr:
        """Var h."""
        return self.args[2]

    @property
    def mean(self) -> Expr:
        """E[h]."""
        return self.args[3]

    def _sympystr(self, printer: Any) -> str:
        shown = self.args if self.mean != 0 else self.args[:3]
        return f"GaussianExpectation({', '.join(printer._print(arg) for arg in shown)})"

    def _latex(self, printer: Any, **_: Any) -> str:
        z = sympy.Symbol("z", real=True)
        inner = self.integrand.xreplace({self.args[1]: self.mean + sympy.sqrt(self.variance) * z})
        return rf"\mathbb{{E}}\left[{printer._print(inner)}\right]"


class BivariateExpectation(Expectation):
    """E[f(u, v)] for zero-mean Gaussian u, v of variances q_u, q_v and correlation c.

    Raises BadInput when ``u`` and ``v`` are not two symbols or the law depends on them.
    """

    bound_count = 2

    def __new__(cls, f: Any, u: Any, v: Any, q_u: Any, q_v: Any, c: Any) -> BivariateExpectation:
        """Hold E[f(u, v)]."""
        f, u, v, q_u, q_v, c = (sympify(each) for each in (f, u, v, q_u, q_v, c))
        _check_bound((u, v), (q_u, q_v, c))
        return super().__new__(cls, f, u, v, q_u, q_v, c)

    def _sympystr(self, printer: Any) -> str:
        return f"BivariateExpectation({', '.join(printer._print(arg) for arg in self.args)})"

    def _latex(self, printer: Any, **_: Any) -> str:
        u, v = self.bound_symbols
        q_u, q_v, c = (printer._print(each) for each in self.law)
        f = printer._print(self.integrand)
        law = rf"q_{{{printer._print(u)}}}={q_u},\,q_{{{printer._print(v)}}}={q_v},\,c={c}"
        return rf"\mathbb{{E}}_{{{law}}}\left[{f}\right]"


class UniformExpectation(Expectation):
    """E[f(h)] for h uniform on (low, high).

    Raises BadInput when ``h`` is no symbol or the ends depend on it.
    """

    def __new__(cls, f: Any, h: Any, low: Any, high: Any) -> UniformExpectation:
        """Hold E[f(h)], h ~ U(low, high)."""
        f, h, low, high = (sympify(each) for each in (f, h, low, high))
        _check_bound((h,), (low, high))
        return super().__new__(cls, f, h, low, high)

    def _sympystr(self, printer: Any) -> str:
        return f"UniformExpectation({', '.join(printer._print(arg) for arg in self.args)})"

    def _latex(self, printer: Any, **_: Any) -> str:
        f, h, low, high = (printer._print(arg) for arg in self.args)
        return rf"\mathbb{{E}}_{{{h} \sim U({low}, {high})}}\left[{f}\right]"


def _check_bound(bound: tuple[Expr, ...], law: tuple[Expr, ...]) -> None:
    for symbol in bound:
        if not symbol.is_Symbol:
            raise BadInput(f"an expectation runs over a symbol, not over {symbol}.")
    if len(set(bound)) != len(bound):
        raise BadInput("an expectation over two variables needs two different symbols.")
    if any(part.has_free(*bound) for part in law):
        raise BadInput("the law of an expectation can't depend on the variable it runs over.")
