"""The command line: parse, one call, one render."""

from varprop.cli.main import main

__all__ = ["main"]
