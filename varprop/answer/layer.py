"""``solve`` as people call it: one layer or a list of widths; arguments validated in one place."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from sympy import Expr, Integer, Rational, Symbol

from varprop.answer.distributions import parameters
from varprop.answer.inputs import InputMoments, Number, numeric, variance, width
from varprop.answer.question import SolveQuestion, question_feed
from varprop.answer.solve import answer
from varprop.answer.width import width_notes
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.propagation.feed import Data
from varprop.result import Fans, LayerScale, Quantity, Solution
from varprop.solving.conditions import CONDITIONS, Condition


def fan(value: Number | None, name: str) -> tuple[Expr, int | None]:
    """Return a fan as a symbol and its number: the symbol ``name`` unless the user typed one."""
    if value is None:
        return Symbol(name, positive=True), None
    expression = width(value, "--" + name.replace("_", "-"))
    if expression.is_Integer:
        return Symbol(name, positive=True), int(expression)
    return expression, None


def solve_layer(
    act: str | Expr | Activation = "linear",
    *,
    fan_in: Number | None = None,
    fan_out: Number | None = None,
    condition: str = "forward",
    linearised: bool = False,
    q: Number = 1,
    bias_variance: Number = 0,
) -> Solution:
    """Solve for Var(w) of one dense layer whose input is act(h).

    Parameters
    ----------
    act : the activation whose output feeds the weights: a name, a formula or an Activation.
    fan_in, fan_out : positive whole numbers or symbols; open when left out.
    condition : forward, backward, harmonic, geometric or critical, or one of their aliases.
    linearised : use the slope at 0 in place of the expectations (Glorot's argument).
    q : the pre-activation variance at which expectations are taken, a number.
    bias_variance : σ_b², a variance.

    Raises BadInput with one line for anything that cannot be used.
    """
    chosen = CONDITIONS[condition]
    in_symbol, in_value = fan(fan_in, "fan_in")
    out_symbol, out_value = fan(fan_out, "fan_out")
    _need_fans(chosen, condition, fan_in, fan_out)
    found = activation_from(act)
    question = SolveQuestion(
        found,
        question_feed(found, linearised=linearised),
        chosen,
        Fans(in_symbol, out_symbol, in_value, out_value),
        _rational(numeric(q, "--q", positive=True)),
        variance(bias_variance, "--bias-variance"),
    )
    return answer(question)


def _rational(value: Expr) -> Rational:
    return value if value.is_Rational else Rational(str(float(value)))


def _need_fans(
    condition: Condition, typed: str, fan_in: Number | None, fan_out: Number | None
) -> None:
    given = {"fan_in": fan_in, "fan_out": fan_out}
    missing = [need for need in condition.needs if given[need] is None]
    if not missing:
        return
    options = " and ".join("--" + need.replace("_", "-") for need in missing)
    example = " ".join(f"--{need.replace('_', '-')} 256" for need in missing)
    both = "has both fans" if condition.parts else f"is set by {' and '.join(condition.needs)}"
    raise BadInput(f"--condition {typed} needs {options} (its scale {both}). Try {example}.")


def solve_widths(
    act: str | Expr | Activation,
    layer_widths: tuple[Expr, ...],
    *,
    condition: str = "forward",
    linearised: bool = False,
    q: Number = 1,
    bias_variance: Number = 0,
    data: InputMoments | None = None,
    uniform_factor: bool = False,
) -> Solution:
    """Solve for every weight matrix of a network given by its widths.

    The first matrix is fed by data (mean 0 and second moment 1 unless ``data`` says otherwise) and
    sized so that q comes out as asked; ``uniform_factor`` gives it the activation's factor, too.
    The result is the answer for a hidden layer, with one row per matrix in ``layers``.
    """
    if data is not None and data.features is not None and layer_widths[0] != data.features:
        raise BadInput(
            f"the data has {data.features} columns, but --widths begins with {layer_widths[0]}. "
            f"Try --widths {','.join(map(str, (data.features, *layer_widths[1:])))}."
        )
    pairs = list(itertools.pairwise(layer_widths))
    options: dict[str, Any] = {
        "condition": condition, "linearised": linearised, "q": q, "bias_variance": bias_variance,
    }  # fmt: skip
    hidden = {
        pair: solve_layer(act, fan_in=pair[0], fan_out=pair[1], **options)
        for pair in dict.fromkeys(pairs[1:] or pairs)
    }
    first = None
    if not uniform_factor:
        first = solve_first(act, data, *pairs[0], q=q, bias_variance=bias_variance)
    layers = [
        _row(number, pair, first if number == 1 and first is not None else hidden[pair])
        for number, pair in enumerate(pairs, start=1)
        if (number == 1 and first is not None) or pair in hidden
    ]
    if uniform_factor and pairs[0] not in hidden:
        layers.insert(
            0,
            _row(1, pairs[0], solve_layer(act, fan_in=pairs[0][0], fan_out=pairs[0][1], **options)),
        )
    main = hidden[pairs[1] if len(pairs) > 1 else pairs[0]]
    whole = replace(
        main, layers=tuple(layers), notes=(*main.notes, *_first_notes(first, main, data))
    )
    return replace(whole, notes=(*whole.notes, *width_notes(whole)))


def solve_first(
    act: str | Expr | Activation,
    data: InputMoments | None,
    fan_in: Number | None,
    fan_out: Number | None = None,
    *,
    q: Number = 1,
    bias_variance: Number = 0,
    condition: str = "forward",
    linearised: bool = False,  # noqa: ARG001
) -> Solution:
    """Solve for a first layer, fed by data with the given moments (mean 0 and E[x²] = 1 if None).

    Raises BadInput for a condition on the gradient: no gradient is needed below the data.
    """
    chosen = CONDITIONS[condition]
    if chosen.uses("backward"):
        raise BadInput(
            f"--condition {condition} speaks of a gradient, and nothing below the data needs one. "
            "Use --condition forward with --input or --data, or give --widths."
        )
    _need_fans(chosen, condition, fan_in, fan_out)
    feed = Data(
        Integer(0) if data is None else data.mean,
        Integer(1) if data is None else data.second_moment,
        "normalised data" if data is None else data.origin,
    )
    in_symbol, in_value = fan(fan_in, "fan_in")
    out_symbol, out_value = fan(fan_out, "fan_out")
    question = SolveQuestion(
        activation_from(act),
        feed,
        chosen,
        Fans(in_symbol, out_symbol, in_value, out_value),
        _rational(numeric(q, "--q", positive=True)),
        variance(bias_variance, "--bias-variance"),
    )
    return answer(question)


def _row(number: int, pair: tuple[Expr, Expr], solution: Solution) -> LayerScale:
    fans = solution.fans
    quantity = Quantity(solution.weight_variance, solution.value)
    return LayerScale(
        f"Dense({pair[1]}) {number}", fans, solution.fed_by, quantity, solution.gain,
        parameters(quantity, fans),
    )  # fmt: skip


def _first_notes(
    first: Solution | None, main: Solution, data: InputMoments | None
) -> tuple[str, ...]:
    if first is None:
        moment = main.moments["second_moment"].at_q.value
        if moment and float(main.q) / moment != 1:
            return (
                f"--uniform-factor: with normalised data the first layer gives q × "
                f"{float(main.q) / moment:.6g}",
            )
        return ()
    if data is None:
        return ("layer 1 is fed by data with E[x²] = 1 (--data FILE or --input measures it)",)
    return (
        f"layer 1 is fed by {data.origin}: mean {float(data.mean):.6g}, "
        f"E[x²] {float(data.second_moment):.6g}",
    )
