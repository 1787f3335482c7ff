"""Options of questions in Python: those of the commands, read and refused as these are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from os import PathLike
from typing import Any, ParamSpec, TypeVar

from varprop.answer.inputs import InputMoments, input_moments, measured, read_data, width, widths
from varprop.errors import BadInput, did_you_mean, shown

P = ParamSpec("P")
T = TypeVar("T")

SAME = (("sigma_b2", "bias_variance"), ("law", "laws", "dist"), ("init", "inits"), ("q", "start"))
"""Names of one thing; each question has one of them."""

OF_NETWORKS = ("arch", "define", "for_")
DEEPEST = 1_000_000

Data = str | PathLike[str] | InputMoments | Any
"""A file of samples, an array whose rows are samples, or moments."""


def asked(function: Callable[P, T]) -> Callable[P, T]:
    """Refuse options that a question doesn't have, in one line with the one that is meant."""
    known = [name for name in inspect.signature(function).parameters if name != "self"]

    @wraps(function)
    def ask(*args: P.args, **options: P.kwargs) -> T:
        for name in options:
            if name not in known:
                raise BadInput(
                    f"{function.__name__} has no option {shown(name)}. {_hint(name, known)}"
                )
        return function(*args, **options)

    return ask


def _hint(name: str, known: Sequence[str]) -> str:
    other = next((one for group in SAME if name in group for one in group if one in known), None)
    if other is not None:
        return f"Write {other}=…."
    if name in OF_NETWORKS:
        return 'A network is asked itself: vp.network("Input(784) >> Dense(512) >> relu").solve(…).'
    return did_you_mean(name, known).strip() or f"Its options: {', '.join(known)}."


def first_signal(data: Data | None, text: str | None) -> InputMoments | None:
    """Return the moments of the first signal from data= or from input=; None where neither is given."""
    if data is not None and text is not None:
        raise BadInput("--data and --input both give the first signal. Leave one out.")
    if text is not None:
        return input_moments(_text(text, "input", "mean=0, var=1"))
    if data is None or isinstance(data, InputMoments):
        return data
    if isinstance(data, str | PathLike):
        return read_data(str(data))
    if hasattr(data, "shape") and hasattr(data, "dtype"):
        return measured(data, "the array")
    raise BadInput(
        f"data is the name of a file, an array of samples or moments, not {shown(repr(data))}."
    )


def _text(value: Any, what: str, such_as: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{what} is text, such as {such_as!r}, not {shown(repr(value))}.")
    return value


def law_texts(dist: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the laws of dist= one by one; raises BadInput for what isn't text."""
    given = () if dist is None else (dist,) if isinstance(dist, str) else dist
    if not isinstance(given, Iterable):
        raise BadInput(f"dist names laws, such as 'uniform', not {shown(repr(dist))}.")
    return tuple(_text(law, "dist", "uniform") for law in given)


def check_sampling(verify: bool, samples: int | None, seed: int) -> None:
    """Raise BadInput for a number of samples or a seed that can't be, and for samples of nothing."""
    for value, what, least in ((samples, "samples", 2), (seed, "seed", 0)):
        if value is None and what == "samples":
            continue
        if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:  # type: ignore[arg-type]
            raise BadInput(
                f"{what} is a whole number of at least {least}, not {shown(repr(value))}."
            )
    if samples is not None and not verify:
        raise BadInput("--samples counts the networks of an experiment: add verify=True.")


def network_widths(
    listed: str | Iterable[Any] | None, one: Any = None, depth: Any = None
) -> tuple[int, ...]:
    """Return n_0 … n_L from a list of widths, or from one width and a depth; raises BadInput."""
    if listed is not None:
        if one is not None or depth is not None:
            raise BadInput("--widths gives every layer: leave --width and --depth out.")
        found = listed_widths(listed)
    elif one is not None and depth is not None:
        layers = width(depth, "--depth")
        if not layers.is_Integer or layers > DEEPEST:
            raise BadInput(f"--depth must be a whole number up to {DEEPEST}, not {depth}.")
        found = (width(one, "--width"),) * (int(layers) + 1)
    else:
        raise BadInput("propagate needs a network: --width 512 --depth 50, or --widths 784,512,10.")
    symbolic = [str(w) for w in found if not w.is_Integer]
    if symbolic:
        raise BadInput(f"propagate needs whole numbers for widths, not {symbolic[0]}. Try 512.")
    return tuple(int(w) for w in found)


def listed_widths(listed: str | Iterable[Any]) -> tuple[Any, ...]:
    """Return at least two widths, from text with commas or from a list."""
    if isinstance(listed, str):
        return widths(listed)
    if not isinstance(listed, Iterable):
        raise BadInput(f"widths is a list, such as [784, 512, 10], not {shown(repr(listed))}.")
    found = tuple(width(one, "widths") for one in listed)
    if len(found) < 2:
        raise BadInput(f"widths needs at least two entries, not {list(found)}.")
    return found
