"""Speed of phase diagrams and spectra: python -m tests.benchmarks.phase.

Wanted: a 200 × 200 diagram of any activation under 5 s, a density under 3 s, on one core.
"""

import time

from varprop.answer.phase import phase
from varprop.answer.phase_diagram import diagram
from varprop.answer.spectrum import spectrum

ACTIVATIONS = ("relu", "tanh", "gelu", "silu", "elu", "hard_tanh", "x*tanh(exp(x))")


def timed(task):
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def main():
    for name in ACTIVATIONS:
        spent = timed(lambda name=name: diagram(phase(name), "200x200"))
        print(f"diagram 200x200 {name}: {spent:.2f} s, {spent / 5:.2f} of what is wanted")
    for name in ACTIVATIONS:
        spent = timed(lambda name=name: spectrum(name, 32).curve)
        print(f"density, 32 layers {name}: {spent:.2f} s, {spent / 3:.2f} of what is wanted")
    for name in ACTIVATIONS:
        print(
            f"all fixed points {name}: {timed(lambda name=name: phase(name, '1.5', '0.05')):.2f} s"
        )


if __name__ == "__main__":
    main()
