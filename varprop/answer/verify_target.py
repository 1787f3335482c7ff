"""What an initialiser promises: Var(w) from a scheme, a formula or a number, and its law."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol

from varprop.answer.initialiser import initialiser
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.catalogue.schemes import SCHEMES
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar

NORMAL_KURTOSIS = 3.0


@dataclass(frozen=True)
class Target:
    """What was promised: words, Var(w), the law where it is known, and both fans."""

    words: str
    variance: float
    law: WeightLaw | None
    fan_in: int | None
    fan_out: int | None

    @property
    def kurtosis(self) -> float:
        """E[w⁴]/Var² of the law, a normal one's where none is named; 1 where E[w²] is exact."""
        if self.law is None or self.law.kurtosis is None:
            return NORMAL_KURTOSIS
        if not self.law.independent:
            return 1.0
        values = {Symbol(form.symbol, positive=True): form.default for form in self.law.forms}
        return float(parse_scalar(self.law.kurtosis).subs(values))


def promised(
    scheme: str | float | Expr, fan_in: int | None, fan_out: int | None, law: str | None
) -> Target:
    """Return what a scheme, a formula in the fans or a number promises; raises BadInput."""
    known = LAWS[law] if law is not None else None
    if known is not None and known.tensor:
        raise BadInput(
            f"assert_init knows no test of convolution kernels drawn as {known.name}: test their "
            "middle with law='orthogonal'."
        )
    if isinstance(scheme, str) and _scheme_name(scheme) in SCHEMES:
        asked = initialiser(scheme)
        formula, words = asked.weight_variance, f"{scheme}'s"
        if known is None and asked.scheme.law in ("uniform", "orthogonal"):
            known = LAWS[asked.scheme.law]
    else:
        formula = parse_scalar(str(scheme))
        words = "the promised"
    fans = {"fan_in": fan_in, "fan_out": fan_out}
    missing = [
        n for n, v in fans.items() if v is None and Symbol(n, positive=True) in formula.free_symbols
    ]
    if missing:
        raise BadInput(f"{scheme} needs {' and '.join(missing)}: pass {missing[0]}=…")
    values = {Symbol(n, positive=True): v for n, v in fans.items() if v is not None}
    number = formula.subs(values)
    if number.free_symbols or not float(number) > 0:
        raise BadInput(f"{scheme} gives the variance {number}: a positive number is needed.")
    shown = "" if formula.is_number else f"{_with_numbers(formula, fans)} = "
    return Target(f"{words} {shown}{float(number):.6g}", float(number), known, fan_in, fan_out)


def _scheme_name(text: str) -> str:
    return text.partition("(")[0].partition(":")[0].strip()


def _with_numbers(formula: Expr, fans: dict[str, int | None]) -> str:
    text = str(formula)
    for name, value in fans.items():
        text = text.replace(name, str(value))
    return text.replace(" ", "") if "+" not in text else text
