"""What others report or claim, held against what comes out of a scenario.

A finding names a measure of a design, alone or against another design, and says what is reported or
between which bounds it should lie. The verdict keeps apart what follows from the scenario and what was put
into it by hand:

* ``emerges`` - the whole interval lies where the statement wants it, and nobody put it there;
* ``assumed`` - it does, but numbers that say as much were put in (the scenario names them);
* ``does not hold here`` - the whole interval lies elsewhere;
* ``too close to call`` - the interval reaches over a bound;
* ``not known`` - fewer than two runs know it.

A reported number without bounds is met if the interval holds it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.experiment.compare import averaged
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import Interval, mean_interval, pooled_ratio

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment
    from referralsim.scenario.schema import Finding

Values = npt.NDArray[np.float64]

EMERGES = "emerges"
ASSUMED = "assumed"
FAILS = "does not hold here"
TOO_CLOSE = "too close to call"
NOT_KNOWN = "not known"


class Found(NamedTuple):
    """A finding with what came out of it."""

    statement: str
    source: str
    measure: str
    design: str
    against: str | None
    form: str  # value, ratio or difference
    value: Interval  # of the measure's unit; a ratio has none
    at_least: float  # in the same unit; -inf: no bound
    at_most: float
    reported: float  # NaN: nothing is reported
    assumed: tuple[str, ...]  # paths of the numbers that put it in
    verdict: str
    note: str


def found_in(experiment: Experiment) -> tuple[Found, ...]:
    """Hold every finding of a scenario against what came out; those of designs not played are left out."""
    return tuple(
        _found(experiment, finding)
        for finding in findings_of(experiment)
        if {finding.design, finding.against} - {None} <= set(experiment.digests)
    )


def _found(experiment: Experiment, finding: Finding) -> Found:
    design = finding.design or next(iter(experiment.designs))
    values = _parts(experiment, design, finding.measure)
    if finding.against is not None:
        other = _parts(experiment, finding.against, finding.measure)
        value = paired_ratio(values, other) if finding.form == "ratio" else mean_interval(values - other)
    else:
        value = mean_interval(values)
    is_money = MEASURES[finding.measure].unit == "money" and finding.form != "ratio"
    scale = experiment.minor_per_major if is_money else 1
    least = -math.inf if finding.at_least is None else finding.at_least * scale
    most = math.inf if finding.at_most is None else finding.at_most * scale
    reported = math.nan if finding.reported is None else finding.reported * scale
    return Found(
        finding.statement,
        finding.source,
        finding.measure,
        design,
        finding.against,
        finding.form,
        value,
        least,
        most,
        reported,
        finding.assumed,
        verdict_of(value, least, most, reported, assumed=bool(finding.assumed)),
        finding.note,
    )


def _parts(experiment: Experiment, design: str, measure: str) -> Values:
    """Return each run's part in the estimate, so that a finding never contradicts the number beside it."""
    runs = experiment.runs
    rows = runs[(runs["design"] == design) & (runs["measure"] == measure)].sort_values("replication")
    return np.asarray(rows[averaged(runs)], dtype=np.float64)


def findings_of(experiment: Experiment) -> tuple[Finding, ...]:
    """Return the findings that the scenario lists."""
    from referralsim.scenario.schema import Finding

    return tuple(Finding.model_validate(entry) for entry in experiment.findings)


def verdict_of(value: Interval, at_least: float, at_most: float, reported: float, *, assumed: bool) -> str:
    """Say whether an interval bears a statement out.

    Examples
    --------
    >>> verdict_of(Interval(1.3, 1.1, 1.5, 20), 1.0, math.inf, math.nan, assumed=False)
    'emerges'
    >>> verdict_of(Interval(1.3, 0.9, 1.7, 20), 1.0, math.inf, math.nan, assumed=False)
    'too close to call'
    >>> verdict_of(Interval(1.3, 1.1, 1.5, 20), -math.inf, math.inf, 1.6, assumed=True)
    'does not hold here'
    """
    if value.n < 2 or not math.isfinite(value.low):
        return NOT_KNOWN
    bounded = math.isfinite(at_least) or math.isfinite(at_most)
    if not bounded:
        holds = value.low <= reported <= value.high
        return (ASSUMED if assumed else EMERGES) if holds else FAILS
    if value.low >= at_least and value.high <= at_most:
        return ASSUMED if assumed else EMERGES
    if value.high < at_least or value.low > at_most:
        return FAILS
    return TOO_CLOSE


def paired_ratio(a: Values, b: Values) -> Interval:
    """Return the ratio of two means over paired replications with its jackknife interval.

    Parameters
    ----------
    a, b : float arrays of equal length
        Replication r of both designs; pairs with a NaN are left out. Unknown unless b adds up to more than 0.

    Examples
    --------
    >>> paired_ratio(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))[:3]
    (2.0, 2.0, 2.0)
    """
    return mean_interval(pooled_ratio(a, b))
