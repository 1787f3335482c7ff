"""Registers every face; importing this module is all that it takes."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from io import StringIO

from rich.console import Console

from varprop import faces
from varprop.answer.advise import Advice
from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.distributions import ALL, SHOWN
from varprop.answer.gain import GainReport
from varprop.answer.gain_outlook import outlook
from varprop.answer.histograms import Histograms
from varprop.answer.phase import Edge, Phase
from varprop.answer.phase_symbolic import SymbolicPhase
from varprop.answer.propagate import Propagation
from varprop.answer.report import Report
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verification import Verification
from varprop.answer.verify_result import verify_result
from varprop.checking.findings import Checked, Decision
from varprop.derivation import Derivation
from varprop.moments.expectation import Expectation
from varprop.refereeing.draft import Draft, Options
from varprop.render import gain_text
from varprop.render.advise_screen import show_advice
from varprop.render.architecture_screen import show_architecture
from varprop.render.check_screen import show_checked
from varprop.render.code_face import result_code
from varprop.render.derivation_screen import show_derivation
from varprop.render.draft_screen import show_draft, show_options
from varprop.render.experiment import experiment_lines
from varprop.render.gain_one import show_one
from varprop.render.histogram_screen import show_histograms
from varprop.render.html import to_html
from varprop.render.json_face import dumps, to_json
from varprop.render.latex import to_latex
from varprop.render.markdown import to_markdown
from varprop.render.notebook import bundle, teach_ipython
from varprop.render.phase_screen import show_phase
from varprop.render.phase_symbolic_screen import show_symbolic_phase
from varprop.render.picture import picture
from varprop.render.plain import plain
from varprop.render.propagate_screen import show_propagations
from varprop.render.report_page import report_page, show_report
from varprop.render.screen import PIPE_WIDTH, Screen
from varprop.render.solve_screen import show_solution
from varprop.render.spectrum_screen import show_spectrum
from varprop.render.verify_screen import show_verification
from varprop.result import Solution

for _module in (
    *("check_json", "check_text"),
    *("gain_json", "phase_json", "phase_text", "spectrum_json", "verify_json"),
    *("architecture_json", "architecture_text"),
    *("depth_text", "draft_text", "html_answers", "verify_text", "histogram_screen"),
    *("check_html", "histogram_html", "phase_symbolic_text"),
):
    import_module(f"varprop.render.{_module}")


@singledispatch
def show(noun: object, screen: Screen) -> None:  # noqa: ARG001
    """Print a noun on a screen."""
    raise TypeError(f"no text face for {type(noun).__name__}")


@show.register
def _(noun: Solution, screen: Screen) -> None:
    asked = [one.law for one in noun.distributions if one.law not in ALL]
    show_solution(noun, screen, laws=(*SHOWN, *asked))


@show.register
def _(noun: ArchitectureSolution, screen: Screen) -> None:
    show_architecture(noun, screen)


@show.register
def _(noun: Derivation, screen: Screen) -> None:
    show_derivation(noun, screen, label="")


@show.register
def _(noun: Draft, screen: Screen) -> None:
    show_draft(noun, screen)


@show.register
def _(noun: Options, screen: Screen) -> None:
    show_options(noun, screen)


@show.register
def _(noun: Checked, screen: Screen) -> None:
    show_checked(noun, screen)


@show.register
def _(noun: Decision, screen: Screen) -> None:
    show_checked(Checked((noun,), noun.seed), screen)


@show.register
def _(noun: Propagation, screen: Screen) -> None:
    show_propagations([noun], screen)
    if noun.checks is not None:
        screen.line()
        screen.labelled("Experiment", experiment_lines(noun.checks))


@show.register
def _(noun: SymbolicPhase, screen: Screen) -> None:
    show_symbolic_phase(noun, screen)


@show.register
def _(noun: Histograms, screen: Screen) -> None:
    show_histograms(noun, screen)


@show.register
def _(noun: Verification, screen: Screen) -> None:
    show_verification(noun, screen)


@show.register
def _(noun: GainReport, screen: Screen) -> None:
    show_one(noun, outlook(noun), screen, digits=6)


@show.register(Phase)
@show.register(Edge)
def _(noun: Phase | Edge, screen: Screen) -> None:
    show_phase(noun, screen)


@show.register
def _(noun: SpectrumReport, screen: Screen) -> None:
    show_spectrum(noun, screen)


@show.register
def _(noun: Advice, screen: Screen) -> None:
    show_advice(noun, screen)


@show.register
def _(noun: Report, screen: Screen) -> None:
    show_report(noun, screen)


@to_latex.register
def _(noun: GainReport) -> str:
    return gain_text.to_latex([noun])


@to_markdown.register
def _(noun: GainReport, *, digits: int = 6) -> str:
    return gain_text.to_markdown([noun], digits=digits)


def text(noun: object) -> str:
    """Return what the terminal would show, as plain text."""
    out = StringIO()
    plain = Console(
        file=out, width=PIPE_WIDTH, color_system=None, highlight=False, markup=False, emoji=False,
        force_jupyter=False,
    )  # fmt: skip
    show(noun, Screen(plain))
    return out.getvalue().rstrip("\n")


def json(noun: object) -> str:
    """Return the strict JSON document of a noun."""
    return dumps(to_json(noun))


faces.register("text", text)
faces.register("latex", to_latex)
faces.register("markdown", to_markdown)
faces.register("json", json)
faces.register("code", result_code)
faces.register("page", report_page)
faces.register("plot", picture)
faces.register("verify", verify_result)
faces.register("html", to_html)
faces.register("notebook", lambda noun: bundle(noun, text))
faces.register("plain", plain)
teach_ipython(Expectation)
