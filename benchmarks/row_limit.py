"""The compiled engine against the memory limit: a loop that only touches and queues what it did."""

from __future__ import annotations

from benchmarks.memory_limit import play, trace_of
from benchmarks.row import Line, Row, Setting
from benchmarks.timing import Once, interleave, ratio, seconds_text, timed, times_text
from benchmarks.worlds import CASCADE, cascade_study, run, timed_run
from referralsim.engine.contract import EngineInputs
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.experiment.plan import plan

GOAL = 2.5


def _sides(world: tuple[EngineInputs, int], only_waits: bool) -> dict[str, Once]:
    trace = trace_of(*world, FastEngine().run(*world).log, only_waits)
    return {
        "loop": lambda _: timed(lambda: play(trace), float),
        "joins": lambda _: timed_run(world, "joins"),
        "full": lambda _: timed_run(world, "full"),
    }


def measure(setting: Setting) -> Row:
    """Play a cascade, then touch and queue the same again without deciding anything."""
    lines, raw = [], {}
    for n_people, repeats in setting.pick([(3000, 3)], [(100_000, 9), (1_000_000, 3)]):
        setting.say(f"memory limit, {n_people:,} people")
        world = run(plan(cascade_study(n_people)), CASCADE, 0)
        warm_up(world[0])
        for only_waits in (False, True):
            sides = _sides(world, only_waits)
            interleave(sides, 1)  # compiles the loop
            measured = interleave(sides, repeats)
            loop, joins, full = (measured[name] for name in ("loop", "joins", "full"))
            value = ratio(joins, loop)
            what = "only events that lie in the future" if only_waits else "every event of the model"
            lines.append(
                Line(
                    against=f"bare loop, {what}, {n_people:,} people",
                    ours=seconds_text(joins.median_seconds),
                    theirs=seconds_text(loop.median_seconds),
                    value=value,
                    shown=f"{times_text(value)} its time",
                    goal="" if only_waits else f"≤ {GOAL} times its time",
                    met=None if only_waits else setting.judged(value <= GOAL),
                    note=f"{int(loop.mean_size):,} events pushed and popped; "
                    f"with a full log {times_text(ratio(full, loop))} its time",
                )
            )
            raw[f"{n_people} {what}"] = {name: side.seconds for name, side in measured.items()}
    work = (
        "the same cascade; the loop touches the same 64-byte records in the same order, pushes and pops the "
        "same keys on a binary heap, and does nothing else: no draws, no rules, no reading of ties, no log"
    )
    return Row("memory_limit", work, lines, raw)
