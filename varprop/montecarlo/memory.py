"""Whether an experiment fits in memory, told before it starts."""

from __future__ import annotations

import os
from pathlib import Path

from varprop.catalogue.arrays import Dtype
from varprop.errors import BadInput
from varprop.montecarlo.network import DenseNetwork

SHARE = 0.8
"""Part of the free memory that an experiment may take."""


def free_bytes() -> int | None:
    """Return the memory that is free, or could be freed, None where the system doesn't say."""
    limits = [_meminfo(), _control_group()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return _physical()
    values = {line.split(":")[0]: line.split() for line in lines}
    return 1024 * int(values["MemAvailable"][1]) if "MemAvailable" in values else _physical()


def _physical() -> int | None:
    names = ("SC_PAGE_SIZE", "SC_PHYS_PAGES")
    if not all(name in getattr(os, "sysconf_names", {}) for name in names):
        return None
    return os.sysconf(names[0]) * os.sysconf(names[1])


def _control_group() -> int | None:
    """Return what is left of a container's limit."""
    root = Path("/sys/fs/cgroup")
    try:
        limit = (root / "memory.max").read_text().strip()
        used = int((root / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(0, int(limit) - used)


def simulation_bytes(
    network: DenseNetwork, block: int, dtype: Dtype, *, kept: bool, backward: bool, workers: int = 1
) -> int:
    """Return about how much sampling needs at its peak: weights and their draw, signals, slopes."""
    size = 8 if dtype == "float64" else 4
    pairs = [a * b for a, b in zip(network.widths, network.widths[1:], strict=False)]
    weights = 2.5 * max(pairs) + (sum(pairs) if kept else 0)
    signals = 4 * max(network.widths) * network.inputs
    slopes = sum(network.widths) * network.inputs if backward else 0
    return int(workers * block * size * (weights + signals + slopes))


def marginal_bytes(network: DenseNetwork, block: int, dtype: Dtype) -> int:
    """Return about how much the marginal simulation needs: all signals and no weights."""
    size = 8 if dtype == "float64" else 4
    return int(block * size * network.inputs * (3 * sum(network.widths) + 4 * max(network.widths)))


def refuse(needed: int, what: str, instead: str) -> None:
    """Raise BadInput with the figures when ``needed`` bytes are not free."""
    free = free_bytes()
    if free is not None and needed > SHARE * free:
        raise BadInput(
            f"{what} needs about {in_words(needed)}, and {in_words(free)} are free: {instead}"
        )


def check_simulation(
    network: DenseNetwork, block: int, dtype: Dtype, *, kept: bool, backward: bool, workers: int = 1
) -> None:
    """Raise BadInput where sampling with weights doesn't fit."""
    needed = simulation_bytes(network, block, dtype, kept=kept, backward=backward, workers=workers)
    refuse(needed, f"a network {_widths(network)} wide", "take narrower layers, or --marginal.")


def check_marginal(network: DenseNetwork, block: int, dtype: Dtype) -> None:
    """Raise BadInput where sampling without weights doesn't fit."""
    needed = marginal_bytes(network, block, dtype)
    refuse(needed, f"a network {_widths(network)} wide", "take narrower layers or fewer of them.")


def _widths(network: DenseNetwork) -> str:
    low, high = min(network.widths), max(network.widths)
    return f"{high}" if low == high else f"{low} to {high}"


def in_words(count: int) -> str:
    """Return bytes as people read them."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError
