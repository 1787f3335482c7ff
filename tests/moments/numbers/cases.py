"""Hard integrands with references of 25 digits: mpmath.quad on hand-made panels, and closed forms.

The kinks 30 and 36 deviations out come from (1 + a²)Q(a) − a·pdf(a) and pdf(a) − a·Q(a) at 60 digits:
mpmath.quad itself is wrong there from the 11th digit on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy
from sympy import Expr, Rational

from varprop.notation import h


@dataclass(frozen=True)
class Case:
    """A moment of ``phi`` at variance ``q`` and its value."""

    id: str
    phi: str
    q: str
    name: str
    value: str

    @cached_property
    def expr(self) -> Expr:
        return sympy.sympify(self.phi, locals={"h": h})

    @cached_property
    def variance(self) -> Rational:
        return Rational(self.q)

    @cached_property
    def reference(self) -> sympy.Float:
        return sympy.Float(self.value, 25)


CASES = (
    Case("relu_far", "Max(0, h - 30)", "1", "second_moment", "1.084372487398349148234204e-200"),
    Case(
        "relu_far_small_q",
        "Max(0, h - 30)",
        "25",
        "derivative_second_moment",
        "9.865876450376981407008641e-10",
    ),
    Case("relu_beyond", "Max(0, h - 36)", "1", "mean", "1.160053933372632887247008e-285"),
    Case("tanh_huge_q", "tanh(h)", "1000000", "second_moment", "0.9992021157673137251551283"),
    Case(
        "tanh_tiny_q", "tanh(h)", "1/1048576", "second_moment", "0.0000009536724974217614868971318"
    ),
    Case(
        "tanh_slope_huge_q",
        "tanh(h)",
        "1000000",
        "derivative_second_moment",
        "0.000531922954771445972191204",
    ),
    Case("tanh_variance", "tanh(h)", "1000000", "variance", "0.9992021157673137251551283"),
    Case(
        "elu_large_q",
        "Piecewise((h, h > 0), (exp(h) - 1, True))",
        "10000",
        "second_moment",
        "5000.494016613575248109708",
    ),
    Case(
        "elu_mean_tiny_q",
        "Piecewise((h, h > 0), (exp(h) - 1, True))",
        "1/1048576",
        "mean",
        "0.0000002382947879374661201858794",
    ),
    Case("exp_large", "exp(h)", "300", "second_moment", "3.773020300929939823401431e+260"),
    Case("relu6", "Min(Max(0, h), 6)", "4", "fourth_moment", "23.13192805819806583611451"),
    Case(
        "hard_swish",
        "h*Min(Max(h + 3, 0), 6)/6",
        "2",
        "second_moment",
        "0.7795173309756335263899952",
    ),
    Case(
        "hard_swish_slope",
        "h*Min(Max(h + 3, 0), 6)/6",
        "100",
        "derivative_second_moment",
        "0.5187126789231994952160646",
    ),
    Case(
        "softplus_fourth", "log(1 + exp(h))", "900", "fourth_moment", "1215000.327429088669377729"
    ),
    Case(
        "softplus_variance_tiny",
        "log(1 + exp(h))",
        "1/1048576",
        "variance",
        "0.0000002384186075232583778854678",
    ),
    Case("step", "Heaviside(h - Rational(1, 3))", "1/4", "mean", "0.2524925375469229130640618"),
    Case("band", "Heaviside(h**2 - 2)", "1", "mean", "0.1572992070502851306587794"),
    Case(
        "tanhshrink_tiny",
        "h - tanh(h)",
        "1/1048576",
        "second_moment",
        "1.445595176335029324507361e-18",
    ),
    Case(
        "tanhshrink_fourth_tiny",
        "h - tanh(h)",
        "1/1024",
        "fourth_moment",
        "1.090832483148604773564411e-16",
    ),
    Case(
        "cosine_bump_tiny",
        "cos(h) - 1",
        "1/1048576",
        "second_moment",
        "6.821204842288813542177857e-13",
    ),
    Case("cosine_variance", "cos(h)", "1/128", "variance", "0.00003028024246069088755718873"),
    Case(
        "log1p_square_tiny",
        "log(1 + h**2)",
        "1/1048576",
        "second_moment",
        "2.728471094972330400428127e-12",
    ),
    Case(
        "root_cancels",
        "sqrt(1 + h**2) - 1",
        "1/4096",
        "second_moment",
        "4.467622783910925396309422e-8",
    ),
    Case(
        "unlisted_cancellation",
        "h - sin(h)",
        "1/1048576",
        "second_moment",
        "3.614004829009238894731828e-19",
    ),
    Case(
        "silu",
        "h/(1 + exp(-h))",
        "1000000",
        "derivative_second_moment",
        "0.5000857623112094491001577",
    ),
    Case("mish", "h*tanh(log(1 + exp(h)))", "10000", "variance", "3408.806766207872227945246"),
    Case(
        "gelu_slope",
        "h*(1 + erf(h/sqrt(2)))/2",
        "100",
        "derivative_second_moment",
        "0.5053998641834169320128539",
    ),
    Case("softsign_length", "h/(1 + Abs(h))", "1", "length_slope", "0.0872448996608167873284406"),
    Case("step_length", "Heaviside(h - 1)", "4", "length_slope", "0.02200408292276871736091753"),
    Case("sinus", "sin(h)", "100", "fourth_moment", "0.375"),
    Case("bump", "exp(-h**2)", "1000000", "mean", "0.0007071066044099185189970782"),
    Case("steep", "tanh(1000*h)", "1", "derivative_mean", "0.7978842326862748448716714"),
    Case(
        "shifted_steep", "1/(1 + exp(-200*(h - 3)))", "1", "mean", "0.001350444883449826541555137"
    ),
    Case(
        "tanhexp",
        "h*tanh(exp(h))",
        "10000",
        "derivative_second_moment",
        "0.5008411995036165851457225",
    ),
    Case("root_singular", "sqrt(Abs(h))", "1", "mean", "0.8221789586624585523366048"),
    Case(
        "erfcx", "exp(h**2)*erfc(Abs(h))", "10000", "second_moment", "0.005579349156963299173203764"
    ),
)

OVERFLOWS = (
    ("exp(h)", "400", "second_moment", 800),
    ("exp(h)", "300", "fourth_moment", 2400),
    ("exp(h)", "1000000", "mean", 500000),
    ("exp(h)", "1000000", "variance", 2000000),
    ("cosh(h)", "400", "second_moment", sympy.log(sympy.Rational(1, 2)) + 800),
    ("h*exp(h)", "900", "second_moment", 1800 + sympy.log(900 * (1 + 4 * 900))),
)
"""φ, q, moment, logarithm of its value."""

DIVERGENT = (
    ("exp(h**2)", 0.5, "mean"),
    ("exp(h**2)", 1.0, "mean"),
    ("exp(h**2/2)", 0.6, "second_moment"),
    ("1/h**2", 1.0, "mean"),
    ("1/h", 1.0, "second_moment"),
    ("1/Abs(h - 1)", 1.0, "mean"),
    ("sqrt(Abs(h))", 1.0, "derivative_second_moment"),
    ("exp(exp(h))", 1.0, "mean"),
    ("exp(h**3)", 1e-3, "mean"),
)
"""φ, q, moment that is infinite."""
