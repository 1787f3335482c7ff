"""Integrands with symbolic parameters, kinks stated by hand, and an independent quadrature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import mpmath
import sympy
from mpmath.calculus.quadrature import GaussLegendre
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, Rational, Symbol, erf, exp, sqrt

from varprop.notation import h, positive

alpha, a, b, knot = (positive(name) for name in ("alpha", "a", "b", "knot"))
u, v = (Symbol(name, real=True) for name in "uv")
VALUES = {alpha: Rational(3, 10), a: Rational(7, 10), b: Rational(19, 10), knot: Rational(5, 4)}
OTHERS = {alpha: Rational(17, 10), a: Rational(23, 10), b: Rational(2, 5), knot: Rational(1, 3)}


@dataclass(frozen=True)
class Example:
    """φ, its kinks as expressions, the moments without closed form, whether it has a kernel."""

    phi: Expr
    kinks: tuple[Expr | int, ...] = ()
    without: tuple[str, ...] = ()
    kernel: bool = False
    values: tuple[dict[Symbol, Rational], ...] = field(default=(VALUES, OTHERS))


EXAMPLES: dict[str, Example] = {
    "linear": Example(h, kernel=True),
    "relu": Example(Max(0, h), (0,), kernel=True),
    "leaky_relu": Example(Piecewise((h, h > 0), (alpha * h, True)), (0,), kernel=True),
    "prelu": Example(Max(0, h) + alpha * Min(0, h), (0,), kernel=True),
    "leaky_as_max": Example(Max(h, alpha * h), (0,), kernel=True),
    "abs": Example(Abs(h), (0,), kernel=True),
    "step": Example(Heaviside(h), (0,), kernel=True),
    "sign": Example(sympy.sign(h), (0,), kernel=True),
    "square": Example(h**2, kernel=True),
    "relu_squared": Example(Max(0, h) ** 2, (0,), kernel=True),
    "cube": Example(h**3, kernel=True),
    "polynomial": Example(1 + a * h - b * h**2 + h**3 / 3, kernel=True),
    "erf": Example(erf(h), without=("fourth_moment",), kernel=True),
    "erf_scaled": Example(erf(a * h), without=("fourth_moment",), kernel=True),
    "gelu": Example(h * (1 + erf(h / sqrt(2))) / 2, without=("fourth_moment",), kernel=True),
    "sin": Example(sympy.sin(h), kernel=True),
    "cos": Example(sympy.cos(a * h), kernel=True),
    "exp": Example(exp(alpha * h), kernel=True, values=({alpha: Rational(3, 10)},)),
    "gaussian": Example(exp(-(h**2)), kernel=True),
    "gaussian_wide": Example(exp(-a * h**2), kernel=True),
    "snake": Example(h + sympy.sin(a * h) ** 2 / a, kernel=True),
    "elu": Example(Piecewise((h, h > 0), (alpha * (exp(h) - 1), True)), (0,)),
    "celu": Example(Max(0, h) + Min(0, alpha * (exp(h / alpha) - 1)), (0,)),
    "selu": Example(b * Piecewise((h, h > 0), (alpha * (exp(h) - 1), True)), (0,)),
    "relu6": Example(Min(6, Max(0, h)), (0, 6)),
    "hard_tanh": Example(Max(-1, Min(1, h)), (-1, 1)),
    "hard_sigmoid": Example(Min(6, Max(0, h + 3)) / 6, (-3, 3)),
    "hard_swish": Example(h * Min(6, Max(0, h + 3)) / 6, (-3, 3)),
    "softshrink": Example(Piecewise((h - a, h > a), (h + a, h < -a), (0, True)), (-a, a)),
    "hardshrink": Example(Piecewise((h, Abs(h) > a), (0, True)), (-a, a)),
    "threshold": Example(Piecewise((h, h > a), (b, True)), (a,)),
    "shifted_relu": Example(Max(0, h - knot), (knot,)),
    "capped": Example(Min(Max(h, -a), b), (-a, b)),
    "capped_unordered": Example(Min(Max(h, a), b), (a, b)),
    "capped_slopes": Example(Max(alpha * h, Min(h, a)), (0, a, a / alpha)),
    "two_sided": Example(
        Piecewise((a * h, h < -knot), (b * h, h > knot), (h, True)), (-knot, knot)
    ),
    "softsign": Example(h / (1 + Abs(h)), (0,)),
    "softsign_scaled": Example(h / (a + Abs(h)), (0,)),
    "lorentzian": Example(h / (1 + h**2)),
    "lorentzian_scaled": Example(1 / (1 + a * h**2)),
    "sine_relu": Example(sympy.sin(a * Max(0, h)), (0,)),
    "wave_after_zero": Example(Piecewise((h * sympy.cos(h), h > 0), (0, True)), (0,)),
    "double_exponential": Example(exp(-a * Abs(h)), (0,)),
}

KERNELS = {name: example for name, example in EXAMPLES.items() if example.kernel}


GRADES = (-16, -11, -8, -5.5, -4, -2.5, -1.5, -0.8, -0.35)
"""Ends of panels in standard deviations, and the same on the right."""


@cache
def nodes(precision: int) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """Return 48 Gauss-Legendre nodes and weights."""
    return GaussLegendre(mpmath.mp).calc_nodes(5, precision)


def reference(f: Expr, variance: Rational, kinks: Sequence[Expr] = ()) -> mpmath.mpf:
    """Return E[f(h)], h ~ N(0, variance), to 30 digits, on panels that end at the stated kinks."""
    function = sympy.lambdify(h, f, "mpmath")
    with mpmath.workdps(45):
        s = mpmath.sqrt(mpmath.mpf(variance.p) / variance.q)
        inner = [mpmath.mpf(sympy.N(k, 45)) for k in kinks]
        graded = [x * s * sign for x in GRADES for sign in (1, -1)]
        ends = sorted({0, *graded, *(k for k in inner if abs(k) < 16 * s)})
        total = mpmath.mpf(0)
        for low, high in pairwise(ends):
            half, middle = (high - low) / 2, (high + low) / 2
            places = [(middle + half * node, weight) for node, weight in nodes(mpmath.mp.prec)]
            total += half * mpmath.fsum(w * function(x) * mpmath.npdf(x, 0, s) for x, w in places)
        return total


def pair(phi: Expr) -> Expr:
    """Return φ(u) φ(v)."""
    return phi.xreplace({h: u}) * phi.xreplace({h: v})
