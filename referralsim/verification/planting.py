"""Plant one fault in the program, make one check, and see whether the check fails.

A fault is a change of one place in the text of a module. It is planted while the module is imported, in a
process of its own: nothing is written to disk, and nothing else sees it. Where the module is compiled, that
process runs it as plain Python instead, and the check is as large as it is on the reference engine.

    python -m referralsim.verification.planting FAULT      prints the rows of its check as JSON
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import CodeType, ModuleType
from typing import NamedTuple

from referralsim.verification.faults import FAULTS, Fault

_COMPILED = ("referralsim.behaviour", "referralsim.distributions", "referralsim.randomness")
_KERNEL = "referralsim.engine.kernel"
_TIMEOUT_SECONDS = 300.0
_MOST_CHARACTERS = 160


class Planted(NamedTuple):
    """What became of a fault."""

    fault: Fault
    is_caught: bool
    by: str  # the quantity that failed, and how far it was off; or what went wrong
    sound: bool  # whether the same check, made in the same way, holds without the fault


class FaultLostError(Exception):
    """The text that a fault changes is not there, or not once."""


def faulty(source: str, fault: Fault) -> str:
    """Return the text of a module with a fault in it.

    Raises
    ------
    FaultLostError
        If the place is not there exactly once: the program has moved on, and so must the fault.
    """
    if source.count(fault.old) != 1:
        raise FaultLostError(f"{fault.id}: {fault.module} has {fault.old!r} {source.count(fault.old)} times")
    return source.replace(fault.old, fault.new)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module with a fault in its text."""

    fault: Fault

    def get_code(self, fullname: str) -> CodeType:
        text = self.get_data(self.path).decode("utf-8")
        return compile(faulty(text, self.fault), self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, and leaves all others to the usual way."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.fault.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            loader = _Loader(fullname, spec.origin)
            loader.fault = self.fault
            spec.loader = loader
        return spec


def is_compiled(fault: Fault) -> bool:
    """Say whether the place of a fault is compiled code, which is then run as plain Python."""
    return fault.module.startswith((*_COMPILED, _KERNEL))


def _worker(fault_id: str, planted: bool) -> None:
    """Make a fault's check in this process, with the fault or without it, and print what came out."""
    fault = next(fault for fault in FAULTS if fault.id == fault_id)
    if planted:
        if fault.module in sys.modules:
            raise AssertionError(f"{fault.module} was there before its fault")
        sys.meta_path.insert(0, _Finder(fault))
    from referralsim.verification.check import FAILS, Session, rows_of, seed_of
    from referralsim.verification.playing import ordinary
    from referralsim.verification.suite import QUICK_SEED, all_checks

    check = next(check for check in all_checks() if check.id == fault.check)
    size = "reference" if is_compiled(fault) else fault.engine
    effort = check.efforts.of(size, fault.quick)
    seed = seed_of(QUICK_SEED, check.id)
    rows = rows_of(check, Session(fault.engine, fault.quick, seed, effort, ordinary))
    failed = [f"{row.quantity}: {row.simulated:.6g} for {row.exact:.6g}, z = {row.z:.1f}"
              for row in rows if row.verdict == FAILS]  # fmt: skip
    print(json.dumps({"failed": failed, "rows": len(rows)}))


def _made(fault: Fault, planted: bool) -> tuple[bool, str]:
    """Return whether a check failed in a process of its own, and the words for it."""
    settings = {**os.environ, "PYTHONWARNINGS": "ignore"}
    if is_compiled(fault):
        settings["NUMBA_DISABLE_JIT"] = "1"
    command = [sys.executable, "-m", __name__, fault.id, *(["planted"] if planted else [])]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, this module, a name of our own
            command, capture_output=True, text=True, env=settings, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no end within {_TIMEOUT_SECONDS:.0f} s, so no verdict"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        if "FaultLostError" in last or not planted:
            raise FaultLostError(last)
        return False, f"stopped without a verdict: {last[:_MOST_CHARACTERS]}"
    failed = json.loads(done.stdout)["failed"]
    return bool(failed), failed[0] if failed else "the check holds"


def plant(fault: Fault) -> Planted:
    """Plant a fault and make its check with it and without it.

    Raises
    ------
    FaultLostError
        If the place of the fault is not there any more, or its check cannot be made at all.
    """
    caught, by = _made(fault, planted=True)
    return Planted(fault, caught, by, _is_sound(fault.check, fault.engine, fault.quick, is_compiled(fault)))


@cache
def _is_sound(check: str, engine: str, quick: bool, plain: bool) -> bool:
    """Say whether a check holds without a fault, made as it is with one; once for all faults alike."""
    like = next(
        f for f in FAULTS if (f.check, f.engine, f.quick, is_compiled(f)) == (check, engine, quick, plain)
    )
    return not _made(like, planted=False)[0]


def faults_of(only: Sequence[str] = ()) -> tuple[Fault, ...]:
    """Return the faults of some checks, by the patterns that choose checks; of all without a pattern."""
    from referralsim.verification.suite import chosen

    names = {check.id for check in chosen(only)}
    return tuple(fault for fault in FAULTS if fault.check in names)


def plant_all(
    faults: Sequence[Fault] = FAULTS, workers: int = 1, done: Callable[[int, int], None] | None = None
) -> Generator[Planted, None, None]:
    """Plant every fault, one after the other or several at a time, and give what became of each in order."""
    with ThreadPoolExecutor(workers) as pool:
        for count, planted in enumerate(pool.map(plant, faults), 1):
            if done is not None:
                done(count, len(faults))
            yield planted


if __name__ == "__main__":
    _worker(sys.argv[1], len(sys.argv) > 2)
