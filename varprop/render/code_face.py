"""``result.code("torch")``: the initialiser of an answer, with one line where there is none."""

from __future__ import annotations

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.asking import law_texts
from varprop.errors import BadInput, did_you_mean, shown
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES
from varprop.result import Solution


def result_code(
    noun: object, library: str, *, dist: str | None = None, law: str | None = None
) -> str:
    """Return Python source that draws the weights of a solved layer or network.

    Raises BadInput for another noun, an unknown library or law, and while symbols are left.
    """
    if not isinstance(noun, Solution | ArchitectureSolution):
        raise BadInput(f"{type(noun).__name__} holds no weights: code comes from vp.solve(…).")
    if not isinstance(library, str) or library not in LIBRARIES:
        hint = did_you_mean(str(library), LIBRARIES)
        raise BadInput(f"no library {shown(library)!r}. {hint}All: {', '.join(LIBRARIES)}.")
    if dist is not None and law is not None:
        raise BadInput("dist and law both name the law to draw from. Leave law out.")
    return initialiser_code(noun, library, laws=law_texts(law if dist is None else dist))
