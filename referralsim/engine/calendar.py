"""A SimPy environment whose events have a total order of their own.

SimPy breaks ties of time by the order in which events were put in. Here the order at one instant is
``(kind, actor, target, attempt)``, so it never depends on insertion. SimPy's own bookkeeping events
(a process that starts or ends) come before all others of their instant.
"""

from __future__ import annotations

from heapq import heappush
from typing import Any

import simpy
from simpy.events import NORMAL, Event

BOOKKEEPING = (-1, 0, 0, 0)


class OrderedCalendar(simpy.Environment):
    """A SimPy environment with absolute times and the model's total order."""

    def schedule(self, event: Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """Put in one of SimPy's own events, ahead of everything else at its time."""
        heappush(self._queue, (self._now + delay, BOOKKEEPING, next(self._eid), event))  # type: ignore[misc]

    def at(self, time_days: float, kind: int, actor: int, target: int, attempt: int) -> Event:
        """Return an event that happens at an absolute time, at its place in the total order.

        Parameters
        ----------
        time_days : float, not before the present
        kind, actor, target, attempt : int
            The rest of the order key; see ``docs/model.md``.
        """
        event = Event(self)
        event._ok = True
        event._value = None
        key = (kind, actor, target, attempt)
        heappush(self._queue, (time_days, key, next(self._eid), event))  # type: ignore[misc]
        return event
