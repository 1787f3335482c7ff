"""The moments of a stream from copy to copy of a block, as closed forms in the copy's number.

A copy maps the stream's mean M to a·M + b and each second moment S (of one input, of two) to
A·S + B·M + C. With k copies

    M_k = a^k·M + b·(a^k − 1)/(a − 1),    S_k = A^k·S + Σ_{i<k} A^{k−1−i}·(B·M_i + C);

at a = 1 and at A = 1 (He's point, or a normalised branch) the sums are polynomials in k: the naive forms
have a pole there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from sympy import Dummy, Expr, Poly, S, factor_terms, sympify
from sympy.polys.monomials import Monomial

from varprop.frozen import frozen
from varprop.moments.holding import coefficients_apart, set_apart, vanishes
from varprop.networks.layer import NoClosedForm, Setting
from varprop.networks.signal import Signal
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.networks.containers import Repeat

SIZE, MEAN, BOTH = "size", "mean", "both"


def followed(signal: Signal) -> dict[str, Expr]:
    """Return what a signal is known by: its base variance and covariance, else its moments."""
    if signal.parts is not None and len(signal.parts) == 1 and signal.parts[0].mean == 0:
        part = signal.parts[0]
        found = {SIZE: part.variance, BOTH: part.covariance}
    else:
        found = {SIZE: signal.second, MEAN: signal.mean, BOTH: signal.cross}
    return {name: sympify(value) for name, value in found.items() if value is not None}


def with_sizes(signal: Signal, sizes: dict[str, Expr], setting: Setting) -> Signal:
    """Return a signal of the same kind that is known by these values; tokens' pairs aren't followed."""
    size, both = sizes[SIZE], sizes.get(BOTH)
    if MEAN in sizes:
        return replace(
            signal, second=size, mean=sizes[MEAN], cross=both, between=None, parts=None,
            reference=size,
        )  # fmt: skip
    assert signal.parts is not None
    part = replace(signal.parts[0], variance=size, covariance=both, between=None)
    to = setting.arithmetic
    return replace(
        signal,
        second=to.moment(part.phi, "second_moment", size),
        mean=to.moment(part.phi, "mean", size),
        cross=both if both is None or part.phi == h else to.pair(part.phi, size, both),
        between=None,
        parts=(part,),
        reference=size if signal.reference != 0 else 0,
    )


@frozen
class Course:
    """What ``followed`` gives for the k-th copy from here, from symbols ``here`` for its values now.

    ``images`` holds those values after one more copy; ``start`` the values themselves.
    """

    start: dict[str, Expr]
    here: dict[str, Dummy]
    images: dict[str, Expr]
    block: Repeat

    def at(self, copies: Expr) -> dict[str, Expr]:
        """Return the values after so many copies, pairs only where they are linear, too.

        Raises NoClosedForm where others aren't.
        """
        rate, step, _ = self._affine(MEAN) if MEAN in self.here else (S.One, S.Zero, S.Zero)
        mean = self.start.get(MEAN, S.Zero)
        found = {MEAN: geometric(mean, rate, step, copies)} if MEAN in self.here else {}
        for name in (SIZE, BOTH):
            if name == SIZE or self._pairs_are_followed:
                own, constant, by_mean = self._affine(name)
                fed = geometric(self.start[name], own, constant, copies)
                found[name] = fed + by_mean * carried(mean, rate, step, own, copies)
        return found

    @cached_property
    def _pairs_are_followed(self) -> bool:
        """Whether what two inputs have in common is linear in what they had."""
        if BOTH not in self.here:
            return False
        try:
            self._affine(BOTH)
        except NoClosedForm:
            return False
        return True

    def put(self, formula: Expr, copies: Expr) -> Expr:
        """Return a formula in the values here for the values after so many copies."""
        values = {self.here[name]: value for name, value in self.at(copies).items()}
        if formula.free_symbols & (set(self.here.values()) - set(values)):
            raise without_closed_form(self.block)
        return formula.subs(values)

    def _affine(self, name: str) -> tuple[Expr, Expr, Expr]:
        """Return own factor, constant, and factor of the mean of one image."""
        own, mean = self.here[name], self.here.get(MEAN)
        symbols = [own] if mean is None or name == MEAN else [own, mean]
        plain, held = set_apart(self.images[name])
        simple = factor_terms(plain)
        here = set(self.here.values())
        inside = any(one.free_symbols & here for one in held.values())
        others = simple.free_symbols & (here - set(symbols))
        if simple.is_polynomial(*symbols) and not inside and not others:
            short, parts = coefficients_apart(simple, symbols)
            poly = Poly(short, *symbols)

            def coefficient(monomial: Expr) -> Expr:
                return poly.coeff_monomial(monomial).xreplace(parts).xreplace(held)

            beyond = (m for m in poly.monoms() if sum(m) > 1)
            if all(vanishes(coefficient(Monomial(m, symbols).as_expr())) for m in beyond):
                linear = S.Zero if len(symbols) == 1 else coefficient(symbols[1])
                return coefficient(own), coefficient(S.One), linear
        raise without_closed_form(self.block)


def geometric(start: Expr, rate: Expr, gain: Expr, count: Expr) -> Expr:
    """Return S after ``count`` steps of S → rate·S + gain; exact at rate 1."""
    if vanishes(rate - 1):
        return start + count * gain
    power = rate**count
    return power * start + gain * (power - 1) / (rate - 1)


def carried(mean: Expr, rate: Expr, step: Expr, own: Expr, count: Expr) -> Expr:
    """Return Σ_{i<k} own^{k−1−i}·M_i for M_{i+1} = rate·M_i + step, M_0 = mean; exact at all poles."""
    ones = geometric(S.Zero, own, S.One, count)
    if vanishes(rate - 1):
        return mean * ones + step * _ramp(own, count)
    limit = step / (1 - rate)
    both = count * own ** (count - 1)
    if not vanishes(rate - own):
        both = (own**count - rate**count) / (own - rate)
    return limit * ones + (mean - limit) * both


def _ramp(own: Expr, count: Expr) -> Expr:
    """Return Σ_{i<k} i·own^{k−1−i}."""
    if vanishes(own - 1):
        return count * (count - 1) / 2
    return (own**count - 1 - count * (own - 1)) / (own - 1) ** 2


def without_closed_form(block: Repeat) -> NoClosedForm:
    """Return the refusal of a block whose moments aren't linear in those before."""
    but = " but the one of --for" if block.count.is_Integer else ""
    return NoClosedForm(
        f"{block}: the moments after one copy aren't linear in those before, so there is no "
        f"closed form in {block.count}. Give a number for every symbol{but}, or normalise the "
        "branch (LayerNorm() first)."
    )
