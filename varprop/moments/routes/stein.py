"""Stein's lemma: polynomial × exp × erf and sign factors × wave, in one or two variables.

1. absorb: exp(h'Ah + B'h) turns N(m, Σ) into another Gaussian times a factor;
2. peel:   E[h_i g] = m_i E[g] + Σ_j Σ_ij E[∂_j g] lowers one power; the derivative of erf is an
           exponential (absorbed again), that of sign a delta (conditioning on the line);
3. base:   E erf(X) = erf(m/√(1+2v)); centred, E erf(X) erf(Y) = (2/π) asin(2r/√((1+2v)(1+2w))) with
           r = Cov(X, Y); a sign has no 1 beside its variance; odd products vanish.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr, S, asin, cos, erf, exp, factor, pi, sign, sin, sqrt

from varprop.frozen import frozen
from varprop.moments.gaussians import Normal, Weight, symmetric
from varprop.moments.ledger import Ledger
from varprop.moments.terms import Factor, Term, Terms, Wave
from varprop.moments.unrecognised import Unrecognised


class Watcher:
    """Is told of every state; the one that keeps a trail overrides it."""

    def absorbed(self, term: Term, normal: Normal) -> None:
        """Tell that a square is about to be completed."""

    def peeled(self, term: Term, place: int, normal: Normal) -> None:
        """Tell that Stein's lemma is about to take one power."""

    def reached(self, term: Term, normal: Normal, value: Expr) -> None:
        """Tell the value of an expectation without powers."""


@frozen
class Stein:
    """Adds expectations of terms to a ledger; raises Unrecognised and Divergent."""

    ledger: Ledger
    watcher: Watcher

    def add(self, terms: Terms, normal: Normal) -> None:
        """Add the expectation of a sum of terms."""
        for term in terms:
            self._expect(replace(term, coefficient=S.One), normal, Weight(term.coefficient))

    def _expect(self, term: Term, normal: Normal, weight: Weight) -> None:
        if any(term.quadratic) or any(term.linear):
            term, normal, weight = self._absorb(term, normal, weight)
        place = next((i for i, power in enumerate(term.powers) if power != 0), None)
        if place is None:
            self._base(term, normal, weight)
        else:
            self._peel(term, place, normal, weight)

    def _absorb(self, term: Term, normal: Normal, weight: Weight) -> tuple[Term, Normal, Weight]:
        self.watcher.absorbed(term, normal)
        size = len(normal.mean)
        form = symmetric(term.quadratic, size)
        tilted, exponent, determinant = normal.absorbing(form, term.linear)
        if size == 1:
            self.ledger.require(determinant)
        elif not all(form[i][i].is_nonpositive for i in range(size)):
            raise Unrecognised("a growing exponential of a quadratic form in two variables")
        bare = replace(term, quadratic=(S.Zero,) * len(term.quadratic), linear=(S.Zero,) * size)
        return bare, tilted, weight.times(exponent=exponent, root=determinant)

    def _peel(self, term: Term, place: int, normal: Normal, weight: Weight) -> None:
        """E[h_i g] = m_i E[g] + Σ_j Σ_ij E[∂_j g]."""
        power = term.powers[place]
        if not (isinstance(power, int) and power > 0):
            raise Unrecognised("a power that is no positive whole number")
        self.watcher.peeled(term, place, normal)
        lower = lowered(term, place)
        if normal.mean[place] != 0:
            self._expect(lower, normal, weight.times(normal.mean[place]))
        for other, sigma in enumerate(normal.covariance[place]):
            if sigma != 0:
                self._derivative(lower, other, normal, weight.times(sigma))

    def _derivative(self, term: Term, place: int, normal: Normal, weight: Weight) -> None:
        """Add weight · E[∂ term]: the product rule over powers, wave and factors."""
        power = term.powers[place]
        if power != 0:
            self._expect(lowered(term, place), normal, weight.times(S(power)))
        if term.wave is not None and term.wave.slopes[place] != 0:
            slope = term.wave.slopes[place] * (1 if term.wave.sine else -1)
            turned = replace(term, wave=replace(term.wave, sine=not term.wave.sine))
            self._expect(turned, normal, weight.times(slope))
        for i, part in enumerate(term.factors):
            slope = part.slopes[place]
            if slope != 0:
                rest = replace(term, factors=term.factors[:i] + term.factors[i + 1 :])
                bell = self._line if part.hard else self._bell
                bell(rest, part, normal, weight.times(2 * slope))

    def _bell(self, rest: Term, part: Factor, normal: Normal, weight: Weight) -> None:
        """Half of d erf(x)/dx is exp(-x²)/√π: an exponential multiplies the rest."""
        a, b = part.slopes, part.offset
        pairs = [(i, j) for i in range(len(a)) for j in range(i, len(a))]
        square = (-a[i] * a[j] * (1 if i == j else 2) for i, j in pairs)
        added = replace(
            rest,
            quadratic=tuple(x + y for x, y in zip(rest.quadratic, square, strict=True)),
            linear=tuple(x - 2 * b * y for x, y in zip(rest.linear, a, strict=True)),
        )
        self._expect(added, normal, weight.times(1 / sqrt(pi), exponent=-(b**2)))

    def _line(self, rest: Term, part: Factor, normal: Normal, weight: Weight) -> None:
        """Half of d sign(x)/dx is δ(x): the rest is conditioned on x = 0, of density N(0; m, v)."""
        if normal.covariance_of(part.slopes, part.slopes) == 0:
            raise Unrecognised("a step on a line that is certain")
        conditioned, center, variance = normal.on_line(part.slopes, part.offset)
        density = weight.times(1 / sqrt(2 * pi), -(center**2) / (2 * variance), variance)
        self._expect(rest, conditioned, density)

    def _base(self, term: Term, normal: Normal, weight: Weight) -> None:
        """Add the expectation of a product of factors, or of a wave, without powers."""
        if term.wave is None:
            special, exponent = product_of_factors(term.factors, normal), S.Zero
        elif term.factors:
            raise Unrecognised("a wave times an error function")
        else:
            special, exponent = characteristic(term.wave, normal)
        self.watcher.reached(term, normal, special * exp(exponent))
        self.ledger.add(weight.coefficient, special, weight.exponent + exponent, weight.root)


