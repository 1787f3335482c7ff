"""What the documents show of the terminal: the README's picture, and the same screen as text.

``python docs/screens.py`` writes ``docs/first_answer.svg`` and the blocks of text in ``README.md``
and ``docs/start.md``; tests compare them with the real command.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

COMMAND = "varprop solve --act relu --fan-in 512"
ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "first_answer.svg"
COLUMNS = 100


def screen() -> str:
    """Return what the command writes to a terminal, colours included."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    env |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    reading, writing = pty.openpty()
    command = [sys.executable, "-m", *shlex.split(COMMAND)]
    child = subprocess.Popen(command, stdout=writing, stderr=subprocess.DEVNULL, env=env)
    os.close(writing)
    written = b"".join(iter(lambda: _read(reading), b""))
    os.close(reading)
    if child.wait():
        raise SystemExit(f"{COMMAND} failed")
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    """Return the next piece; Linux reports the end of a terminal as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def picture() -> str:
    """Return the screen as SVG, without fonts from the network."""
    from rich.console import Console
    from rich.terminal_theme import DIMMED_MONOKAI
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {COMMAND}\n{screen().rstrip()}"))
    svg = console.export_svg(title="varprop", theme=DIMMED_MONOKAI, unique_id="varprop")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def with_screen(page: str, *options: str) -> str:
    """Return a page whose first block that begins with an answer holds what the command prints."""
    command = [sys.executable, "-m", *shlex.split(COMMAND), *options]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
    block = re.compile(r"(```text\n)Var\(w\).*?(```)", re.DOTALL)
    return block.sub(lambda found: found[1] + shown.rstrip() + "\n" + found[2], page, count=1)


def write() -> None:
    """Write the picture and both pages."""
    FILE.write_text(picture(), encoding="utf-8")
    for page, options in (("README.md", ()), ("docs/start.md", ("--no-verify",))):
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        path.write_text(with_screen(text, *options), encoding="utf-8")


if __name__ == "__main__":
    write()
