"""Engines by name."""

from __future__ import annotations

from referralsim.engine.contract import Engine
from referralsim.errors import UsageError
from referralsim.eventlog.record import LEVELS, Level

ENGINES = ("fast", "reference")
DEFAULT_ENGINE = "fast"


def make_engine(name: str, level: Level = "full") -> Engine:
    """Return an engine by name and record level; the other one is not even imported."""
    refuse_level(name, level)
    if name == "fast":
        from referralsim.engine.fast import FastEngine

        return FastEngine(level)
    if name == "reference":
        from referralsim.engine.reference import ReferenceEngine

        return ReferenceEngine()
    raise UsageError(f"there is no engine {name!r}; there are {' and '.join(ENGINES)}")


def refuse_level(engine: str, level: str) -> None:
    """Refuse a record level that there is not, or that an engine does not have.

    Raises
    ------
    UsageError
    """
    if level not in LEVELS:
        raise UsageError("level", f"there is no {level!r}", f"there are {', '.join(LEVELS)}")
    if engine == "reference" and level != "full":
        what = f"the reference engine keeps every event and has no level {level!r}"
        raise UsageError("level", what, "use the engine 'fast', or the level 'full'")
