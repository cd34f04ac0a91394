"""What a row of the table is, and how it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Mode = Literal["quick", "normal", "full"]
ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"


@dataclass(frozen=True)
class Line:
    """One comparison, as the table shows it.

    Attributes
    ----------
    against : str
        What the engine is compared with.
    ours, theirs : str
        What each side took, with units.
    value : float
        The number that has a goal; its meaning is in ``shown``.
    shown : str
        The number in words.
    goal : str
        The goal in words; empty where there is none.
    met : bool or None
        None where the goal cannot be judged: another size than the goal's, or a peer not installed.
    note : str
        What was checked, and anything a reader must know.
    """

    against: str
    ours: str
    theirs: str
    value: float
    shown: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One piece of work: stated in words, measured, with what was measured in raw numbers."""

    name: str
    work: str
    lines: list[Line]
    raw: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return dict(json.loads(json.dumps(asdict(self))))


def row_of(data: dict[str, Any]) -> Row:
    """Return the row that :meth:`Row.plain` gave."""
    return Row(data["name"], data["work"], [Line(**line) for line in data["lines"]], data["raw"])


@dataclass(frozen=True)
class Setting:
    """How to measure.

    Attributes
    ----------
    mode : {"quick", "normal", "full"}
        quick: seconds, small sizes, nothing about goals; normal: the goals' sizes where that takes minutes;
        full: all of them.
    peers_python : str
        Interpreter in whose environment the peers are installed.
    say : callable
        Told what goes on.
    earlier : dict
        Raw numbers of the rows that were measured before, by row.
    """

    mode: Mode
    peers_python: str
    say: Callable[[str], None]
    earlier: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pick(self, quick: Any, normal: Any, full: Any = None) -> Any:
        """Return what belongs to the mode; without ``full`` that is what belongs to normal."""
        if self.mode == "quick":
            return quick
        return full if self.mode == "full" and full is not None else normal

    def judged(self, met: bool) -> bool | None:
        """Return the verdict, which nobody passes on a quick run."""
        return None if self.mode == "quick" else met


Measure = Callable[[Setting], Row]
