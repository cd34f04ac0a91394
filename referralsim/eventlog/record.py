"""One replication as the measures see it: the log, the people, and what the numbers in it mean."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.tally import Lives, Tally

Level = Literal["full", "joins", "summary"]
"""What is kept of a run.

full: every event, in the log. joins: a log of who signed up, became a customer and left, and the tally
of all events. summary: the tally, and one record a person that says the same as a log of joins.
"""

LEVELS: tuple[Level, ...] = ("full", "joins", "summary")
"""Record levels, the most detailed first."""


class RunRecord(NamedTuple):
    """A log with everything that is needed to read it.

    Measures are functions of this and of nothing else; they never see an engine or a scenario.
    """

    log: npt.NDArray[np.void]  # LOG_DTYPE, in the total order; only joins if there is a tally
    segment: npt.NDArray[np.int8]  # (n_known,) segment of everybody; -1: an agent
    horizon_days: float
    segment_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    programme_names: tuple[str, ...]
    limited_graph: bool  # False for fresh contacts: nobody ever runs out of people to ask
    tally: Tally | None = None  # of all events, at the levels joins and summary
    lives: Lives | None = None  # in place of the log, at the level summary
    window_days: float | None = None  # w of the K family, in (0, horizon); None: half the horizon

    @property
    def n_known(self) -> int:
        """Number of those who have a number in the log: people and agents."""
        return len(self.segment)

    @property
    def n_people(self) -> int:
        """Number of people in the world, customers or not; agents are none of them."""
        return int(np.count_nonzero(self.segment >= 0))

    @property
    def level(self) -> Level:
        """What is kept of the run."""
        if self.lives is not None:
            return "summary"
        return "full" if self.tally is None else "joins"

    @property
    def n_events(self) -> int:
        """Number of events of the run, whether or not they are kept."""
        return len(self.log) if self.tally is None else int(self.tally.counts.sum())
