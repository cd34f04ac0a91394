"""How bad one launch may be, in words: beside the decision, for a reader who has only one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from referralsim.experiment.risk import SPENT, Risk, Tail, risks
from referralsim.metrics.intervals import Interval
from referralsim.report.contest import money_of
from referralsim.report.infos import RiskInfo, RiskRow
from referralsim.report.wording import Money, percent, quantity, quoted

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

RISK_HEAD = (
    "Design",
    "Budget for rewards",
    "Chance that rewards cost more",
    "Chance that a programme\u2019s budget runs out",
    "Rewards, worst run of 20",
    "Rewards, mean of the worst 5\u00a0%",
    "Contribution after acquisition, worst run of 20",
    "Contribution after acquisition, mean of the worst 5\u00a0%",
    "Contribution caused, worst run of 20",
    "Contribution caused, mean of the worst 5\u00a0%",
    "Deepest cash, worst run of 20",
    "Deepest cash, mean of the worst 5\u00a0%",
)
_NONE = "none"
_NOT_KNOWN = "not known"


def amount(minor: float, money: Money) -> str:
    """Write an amount in minor units, whole units from a hundred on."""
    major = money.major(minor)
    places = 0 if abs(major) >= 100 or major == 0 or money.minor_per_major == 1 else 2
    return quantity(major, "money", money, places)


def _with_ends(found: Interval, money: Money) -> str:
    if not math.isfinite(found.mean):
        return _NOT_KNOWN
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return amount(found.mean, money)
    if found.low == found.high:
        return f"{amount(found.mean, money)} (in every run)"
    return f"{amount(found.mean, money)} ({amount(found.low, money)} to {amount(found.high, money)})"


def _chance(found: Interval) -> str:
    if found.n == 0:
        return _NONE
    return f"{of_runs(found)} ({percent(found.low)} to {percent(found.high)})"


def of_runs(found: Interval) -> str:
    """Write a share of runs as how many of them: of 30, none is not never.

    Examples
    --------
    >>> of_runs(Interval(0.1, 0.03, 0.26, 30)), of_runs(Interval(0.0, 0.0, 0.11, 30))
    ('3 of 30 runs', 'none of 30 runs')
    """
    n = round(found.mean * found.n)
    return f"{n or 'none'} of {found.n} run{'' if found.n == 1 else 's'}"


def risk(experiment: Experiment, lead: str) -> RiskInfo | None:
    """Return how bad a launch may be, by design; None where no money moves.

    Parameters
    ----------
    lead : str
        The design that the title speaks of.
    """
    found = risks(experiment)
    if not any(_moves(tail) for one in found for tail in one.tails):
        return None
    money = money_of(experiment)
    first = next((one for one in found if one.design == lead), found[0])
    note = (
        "One launch is one run. A chance has Wilson\u2019s interval over runs; a worst run has the interval "
        "between two order statistics, from 72 runs on; a mean of the worst runs has a bootstrap interval, "
        "from 100 on. Rewards cost what has fallen due by the end: what is promised and still held is not in "
        "it."
    )
    return RiskInfo(_title(first, money), note, tuple(_row(one, money) for one in found), found)


def risk_lines(info: RiskInfo) -> list[tuple[str, list[str]]]:
    """Return the lines of the table, a cell for each design; without those that say nothing of any."""
    lines = [(name, [row[at] for row in info.rows]) for at, name in enumerate(RISK_HEAD) if at]
    return [(name, cells) for name, cells in lines if set(cells) - {_NONE, _NOT_KNOWN}]


def _moves(tail: Tail) -> bool:
    return math.isfinite(tail.quantile.mean) and tail.shortfall.mean != 0


def _title(one: Risk, money: Money) -> str:
    who = quoted(one.design, 40)
    if one.over_budget.n:
        budget = amount(one.budget_cents, money)
        return f"{who}: rewards cost more than {budget} in {of_runs(one.over_budget)}"
    spent = next(tail for tail in one.tails if tail.measure == SPENT)
    if not _moves(spent):
        return f"{who} pays no rewards"
    return f"{who}: in one run of twenty rewards cost {amount(spent.quantile.mean, money)} or more"


def _row(one: Risk, money: Money) -> RiskRow:
    ends = [_with_ends(part, money) for tail in one.tails for part in (tail.quantile, tail.shortfall)]
    budget = amount(one.budget_cents, money) if math.isfinite(one.budget_cents) else _NONE
    return RiskRow(one.design, budget, _chance(one.over_budget), _chance(one.out_of_budget), *ends)
