"""``--arch`` and ``--define`` as people type them: a spec, ``@file`` or a name of the zoo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from varprop.catalogue.activations import ACTIVATIONS, Activation, activation
from varprop.catalogue.combined import COMBINED
from varprop.errors import BadInput, UnknownName, did_you_mean
from varprop.networks.kinds import LAYERS
from varprop.networks.network import Network, network
from varprop.networks.zoo import NETWORKS

_NAME = re.compile(r"[A-Za-z]\w*")
LARGEST_FILE = 100_000


def read_network(text: str, definitions: Sequence[str] = ()) -> Network:
    """Return the network of ``--arch``; ``definitions`` are NAME=EXPR of ``--define``.

    Raises BadInput or UnknownName, with the place for a spec.
    """
    return network(_spec(text), defined(definitions))


def _spec(text: str) -> str:
    asked = text.strip()
    if asked.startswith("@"):
        return _file(Path(asked[1:]))
    if asked in NETWORKS:
        return NETWORKS[asked].spec
    if _NAME.fullmatch(asked) and asked not in LAYERS:
        hint = did_you_mean(asked, NETWORKS.spellings())
        raise UnknownName(
            f"no network {asked!r}. {hint}All {len(NETWORKS)}: varprop list networks; or write one: "
            '"Input(784) >> Dense(512) >> relu >> Dense(10)"'
        )
    return text


def _file(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{path} is larger than {LARGEST_FILE} bytes: too long for a network.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it isn't UTF-8 text"
        raise BadInput(f"can't read {path}: {reason}.") from None


def defined(definitions: Sequence[str]) -> dict[str, Activation]:
    """Return the activations of NAME=EXPR texts; raises BadInput for a name that is taken."""
    found: dict[str, Activation] = {}
    for text in definitions:
        name, sign, formula = text.partition("=")
        name = name.strip()
        if not sign or not formula.strip():
            raise BadInput(f'--define needs NAME=EXPR, such as act="x*tanh(exp(x))", not {text!r}.')
        if not _NAME.fullmatch(name):
            raise BadInput(f"--define {name!r}: a name has letters, digits and _, a letter first.")
        if name in LAYERS or name in ACTIVATIONS or name in COMBINED or name in found:
            raise BadInput(f"--define {name}: the name is taken. Try my_{name.lower()}.")
        found[name] = Activation(name, activation(formula.strip()).phi)
    return found
