"""Passes over a whole log, compiled: rows by kind, and the sums of a tally."""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.compiled import compiled


@compiled
def sorted_rows(kinds: Any, starts: Any) -> Any:
    """Return the rows of a log by kind, in their order within a kind; ``starts`` is where each begins."""
    rows = np.empty(kinds.size, np.int64)
    place = starts.copy()
    for row in range(kinds.size):
        kind = kinds[row]
        rows[place[kind]] = row
        place[kind] += 1
    return rows


@compiled
def add_events(
    cells: Any, kinds: Any, loops: Any, channels: Any, programmes: Any, amounts: Any, margins: Any
) -> int:
    """Add events, amounts and margins to a tally's cells by credit; -1 stands for the last index.

    Return -1, or the first row that belongs into no cell: compiled code does not look where it writes.
    The places on the last axis are those that :mod:`referralsim.eventlog.tally` names.
    """
    _, n_loops, n_channels, n_programmes, _ = cells.shape
    for row in range(kinds.size):
        loop, channel, programme = loops[row], channels[row], programmes[row]
        if loop >= n_loops - 1 or channel >= n_channels - 1 or programme >= n_programmes - 1:
            return row
        if min(loop, channel, programme) < -1:
            return row
        cell = cells[
            kinds[row],
            loop if loop >= 0 else n_loops - 1,
            channel if channel >= 0 else n_channels - 1,
            programme if programme >= 0 else n_programmes - 1,
        ]
        cell[0] += 1
        cell[1] += amounts[row]
        cell[2] += margins[row]
    return -1
