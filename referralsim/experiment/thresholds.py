"""Thresholds of a scenario: what the numbers must reach before anybody may be content."""

from __future__ import annotations

import math

from referralsim.errors import UsageError
from referralsim.experiment.result import Experiment
from referralsim.experiment.runner import Plan
from referralsim.measures import MEASURES
from referralsim.metrics.summary import why_undefined
from referralsim.scenario.schema import Threshold


def refuse_unrecorded(plan: Plan) -> None:
    """Refuse a record level that a threshold of a design to be played cannot be held against.

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


def missed(experiment: Experiment, thresholds: tuple[Threshold, ...]) -> list[str]:
    """Return a sentence for every threshold that a design does not meet; empty if all are met.

    Notes
    -----
    The mean over replications is held against the threshold; money is in major units. A measure that
    is not defined in a design misses its threshold. A threshold of a design that was not played is
    passed over.
    """
    means = experiment.estimates.set_index(["design", "measure"])["mean"].to_dict()
    found = []
    for threshold in thresholds:
        measure = MEASURES[threshold.measure]
        scale = experiment.minor_per_major if measure.unit == "money" else 1
        for design in [threshold.design] if threshold.design else experiment.designs:
            if design not in experiment.designs:
                continue
            value = float(means[(design, threshold.measure)]) / scale
            least = -math.inf if threshold.at_least is None else threshold.at_least
            most = math.inf if threshold.at_most is None else threshold.at_most
            if not least <= value <= most:
                wanted = f"at least {least:g}" if value < least else f"at most {most:g}"
                why = why_undefined(threshold.measure, experiment.level) or "not defined"
                got = f"is {why if math.isnan(value) else f'{value:.4g}, wanted {wanted}'}"
                found.append(f"{threshold.measure} of {design} {got}")
    return found
