"""Progress of long work: a bar with time left on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINE_EVERY_SECONDS = 30.0
"""Without a terminal a line is printed no more often than this."""


@contextmanager
def progress(title: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a ``done(n_done, n_all)`` callback that shows how far the work has come.

    Parameters
    ----------
    title : str
        What is being done, in a few words.
    quiet : bool
        Show nothing at all.
    """
    if quiet:
        yield None
    elif sys.stderr.isatty():
        yield from _bar(title)
    else:
        yield _lines(title)


def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda n_done, n_all: bar.update(task, completed=n_done, total=n_all)


def _lines(title: str) -> Callable[[int, int], None]:
    started = last = time.monotonic()
    n_before = 0

    def done(n_done: int, n_all: int) -> None:
        nonlocal started, last, n_before
        now = time.monotonic()
        if n_before == 0:  # compiling may have come before the first run: it says nothing of the rest
            started, n_before = now, n_done
        elif now - last >= LINE_EVERY_SECONDS and n_done < n_all:
            last = now
            left = (now - started) / (n_done - n_before) * (n_all - n_done)
            print(f"{title}: {n_done} of {n_all} runs, about {left:.0f} s left", file=sys.stderr)

    return done
