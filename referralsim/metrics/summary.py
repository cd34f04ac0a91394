"""Records that hold less than every event: the same measures from the tally and from the people.

=========  =================================================  =========================================
level      what a record holds                                measures
=========  =================================================  =========================================
full       the log                                            all
joins      the log of joins, the tally                        all that need ``joins`` or ``summary``
summary    one entry a person, the tally                      the same as ``joins``
=========  =================================================  =========================================

A full log is turned into the tally that the engine would have kept, and from there on there is one text
for all levels; so a number is the same, bit for bit, whichever level it comes from. What a measure needs
is written in :data:`referralsim.measures.MEASURES`. One that needs more than the record holds is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from referralsim.eventlog.grouped import ByKind
from referralsim.eventlog.record import Level, RunRecord
from referralsim.eventlog.tally import Tally, joins_log, tally_of
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import Floats, pooled_ratio

if TYPE_CHECKING:
    from referralsim.metrics.virality import Scalar

NOT_RECORDED = "not recorded at this level"
_RANK = {"summary": 0, "joins": 1, "full": 2}


def with_joins(record: RunRecord) -> RunRecord:
    """Return a record that has a log of joins at least: a summary is given the one its people tell of."""
    if record.lives is None:
        return record
    return record._replace(log=joins_log(record.lives), lives=None)


def whole_tally(record: RunRecord, grouped: ByKind | None = None) -> Tally:
    """Return counts and sums of all events of a run, whatever the level.

    Parameters
    ----------
    record : RunRecord
    grouped : ByKind, optional
        The rows of its log by kind, to save time.
    """
    if record.tally is not None:
        return record.tally
    sizes = (len(record.channel_names), len(record.programme_names), len(record.segment_names))
    return tally_of(record.log, record.segment, *sizes, grouped)


def unsupported(level: Level) -> tuple[str, ...]:
    """Return the names of the measures that a record of this level cannot give.

    Examples
    --------
    >>> unsupported("full"), "payback_day" in unsupported("summary")
    ((), True)
    """
    # a summary has its people, and they tell of all joins
    rank = max(_RANK[level], _RANK["joins"])
    return tuple(name for name, measure in MEASURES.items() if _RANK[measure.needs] > rank)


def pooled_values(scalars: Sequence[Scalar]) -> Floats:
    """Return for each run the value by which a measure is averaged over replications.

    A measure that keeps numerator and denominator (:class:`referralsim.metrics.virality.Scalar`) is pooled:
    its estimate is the ratio of sums. Any other one, and any measure of a single run, is averaged as it is.
    The denominator of K is the number of windows observed: of each customer the part of w that was seen,
    added up.

    Parameters
    ----------
    scalars : sequence of Scalar
        The same measure of the runs of one design.
    """
    part, whole = (np.array([getattr(s, name) for s in scalars]) for name in ("part", "whole"))
    if len(scalars) < 2 or all(map(math.isnan, whole)):
        return np.array([scalar.value for scalar in scalars])
    return pooled_ratio(part, whole)


def why_undefined(name: str, level: Level) -> str:
    """Return why a measure is undefined at a level, or the empty text if the level is not the reason.

    Examples
    --------
    >>> why_undefined("payback_day", "joins")
    "not recorded at this level ('joins'); needs 'full'"
    """
    if name not in unsupported(level):
        return ""
    return f"{NOT_RECORDED} ({level!r}); needs {MEASURES[name].needs!r}"