def lowered(term: Term, place: int) -> Term:
    """Return the term with one power less of one variable."""
    powers = term.powers
    return replace(term, powers=(*powers[:place], powers[place] - 1, *powers[place + 1 :]))


def characteristic(wave: Wave, normal: Normal) -> tuple[Expr, Expr]:
    """E cos(t·h + b) = cos(t·m + b) exp(-t'Σt/2), as (cosine or sine, exponent)."""
    phase = normal.mean_of(wave.slopes, wave.offset)
    damping = -normal.covariance_of(wave.slopes, wave.slopes) / 2
    return (sin if wave.sine else cos)(phase), damping


def product_of_factors(factors: tuple[Factor, ...], normal: Normal) -> Expr:
    """Return the expectation of a product of erf and sign; raises Unrecognised."""
    known, forms = S.One, []
    for part in factors:
        form = _Form.of(part, normal)
        if form.variance == 0:
            known *= (sign if part.hard else erf)(form.center)
        else:
            forms.append(form)
    if known == 0 or not forms:
        return known
    if len(forms) == 1:
        return known * erf(forms[0].center / sqrt(forms[0].spread))
    if any(form.center != 0 for form in forms):
        raise Unrecognised("a product of shifted error functions")
    if len(forms) % 2:
        return S.Zero
    if len(forms) > 2:
        raise Unrecognised("a product of four error functions")
    first, second = forms
    shared = 2 * normal.covariance_of(first.part.slopes, second.part.slopes)
    return known * 2 * asin(factor(shared) / sqrt(factor(first.spread * second.spread))) / pi


@frozen
class _Form:
    """The argument of a factor as a Gaussian variable; ``spread`` is 1 + 2v, or 2v for a sign."""

    part: Factor
    center: Expr
    variance: Expr
    spread: Expr

    @classmethod
    def of(cls, part: Factor, normal: Normal) -> _Form:
        variance = normal.covariance_of(part.slopes, part.slopes)
        spread = factor((0 if part.hard else 1) + 2 * variance)
        return cls(part, normal.mean_of(part.slopes, part.offset), variance, spread)
