"""A closed form in q as a number: running error first, higher precision where it lost its digits.

exp(2q)·erfc(√(2q)) at q = 10⁴ overflows and cancels; neither passes unnoticed here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sympy import Expr, Rational, Symbol

from varprop.errors import BadInput, Undecided
from varprop.moments.numbers.functions_mp import context
from varprop.moments.numbers.number import LARGEST_LOG, SMALLEST, UNIT, Number, check_variance
from varprop.moments.numbers.prepared import Prepared, prepared

if TYPE_CHECKING:
    import numpy

PLENTY = 64.0
"""Unit roundoffs up to which double precision is kept."""

LADDER = (40, 80, 160, 320, 640)
AGREEMENT = 1e-18


def evaluate(closed: Expr, symbol: Symbol, q: float) -> Number:
    """Return a closed form in ``symbol`` at the variance q, with an absolute error bound.

    Raises BadInput when other symbols are left or q is not positive, Undecided when its digits
    can't be settled.
    """
    check_variance(q)
    try:
        form = prepared(closed, symbol)
    except BadInput:
        return _special(closed, symbol, q)
    value, error = form.scalar(q)
    if SMALLEST < abs(value) < math.inf and error <= PLENTY * abs(value):
        return Number(value, UNIT * 1.01 * error)
    return _settled(form, q)


def evaluate_many(
    closed: Expr, symbol: Symbol, q: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return values and bounds at an array of variances; nan and inf beyond double range.

    Raises BadInput for a variance that is not positive and finite.
    """
    import numpy as np

    flat = np.asarray(q, dtype=float).ravel()
    for each in {flat.min(), flat.max()} if flat.size else ():
        check_variance(float(each))
    values, bounds = np.full(flat.shape, np.nan), np.full(flat.shape, np.inf)
    good = np.zeros(flat.shape, dtype=bool)
    if not closed.free_symbols - {symbol}:
        values, errors, good = _in_double(closed, symbol, flat, PLENTY)
        bounds = UNIT * 1.01 * errors
    for index in np.nonzero(~good)[0]:
        found = evaluate(closed, symbol, float(flat[index]))
        values[index] = np.nan if found.value is None else found.value
        bounds[index] = np.inf if found.value is None else found.bound
    return values.reshape(np.shape(q)), bounds.reshape(np.shape(q))


def _in_double(closed: Expr, symbol: Symbol, q: Any, plenty: float) -> tuple[Any, Any, Any]:
    import numpy as np

    try:
        form = prepared(closed, symbol)
    except BadInput:
        return np.full(q.shape, np.nan), np.full(q.shape, np.inf), np.zeros(q.shape, dtype=bool)
    with np.errstate(all="ignore"):
        raw = form.vector(q)
        values, errors = (np.array(np.broadcast_to(x, q.shape), dtype=float) for x in raw)
        good = (
            np.isfinite(values) & (errors <= plenty * np.abs(values)) & (np.abs(values) > SMALLEST)
        )
    return values, errors, good


def _settled(form: Prepared, q: float) -> Number:
    """Return the value when two precisions agree on it."""
    before = None
    for digits in LADDER:
        ctx = context(digits)
        after = form.plain(digits)(ctx.mpf(q))[0]
        if before is not None and abs(after - before) <= AGREEMENT * abs(after):
            return _from_mpmath(ctx, after)
        before = after
    raise Undecided(f"the closed form at q = {q} has no certain digit at {LADDER[-1]} digits.")


def _from_mpmath(ctx: Any, value: Any) -> Number:
    if value == 0:
        return Number(0.0, 0.0)
    log = float(ctx.log(abs(value)))
    if log > LARGEST_LOG:
        return Number(None, UNIT * (abs(log) + 1), overflow=True, log_value=log)
    if log < math.log(SMALLEST):
        return Number(0.0, SMALLEST)
    return Number(float(value), 2 * UNIT * abs(float(value)))


def _special(closed: Expr, symbol: Symbol, q: float) -> Number:
    """Evaluate functions that only SymPy knows (Ei, erfi …); its evalf guards against cancellation."""
    if closed.free_symbols - {symbol}:
        names = ", ".join(sorted(map(str, closed.free_symbols - {symbol})))
        raise BadInput(f"a number needs a value for {names}.")
    value = closed.subs(symbol, Rational(q)).evalf(30)
    if not value.is_Float and not value.is_Rational:
        raise Undecided(f"the closed form has no real value at q = {q}.")
    ctx = context(LADDER[0])
    return _from_mpmath(ctx, ctx.make_mpf(value._mpf_) if value.is_Float else ctx.mpf(0))
