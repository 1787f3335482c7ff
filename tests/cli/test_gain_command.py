"""``varprop gain`` at the command line: screens, the data contract, refusals."""

from __future__ import annotations

import json
import math

import pytest
import sympy
from click.testing import CliRunner, Result

from varprop.answer.gain import everything
from varprop.cli.gain_command import LIBRARIES, command
from varprop.errors import VarpropError
from varprop.notation import q

KEYS = {
    "activation",
    "q",
    "mean",
    "second_moment",
    "variance",
    "fourth_moment",
    "derivative_mean",
    "derivative_second_moment",
    "gain",
    "chi_parallel",
    "chi_perp",
    "closed_form",
    "error_bound",
    "overflow",
    "log_value",
}


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def _json(*arguments: str) -> list[dict]:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0
    return json.loads(result.stdout, parse_constant=pytest.fail)


def test_the_contract_for_tanh() -> None:
    (found,) = _json("tanh")
    assert found.keys() >= KEYS
    assert found["second_moment"] == pytest.approx(0.3942944903978412, rel=1e-14)
    assert found["gain"] == pytest.approx(
        {
            "second_moment": 1.5925374197228315,
            "variance": 1.5925374197228315,
            "derivative": 1.467413591630795,
            "linear": 1.0,
        },
        rel=1e-14,
    )
    assert found["chi_parallel"] == pytest.approx(0.46107083047763137, rel=1e-13)
    assert found["chi_perp"] == pytest.approx(1.1778072323041797, rel=1e-13)
    expected = {"second_moment": None, "mean": "0", "derivative_second_moment": None}
    assert found["closed_form"] == expected
    assert found["overflow"] is False
    assert found["log_value"] is None


def test_arguments_keep_their_order_and_may_be_expressions() -> None:
    names = ["tanh", "x*tanh(exp(x))", "relu", "leaky_relu(0.2)", "glu", "relu"]
    assert [found["activation"] for found in _json(*names)] == names


def test_the_whole_catalogue() -> None:
    found = _json()
    assert [item["activation"] for item in found] == list(everything())
    for item in found:
        assert item.keys() >= KEYS
        form = item["closed_form"]["second_moment"]
        if form is not None:
            value = sympy.sympify(form, locals={"q": q}).subs(q, 1).evalf(20)
            assert math.isclose(float(value), item["second_moment"], rel_tol=1e-12)


def test_overflow_is_null_with_its_logarithm() -> None:
    (found,) = _json("exp", "--q", "400")
    assert found["second_moment"] is None
    assert found["overflow"] is True
    assert found["log_value"] == pytest.approx(800)


def test_sort() -> None:
    found = _json("gelu", "relu", "tanh", "--sort", "chi_parallel")
    assert [item["activation"] for item in found] == ["tanh", "relu", "gelu"]


@pytest.mark.parametrize("text", ["1/2", "0.5", "5e-1"])
def test_q_is_read_exactly(text: str) -> None:
    assert _json("relu", "--q", text)[0]["second_moment"] == pytest.approx(0.25, rel=1e-15)


def test_one_activation_in_words() -> None:
    text = _run("x*tanh(exp(x))").stdout
    for words in (
        "h·tanh(exp(h)) at q = 1",
        "E[φ²] 0.529094",
        "gain 1.37478 (second moment)   1.47381 (std, after mean removal)   1.33491 (backward)",
        "a start 1 % off decays (χ∥ = 0.9561), gradients ×1.061 per layer, ×3.245 in 20",
        "people often pass 'relu' (√2): then q = 1 drifts to 2.22 after 20 layers",
        "no closed form",
    ):
        assert words in text


def test_an_unstable_gain_is_called_so() -> None:
    text = _run("gelu").stdout
    assert "UNSTABLE fixed point (χ∥ = 1.144)" in text
    table = _run("gelu", "relu").stdout
    assert "1.1441 !" in table
    assert "is off, after 20 layers, by" in table
    assert "unstable" not in _run("relu", "tanh").stdout


@pytest.mark.parametrize("columns", [50, 80, 100])
def test_a_narrow_terminal_gets_fewer_columns_not_fewer_digits(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = _run("hard_sigmoid_keras2", "siren").stdout
    table = text.split("\n\n", maxsplit=1)[0]
    assert max(map(len, table.splitlines())) <= columns
    assert "1.85983" in table
    assert "left out in" in text or columns == 100


def test_plot() -> None:
    text = _run("tanh", "relu", "--plot").stdout
    assert "length map" in text
    assert any(0x2800 < ord(c) < 0x2900 for c in text) or "*" in text


@pytest.mark.parametrize("library", LIBRARIES)
def test_against(library: str) -> None:
    text = _run("--against", library).stdout
    assert "verdict" in text
    for item in _json("--against", library):
        assert item["library"] == library
        assert item["verdict"] in text


def test_against_one_activation() -> None:
    found = _json("tanh", "--against", "torch")
    assert {item["activation"] for item in found} == {"tanh"}
    with pytest.raises(VarpropError, match="no constant for mish"):
        _run("mish", "--against", "torch")


def test_thirty_digits() -> None:
    assert "0.394294490397841174416459772444" in _run("tanh", "--digits", "30").stdout
    digits = _json("tanh", "--digits", "30")[0]["digits"]
    assert digits["second_moment"] == "0.394294490397841174416459772444"


def test_open_parameters() -> None:
    text = _run("prelu(alpha)").stdout
    assert "E[φ²] = q·(α² + 1)/2" in text
    (found,) = _json("prelu(alpha)")
    assert found["second_moment"] is None
    assert found["closed_form"]["second_moment"] == "q*(alpha**2 + 1)/2"


def test_markdown_and_latex() -> None:
    assert "| `relu` | 0.398942 | 0.5 |" in _run("relu", "tanh", "--markdown").stdout
    latex = _run("relu", "tanh", "--latex").stdout
    assert r"&= \frac{q}{2} \\" in latex
    assert r"&\approx 0.394294" in latex


REFUSED = {
    ("relo",): "Did you mean relu",
    ("softmax",): "no function of one number",
    ("relu", "--q", "0"): "must be positive",
    ("relu", "--q", "-1"): "must be positive",
    ("relu", "--q", "n"): "must be a number",
    ("relu", "--q", "nan"): "finite number",
    ("exp(x^2)",): "infinite",
    ("__import__('os')",): "names start with a letter",
    ("--against", "torch", "--latex"): "no latex form",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refusals(arguments: tuple[str, ...]) -> None:
    with pytest.raises(VarpropError) as refusal:
        _run(*arguments)
    assert REFUSED[arguments] in str(refusal.value)


def test_two_formats_are_refused() -> None:
    assert _run("relu", "--json", "--latex").exit_code == 2


def test_certified_enclosures_hold_the_true_value() -> None:
    (found,) = _json("tanh", "--certified", "--digits", "20")
    middle, radius = map(float, found["digits"]["second_moment"].split(" ± "))
    assert abs(middle - 0.394294490397841174416459772444) <= radius + 1e-16
    assert radius < 1e-18
    with pytest.raises(VarpropError, match="pointwise"):
        _run("glu", "--certified")
