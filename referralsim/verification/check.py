"""What a check is: a claim with a source, scenario files, and how a number is read from their runs.

A check never touches an engine: it asks its session for the runs of a world, and the session's *play*
function loads the scenario file, plans and plays as ``referralsim run`` does. Another play function may be
given in its place, for example one that plants a fault.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from referralsim.errors import CheckFailed
from referralsim.eventlog.record import Level, RunRecord
from referralsim.verification.arithmetic import THRESHOLD, Sample, chance_of_failing, judge

SCENARIOS = Path(__file__).parent / "scenarios"

HOLDS = "holds"
FAILS = "FAILS"
REPRODUCED = "reproduced"  # it comes out of the mechanism
ASSUMED = "assumed"  # it holds because the scenario says so
NOT_REACHABLE = "not reachable"  # the model cannot say it
SKIPPED = "skipped"

FAMILIES = {
    "exact": "Exact answers",
    "clauses": "Clauses of a contract",
    "estimators": "Estimators of K",
    "published": "Published findings",
    "programs": "Other programs",
}


class Pattern(NamedTuple):
    """A small graph, of which an edge list holds many copies that do not touch."""

    name: str
    ties: tuple[tuple[float, ...], ...]  # (from, to) or (from, to, weight), persons counted from 0
    n_people: int
    copies: int

    def edge_list(self) -> str:
        """Return the text of the edge list: person j of copy c is ``c * n_people + j``."""
        lines = []
        for copy in range(self.copies):
            for a, b, *weight in self.ties:
                ends = (str(int(end) + copy * self.n_people) for end in (a, b))
                lines.append(" ".join((*ends, *map(str, weight))))
        return "\n".join(lines) + "\n"


class World(NamedTuple):
    """A scenario file with what is changed of it on the command line."""

    file: str  # in the folder of scenarios
    design: str | None = None  # None: the first
    sets: tuple[str, ...] = ()  # PATH=VALUE
    pattern: Pattern | None = None  # the graph, in place of the scenario's own
    level: Level = "full"  # what is kept of a run; less only where a run would not fit

    @property
    def path(self) -> Path:
        """Where the scenario lies."""
        return SCENARIOS / self.file

    def command(self, engine: str, n_runs: int, seed: int) -> str:
        """Return the command that plays the same runs."""
        words = ["referralsim", "run", self.file, "--seed", str(seed), "--replications", str(n_runs)]
        words += ["--design", self.design] if self.design else []
        words += ["--engine", engine] if engine != "fast" else []
        words += ["--level", self.level] if self.level != "full" else []
        words += [word for entry in self.sets for word in ("--set", entry)]
        if self.pattern is not None:
            words += ["--graph", f"{self.pattern.copies}_x_{self.pattern.name}.txt"]
        return shlex.join(words)


class Play(Protocol):
    """How the runs of a world are played."""

    def __call__(self, world: World, engine: str, n_runs: int, seed: int) -> Iterator[RunRecord]:
        """Give the records of replications 0 to n_runs - 1, one after the other."""


class Effort(NamedTuple):
    """How much is played."""

    runs: int  # 0: not on this engine
    sets: tuple[str, ...] = ()  # more changes of the world, for example of its size


class Efforts(NamedTuple):
    """How much is played by engine, in the quick and in the full suite."""

    quick_fast: Effort
    quick_reference: Effort
    full_fast: Effort
    full_reference: Effort

    def of(self, engine: str, quick: bool) -> Effort:
        """Return what is played on an engine."""
        found: Effort = getattr(self, f"{'quick' if quick else 'full'}_{engine}")
        return found


def runs(fast: int, reference: int, full: int = 5, full_reference: int | None = None) -> Efforts:
    """Return efforts that differ by the number of replications; the full suite plays `full` times as many."""
    more = reference * full if full_reference is None else full_reference
    return Efforts(Effort(fast), Effort(reference), Effort(fast * full), Effort(more))


class SkippedCheck(Exception):  # noqa: N818 - no error: something that is not at hand
    """A check that cannot be made here, with the reason."""


@dataclass(frozen=True)
class Session:
    """What a check may use: its effort, its seed, and a way to play worlds."""

    engine: str
    quick: bool
    seed: int
    effort: Effort
    play: Play
    peers_python: str | None = None  # interpreter that has other programs; None: this one, if it has them

    def runs(self, world: World, times: float = 1.0) -> Iterator[RunRecord]:
        """Play a world: as often as the effort says, times a factor."""
        mine = world._replace(sets=(*world.sets, *self.effort.sets))
        return self.play(mine, self.engine, max(1, round(self.effort.runs * times)), self.seed)

    def own_graphs(self, world: World) -> Iterator[RunRecord]:
        """Play as many runs as the effort says, each with a seed, and so with a graph, of its own."""
        mine = world._replace(sets=(*world.sets, *self.effort.sets))
        for number in range(self.effort.runs):
            yield from self.play(mine, self.engine, 1, seed_of(self.seed, f"graph {number}"))


Measure = Callable[[Session], list[Sample]]


@dataclass(frozen=True)
class Check:
    """A named claim that both engines are held to."""

    id: str
    family: str  # of FAMILIES
    claim: str  # in words
    source: str
    measure: Measure
    efforts: Efforts
    worlds: tuple[World, ...] = ()
    standing: str = HOLDS  # what the verdict is if it is met
    reason: str = ""  # of that standing
    engines: tuple[str, ...] = ("fast", "reference")


class Row(NamedTuple):
    """One number of a check on one engine, and what is said of it."""

    check: str
    family: str
    claim: str
    source: str
    quantity: str
    engine: str
    exact: float  # NaN: a band
    low: float
    high: float
    simulated: float
    n: int
    standard_error: float
    tolerance: float
    z: float
    threshold: float
    smallest_bias: float  # in the unit of the value
    smallest_bias_share: float  # of the exact value, or of the simulated one for a band; NaN: that is 0
    verdict: str
    reason: str
    beside: str
    command: str  # of the first world
    false_alarm: float  # chance that it fails although all is well
    x: float  # place on the axis of the check's picture; NaN: none

    @property
    def is_statistical(self) -> bool:
        """Whether chance alone could make it fail."""
        return self.standard_error > 0


def seed_of(suite_seed: int, check_id: str) -> int:
    """Return the seed of a check's worlds: its own, whatever other checks there are."""
    word = hashlib.sha256(f"{suite_seed}/{check_id}".encode()).digest()
    return int.from_bytes(word[:4], "big") >> 1


