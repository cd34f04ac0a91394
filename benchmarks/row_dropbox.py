"""The compiled engine against the reference engine: the same log, bit for bit, and how much sooner."""

from __future__ import annotations

from benchmarks.row import Line, Row, Setting
from benchmarks.timing import Once, Side, WorkDiffersError, interleave, ratio, seconds_text, timed, times_text
from benchmarks.worlds import DROPBOX, dropbox_study, run
from referralsim.engine.contract import EngineInputs, Played
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.store import log_digest
from referralsim.experiment.plan import plan

GOAL = 60.0


def _sides(world: tuple[EngineInputs, int], digests: dict[str, str]) -> dict[str, Once]:
    def once(name: str, engine: FastEngine | ReferenceEngine) -> tuple[float, float]:
        def size(played: Played) -> float:
            digests[name] = log_digest(played.log)
            return len(played.log)

        return timed(lambda: engine.run(*world), size)

    return {
        "fast": lambda _: once("fast", FastEngine()),
        "reference": lambda _: once("reference", ReferenceEngine()),
    }


def _line(n_people: int, sides: dict[str, Side], setting: Setting) -> Line:
    fast, reference = sides["fast"], sides["reference"]
    value = ratio(reference, fast)
    return Line(
        against=f"reference engine (SimPy), {n_people:,} people",
        ours=seconds_text(fast.median_seconds),
        theirs=seconds_text(reference.median_seconds),
        value=value,
        shown=f"{times_text(value)} faster",
        goal=f"≥ {GOAL:.0f} times at 100,000 people",
        met=setting.judged(value >= GOAL) if n_people >= 100_000 else None,
        note=f"the two logs are equal, bit for bit: {int(fast.mean_size):,} events",
    )


def measure(setting: Setting) -> Row:
    """Play one replication on both engines and compare their logs and their times."""
    lines, raw = [], {}
    for n_people, repeats in setting.pick([(1000, 2)], [(10_000, 3)], [(10_000, 3), (100_000, 3)]):
        setting.say(f"dropbox, {n_people:,} people: compiled engine against reference engine")
        world = run(plan(dropbox_study(n_people)), DROPBOX, 0)
        warm_up(world[0])
        digests: dict[str, str] = {}
        sides = interleave(_sides(world, digests), repeats)
        if digests["fast"] != digests["reference"]:
            raise WorkDiffersError(f"the logs of the two engines differ at {n_people:,} people")
        lines.append(_line(n_people, sides, setting))
        raw[str(n_people)] = {name: side.seconds for name, side in sides.items()}
    work = (
        "a year of `dropbox`, design `two_sided`, one replication, full log; one core each. First customers "
        "(1 % of the people) and organic arrivals (a person in 4,000 a day) grow with the size"
    )
    return Row("dropbox", work, lines, raw)
