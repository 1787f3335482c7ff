"""Options that several commands share, and the reading of their values."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from varprop.errors import BadInput
from varprop.render.endings import NUMBERS, PICTURES

F = TypeVar("F", bound=Callable[..., Any])


class Written(click.ParamType):
    """A file to write, refused before any work by an ending or a folder that can't be."""

    name = "file"

    def __init__(self, endings: tuple[str, ...]) -> None:
        self.endings = endings

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        """Return the name; raises BadInput for another ending and for a missing folder."""
        path, option = Path(value), param.opts[0] if param else "the file"
        if path.suffix not in self.endings:
            wanted = f"{', '.join(self.endings[:-1])} and {self.endings[-1]}"
            given = path.suffix or "a name without ending"
            raise BadInput(f"{option} writes {wanted}, not {given!r}.")
        if not path.parent.is_dir():
            raise BadInput(f"can't write {value}: there is no folder {path.parent}.")
        if self.endings == PICTURES and find_spec("matplotlib") is None:
            raise BadInput(f"{option} needs matplotlib: pip install 'varprop[plot]'.")
        return str(value)


def figure_option(
    words: str = "Picture: .svg, .png or .pdf (needs matplotlib).",
) -> Callable[[F], F]:
    """Return --figure FILE."""
    return click.option("--figure", metavar="FILE", type=Written(PICTURES), help=words)


def save_option(words: str) -> Callable[[F], F]:
    """Return --save FILE."""
    return click.option("--save", metavar="FILE", type=Written(NUMBERS), help=words)


HEADS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def output_options(function: F) -> F:
    """Add --json, --latex, --markdown, --format, --digits, --no-color."""
    for option in reversed(
        (
            click.option(
                "--json", "as_json", is_flag=True, help="One JSON document, nothing else."
            ),
            click.option("--latex", "as_latex", is_flag=True, help="The derivation as LaTeX."),
            click.option("--markdown", "as_markdown", is_flag=True, help="The answer as Markdown."),
            click.option(
                "--format",
                "form",
                type=click.Choice(["text", "json", "latex", "markdown"]),
                default=None,
                help="The same three, and text (default).",
            ),
            click.option(
                "--digits",
                default=6,
                show_default=True,
                metavar="N",
                type=click.IntRange(1, 15),
                help="Significant digits shown.",
            ),
            click.option("--no-color", is_flag=True, help="No colours (NO_COLOR works, too)."),
        )
    ):
        function = option(function)
    return function


def signal_options(function: F) -> F:
    """Add --input and --data, which give the first signal."""
    for option in (
        click.option(
            "--data", metavar="FILE", help="Measure the first signal: .npy, .npz or .csv."
        ),
        click.option(
            "--input", "input_text", metavar="TEXT", help='First signal: "mean=…, var=…".'
        ),
    ):
        function = option(function)
    return function


def network_options(function: F) -> F:
    """Add --arch and --define, which give a whole network."""
    for option in (
        click.option(
            "--define",
            multiple=True,
            metavar="NAME=EXPR",
            help="An activation of your own for --arch; repeatable.",
        ),
        click.option(
            "--arch",
            metavar="TEXT|@FILE|NAME",
            shell_complete=complete_network,
            help='A network: "Input(784) >> Dense(512) >> relu >> Dense(10)", a file, or a name '
            "(varprop list networks).",
        ),
    ):
        function = option(function)
    return function


def complete_network(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the named networks that start as typed."""
    from varprop.networks.zoo import NETWORKS

    return [name for name in NETWORKS.spellings() if name.startswith(incomplete)]


def chosen_format(as_json: bool, as_latex: bool, as_markdown: bool, form: str | None) -> str:
    """Return the one format that was asked for; two different ones are refused."""
    asked = [
        name
        for name, flag in (("json", as_json), ("latex", as_latex), ("markdown", as_markdown))
        if flag
    ]
    if form is not None and form not in asked:
        asked.append(form)
    if len(asked) > 1:
        raise click.UsageError(f"two formats at once: {' and '.join(asked)}. Ask for one.")
    return asked[0] if asked else "text"


def complete_activation(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the activations whose name starts as typed."""
    from varprop.catalogue.activations import ACTIVATIONS

    return [name for name in ACTIVATIONS.spellings() if name.startswith(incomplete)]


def complete_init(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the initialisation schemes whose name starts as typed."""
    from varprop.catalogue.schemes import SCHEMES

    return [name for name in SCHEMES.spellings() if name.startswith(incomplete)]


def complete_condition(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the conditions whose name starts as typed."""
    from varprop.solving.conditions import CONDITIONS

    return [name for name in CONDITIONS.spellings() if name.startswith(incomplete)]
