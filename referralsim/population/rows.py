"""Compiled passes that sort ties into compressed rows: two stable counting sorts, linear in the ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.compiled import compiled

Offsets = npt.NDArray[np.int64]
People = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


@compiled
def row_sizes(n_people: int, source: People, target: People, both: bool, by_target: bool) -> Any:
    """Return the offsets of rows grouped by one end (or both ends), and the number of self-loops.

    Parameters
    ----------
    both : bool
        Count each tie at both ends (undirected).
    by_target : bool
        If not ``both``: group by target, else by source.

    Returns
    -------
    offsets : int64 array, shape (n_people + 1,)
    n_loops : int
    """
    offsets = np.zeros(n_people + 1, np.int64)
    n_loops = 0
    for k in range(source.size):
        a, b = source[k], target[k]
        if a == b:
            n_loops += 1
        elif both:
            offsets[a + 1] += 1
            offsets[b + 1] += 1
        elif by_target:
            offsets[b + 1] += 1
        else:
            offsets[a + 1] += 1
    for i in range(n_people):
        offsets[i + 1] += offsets[i]
    return offsets, n_loops


@compiled
def fill_rows(offsets: Offsets, source: People, target: People, weight: Weights, both: bool) -> Any:
    """Put each tie's source into its target's row, in the order given (and vice versa if ``both``).

    Returns
    -------
    rows : int32 array, shape (offsets[-1],)
    row_weights : float32 array of the same shape, or empty if ``weight`` is empty
    """
    weighted = weight.size > 0
    rows = np.empty(offsets[-1], np.int32)
    row_weights = np.empty(offsets[-1] if weighted else 0, np.float32)
    place = offsets[:-1].copy()
    for k in range(source.size):
        a, b = source[k], target[k]
        if a == b:
            continue
        rows[place[b]] = a
        if weighted:
            row_weights[place[b]] = weight[k]
        place[b] += 1
        if both:
            rows[place[a]] = b
            if weighted:
                row_weights[place[a]] = weight[k]
            place[a] += 1
    return rows, row_weights


@compiled
def regroup(by_target: Offsets, by_source: Offsets, rows: People, row_weights: Weights) -> Any:
    """Turn rows of sources by target into rows of targets by source; the new rows are ascending.

    Returns
    -------
    as :func:`fill_rows`
    """
    weighted = row_weights.size > 0
    turned = np.empty_like(rows)
    turned_weights = np.empty_like(row_weights)
    place = by_source[:-1].copy()
    for b in range(by_target.size - 1):
        for k in range(by_target[b], by_target[b + 1]):
            a = rows[k]
            turned[place[a]] = b
            if weighted:
                turned_weights[place[a]] = row_weights[k]
            place[a] += 1
    return turned, turned_weights


@compiled
def drop_repeats(offsets: Offsets, rows: People, row_weights: Weights) -> Any:
    """Close up ascending rows in place so that each neighbour stands there once, the first one given.

    Returns
    -------
    kept : int64 array, shape (n_people + 1,)
        Offsets of the shortened rows; what lies behind ``kept[-1]`` is left over.
    n_repeats : int
        Entries dropped; an undirected repeat is dropped from two rows.
    """
    weighted = row_weights.size > 0
    kept = np.zeros_like(offsets)
    end = 0
    for i in range(offsets.size - 1):
        last = -1
        for k in range(offsets[i], offsets[i + 1]):
            neighbour = rows[k]
            if neighbour != last:
                rows[end] = neighbour
                if weighted:
                    row_weights[end] = row_weights[k]
                end += 1
                last = neighbour
        kept[i + 1] = end
    return kept, offsets[-1] - end
