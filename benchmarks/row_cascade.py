"""The independent cascade against other software, on the same graph from the same first customers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.peers import Peer, PeerFailedError, PeerMissingError, save_graph
from benchmarks.row import Line, Row, Setting
from benchmarks.timing import Once, Side, interleave, ratio, same_size, seconds_text, times_text
from benchmarks.worlds import CASCADE, CASCADE_SEEDS, cascade_study, run, timed_run
from referralsim.engine.contract import EngineInputs
from referralsim.engine.fast import warm_up
from referralsim.experiment.plan import Plan, plan

PROBABILITY = 0.15
KEPT = 2 / 3
"""Share of the ratio at the first size that must be left at the larger."""


class Opponent(NamedTuple):
    """A peer, what it does, and how many times faster the engine should be (0: no goal)."""

    name: str
    title: str
    goal: float


OPPONENTS = (
    Opponent("eon", "EoN `fast_SIR`, with delays", 50.0),
    Opponent("ndlib", "ndlib `IndependentCascades`, rounds", 50.0),
    Opponent("simpy", "SimPy, a process an invitation, with delays", 250.0),
    Opponent("simpy_thinned", "SimPy, the same, but lost invitations end at once", 0.0),
    Opponent("cynetdiff", "cynetdiff (C++), rounds without a clock", 1 / 1.5),
)


def _sides(peer: Peer, worlds: list[tuple[EngineInputs, int]]) -> dict[str, Once]:
    def theirs(repeat: int) -> tuple[float, float]:
        return peer.run(worlds[repeat][0].initial.tolist(), repeat + 1)

    return {
        "joins": lambda repeat: timed_run(worlds[repeat], "joins"),
        "peer": theirs,
        "full": lambda repeat: timed_run(worlds[repeat], "full"),
    }


def _goal_text(goal: float) -> str:
    """Return a goal at the first size in words."""
    if goal == 0:
        return ""
    return f"≥ {goal:.0f} times faster" if goal >= 1 else f"≤ {1 / goal:.1f} times its time"


def _line(opponent: Opponent, version: str, sides: dict[str, Side], setting: Setting) -> Line:
    value, full = ratio(sides["peer"], sides["joins"]), ratio(sides["peer"], sides["full"])
    slower = 0 < opponent.goal < 1
    shown = f"{times_text(1 / value)} its time" if slower else f"{times_text(value)} faster"
    with_log = f"{times_text(1 / full)} its time" if slower else f"{times_text(full)} faster"
    work = same_size(sides["joins"].sizes, sides["peer"].sizes)
    return Line(
        against=f"{opponent.title} ({version})",
        ours=seconds_text(sides["joins"].median_seconds),
        theirs=seconds_text(sides["peer"].median_seconds),
        value=value,
        shown=shown,
        goal=_goal_text(opponent.goal),
        met=setting.judged(value >= opponent.goal) if opponent.goal else None,
        note=f"people reached: {work}; with every invitation in a full log {with_log}",
    )


def _against(
    opponent: Opponent, ready: Plan, file: Path, repeats: int, setting: Setting
) -> tuple[Line, Side]:
    """Measure one peer, or say why not; return also the sides' times for the record."""
    n = ready.graph.n_people
    setting.say(f"cascade, {n:,} people: {opponent.title}")
    try:
        with Peer(opponent.name, setting.peers_python, file, PROBABILITY) as peer:
            worlds = [run(ready, CASCADE, repeat) for repeat in range(repeats)]
            loner = int(np.argmin(ready.graph.degrees()))
            peer.run([loner], 0)  # next to nothing, but the peer loads what it loads late
            sides = interleave(_sides(peer, worlds), repeats)
            line = _line(opponent, peer.version, sides, setting)
            return line, sides["peer"]
    except (PeerMissingError, PeerFailedError) as why:
        word = "not installed" if isinstance(why, PeerMissingError) else "failed"
        return Line(
            opponent.title, "", "", 0.0, "skipped", _goal_text(opponent.goal), None, f"{word}: {why}"
        ), Side("")


def lasting(line: Line, first: dict[str, float] | None, setting: Setting) -> Line:
    """Return a line with the goal of the larger size: the ratio falls by no more than a third.

    Parameters
    ----------
    first : dict, optional
        The raw numbers of the same peer at the first size, if they are known.
    """
    if not first or not first["value"] or not line.value:
        return replace(line, goal="", met=None)
    kept = line.value / first["value"]
    return replace(
        line,
        shown=f"{line.shown}, {kept:.2f} of the ratio at the first size",
        goal="≥ 2/3 of that ratio",
        met=setting.judged(kept >= KEPT),
    )


def _measure(
    name: str,
    n_people: int,
    repeats: dict[str, int],
    setting: Setting,
    first: dict[str, dict[str, float]] | None = None,
) -> Row:
    setting.say(f"cascade, {n_people:,} people: making the graph")
    ready = plan(cascade_study(n_people))
    warm_up(run(ready, CASCADE, 0)[0])
    lines, raw = [], {}
    with tempfile.TemporaryDirectory() as folder:
        file = save_graph(ready.graph, Path(folder))
        for opponent in (o for o in OPPONENTS if o.name in repeats):
            line, side = _against(opponent, ready, file, repeats[opponent.name], setting)
            setting.say(f"  {line.ours} against {line.theirs}: {line.shown}")
            line = lasting(line, first.get(opponent.name), setting) if first is not None else line
            lines.append(line)
            raw[opponent.name] = {"value": line.value, "seconds": side.seconds, "reached": side.sizes}
    work = (
        f"independent cascade, Erdős-Rényi graph of {n_people:,} people with mean degree 10, success .15 a "
        "tie, exponential delays of mean 1 day where the peer has delays, "
        f"{min(CASCADE_SEEDS, n_people // 10)} seeds; "
        "everybody on the same graph. The engine records who joined when, by whom and by what"
    )
    return Row(name, work, lines, raw)


def measure(setting: Setting) -> Row:
    """Play the cascade at the size of the goals."""
    n = setting.pick(3000, 100_000)
    many, brief = setting.pick(3, 5, 7), setting.pick(3, 15, 25)
    repeats = {o.name: brief if o.name == "cynetdiff" else many for o in OPPONENTS}
    return _measure("cascade", n, repeats, setting)


def measure_large(setting: Setting) -> Row:
    """Play the cascade among ten times as many people; SimPy, which takes minutes a run, only in full."""
    n = setting.pick(10_000, 1_000_000)
    slow, quick = setting.pick(2, 2, 3), setting.pick(2, 5, 7)
    repeats = {o.name: quick if o.name == "cynetdiff" else slow for o in OPPONENTS if o.goal}
    if setting.mode == "normal":
        del repeats["simpy"]
    return _measure("cascade_large", n, repeats, setting, setting.earlier.get("cascade", {}))
