"""The nouns of answers, for annotations: ``vp.types.Solution`` and its kin."""

from varprop.answer.advise import Advice
from varprop.answer.gain import GainReport
from varprop.answer.phase import Edge, Phase
from varprop.answer.propagate import Propagation
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verification import Verification
from varprop.derivation import Derivation, Kind, Step
from varprop.result import LayerScale, Quantity, Solution, Stability
from varprop.verdict import Check, Verdict

__all__ = [
    "Advice",
    "Check",
    "Derivation",
    "Edge",
    "GainReport",
    "Kind",
    "LayerScale",
    "Phase",
    "Propagation",
    "Quantity",
    "Solution",
    "SpectrumReport",
    "Stability",
    "Step",
    "Verdict",
    "Verification",
]
