"""Tells the steps of Stein's lemma in one or two variables as equations between expectations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sympy import Add, Eq, Expr, Mul, S, Symbol, cancel, cos, erf, exp, sign, sin, sqrt

from varprop.derivation import Kind, Step
from varprop.moments.expectation import BivariateExpectation, GaussianExpectation
from varprop.moments.gaussians import Normal, symmetric
from varprop.moments.price import exchanged, on_line
from varprop.moments.problem import Trail
from varprop.moments.routes.stein import Watcher, lowered
from varprop.moments.steps import bell
from varprop.moments.terms import Factor, Term, Terms

STEIN = "C. Stein, Estimation of the mean of a multivariate normal distribution, 1981, Lemma 1"


class Recorder(Watcher):
    """Adds a step for every move; ``names`` puts the law's own parameters back."""

    def __init__(
        self, trail: Trail, variables: Sequence[Symbol], names: Callable[[Expr], Expr]
    ) -> None:
        self.trail = trail
        self.variables = tuple(variables)
        self.names = names

    def opened(self, held: Expr, terms: Terms, normal: Normal) -> None:
        """Note the sum of terms that is integrated, kinks written as signs."""
        parts = [self._held(replace(term, coefficient=S.One), normal) for term in terms]
        if None not in parts:
            total = Add(*(t.coefficient * part for t, part in zip(terms, parts, strict=True)))
            self._note(held, total, "expand", "linearity; a kink at k is written with sign(h - k)")

    def absorbed(self, term: Term, normal: Normal) -> None:
        """Note the completed square."""
        size = len(normal.mean)
        form = symmetric(term.quadratic, size)
        tilted, exponent, determinant = normal.absorbing(form, term.linear)
        bare = replace(term, quadratic=(S.Zero,) * len(term.quadratic), linear=(S.Zero,) * size)
        left, right = self._held(term, normal), self._held(bare, tilted)
        if left is not None and right is not None:
            because = "the exponential joins the Gaussian's own exponent"
            self._note(
                left, exp(exponent) / sqrt(determinant) * right, "complete the square", because
            )

    def peeled(self, term: Term, place: int, normal: Normal) -> None:
        """Note one use of Stein's lemma."""
        left, lower = self._held(term, normal), lowered(term, place)
        parts = [normal.mean[place] * self._or_zero(self._held(lower, normal))]
        for other, sigma in enumerate(normal.covariance[place]):
            if sigma != 0:
                slope = self._slope(lower, other, normal)
                if slope is None:
                    return
                parts.append(sigma * slope)
        if left is not None:
            because = "E[h g(h)] = Var(h) E[g'(h)], a jump of g included"
            self._note(left, Add(*parts), "Stein's lemma", because, STEIN)

    def reached(self, term: Term, normal: Normal, value: Expr) -> None:
        """Note an expectation without powers."""
        left = self._held(term, normal)
        if left is not None and (term.wave is not None or term.factors):
            rule, because = _reason(term)
            self._note(left, value, rule, because)

    def _note(
        self, left: Expr, right: Expr, rule: str, because: str, source: str | None = None
    ) -> None:
        equation = Eq(self.names(left), self.names(right), evaluate=False)
        if all(step.equation != equation for step in self.trail.steps):
            self.trail.steps.append(Step(equation, rule, Kind.EXPECTATION, because, (), source))

    @staticmethod
    def _or_zero(value: Expr | None) -> Expr:
        return S.Zero if value is None else value

    def _held(self, term: Term, normal: Normal) -> Expr | None:
        """Return the expectation of a term as an object; None where its law has no object."""
        return self._held_expr(self.expr(term), normal)

    def _held_expr(self, f: Expr, normal: Normal) -> Expr | None:
        if not f.has_free(*self.variables):
            return f
        if len(self.variables) == 1:
            if normal.covariance[0][0] == 0:
                return None
            return GaussianExpectation(f, *self.variables, normal.covariance[0][0], normal.mean[0])
        (q_u, shared), (_, q_v) = normal.covariance
        if any(normal.mean) or 0 in (q_u, q_v) or cancel(q_u * q_v - shared**2) == 0:
            return None
        u, v = self.variables
        return BivariateExpectation(f, u, v, q_u, q_v, shared / (sqrt(q_u) * sqrt(q_v)))

    def _slope(self, term: Term, place: int, normal: Normal) -> Expr | None:
        """Return E[∂ term], the smooth part held and every jump as its density times its height."""
        symbol = self.variables[place]
        smooth = [factor for factor in term.factors if not factor.hard]
        hard = [factor for factor in term.factors if factor.hard]
        steps = Mul(*(_factor(factor, self.variables) for factor in hard))
        inner = self.expr(replace(term, factors=tuple(smooth))).diff(symbol) * steps
        total = self._held_expr(inner, normal)
        for factor in hard:
            if total is None:
                return None
            rest = tuple(other for other in term.factors if other != factor)
            jump = self._jump(factor, replace(term, factors=rest), place, normal)
            total = None if jump is None else total + jump
        return total

    def _jump(self, factor: Factor, rest: Term, place: int, normal: Normal) -> Expr | None:
        slope = factor.slopes[place]
        if slope == 0:
            return S.Zero
        height, k = 2 * sign(slope), -factor.offset / slope
        g = self.expr(rest)
        if len(self.variables) == 1:
            h = self.variables[0]
            at = bell(k, normal.covariance[0][0], normal.mean[0])
            return height * at * g.xreplace({h: k})
        if sum(1 for each in factor.slopes if each != 0) > 1:
            return None
        u = self.variables[place]
        view = self._held_expr(u, normal)
        if not isinstance(view, BivariateExpectation):
            return None
        view = view if place == 0 else exchanged(view)
        return height * on_line(view, k, g.xreplace({u: k}))

    def expr(self, term: Term) -> Expr:
        """Return a term as an expression."""
        variables = self.variables
        powers = Mul(*(x**n for x, n in zip(variables, term.powers, strict=True)))
        places = range(len(variables))
        pairs = [(i, j) for i in places for j in places if i <= j]
        form = Add(
            *(
                a * variables[i] * variables[j]
                for a, (i, j) in zip(term.quadratic, pairs, strict=True)
            ),
            *(b * x for b, x in zip(term.linear, variables, strict=True)),
        )
        factors = Mul(*(_factor(factor, variables) for factor in term.factors))
        wave = S.One
        if term.wave is not None:
            angle = _form(term.wave.slopes, term.wave.offset, variables)
            wave = sin(angle) if term.wave.sine else cos(angle)
        return term.coefficient * powers * exp(form) * wave * factors


def _form(slopes: Sequence[Expr], offset: Expr, variables: Sequence[Symbol]) -> Expr:
    return Add(*(a * x for a, x in zip(slopes, variables, strict=True)), offset)


def _factor(factor: Factor, variables: Sequence[Symbol]) -> Expr:
    return (sign if factor.hard else erf)(_form(factor.slopes, factor.offset, variables))


def _reason(term: Term) -> tuple[str, str]:
    if term.wave is not None:
        return "characteristic function", "E exp(ith) = exp(itm - t²q/2)"
    if len(term.factors) == 1:
        return (
            "error function of a Gaussian",
            "E erf(X) = erf(E X / √(1 + 2 Var X)); no 1 for a sign",
        )
    if len(term.factors) % 2:
        return "odd product", "an odd number of odd functions of centred Gaussians"
    return "arcsine law", "E erf(X) erf(Y) = (2/π) asin of twice Cov(X, Y) over √(1 + 2 Var) each"
