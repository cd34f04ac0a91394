"""How checks say what they find."""

from __future__ import annotations

from typing import NamedTuple

from referralsim.scenario.tree import Path


class Found(NamedTuple):
    """One thing that does not fit: where, what, the nearest valid name."""

    path: Path
    message: str
    suggestion: str = ""
    got: bool = True


def names_of(names: list[str]) -> str:
    """Return some names in one line, the first eight of many."""
    shown = ", ".join(names[:8])
    return f"{shown}, …" if len(names) > 8 else shown or "none"
