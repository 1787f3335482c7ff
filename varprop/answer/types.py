"""The nouns of answers, for annotations: ``vp.types.Solution`` and its kin."""

from varprop.answer.advise import Advice
from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_api import Architecture
from varprop.answer.gain import GainReport
from varprop.answer.phase import Edge, Phase
from varprop.answer.phase_symbolic import SymbolicPhase
from varprop.answer.propagate import Propagation
from varprop.answer.report import Report
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verification import Verification
from varprop.derivation import Derivation, Kind, Step
from varprop.refereeing.draft import Draft, Option, Options
from varprop.refereeing.laws import RandomLaw
from varprop.refereeing.refusal import NotAllowed
from varprop.result import LayerScale, Quantity, Solution, Stability
from varprop.verdict import Check, Verdict

__all__ = [
    "Advice",
    "Architecture",
    "ArchitectureSolution",
    "Check",
    "Derivation",
    "Draft",
    "Edge",
    "GainReport",
    "Kind",
    "LayerScale",
    "NotAllowed",
    "Option",
    "Options",
    "Phase",
    "Propagation",
    "Quantity",
    "RandomLaw",
    "Report",
    "Solution",
    "SpectrumReport",
    "Stability",
    "Step",
    "SymbolicPhase",
    "Verdict",
    "Verification",
]
