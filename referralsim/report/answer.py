"""The finding as a sentence: with its interval, its number of runs, and without more than is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from referralsim.experiment.choosing import POWERED
from referralsim.report.contest import (
    Contest,
    all_pairs,
    contest,
    contests_of,
    like_with_like,
    money_of,
    paired,
)
from referralsim.report.details import also, caveats, lift, outlook
from referralsim.report.frames import window_days
from referralsim.report.infos import Answer, Comparison
from referralsim.report.vocabulary import PRIMARY
from referralsim.report.wording import (
    Estimate,
    Money,
    days_text,
    interval_text,
    number,
    own_places,
    percent,
    quoted,
    value_text,
)

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

_CUSTOMERS = "customers"
_FEWEST_TO_PLAN = 5
_SMALL = 0.01
"""A difference below this share of the value matters to nobody."""

Pairs = dict[tuple[str, str], Comparison]


def _with_interval(value: Estimate, unit: str, money: Money, replications: int, paired: bool = False) -> str:
    interval = interval_text(value, unit, money)
    of_all = f" of {replications}" if value.n < replications else ""
    runs = f"{value.n}{of_all} {'paired ' if paired else ''}run{'' if value.n == 1 and not of_all else 's'}"
    if value.exact:
        span = f"the same in all {runs}"
    else:
        span = f"95 % interval {interval}, {runs}" if interval else f"{runs}, so no interval"
    return f"{value_text(value, unit, money)} ({span})"


def _one_design(experiment: Experiment, held: Contest, design: str) -> str:
    value, money = held.estimate(design), money_of(experiment)
    shown = _with_interval(value, "", money, held.replications)
    if held.measure != PRIMARY:
        return f"{quoted(design)} ends with {shown} customers."
    days = days_text(window_days(experiment))
    return (
        f"With {quoted(design)} one customer brings {shown} further customers within {days} of joining."
        f"{outlook(experiment, design, value)}"
    )


def _runs_needed(row: Comparison, held: Contest) -> str:
    """Say how many runs would tell two designs apart, or that no planner would care."""
    gap, value = row.difference, max(abs(held.estimate(name).mean) for name in (row.a, row.b))
    if gap.has_interval and max(abs(gap.low), abs(gap.high)) <= _SMALL * value:
        return f" If there is any difference, it is below {percent(_SMALL)} of the value."
    if gap.n < _FEWEST_TO_PLAN or not gap.mean > 0:
        return ""
    spread = float((held.values[row.a] - held.values[row.b]).std(ddof=1))
    half = gap.half_width if held.peeked else 1.96 * spread / math.sqrt(gap.n)
    needed = max(gap.n + 1, math.ceil(gap.n * (POWERED * half / gap.mean) ** 2))
    about = number(needed, min(0, 2 - len(str(needed))))
    return f" If the true difference is as observed, about {about} paired runs would tell them apart."


def _against(row: Comparison, held: Contest, money: Money) -> str:
    """Write both values as exactly as their difference is known, so that it can be seen in them."""
    places = None if row.difference.exact else own_places(row.difference, row.unit, money)
    values = (value_text(held.estimate(name), row.unit, money, places) for name in (row.a, row.b))
    return " against ".join(values)


def _clear(experiment: Experiment, row: Comparison, held: Contest) -> str:
    money = money_of(experiment)
    most = "more" if len(held.order) == 2 else "most"
    what = _CUSTOMERS
    if row.measure == PRIMARY:
        what = f"customers per customer within {days_text(window_days(experiment))} of joining (K)"
    first, second = (held.estimate(name).mean for name in (row.a, row.b))
    ratio = first / second - 1 if second else math.nan
    more = f", {percent(ratio)} more" if 0 < ratio < 10 else ""
    gap = _with_interval(row.difference, row.unit, money, held.replications, paired=True)
    return (
        f"{quoted(row.a)} brings {most} {what}: {_against(row, held, money)} for {quoted(row.b)}{more}. "
        f"The difference is {gap}."
    )


def _open(experiment: Experiment, row: Comparison, held: Contest, pairs: Pairs) -> str:
    money = money_of(experiment)
    what = "the number of customers"
    if row.measure == PRIMARY:
        what = f"K within {days_text(window_days(experiment))}"
    gap = _with_interval(row.difference, row.unit, money, held.replications, paired=True)
    alone = ""
    if row.verdict == "a better":
        alone = " Alone this pair would look clear; among all the pairs compared here it may be chance."
    worse = [quoted(name) for name in held.order[2:] if pairs[(held.order[0], name)].clear]
    beaten = f" {quoted(row.a)} does better than {', '.join(worse)}." if worse else ""
    opening = "Too close to call" if row.difference.has_interval else "Not known which is better"
    return (
        f"{opening}: {quoted(row.a)} and {quoted(row.b)} differ in {what} by {gap}; "
        f"{_against(row, held, money)}.{alone}{_runs_needed(row, held)}{beaten}"
    )


def _other_way_round(experiment: Experiment, row: Comparison) -> str:
    """Say so where the design that is ahead in K ends with fewer customers."""
    held = contest(experiment, (row.a, row.b), _CUSTOMERS)
    if row.measure != PRIMARY or held.order != (row.b, row.a):
        return ""
    turned = paired(experiment, held, row.b, row.a)
    if turned.verdict == "no difference":
        return ""
    money = money_of(experiment)
    gap = _with_interval(turned.difference, turned.unit, money, held.replications, paired=True)
    doubt = "" if turned.clear else ", too close to call"
    return (
        f" By customers won the order is the other way round: {_against(turned, held, money)}; the "
        f"difference is {gap}{doubt}."
    )


def _many_designs(experiment: Experiment, held: Contest, pairs: Pairs) -> tuple[str, str]:
    first, second = held.order[:2]
    row = pairs[(first, second)]
    more = _other_way_round(experiment, row) + lift(experiment, held)
    if row.clear:
        return _clear(experiment, row, held) + more, "clear"
    if row.verdict == "no difference":
        what = "K" if held.measure == PRIMARY else "number of customers"
        value = _with_interval(held.estimate(first), "", money_of(experiment), held.replications)
        text = f"It makes no difference: {quoted(first)} and {quoted(second)} give the same {what}, {value}"
        return f"{text}, run by run.{more}", "no difference"
    found = "not known" if row.verdict == "not known" else "too close to call"
    return _open(experiment, row, held, pairs) + more, found


def _one_contest(experiment: Experiment, held: Contest, pairs: Pairs) -> tuple[str, str]:
    if len(held.order) > 1:
        text, found = _many_designs(experiment, held, pairs)
    elif held.order:
        text = f"{_one_design(experiment, held, held.order[0])} Nothing can be compared with it."
        found = "not known"
    else:
        return f"Between {', '.join(map(quoted, held.n_known))} nothing is known.", "not known"
    few = [f"{quoted(name)} ({n} of {held.replications} runs)" for name, n in held.n_known.items()]
    return text + (f" Left out, as known in too few runs: {', '.join(few)}." if few else ""), found


def answer(experiment: Experiment) -> Answer:
    """Say what the experiment found.

    Designs are ranked on ``k_offspring`` (on ``customers`` where K is unknown or equal in all of them), on
    the runs in which all of them are known, and the best is held against the second best, run by run. Where
    designs differ in the product or the people themselves, like is held against like
    (:func:`referralsim.report.contest.like_with_like`); the lead is that of the first group.
    """
    groups, left_out = like_with_like(experiment)
    if not groups:
        return Answer("No design was run.", (), caveats(experiment, ()), "", PRIMARY, "not known")
    contests = contests_of(experiment, groups)
    measure = contests[0].measure
    notes = caveats(experiment, contests)
    lead = next((held.order[0] for held in contests if held.order), groups[0][0])
    if not any(held.order for held in contests):
        text = "The runs give no answer: neither K nor the number of customers could be measured."
        return Answer(text, (), notes, lead, measure, "not known")
    if len(experiment.designs) == 1:
        text, found = _one_design(experiment, contests[0], lead), "one design"
    else:
        pairs = all_pairs(experiment, contests)
        said = [_one_contest(experiment, held, pairs) for held in contests]
        text = " ".join([*(sentence for sentence, _ in said), *map(_elsewhere, left_out)])
        kinds = {kind for _, kind in said}
        found = kinds.pop() if len(kinds) == 1 else "clear in part" if "clear" in kinds else "not known"
    return Answer(text, also(experiment, contests), notes, lead, measure, found)


def _elsewhere(design: str) -> str:
    return f"{quoted(design)} plays in another world (another product or other people) and is not a choice."


def answer_sentence(experiment: Experiment) -> str:
    """Return the finding alone, for a terminal."""
    return answer(experiment).sentence
