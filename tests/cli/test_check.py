"""``varprop check``: claims, files, the registry, formats, exit codes, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sympy

import varprop as vp
from tests.conftest import Run
from varprop.claims import CLAIMS

Command = Callable[..., Run]
RELU = ("check", "Var(relu(h)) = Var(h)/2", "--given", "h ~ N(0, q)")

SHEET = """
[[claim]]
statement = "Var(relu(h)) = Var(h)/2"
given = ["h ~ N(0, var=q)"]
source = "blog, section 3"
expect = "{first}"

[[claim]]
id = "sum"
statement = "Var(x + y) = Var(x) + Var(y)"
given = "x, y independent"
expect = "true"
"""


def test_a_false_claim(varprop: Command) -> None:
    run = varprop(*RELU)
    assert run.code == 1
    assert "✗ false" in run.out
    assert "true instead E[relu(h)^2] = Var(h)/2" in run.out
    assert "N(0, q) is read as N(0, var=q)" in run.out
    assert "1 claim: 1 false" in run.out


def test_json_keeps_the_contract(varprop: Command) -> None:
    run = varprop(*RELU, "--json")
    (claim,) = json.loads(run.out)["claims"]
    assert claim["verdict"] == "false"
    assert claim["holds_when"] is None
    assert claim["counterexample"].startswith("q = 1: 0.3408")
    correct = sympy.sympify(claim["correct"])
    q = sympy.Symbol("q")
    assert sympy.simplify(correct.rhs - (q / 2 - q / (2 * sympy.pi))) == 0
    assert {e["kind"] for e in claim["evidence"]} >= {"symbolic", "experiment"}


def test_python_says_the_same(varprop: Command) -> None:
    run = varprop(*RELU, "--json")
    made = vp.check(RELU[1], given="h ~ N(0, q)")
    assert json.loads(made.json()) == json.loads(run.out)
    assert made.verdict == "false"
    assert "✗ false" in made.text()
    assert "**false**" in made.markdown()
    assert made.latex().startswith(r"\begin{aligned}")


def test_true_and_conditional_exit_with_0(varprop: Command) -> None:
    assert varprop("check", "Var(x + y) = Var(x) + Var(y)", "--given", "x, y iid").code == 0
    product = ("check", "Var(x*y) = Var(x)*Var(y)", "--given", "x, y uncorrelated")
    assert varprop(*product).code == 0
    assert varprop(*product, "--strict").code == 1


@pytest.mark.parametrize(("first", "code"), [("false", 0), ("true", 1)])
def test_a_file_with_expectations(varprop: Command, tmp_path: Path, first: str, code: int) -> None:
    path = tmp_path / "sheet.toml"
    path.write_text(SHEET.format(first=first), encoding="utf-8")
    run = varprop("check", str(path))
    assert run.code == code
    assert "2 claims: 1 true, 1 false" in run.out
    assert "blog, section 3" in run.out
    rows = json.loads(varprop("check", str(path), "--json").out)["claims"]
    assert [row["id"] for row in rows] == [None, "sum"]
    assert "**true** `Var(x + y)" in varprop("check", str(path), "--markdown").out
    only = varprop("check", str(path), "--verdict", "true").out
    assert "relu" not in only


def test_the_template_is_a_sheet(varprop: Command, tmp_path: Path) -> None:
    path = tmp_path / "template.toml"
    path.write_text(varprop("check", "--template").out, encoding="utf-8")
    assert varprop("check", str(path)).code == 0


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("claim = 3", "[[claim]] tables"),
        ("[[claim]]\ngiven = 'x'", "has no statement"),
        ("[[claim]]\nstatement = 'a = 1'\nexpekt = 'true'", "Did you mean expect?"),
        ("[[claim]]\nstatement = 'a = 1'\nexpect = 'wrong'", "expect is 'wrong'"),
        ("[[claim]\n", "is no TOML"),
        ("[[claim]]\nstatement = 'Var(x) = 1'", "claim 1: can't read"),
    ],
)
def test_files_that_are_none(varprop: Command, tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, encoding="utf-8")
    run = varprop("check", str(path))
    assert run.code == 2
    assert word in run.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("Var(relu(h)) = Var(h)/2",), "h is undeclared"),
        (("Var(x) = 2x", "--given", "x random"), "a product must be written: 2*x"),
        (("Var(x) + 1", "--given", "x random"), "needs a relation"),
        (("Var(x) = ", "--given", "x random"), "nothing stands beside '='"),
        (("E[x] = 0", "--given", "x ~ U(1, 0)"), "not from 1 to 0"),
        (("E[x] = 0", "--given", "x ~ N(0, var=-1)"), "can't be -1"),
        (("E[x] = 0", "--given", "x ~ Bernoulli(2)"), "between 0 and 1"),
        (("E[x] = 0", "--given", "x ~ Norml(0, 1)"), "Did you mean"),
        (("E[x] = 0", "--given", "x is nice"), "says nothing that is known"),
        (("E[softmax(x)] = 0", "--given", "x random"), "beyond the language of claims"),
        (("q[2] = q[0]", "--given", "net = 2*(Conv2d(3) >> relu)"), "dense chains"),
        (("q[2] = q[0]", "--given", "net = 2*(Dense(n) >> relu)"), "needs its weights"),
        (("relu",), "varprop gain relu"),
        (("he",), "varprop derive he"),
        (("no-such-claim",), "is no claim"),
        (("missing.toml",), "there is no file"),
        ((), "name a claim"),
        (("x = 1", "--latex"), "no latex form"),
    ],
)
def test_refusals_are_one_line(varprop: Command, arguments: tuple[str, ...], word: str) -> None:
    run = varprop("check", *arguments)
    assert run.code == 2
    assert word in run.err
    assert run.err.count("\n") == 1
    assert "Traceback" not in run.err


def test_a_function_of_ones_own(varprop: Command) -> None:
    run = varprop(
        "check", "E[act(h)^2] = q", "--given", "h ~ N(0, var=q)", "--define", "act=3*x",
        "--json",
    )  # fmt: skip
    (claim,) = json.loads(run.out)["claims"]
    assert sympy.sympify(claim["correct"]).rhs == 9 * sympy.Symbol("q")


def test_list_and_source(varprop: Command) -> None:
    run = varprop("check", "--list")
    assert run.code == 0
    assert all(name in run.out for name in CLAIMS)
    assert "Not decided by the state at initialisation" in run.out
    some = varprop("check", "--source", "ARENA")
    assert "1 claim: 1 false" in some.out
    assert some.code == 0
    assert varprop("check", "--source", "nobody").code == 2


def test_a_registered_claim_by_name(varprop: Command) -> None:
    run = varprop("check", "uniform-variance")
    assert run.code == 0
    assert "✓ true" in run.out
    assert "Cross Validated" in run.out
