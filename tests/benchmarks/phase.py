"""Speed of phase diagrams and spectra: python -m tests.benchmarks.phase.

Wanted: a 200 × 200 diagram of any activation under 5 s, a density under 3 s, on one core.
"""

import time

from varprop.answer.phase import phase
from varprop.answer.phase_diagram import diagram
from varprop.answer.propagate import propagate
from varprop.answer.spectrum import spectrum
from varprop.catalogue.activations import ACTIVATIONS

OWN = ("x*tanh(exp(x))", "exp(x**2/10)", "Max(x,0)+sin(x)/2", "log(1+x**2)", "erf(x)**2")
DEEP = (("hard_tanh", 10_000, "lecun"), ("softsign", 3_000, "lecun"), ("relu6", 1_000, "he"))
FLAT = {"step", "sign"}


def timed(task):
    start = time.process_time()
    task()
    return time.process_time() - start


def main():
    names = [name for name in (*ACTIVATIONS, *OWN) if name not in FLAT]
    for name in names:
        drawn = timed(lambda name=name: diagram(phase(name), "200x200"))
        density = timed(lambda name=name: spectrum(name, 32).curve)
        points = timed(lambda name=name: phase(name, "1.5", "0.05"))
        print(f"{name}: diagram {drawn:.2f} s, density {density:.2f} s, points {points:.2f} s")
    for name, depth, init in DEEP:
        spent = timed(
            lambda: propagate(name, [512] * (depth + 1), init, correlation="0.3")  # noqa: B023
        )
        print(f"two inputs through {depth} layers, {name}: {spent:.2f} s, 2 wanted")


if __name__ == "__main__":
    main()
