"""What stands beside the answer: what it says about growth, what the programme adds, cost, and cautions."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from referralsim.experiment.sequential import quantile
from referralsim.report.contest import FALLBACK, Contest, contest, money_of
from referralsim.report.frames import (
    estimate,
    mean_over_runs,
    ratio_over_runs,
    table,
    values_by_run,
    window_days,
)
from referralsim.report.vocabulary import PRIMARY, measure_title, measure_unit
from referralsim.report.wording import (
    Estimate,
    cell_text,
    days_text,
    decimals,
    number,
    quoted,
    value_text,
)

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

_COST = "cost_per_referred_customer"
_FLAT = 0.02
"""Part of K that may still come in the last quarter of the window if the rest is to be called over."""
_FEW_CUSTOMERS = 50
_APART_FROM_PROGRAMMES = (
    "population", "acquisition", "product", "loops", "channels", "attribution", "timeline"
)  # fmt: skip


def outlook(experiment: Experiment, design: str, value: Estimate) -> str:
    """Say what K within the window says about growth: below 1 only if no more friends are to be expected."""
    days = days_text(window_days(experiment))
    if not value.has_interval:
        return ""
    if value.low >= 1:
        return " Growth sustains itself."
    if value.high >= 1:
        return f" Whether K reaches 1 within {days} is too close to call."
    late = share_of_late_friends(experiment, design)
    if late <= _FLAT and value.high * (1 + 4 * late) < 1:
        return " Hardly anybody joins later than that, and K stays below 1: growth needs other sources."
    return " Friends who join later are not in it, so K below 1 does not say that growth ends."


def share_of_late_friends(experiment: Experiment, design: str) -> float:
    """Return the part of K that comes in the last quarter of the window, all runs together; or NaN."""
    frame = table(experiment, "cycle_time", ("days_low", "days_high", "share"))
    frame = frame[frame["design"] == design]
    if frame.empty:
        return math.nan
    k = values_by_run(experiment, PRIMARY, (design,))[design]
    part = (frame["share"] * frame["replication"].map(k)).fillna(0.0)
    late = frame["days_low"] >= 0.75 * window_days(experiment) * (1 - 1e-9)
    whole = float(part.sum())
    return float(part[late].sum()) / whole if whole > 0 else math.nan


def _has_programme(scenario: dict[str, Any]) -> bool:
    programmes = (scenario.get("programmes") or {}).values()
    return any(programme is not None and programme.get("enabled", True) for programme in programmes)


def _without_programme(experiment: Experiment, design: str) -> str | None:
    """Return the design that is like another one in everything but that it has no programme."""

    def rest(name: str) -> str:
        scenario = experiment.designs[name]
        return json.dumps(
            [scenario.get(part) for part in _APART_FROM_PROGRAMMES], sort_keys=True, default=str
        )

    if not _has_programme(experiment.designs[design]):
        return None
    like = (name for name, scenario in experiment.designs.items() if not _has_programme(scenario))
    return next((name for name in like if rest(name) == rest(design)), None)


def _signed_percent(share: float, places: int) -> str:
    text = number(100 * share, places)
    return f"{text if text.startswith(chr(0x2212)) else f'+{text}'}\u00a0%"


def lift(experiment: Experiment, held: Contest) -> str:
    """Say how many more customers the leading design brings than the same design without a programme."""
    lead = held.order[0]
    base = _without_programme(experiment, lead)
    if base is None or (held.measure == FALLBACK and held.order[1] == base):
        return ""
    pair = contest(experiment, (lead, base), FALLBACK)
    if set(pair.order) != {lead, base} or not (pair.values[base] > 0).all():
        return ""
    ratio = ratio_over_runs(pair.values[lead] / pair.values[base], pair.values[base])
    if pair.peeked and ratio.has_interval:
        ratio = _at_every_look(ratio)
    places = decimals(100 * (ratio.mean - 1), 100 * ratio.half_width)
    gain, low, high = (_signed_percent(part - 1, places) for part in (ratio.mean, ratio.low, ratio.high))
    span = f" (95 % interval {low} to {high})" if ratio.has_interval and not ratio.exact else ""
    money = money_of(experiment)
    won, without = (value_text(pair.estimate(name), "customers", money) for name in (lead, base))
    return (
        f" {quoted(lead)} ends with {won} customers against {without} without a programme "
        f"({quoted(base)}): {gain}{span}."
    )


def _at_every_look(value: Estimate) -> Estimate:
    """Widen an interval of Student's to one that holds however often one looked."""
    half = value.half_width * quantile(value.n, 0.05) / float(stdtrit(value.n - 1, 0.975))
    return value._replace(low=value.mean - half, high=value.mean + half)


