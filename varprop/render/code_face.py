"""``result.code("torch")``: the initialiser of an answer, with one line where there is none."""

from __future__ import annotations

from varprop.answer.architecture import ArchitectureSolution
from varprop.errors import BadInput, did_you_mean
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES
from varprop.result import Solution


def result_code(noun: object, library: str, *, law: str | None = None) -> str:
    """Return Python source that draws the weights of a solved layer or network.

    Raises BadInput for another noun, an unknown library or law, and while symbols are left.
    """
    if not isinstance(noun, Solution | ArchitectureSolution):
        raise BadInput(f"{type(noun).__name__} holds no weights: code comes from vp.solve(…).")
    if library not in LIBRARIES:
        hint = did_you_mean(library, LIBRARIES)
        raise BadInput(f"no library {library!r}. {hint}All: {', '.join(LIBRARIES)}.")
    return initialiser_code(noun, library, laws=() if law is None else (law,))
