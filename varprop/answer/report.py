"""``report``: everything about one network in one noun, from the answer to the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sympy import Symbol

from varprop.answer.architecture import ArchitectureSolution, settled_network
from varprop.answer.architecture_api import Architecture, Source, network
from varprop.answer.architecture_signal import propagate_network
from varprop.answer.asking import Data, asked, check_sampling, first_signal
from varprop.answer.inputs import InputMoments, Number
from varprop.answer.layer import solve_layer
from varprop.answer.propagate import SOLVED, Propagation
from varprop.answer.report_experiment import Experiment, sampled
from varprop.catalogue.activations import Activation
from varprop.errors import BadInput
from varprop.faces import Shown, face
from varprop.frozen import frozen
from varprop.networks.elementwise import Activate
from varprop.networks.network import Network, every
from varprop.result import Solution

COMPARED = (SOLVED, "he", "glorot", "lecun", "torch_default")
"""The initialisers that a report compares unless told otherwise."""


@frozen
class Report(Shown):
    """One network: its scales, why, how other initialisers do, and what sampled networks did.

    ``arguments`` derive the scale behind each activation of the network, ``compared`` follow it
    under each initialiser; ``refused`` are (what, why) of the parts that can't be answered.
    """

    title: str
    solution: ArchitectureSolution
    arguments: tuple[Solution, ...]
    compared: tuple[Propagation, ...]
    refused: tuple[tuple[str, str], ...]
    experiment: Experiment

    @property
    def network(self) -> Network:
        """The network with an open factor's value put in."""
        return settled_network(self.solution)

    def page(self) -> str:
        """Return one self-contained HTML document: nothing is loaded, nothing runs."""
        return str(face("page")(self))

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path; raises BadInput where that can't be."""
        return write(path, self.page())


def write(path: str | Path, text: str) -> Path:
    """Write text to a file and return its path; raises BadInput where that can't be."""
    where = Path(path)
    try:
        where.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"can't write {where}: {error.strerror or error}.") from None
    return where


@asked
def report(
    source: Source | Architecture,
    *,
    define: Mapping[str, str] | None = None,
    condition: str = "forward",
    q: Number = 1,
    bias_variance: Number = 0,
    data: Data | None = None,
    input: str | None = None,
    for_: str | Symbol | None = None,
    inits: Sequence[str] = COMPARED,
    verify: bool = True,
    samples: int | None = None,
    seed: int = 0,
    title: str | None = None,
) -> Report:
    """Answer for a network, argue, compare initialisers, and sample it where it is small enough.

    Parameters
    ----------
    source : spec text, ``@file``, a name of ``networks``, layers, or ``vp.network(…)``.
    inits : initialisers to compare; ``solved`` is each tensor's own forward condition.
    verify, samples, seed : sample that many networks, as many as a verdict needs when left out; a
        large network of the zoo is sampled at reduced size.
    title : what the page calls the network; its text when left out.

    The other options are those of ``vp.network(…).solve``. Raises BadInput and UnknownName in one
    line.
    """
    check_sampling(verify, samples, seed)
    net = network(source, define=define)
    moments = first_signal(data, input)
    solution = net.solve(
        condition=condition, q=q, bias_variance=bias_variance, data=moments, for_=for_
    )
    refused: list[tuple[str, str]] = []
    return Report(
        _title(title or source, net),
        solution,
        tuple(_arguments(solution, refused)),
        tuple(_compared(settled_network(solution), inits, moments, refused)),
        tuple(refused),
        sampled(solution, samples=samples, seed=seed, wanted=verify),
    )


def _title(source: Any, asked: Architecture) -> str:
    text = source if isinstance(source, str) else str(asked)
    short = text.strip().removeprefix("@")
    if len(short) <= 60 and "\n" not in short:
        return short
    size = str(asked.parameters)
    return f"a network of {f'{int(size):,}' if size.isdigit() else size} trained values"


def _arguments(solution: ArchitectureSolution, refused: list[tuple[str, str]]) -> list[Solution]:
    """Derive the scale of a layer behind each activation of the network."""
    found = []
    for phi in _activations(solution.network):
        try:
            found.append(
                solve_layer(
                    phi,
                    fan_in="n",
                    fan_out="m",
                    condition=solution.condition,
                    q=solution.q,
                    bias_variance=solution.bias_variance,
                )
            )
        except BadInput as error:
            refused.append((f"argument for {phi.name}", str(error)))
    return found


def _activations(net: Network) -> list[Activation]:
    """Return every activation of a network once, in order."""
    found = {str(layer.act): layer.act for layer in every(net.layer) if isinstance(layer, Activate)}
    return list(found.values())


def _compared(
    net: Network,
    inits: Sequence[str],
    data: InputMoments | None,
    refused: list[tuple[str, str]],
) -> list[Propagation]:
    if net.symbols():
        left = ", ".join(sorted(net.symbols()))
        refused.append(("comparison", f"{left} is open: give it a number"))
        return []
    found = []
    for init in dict.fromkeys(inits):
        try:
            found.append(propagate_network(net, init, data=data))
        except BadInput as error:
            refused.append((init, str(error)))
    return found
