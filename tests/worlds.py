"""Playing scenarios from text or file in tests: one call a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from referralsim.eventlog.kinds import Kind
from referralsim.eventlog.record import RunRecord
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.result import RunKey
from referralsim.scenario.load import load_study

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"
FACEBOOK = ROOT.parent / "shared" / "data" / "facebook_combined.txt.gz"
ENGINES = ("reference", "fast")


def shipped() -> list[Path]:
    """Return the scenario files that ship with the project."""
    return sorted(p for p in SCENARIOS.glob("*.yaml") if not p.name.endswith(".resolved.yaml"))


@lru_cache(maxsize=64)
def plan_of(path: Path, engine: str, sets: tuple[str, ...] = (), size: int | None = None) -> Plan:
    """Load a scenario file and get ready to run it."""
    return plan(load_study(path, overrides=sets, size=size), engine)


def play(
    path: Path,
    design: str | None = None,
    engine: str = "reference",
    replication: int = 0,
    sets: Sequence[str] = (),
    size: int | None = None,
) -> RunRecord:
    """Play one run of a scenario file."""
    ready = plan_of(path, engine, tuple(sets), size)
    return ready.record(RunKey(design or next(iter(ready.study.designs)), replication))


def write(folder: Path, text: str, name: str = "scenario.yaml") -> Path:
    """Write a scenario file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def of_kind(record: RunRecord, kind: Kind) -> np.ndarray:
    """Return the events of one kind."""
    return record.log[record.log["kind"] == kind]


def customers(record: RunRecord) -> int:
    """Return how many people became customers."""
    return len(of_kind(record, Kind.ACTIVATED))
