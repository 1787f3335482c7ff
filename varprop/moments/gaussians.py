"""Gaussian vectors: completing the square, conditioning, and the weight that this leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, S, cancel

from varprop.frozen import frozen

Matrix = tuple[tuple[Expr, ...], ...]


@frozen
class Normal:
    """A Gaussian vector: mean and covariance, which may be singular."""

    mean: tuple[Expr, ...]
    covariance: Matrix

    def mean_of(self, slopes: Sequence[Expr], offset: Expr) -> Expr:
        """Return the mean of slopes·h + offset."""
        return cancel(_dot(slopes, self.mean) + offset)

    def covariance_of(self, a: Sequence[Expr], b: Sequence[Expr]) -> Expr:
        """Return Cov(a·h, b·h)."""
        return cancel(_dot(a, [_dot(row, b) for row in self.covariance]))

    def absorbing(self, form: Matrix, slope: Sequence[Expr]) -> tuple[Normal, Expr, Expr]:
        """Complete the square of exp(h'Ah + B'h).

        Returns the Gaussian that takes its place, N(m + Σ'(2Am + B), Σ') with Σ' = Σ(I - 2AΣ)⁻¹,
        and the factor exp(exponent)/√determinant that comes out, as (exponent, determinant).
        """
        size = range(len(self.mean))
        turned = _product(form, self.covariance)
        inverse, determinant = _inverse(
            tuple(tuple(int(i == j) - 2 * turned[i][j] for j in size) for i in size)
        )
        covariance = tuple(
            tuple(cancel(x) for x in row) for row in _product(self.covariance, inverse)
        )
        tilt = [2 * _dot(form[i], self.mean) + slope[i] for i in size]
        shift = [_dot(covariance[i], tilt) for i in size]
        exponent = (_dot(tilt, shift) + _dot(tilt, self.mean) + _dot(slope, self.mean)) / 2
        mean = tuple(cancel(self.mean[i] + shift[i]) for i in size)
        return Normal(mean, covariance), cancel(exponent), determinant

    def on_line(self, slopes: Sequence[Expr], offset: Expr) -> tuple[Normal, Expr, Expr]:
        """Condition on slopes·h + offset = 0.

        Returns the conditioned Gaussian, and centre and variance of slopes·h + offset.
        """
        size = range(len(self.mean))
        center, variance = self.mean_of(slopes, offset), self.covariance_of(slopes, slopes)
        reach = [_dot(self.covariance[i], slopes) for i in size]
        mean = tuple(cancel(self.mean[i] - reach[i] * center / variance) for i in size)
        covariance = tuple(
            tuple(cancel(self.covariance[i][j] - reach[i] * reach[j] / variance) for j in size)
            for i in size
        )
        return Normal(mean, covariance), center, variance


@frozen
class Weight:
    """What has been taken out of the expectation: coefficient · exp(exponent) / sqrt(root)."""

    coefficient: Expr = S.One
    exponent: Expr = S.Zero
    root: Expr = S.One

    def times(
        self, coefficient: Expr = S.One, exponent: Expr = S.Zero, root: Expr = S.One
    ) -> Weight:
        """Return the weight multiplied."""
        return Weight(
            self.coefficient * coefficient,
            self.exponent + exponent,
            cancel(self.root * root),
        )


def _dot(a: Sequence[Expr], b: Sequence[Expr]) -> Expr:
    return sum((x * y for x, y in zip(a, b, strict=True)), S.Zero)


def symmetric(triangle: Sequence[Expr], size: int) -> Matrix:
    """Return the matrix of a quadratic form given by its coefficients, upper triangle by rows."""
    if size == 1:
        return ((triangle[0],),)
    return ((triangle[0], triangle[1] / 2), (triangle[1] / 2, triangle[2]))


def _product(a: Matrix, b: Matrix) -> Matrix:
    size = range(len(a))
    return tuple(tuple(sum((a[i][k] * b[k][j] for k in size), S.Zero) for j in size) for i in size)


def _inverse(a: Matrix) -> tuple[Matrix, Expr]:
    """Return the inverse and the determinant."""
    if len(a) == 1:
        determinant = cancel(a[0][0])
        return ((1 / determinant,),), determinant
    determinant = cancel(a[0][0] * a[1][1] - a[0][1] * a[1][0])
    return (
        (a[1][1] / determinant, -a[0][1] / determinant),
        (-a[1][0] / determinant, a[0][0] / determinant),
    ), determinant
