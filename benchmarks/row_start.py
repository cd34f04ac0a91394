"""What a person waits before the first run begins: the help, a small run, the one compilation."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.row import ROOT, SCENARIOS, Line, Row, Setting
from benchmarks.timing import seconds_text

MOST_HELP_SECONDS = 0.3
MOST_RUN_SECONDS = 2.0
MOST_COMPILE_SECONDS = 30.0
GRAMMAR = SCENARIOS / "gallery" / "airbnb_travel_credit.yaml"
"""A scenario whose rules need the larger of the two kernels."""

_COMPILE = """
import pathlib, sys, time
from referralsim.engine.fast import warm_up
from referralsim.experiment.result import RunKey
from referralsim.experiment.plan import plan
from referralsim.scenario.load import load_study
ready = plan(load_study(pathlib.Path(sys.argv[1])))
world = ready.world(RunKey(next(reversed(ready.study.designs)), 0))
before = time.perf_counter()
warm_up(world[0])
print(time.perf_counter() - before)
"""


def _seconds(arguments: list[str], folder: Path) -> float:
    before = time.perf_counter()
    command = [sys.executable, "-m", "referralsim", *arguments]
    subprocess.run(command, cwd=folder, env=_environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - before


def _environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "CI": "true"} | more


def _compile_seconds(scenario: Path) -> float:
    """Compile into an empty folder, in a process that has loaded everything else."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _COMPILE, str(scenario)]
        where = _environment(NUMBA_CACHE_DIR=folder)
        done = subprocess.run(command, env=where, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _line(what: str, seconds: list[float], most: float, setting: Setting, note: str) -> Line:
    value = statistics.median(seconds)
    return Line(
        against=what,
        ours=seconds_text(value),
        theirs="",
        value=value,
        shown=seconds_text(value),
        goal=f"≤ {most:g} s",
        met=setting.judged(value <= most),
        note=f"{note}; {len(seconds)} times, {seconds_text(min(seconds))} to {seconds_text(max(seconds))}",
    )


def measure(setting: Setting) -> Row:
    """Measure the start of the program as a person meets it."""
    repeats, compiles = setting.pick((1, 0), (7, 1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        setting.say("start: help, and a run of the starter scenario")
        _seconds(["init", "starter.yaml"], folder)
        _seconds(["run", "starter.yaml", "--quiet", "--out", "warm"], folder)
        helps = [_seconds(["--help"], folder) for _ in range(repeats)]
        again = ["run", "starter.yaml", "--quiet", "--out"]
        runs = [_seconds([*again, f"run{repeat}"], folder) for repeat in range(repeats)]
    lines = [
        _line("`referralsim --help`", helps, MOST_HELP_SECONDS, setting, "the whole process"),
        _line(
            "`referralsim run` of the scenario of `init`",
            *(runs, MOST_RUN_SECONDS, setting),
            note="the whole process, engine and graph there from before: runs played, report drawn",
        ),
    ]
    for what, scenario in (("plain rules", SCENARIOS / "dropbox.yaml"), ("the whole grammar", GRAMMAR)):
        if compiles:
            setting.say(f"start: compiling the engine for {what}")
            taken = [_compile_seconds(scenario) for _ in range(compiles)]
            note = f"compiled into an empty folder for `{scenario.name}`; later processes load it"
            lines.append(_line(f"first compilation, {what}", taken, MOST_COMPILE_SECONDS, setting, note))
    work = "wall-clock time of whole processes, and of the compilation inside one"
    return Row("start", work, lines, {"help": helps, "run": runs})
