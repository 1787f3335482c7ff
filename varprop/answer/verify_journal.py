"""Finished checks in an append-only file, so that an interrupted sweep loses nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from varprop.errors import BadInput
from varprop.verdict import Check, Verdict
from varprop.version import __version__

KEPT = (
    *("name", "predicted", "observed", "standard_error", "tolerance", "replicates", "width"),
    *("depth", "seed", "seconds", "finite_width", "note"),
)


class Journal:
    """One JSON line per finished check, after a first line that says to which sweep they belong.

    A last line that was torn is dropped. ``checks`` are those found on opening; ``trouble`` says
    why nothing more is kept, None while all goes well.

    Raises BadInput for a file of another sweep, a file of another kind and one that can't be read.
    """

    def __init__(self, path: str, sweep: dict[str, Any]) -> None:
        self._path = Path(path)
        self._sweep = json.loads(json.dumps({"varprop verify": __version__, **sweep}))
        self.trouble: str | None = None
        self.checks: dict[str, Check] = {}
        try:
            self._device = self._path.exists() and not self._path.is_file()
            self._end = 0 if self._device else self._read()
            if self._end == 0 and not self._device:
                self._path.write_bytes(b"")
        except OSError as error:
            raise BadInput(f"--resume {path}: {error.strerror or error}.") from error
        if self._end == 0:
            self._append(self._sweep)

    def _read(self) -> int:
        """Read what is there and return where the last whole line ends."""
        if not self._path.exists():
            return 0
        content = self._path.read_bytes()
        end = content.rfind(b"\n") + 1
        lines = content[:end].splitlines()
        if not lines:
            if content and not content.startswith(b'{"varprop'):
                raise BadInput(f"--resume {self._path}: not a file that varprop verify has begun.")
            return 0
        self._same_sweep(_parsed(lines[0]))
        for line in lines[1:]:
            kept = _parsed(line)
            if kept is not None:
                check = _check(kept)
                self.checks[check.name] = check
        return end

    def _same_sweep(self, first: dict[str, Any] | None) -> None:
        if first is None or "varprop verify" not in first:
            raise BadInput(f"--resume {self._path}: not a file that varprop verify has begun.")
        other = [
            f"{key} {first.get(key)} instead of {value}"
            for key, value in self._sweep.items()
            if first.get(key) != value
        ]
        if other:
            raise BadInput(
                f"--resume {self._path} keeps another sweep: {', '.join(other)}. Give the same "
                "names and options, or another file."
            )

    def keep(self, check: Check) -> None:
        """Append one finished check; a full disk is told once, in ``trouble``."""
        if self.trouble is None:
            line = {key: _plain(getattr(check, key)) for key in KEPT}
            self._append({**line, "verdict": check.verdict.value})

    def _append(self, line: dict[str, Any]) -> None:
        text = (json.dumps(line, allow_nan=False) + "\n").encode()
        try:
            with self._path.open("wb" if self._device else "r+b") as file:
                if not self._device:
                    file.seek(self._end)
                    file.truncate()
                file.write(text)
                file.flush()
                if not self._device:
                    os.fsync(file.fileno())
            self._end += len(text)
        except OSError as error:
            self.trouble = (
                f"{self._path}: {error.strerror or error}; checks finished before are kept, "
                "later ones are not."
            )


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return a line's object, None where it is damaged."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _plain(value: object) -> object:
    """Spell infinities and NaN as words: strict JSON has none."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def _check(line: dict[str, Any]) -> Check:
    numbers = ("predicted", "observed", "standard_error", "tolerance", "seconds", "finite_width")
    values = {key: line[key] for key in KEPT}
    values |= {key: float(values[key]) for key in numbers if values[key] is not None}
    return Check(**values, verdict=Verdict(line["verdict"]))
