"""The cut Gaussian: pieces of polynomial × exp(linear or quadratic), each on its own interval.

On a piece, exp(A h² + B h) is absorbed by completing the square: N(m, q) becomes N(μ, s) with
s = q/(1 - 2Aq), μ = (m + Bq)/(1 - 2Aq). Powers are peeled by parts,
M_n = μ M_{n-1} + (n-1) s M_{n-2} - s [h^{n-1} p(h)] at the ends, down to M_0, an erf or erfc.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, S, Symbol, erf, erfc, expand, expand_mul, gamma, pi, sqrt

from varprop.errors import Divergent
from varprop.moments.ledger import Ledger
from varprop.moments.pieces import Piece
from varprop.moments.reader import recognise
from varprop.moments.terms import Terms
from varprop.moments.unrecognised import Unrecognised


def add_piece(ledger: Ledger, piece: Piece, h: Symbol, q: Expr, mean: Expr) -> None:
    """Add E[expr; low < h < high] for h ~ N(mean, var=q); raises Unrecognised, Divergent."""
    try:
        terms = recognise(piece.expr, [h])
    except Unrecognised:
        if piece.high != 0:
            raise
        terms = recognise(piece.expr.xreplace({h: -h}), [h])
        piece, mean = Piece(S.Zero, -piece.low, piece.expr), -mean
    groups = _by_exponent(terms)
    for (square, slope), coefficients in groups.items():
        form = Truncated(piece.low, piece.high, square, slope, q, mean)
        form.add_to(ledger, coefficients, alone=len(groups) == 1)


def _by_exponent(terms: Terms) -> dict[tuple[Expr, Expr], dict[Expr, Expr]]:
    """Group polynomials by the exponential they multiply."""
    groups: dict[tuple[Expr, Expr], dict[Expr, Expr]] = {}
    for term in terms:
        if term.wave is not None or term.factors:
            raise Unrecognised("a wave or an error function on a piece")
        group = groups.setdefault((term.quadratic[0], term.linear[0]), {})
        group[S(term.powers[0])] = term.coefficient
    return groups


class Truncated:
    """∫ h^n exp(A h² + B h) N(h; m, q) dh over (low, high), for the powers n of a polynomial."""

    def __init__(
        self, low: Expr, high: Expr, square: Expr, slope: Expr, q: Expr, mean: Expr
    ) -> None:
        self.low, self.high = low, high
        self.square, self.slope, self.q, self.mean = square, slope, q, mean
        self.root = expand(1 - 2 * square * q)
        self.variance = q / self.root
        self.center = (mean + slope * q) / self.root
        self.exponent = expand(slope**2 * q / 2 + square * mean**2 + slope * mean) / self.root

    def add_to(self, ledger: Ledger, coefficients: dict[Expr, Expr], alone: bool = False) -> None:
        """Add Σ coefficient_n · (integral of power n); poles of terms ``alone`` cannot cancel."""
        if self.low is S.NegativeInfinity or self.high is S.Infinity:
            ledger.require(self.root)
        if not all(power.is_Integer and power >= 0 for power in coefficients):
            self._add_real_powers(ledger, coefficients, alone)
            return
        body, at_low, at_high = S.Zero, S.Zero, S.Zero
        for power, row in enumerate(self._rows(int(max(coefficients)))):
            coefficient = coefficients.get(S(power))
            if coefficient is not None:
                body += coefficient * row[0]
                at_low += coefficient * row[1]
                at_high += coefficient * row[2]
        if body != 0:
            for special, weight in self.mass():
                ledger.add(body * weight, special, self.exponent, self.root)
        self._add_end(ledger, at_low, self.low)
        self._add_end(ledger, at_high, self.high)

    def _rows(self, highest: int) -> Iterator[tuple[Expr, Expr, Expr]]:
        """Yield (coefficient of M_0, of the density at low, at high) of M_0, M_1, …, by parts."""
        before, row = (S.Zero,) * 3, (S.One, S.Zero, S.Zero)
        multiplied_out = expand_mul if self.root == 1 else expand
        yield row
        for n in range(1, highest + 1):
            ends = (S.Zero, self._end(self.low, n - 1), -self._end(self.high, n - 1))
            following = tuple(
                multiplied_out(self.center * b + (n - 1) * self.variance * a + self.variance * e)
                for a, b, e in zip(before, row, ends, strict=True)
            )
            before, row = row, following
            yield row

    @staticmethod
    def _end(x: Expr, power: int) -> Expr:
        return S.Zero if x.is_infinite else x**power

    def _add_end(self, ledger: Ledger, coefficient: Expr, x: Expr) -> None:
        """Add coefficient · exp(A x² + B x) · N(x; m, q)."""
        if x.is_infinite or coefficient == 0:
            return
        exponent = S.Zero
        if not x == self.mean == 0:
            distance = expand((x - self.mean) ** 2)
            exponent = self.square * x**2 + self.slope * x - distance / (2 * self.q)
        ledger.add(coefficient, (2 * pi * self.q) ** -S.Half, exponent)

    def mass(self) -> list[tuple[Expr, Expr]]:
        """Return M_0 as (special function, weight) pairs, without exp(exponent)/sqrt(root)."""
        half = S.Half
        if self.low.is_infinite and self.high.is_infinite:
            return [(S.One, S.One)]
        if self.high.is_infinite:
            return [(erfc(self._scaled(self.low)), half)]
        if self.low.is_infinite:
            return [(erfc(-self._scaled(self.high)), half)]
        return [(erf(self._scaled(self.high)), half), (erf(self._scaled(self.low)), -half)]

    def _scaled(self, x: Expr) -> Expr:
        """Return (x - μ)/√(2s)."""
        numerator = expand(x * self.root - self.mean - self.slope * self.q)
        return numerator / sqrt(2 * self.q) / sqrt(self.root) if numerator != 0 else S.Zero

    def _add_real_powers(self, ledger: Ledger, coefficients: dict[Expr, Expr], alone: bool) -> None:
        """Add E[h^p; h > 0] = (2s)^(p/2) Γ((p+1)/2) / (2√π) for real p > -1."""
        touches_zero = not (self.low.is_positive or self.high.is_negative)
        if alone and touches_zero and any((power + 1).is_nonpositive for power in coefficients):
            raise Divergent("the integrand has a pole that no integral can cross")
        if self.low != 0 or not self.high.is_infinite or self.center != 0:
            raise Unrecognised("a real power off the half-line")
        for power, coefficient in coefficients.items():
            if not (power + 1).is_positive:
                raise Unrecognised("a power that may not be integrable")
            size = (2 * self.variance) ** (power / 2) * gamma((power + 1) / 2)
            ledger.add(coefficient * size, 1 / sqrt(pi) / 2, self.exponent, self.root)
