"""``varprop list``: every name that can be typed, with what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any

import click

from varprop.cli.options import HEADS
from varprop.errors import UnknownName, did_you_mean

KINDS = {
    "activations": (
        "varprop.catalogue.activations",
        "ACTIVATIONS",
        "φ of a layer; a formula in x is one, too",
    ),
    "combined": (
        "varprop.catalogue.combined",
        "COMBINED",
        "gated pairs and others of several pre-activations",
    ),
    "inits": (
        "varprop.catalogue.schemes",
        "SCHEMES",
        "initialisation schemes, for --init and derive",
    ),
    "laws": (
        "varprop.catalogue.laws",
        "LAWS",
        "distributions of weights; --dist takes those whose scale a variance fixes",
    ),
    "conditions": (
        "varprop.solving.conditions",
        "CONDITIONS",
        "what a scale should keep, for --condition",
    ),
    "layers": ("varprop.networks.kinds", "LAYERS", "what a network is written with, for --arch"),
    "networks": ("varprop.networks.zoo", "NETWORKS", "networks by name, for --arch and report"),
    "claims": ("varprop.claims", "CLAIMS", "statements that check decides"),
}
"""Every kind of name: where its registry is, and what the names are for."""

LONG = re.compile(r"\d+\.\d{9,}")

MOST, SHOWN = 80, 12
"""Names of one kind that the overview shows, and how many of a longer kind."""


def _registry(kind: str) -> Mapping[str, Any]:
    module, name, _ = KINDS[kind]
    found: Mapping[str, Any] = getattr(import_module(module), name)
    return found


def _called(entry: Any) -> str:
    if hasattr(entry, "layer"):
        return _signature(entry)
    parameters = getattr(entry, "parameters", ())
    shown = []
    for parameter in parameters:
        name, default = (
            parameter if isinstance(parameter, tuple) else (parameter.name, parameter.default)
        )
        shown.append(name if default is None else f"{name}={default}")
    return f"{entry.name}({', '.join(shown)})" if shown else str(entry.name)


def _signature(kind: Any) -> str:
    """Return a layer with its arguments, as a spec writes it."""
    shown = [
        field.name if field.default is MISSING else f"{field.name}={field.default}"
        for field in fields(kind.layer)
    ]
    return f"{kind.name}({', '.join(shown)})"


def _words(entry: Any) -> str:
    for field in ("words", "title", "formula", "note"):
        text = getattr(entry, field, None)
        if text:
            return str(text)
    return str(entry.parameter.meaning)


def _names(kind: str) -> str:
    """Return the names of a kind; a long kind says how many it leaves out."""
    names = list(_registry(kind))
    if len(names) > MOST:
        names = [*names[:SHOWN], f"and {len(names) - SHOWN} more"]
    return ", ".join(names)


def _rows(kind: str) -> Iterable[tuple[str, str]]:
    for entry in _registry(kind).values():
        also = f"   also {', '.join(entry.aliases)}" if entry.aliases else ""
        yield f"  {_called(entry)}", f"{LONG.sub(_short, _words(entry))}{also}"
        yield from (("", f"  {line}") for line in _remarks(entry))


def _short(found: re.Match[str]) -> str:
    """Return the first digits of a long decimal."""
    return f"{found[0][:8]}…"


def _remarks(entry: Any) -> Iterable[str]:
    """What else a library means by the name, and how each library spells a weight law."""
    if getattr(entry, "words", None) and getattr(entry, "note", None):
        yield entry.note
    for spelling in getattr(entry, "conventions", ()):
        yield f"{spelling.library}: {spelling.call}   {spelling.words}"


@click.command(
    "list",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop list
  varprop list activations
  varprop list layers networks
  varprop list --json
""",
)
@click.argument("kinds", nargs=-1, metavar="[KIND]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
def command(kinds: tuple[str, ...], as_json: bool) -> int:
    """Show every name: activations, inits, laws, conditions, layers, networks, claims."""
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
    from varprop.render.screen import Screen, console
    from varprop.render.wrapping import wrap

    screen = Screen(console())
    for kind in kinds or KINDS:
        screen.line(f"{kind} ({len(_registry(kind))})   {KINDS[kind][2]}")
        if kinds:
            screen.columns(list(_rows(kind)), fold=frozenset({1}))
        else:
            for line in wrap(_names(kind), min(98, screen.width) - 2, hanging=0):
                screen.line(f"  {line}")
    if not kinds:
        screen.line()
        screen.line(f"More on one kind: varprop list {'|'.join(KINDS)}")
    return 0
