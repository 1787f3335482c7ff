"""``varprop solve`` from the outside: numbers, formulas, layout, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from sympy import sympify

from tests.conftest import Run
from varprop.catalogue.laws import LAWS
from varprop.solving.conditions import CONDITIONS

Command = Callable[..., Run]

CUT_STD = 0.87962566103423978  # std of a standard normal cut at ±2 (Keras, JAX, timm)
KEYS = {
    "varprop", "activation", "condition", "fan_in", "fan_out", "weight_variance", "gain",
    "conditions", "distributions", "stability", "assumptions", "steps", "checks", "seed",
}  # fmt: skip


def solve(varprop: Command, *arguments: str) -> dict:
    run = varprop("solve", *arguments, "--json", "--no-verify")
    assert run.code == 0, run.err
    return run.json()


def test_relu_at_512(varprop: Command) -> None:
    run = varprop("solve", "--act", "relu", "--fan-in", "512", "--json")
    assert run.code == 0
    found = run.json()
    assert found.keys() >= KEYS
    assert found["weight_variance"]["value"] == 0.00390625
    assert found["weight_variance"]["expr"] == "2/fan_in"
    assert found["gain"] == {"expr": "sqrt(2)", "value": math.sqrt(2)}
    laws = found["distributions"]
    assert laws["normal"]["std"] == 0.0625
    assert laws["uniform"]["bound"] == pytest.approx(math.sqrt(6 / 512), rel=1e-15)
    assert laws["truncated_normal"]["std"] == pytest.approx(0.0625 / CUT_STD, rel=1e-14)
    assert laws["truncated_normal"]["cutoff"] == 2
    assert laws["orthogonal"]["gain"] == pytest.approx(math.sqrt(2), rel=1e-15)
    assert laws["rademacher"]["value"] == 0.0625
    stability = found["stability"]
    assert (stability["q"], stability["chi_parallel"], stability["chi_perp"]) == (1, 1, 1)
    assert stability["stable"] is None
    assert stability["verdict"] == "marginal"
    assert {check["verdict"] for check in found["checks"]} == {"agrees"}
    assert found["steps"][-1]["expr"] == "Eq(Var(w), 2/fan_in)"


@pytest.mark.parametrize(
    ("act", "phi", "stable"),
    [
        ("tanh", mpmath.tanh, True),
        ("sigmoid", lambda z: 1 / (1 + mpmath.exp(-z)), True),
        ("silu", lambda z: z / (1 + mpmath.exp(-z)), False),
        ("gelu", lambda z: z * mpmath.ncdf(z), False),
    ],
)
def test_gain_and_slopes_against_mpmath(
    varprop: Command, act: str, phi: Callable[[mpmath.mpf], mpmath.mpf], stable: bool
) -> None:
    found = solve(varprop, "--act", act, "--fan-in", "100")
    with mpmath.workdps(30):
        points = [-mpmath.inf, *range(-8, 9, 2), mpmath.inf]

        def gauss(f: Callable[[mpmath.mpf], mpmath.mpf]) -> mpmath.mpf:
            return mpmath.quad(lambda z: f(z) * mpmath.npdf(z), points)

        m2 = gauss(lambda z: phi(z) ** 2)
        slope = gauss(lambda z: mpmath.diff(phi, z) ** 2)
        length = gauss(lambda z: z * phi(z) * mpmath.diff(phi, z))
    assert found["gain"]["value"] == pytest.approx(float(1 / mpmath.sqrt(m2)), rel=1e-12)
    assert found["weight_variance"]["value"] == pytest.approx(float(1 / (100 * m2)), rel=1e-12)
    stability = found["stability"]
    assert stability["chi_perp"] == pytest.approx(float(slope / m2), rel=1e-10)
    assert stability["chi_parallel"] == pytest.approx(float(length / m2), rel=1e-10)
    assert stability["stable"] is stable


@pytest.mark.parametrize(
    ("act", "variance"), [("linear", 2 / 400), ("relu", 4 / 400), ("abs", 2 / 400)]
)
def test_harmonic(varprop: Command, act: str, variance: float) -> None:
    found = solve(
        varprop, "--act", act, "--condition", "harmonic", "--fan-in", "300", "--fan-out", "100"
    )
    assert found["weight_variance"]["value"] == pytest.approx(variance, rel=1e-15)
    bound = found["distributions"]["uniform"]["bound"]
    assert bound == pytest.approx(math.sqrt(3 * variance), rel=1e-15)


def test_symbolic_width_gives_a_formula_and_no_number(varprop: Command) -> None:
    found = solve(varprop, "--act", "relu", "--fan-in", "n")
    assert found["weight_variance"]["expr"] == "2/n"
    assert found["weight_variance"]["value"] is None
    assert found["fan_in"] == "n"
    assert found["distributions"]["normal"]["std"] is None
    assert found["stability"]["chi_parallel"] == 1


def test_symbolic_slope(varprop: Command) -> None:
    found = solve(varprop, "--act", "prelu(alpha)", "--fan-in", "n")
    alpha, n = sympy.symbols("alpha n", positive=True)
    expr = sympify(found["weight_variance"]["expr"], locals={"alpha": alpha, "n": n})
    assert sympy.simplify(expr - 2 / (n * (1 + alpha**2))) == 0
    assert found["stability"]["verdict"] == "marginal"


def test_widths(varprop: Command) -> None:
    found = solve(varprop, "--act", "relu", "--widths", "784,512,256,10")
    values = [layer["weight_variance"]["value"] for layer in found["layers"]]
    assert values == [1 / 784, 2 / 512, 2 / 256]
    assert [(layer["fan_in"], layer["fan_out"]) for layer in found["layers"]] == [
        (784, 512), (512, 256), (256, 10),
    ]  # fmt: skip
    uniform = solve(varprop, "--act", "relu", "--widths", "784,512,256,10", "--uniform-factor")
    assert uniform["layers"][0]["weight_variance"]["value"] == 2 / 784
    assert any("q × 2" in note for note in uniform["notes"])


@pytest.mark.parametrize("act", ["relu", "tanh", "gelu", "leaky_relu:0.2", "elu", "x*tanh(exp(x))"])
@pytest.mark.parametrize("name", list(CONDITIONS))
def test_each_condition_holds(varprop: Command, act: str, name: str) -> None:
    """Put back into the recurrences, each solution satisfies the condition it solves."""
    found = solve(varprop, "--act", act, "--fan-in", "300", "--fan-out", "100", "--condition", name)
    costs = found["costs"]
    forward, gradient = costs[name]["forward"], costs[name]["gradient"]
    if name == "forward":
        assert forward == pytest.approx(1, rel=1e-12)
    elif name == "backward":
        assert gradient == pytest.approx(1, rel=1e-12)
    elif name == "critical":
        assert gradient == pytest.approx(100 / 300, rel=1e-12)
    elif name == "geometric":
        assert forward * gradient == pytest.approx(1, rel=1e-12)
    else:
        assert forward < 1 < gradient or gradient < 1 < forward or forward == pytest.approx(1)
        one = {n: found["conditions"][n]["value"] for n in ("forward", "backward", "harmonic")}
        assert 2 / one["harmonic"] == pytest.approx(1 / one["forward"] + 1 / one["backward"])


def test_bias_variance_leaves_less_for_the_weights(varprop: Command) -> None:
    plain = solve(varprop, "--act", "tanh", "--fan-in", "100", "--q", "2")
    biased = solve(varprop, "--act", "tanh", "--fan-in", "100", "--q", "2", "--sigma-b2", "0.5")
    ratio = biased["weight_variance"]["value"] / plain["weight_variance"]["value"]
    assert ratio == pytest.approx(1 - 0.5 / 2, rel=1e-12)
    same = solve(varprop, "--act", "tanh", "--fan-in", "100", "--q", "2", "--bias-variance", "1/2")
    assert same["weight_variance"] == biased["weight_variance"]


def test_linearised_gives_glorots_factor_for_sigmoid(varprop: Command) -> None:
    found = solve(varprop, "--act", "sigmoid", "--fan-in", "100", "--linearised")
    assert found["weight_variance"]["value"] == pytest.approx(16 / 100, rel=1e-15)


def test_critical_reports_the_bias_variance(varprop: Command) -> None:
    tanh = solve(varprop, "--act", "tanh", "--fan-in", "100", "--condition", "critical")
    assert any("0.150965" in note for note in tanh["notes"])
    sigmoid = solve(varprop, "--act", "sigmoid", "--fan-in", "100", "--condition", "critical")
    assert any("no bias variance" in note for note in sigmoid["notes"])


def test_diverging_length_map_has_no_fixed_point(varprop: Command) -> None:
    found = solve(
        varprop, "--act", "linear", "--fan-in", "300", "--fan-out", "100", "--condition", "harmonic"
    )
    assert found["stability"]["q"] is None
    assert found["stability"]["chi_parallel"] == pytest.approx(1.5)
    assert found["stability"]["verdict"] == "unstable"


def test_conditions_without_an_answer_are_null(varprop: Command) -> None:
    found = solve(varprop, "--act", "step", "--fan-in", "100")
    assert found["weight_variance"]["value"] == pytest.approx(2 / 100)
    assert found["conditions"]["backward"] == {"expr": None, "value": None}


def test_the_screen_fits_24_lines_of_100_columns(varprop: Command) -> None:
    for arguments in (
        ("--act", "relu", "--fan-in", "512"),
        ("--act", "tanh", "--fan-in", "512"),
        ("--act", "gelu", "--fan-in", "n"),
        ("--act", "tanh", "--fan-in", "300", "--fan-out", "100", "--condition", "harmonic"),
        ("--act", "elu", "--fan-in", "100", "--condition", "critical"),
        ("--act", "relu", "--widths", "784,512,256,10"),
    ):
        run = varprop("solve", *arguments)
        lines = run.out.splitlines()
        assert run.code == 0
        assert len(lines) <= 24, run.out
        assert max(map(len, lines)) <= 100, run.out
        assert all(line == line.rstrip() for line in lines)


def test_seed_reproduces_the_experiment(varprop: Command) -> None:
    arguments = ("solve", "--act", "tanh", "--fan-in", "64", "--json", "--seed", "3")
    first, second = varprop(*arguments).json(), varprop(*arguments).json()
    assert first["checks"] == second["checks"]
    assert first["checks"][0]["seed"] == 3


def test_latex_is_one_aligned_block(varprop: Command) -> None:
    out = varprop("solve", "--act", "relu", "--fan-in", "n", "--latex", "--no-verify").out
    assert out.startswith("\\begin{aligned}")
    assert out.rstrip().endswith("\\end{aligned}")
    assert out.count("{") == out.count("}")
    assert r"\operatorname{Var}\left(w\right) &= \frac{2}{n}" in out


def test_markdown(varprop: Command) -> None:
    out = varprop("solve", "--act", "relu", "--fan-in", "512", "--markdown", "--no-verify").out
    assert out.startswith("# Initial weights for `relu`")
    assert "| normal | std |" in out


def test_steps_shows_every_line(varprop: Command) -> None:
    short = varprop("solve", "--act", "relu", "--fan-in", "512", "--no-verify").out
    long = varprop("solve", "--act", "relu", "--fan-in", "512", "--no-verify", "--steps").out
    assert "Var(x_{l+1}) = n·Var(w)·Var(x_l)" in long
    assert len(long.splitlines()) > len(short.splitlines())


@pytest.mark.parametrize("fan", ["2*m", "k^2*c1/g", "m + 3"])
@pytest.mark.parametrize("more", [(), ("--fan-out", "n", "--condition", "geometric")])
def test_a_fan_may_be_made_of_symbols(varprop: Command, fan: str, more: tuple[str, ...]) -> None:
    run = varprop("solve", "--act", "relu", "--fan-in", fan, *more, "--no-verify")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("Var(w) = ")


@pytest.mark.parametrize("slope", ["0.1", "0.37"])
def test_a_bias_that_is_rounding_alone_keeps_q(varprop: Command, slope: str) -> None:
    asked = ("solve", "--act", f"leaky_relu({slope})", "--fan-in", "300", "--condition", "critical")
    for q in ("1.7", "0.3"):
        out = varprop(*asked, "--q", q, "--no-verify").out
        assert "is kept with bias variance σ_b² = 0\n" in out


@pytest.mark.parametrize("law", list(LAWS))
def test_dist_accepts_each_law_or_says_why_not(varprop: Command, law: str) -> None:
    run = varprop("solve", "--act", "relu", "--fan-in", "64", "--dist", law, "--no-verify")
    assert run.code in (0, 2)
    if run.code == 2:
        assert (
            "no scale that solve could give" in run.err or "give a network with --arch" in run.err
        )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--act", "relo", "--fan-in", "5"), "Did you mean relu"),
        (("--act", "relu", "--fan-in", "0"), "positive whole number"),
        (("--act", "relu", "--fan-in", "-3"), "positive whole number"),
        (("--act", "relu", "--fan-in", "2.5"), "positive whole number"),
        (("--act", "relu", "--fan-in", "N"), "SymPy"),
        (("--act", "relu", "--fan-in", "E"), "SymPy"),
        (("--act", "relu", "--fan-in", "I"), "SymPy"),
        (("--act", "relu", "--fan-in", "beta"), "SymPy"),
        (
            (
                "--act",
                "relu",
            ),
            "--fan-in",
        ),
        (("--act", "relu", "--fan-in", "5", "--condition", "harmonic"), "--fan-out"),
        (("--act", "relu", "--fan-in", "5", "--condition", "backwards"), "Did you mean backward"),
        (("--act", "relu", "--fan-in", "5", "--q", "-1"), "positive"),
        (("--act", "relu", "--fan-in", "5", "--q", "nan"), "finite"),
        (("--act", "relu", "--fan-in", "5", "--bias-variance", "-1"), "zero or positive"),
        (("--act", "relu", "--fan-in", "5", "--bias-variance", "nan"), "finite"),
        (("--act", "relu", "--fan-in", "5", "--bias-variance", "2"), "smaller than --q"),
        (("--act", "relu", "--fan-in", "5", "--linearised"), "kink at 0"),
        (("--act", "square", "--fan-in", "5", "--linearised"), "≠ 0"),
        (("--act", "step", "--fan-out", "5", "--condition", "backward"), "slope 0"),
        (("--act", "relu", "--fan-in", "5", "--dist", "nrmal"), "Did you mean normal"),
        (("--act", "relu", "--fan-in", "5", "--input", "mean=0"), "var="),
        (("--act", "relu", "--fan-in", "5", "--input", "mean=1, second_moment=0.5"), "negative"),
        (("--act", "relu", "--fan-in", "5", "--data", "missing.npy"), "no data file"),
        (("--act", "relu", "--widths", "5"), "at least two"),
        (("--act", "relu", "--widths", "5,x,"), "at least two"),
        (("--act", "relu", "--widths", "5,4", "--fan-in", "5"), "leave --fan-in"),
        (("--act", "relu", "--fan-in", "5", "--json", "--latex"), "two formats"),
        (("--act", "__import__('os')", "--fan-in", "5"), "can't read"),
        (("--act", "exp(x**2)", "--fan-in", "5"), "infinite"),
        (("--act", "tan(x)", "--fan-in", "5"), "blows up near h = 1.5708"),
        (("--nonsense",), "No such option"),
    ],
)
def test_bad_input_is_one_clear_line(
    varprop: Command, arguments: tuple[str, ...], words: str
) -> None:
    run = varprop("solve", *arguments)
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith("Error: ")
    assert run.err.count("\n") == 1
    assert words in run.err


@pytest.mark.parametrize("name", ["rows.npy", "rows.npz", "rows.csv"])
def test_data_measures_the_first_signal(varprop: Command, tmp_path: Path, name: str) -> None:
    rows = np.random.default_rng(0).normal(0.3, 2.0, (50, 8))
    path = tmp_path / name
    if name.endswith("csv"):
        header = ",".join(f"c{k}" for k in range(8))
        np.savetxt(path, rows, delimiter=",", header=header, comments="")
    elif name.endswith("npz"):
        np.savez(path, x=rows)
    else:
        np.save(path, rows)
    found = solve(varprop, "--act", "relu", "--widths", "8,16,4", "--data", str(path))
    first = found["layers"][0]["weight_variance"]["value"]
    assert first == pytest.approx(1 / (8 * (rows**2).mean()), rel=1e-12)
    assert found["layers"][1]["weight_variance"]["value"] == 2 / 16


def _files(folder: Path) -> dict[str, Path]:
    made = {name: folder / name for name in (
        "nan.npy", "empty.csv", "pickle.npy", "text.csv", "ragged.csv", "junk.npy", "junk.npz",
        "data.txt", "zeros.npy",
    )}  # fmt: skip
    np.save(made["nan.npy"], np.array([[1.0, np.nan]]))
    made["empty.csv"].write_text("a,b\n")
    np.save(made["pickle.npy"], np.array([{"a": 1}], dtype=object), allow_pickle=True)
    made["text.csv"].write_text("a,b\n1,two\n")
    made["ragged.csv"].write_text("1,2\n3\n")
    made["junk.npy"].write_bytes(b"junk")
    made["junk.npz"].write_bytes(b"junk")
    made["data.txt"].write_text("1 2\n")
    np.save(made["zeros.npy"], np.zeros((3, 2)))
    return made


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nan.npy", "nan at row 1, column 2"),
        ("empty.csv", "no data"),
        ("pickle.npy", "pickled"),
        ("text.csv", "'two'"),
        ("ragged.csv", "1 columns"),
        ("junk.npy", "can't read"),
        ("junk.npz", "can't read"),
        ("data.txt", ".npy, .npz and .csv"),
        ("zeros.npy", "only zeros"),
    ],
)
def test_bad_data_is_one_clear_line(
    varprop: Command, tmp_path: Path, name: str, words: str
) -> None:
    path = _files(tmp_path)[name]
    run = varprop("solve", "--act", "relu", "--widths", "2,3", "--data", str(path))
    assert run.code == 2
    assert run.err.count("\n") == 1
    assert words in run.err


def test_data_must_fit_the_widths(varprop: Command, tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.ones((4, 3)))
    run = varprop("solve", "--act", "relu", "--widths", "5,2", "--data", str(path))
    assert run.code == 2
    assert "3 columns" in run.err
    assert "--widths 3,2" in run.err


def test_digits_of_scikit_learn(varprop: Command, tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    raw = load_digits().data
    std = np.where(raw.std(axis=0) > 0, raw.std(axis=0), 1)
    for name, rows in (("raw", raw), ("standardised", (raw - raw.mean(axis=0)) / std)):
        path = tmp_path / f"{name}.npy"
        np.save(path, rows)
        run = varprop(
            "solve", "--act", "relu", "--widths", "64,512,256,10", "--data", str(path), "--json"
        )
        assert run.code == 0, run.err
        found = run.json()
        first = found["layers"][0]["weight_variance"]["value"]
        assert first == pytest.approx(1 / (64 * (rows**2).mean()), rel=1e-12)
        assert "disagrees" not in {check["verdict"] for check in found["checks"]}
