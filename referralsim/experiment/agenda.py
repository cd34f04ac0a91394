"""Which worker plays which runs: those of one draw together, as long as that keeps everybody busy.

The designs of a replication share their people and their world without programmes. A worker that goes on
with the replication it has begun has both in memory; another one has to make them again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from referralsim.experiment.result import RunKey

TASKS_PER_WORKER = 8
"""Into how many tasks a worker's share of what is left is divided: tasks become smaller towards the end, so
that the last worker to finish is not long alone."""
MOST_RUNS_PER_TASK = 16
"""Few enough that progress moves."""


class Agenda:
    """Runs that are still to be given out.

    Parameters
    ----------
    keys : list of RunKey
    workers : int, >= 1

    Notes
    -----
    A worker is given the rest of the draw it has begun, and then one that nobody has. When there is none, it
    takes over a part of what another has begun, unless that one has only a single run left.

    Examples
    --------
    >>> agenda = Agenda([RunKey(name, r) for r in range(3) for name in "ab"], workers=2)
    >>> [agenda.next_for(worker)[0] == key for worker, key in (("x", ("a", 0)), ("y", ("a", 1)))]
    [True, True]
    >>> agenda.next_for("x"), agenda.next_for("x")
    ([RunKey(design='b', replication=0)], [RunKey(design='a', replication=2)])
    """

    def __init__(self, keys: list[RunKey], workers: int) -> None:
        draws: dict[int, deque[RunKey]] = {}
        for key in keys:
            draws.setdefault(key.draw, deque()).append(key)
        self._untouched = deque(draws.values())
        self._begun: dict[Hashable, deque[RunKey]] = {}
        self._shares = workers * TASKS_PER_WORKER
        self._n_left = len(keys)

    def next_for(self, worker: Hashable) -> list[RunKey]:
        """Return the next task of a worker, in the order of the keys; if it is empty, none is left for it."""
        size = min(MOST_RUNS_PER_TASK, -(-self._n_left // self._shares))
        task: list[RunKey] = []
        while len(task) < size and (draw := self._draw_for(worker)):
            task.append(draw.popleft())
        self._n_left -= len(task)
        return task

    def _draw_for(self, worker: Hashable) -> deque[RunKey] | None:
        mine = self._begun.get(worker)
        if not mine and self._untouched:
            mine = self._begun[worker] = self._untouched.popleft()
        if mine:
            return mine
        other = max(self._begun.values(), key=len, default=None)
        return other if other is not None and len(other) > 1 else None
