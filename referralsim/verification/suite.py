"""The list of all checks, and how they are made: all of them, some, or one by its name."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import cache
from multiprocessing import get_context
from typing import Any, NamedTuple

from referralsim.errors import UsageError
from referralsim.verification.check import FAILS, NOT_REACHABLE, Check, Play, Row, Session, rows_of, seed_of
from referralsim.verification.planting import Planted
from referralsim.verification.playing import ordinary

ENGINES = ("fast", "reference")
QUICK_SEED = 1
"""Seed of the quick suite unless another is given: always the same worlds."""

Done = Callable[[int, int], None]


class Suite(NamedTuple):
    """What came out of a suite."""

    rows: list[Row]
    quick: bool
    seed: int
    engines: tuple[str, ...]
    planted: tuple[Planted, ...] = ()

    @property
    def failed(self) -> list[Row]:
        """Rows that fail."""
        return [row for row in self.rows if row.verdict == FAILS]

    @property
    def unnoticed(self) -> list[Planted]:
        """Planted faults that their checks did not see, or whose checks fail without them."""
        return [planted for planted in self.planted if not (planted.is_caught and planted.sound)]

    @property
    def false_alarm(self) -> float:
        """Chance that one row or more of an honest suite fails: the sum over rows, 1 at most."""
        return min(1.0, sum(row.false_alarm for row in self.rows))


@cache
def all_checks() -> tuple[Check, ...]:
    """Return all checks, in the order of the table."""
    from referralsim.verification import (
        clauses,
        estimators,
        exact_branching,
        exact_flows,
        exact_graphs,
        programs,
        published,
    )

    found = tuple(
        check
        for module in (
            *(exact_branching, exact_graphs, exact_flows, clauses),
            *(estimators, published, programs),
        )
        for check in module.checks()
    )
    names = [check.id for check in found]
    if len(set(names)) < len(names):
        raise AssertionError(f"two checks of one name among {sorted(names)}")
    return found


def chosen(only: Sequence[str] = ()) -> list[Check]:
    """Return the checks whose name or family matches one of some patterns.

    Parameters
    ----------
    only : sequence of str
        Shell patterns (``skok.*``), parts of names or families; empty: all.

    Raises
    ------
    UsageError
        If none matches.
    """
    found = [check for check in all_checks() if not only or any(_matches(check, text) for text in only)]
    if not found:
        raise UsageError("--only", f"nothing matches {', '.join(only)}", "--list names all checks")
    return found


def _matches(check: Check, text: str) -> bool:
    return fnmatch.fnmatchcase(check.id, text) or text == check.family or text in check.id


def run_check(
    check_id: str,
    engine: str = "fast",
    quick: bool = True,
    play: Play = ordinary,
    seed: int = QUICK_SEED,
    peers_python: str | None = None,
) -> list[Row]:
    """Make one check on one engine.

    Parameters
    ----------
    check_id : str
        See ``referralsim verify --list``.
    engine : {"fast", "reference"}
    quick : bool
        Fewer replications.
    play : Play
        How worlds are played; see :func:`referralsim.verification.playing.tampered` for a way to plant a
        fault.
    seed : int
        Of the suite; each check derives its own from it.
    peers_python : str, optional
        Interpreter that has EoN and ndlib; default: this one, if it has them.

    Raises
    ------
    UsageError
        If there is no such check.
    """
    by_name = {check.id: check for check in all_checks()}
    if check_id not in by_name:
        raise UsageError("check", f"there is no {check_id!r}", "--list names all checks")
    check = by_name[check_id]
    effort = check.efforts.of(engine, quick)
    return rows_of(check, Session(engine, quick, seed_of(seed, check_id), effort, play, peers_python))


def run_suite(
    quick: bool = True,
    engines: Sequence[str] = ENGINES,
    only: Sequence[str] = (),
    seed: int | None = None,
    done: Done | None = None,
    workers: int = 1,
    peers_python: str | None = None,
) -> Suite:
    """Make all checks, or some, on one engine or on both.

    Parameters
    ----------
    seed : int, optional
        Default: that of the quick suite, or a fresh one for the full suite.
    workers : int, >= 1
        Processes; the rows are the same for any number.
    peers_python : str, optional
        Interpreter that has EoN and ndlib; default: this one, if it has them.

    Raises
    ------
    UsageError
        If no check matches, or none of them is made on these engines.
    """
    mine = QUICK_SEED if quick else secrets.randbelow(2**31)
    mine = mine if seed is None else seed
    engines = tuple(dict.fromkeys(engines))
    tasks = list(_tasks(chosen(only), engines, quick))
    if not tasks:
        raise UsageError(
            "--only", f"none of these checks is made on {' or '.join(engines)}", "leave out --engine"
        )
    work = [(check.id, engine, quick, ordinary, mine, peers_python) for check, engine in tasks]
    rows: list[Row] = []
    with closing(_made(work, min(workers, len(work)))) as made:
        for count, found in enumerate(made, 1):
            rows += found
            if done is not None:
                done(count, len(work))
    return Suite(rows, quick, mine, tuple(engines))


def _made(work: Sequence[tuple[Any, ...]], workers: int) -> Generator[list[Row], None, None]:
    """Give the rows of each task, in their order."""
    if workers <= 1:
        yield from (run_check(*task) for task in work)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_check, *zip(*work, strict=True))


def _tasks(checks: Sequence[Check], engines: Sequence[str], quick: bool) -> Iterator[tuple[Check, str]]:
    for check in checks:
        if check.standing == NOT_REACHABLE:
            yield check, engines[0]
            continue
        mine = [engine for engine in engines if engine in check.engines]
        made = [engine for engine in mine if check.efforts.of(engine, quick).runs]
        later = [engine for engine in mine if check.efforts.of(engine, quick=False).runs]
        for engine in made or later[:1]:
            yield check, engine
