"""The group of commands; each is imported when it is used, so that ``--help`` answers at once."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from shutil import get_terminal_size
from textwrap import fill

import click

from varprop.errors import VarpropError, did_you_mean, on_the_command_line
from varprop.version import __version__

YOUNG_OBJECTS = 500_000
"""New objects between two looks for garbage."""

COMMANDS = {
    "solve": "weight scale of a layer or network, derived, with an experiment",
    "derive": "the derivation alone: he, glorot, lecun, …, or a moment",
    "gain": "moments and gains of activations",
    "propagate": "signal and gradient layer by layer",
    "phase": "fixed points, the edge of chaos, the phase diagram",
    "spectrum": "singular values of the input-output Jacobian",
    "advise": "scale, law and form for a depth and a width",
    "verify": "every formula against an experiment",
    "check": "is a statement true? verdict, correction, counterexample",
    "report": "one page about a network: answer, why, experiment, code",
    "list": "every name: activations, inits, laws, layers, networks, …",
}
"""Every command and its line in the overview; the module of the same name holds ``command``."""

EXAMPLES = (
    ("varprop solve --act relu --fan-in 512", "the weight scale, with its derivation"),
    ('varprop solve --act "x*tanh(exp(x))" --fan-in n', "an activation of your own, any width"),
    ("varprop propagate --act tanh --width 512 --depth 50 --init glorot", "what happens in depth"),
    ("varprop derive glorot", "the argument, line by line"),
)


ROOMY = 120
"""Columns that the overview needs for what an example does beside it."""


class Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands in the order of the overview."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command, None when there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"varprop.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, with the nearest names when there is none."""
        name = args[0]
        if not name.startswith("-") and name not in COMMANDS:
            raise click.UsageError(
                f"no command {name!r}. {did_you_mean(name, COMMANDS)}All: {', '.join(COMMANDS)}."
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the overview without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def overview() -> str:
    """Return what the bare command prints: what varprop is, four examples, the commands."""
    width = max(len(text) for text, _ in EXAMPLES)
    columns = get_terminal_size().columns if sys.stdout.isatty() else ROOMY
    lines = ["varprop: what should my initial weights be, and why?", ""]
    for text, why in EXAMPLES:
        beside = f"  {text:<{width}}   {why}"
        lines += [beside] if len(beside) <= columns else [f"  {text}", f"      {why}"]
    commands = fill("Commands: " + ", ".join(COMMANDS), min(columns, ROOMY), subsequent_indent="  ")
    return "\n".join([*lines, "", commands, "Help: varprop --help, varprop COMMAND --help"])


def _install_completion(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if not value:
        return
    from varprop.cli.completion import install

    click.echo(install(value))
    ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="varprop")
@click.option(
    "--install-completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    expose_value=False,
    is_eager=True,
    callback=_install_completion,
    help="Write shell completion for that shell and say how to load it.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Weight scales of neural networks at initialisation: a formula, why it holds, and a test of it."""
    if ctx.invoked_subcommand is None:
        click.echo(overview())


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (an experiment disagrees) or 2 (bad input)."""
    # SymPy makes some hundred thousand objects that stay: looking through them for garbage, while
    # it is imported and once more at the exit, takes a third of the time to the first answer.
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
    _one_blas_thread()
    try:
        with on_the_command_line():
            sys.exit(_run(arguments))
    finally:
        gc.freeze()


def _one_blas_thread() -> None:
    """Keep BLAS to one thread, before NumPy is loaded; what the user set stays.

    Products here are small or cut into blocks for worker threads: two BLAS threads in each of two
    workers take 1.7 times as long, and a network of small products as much again in processor time.
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _run(arguments: list[str] | None) -> int:
    try:
        code = cli.main(arguments, prog_name="varprop", standalone_mode=False)
    except VarpropError as error:
        return _refusal(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        return _refusal(error.format_message())
    except click.Abort:
        return _refusal("interrupted.", code=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _refusal(message: str, code: int = 2) -> int:
    click.echo(f"Error: {' '.join(message.split())}", err=True)
    return code
