"""One pass over the log that all measures share: rows by kind, and counts by credit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.record import RunRecord

N_KINDS = max(Kind) + 1
N_LOOPS = max(Loop) + 1

Counts = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Events(NamedTuple):
    """A log sorted by kind (stable, so still by time within a kind), and its counts."""

    record: RunRecord
    rows: npt.NDArray[np.intp]  # (n_events,) rows of the log, by kind
    starts: npt.NDArray[np.intp]  # (N_KINDS + 1,) where each kind begins in `rows`
    counts: Counts  # (N_KINDS, N_LOOPS + 1, n_channels + 1, n_programmes + 1); last index: none

    found: dict[Kind, npt.NDArray[np.void]]  # events by kind that were asked for before

    def of(self, kind: Kind) -> npt.NDArray[np.void]:
        """Return the events of one kind, in time order."""
        if kind not in self.found:
            self.found[kind] = self.record.log[self.rows_of(kind)]
        return self.found[kind]

    def rows_of(self, kind: Kind) -> npt.NDArray[np.intp]:
        """Return the rows of the log that hold one kind of event."""
        return self.rows[self.starts[kind] : self.starts[kind + 1]]

    def column(self, kind: Kind, name: str) -> npt.NDArray[np.integer]:
        """Return one column of the events of one kind: cheaper than :meth:`of` for numerous kinds."""
        values: npt.NDArray[np.integer] = self.record.log[name][self.rows_of(kind)]
        return values

    def number_of(self, kind: Kind) -> int:
        """Return how many events of one kind there are."""
        return int(self.starts[kind + 1] - self.starts[kind])


def events_of(record: RunRecord) -> Events:
    """Group a log by kind.

    Parameters
    ----------
    record : RunRecord
        Its log in any order; its channels and programmes within the record's names.
    """
    log = record.log
    kind = np.ascontiguousarray(log["kind"])
    starts = np.zeros(N_KINDS + 1, dtype=np.intp)
    np.cumsum(np.bincount(kind, minlength=N_KINDS), out=starts[1:])
    shape = (N_KINDS, N_LOOPS + 1, len(record.channel_names) + 1, len(record.programme_names) + 1)
    code = kind.astype(np.int32)
    for name, size in zip(("loop", "channel", "programme"), shape[1:], strict=True):
        column = log[name].astype(np.int32)
        code *= size
        code += np.where(column < 0, size - 1, column).astype(np.int32)
    counts = np.bincount(code, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
    return Events(record, np.argsort(kind, kind="stable"), starts, counts, {})


def sums_by(codes: npt.NDArray[np.integer], values: Floats, n: int) -> Floats:
    """Return the sum of values for each code in [0, n): float even when there are none at all."""
    return np.bincount(codes, values, n).astype(np.float64)