def rows_of(check: Check, session: Session) -> list[Row]:
    """Make a check on the session's engine."""
    effort = session.effort
    command = check.worlds[0]._replace(sets=(*check.worlds[0].sets, *effort.sets)) if check.worlds else None
    line = command.command(session.engine, effort.runs, session.seed) if command else ""
    if check.standing == NOT_REACHABLE:
        return [_bare(check, "", NOT_REACHABLE, check.reason)]
    if effort.runs == 0:
        return [_bare(check, session.engine, SKIPPED, "too large for the quick suite: --full makes it")]
    try:
        samples = check.measure(session)
    except SkippedCheck as why:
        return [_bare(check, session.engine, SKIPPED, str(why))]
    except CheckFailed as why:  # the other checks go on
        return [_bare(check, session.engine, FAILS, str(why))]
    return [_row(check, session.engine, sample, line) for sample in samples]


def _bare(check: Check, engine: str, verdict: str, reason: str) -> Row:
    nothing = Sample("", float("nan"), float("nan"), 0, float("nan"))
    return _row(check, engine, nothing, "")._replace(verdict=verdict, reason=reason, threshold=float("nan"))


def _row(check: Check, engine: str, sample: Sample, command: str) -> Row:
    judged = judge(sample)
    scale = abs(sample.simulated if sample.is_band else sample.expected)
    return Row(
        check=check.id,
        family=check.family,
        claim=check.claim,
        source=check.source,
        quantity=sample.quantity,
        engine=engine,
        exact=sample.expected,
        low=sample.low,
        high=sample.high,
        simulated=sample.simulated,
        n=sample.n,
        standard_error=sample.standard_error,
        tolerance=sample.tolerance,
        z=judged.z,
        threshold=THRESHOLD,
        smallest_bias=judged.smallest_bias,
        smallest_bias_share=judged.smallest_bias / scale if scale > 0 else float("nan"),
        verdict=check.standing if judged.holds else FAILS,
        reason=check.reason,
        beside=sample.beside,
        command=command,
        false_alarm=chance_of_failing(sample),
        x=sample.x,
    )
