"""The nouns of answers, for annotations: ``vp.types.Solution`` and its kin."""

from varprop.answer.propagate import Propagation
from varprop.check import Check, Verdict
from varprop.derivation import Derivation, Kind, Step
from varprop.result import LayerScale, Quantity, Solution, Stability

__all__ = [
    "Check",
    "Derivation",
    "Kind",
    "LayerScale",
    "Propagation",
    "Quantity",
    "Solution",
    "Stability",
    "Step",
    "Verdict",
]
