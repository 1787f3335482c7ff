"""One call and one render for ``varprop gain``; imported when the command runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
from sympy import Rational

from varprop.answer import gain as answer
from varprop.answer.gain import GainReport
from varprop.answer.gain_against import against as judged_against
from varprop.answer.gain_digits import FLOAT_DIGITS, certified_of, digits_of
from varprop.answer.gain_outlook import outlook
from varprop.errors import BadInput
from varprop.expression_text import exact

Options = Mapping[str, Any]

KEYS: dict[str, Callable[[GainReport], Any]] = {
    "name": lambda report: report.activation.casefold(),
    "gain": lambda report: report.gains.second_moment,
    "mean": lambda report: report.value("mean"),
    "second_moment": lambda report: report.value("second_moment"),
    "chi_parallel": lambda report: report.chi_parallel,
    "chi_perp": lambda report: report.chi_perp,
}


def gains(names: Sequence[str], form: str, options: Options) -> None:
    """Answer for the activations named (all of them when none is) and print in the format asked."""
    q = _variance(options["q"])
    single = len(names) == 1
    closed = form in ("json", "latex") or single
    reports = [answer.gain(name, q, closed=closed) for name in names or answer.everything()]
    if options["certified"]:
        digits = max(options["digits"], FLOAT_DIGITS)
        reports = [replace(r, digits=certified_of(r.subject, q, digits)) for r in reports]
    elif options["digits"] > FLOAT_DIGITS:
        reports = [replace(r, digits=digits_of(r.subject, q, options["digits"])) for r in reports]
    if options["sort"]:
        key = KEYS[options["sort"]]
        reports.sort(key=lambda report: (key(report) is None, key(report)))
    if options["figure"]:
        from varprop.render.figures import gain_figure

        gain_figure(reports, options["figure"])
    _print(reports, form, options, single=single)


def _variance(text: str) -> Rational:
    q = exact(text, "--q")
    if not q.is_number:
        raise BadInput(f"--q {text} must be a number here; formulas in q: varprop gain ACT --json")
    value = q if q.is_Rational else Rational(str(q.evalf(17)))
    if not value > 0:
        raise BadInput(f"--q {text} must be positive: q is a variance.")
    return value


def _print(reports: list[GainReport], form: str, options: Options, *, single: bool) -> None:
    if form == "json":
        from varprop.render.gain_json import document

        click.echo(document(reports))
        return
    if form in ("latex", "markdown"):
        from varprop.render import gain_text

        face = gain_text.to_latex if form == "latex" else gain_text.to_markdown
        click.echo(face(reports, digits=options["digits"]))
        return
    from varprop.render.gain_one import show_one
    from varprop.render.gain_table import show_plots, show_table
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    if single or options["certified"] or options["digits"] > FLOAT_DIGITS:
        for report in reports:
            show_one(report, outlook(report), screen, digits=options["digits"])
    else:
        show_table(reports, screen, digits=options["digits"])
    if options["plot"]:
        show_plots(reports, screen)


def against(library: str, names: Sequence[str], form: str, options: Options) -> None:
    """Judge the library's constants, those of the named activations where any is named."""
    if options["figure"] or options["plot"]:
        name = "--figure" if options["figure"] else "--plot"
        raise BadInput(f"{name} draws activations: leave --against {library} out.")
    found = judged_against(library)
    if names:
        wanted = {answer.subject(name).name for name in names}
        found = tuple(j for j in found if j.report.activation in wanted or _base(j) in wanted)
        if not found:
            raise BadInput(
                f"{library} has no constant for {', '.join(names)}; leave the names out."
            )
    if form == "json":
        from varprop.render.gain_json import document

        click.echo(document(found))
        return
    if form != "text":
        raise BadInput(f"--against has no {form} form: text and --json.")
    from varprop.render.gain_table import show_against
    from varprop.render.screen import Screen, console

    show_against(found, Screen(console(no_color=options["no_color"])))


def _base(judged: Any) -> str:
    return str(judged.entry.activation).partition("(")[0]
