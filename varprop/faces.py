"""How a noun shows itself: faces are registered from above, so that mathematics never prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from varprop.errors import VarpropError

Face = Callable[..., Any]

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
    """A noun that can be read as text, LaTeX, Markdown, HTML or JSON, and shows itself in a notebook."""

    def text(self) -> str:
        """Return the noun as the terminal shows it, without colours."""
        return str(face("text")(self))

    def latex(self) -> str:
        """Return LaTeX; a derivation is one ``aligned`` environment, without dollar signs."""
        return str(face("latex")(self))

    def markdown(self) -> str:
        """Return Markdown with mathematics between dollar signs."""
        return str(face("markdown")(self))

    def html(self) -> str:
        """Return an HTML fragment: mathematics as MathML, pictures as SVG, no script."""
        return str(face("html")(self))

    def json(self) -> str:
        """Return the same strict JSON document as the command line's ``--json``."""
        return str(face("json")(self))

    def code(
        self, library: str = "torch", *, dist: str | None = None, law: str | None = None
    ) -> str:
        """Return an initialiser for torch, keras, jax or numpy as Python source.

        ``dist``, or ``law``, is the one law to draw from, normal unless given. Raises BadInput for
        a noun that holds no weights, and while a width is a symbol.
        """
        return str(face("code")(self, library, dist=dist, law=law))

    def plot(self) -> Any:
        """Return the curves of an answer: inline SVG in a notebook, text elsewhere, ``.save(FILE)``.

        Raises BadInput for an answer that has none.
        """
        return face("plot")(self)

    def __str__(self) -> str:
        return self.text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(type(self).__name__ if cycle else self.text())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown: dict[str, str] = face("notebook")(self)
        return {
            kind: body
            for kind, body in shown.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_().get("text/html")

    def verify(self, **options: Any) -> Any:
        """Return the noun with its checks, experiments on what it says; options as for ``verify``.

        Raises BadInput for a noun that no experiment is known for.
        """
        return face("verify")(self, **options)

    def _repr_latex_(self) -> str | None:
        return self._repr_mimebundle_().get("text/latex")

    def _repr_markdown_(self) -> str | None:
        return self._repr_mimebundle_().get("text/markdown")
