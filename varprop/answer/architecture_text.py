"""``--arch`` and ``--define`` as people type them: a spec, ``@file`` or a name of the zoo."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path

from varprop.catalogue.activations import ACTIVATIONS, Activation
from varprop.catalogue.combined import COMBINED
from varprop.errors import BadInput, UnknownName, VarpropError, did_you_mean, shown
from varprop.expression_text.functions import CONDITIONAL, CONSTANTS, FUNCTIONS, TRUTH
from varprop.expression_text.reading import ARGUMENTS
from varprop.networks.kinds import LAYERS
from varprop.networks.network import Network, network
from varprop.networks.spec_activations import known, phi
from varprop.networks.used import Used
from varprop.networks.zoo import NETWORKS
from varprop.notation import check_name

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
LARGEST_FILE = 100_000
EXAMPLE = "Input(784) >> Dense(512) >> relu >> Dense(10)"


def read_network(text: str, definitions: Sequence[str] = ()) -> Network:
    """Return the network of ``--arch``; ``definitions`` are NAME=EXPR of ``--define``.

    Raises BadInput or UnknownName, with the place for a spec.
    """
    return _read(text, defined(definitions))


def read_whole(text: str, definitions: Sequence[str] = ()) -> Network:
    """Return the same, and refuse a definition that neither the network nor another one uses."""
    held = defined(definitions)
    net = _read(text, held)
    if unused := held.unused():
        raise BadInput(
            f"--define {unused[0]}: the network doesn't use it. Write {unused[0]} in it."
        )
    return net


def _read(text: str, held: Used) -> Network:
    asked = text.strip()
    if not asked.startswith("@"):
        return network(_spec(text), held)
    origin = asked[1:].strip()
    return network(_spec(_file(origin), f"{origin}: "), held, origin)


def _spec(text: str, where: str = "") -> str:
    """Return the spec of a network's name, or the text itself where it is one."""
    asked = re.sub(r"#[^\n]*", "", text).strip()
    if not asked:
        raise BadInput(f'{where}--arch is empty: give a network, such as "{EXAMPLE}".')
    if asked in NETWORKS:
        return NETWORKS[asked].spec
    if _NAME.fullmatch(asked) and not _stands_in_a_spec(asked):
        hint = did_you_mean(asked, NETWORKS.spellings())
        raise UnknownName(
            f"{where}no network {shown(asked)!r}. {hint}All {len(NETWORKS)}: varprop list networks; or write "
            f'one: "{EXAMPLE}"'
        )
    return text


def _stands_in_a_spec(name: str) -> bool:
    folded = name.casefold()
    return known(name, {}) or any(layer.casefold() == folded for layer in LAYERS.spellings())


def _file(name: str) -> str:
    """Return what a regular file of moderate size holds."""
    if not name:
        raise BadInput("@ needs the name of a file behind it, such as --arch @net.txt.")
    path = Path(name)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise BadInput(f"{path} is a directory: name a file in it, such as @{path}/net.txt.")
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(
                f"{path} is no regular file (a pipe or a device): save the network in one."
            )
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise BadInput(f"{path} is larger than {LARGEST_FILE} bytes: too long for a network.")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"can't read {path}: it isn't UTF-8 text.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"can't read {path}: {reason}.") from None
    if not text.strip():
        raise BadInput(f"{path} is empty: it should hold a network, such as {EXAMPLE}.")
    return text


def defined(definitions: Sequence[str]) -> Used:
    """Return the activations of NAME=EXPR texts; each may use the ones before it as functions.

    Raises BadInput for a name that is taken, and for a formula that can't be read.
    """
    pairs = [_pair(text) for text in definitions]
    found = Used()
    for number, (name, formula) in enumerate(pairs):
        if name in found:
            raise BadInput(
                f"--define {name} is given twice: give each activation a name of its own."
            )
        later = {other for other, _ in pairs[number:]}
        early = next((n for n in _NAME.findall(formula) if n in later), None)
        if early is not None:
            raise BadInput(
                f"--define {name} uses {early}, which isn't defined before it: give --define "
                f"{early}=… first."
                if early != name
                else f"--define {name} uses itself: write it in x."
            )
        try:
            found.define(name, Activation(name, phi(formula, found).phi))
        except VarpropError as error:
            raise type(error)(f"--define {name}: {error}") from None
    return found


def _pair(text: str) -> tuple[str, str]:
    """Return the name and the formula of NAME=EXPR; raises BadInput for a name that is taken."""
    name, sign, formula = text.partition("=")
    name, formula = name.strip(), formula.strip()
    if not sign or not formula:
        raise BadInput(
            f'--define needs NAME=EXPR, such as act="x*tanh(exp(x))", not {shown(text)!r}.'
        )
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"--define {shown(name)!r}: a name has letters, digits and _, a letter first."
        )
    reason = _taken(name)
    if reason is not None:
        raise BadInput(f"--define {name}: the name is taken, {reason}. Try my_{name.lower()}.")
    return name, formula


def _taken(name: str) -> str | None:
    """Return what a name means already, None where it is free."""
    if name in LAYERS:
        return "it is a layer"
    if name in ACTIVATIONS or name in COMBINED:
        return "it is an activation of the catalogue"
    if name in NETWORKS:
        return "it is a network of the zoo"
    if name in ARGUMENTS:
        return "formulas of activations are written in it"
    if name in ("q", "c"):
        return f"it is {'the variance' if name == 'q' else 'the correlation'} in every answer"
    if name in (*FUNCTIONS, *CONDITIONAL):
        return "it is a function of formulas"
    if name in CONSTANTS:
        return "it is a number"
    if name in (*TRUTH, "same", "valid"):
        return "it is a word of the spec language"
    try:
        check_name(name)
    except BadInput as error:
        return str(error).partition(": ")[2].partition(". Try")[0]
    return None
