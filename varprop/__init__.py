"""varprop: what should my initial weights be, and why?

Weight scales of neural networks at initialisation as formulas, with their derivation, their
stability and an experiment. ``import varprop as vp``; ``vp.solve("relu", fan_in=512)``.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from varprop.version import __version__

if TYPE_CHECKING:
    from varprop.answer.advise import advise as advise
    from varprop.answer.api import activation as activation
    from varprop.answer.api import propagate as propagate
    from varprop.answer.api import solve as solve
    from varprop.answer.api import symbols as symbols
    from varprop.answer.architecture_api import network as network
    from varprop.answer.architecture_api import networks as networks
    from varprop.answer.derive import derive as derive
    from varprop.answer.gain import gain as gain
    from varprop.answer.histograms import histograms as histograms
    from varprop.answer.phase_question import phase as phase
    from varprop.answer.random_variables import Cov as Cov
    from varprop.answer.random_variables import E as E
    from varprop.answer.random_variables import Normal as Normal
    from varprop.answer.random_variables import P as P
    from varprop.answer.random_variables import Uniform as Uniform
    from varprop.answer.random_variables import Var as Var
    from varprop.answer.recurrence import recurrence as recurrence
    from varprop.answer.report import report as report
    from varprop.answer.spectrum import spectrum as spectrum
    from varprop.answer.verify import verify as verify
    from varprop.checking.api import check as check
    from varprop.checking.api import claims as claims
    from varprop.refereeing.begin import begin as begin
    from varprop.refereeing.laws import law as law

_PUBLIC = {
    "solve": "varprop.answer.api",
    "propagate": "varprop.answer.api",
    "derive": "varprop.answer.derive",
    "gain": "varprop.answer.gain",
    "phase": "varprop.answer.phase_question",
    "spectrum": "varprop.answer.spectrum",
    "advise": "varprop.answer.advise",
    "report": "varprop.answer.report",
    "E": "varprop.answer.random_variables",
    "Var": "varprop.answer.random_variables",
    "Cov": "varprop.answer.random_variables",
    "P": "varprop.answer.random_variables",
    "Normal": "varprop.answer.random_variables",
    "Uniform": "varprop.answer.random_variables",
    "law": "varprop.refereeing.laws",
    "begin": "varprop.refereeing.begin",
    "recurrence": "varprop.answer.recurrence",
    "activation": "varprop.answer.api",
    "network": "varprop.answer.architecture_api",
    "networks": "varprop.answer.architecture_api",
    "layers": "varprop.answer.layers",
    "activations": "varprop.answer.api",
    "laws": "varprop.answer.api",
    "schemes": "varprop.answer.api",
    "symbols": "varprop.answer.api",
    "verify": "varprop.answer.verify",
    "histograms": "varprop.answer.histograms",
    "check": "varprop.checking.api",
    "claims": "varprop.checking.api",
    "testing": "varprop.testing",
    "types": "varprop.answer.types",
    "errors": "varprop.errors",
}
_MODULES = {"testing", "types", "errors", "layers"}

__all__ = ["__version__", *sorted(_PUBLIC)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used; any activation of the catalogue is one, too."""
    if name.startswith("_"):
        raise AttributeError(name)
    place = _PUBLIC.get(name)
    if place is not None:
        _load_faces()
        module = importlib.import_module(place)
        value = module if name in _MODULES else getattr(module, name)
        globals()[name] = value
        return value
    from varprop.catalogue.activations import ACTIVATIONS

    if name in ACTIVATIONS:
        _load_faces()
        function = importlib.import_module("varprop.answer.api").activation_function(name)
        globals()[name] = function
        return function
    raise AttributeError(f"module 'varprop' has no attribute {name!r}")


def _load_faces() -> None:
    from varprop import faces
    from varprop.catalogue import stacking

    if not faces.ready():
        faces.load_with(lambda: importlib.import_module("varprop.render.faces"))
    stacking.join_with(_joining)


def _joining() -> tuple[Any, Any]:
    containers = importlib.import_module("varprop.networks.containers")
    return containers.serial, containers.Repeat


def __dir__() -> list[str]:
    return list(__all__)


class _Surface(ModuleType):
    """The package; a public name stays what it is where a room inside has the same one."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and name in _PUBLIC and name not in _MODULES:
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Surface
