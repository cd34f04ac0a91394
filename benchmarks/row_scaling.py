"""What an event costs as the world grows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.row import Line, Row, Setting
from benchmarks.timing import interleave, seconds_text, timed, times_text
from benchmarks.worlds import CASCADE, DROPBOX, SMALLEST_LEVEL, cascade_study, dropbox_study, run
from referralsim.engine.contract import EngineInputs
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.plan import plan

GOAL = 4.0


class Point(NamedTuple):
    """One size of one world: events, and the median processor seconds each costs."""

    n_people: int
    n_events: int
    seconds_per_event: float


def _cascade_point(n_people: int, repeats: int) -> Point:
    """Measure the cascade; an event is an invitation or a sign-up."""
    world = run(plan(cascade_study(n_people)), CASCADE, 0)
    return _point(world, repeats, n_people, _invitations_and_joins(world))


def _invitations_and_joins(world: tuple[EngineInputs, int]) -> int:
    inputs = world[0]
    log = FastEngine("joins").run(*world).log
    joined = log["actor"][log["kind"] == Kind.SIGNED_UP]
    return int(np.diff(inputs.offsets)[joined].sum()) + len(joined)


def _dropbox_point(n_people: int, repeats: int) -> Point:
    """Measure ``dropbox``; an event is one that the full log holds."""
    world = run(plan(dropbox_study(n_people)), DROPBOX, 0)
    return _point(world, repeats, n_people, len(FastEngine().run(*world).log))


def _point(world: tuple[EngineInputs, int], repeats: int, n_people: int, n_events: int) -> Point:
    warm_up(world[0])

    def once(_: int) -> tuple[float, float]:
        return timed(lambda: FastEngine(SMALLEST_LEVEL).run(*world), lambda _: n_events)

    side = interleave({"fast": once}, repeats)["fast"]
    return Point(n_people, n_events, side.median_seconds / n_events)


def _line(name: str, points: list[Point], setting: Setting) -> Line:
    first, last = points[0], points[-1]
    value = last.seconds_per_event / first.seconds_per_event
    return Line(
        against=f"`{name}`: {first.n_people:,} → {last.n_people:,} people",
        ours=f"{seconds_text(last.seconds_per_event)} an event",
        theirs=f"{seconds_text(first.seconds_per_event)} an event",
        value=value,
        shown=f"{times_text(value)} the cost an event",
        goal=f"≤ {GOAL:.0f} times from 10⁴ to 10⁷" if name == "cascade" else "",
        met=setting.judged(value <= GOAL) if name == "cascade" and last.n_people >= 10_000_000 else None,
        note=", ".join(f"{p.n_people:,}: {seconds_text(p.seconds_per_event)}" for p in points),
    )


def measure(setting: Setting) -> Row:
    """Measure both worlds from small to large."""
    sizes = setting.pick([1000, 5000], [10_000, 100_000, 1_000_000], [10_000, 100_000, 1_000_000, 10_000_000])
    cascade, dropbox = [], []
    for n_people in sizes:
        repeats = max(3, min(15, 300_000 // n_people))
        setting.say(f"scaling: {n_people:,} people")
        cascade.append(_cascade_point(n_people, repeats))
        if n_people <= 1_000_000:
            dropbox.append(_dropbox_point(n_people, repeats))
    lines = [_line("cascade", cascade, setting), _line("dropbox", dropbox, setting)]
    work = (
        f"one run of the compiled engine at record level `{SMALLEST_LEVEL}`, processor time by event; an "
        "event is an invitation or a sign-up in the cascade, a line of the full log in a year of `dropbox`"
    )
    raw = {
        name: {"people": [p.n_people for p in points], "seconds": [p.seconds_per_event for p in points]}
        for name, points in (("cascade", cascade), ("dropbox", dropbox))
    }
    return Row("scaling", work, lines, raw)
