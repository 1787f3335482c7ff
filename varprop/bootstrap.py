"""From a fresh clone to an answer with nothing but python3 and pip.

``python3 -m varprop.bootstrap solve --act relu --fan-in 512`` makes a virtual environment in
``.venv``, installs varprop into it and runs the command there; ``--test`` runs the tests instead.
Only the standard library is used, and nothing that an older Python could not read.
"""

from __future__ import annotations

import compileall
import hashlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "varprop-installed"
OLDEST = (3, 11)
NO_PIP = (
    "Error: this Python has neither ensurepip nor pip, so no virtual environment can be filled. "
    "Type: sudo apt install python3-venv"
)


def main(arguments: list[str]) -> int:
    """Prepare ``.venv`` where needed, then run varprop (or its tests) in it."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return _refuse("Error: varprop needs Python 3.11 or newer, this is " + found + ".")
    if not (ROOT / "pyproject.toml").is_file():
        return _refuse(
            "Error: bootstrap works in a clone of varprop; elsewhere: pip install varprop"
        )
    testing = arguments[:1] == ["--test"]
    code = _prepare("test" if testing else "plain")
    if code:
        return code
    if testing:
        command = [_tool("python"), "-m", "pytest", "-n", "auto", *arguments[1:]]
    else:
        command = [_tool("varprop"), *arguments]
    return subprocess.call(command, cwd=ROOT if testing else None)


def _tool(name: str) -> str:
    scripts = "Scripts" if os.name == "nt" else "bin"
    return str(VENV / scripts / (name + sysconfig.get_config_var("EXE")))


def _wanted(extra: str) -> list[str]:
    """Return what the environment must have been made from: interpreter, project file, extra."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return [sys.version.replace("\n", " "), digest, extra]


def _is_ready(extra: str) -> bool:
    """Tell whether the environment is up to date and holds at least what ``extra`` asks for."""
    if not STAMP.is_file():
        return False
    found, wanted = STAMP.read_text().splitlines(), _wanted(extra)
    return found[:2] == wanted[:2] and found[2:] in ([extra], ["test"])


def _prepare(extra: str) -> int:
    """Make the environment and install varprop into it, unless that was done before."""
    if _is_ready(extra):
        return 0
    started = time.monotonic()
    testing = extra == "test"
    wait = "one to two minutes" if testing else "about half a minute"
    _say("Setting up " + str(VENV) + ", once: " + wait + ".")
    installer = _make()
    if installer is None:
        return _refuse(NO_PIP)
    target = str(ROOT) + ("[test]" if testing else "")
    _say("Installing varprop and what it needs ...")
    code = subprocess.call([*installer, "install", "--disable-pip-version-check", "-e", target])
    if code:
        return _refuse("Error: the installation failed; pip's own message is above.")
    compileall.compile_dir(str(ROOT / "varprop"), quiet=2)  # also where Python is told not to
    STAMP.write_text("\n".join(_wanted(extra)))
    _say(f"Ready after {time.monotonic() - started:.0f} s.")
    return 0


def _make() -> list[str] | None:
    """Create the environment and return the pip command that installs into it, None without pip."""
    if importlib.util.find_spec("ensurepip") is not None:
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(VENV)])
        return [_tool("python"), "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        return None
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    return [sys.executable, "-m", "pip", "--python", _tool("python")]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _refuse(line: str) -> int:
    _say(line)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
