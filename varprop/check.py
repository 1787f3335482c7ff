"""Old name of varprop.verdict; goes before the release."""

from varprop.verdict import Check, Verdict  # noqa: F401
