"""``vp.check``: one claim, a file of them, or the registry."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from varprop.checking.check import decide_claim
from varprop.checking.findings import Answer, Checked, Decision
from varprop.claims import CLAIMS, ClaimEntry
from varprop.errors import BadInput, VarpropError, did_you_mean

claims = CLAIMS
"""The registered claims by name."""

KEYS = ("statement", "given", "source", "expect", "id", "title", "define", "note")
VERDICTS = tuple(answer.value for answer in Answer)

TEMPLATE = """# Claims for: varprop check FILE.toml
# expect is optional: with it, the exit code is 1 only where a verdict differs.

[[claim]]
id        = "relu-half"
statement = "Var(relu(h)) = Var(h)/2"
given     = ["h ~ N(0, var=q)"]
source    = "lecture 3"
expect    = "false"

[[claim]]
statement = "Var(sum(w_i*x_i, i, 1, n)) = 1/3"
given     = ["w_i ~ U(-1/sqrt(n), 1/sqrt(n))", "x_i iid", "E[x_i] = 0", "Var(x_i) = 1"]
expect    = "true"

[[claim]]
statement = "q[5] = q[0]"
given     = ["net = 5*(Dense(n) >> tanh)", "init = glorot_uniform", "q[0] = 1"]
expect    = "false"
"""

Progress = Callable[[int, int], None]


def check(
    *claims: str | Path,
    given: str | Sequence[str] = (),
    define: dict[str, str] | None = None,
    seed: int = 0,
    experiment: bool = True,
) -> Checked:
    """Decide claims: true, conditional, false or undecided, each with its evidence.

    Parameters
    ----------
    claims : statements such as ``"Var(relu(h)) = Var(h)/2"``, names of registered claims, or paths
        of TOML files.
    given : what the statements take for granted, e.g. ``"h ~ N(0, var=q)"``.
    define : names of functions of one variable and their formulas.
    seed : of the experiments.
    experiment : sample what can be sampled.

    Raises BadInput, with the place, for what can't be read.

    Examples
    --------
    >>> check("Var(relu(h)) = Var(h)/2", given="h ~ N(0, var=q)").verdict
    'false'
    """
    if not claims:
        raise BadInput(
            'name a claim, e.g. check("Var(x + y) = Var(x) + Var(y)", given="x, y iid").'
        )
    found: list[Decision] = []
    for claim in claims:
        text = str(claim)
        if isinstance(claim, Path) or text.endswith(".toml"):
            found += from_file(Path(text), define, seed, experiment)
        elif text in CLAIMS:
            found.append(registered(CLAIMS[text], seed, experiment))
        else:
            _refuse_name(text)
            made = decide_claim(text, given, define=define, experiment=experiment, seed=seed)
            found.append(made)
    return Checked(tuple(found), seed)


def registered(entry: ClaimEntry, seed: int = 0, experiment: bool = True) -> Decision:
    """Decide a registered claim; its stored expectation is not looked at."""
    if entry.library is not None:
        from varprop.checking.library_claims import decide_library

        made = decide_library(entry, seed)
    else:
        made = decide_claim(entry.statement, entry.given, experiment=experiment, seed=seed)
    return replace(made, id=entry.name, title=entry.title, source=entry.cited, note=entry.remark)


def check_all(
    entries: Iterable[ClaimEntry], seed: int = 0, progress: Progress | None = None
) -> Checked:
    """Decide every entry given, in order."""
    listed = list(entries)
    found = []
    for number, entry in enumerate(listed, start=1):
        found.append(registered(entry, seed))
        if progress is not None:
            progress(number, len(listed))
    return Checked(tuple(found), seed)


def from_file(
    path: Path, define: dict[str, str] | None = None, seed: int = 0, experiment: bool = True
) -> list[Decision]:
    """Decide the claims of a TOML file, in order. Raises BadInput for what is no such file."""
    found = []
    for number, table in enumerate(_tables(path), start=1):
        where = f"{path}, claim {number}"
        _check_table(table, where)
        given = table.get("given", ())
        functions = {**(define or {}), **table.get("define", {})}
        try:
            made = decide_claim(
                table["statement"], given, define=functions, experiment=experiment, seed=seed
            )
        except VarpropError as error:
            raise type(error)(f"{where}: {error}") from None
        keys = ("id", "title", "source", "expect", "note")
        found.append(replace(made, **{key: table[key] for key in keys if key in table}))
    return found


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"there is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} can't be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(
            f"{path} is no TOML: {error}. A template: varprop check --template"
        ) from None
    tables = content.get("claim")
    if not isinstance(tables, list) or not tables or set(content) != {"claim"}:
        other = sorted(set(content) - {"claim"})
        what = f"it has {', '.join(other)}" if other else "it has none"
        raise BadInput(
            f"{path} should hold [[claim]] tables; {what}. A template: varprop check --template"
        )
    return tables


def _check_table(table: Any, where: str) -> None:
    if not isinstance(table, dict) or "statement" not in table:
        raise BadInput(f"{where} has no statement.")
    for key in table:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS)
            raise BadInput(f"{where} has no {key!r}. {hint}Keys: {', '.join(KEYS)}.")
    given = table.get("given", ())
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, (list, tuple)) or not all(isinstance(t, str) for t in texts):
        raise BadInput(f"{where}: given is a text or a list of texts.")
    expect = table.get("expect", "true")
    if expect not in VERDICTS:
        hint = did_you_mean(str(expect), VERDICTS)
        raise BadInput(f"{where}: expect is {expect!r}. {hint}One of {', '.join(VERDICTS)}.")


def _refuse_name(text: str) -> None:
    """Point to the other command where a name is typed instead of a claim."""
    name = text.strip()
    if not name.replace("_", "").replace("-", "").isalnum() or not name[:1].isalpha():
        return
    from varprop.catalogue.activations import ACTIVATIONS
    from varprop.catalogue.laws import LAWS
    from varprop.catalogue.schemes import SCHEMES

    if name in ACTIVATIONS:
        raise BadInput(
            f"{name} is no claim but an activation; its moments: varprop gain {name}, an experiment: "
            f"varprop verify {name}"
        )
    if name in LAWS or name in SCHEMES:
        raise BadInput(f"{name} is no claim; its derivation: varprop derive {name}")
    hint = did_you_mean(name, CLAIMS)
    raise BadInput(
        f'{name!r} is no claim: a claim needs a relation, as in "Var(x) = E[x^2]". {hint}'
        "Registered ones: varprop check --list"
    )
