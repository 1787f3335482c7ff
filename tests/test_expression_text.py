"""Formulas as people type them: what is read, what is refused, and hostile text."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Abs, Max, Min, Piecewise, Rational, exp, log, sqrt, tanh

from varprop.errors import BadInput, UnknownName, VarpropError
from varprop.expression_text import parse_expression, parse_scalar, parse_tree
from varprop.expression_text.functions import FUNCTIONS
from varprop.notation import c, h, positive, q

READ = {
    "x*tanh(log(1+exp(x)))": h * tanh(log(1 + exp(h))),
    "Piecewise((x, x>0), (0.1*x, True))": Piecewise((h, h > 0), (h / 10, True)),
    "Max(0,x)**3": Max(0, h) ** 3,
    "x^2": h**2,
    "-x^2": -(h**2),
    "2^-x": 2**-h,
    "x^2^3": h**8,
    "x²": h**2,
    "x⁻¹": 1 / h,
    "√(x²)": Abs(h),
    "√2·x": sqrt(2) * h,
    "2×x − 1": 2 * h - 1,
    "π*x": sympy.pi * h,
    "e^x": exp(h),
    "|x|": Abs(h),
    "||x| − 1|": Abs(Abs(h) - 1),
    "|x - 1|*2": 2 * Abs(h - 1),
    "x if x > 0 else 0.2*x": Piecewise((h, h > 0), (h / 5, True)),
    "where(x ≥ 1, x, 1)": Piecewise((h, h >= 1), (1, True)),
    "Piecewise((x, |x| > 0.5), (0, True))": Piecewise(
        (h, (h > Rational(1, 2)) | (h < -Rational(1, 2))), (0, True)
    ),
    "Piecewise((1, 0 < x < 1), (0, True))": Piecewise((1, (h > 0) & (h < 1)), (0, True)),
    "1e-3*x": h / 1000,
    "clip(z, -1, 1)": Max(-1, Min(1, h)),
    "alpha*h": positive("alpha") * h,
    "α*h": positive("alpha") * h,
    "h/sqrt(q)": h / sqrt(q),
    "c*h": c * h,
    "Phi(x)": (1 + sympy.erf(h / sqrt(2))) / 2,
}


@pytest.mark.parametrize("text", READ, ids=repr)
def test_reads_what_people_write(text: str) -> None:
    assert parse_expression(text) == READ[text]


REFUSED = {
    "2x": "character 2: a product must be written: 2*x",
    "x(x+1)": "character 1: a product must be written: x*(x+1)",
    "(x)(x)": "character 4: a product must be written",
    "import os": "character 8",
    "x.__class__": "character 2: '.': attribute access",
    "().__class__.__bases__": "character 3",
    "__import__('os').system('ls')": "character 1: names start with a letter",
    "lambda x: x": "character 9",
    "[x for x in y]": "character 1",
    "x; x": "character 2",
    "'a'*9": "character 1",
    "open('f')": "no strings",
    "exec(x)": "no function 'exec'",
    "tanhh(x)": "Did you mean tanh",
    "9**9**9": "too many digits",
    "(9**99)**99": "too many digits",
    "1.00000001**10**9": "too many digits",
    "exp(exp(exp(1000)))": "exp(1000) is too large a number",
    "1e400*x": "beyond the range",
    "1e200*1e200*x": "too large a number",
    "x**99999": "powers above 40",
    "(x**40)**40": "powers above 40",
    "factorial(9999)": "no function 'factorial'",
    "9999!": "no factorials",
    "(" * 200 + "x" + ")" * 200: "nested deeper",
    "-" * 300 + "x": "nested deeper",
    "+".join(["x"] * 300): "more than 500",
    "x" * 2000: "2000 characters",
    "1" * 100: "a number of 100 characters",
    "ｘ+1": "character 1",
    "x\u200b+1": "character 2",
    "т*x": "character 1",
    "x\x00": "character 2",
    "x+h": "both used as the argument",
    "E*x": "base of natural logarithms",
    "beta*x": "beta function",
    "lambda*x": "Python keeps it",
    "1/0": "character 3: division by zero",
    "x/(x-x)": "division by zero",
    "0**-1": "division by zero",
    "sqrt(-1)*x": "not a real number",
    "log(-2)": "not a real number",
    "asin(2)": "not a real number",
    "√x²": "√(…²) or (√…)²",
    "Piecewise((x, x > 0))": "end with (value, True)",
    "Piecewise((x, x == 0), (0, True))": "probability 0",
    "Piecewise((x, sin(x) > 0), (0, True))": "linear",
    "Piecewise(x, x > 0)": "pairs (value, condition)",
    "x > 0": "only has a meaning inside",
    "(x, 1)": "only has a meaning inside",
    "True*x": "True is a condition",
    "tanh*x": "tanh is a function",
    "tanh[x]": "round brackets",
    "tanh(x, x)": "takes 1 values, not 2",
    "Max(x)": "takes 2 to 20 values, not 1",
    "|x": "'|' is missing",
    "(x": "'(' at character 1 isn't closed: add ')'",
    "x*tan(exp(x)": "'(' at character 6 isn't closed: add ')'",
    "x)": "isn't expected",
    "": "the formula stops here",
    "x +": "the formula stops here",
    "x % 2": "no remainders",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_refuses_with_place_and_reason(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_expression(text)
    assert REFUSED[text] in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_unknown_function_is_an_unknown_name() -> None:
    with pytest.raises(UnknownName):
        parse_expression("nosuch(x)")


def test_scalar_has_no_argument() -> None:
    assert parse_scalar("1/sqrt(d)") == 1 / sqrt(positive("d"))
    assert parse_scalar("0.01") == Rational(1, 100)
    assert parse_scalar("x") == positive("x")
    with pytest.raises(BadInput, match="pre-activation"):
        parse_scalar("h")


def test_one_argument_letter_may_be_chosen() -> None:
    assert parse_expression("x*z", argument="x") == h * positive("z")


def test_extra_functions_and_names() -> None:
    def twice(value: sympy.Expr) -> sympy.Expr:
        return 2 * value

    assert parse_expression("twice(x) + 1", {"twice": twice}) == 2 * h + 1
    assert parse_expression("twice[x]", {"twice": twice}) == 2 * h
    assert parse_expression("a*x", names={"a": Rational(-1, 2)}) == -h / 2
    with pytest.raises(BadInput, match="up to 500"):
        parse_expression("twice(1000)", {"twice": twice})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_float_of_a_function_is_that_of_its_expression(name: str) -> None:
    function = FUNCTIONS[name]
    numbers = {1: (0.7,), 2: (0.7, 0.2), 3: (0.7, -0.1, 0.4)}[function.least]
    if name in ("acosh", "arccosh"):
        numbers = (1.7,)
    built = float(function.build(*map(sympy.Float, numbers)))
    assert math.isclose(built, function.at(*numbers), rel_tol=1e-14)


WORDS = st.sampled_from(
    [
        *FUNCTIONS,
        *("Piecewise", "where", "x", "h", "a", "q", "pi", "e", "True", "if", "else", "and", "or"),
        *("not", "relu", "__class__", "lambda", "import", "E", "S", "oo", "nan", "I"),
    ]
)
SIGNS = st.sampled_from(
    [*"+-*/^()[],<>=|√²³⁻×·−≤≥π.;:'\"!%&~{}@$\\`?_ \t\n\x00", "**", "==", "//", ">>", "0x", "1e9"]
)
NUMBERS = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(["0.5", "1e300", "1e-300", "1e999", "99999", ".5", "5.", "0", "1_000", "२"]),
)
SOUP = st.lists(st.one_of(WORDS, SIGNS, NUMBERS), max_size=40).map(" ".join)


def _grow(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(children, st.sampled_from(["+", "-", "*", "/", "**", "^"]), children).map(
            lambda t: f"({t[0]}){t[1]}({t[2]})"
        ),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), children).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["Max", "Min"]), children, children).map(
            lambda t: f"{t[0]}({t[1]},{t[2]})"
        ),
        st.tuples(children, children, children).map(
            lambda t: f"Piecewise(({t[0]}, x<{t[1]}), ({t[2]}, True))"
        ),
        children.map(lambda t: f"|{t}|"),
    )


WELL_FORMED = st.recursive(
    st.one_of(st.sampled_from(["x", "a", "pi"]), NUMBERS), _grow, max_leaves=12
)


def _read_or_refuse(text: str) -> None:
    """A reading is a SymPy expression; a refusal is one line; nothing else can happen."""
    refused = ""
    try:
        assert isinstance(parse_expression(text), sympy.Expr)
    except VarpropError as error:
        refused = str(error)
    assert "\n" not in refused
    assert len(refused) < 500


FUZZ = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@FUZZ
@given(st.one_of(st.text(max_size=200), SOUP))
def test_hostile_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(text)


@FUZZ
@given(WELL_FORMED)
def test_odd_formulas_are_read_or_refused(text: str) -> None:
    _read_or_refuse(text)


def test_the_tree_knows_its_places() -> None:
    tree = parse_tree("1 + (x - 2)")
    assert (tree.start, tree.end) == (0, 11)
