"""The finding as a sentence: with its interval, its number of runs, and without more than is known."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from referralsim.report.frames import design_names, estimate
from referralsim.report.infos import Answer, Comparison
from referralsim.report.vocabulary import PRIMARY, measure_title, measure_unit
from referralsim.report.wording import (
    Estimate,
    Money,
    interval_text,
    number,
    percent,
    quoted,
    shared_places,
    value_text,
)

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

_FALLBACK = "customers"
_ALSO = ("customers", "cost_per_referred_customer")


def money_of(experiment: Experiment) -> Money:
    """Return how the experiment's amounts are written."""
    return Money(experiment.currency, experiment.minor_per_major)


def comparisons(experiment: Experiment, measure: str) -> tuple[Comparison, ...]:
    """Return the paired differences of one measure, in the order of the experiment."""
    frame = experiment.comparisons
    if frame.empty:
        return ()
    rows = frame[frame["measure"] == measure]
    return tuple(_comparison(measure, row) for row in rows.to_dict("records"))


def _comparison(measure: str, row: dict[Hashable, Any]) -> Comparison:
    return Comparison(
        measure,
        measure_title(measure),
        measure_unit(measure),
        str(row["a"]),
        str(row["b"]),
        Estimate(float(row["difference"]), float(row["low"]), float(row["high"]), int(row["n"])),
        float(row["p_a_better"]),
        str(row["verdict"]),
    )


def reverse(row: Comparison) -> Comparison:
    """Return the same comparison with ``a`` and ``b`` exchanged."""
    turned = {"a better": "b better", "b better": "a better"}.get(row.verdict, row.verdict)
    d = row.difference
    return row._replace(
        a=row.b,
        b=row.a,
        difference=Estimate(-d.mean, -d.high, -d.low, d.n),
        p_a_better=1 - row.p_a_better,
        verdict=turned,
    )


def between(rows: tuple[Comparison, ...], a: str, b: str) -> Comparison | None:
    """Return the comparison of ``a`` with ``b``, whichever way round it was stored."""
    for row in rows:
        if (row.a, row.b) == (a, b):
            return row
        if (row.b, row.a) == (a, b):
            return reverse(row)
    return None


def primary_measure(experiment: Experiment) -> str:
    """Return the measure to answer with: K, unless it is unknown or the same in every design."""
    means = [estimate(experiment, design, PRIMARY).mean for design in design_names(experiment)]
    usable = [mean for mean in means if math.isfinite(mean)]
    if not usable or (len(usable) > 1 and max(usable) == min(usable)):
        return _FALLBACK
    return PRIMARY


def ranked(experiment: Experiment, measure: str) -> tuple[str, ...]:
    """Return the designs, highest mean first; those without a value come last."""
    means = {design: estimate(experiment, design, measure).mean for design in design_names(experiment)}
    return tuple(sorted(means, key=lambda name: -means[name] if math.isfinite(means[name]) else math.inf))


