"""Logs built by hand, one event a line, for tests that know the answer."""

from __future__ import annotations

import numpy as np

from referralsim.eventlog.kinds import LOG_DTYPE, Kind, Loop, Origin, in_order
from referralsim.eventlog.record import RunRecord

COLUMNS = tuple(LOG_DTYPE.names or ())
NONE = {"loop": -1, "channel": -1, "programme": -1, "target": -1}


class Story:
    """Collects events in any order and turns them into a record in the total order."""

    def __init__(self, people: int = 20, horizon: float = 100.0, segments: tuple[int, ...] = ()) -> None:
        self.rows: list[tuple[float, ...]] = []
        self.people, self.horizon = people, horizon
        self.segments = segments or (0,) * people

    def add(self, kind: Kind, time: float, actor: int, **columns: int) -> None:
        """Add one event; columns not named are -1 or 0, as the model says."""
        values = NONE | {"time": time, "kind": kind, "actor": actor} | columns
        self.rows.append(tuple(values.get(name, 0) for name in COLUMNS))

    def join(
        self,
        person: int,
        day: float,
        parent: int = -1,
        loop: Loop | None = None,
        signed_up: float | None = None,
        channel: int = 0,
        active: bool = True,
    ) -> None:
        """Let a person sign up (by default on the same day) and become a customer."""
        found = loop if loop is not None else (Loop.PROGRAMME if parent >= 0 else Loop.INITIAL)
        credit = {"target": parent, "loop": found, "channel": channel if parent >= 0 else -1}
        credit["programme"] = 0 if found == Loop.PROGRAMME else -1
        origin = Origin.INVITATION if parent >= 0 else Origin(int(found))
        self.add(Kind.SIGNED_UP, day if signed_up is None else signed_up, person, attempt=origin, **credit)
        if active:
            self.add(Kind.ACTIVATED, day, person, **credit)

    def record(self, limited_graph: bool = True) -> RunRecord:
        log = in_order(np.array(self.rows, dtype=LOG_DTYPE))
        segment = np.array(self.segments, dtype=np.int8)
        names = ("loyal", "neutral", "vulnerable")[: int(segment.max(initial=0)) + 1]
        return RunRecord(log, segment, self.horizon, names, ("link", "mail"), ("friends",), limited_graph)


def forest(parents: list[int], days: list[float] | None = None, horizon: float = 100.0) -> RunRecord:
    """Return a record in which person i was brought by parents[i] (-1: nobody) on days[i]."""
    story = Story(max(1, len(parents)), horizon)
    for person, parent in enumerate(parents):
        story.join(person, float(person) if days is None else days[person], parent)
    return story.record()
