"""The nouns of answers, for annotations: ``vp.types.Solution`` and its kin."""

from varprop.answer.propagate import Propagation
from varprop.derivation import Derivation, Kind, Step
from varprop.result import LayerScale, Quantity, Solution, Stability
from varprop.verdict import Check, Verdict

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
