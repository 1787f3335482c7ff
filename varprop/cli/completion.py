"""Shell completion: click's own script, written where the shell finds it."""

from __future__ import annotations

import os
from pathlib import Path

from click.shell_completion import get_completion_class

from varprop.errors import BadInput

PLACES = {
    "bash": ".local/share/bash-completion/completions/varprop",
    "zsh": ".zfunc/_varprop",
    "fish": ".config/fish/completions/varprop.fish",
}
AFTER = {
    "bash": "Open a new shell to use it.",
    "zsh": "Add `fpath+=~/.zfunc; autoload -Uz compinit; compinit` to ~/.zshrc if it isn't there.",
    "fish": "Open a new shell to use it.",
}


def install(shell: str) -> str:
    """Write the completion script for ``shell`` under the home directory and return what to do next."""
    from varprop.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise BadInput(f"no completion for {shell!r}: bash, zsh and fish have one.")
    script = found(cli, {}, "varprop", "_VARPROP_COMPLETE").source()
    place = Path(os.path.expanduser("~")) / PLACES[shell]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(script, encoding="utf-8")
    return f"Wrote {place}. {AFTER[shell]}"
