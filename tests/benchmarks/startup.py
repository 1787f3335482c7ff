"""How long a person waits: python -m tests.benchmarks.startup

Whole processes, taken in turn and compared pair by pair, so that a busy machine changes little.
Printed: the median ratio to ``import sympy, click, rich.console, rich.table`` and its limit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BASE = [sys.executable, "-c", "import sympy, click, rich.console, rich.table"]
VARPROP = [sys.executable, "-m", "varprop"]
CASES = (
    ("solve --act relu --fan-in 512 --no-verify", 1.3),
    ("--help", 0.35),
    ("--version", 0.35),
)
RUNS = 15


def seconds(command: list[str]) -> float:
    """Return the wall time of one run of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print a line per case."""
    for arguments, limit in CASES:
        command = [*VARPROP, *arguments.split()]
        seconds(command)
        seconds(BASE)
        ratios = [seconds(command) / seconds(BASE) for _ in range(RUNS)]
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        print(f"{middle:5.2f} ({low:.2f} to {high:.2f}), limit {limit}: varprop {arguments}")


if __name__ == "__main__":
    main()
