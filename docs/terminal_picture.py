"""The README's picture: what the real command shows in a real terminal of 100 columns, as SVG.

``python docs/terminal_picture.py`` writes ``docs/first_answer.svg``; a test compares the two.
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


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
