"""Directives that write themselves from the catalogue and the commands."""

from __future__ import annotations

import importlib
from typing import Any

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import varprop as vp
from varprop.answer.gain import GainReport
from varprop.answer.gain_curves import curves
from varprop.catalogue.activations import ACTIVATIONS
from varprop.cli.main import COMMANDS
from varprop.render.html_parts import formula, table, words
from varprop.render.numbers import number
from varprop.render.svg_plot import Curve, svg_plot

MOMENTS = {
    "second_moment": "E[φ²]",
    "mean": "E[φ]",
    "derivative_second_moment": "E[φ′²]",
}


def _html(inner: str) -> nodes.raw:
    return nodes.raw("", f'<div class="varprop">{inner}</div>', format="html")


def _section(identifier: str, title: str, *children: nodes.Node) -> nodes.section:
    made = nodes.section(ids=[identifier], names=[identifier])
    made += nodes.title(text=title)
    made += list(children)
    return made


def _paragraph(text: str) -> nodes.paragraph:
    return nodes.paragraph("", text)


class Catalogue(SphinxDirective):
    """Every activation of the catalogue: its curve, its moments, its gains, its source."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each entry."""
        return [self._entry(name) for name in ACTIVATIONS]

    def _entry(self, name: str) -> nodes.section:
        entry, report = ACTIVATIONS[name], vp.gain(name)
        values = ", ".join(f"{p.name} = {p.default}" for p in entry.parameters)
        others = ", ".join(entry.aliases)
        lines = [
            f"Parameters: {values}." if values else "",
            f"Also called {others}." if others else "",
            f"{entry.note[:1].upper()}{entry.note[1:]}." if entry.note else "",
            f"Source: {entry.source}." if entry.source else "",
        ]
        shown = _picture(name, report) + _moments(name, report) + _gains(report)
        said = _paragraph(" ".join(line for line in lines if line))
        return _section(f"activation-{name}".replace("_", "-"), name, _html(shown), said)


def _picture(name: str, report: GainReport) -> str:
    lines = [c for c in curves(report) if not c.diagonal]
    drawn = [Curve(name, tuple(zip(c.x, c.y, strict=True))) for c in lines]
    return svg_plot(drawn, title=f"{name}(h)", x_label="h", y_label="φ(h)", width=380, height=220)


def _moments(name: str, report: GainReport) -> str:
    rows = [("φ(h)", formula(vp.activation(name).phi), "")]
    for key, sign in MOMENTS.items():
        closed = report.closed.get(key)
        shown = "no closed form is known" if closed is None else formula(closed)
        rows.append((sign, shown, number(report.value(key))))
    return table(("moment", "h ~ N(0, q)", "at q = 1"), rows, numbers=frozenset({2}))


def _gains(report: GainReport) -> str:
    gains = report.gains
    header = ("√(q/E[φ²])", "√(q/Var φ)", "1/√E[φ′²]", "χ∥", "χ⊥")
    values = (
        gains.second_moment, gains.variance, gains.derivative, report.chi_parallel, report.chi_perp,
    )  # fmt: skip
    row = [number(value) for value in values]
    caption = "gains at q = 1; χ∥ and χ⊥ at the first"
    return table(header, [row], caption=caption, numbers=frozenset(range(len(row))))


class Commands(SphinxDirective):
    """Every command of the command line: what it does, its options, its examples."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each command."""
        return [self._command(name) for name in COMMANDS]

    def _command(self, name: str) -> nodes.section:
        command: click.Command = importlib.import_module(f"varprop.cli.{name}_command").command
        context = click.Context(command, info_name=f"varprop {name}")
        usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
        made = _section(f"command-{name}", f"varprop {name}")
        made += nodes.literal_block(usage, usage, language="text")
        made += [_paragraph(part.strip()) for part in (command.help or "").split("\n\n")]
        records = [p.get_help_record(context) for p in command.params]
        rows = [
            (f"<code>{words(left)}</code>", words(right)) for left, right in filter(None, records)
        ]
        made += _html(table(("option", "meaning"), rows))
        examples = _examples(command.epilog or "")
        made += nodes.literal_block(examples, examples, language="sh")
        return made


def _examples(epilog: str) -> str:
    return "\n".join(
        line.strip() for line in epilog.splitlines() if line.strip().startswith("varprop")
    )


def setup(app: Any) -> dict[str, bool]:
    """Make the directives known to Sphinx."""
    app.add_directive("varprop-activations", Catalogue)
    app.add_directive("varprop-commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
