"""Branches that carry the same values: paths without weights, and features made of one value."""

from __future__ import annotations

from collections.abc import Iterable

from varprop.errors import BadInput
from varprop.networks.layer import Layer
from varprop.networks.shape import Shape


def free_of(branches: Iterable[Layer]) -> list[Layer]:
    """Return the branches through which a path without weights leads."""
    return [branch for branch in branches if not branch.fresh]


def refuse_shared(what: str, branches: Iterable[Layer], advice: str) -> None:
    """Raise BadInput where more than one branch carries the common input past all weights.

    ``advice`` is what else there is to do about it.
    """
    free = free_of(branches)
    if len(free) > 1:
        raise BadInput(
            f"{what}: {free[0]} and {free[1]} each have a path without weights, so both carry the same "
            "values and depend on each other: no rule. Put a Dense or Conv layer on every path of one of "
            f"them{advice}."
        )


def refuse_unmixed(what: str, branches: Iterable[Layer], shape: Shape) -> None:
    """Raise BadInput where factors at one feature both depend on what enters that feature alone.

    Fresh weights make them uncorrelated, but one is large where the other is.
    """
    alone = [branch for branch in branches if not branch.mixes(shape)]
    if len(alone) > 1:
        raise BadInput(
            f"{what}: {alone[0]} and {alone[1]} both depend, in each feature, on what enters it, so that "
            "both are large at once: no rule for their product. Put a Dense or Conv layer of several "
            "channels on every path of one of them."
        )


def refuse_copies(what: str, copies: bool) -> None:
    """Raise BadInput where features that a layer takes as independent may be made of one value."""
    if copies:
        raise BadInput(
            f"{what} takes its features as independent of each other, but branches that share a path "
            "without weights stand side by side in what arrives: no rule. Put a Dense or Conv layer "
            f"right before {what}."
        )
