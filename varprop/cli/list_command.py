"""``varprop list``: every name that can be typed, without loading any mathematics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from varprop.cli.options import HEADS
from varprop.errors import UnknownName, did_you_mean

KINDS = ("activations", "inits", "laws", "conditions")


def _registry(kind: str) -> Mapping[str, Any]:
    if kind == "activations":
        from varprop.catalogue.activations import ACTIVATIONS

        return ACTIVATIONS
    if kind == "inits":
        from varprop.catalogue.schemes import SCHEMES

        return SCHEMES
    if kind == "laws":
        from varprop.catalogue.laws import LAWS

        return LAWS
    from varprop.solving.conditions import CONDITIONS

    return CONDITIONS


def _called(entry: Any) -> str:
    parameters = getattr(entry, "parameters", ())
    shown = []
    for parameter in parameters:
        name, default = (
            parameter if isinstance(parameter, tuple) else (parameter.name, parameter.default)
        )
        shown.append(name if default is None else f"{name}={default}")
    return f"{entry.name}({', '.join(shown)})" if shown else str(entry.name)


def _words(entry: Any) -> str:
    for field in ("words", "formula", "note"):
        text = getattr(entry, field, None)
        if text:
            return str(text)
    return str(entry.parameter.meaning)


def _lines(kind: str) -> Iterable[str]:
    entries = list(_registry(kind).values())
    width = max(len(_called(entry)) for entry in entries)
    for entry in entries:
        also = f"   also {', '.join(entry.aliases)}" if entry.aliases else ""
        yield f"  {_called(entry):<{width}}  {_words(entry)}{also}"
        yield from (f"  {'':<{width}}    {line}" for line in _remarks(entry))


def _remarks(entry: Any) -> Iterable[str]:
    """What else a library means by the name, and how each library spells a weight law."""
    if getattr(entry, "words", None) and getattr(entry, "note", None):
        yield entry.note
    for spelling in getattr(entry, "conventions", ()):
        yield f"{spelling.library}: {spelling.call}   {spelling.words}"


@click.command(
    "list",
    context_settings=HEADS,
    epilog="Examples:\n\n\b\n  varprop list\n  varprop list activations\n  varprop list --json",
)
@click.argument("kinds", nargs=-1, metavar="[KIND]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
def command(kinds: tuple[str, ...], as_json: bool) -> int:
    """Show every name: activations, inits, laws, conditions."""
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownName(
                f"no list {kind!r}. {did_you_mean(kind, KINDS)}All: {', '.join(KINDS)}"
            )
    if as_json:
        import json

        document = {
            k: {n: list(e.aliases) for n, e in _registry(k).items()} for k in kinds or KINDS
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return 0
    for kind in kinds or KINDS:
        click.echo(f"{kind} ({len(_registry(kind))})")
        if kinds:
            for line in _lines(kind):
                click.echo(line)
        else:
            names = [_called(entry) for entry in _registry(kind).values()]
            click.echo(click.wrap_text(", ".join(names), 98, "  ", "  "))
    if not kinds:
        click.echo(
            "\nMore on one kind: varprop list activations. A formula in x is an activation, too."
        )
    return 0
