"""The screen and the JSON face of ``advise``."""

from __future__ import annotations

from typing import Any

from varprop.answer.advise import Advice, Option
from varprop.answer.advise_gradients import Judgement
from varprop.render.json_face import finite, to_json
from varprop.render.numbers import number
from varprop.render.screen import Screen
from varprop.version import __version__

SIGNS = {True: "✓ in band", False: "✗ outside", None: "–"}


def show_advice(found: Advice, screen: Screen, *, digits: int = 6) -> None:
    """Print what to do, the numbers behind it and what else was considered."""
    low, high = (number(x, 4) for x in found.band)
    screen.line(
        f"{found.activation}, {found.depth} layers of {found.width}: band {low} to {high}",
        style="bold",
    )
    screen.line()
    chosen = found.recommended
    if chosen is None:
        screen.line("nothing keeps everything in this band at this depth and width")
    elif chosen.form != "plain":
        screen.line("no plain network keeps everything in this band at this depth and width")
    for option in found.options:
        mark = "recommended: " if option is chosen else ""
        screen.line(
            f"{mark}{_title(option, found, digits)}", style="bold" if option is chosen else ""
        )
        rows = [
            (f"  {j.name}", number(j.value, 4), SIGNS[j.holds], j.reason, j.formula)
            for j in option.judgements
        ]
        screen.columns(rows, right=frozenset({1}), fold=frozenset({3, 4}))
        screen.line()


def _title(option: Option, found: Advice, digits: int) -> str:
    scale = number(option.sigma_w2 / found.width, digits)
    weight, bias = (number(x, digits) for x in (option.sigma_w2, option.sigma_b2))
    if option.branch is not None:
        branch = number(option.branch, digits)
        return (
            f"residual h + s·W φ(h), s = {branch}, {option.law} weights, Var(w) = {scale} "
            f"(σ_w² = {weight}), no bias"
        )
    gain = number(option.sigma_w2**0.5, digits)
    if option.form == "looks-linear":
        half = number((option.sigma_w2 / 2) ** 0.5, digits)
        return (
            f"looks-linear, mirrored pairs of units, next weights [V, −V], V orthogonal "
            f"{found.width // 2}×{found.width // 2} of gain {half}, Var(w) = {scale}, no bias"
        )
    how = f"orthogonal of gain {gain}" if option.law == "orthogonal" else f"{option.law} weights"
    return f"plain, {how}, Var(w) = σ_w²/n = {scale} (σ_w² = {weight}), Var(b) = {bias}"


@to_json.register
def _(noun: Judgement) -> Any:
    return {
        "name": noun.name,
        "value": finite(noun.value),
        "holds": noun.holds,
        "reason": noun.reason,
        "formula": noun.formula,
    }


@to_json.register
def _(noun: Option) -> Any:
    return {
        "form": noun.form,
        "law": noun.law,
        "sigma_w2": finite(noun.sigma_w2),
        "sigma_b2": finite(noun.sigma_b2),
        "q_star": finite(noun.q_star),
        "branch": finite(noun.branch),
        "holds": noun.holds,
        "judgements": [to_json(j) for j in noun.judgements],
    }


@to_json.register
def _(noun: Advice) -> Any:
    chosen = noun.recommended
    return {
        "varprop": __version__,
        "seed": 0,
        "activation": noun.activation,
        "depth": noun.depth,
        "width": noun.width,
        "band": list(noun.band),
        "recommended": None if chosen is None else to_json(chosen),
        "options": [to_json(option) for option in noun.options],
    }
