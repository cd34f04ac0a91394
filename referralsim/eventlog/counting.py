"""Passes over a whole log, compiled: rows by kind, and the counts and sums of a tally."""

from __future__ import annotations

from typing import Any

from referralsim.compiled import compiled


@compiled
def sort_rows(kinds: Any, rows: Any, starts: Any) -> int:
    """Fill in the rows of a log by kind, in their order within a kind, and where each kind begins.

    Return -1, or the first row of a kind that there is not: compiled code does not look where it writes.
    """
    n_kinds = starts.size - 1
    starts[:] = 0
    for row in range(kinds.size):
        if kinds[row] < 0 or kinds[row] >= n_kinds:
            return row
        starts[kinds[row] + 1] += 1
    for kind in range(n_kinds):
        starts[kind + 1] += starts[kind]
    place = starts.copy()
    for row in range(kinds.size):
        kind = kinds[row]
        rows[place[kind]] = row
        place[kind] += 1
    return -1


@compiled
def add_events(
    cells: Any, kinds: Any, loops: Any, channels: Any, programmes: Any, amounts: Any, margins: Any
) -> int:
    """Add events, amounts and margins to a tally's cells by credit; -1 stands for the last index.

    Return -1, or the first row that belongs into no cell.
    The places on the last axis are those that :mod:`referralsim.eventlog.tally` names.
    """
    _, n_loops, n_channels, n_programmes, _ = cells.shape
    flat = cells.reshape(-1, 3)  # a view of one cell an event would take twice as long
    for row in range(kinds.size):
        loop, channel, programme = loops[row], channels[row], programmes[row]
        if loop >= n_loops - 1 or channel >= n_channels - 1 or programme >= n_programmes - 1:
            return row
        if min(loop, channel, programme) < -1:
            return row
        cell = kinds[row] * n_loops + (loop if loop >= 0 else n_loops - 1)
        cell = cell * n_channels + (channel if channel >= 0 else n_channels - 1)
        cell = cell * n_programmes + (programme if programme >= 0 else n_programmes - 1)
        flat[cell, 0] += 1
        flat[cell, 1] += amounts[row]
        flat[cell, 2] += margins[row]
    return -1


@compiled
def add_people(cells: Any, people: Any, rows: Any, segment: Any) -> Any:
    """Add the people of some rows of a log to cells by segment, those who have one.

    Return -1, or the first row whose person, or segment, there is not.
    """
    for row in rows:
        person = people[row]
        if person >= segment.size or (person >= 0 and segment[person] >= cells.size):
            return row
        if person >= 0 and segment[person] >= 0:
            cells[segment[person]] += 1
    return -1
