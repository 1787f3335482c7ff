"""``vp.network``: a network as a noun that can be solved and followed, with the commands' options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Expr, Symbol

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.answer.architecture_signal import propagate_network
from varprop.answer.architecture_text import read_network
from varprop.answer.asking import Data, asked, check_sampling, first_signal, law_texts
from varprop.answer.distributions import read_laws, with_laws
from varprop.answer.inputs import Number, numeric, variance
from varprop.answer.propagate import SOLVED, Propagation
from varprop.answer.propagate_experiment import sampled
from varprop.errors import BadInput, shown
from varprop.networks.layer import Layer, Weight
from varprop.networks.network import Network
from varprop.networks.network import network as built
from varprop.networks.shape import Shape
from varprop.networks.zoo import NETWORKS, NetworkEntry

if TYPE_CHECKING:
    from varprop.answer.report import Report

networks = NETWORKS
Source = str | Layer | Network | NetworkEntry


@dataclass(frozen=True)
class Architecture:
    """A network whose shapes fit everywhere, with the questions that can be asked about it."""

    network: Network

    @property
    def input(self) -> Shape:
        """The shape of one example."""
        return self.network.shape

    @property
    def output(self) -> Shape:
        """The shape that leaves."""
        return self.network.output

    @property
    def parameters(self) -> Expr:
        """The number of trained values."""
        return self.network.parameters()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of sizes, rates and factors left open."""
        return tuple(sorted(self.network.symbols()))

    def weights(self) -> tuple[Weight, ...]:
        """Return every weight tensor in the order of use."""
        return self.network.weights()

    @asked
    def solve(
        self,
        *,
        condition: str = "forward",
        q: Number = 1,
        bias_variance: Number = 0,
        data: Data | None = None,
        input: str | None = None,
        dist: str | Sequence[str] | None = None,
        for_: str | Symbol | None = None,
        verify: bool = False,
        samples: int | None = None,
        seed: int = 0,
    ) -> ArchitectureSolution:
        """Solve for the variance of every weight tensor, and for one open factor (``for_``).

        Parameters
        ----------
        condition : forward, backward, harmonic, geometric or critical, or an alias.
        q, bias_variance : pre-activation variance that is kept, and σ_b²; both variances.
        data, input : a file or an array of samples, or moments of the input; as text in ``input``.
        dist : laws to add to the ``distributions`` of each tensor, or "all".
        for_ : a symbol of the network; all branches together then add what the skip path carries.
        verify, samples, seed : sample that many networks and add ``checks``.

        Raises BadInput, UnknownName in one line.

        >>> str(network("Input(n) >> L * Residual(LayerNorm() >> Dense(n), scale=s)").solve(
        ...     for_="s").unknown.value.expr)
        '1/sqrt(L)'
        """
        check_sampling(verify, samples, seed)
        laws = read_laws(texts, kernels=True) if (texts := law_texts(dist)) else ()
        solution = solve_network(
            self.network,
            condition=condition,
            q=numeric(q, "q", positive=True),
            bias_variance=variance(bias_variance, "bias_variance"),
            data=first_signal(data, input),
            unknown=None if for_ is None else str(for_),
        )
        solution = replace(with_laws(solution, laws) if laws else solution, seed=seed)
        if not verify:
            return solution
        from varprop.answer.architecture_experiment import verified_network

        return verified_network(solution, samples=samples, seed=seed)

    def verify(self, **options: Any) -> ArchitectureSolution:
        """Return the solved scales with checks on sampled networks; options as ``solve``."""
        return self.solve(**{**options, "verify": True})

    def code(self, library: str = "torch", *, dist: str | None = None, **options: Any) -> str:
        """Return an initialiser for torch, keras, jax or numpy; the other options as ``solve``.

        ``dist`` is the one law to draw from, normal unless given.
        """
        return self.solve(**options).code(library, dist=dist)

    @asked
    def propagate(
        self,
        *,
        init: str = SOLVED,
        bias_variance: Number | None = None,
        data: Data | None = None,
        input: str | None = None,
        correlation: Number | None = None,
        verify: bool = False,
        samples: int | None = None,
        seed: int = 0,
    ) -> Propagation:
        """Follow the signal, the gradient and two inputs layer by layer under one initialiser.

        ``init`` is ``solved`` or an initialiser as text, ``correlation`` E[x_a x_b]/E[x²] of two
        inputs; ``verify`` samples the network and adds ``checks``. Raises BadInput while a symbol is
        left, and for what no rule follows.
        """
        check_sampling(verify, samples, seed)
        followed = propagate_network(
            self.network,
            init,
            bias_variance=bias_variance,
            data=first_signal(data, input),
            correlation=correlation,
        )
        return sampled(followed, verify, samples, seed)

    def report(self, **options: Any) -> Report:
        """Return answer, experiments, comparison and code as one page; options as ``vp.report``."""
        from varprop.answer.report import report

        return report(self, **options)

    def __str__(self) -> str:
        """Return the network as spec text."""
        return str(self.network)


@asked
def network(
    source: Source | Architecture, *, define: Mapping[str, str] | None = None
) -> Architecture:
    """Return a network from spec text, ``@file``, an entry of ``networks`` or its name, or layers.

    ``define`` gives names to activations of your own: ``{"act": "x*tanh(exp(x))"}``. Raises BadInput
    with the place where shapes don't fit, UnknownName with the nearest names.

    >>> str(network("Input(784) >> Dense(512) >> relu >> Dense(10)").output)
    '10'
    """
    if isinstance(source, Architecture):
        return source
    definitions = _definitions(define)
    if isinstance(source, NetworkEntry):
        source = source.spec
    if isinstance(source, str):
        return Architecture(read_network(source, definitions))
    if definitions:
        raise BadInput("define names activations in text; layers take vp.activation(…) itself.")
    return Architecture(built(source))


def _definitions(define: Mapping[str, str] | None) -> list[str]:
    """Return NAME=EXPR of each activation that a mapping defines."""
    if not isinstance(define, Mapping | None):
        raise BadInput(
            f'define maps names to formulas, {{"act": "x*tanh(exp(x))"}}, and isn\'t {shown(repr(define))}.'
        )
    return [f"{name}={formula}" for name, formula in (define or {}).items()]
