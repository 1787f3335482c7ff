"""Moments to any number of right digits, for ``gain --digits``."""

from __future__ import annotations

from sympy import Float, Rational, sqrt

from varprop.answer.gain import Subject
from varprop.errors import BadInput
from varprop.moments import Moments
from varprop.notation import h

FLOAT_DIGITS = 15
GUARD = 5
NAMES = ("mean", "second_moment", "fourth_moment", "derivative_mean", "derivative_second_moment")


def digits_of(asked: Subject, q: Rational, digits: int) -> dict[str, str]:
    """Return moments as decimal texts with ``digits`` right digits.

    Raises BadInput for combined activations and for open parameters.
    """
    from varprop.moments.numbers.digits import digits as right_digits

    moments = _pointwise(asked, f"--digits {digits}: more than {FLOAT_DIGITS} digits")
    found = {name: right_digits(moments.integrand(name), h, q, digits + GUARD) for name in NAMES}
    for name, ratio in (
        ("gain", _ratio(q, found["second_moment"])),
        ("backward_gain", _ratio(1, found["derivative_second_moment"])),
    ):
        if ratio is not None:
            found[name] = ratio
    return {name: str(Float(value, digits)) for name, value in found.items()}


def certified_of(asked: Subject, q: Rational, digits: int) -> dict[str, str]:
    """Return moments as enclosures ``value ± radius`` that are proved, aiming at ``digits`` digits.

    Raises BadInput without the extra ``certified``, for combined activations and open parameters,
    and Undecided where no proof is found.
    """
    from varprop.moments.numbers.certified import certified

    moments = _pointwise(asked, "--certified: enclosures")
    return {name: str(certified(moments.integrand(name), h, q, digits)) for name in NAMES}


def _pointwise(asked: Subject, what: str) -> Moments:
    if asked.phi is None or asked.parameters:
        raise BadInput(
            f"{what} are for pointwise activations without open parameters, not for {asked.name}"
        )
    return Moments(asked.phi)


def _ratio(over: Rational | int, under: Float) -> Float | None:
    return None if under == 0 else sqrt(over / under)
