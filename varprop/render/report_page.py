"""Every face of a report: the page, the fragment of a notebook, text, Markdown, LaTeX and JSON."""

from __future__ import annotations

from typing import Any

from varprop.answer.report import Report
from varprop.render.architecture_screen import show_architecture
from varprop.render.experiment import experiment_lines
from varprop.render.html import to_html
from varprop.render.html_page import Section, page
from varprop.render.html_parts import heading
from varprop.render.json_face import to_json
from varprop.render.latex import to_latex
from varprop.render.markdown import propagation_markdown, to_markdown
from varprop.render.propagate_screen import show_propagations
from varprop.render.report_parts import (
    answer_section,
    argument_section,
    code_section,
    comparison_section,
    experiment_section,
    headline,
    network_section,
)
from varprop.render.screen import Screen
from varprop.version import __version__


def sections(noun: Report) -> tuple[Section, ...]:
    """Return the sections of a report in reading order."""
    return (
        Section("Network", network_section(noun)),
        Section("Initial weights", answer_section(noun.solution)),
        Section("Initialisers compared", comparison_section(noun)),
        Section("Experiment", experiment_section(noun)),
        Section("Why", argument_section(noun)),
        Section("Code", code_section(noun)),
    )


def report_page(noun: Report) -> str:
    """Return one self-contained document: native MathML, inline SVG, no script."""
    return page(f"Initial weights: {noun.title}", sections(noun), lead=headline(noun))


@to_html.register
def _(noun: Report) -> str:
    return "".join(heading(section.title) + section.inner for section in sections(noun))


@to_latex.register
def _(noun: Report) -> str:
    return to_latex(noun.solution)


@to_markdown.register
def _(noun: Report, *, digits: int = 6) -> str:
    parts = [to_markdown(noun.solution, digits=digits)]
    if noun.compared:
        parts.append(propagation_markdown(noun.compared, digits=digits))
    parts.append(f"**Experiment:** {noun.experiment.words}.")
    if noun.experiment.checks:
        parts.append("; ".join(experiment_lines(noun.experiment.checks)) + ".")
    parts += [f"**Left out:** {what}: {why}" for what, why in noun.refused]
    return "\n\n".join(parts)


@to_json.register
def _(noun: Report) -> Any:
    return {
        "varprop": __version__,
        "title": noun.title,
        "solution": to_json(noun.solution),
        "arguments": [to_json(one) for one in noun.arguments],
        "propagations": [to_json(one) for one in noun.compared],
        "refused": [{"what": what, "why": why} for what, why in noun.refused],
        "experiment": {
            "words": noun.experiment.words,
            "network": noun.experiment.network,
            "checks": [to_json(check) for check in noun.experiment.checks],
        },
    }


def show_report(noun: Report, screen: Screen) -> None:
    """Print the answer, the initialisers side by side, and the experiment."""
    show_architecture(noun.solution, screen)
    if noun.compared:
        screen.line()
        show_propagations(noun.compared, screen)
    screen.line()
    lines = experiment_lines(noun.experiment.checks) if noun.experiment.checks else ()
    screen.labelled("Experiment", (noun.experiment.words, *lines))
    for what, why in noun.refused:
        screen.labelled("Left out", (f"{what}: {why}",))