def like_with_like(experiment: Experiment, order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Group designs that a planner can choose between: those with the same people and the same product.

    A scenario may ask its question in several worlds (a weak brand and a strong one). Then each world has
    an answer of its own. Where there are no two worlds with a choice in them, all designs are one group.

    Returns
    -------
    tuple of tuple of str
        Groups in the order of the scenario, designs in the given order.
    """
    worlds: dict[str, list[str]] = {}
    for design, scenario in experiment.designs.items():
        world = {part: scenario.get(part) for part in ("population", "product")}
        worlds.setdefault(json.dumps(world, sort_keys=True, default=str), []).append(design)
    groups = [tuple(name for name in order if name in world) for world in worlds.values() if len(world) > 1]
    return tuple(groups) if len(groups) > 1 else (order,)


def _runs(n: int, paired: bool = False) -> str:
    return f"{n} {'paired ' if paired else ''}run{'' if n == 1 else 's'}"


def _with_interval(value: Estimate, unit: str, money: Money, paired: bool = False) -> str:
    interval = interval_text(value, unit, money)
    runs = _runs(value.n, paired)
    span = f"95 % interval {interval}, {runs}" if interval else f"{runs}, so no interval"
    return f"{value_text(value, unit, money)} ({span})"


def _does(measure: str) -> str:
    return "each customer brings" if measure == PRIMARY else "the number of customers reached is"


def _one_design(experiment: Experiment, design: str, measure: str) -> str:
    value = estimate(experiment, design, measure)
    unit, money = measure_unit(measure), money_of(experiment)
    shown = _with_interval(value, unit, money)
    if measure != PRIMARY:
        return f"{quoted(design)} ends with {shown} customers."
    verdict = (
        ""
        if not value.has_interval
        else (
            " Growth sustains itself."
            if value.low >= 1
            else " K stays below 1: growth needs other sources."
            if value.high < 1
            else " Whether K reaches 1 is too close to call."
        )
    )
    return f"With {quoted(design)} one customer brings {shown} further customers.{verdict}"


def _more_runs(row: Comparison) -> str:
    half, mean = row.difference.half_width, abs(row.difference.mean)
    if not (math.isfinite(half) and mean > 0 and half > mean):
        return ""
    needed = math.ceil(row.difference.n * (half / mean) ** 2)
    if needed > 100 * row.difference.n:
        return " No reasonable number of runs would tell them apart: the difference is too small to matter."
    return (
        f" About {number(needed, 1 - len(str(needed)) + 1)} paired runs would be needed to tell them apart."
    )


def _against(row: Comparison, first: Estimate, second: Estimate, money: Money) -> str:
    """Write both values as exactly as their difference is known, so that it can be seen in them."""
    places = shared_places((row.difference,), row.unit, money)
    values = (value_text(value, row.unit, money, places) for value in (first, second))
    return " against ".join(values)


def _clear(row: Comparison, first: Estimate, second: Estimate, most: str, money: Money) -> str:
    measure = "customers per customer (K)" if row.measure == PRIMARY else "customers"
    values = _against(row, first, second, money)
    ratio = second.mean and first.mean / second.mean - 1
    more = f", {percent(ratio)} more" if math.isfinite(ratio) and 0 < ratio < 10 else ""
    gap = _with_interval(row.difference, row.unit, money, paired=True)
    against = f"{values} for {quoted(row.b)}{more}"
    return f"{quoted(row.a)} brings {most} {measure}: {against}. The difference is {gap}."


def _many_designs(experiment: Experiment, order: tuple[str, ...], measure: str) -> tuple[str, str]:
    unit, money = measure_unit(measure), money_of(experiment)
    first, second = order[0], order[1]
    best, next_best = estimate(experiment, first, measure), estimate(experiment, second, measure)
    row = between(comparisons(experiment, measure), first, second)
    if not best.known or not next_best.known or row is None:
        return (
            f"{_one_design(experiment, first, measure)} The other designs cannot be compared with it.",
            "not known",
        )
    what = "K" if measure == PRIMARY else "the number of customers"
    if row.verdict == "a better":
        return _clear(row, best, next_best, "more" if len(order) == 2 else "most", money), "clear"
    if row.verdict == "no difference":
        return (
            f"It makes no difference: {quoted(first)} and {quoted(second)} give the same "
            f"{what.removeprefix('the ')}, {_with_interval(best, unit, money)}, run by run."
        ), "no difference"
    gap = _with_interval(row.difference, unit, money, paired=True)
    return (
        f"Too close to call: {quoted(first)} and {quoted(second)} differ in {what} by {gap}; "
        f"{_against(row, best, next_best, money)}."
        f"{_more_runs(row)}{_beaten(experiment, order, measure)}"
    ), "too close to call"


def _beaten(experiment: Experiment, order: tuple[str, ...], measure: str) -> str:
    rows = comparisons(experiment, measure)
    worse = [
        design
        for design in order[2:]
        if (row := between(rows, order[0], design)) is not None and row.verdict == "a better"
    ]
    if not worse:
        return ""
    names = ", ".join(quoted(design) for design in worse)
    return f" {quoted(order[0])} does better than {names}."


def _also(experiment: Experiment, order: tuple[str, ...], primary: str) -> tuple[str, ...]:
    money = money_of(experiment)
    lines = []
    for measure in _ALSO:
        values = {design: estimate(experiment, design, measure) for design in order[:3]}
        known = {design: value for design, value in values.items() if value.known}
        if measure == primary or not known:
            continue
        unit = measure_unit(measure)
        parts = []
        for design, value in known.items():
            interval = interval_text(value, unit, money)
            span = f" ({interval})" if interval else ""
            parts.append(f"{value_text(value, unit, money)}{span} with {quoted(design)}")
        texts = {value_text(value, unit, money) for value in known.values()}
        same = (
            len(texts) == 1 and len(known) > 1 and not any(value.half_width > 0 for value in known.values())
        )
        shown = f"{texts.pop()} with each of them" if same else ", ".join(parts)
        lines.append(f"{measure_title(measure)}: {shown}.")
    return tuple(lines)


def _caveats(experiment: Experiment, measure: str, order: tuple[str, ...]) -> tuple[str, ...]:
    n = estimate(experiment, order[0], measure).n if order else 0
    lines = [
        "Attributed is not caused: K counts the customers credited to a referrer, and some of them would "
        "have come anyway. Only a design without the programme shows how many it added.",
        "A customer who joined too late for the full counting window is left out of K (censored), not "
        f"counted as having brought nobody; the run covers {number(experiment.horizon_days, 0)} days.",
    ]
    if n > 1:
        lines.append(
            "An interval shows how far chance moves the result under the assumptions listed below. It does "
            "not say whether those assumptions are right."
        )
    else:
        lines.append("There was only one run, so nothing says how far chance alone would move these numbers.")
    return tuple(lines)


def answer(experiment: Experiment) -> Answer:
    """Say what the experiment found.

    Designs are ranked on ``k_offspring`` (on ``customers`` where K is unknown or equal in all of them)
    and the best is held against the second best, on paired runs; where designs differ in the product or
    the people themselves, like is held against like (:func:`like_with_like`).
    """
    measure = primary_measure(experiment)
    order = ranked(experiment, measure)
    caveats = _caveats(experiment, measure, order)
    if not order:
        return Answer("No design was run.", (), caveats, "", measure, "not known")
    lead = order[0]
    if not estimate(experiment, lead, measure).known:
        text = "The runs give no answer: neither K nor the number of customers could be measured."
        return Answer(text, (), caveats, lead, measure, "not known")
    if len(order) == 1:
        text, verdict = _one_design(experiment, lead, measure), "one design"
    else:
        found = [_many_designs(experiment, group, measure) for group in like_with_like(experiment, order)]
        text = " ".join(sentence for sentence, _ in found)
        verdicts = {verdict for _, verdict in found}
        verdict = verdicts.pop() if len(verdicts) == 1 else "clear in part"
    return Answer(text, _also(experiment, order, measure), caveats, lead, measure, verdict)


def answer_sentence(experiment: Experiment) -> str:
    """Return the finding alone, for a terminal."""
    return answer(experiment).sentence