def _shown(contests: tuple[Contest, ...]) -> tuple[str, ...]:
    """Return the designs worth a word: the first three, or the first two of each of several groups."""
    most = 3 if len(contests) == 1 else 2
    return tuple(design for held in contests for design in held.order[:most])


def also(experiment: Experiment, contests: tuple[Contest, ...]) -> tuple[str, ...]:
    """Return what else a decision needs: customers won, and what a programme's customer costs."""
    names = _shown(contests)
    lines = []
    if contests[0].measure != FALLBACK:
        lines.append(_line(experiment, FALLBACK, names))
    costs = [estimate(experiment, design, _COST) for design in names]
    if any(cost.known and cost.mean != 0 for cost in costs):
        lines.append(_line(experiment, _COST, names))
    return tuple(line for line in lines if line)


def _line(experiment: Experiment, measure: str, names: tuple[str, ...]) -> str:
    money, unit = money_of(experiment), measure_unit(measure)
    values = {design: estimate(experiment, design, measure) for design in names}
    known = {design: value for design, value in values.items() if value.known}
    if not known:
        return ""
    texts = {
        design: cell_text(value, unit, money, experiment.replications) for design, value in known.items()
    }
    if len(known) > 1 and len(set(texts.values())) == 1 and all(value.exact for value in known.values()):
        which = "each of them" if known == values else _listed([quoted(design) for design in known])
        shown = f"{next(iter(texts.values()))} with {which}"
    else:
        shown = ", ".join(f"{text} with {quoted(design)}" for design, text in texts.items())
    unknown = [quoted(design) for design in values if design not in known]
    rest = f"; not defined with {_listed(unknown)}" if unknown else ""
    return f"{measure_title(measure, window_days(experiment))}: {shown}{rest}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def caveats(experiment: Experiment, contests: tuple[Contest, ...]) -> tuple[str, ...]:
    """Return what the numbers do not say."""
    lines = [
        "Attributed is not caused: K counts the customers credited to a referrer, and some of them would "
        "have come anyway. The decision says how many the programmes caused.",
        f"A customer who joined too late for the full window of {days_text(window_days(experiment))} counts "
        "only for as long as we watched them (censored), not as having brought nobody; the run covers "
        f"{days_text(experiment.horizon_days)}.",
    ]
    n_customers = _fewest_customers(experiment, contests)
    if n_customers < _FEW_CUSTOMERS:
        lines.append(
            f"There are only about {number(n_customers, 0)} customers in a run, and some runs stay smaller "
            "still. Ratios such as K are therefore sums over sums, all runs taken together; the mean of the "
            "runs\u2019 own ratios would be too low."
        )
    if len(experiment.designs) > 2:
        lines.append(
            "Each interval is for one pair taken alone: of 100 equal pairs about 5 would look clear at 95 %. "
            "The answer above, and the words \u201cclearly differ\u201d, allow for the number of pairs."
        )
    if experiment.failures:
        first = experiment.failures[0]
        n_runs = experiment.replications * len(experiment.designs)
        lines.append(
            f"{len(experiment.failures)} of {n_runs} runs failed and are left out; the first "
            f"({quoted(str(first['design']))}, replication {first['replication']}): {first['error']}."
        )
    if experiment.stopping:
        looks = ", ".join(map(str, experiment.stopping["looks"]))
        reached = "" if experiment.stopping["reached"] else ", without reaching it"
        lines.append(
            f"Replications were added until {experiment.stopping['precision']} was known, with looks after "
            f"{looks}{reached}. Intervals hold at every look, so they are wider than usual."
        )
    if experiment.ignorance:
        n = len(experiment.uncertain)
        lines.append(
            f"Every replication drew {n} uncertain number{'s' if n > 1 else ''} anew, by the laws of the "
            "scenario: an interval shows how well the mean over all that may be is known. It does not say "
            "whether those laws, or the other assumptions, are right."
        )
    elif any(len(held.values) > 1 for held in contests):
        lines.append(
            "An interval shows how far chance moves the result under the assumptions listed below. It does "
            "not say whether those assumptions are right."
        )
    else:
        lines.append("There was only one run, so nothing says how far chance alone would move these numbers.")
    return tuple(lines)


def _fewest_customers(experiment: Experiment, contests: tuple[Contest, ...]) -> float:
    designs = tuple(design for held in contests if held.measure == PRIMARY for design in held.order)
    wide = values_by_run(experiment, FALLBACK, designs)
    means = [mean_over_runs(wide[design].to_numpy()).mean for design in designs]
    return float(np.nanmin(means)) if np.isfinite(means).any() else math.inf
