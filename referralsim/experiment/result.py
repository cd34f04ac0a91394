"""What an experiment leaves behind: every number of every run, and what was made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.record import Level
from referralsim.measures import MEASURES
from referralsim.metrics.measure import RunMeasures
from referralsim.metrics.virality import Scalar

Columns = dict[str, npt.NDArray[Any]]
"""A table as bare columns of one length."""


COMPANIONS = 2**32
"""Added to the number of a replication: the second run of its draw (:mod:`~.ignorance`)."""


class RunKey(NamedTuple):
    """Which run: a design's name and the number of the replication."""

    design: str
    replication: int

    @property
    def draw(self) -> int:
        """Which draw of the uncertain numbers it plays with, where they are drawn."""
        return self.replication % COMPANIONS


class RunOutcome(NamedTuple):
    """What one run leaves behind."""

    key: RunKey
    log_digest: str
    n_events: int
    scalars: dict[str, Scalar]  # by name, as in RunMeasures
    tables: dict[str, Columns]  # by name; bare columns travel between processes in a third of the time
    tree: pd.DataFrame | None  # of replication 0 only
    error: str = ""  # why the run was given up; it has then nothing else


def outcome_of(key: RunKey, log_digest: str, n_events: int, measures: RunMeasures) -> RunOutcome:
    """Return what an experiment keeps of one run."""
    tables = {
        name: {str(column): table[column].to_numpy() for column in table.columns}
        for name, table in measures.tables.items()
    }
    tree = measures.tree if key.replication == 0 else None
    return RunOutcome(key, log_digest, n_events, measures.scalars, tables, tree)


def failed_outcome(key: RunKey, error: str) -> RunOutcome:
    """Return what an experiment keeps of a run that was given up."""
    return RunOutcome(key, "", 0, {}, {}, None, error)


@dataclass(frozen=True)
class Experiment:
    """Designs times replications, paired by common random numbers, with all their measures.

    Attributes
    ----------
    runs : DataFrame
        design, replication, measure, value, n, pooled (the run's part in the estimate: the value itself,
        or for ratios a jackknife pseudo-value): one row a measure of a run.
    estimates : DataFrame
        design, measure, mean, low, high, n: over replications, 95 % interval.
    comparisons : DataFrame
        measure, a, b, difference, low, high, n, p_a_better, verdict: paired differences.
    tables : dict of DataFrame
        The tables of ``metrics``, stacked, with columns design and replication in front.
    trees : dict of DataFrame
        For each design the largest referral tree of replication 0.
    findings : list of dict
        What the scenario is held against, as it is written; see :mod:`referralsim.experiment.findings`.
    aims : dict
        measure, smallest and budget (major units; None: not named), as `decision` of the scenario says.
    uncertain : list of dict
        Numbers that the scenario says are not known, as it is written.
    ignorance : list of dict
        Where the uncertain numbers were drawn: how much of each result is luck and how much is what is not
        known; see :func:`referralsim.experiment.ignorance.split_all`. Else empty.
    stopping : dict
        Empty where the number of replications was fixed; else precision, looks (replications at each),
        most and reached.
    digests : dict of tuple of str
        For each design and replication, see :func:`referralsim.eventlog.store.record_digest`; empty for a
        run that failed.
    failures : list of dict
        design, replication, error: runs that were given up. Their measures are NaN.
    level : {"full", "joins", "summary"}
        What was kept of each run while it was measured.
    """

    name: str
    question: str
    description: str
    currency: str
    minor_per_major: int
    horizon_days: float
    seed: int
    replications: int
    engine: str
    command: str
    designs: dict[str, dict[str, Any]]
    sources: dict[str, str]
    digests: dict[str, tuple[str, ...]]
    runs: pd.DataFrame
    estimates: pd.DataFrame
    comparisons: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    trees: dict[str, pd.DataFrame]
    population: dict[str, Any]
    aims: dict[str, Any] = field(default_factory=dict)
    stopping: dict[str, Any] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    uncertain: list[dict[str, Any]] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    ignorance: list[dict[str, Any]] = field(default_factory=list)
    level: Level = "full"
    failures: list[dict[str, Any]] = field(default_factory=list)

    def values(self, design: str, measure: str) -> pd.Series[float]:
        """Return a measure of one design, a value a replication, in the order of replications.

        Raises
        ------
        KeyError
            If there is no such design or measure.
        """
        for name, known in ((design, self.digests), (measure, MEASURES)):
            if name not in known:
                raise KeyError(name)
        rows = self.runs[(self.runs["design"] == design) & (self.runs["measure"] == measure)]
        return rows.sort_values("replication")["value"].reset_index(drop=True)
