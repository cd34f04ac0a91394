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
from referralsim.experiment.risk import FEWEST_FOR_TAIL, budget_of, share_above, tail
from referralsim.experiment.sequential import sequential_interval
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import mean_interval
from referralsim.report.contest import like_with_like, money_of
from referralsim.report.doubts import doubt_rows, doubts
from referralsim.report.frames import values_by_run
from referralsim.report.infos import DecisionInfo, OptionRow
from referralsim.report.risk import of_runs
from referralsim.report.wording import (
    Estimate,
    Money,
    chance_text,
    in_sentence,
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


def decision(experiment: Experiment) -> DecisionInfo | None:
    """Return the decision, or None where there is nothing to choose between."""
    groups, _ = like_with_like(experiment)
    if not groups or len(groups[0]) < 2:
        return None
    designs = groups[0]
    goal, smallest = _aim(experiment, designs)
    wide = values_by_run(experiment, goal, designs)
    values = {name: wide[name].to_numpy() for name in designs}
    choice = choose(
        goal,
        values,
        MEASURES[goal].better,
        smallest,
        one_future=bool(experiment.ignorance),
        peeked=bool(experiment.stopping),
    )
    money = money_of(experiment)
    rows = tuple(_row(experiment, option.design, choice, money) for option in choice.options)
    title = _title(choice, money, on_average=bool(experiment.ignorance))
    lines = _lines(experiment, choice, rows, money)
    return DecisionInfo(title, lines, goal, rows, choice, doubt_rows(experiment, choice, money))


def _aim(experiment: Experiment, designs: tuple[str, ...]) -> tuple[str, float]:
    """Return the measure on which designs are weighed, and the smallest difference worth having."""
    goal = experiment.aims.get("measure")
    if goal is None:
        # without any sale money can only be lost, and the cheapest design would always win
        return (MONEY_GOAL if _matters(experiment, "revenue", designs) else PEOPLE_GOAL), 0.0
    scale = experiment.minor_per_major if MEASURES[goal].unit == "money" else 1
    return goal, experiment.aims.get("smallest", 0.0) * scale


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


def _smallest(choice: Choice, money: Money) -> str:
    """Write the smallest difference worth having."""
    found = Estimate(choice.smallest, math.nan, math.nan, 1)
    return value_text(found, MEASURES[choice.measure].unit, money)


def _title(choice: Choice, money: Money, *, on_average: bool) -> str:
    best, second = choice.options[0], choice.options[1]
    what = in_sentence(MEASURES[choice.measure].title)
    if choice.verdict == CLEAR:
        mean = ", on average over what is not known" if on_average else ""
        return f"Ship {quoted(best.design)}: it is clearly ahead in {what}{mean}"
    if choice.verdict == NOT_WORTH:
        least = f" (below {_smallest(choice, money)})" if choice.smallest > 0 else ""
        return f"Any of them: no difference worth having{least} in {what}"
    if choice.verdict == NOT_KNOWN:
        return f"Not known: one run says nothing about {what}"
    return f"Too close to call between {quoted(best.design)} and {quoted(second.design)} in {what}"


def _lines(
    experiment: Experiment, choice: Choice, rows: tuple[OptionRow, ...], money: Money
) -> tuple[str, ...]:
    best, lead = choice.options[0], rows[0]
    lines = [_caused(experiment, best.design)]
    if experiment.ignorance and choice.verdict != NOT_KNOWN:
        lines += doubts(experiment, choice, lead)
    elif choice.verdict == CLEAR:
        lines.append(f"Chance that it is the best of these: {lead.chance_best}.")
    elif choice.verdict != NOT_KNOWN:
        lines.append(
            f"Chance that {quoted(best.design)} is the best: {lead.chance_best}. Choosing it and being wrong "
            f"would lose {lead.expected_loss} on average."
        )
    if choice.smallest > 0 and choice.verdict not in (NOT_WORTH, NOT_KNOWN):
        lines.append(f"Only a lead of more than {_smallest(choice, money)} counts as worth having.")
    if choice.runs_needed is not None:
        more = choice.runs_needed - choice.n
        rounded = number(more, min(0, 2 - len(str(more))))
        lines.append(f"If the lead is as observed, about {rounded} more replications would settle it.")
    cost = values_by_run(experiment, "reward_cost", (best.design,))[best.design].to_numpy()
    spent, shortfall = tail(cost)
    if math.isfinite(spent) and spent > 0:
        n = int(np.count_nonzero(~np.isnan(cost)))
        bad_end = (
            f"In one run of twenty rewards cost {_amount(spent, money)} or more "
            f"({_amount(shortfall, money)} on average then; {n} runs)."
            if n >= FEWEST_FOR_TAIL
            else f"In the dearest of {n} runs rewards cost {_amount(float(np.nanmax(cost)), money)}."
        )
        lines.append(f"Its price: {lead.cost_per_caused} of rewards for each customer it caused. {bad_end}")
    budget = budget_of(experiment, best.design)
    if math.isfinite(budget):
        over = share_above(cost, budget)
        lines.append(
            f"Its budget: rewards cost more than {_amount(budget, money)} in {of_runs(over)}, so the chance "
            f"is {percent(over.low)} to {percent(over.high)}."
        )
    lines += _in_the_red(experiment, best.design, money)
    gained = _estimate(experiment, choice.measure, best.design)
    if choice.measure == MONEY_GOAL and gained.known and gained.high < 0:
        lines.append(
            "Even the best of these loses money within the time simulated: no programme would lose none."
        )
    beaten = [quoted(option.design) for option in choice.options[1:] if best.design in option.dominated_by]
    if beaten:
        lines.append(f"In no run was it worse than {', '.join(beaten)}.")
    lines.append(
        "What would change this: the command referralsim sensitivity varies the assumptions and says which "
        "does."
    )
    return tuple(lines)


def _middle(values: np.ndarray) -> float:
    """Return the value of the middle run, as the picture of cash marks it."""
    return float(np.quantile(values, 0.5, method="inverted_cdf"))


def _in_the_red(experiment: Experiment, design: str, money: Money) -> list[str]:
    """Say in how many runs cash goes below 0, how deep, and in how many of them it comes back."""
    lowest, day = (
        values_by_run(experiment, name, (design,))[design].to_numpy()
        for name in ("cash_lowest", "cash_payback_day")
    )
    lowest = lowest[~np.isnan(lowest)]
    red, out = lowest[lowest < 0], day[~np.isnan(day)]
    if not len(red):
        return []
    typical = number(_middle(out), 0) if len(out) else ""
    back = f"{len(out)} of these are out of it by the end, half of them by day {typical}" if len(out) else ""
    worst = (
        f"In one run of twenty it goes down to {_amount(tail(lowest, is_high=False)[0], money)} or further."
        if len(lowest) >= FEWEST_FOR_TAIL
        else f"In the worst run it goes down to {_amount(float(lowest.min()), money)}."
    )
    return [
        f"Its risk: cash goes into the red in {len(red)} of {len(lowest)} runs, by "
        f"{_amount(-_middle(red), money)} in the middle one of them; "
        f"{back or 'none of these is out of it by the end'}. {worst}"
    ]


def _in_their_place(stepped_in: Estimate) -> str:
    """Say how many of those caused nobody brought."""
    if not stepped_in.known or stepped_in.mean < 0.5:
        return ""
    return (
        f"; {number(stepped_in.mean, 0)} of these came by themselves, in the place of people who had been "
        "won before their turn"
    )


def _caused(experiment: Experiment, design: str) -> str:
    attributed, caused, anyway, stepped_in = (
        _estimate(experiment, name, design)
        for name in ("attributed_customers", "incremental_customers", "came_anyway", "stepped_in_customers")
    )
    said = [_spelled(found, "customers", money_of(experiment)) for found in (attributed, caused, anyway)]
    if not attributed.known:
        return f"{quoted(design)} caused {said[1]} customers."
    if attributed.mean == 0 and caused.mean == 0:
        return f"{quoted(design)} has no programme, so it caused nobody."
    return (
        f"Credited to its programmes are {said[0]} customers, of whom {said[2]} would have come anyway; "
        f"caused are {said[1]}, those brought in turn included{_in_their_place(stepped_in)}."
    )
