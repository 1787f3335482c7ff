"""The variance of a sum of weight × signal products, derived rule by rule from its definition."""

from __future__ import annotations

from sympy import Eq, Expr, IndexedBase, S, Symbol

from varprop.derivation import Kind, Step
from varprop.rewriting.engine import Argument
from varprop.rewriting.facts import Facts, Known
from varprop.rewriting.nodes import Var, sum_over

WEIGHT = Symbol("w")
BIAS = Symbol("b")

_TO_DIAGONAL = ("covariance", "independence", "zero mean", "empty sum")
_TO_MOMENTS = ("variance of a product", "zero mean", "zero-mean variance")
_TO_COUNT = ("identical laws", "equal terms")


def facts_of_sum(signal: str, signal_words: str) -> Facts:
    """Return the facts under which a sum of weight × signal products is analysed.

    Nothing is assumed of the signal: its terms may depend on each other and may have any mean.
    """
    return Facts(
        known=(
            Known(str(WEIGHT), "weights", mean=S.Zero, iid=True),
            Known(signal, signal_words),
            Known(str(BIAS), "bias", mean=S.Zero),
        ),
        independent=frozenset(
            frozenset(pair)
            for pair in ((str(WEIGHT), signal), (str(WEIGHT), str(BIAS)), (signal, str(BIAS)))
        ),
    )


def variance_of_sum(
    title: str,
    *,
    result: Symbol,
    signal: str,
    signal_words: str,
    index: str,
    count: Expr,
    bias: bool,
    because: str,
) -> Argument:
    """Derive Var(result) for result = Σ w·signal (+ b) down to count·Var(w)·E[signal²] (+ Var(b)).

    Parameters
    ----------
    result, signal : the names of the sum and of the quantity that the weights multiply.
    index, count : the summation index and the number of terms (fan_in or fan_out).
    bias : whether an independent zero-mean bias is added.

    The cross terms vanish because E[w_j w_k] = E[w_j]·E[w_k] = 0; the signal's own entries are
    not taken to be independent of each other.
    """
    j = Symbol(index, integer=True, positive=True)
    term = IndexedBase(WEIGHT)[j] * IndexedBase(Symbol(signal))[j]
    total = sum_over(term, j, count) + (BIAS if bias else 0)
    argument = Argument(title, facts_of_sum(signal, signal_words))
    argument = argument.given(Eq(result, total, evaluate=False), because)
    argument = argument.add(
        Step(
            Eq(Var(result), Var(total), evaluate=False),
            "variance of both sides",
            Kind.RULE,
            "take the variance over the weights",
            key=False,
        )
    )
    if bias:
        argument = argument.apply("variance of a sum").apply("independent terms")
    argument = argument.apply("variance of a sum")
    for name in _TO_DIAGONAL:
        last = name == _TO_DIAGONAL[-1]
        argument = argument.apply(
            name,
            key=last,
            because="terms uncorrelated: w iid, zero mean" if last else None,
        )
    for name in (*_TO_MOMENTS, *_TO_COUNT):
        last = name == _TO_COUNT[-1]
        argument = argument.apply(
            name,
            key=last,
            because=f"w independent of {signal}; equal terms" if last else None,
        )
    return argument
