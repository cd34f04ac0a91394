"""What a measure is, and the words that several definitions share."""

from __future__ import annotations

from typing import Literal, NamedTuple

Better = Literal["higher", "lower", "none"]
Needs = Literal["summary", "joins", "full"]


class Measure(NamedTuple):
    """One number that a run is summed up by."""

    name: str
    title: str
    unit: str  # 'money' means minor units of the scenario's currency
    definition: str
    better: Better  # which way a planner wants it to move; 'none' where that depends
    needs: Needs  # the least detailed record that supports it
    estimator: str  # how it is computed, and when it is undefined
    group: str


def group(title: str, *rows: tuple[str, str, str, Better, Needs, str, str]) -> list[Measure]:
    """Return the measures of a group: name, title, unit, better, needs, definition and estimator of each."""
    return [
        Measure(name, heading, unit, definition, better, needs, estimator, title)
        for name, heading, unit, better, needs, definition, estimator in rows
    ]


WINDOW = "w = the scenario's `window`, or half the horizon where it names none"
MCF = (
    f"Mean cumulative function at age w ({WINDOW}): "
    "sum over offspring of 1 / customers still observed at that age"
)
FEW = (
    "Over replications runs are pooled by the windows that they observed, because the plain mean over runs "
    "with few customers is too low: runs that happen to stay small would weigh as much as others."
)
UNDER_WAY = "Invitations still under way at the horizon count as not accepted yet."
UNSEEN = "Undefined when no customer is observed for w days."
PART = (
    "The part of the mean cumulative function that these offspring contribute; "
    "the parts add up to `k_offspring`."
)
DELAY = "Ages at which friends join, within w, each weighted by 1 / customers still observed at that age"
COUNT = "Count of log events."
SUM = "Sum over log events."
NO_CUSTOMERS = "Undefined without customers."
