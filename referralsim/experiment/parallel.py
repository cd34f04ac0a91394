"""Runs in worker processes that share one graph in memory.

A worker that is forked has the plan already, pages and all. Elsewhere it is sent the rules, and the
name of a file that it maps into memory; the ties are never copied. Which worker plays which run
changes nothing, because a run depends on its key alone.

On Ctrl-C the workers hear nothing: the parent ends them, and then itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from referralsim.errors import ReferralsimError, RunFailed
from referralsim.experiment.agenda import Agenda
from referralsim.experiment.result import RunKey, RunOutcome
from referralsim.population.cache import load_graph, save_graph

if TYPE_CHECKING:
    from referralsim.experiment.plan import Plan
    from referralsim.experiment.runner import StartMethod


class Sent(NamedTuple):
    """What a worker is given at its start: a plan whose ties lie in a file, or the whole plan."""

    plan: Plan
    graph_file: Path | None

    def received(self) -> Plan:
        """Return the plan, its graph mapped from the file if there is one."""
        if self.graph_file is None:
            return self.plan
        graph = load_graph(self.graph_file)
        if graph is None:
            raise RunFailed(str(self.graph_file), "the graph that the workers share is damaged", "run again")
        return dataclasses.replace(self.plan, graph=graph)


def _work(sent: Sent, pipe: Connection, inherited: tuple[Connection, ...]) -> None:
    """Play the tasks that come through the pipe until there are none, or nobody is there to send them."""
    for other in inherited:
        other.close()
    if not hasattr(signal, "pthread_sigmask"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        plan = sent.received()
        while keys := pipe.recv():
            pipe.send(_answer(plan, keys))


def _answer(plan: Plan, keys: list[RunKey]) -> list[RunOutcome] | Exception:
    try:
        return [plan.attempt(key) for key in keys]
    except ReferralsimError as error:
        return error
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return error


def _end_with(parent: BaseProcess) -> None:
    """End this worker when its parent has ended, however that happened."""
    parent.join()
    os._exit(1)


def default_start_method() -> StartMethod:
    """Return how workers are made: forked on Linux, where that is safe and quick, else spawned."""
    return "fork" if sys.platform == "linux" else "spawn"


def finished_in_processes(
    plan: Plan, keys: list[RunKey], workers: int, start_method: StartMethod | None = None
) -> Generator[RunOutcome, None, None]:
    """Play runs in worker processes and yield each outcome when its task is done.

    Parameters
    ----------
    plan : Plan
    keys : list of RunKey
    workers : int, >= 1
    start_method : {"fork", "spawn", "forkserver"}, optional
        Default: see :func:`default_start_method`.

    Raises
    ------
    RunFailed
        If a worker process was killed.

    Notes
    -----
    However this ends, no worker is left: leaving the iterator early ends them at once.
    """
    method = start_method or default_start_method()
    agenda = Agenda(keys, workers)
    with _sendable(plan, forked=method == "fork") as sent, _team(sent, workers, method) as pipes:
        busy = {pipe for pipe in pipes if _give(pipe, agenda.next_for(pipe))}
        while busy:
            for ready in wait(list(busy)):
                pipe = cast("Connection", ready)
                answer = _received(pipe)
                if not _give(pipe, agenda.next_for(pipe)):
                    busy.remove(pipe)
                yield from answer


def _give(pipe: Connection, task: list[RunKey]) -> bool:
    """Send a worker its next task, an empty one if there is none; return whether it has work."""
    with contextlib.suppress(BrokenPipeError):  # a dead worker is noticed when its answer is read
        pipe.send(task)
    return bool(task)


def _received(pipe: Connection) -> list[RunOutcome]:
    """Return a worker's answer, or raise what it raised."""
    try:
        answer: list[RunOutcome] | Exception = pipe.recv()
    except (EOFError, OSError):
        raise RunFailed(
            "workers",
            "a worker process was ended from outside, perhaps for lack of memory",
            "use fewer --workers or a smaller scenario",
        ) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextmanager
def _team(sent: Sent, workers: int, method: StartMethod) -> Iterator[list[Connection]]:
    """Start workers and give a pipe to each; in the end none of them is left.

    Each has a pipe of its own, of which the parent keeps one end only: should a worker die, even while
    it writes, its pipe says so. (A queue that all share would leave the parent waiting.)
    """
    context: Any = multiprocessing.get_context(method)
    pipes: list[Connection] = []
    started: list[BaseProcess] = []
    try:
        with _interrupts_wait(method):
            for _ in range(workers):
                ours, theirs = context.Pipe()
                pipes.append(ours)
                inherited = tuple(pipes) if method == "fork" else ()
                worker = context.Process(target=_work, args=(sent, theirs, inherited), daemon=True)
                worker.start()
                started.append(worker)
                theirs.close()
        yield pipes
        for worker in started:
            worker.join()
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.join()
        for pipe in pipes:
            pipe.close()


@contextmanager
def _sendable(plan: Plan, forked: bool) -> Iterator[Sent]:
    """Put the ties of a plan into a file for as long as workers need it; forked ones need none."""
    if forked or plan.graph.kind != "ties":
        yield Sent(plan, None)
        return
    none = np.zeros(0, np.int32)
    bare = dataclasses.replace(
        plan.graph,
        neighbours=none,
        offsets=np.zeros(1, np.int32),
        strength=np.ones(1, np.float32),
        labels=None,
    )
    with tempfile.TemporaryDirectory(prefix="referralsim-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "shared.graph"
        save_graph(dataclasses.replace(plan.graph, labels=None), file)
        yield Sent(dataclasses.replace(plan, graph=bare), file)


@contextmanager
def _interrupts_wait(method: StartMethod) -> Iterator[None]:
    """Hold Ctrl-C back while workers are started; they inherit its being blocked, and keep it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if method != "fork":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # else the first worker starts it, and that lets Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
