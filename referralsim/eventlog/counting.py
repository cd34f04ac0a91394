"""Passes over a whole log, compiled: rows by kind, and the counts and sums of a tally."""

from __future__ import annotations

from typing import Any

from referralsim.compiled import compiled


@compiled
def sort_rows(kinds: Any, rows: Any, starts: Any) -> int:
    """Fill in the rows of a log by kind, in their order within a kind, and where each kind begins.

    ``starts`` is of zeros, and has two places more than there are kinds; the last is of no use afterwards.
    Return -1, or the first row of a kind that there is not: compiled code does not look where it writes.
    """
    for row in range(kinds.size):
        if kinds[row] < 0 or kinds[row] >= starts.size - 2:
            return row
        starts[kinds[row] + 2] += 1
    for place in range(2, starts.size):
        starts[place] += starts[place - 1]
    for row in range(kinds.size):
        place = kinds[row] + 1  # it moves from where its kind begins to where the next one does
        rows[starts[place]] = row
        starts[place] += 1
    return -1


@compiled
def add_events(
    cells: Any,
    n_loops: int,
    n_channels: int,
    n_programmes: int,
    kinds: Any,
    loops: Any,
    channels: Any,
    programmes: Any,
    amounts: Any,
    margins: Any,
) -> int:
    """Add events, amounts and margins to a tally's cells by credit; -1 stands for the last index.

    Return -1, or the first row that belongs into no cell.
    ``cells`` are in one row each, shape (n_kinds * (n_loops + 1) * (n_channels + 1) * (n_programmes + 1), 3);
    the places on the last axis are those that :mod:`referralsim.eventlog.tally` names.
    """
    for row in range(kinds.size):
        # widened: where nothing is compiled, places would be counted in the bytes of a log
        kind, loop, channel, programme = (
            int(kinds[row]),
            int(loops[row]),
            int(channels[row]),
            int(programmes[row]),
        )
        if loop >= n_loops or channel >= n_channels or programme >= n_programmes:
            return row
        if loop < -1 or channel < -1 or programme < -1:
            return row
        cell = kind * (n_loops + 1) + (loop if loop >= 0 else n_loops)
        cell = cell * (n_channels + 1) + (channel if channel >= 0 else n_channels)
        cell = cell * (n_programmes + 1) + (programme if programme >= 0 else n_programmes)
        cells[cell, 0] += 1
        cells[cell, 1] += amounts[row]
        cells[cell, 2] += margins[row]
    return -1


@compiled
def add_people(cells: Any, people: Any, rows: Any, segment: Any) -> Any:
    """Add the people of some rows of a log to cells by segment, those who have one.

    Return -1, or the first row whose person, or segment, there is not.
    """
    for i in range(rows.size):
        person = people[rows[i]]
        if person >= segment.size or (person >= 0 and segment[person] >= cells.size):
            return rows[i]
        if person >= 0 and segment[person] >= 0:
            cells[segment[person]] += 1
    return -1
