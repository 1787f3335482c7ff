"""Slips that initialisers are known for, by the factor that each leaves on the variance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sympy import Symbol

from varprop.answer.verify_target import Target
from varprop.expression_text import parse_expression
from varprop.frozen import frozen


@frozen
class Slip:
    """A mistake, the ratio of observed to right variance that it leaves, and what to do.

    ``ratio`` is a formula in ``v`` (the right variance), ``fan_in``, ``fan_out``, ``rows`` and
    ``columns`` (of the array), ``kernel`` (k², the entries of one kernel) and ``groups``; a slip
    is considered only where all that its formula needs is known. ``fix`` may use {std}, {bound}.
    """

    ratio: str
    words: str
    fix: str
    source: str


TRUNCATION = "1 - 4*exp(-2)/(sqrt(2*pi)*erf(sqrt(2)))"

SLIPS = (
    Slip(
        TRUNCATION,
        "is what a cut at ±2 std leaves: the std before the cut was used as the std after it",
        "std = {std_before_cut} (= {std} / 0.8796257)",
        "jax.nn.initializers.truncated_normal, torch.nn.init.trunc_normal_, keras TruncatedNormal",
    ),
    Slip(
        f"1/({TRUNCATION})",
        "is 1/0.7737: the std was divided by 0.8796 for a cut at ±2 std, but nothing was cut",
        "std = {std}",
        "jax variance_scaling, keras VarianceScaling",
    ),
    Slip(
        "1/3",
        "is that of U(-s, s) with s the std: the std was used as a bound",
        "bound = √3·std = {bound}",
        "deep-learning course notes on U(-1/√n, 1/√n)",
    ),
    Slip(
        "3",
        "is that of a normal whose std is the uniform law's bound √3·s",
        "std = {std}",
        "kaiming_uniform's bound in normal_",
    ),
    Slip(
        "fan_in/fan_out",
        "is fan_in/fan_out: the fans are swapped",
        "std = {std}",
        "Lasagne#858, tensorflow#31192",
    ),
    Slip(
        "fan_out/fan_in",
        "is fan_out/fan_in: the fans are swapped",
        "std = {std}",
        "Lasagne#858, tensorflow#31192",
    ),
    Slip(
        "fan_in/rows",
        "is fan_in over the array's first axis: that axis was taken for fan_in",
        "std = {std}",
        "torch stores (out, in), keras and jax (in, out)",
    ),
    Slip(
        "fan_in/columns",
        "is fan_in over the array's last axis: that axis was taken for fan_in",
        "std = {std}",
        "torch stores (out, in), keras and jax (in, out)",
    ),
    Slip(
        "1/2",
        "is 1/2: the factor 2 of He for relu is missing (Glorot's or LeCun's scale)",
        "std = {std}",
        "He et al. 2015, equation 10, against LeCun et al. 1998",
    ),
    Slip(
        "2",
        "is 2: a factor 2 too much (He's where Glorot's or LeCun's is meant)",
        "std = {std}",
        "He et al. 2015, equation 10, against LeCun et al. 1998",
    ),
    Slip(
        "1/6",
        "is 1/6: torch's kaiming_uniform(a=√5) draws 1/(3·fan_in) where He has 2/fan_in",
        "std = {std}",
        "torch/nn/modules/linear.py",
    ),
    Slip(
        "v",
        "is the variance itself: std² was passed where a std is asked for",
        "std = {std}, not {variance}",
        "pytorch#20903: N(0, σ) or N(0, σ²)",
    ),
    Slip(
        "1/sqrt(v)",
        "is 1/std: the std was passed where a variance is asked for",
        "variance = {variance}, not {std}",
        "pytorch#20903: N(0, σ) or N(0, σ²)",
    ),
    Slip(
        "kernel",
        "is k²: the kernel's entries are missing from fan_in",
        "fan_in = channels·k²; std = {std}",
        "pytorch#23854, keras#11773",
    ),
    Slip(
        "1/kernel",
        "is 1/k²: the kernel's entries are counted twice in fan_in",
        "fan_in = channels·k²; std = {std}",
        "pytorch#23854, keras#22789",
    ),
    Slip(
        "groups",
        "is the number of groups: fan_in was divided by them once too often",
        "fan_in = channels/groups·k²; std = {std}",
        "pytorch#23854, keras#11773, mlx#4536",
    ),
    Slip(
        "1/groups",
        "is 1/groups: each unit sees channels/groups inputs, not all channels",
        "fan_in = channels/groups·k²; std = {std}",
        "pytorch#23854, keras#11773, mlx#4536",
    ),
    Slip(
        "2*fan_in/(fan_in + fan_out)",
        "is 2·fan_in/(fan_in + fan_out): Glorot's compromise in place of fan_in",
        "std = {std}",
        "Glorot & Bengio 2010, equation 12",
    ),
    Slip(
        "fan_in/(fan_in + fan_out)",
        "is fan_in/(fan_in + fan_out): Glorot's compromise in place of He",
        "std = {std}",
        "Glorot & Bengio 2010, equation 12",
    ),
    Slip(
        "(fan_in + fan_out)/fan_in",
        "is (fan_in + fan_out)/fan_in: He's 2/fan_in in place of Glorot's compromise",
        "std = {std}",
        "Glorot & Bengio 2010, equation 12",
    ),
)


def known_numbers(shape: tuple[int, ...], target: Target, groups: int | None) -> dict[str, float]:
    """Return the numbers that a slip's ratio may be made of, for one array of that shape."""
    known: dict[str, float] = {"v": target.variance}
    named = {"fan_in": target.fan_in, "fan_out": target.fan_out, "groups": groups}
    known |= {name: value for name, value in named.items() if value}
    if len(shape) == 2:
        known |= {"rows": shape[0], "columns": shape[1]}
    if len(shape) > 2:
        known["kernel"] = _kernel(shape, target.fan_in)
    return known


def _kernel(shape: tuple[int, ...], fan_in: int | None) -> int:
    """Return the entries of one kernel, stored last (torch) or first (keras, jax).

    The layout is the one whose fan_in was stated; else the smaller extent is the kernel's.
    """
    last, first = math.prod(shape[2:]), math.prod(shape[:-2])
    if shape[1] * last == fan_in:
        return last
    return first if shape[-2] * first == fan_in else min(last, first)


def slips_at(ratio: float, within: float, known: Mapping[str, float]) -> tuple[Slip, ...]:
    """Return the slips whose ratio lies within a relative distance, the nearest first.

    ``known`` gives numbers for the names in the formulas. Ratios near 1 explain nothing.
    """
    found = []
    for order, slip in enumerate(SLIPS):
        expected = _value(slip.ratio, known)
        if expected is None or abs(expected - 1) <= 2 * within:
            continue
        distance = abs(math.log(ratio / expected)) if ratio > 0 else math.inf
        if distance <= within:
            found.append((round(distance / within), order, slip))
    return tuple(slip for _, _, slip in sorted(found, key=lambda one: one[:2]))


def _value(formula: str, known: Mapping[str, float]) -> float | None:
    expression = parse_expression(formula, argument="_")
    values = {Symbol(name, positive=True): value for name, value in known.items()}
    filled = expression.subs(values)
    return None if filled.free_symbols else float(filled)
