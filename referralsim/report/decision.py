"""The decision, for a reader who will not read the rest: what to ship, its price, its risk, how sure.

Designs are weighed (:mod:`referralsim.experiment.choosing`) on the contribution that the programmes
cause where there is any money, else on the customers they cause. Every line holds one number with what
it means.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from referralsim.experiment.choosing import CLEAR, NOT_KNOWN, NOT_WORTH, Choice, choose
from referralsim.experiment.sequential import sequential_interval
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import mean_interval
from referralsim.report.contest import like_with_like, money_of
from referralsim.report.frames import values_by_run
from referralsim.report.infos import DecisionInfo, OptionRow
from referralsim.report.wording import (
    Estimate,
    Money,
    chance_text,
    interval_text,
    number,
    percent,
    quoted,
    value_text,
)

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

MONEY_GOAL, PEOPLE_GOAL = "incremental_profit", "incremental_customers"
_PRICE = "cost_per_incremental_customer"
_TAIL = 0.05


def tail(values: np.ndarray, share: float = _TAIL, *, is_high: bool = True) -> tuple[float, float]:
    """Return the value that one run in twenty goes beyond, and the mean of those that do.

    Parameters
    ----------
    values : array
        One a replication; NaN is left out.
    share : float in (0, 1)
    is_high : bool
        Which end is the bad one.

    Returns
    -------
    quantile, expected shortfall : float
        NaN without values. With few runs the mean is that of the worst one.

    Examples
    --------
    >>> tail(np.arange(1.0, 101.0))
    (95.05, 98.0)
    """
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return math.nan, math.nan
    worst = known[::-1] if is_high else known
    n = max(1, round(share * len(known)))
    return float(np.quantile(known, 1 - share if is_high else share)), float(worst[:n].mean())


def decision(experiment: Experiment) -> DecisionInfo | None:
    """Return the decision, or None where there is nothing to choose between."""
    groups, _ = like_with_like(experiment)
    if not groups or len(groups[0]) < 2:
        return None
    designs = groups[0]
    # without any sale money can only be lost, and the cheapest design would always win
    goal = MONEY_GOAL if _matters(experiment, "revenue", designs) else PEOPLE_GOAL
    wide = values_by_run(experiment, goal, designs)
    values = {name: wide[name].to_numpy() for name in designs}
    choice = choose(goal, values, MEASURES[goal].better, peeked=bool(experiment.stopping))
    money = money_of(experiment)
    rows = tuple(_row(experiment, option.design, choice, money) for option in choice.options)
    return DecisionInfo(_title(choice), _lines(experiment, choice, rows, money), goal, rows, choice)


def _matters(experiment: Experiment, measure: str, designs: tuple[str, ...]) -> bool:
    values = values_by_run(experiment, measure, designs).to_numpy()
    return bool(np.nanmax(np.abs(np.nan_to_num(values)), initial=0.0) > 0)


def _estimate(experiment: Experiment, measure: str, design: str) -> Estimate:
    values = values_by_run(experiment, measure, (design,))[design].to_numpy()
    return Estimate(*(sequential_interval if experiment.stopping else mean_interval)(values))


def _amount(minor: float, money: Money) -> str:
    if not math.isfinite(minor):
        return "not known"
    return value_text(Estimate(minor, math.nan, math.nan, 1), "money", money, 0)


def _spelled(found: Estimate, measure: str, money: Money) -> str:
    if not found.known:
        return "not known"
    unit = MEASURES[measure].unit
    span = interval_text(found, unit, money)
    return f"{value_text(found, unit, money)} ({span})" if span else value_text(found, unit, money)


def _row(experiment: Experiment, design: str, choice: Choice, money: Money) -> OptionRow:
    option = next(o for o in choice.options if o.design == design)
    unit = MEASURES[choice.measure].unit
    loss = Estimate(option.expected_loss, math.nan, math.nan, choice.n)
    cost = values_by_run(experiment, "reward_cost", (design,))[design].to_numpy()
    spent, _ = tail(cost)
    anyway = _estimate(experiment, "came_anyway_share", design)
    return OptionRow(
        design,
        _spelled(_estimate(experiment, choice.measure, design), choice.measure, money),
        chance_text(option.chance_best),
        value_text(loss, unit, money, 0) if loss.known else "not known",
        _amount(spent, money),
        _spelled(_estimate(experiment, _PRICE, design), _PRICE, money),
        percent(anyway.mean) if anyway.known else "nobody is credited",
    )


def _title(choice: Choice) -> str:
    best, second = choice.options[0], choice.options[1]
    what = MEASURES[choice.measure].title[0].lower() + MEASURES[choice.measure].title[1:]
    if choice.verdict == CLEAR:
        return f"Ship {quoted(best.design)}: it is clearly ahead in {what}"
    if choice.verdict == NOT_WORTH:
        return f"Any of them: no difference worth having in {what}"
    if choice.verdict == NOT_KNOWN:
        return f"Not known: one run says nothing about {what}"
    return f"Too close to call between {quoted(best.design)} and {quoted(second.design)} in {what}"


def _lines(
    experiment: Experiment, choice: Choice, rows: tuple[OptionRow, ...], money: Money
) -> tuple[str, ...]:
    best, lead = choice.options[0], rows[0]
    lines = [_caused(experiment, best.design)]
    if choice.verdict == CLEAR:
        lines.append(f"Chance that it is the best of these: {lead.chance_best}.")
    elif choice.verdict != NOT_KNOWN:
        lines.append(
            f"Chance that {quoted(best.design)} is the best: {lead.chance_best}. Choosing it and being wrong "
            f"would lose {lead.expected_loss} on average."
        )
    if choice.runs_needed is not None:
        more = choice.runs_needed - choice.n
        rounded = number(more, min(0, 2 - len(str(more))))
        lines.append(f"If the lead is as observed, about {rounded} more replications would settle it.")
    cost = values_by_run(experiment, "reward_cost", (best.design,))[best.design].to_numpy()
    spent, shortfall = tail(cost)
    if math.isfinite(spent) and spent > 0:
        lines.append(
            f"Its price: {lead.cost_per_caused} of rewards for each customer it caused. In one run of twenty "
            f"rewards cost {_amount(spent, money)} or more ({_amount(shortfall, money)} on average then)."
        )
    lowest = _estimate(experiment, "cash_lowest", best.design)
    if lowest.known and lowest.mean < 0:
        day = _estimate(experiment, "cash_payback_day", best.design)
        out = (
            f"out of the red from day {number(day.mean, 0)} on"
            if day.known
            else "not out of the red by the end"
        )
        lines.append(f"Its risk: cash goes down to {_spelled(lowest, 'cash_lowest', money)}, and is {out}.")
    gained = _estimate(experiment, choice.measure, best.design)
    if choice.measure == MONEY_GOAL and gained.known and gained.high < 0:
        lines.append(
            "Even the best of these loses money within the time simulated: no programme would lose none."
        )
    beaten = [quoted(option.design) for option in choice.options[1:] if best.design in option.dominated_by]
    if beaten:
        lines.append(f"In no run was it worse than {', '.join(beaten)}.")
    lines.append(
        "What would change this: `referralsim sensitivity` varies the assumptions and says which does."
    )
    return tuple(lines)


def _caused(experiment: Experiment, design: str) -> str:
    attributed, caused, anyway = (
        _estimate(experiment, name, design)
        for name in ("attributed_customers", "incremental_customers", "came_anyway")
    )
    said = [_spelled(found, "customers", money_of(experiment)) for found in (attributed, caused, anyway)]
    if not attributed.known:
        return f"{quoted(design)} caused {said[1]} customers."
    if attributed.mean == 0 and caused.mean == 0:
        return f"{quoted(design)} has no programme, so it caused nobody."
    return (
        f"Credited to its programmes are {said[0]} customers, of whom {said[2]} would have come anyway; "
        f"caused are {said[1]}, those brought in turn included."
    )
