"""The rows of a log by kind of event: one pass that the tally and all measures share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import Kind

N_KINDS = max(Kind) + 1


class ByKind(NamedTuple):
    """Rows of a log sorted by kind; within a kind they are in the order of the log."""

    rows: npt.NDArray[np.int64]  # (n_events,)
    starts: npt.NDArray[np.int64]  # (N_KINDS + 1,) where each kind begins in `rows`

    def rows_of(self, kind: Kind) -> npt.NDArray[np.int64]:
        """Return the rows of the log that hold one kind of event."""
        return self.rows[self.starts[kind] : self.starts[kind + 1]]


def by_kind(log: npt.NDArray[np.void]) -> ByKind:
    """Sort the rows of a log by kind.

    Parameters
    ----------
    log : array of LOG_DTYPE, in any order

    Raises
    ------
    ValueError
        If a row is of a kind that there is not.
    """
    from referralsim.eventlog.counting import sort_rows  # compiled: loads what only runs need

    rows, starts = np.empty(len(log), np.int64), np.zeros(N_KINDS + 2, np.int64)
    if (row := sort_rows(np.ascontiguousarray(log["kind"]), rows, starts)) >= 0:
        raise ValueError(f"row {row} of the log is of a kind that there is not")
    return ByKind(rows, starts[:-1])
