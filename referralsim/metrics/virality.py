"""The K family: how many customers a customer brings, in all the ways in which people count that."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from referralsim.metrics.events import Floats, Ints, sums_by
from referralsim.metrics.joins import BRINGING_LOOPS, LOOP_NAMES, Joins
from referralsim.metrics.offspring import Offspring, default_window_days, longest, offspring_of, weights


class Scalar(NamedTuple):
    """A number and how many observations it rests upon; NaN and 0 where it is undefined.

    A ratio keeps its numerator and denominator, so that runs can be pooled: see
    :func:`referralsim.metrics.summary.pooled_values`. A run whose denominator is 0 has no ratio, but has a
    part in the pooled one.
    """

    value: float
    n: int
    part: float = math.nan  # numerator; NaN: the measure is no ratio
    whole: float = math.nan  # denominator, >= 0 in a run alone; a paired one may be below


UNDEFINED = Scalar(math.nan, 0)


def ratio(part: float, whole: float) -> Scalar:
    """Return part / whole resting on `whole` observations; undefined if there are none.

    Examples
    --------
    >>> ratio(3, 4)[:2], ratio(0, 0)[:2]
    ((0.75, 4), (nan, 0))
    """
    if whole > 0:
        return Scalar(part / whole, int(whole), float(part), float(whole))
    return Scalar(math.nan, 0, float(part), 0.0)


class K(NamedTuple):
    """The mean cumulative function of all customers together, friend by friend."""

    joins: Joins
    offspring: Offspring
    weight: Floats  # (n_offspring,) what each friend adds; 0 beyond the window
    window_days: float
    defined: bool  # False when no customer was observed for the whole window
    windows: float  # windows observed: of each customer the part of one, added up


def k_of(joins: Joins, window_days: float | None = None) -> K:
    """Prepare the K family of a run.

    Parameters
    ----------
    window_days : float, optional
        Window w after joining, > 0. Default: the record's, else :func:`default_window_days` of the horizon.
    """
    window = joins.record.window_days if window_days is None else window_days
    if window is None:
        window = default_window_days(joins.record.horizon_days)
    links = offspring_of(joins)
    observed = joins.observed_days
    everybody, all_events = np.zeros(joins.n, dtype=np.int64), np.zeros(len(links.parent), dtype=np.int64)
    weight = weights(links.age_days, all_events, observed, everybody, 1, window)
    windows = float(np.minimum(observed, window).sum()) / window
    return K(joins, links, weight, window, bool(joins.n and observed[0] >= window), windows)


def k_offspring(k: K) -> Scalar:
    """Return the mean number of customers brought by one customer within the window, censoring handled."""
    return _part_of_k(k, float(k.weight.sum()))


def _part_of_k(k: K, value: float) -> Scalar:
    """Return a sum of weights; runs are pooled by the windows that they observed."""
    return Scalar(value, k.joins.n, value * k.windows, k.windows) if k.defined else UNDEFINED


def k_offspring_naive(joins: Joins, window_days: float | None = None) -> Scalar:
    """Return the same with censored customers counted as if they were done: to show the bias, not to use."""
    k = k_of(joins, window_days)
    return ratio(int((k.offspring.age_days <= k.window_days).sum()), joins.n)


def k_part(k: K, loops: tuple[int, ...]) -> Scalar:
    """Return the part of K that is credited to some loops."""
    return _part_of_k(k, float(k.weight[np.isin(k.joins.loop[k.offspring.child], loops)].sum()))


def k_by_table(k: K) -> pd.DataFrame:
    """Return the additive splits of K.

    Returns
    -------
    pandas.DataFrame
        split ('loop', 'channel', 'programme', 'segment' of the new customer, 'referrer_segment'), part,
        k (the parts of one split add up to `k_offspring`; NaN where that is undefined), n_offspring,
        n_others (customers credited to this part whom no customer brought: by agents, leaked codes and
        self-referral; 0 for 'referrer_segment'), windows (how many windows were observed: the weight of the
        run's K when runs are pooled).
    """
    joins, record = k.joins, k.joins.record
    child, parent = k.offspring.child, k.offspring.parent
    others = np.flatnonzero((joins.parent < 0) & np.isin(joins.loop, BRINGING_LOOPS))
    nobody = np.empty(0, dtype=np.int64)
    loops = tuple(LOOP_NAMES[loop] for loop in BRINGING_LOOPS)
    position = np.full(len(LOOP_NAMES), -1, dtype=np.int64)
    position[list(BRINGING_LOOPS)] = np.arange(len(loops))
    splits: list[tuple[str, tuple[str, ...], Ints, Ints]] = [
        ("loop", loops, position[joins.loop], others),
        ("channel", record.channel_names, joins.channel, others[joins.channel[others] >= 0]),
        ("programme", (*record.programme_names, "none"), joins.programme, others),
        ("segment", record.segment_names, joins.segment, others),
        ("referrer_segment", record.segment_names, joins.segment, nobody),
    ]
    inside = k.offspring.age_days <= k.window_days
    names: list[tuple[str, str]] = []
    sums, n_offspring, n_others = [], [], []
    for split, parts, of_customer, besides in splits:
        codes = of_customer[parent if split == "referrer_segment" else child]
        codes, of_customer = (np.where(c < 0, len(parts) - 1, c) for c in (codes, of_customer))
        names += [(split, part) for part in parts]
        sums.append(sums_by(codes, k.weight, len(parts)))
        n_offspring.append(np.bincount(codes[inside], minlength=len(parts)))
        n_others.append(np.bincount(of_customer[besides], minlength=len(parts)))
    return pd.DataFrame(
        {
            "split": [split for split, _ in names],
            "part": [part for _, part in names],
            "k": np.concatenate(sums) if k.defined else math.nan,
            "n_offspring": np.concatenate(n_offspring),
            "n_others": np.concatenate(n_others),
            "windows": k.windows,
        }
    )


def k_generation_table(joins: Joins) -> pd.DataFrame:
    """Return customers by generation, and how many of the next generation there are to each.

    Returns
    -------
    pandas.DataFrame
        generation (0, 1, ...; up to the last that has customers), customers, k = customers of the next
        generation / customers (uncensored ratio of counts; 0 for the last).
    """
    customers = np.bincount(joins.generation)
    following = np.append(customers[1:], 0) if len(customers) else customers
    return pd.DataFrame(
        {
            "generation": np.arange(len(customers)),
            "customers": customers,
            "k": following / np.maximum(1, customers),
        }
    )


def k_generation(table: pd.DataFrame, generation: int) -> Scalar:
    """Return k of one generation from :func:`k_generation_table`; undefined if it has no customers."""
    if generation >= len(table):
        return ratio(0, 0)
    customers = int(table["customers"].iloc[generation])
    following = int(table["customers"].iloc[generation + 1]) if generation + 1 < len(table) else 0
    return ratio(following, customers)


def next_generation_matrix(k: K) -> tuple[pd.DataFrame, Scalar]:
    """Return mean offspring by type of parent and child, and the spectral radius.

    A type is a segment and the loop that brought the customer; only types that occur have a row.

    Returns
    -------
    matrix : pandas.DataFrame
        Rows are parents: segment, loop, n_customers, observed_days (longest, at most the window), then one
        column `SEGMENT / LOOP` a type. A type observed for less than the window counts as far as it was seen.
    radius : Scalar
        Undefined when no type was observed for the whole window.
    """
    joins, links = k.joins, k.offspring
    code = joins.segment * len(LOOP_NAMES) + joins.loop
    occurs = np.bincount(code) > 0
    types, kind = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[code]
    n = len(types)
    observed = joins.observed_days
    weight = weights(links.age_days, kind[links.parent], observed, kind, n, k.window_days)
    cells = sums_by(kind[links.parent] * n + kind[links.child], weight, n * n).reshape(n, n)
    segments, loops = types // len(LOOP_NAMES), types % len(LOOP_NAMES)
    names = joins.record.segment_names
    labels = [f"{names[s]} / {LOOP_NAMES[loop]}" for s, loop in zip(segments, loops, strict=True)]
    matrix = pd.DataFrame(
        {
            "segment": [names[s] for s in segments],
            "loop": [LOOP_NAMES[loop] for loop in loops],
            "n_customers": np.bincount(kind, minlength=n),
            "observed_days": np.minimum(k.window_days, longest(observed, kind, n)),
        }
        | dict(zip(labels, cells.T, strict=True))
    )
    radius = Scalar(float(np.abs(np.linalg.eigvals(cells)).max()), joins.n) if k.defined else UNDEFINED
    return matrix, radius
