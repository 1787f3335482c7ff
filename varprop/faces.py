"""How a noun shows itself: faces are registered from above, so that mathematics never prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from varprop.errors import VarpropError

Face = Callable[[Any], str]

_FACES: dict[str, Face] = {}
_LOADERS: list[Callable[[], object]] = []


def register(name: str, face: Face) -> None:
    """Make ``face`` the function behind ``noun.<name>()``."""
    _FACES[name] = face


def load_with(loader: Callable[[], object]) -> None:
    """Name a function that registers the faces; it is called when one is first needed."""
    _LOADERS.append(loader)


def ready() -> bool:
    """Whether faces are registered or a loader for them is named."""
    return bool(_FACES or _LOADERS)


def face(name: str) -> Face:
    """Return a registered face, loading them first where needed."""
    while name not in _FACES and _LOADERS:
        _LOADERS.pop()()
    if name not in _FACES:
        raise VarpropError(f"no face {name!r} is loaded: import varprop first.")
    return _FACES[name]


class Shown:
    """A noun that can be read as text, LaTeX, Markdown or JSON, and shows itself in a notebook."""

    def text(self) -> str:
        """Return the noun as the terminal shows it, without colours."""
        return face("text")(self)

    def latex(self) -> str:
        """Return LaTeX; a derivation is one ``aligned`` environment, without dollar signs."""
        return face("latex")(self)

    def markdown(self) -> str:
        """Return Markdown with mathematics between dollar signs."""
        return face("markdown")(self)

    def json(self) -> str:
        """Return the same strict JSON document as the command line's ``--json``."""
        return face("json")(self)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown()
