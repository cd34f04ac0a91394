"""What the pages of sweeps, sensitivity and search share: titles, units and values as words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from referralsim.measures import MEASURES
from referralsim.report.wording import Estimate, Money, clean, interval_text, value_text

if TYPE_CHECKING:
    from referralsim.experiment.axes import Axis

K = "k_offspring"
SHARED_LUCK = (
    "All points are played in the same worlds with the same luck, so differences between points are known "
    "better than the values themselves."
)


def title_of(measure: str) -> str:
    """Return a measure's title."""
    return MEASURES[measure].title


def estimate_of(interval: Sequence[float]) -> Estimate:
    """Return mean, low, high and n, with which an interval or a paired difference begins."""
    mean, low, high, n = interval[:4]
    return Estimate(float(mean), float(low), float(high), int(n))


def with_span(estimate: Estimate, measure: str, money: Money) -> str:
    """Write a value with its interval in brackets, where there is one."""
    unit = MEASURES[measure].unit
    span = interval_text(estimate, unit, money)
    return f"{value_text(estimate, unit, money)} ({span})" if span else value_text(estimate, unit, money)


def shown(value: float, measure: str, money: Money) -> float:
    """Return a value of a measure as pictures show it: money in major units."""
    return money.major(value) if MEASURES[measure].unit == "money" else value


def with_currency(title: str, measure: str, money: Money) -> str:
    """Return the title of an axis, with the currency if the measure is money."""
    return f"{title} ({clean(money.currency)})" if MEASURES[measure].unit == "money" else title


def axis_title(axis: Axis) -> str:
    """Return the path of what is varied, with the unit if all values are numbers of one unit."""
    return f"{axis.path} ({axis.unit})" if axis.numbers is not None and axis.unit else axis.path
