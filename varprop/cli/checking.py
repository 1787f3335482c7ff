"""What ``varprop check`` does with its options."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from varprop.errors import BadInput, did_you_mean


def template() -> int:
    """Print a file of claims to start from."""
    from varprop.checking.api import TEMPLATE

    click.echo(TEMPLATE, nl=False)
    return 0


def _chosen(source: str | None) -> list[Any]:
    from varprop.claims import CLAIMS

    entries = list(CLAIMS.values())
    if source is None:
        return entries
    found = [entry for entry in entries if source.casefold() in entry.cited.casefold()]
    if not found:
        known = sorted({entry.source for entry in entries})
        hint = did_you_mean(source, known)
        raise BadInput(f"no claim has the source {source!r}. {hint}Sources: {'; '.join(known)}.")
    return found


def listing(source: str | None, form: str) -> int:
    """Print the registered claims, and what no claim can decide."""
    from varprop.claims import BEYOND

    entries = _chosen(source)
    if form == "json":
        from varprop.render.json_face import dumps

        click.echo(dumps([_row(entry) for entry in entries]))
        return 0
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {entry.statement}")
        click.echo(f"{'':<{width}}  {entry.title} ({entry.cited})")
    if source is None:
        click.echo("\nNot decided by the state at initialisation:")
        for one in BEYOND.values():
            click.echo(f"{one.name:<{width}}  {one.title}: {one.reason} ({one.source})")
    return 0


def _row(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.name,
        "title": entry.title,
        "statement": entry.statement,
        "given": list(entry.given),
        "source": entry.cited,
    }


def run(claims: tuple[str, ...], form: str, options: dict[str, Any]) -> int:
    """Decide what is asked for, print it, and return the exit code."""
    from varprop.checking.api import check, check_all

    everything = options["everything"] or (not claims and options["source"] is not None)
    if claims and everything:
        raise click.UsageError("--all is every registered claim: leave the claims out, or --all.")
    if not claims and not everything:
        raise click.UsageError(
            'name a claim, e.g. varprop check "Var(x + y) = Var(x) + Var(y)" --given "x, y iid", '
            "a file, or --all."
        )
    if everything:
        entries = _chosen(options["source"])
        with _progress(options, len(entries)) as step:
            found = check_all(entries, options["seed"], step)
    else:
        found = check(
            *claims, given=options["given"], define=_defined(options["define"]),
            seed=options["seed"],
        )  # fmt: skip
    _print(_selected(found, options["verdict"]), form, options)
    return 0 if everything else found.exit_code(strict=options["strict"])


def _defined(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, sign, formula = pair.partition("=")
        if not sign or not name.strip().isidentifier() or not formula.strip():
            raise BadInput(
                f'--define takes NAME=EXPR, e.g. --define "act=x*tanh(exp(x))", not {pair!r}.'
            )
        found[name.strip()] = formula.strip()
    return found


def _selected(found: Any, verdict: str | None) -> Any:
    if verdict is None:
        return found
    kept = tuple(one for one in found.decisions if one.answer.value == verdict)
    return replace(found, decisions=kept)


def _progress(options: dict[str, Any], count: int) -> Any:
    from varprop.render.check_progress import progress

    return progress(count, no_color=options["no_color"])


def _markdown(found: Any, options: dict[str, Any], to_markdown: Any) -> str:
    if not options["everything"]:
        return str(to_markdown(found))
    from varprop.claims import BEYOND
    from varprop.render.check_page import page

    return page(found, tuple(BEYOND.values()))


def _print(found: Any, form: str, options: dict[str, Any]) -> None:
    if form == "json":
        from varprop.render import check_json  # noqa: F401  (registers the face)
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
        return
    from varprop.render.check_screen import show_checked, to_markdown

    if form == "markdown":
        click.echo(_markdown(found, options, to_markdown), nl=False)
        return
    from varprop.render.screen import Screen, console

    show_checked(found, Screen(console(no_color=options["no_color"])), digits=options["digits"])
