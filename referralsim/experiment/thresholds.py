"""Thresholds of a scenario: what the numbers must reach before anybody may be content."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

from referralsim.errors import UsageError
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import Experiment
from referralsim.experiment.sequential import sequential_difference
from referralsim.measures import MEASURES, MISSING_FOR_A_REASON
from referralsim.metrics.intervals import Difference, paired_difference
from referralsim.metrics.summary import why_undefined
from referralsim.scenario.schema import Threshold


class Missed(NamedTuple):
    """A threshold that a design does not meet; money in major units."""

    what: str  # as it is written: `two_sided.customers`, `two > one on profit`
    wanted: str
    got: float  # NaN: not defined
    low: float  # of the 95 % interval: of the mean, or of the difference of two designs
    high: float
    n: int
    why: str  # why it is not defined

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the row of the table in words."""
        got = self.why or "not defined" if math.isnan(self.got) else f"{self.got:.4g}"
        interval = "-" if math.isnan(self.low) else f"{self.low:.4g} to {self.high:.4g}"
        return self.what, self.wanted, got, interval, str(self.n)


_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
HEADINGS = ("threshold", "wanted", "got", "95 % interval", "n")


def refuse_unrecorded(plan: Plan) -> None:
    """Refuse a record level that a threshold of a design to be played, or the decision, cannot be made on.

    Raises
    ------
    UsageError
        Better than to play for an hour and then to miss it for want of a record.
    """
    for threshold in plan.study.thresholds:
        why = why_undefined(threshold.measure, plan.level)
        if why and (threshold.design is None or threshold.design in plan.study.designs):
            needed = MEASURES[threshold.measure].needs
            what = f"the threshold on {threshold.measure} needs the record level {needed!r}"
            raise UsageError(f"--level {plan.level}", what, f"use --level {needed}, or drop the threshold")
    goal = plan.study.base.decision.measure
    if goal is not None and why_undefined(goal, plan.level):
        needed = MEASURES[goal].needs
        what = f"the decision on {goal} needs the record level {needed!r}"
        raise UsageError(f"--level {plan.level}", what, f"use --level {needed}, or decide on another measure")


def missed(experiment: Experiment, thresholds: tuple[Threshold, ...]) -> list[Missed]:
    """Return every threshold that a design does not meet; empty if all are met.

    Notes
    -----
    Money is in major units. A measure that is not defined in a design misses its threshold. A threshold
    of a design that was not played is passed over.
    """
    found = []
    for threshold in thresholds:
        rival = threshold.above if threshold.above is not None else threshold.below
        for design in [threshold.design] if threshold.design else experiment.designs:
            if design not in experiment.designs or rival not in (None, *experiment.designs):
                continue
            if rival is None:
                found += _beyond(experiment, threshold, design)
            else:
                found += _not_ahead(experiment, threshold, design, rival)
    return found


def _scale(experiment: Experiment, measure: str) -> float:
    return experiment.minor_per_major if MEASURES[measure].unit == "money" else 1


def _beyond(experiment: Experiment, threshold: Threshold, design: str) -> list[Missed]:
    """Hold one end of a measure of one design against its bounds."""
    frame = experiment.estimates
    row = frame[(frame["design"] == design) & (frame["measure"] == threshold.measure)].iloc[0]
    scale = _scale(experiment, threshold.measure)
    mean, low, high = (float(row[name]) / scale for name in ("mean", "low", "high"))
    got = {"mean": mean, "low": low, "high": high}[threshold.end]
    why = why_undefined(threshold.measure, experiment.level)
    if threshold.end != "mean" and int(row["n"]) == 1:
        why = why or "an interval needs 2 runs"
    name = f"{threshold.measure} of {design}"
    what = name if threshold.end == "mean" else f"{threshold.end} end of {name}"
    missed_bounds = [
        f"{sign} {bound:g}"
        for sign, bound in (
            (">=", threshold.at_least),
            ("<=", threshold.at_most),
            (">", threshold.more_than),
            ("<", threshold.less_than),
        )
        if bound is not None and not _HOLDS[sign](got, bound)
    ]
    return [Missed(what, wanted, got, low, high, int(row["n"]), why) for wanted in missed_bounds]


def _not_ahead(experiment: Experiment, threshold: Threshold, design: str, rival: str) -> list[Missed]:
    """Hold the chance that one design is ahead of another against the chance that is asked for."""
    name = threshold.measure
    gap_of = sequential_difference if experiment.stopping else paired_difference
    gap: Difference = gap_of(experiment.values(design, name), experiment.values(rival, name))
    is_above = threshold.above is not None
    chance = gap.p_a_better if is_above else 1 - gap.p_a_better
    if name in MISSING_FOR_A_REASON and gap.n < experiment.replications:
        chance = math.nan  # the runs that have it are not a random part of all
    if chance >= threshold.chance:
        return []
    scale = _scale(experiment, name)
    what = f"{design} {'>' if is_above else '<'} {rival} on {name}"
    why = (why_undefined(name, experiment.level) or "not known") if math.isnan(chance) else ""
    wanted = f"chance {threshold.chance:g}"
    return [Missed(what, wanted, chance, gap.low / scale, gap.high / scale, gap.n, why)]


def table_of(rows: list[Missed]) -> str:
    """Return what was missed as a table, its columns one under the other.

    Examples
    --------
    >>> print(table_of([Missed("customers of two", ">= 500", 420.0, 400.0, 440.0, 20, "")]))
    threshold         wanted  got  95 % interval  n
    customers of two  >= 500  420  400 to 440     20
    """
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
