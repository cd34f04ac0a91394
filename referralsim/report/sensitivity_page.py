"""The page of a sensitivity study: which assumption matters most, and what would flip the decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from referralsim.measures import MEASURES
from referralsim.report.exploring import estimate_of, shown, title_of, with_span
from referralsim.report.exploring_figures import plot_tornado
from referralsim.report.exploring_infos import (
    ChanceInfo,
    EffectRow,
    FlipRow,
    FlipsInfo,
    ShareRow,
    SharesInfo,
    TornadoBar,
    TornadoInfo,
)
from referralsim.report.page import Page, picture, table
from referralsim.report.wording import Estimate, Money, in_sentence, number, own_places, quoted, value_text

if TYPE_CHECKING:
    from referralsim.experiment.assumptions import Assumptions
    from referralsim.experiment.sensitivity import Effect, Flip, Share, Split


def sensitivity_page(found: Assumptions, money: Money, name: str, question: str, command: str) -> Page:
    """Return the page."""
    bars = tornado(found.effects, found.base, found.measure, money)
    head = ["assumption", "low end", "high end", "high less low, paired"]
    parts = [
        picture(plot_tornado(bars), bars.title, bars.caption),
        table("One assumption at a time", head, bars.rows),
    ]
    if found.against is not None:
        lost = flips(found.flips, found.design, found.against, found.measure, money)
        head = ["assumption", "the winner changes at", "lead at low end", "lead at high end"]
        parts.append(table(lost.title, head, lost.rows, lost.caption))
    if found.shares:
        explained = shares(found.shares, found.method)
        parts.append(table(explained.title, explained.head, explained.rows))
    luck = chance(found.split, found.measure, money)
    parts.append(table(luck.title, ["", "value"], luck.rows, luck.caption))
    notes = (
        "Each assumption goes through the range given for it; ranges that are too narrow hide what matters.",
        "All points are played in the same worlds with the same luck.",
    )
    return Page("Sensitivity", name, question or name, _sentence(found, money), notes, tuple(parts), command)


def _sentence(found: Assumptions, money: Money) -> str:
    largest = found.effects[0]
    swing = estimate_of(largest.swing)
    unit = MEASURES[found.measure].unit
    text = (
        f"{title_of(found.measure)} of {quoted(found.design)} moves most with {largest.path}: by "
        f"{value_text(swing, unit, money)} from {largest.low_text} to {largest.high_text}."
    )
    if found.against is None:
        return text
    flipping = [flip for flip in found.flips if flip.flips_at]
    if not flipping and all(gap.n < 2 for flip in found.flips for gap in flip.gaps):
        return f"{text} One run says nothing about whether {quoted(found.against)} could win."
    if not flipping:
        close = [flip.path for flip in found.flips if any(not gap.low > 0 for gap in flip.gaps)]
        if close:
            return (
                f"{text} Nothing within its range surely makes {quoted(found.against)} win over "
                f"{quoted(found.design)}; it is too close to call with part of {', '.join(close)}."
            )
        return (
            f"{text} Nothing within its range makes {quoted(found.against)} win over {quoted(found.design)}."
        )
    at = "; ".join(f"{flip.path} at {_at(flip, flip.flips_at[0])}" for flip in flipping)
    return f"{text} The lead over {quoted(found.against)} is lost with {at}."


def _at(flip: Flip, value: float) -> str:
    return f"{number(value, 3)}{' ' + flip.unit if flip.unit else ''}"


def tornado(effects: Sequence[Effect], base: float, measure: str, money: Money) -> TornadoInfo:
    """Return what each assumption alone does.

    Parameters
    ----------
    effects : sequence of Effect
        The largest swing first.
    base : float
        Mean with the scenario's own numbers, in the measure's unit.
    """
    bars = tuple(
        TornadoBar(
            effect.path,
            shown(effect.at_low.mean, measure, money),
            shown(effect.at_high.mean, measure, money),
        )
        for effect in effects
    )
    rows = tuple(
        EffectRow(
            effect.path,
            f"{effect.low_text}: {with_span(estimate_of(effect.at_low), measure, money)}",
            f"{effect.high_text}: {with_span(estimate_of(effect.at_high), measure, money)}",
            with_span(estimate_of(effect.swing), measure, money),
        )
        for effect in effects
    )
    return TornadoInfo(
        f"What each assumption alone does to {in_sentence(title_of(measure))}",
        "From the value with the scenario's own numbers to the low and the high end.",
        title_of(measure),
        shown(base, measure, money),
        bars,
        rows,
    )


def flips(found: Sequence[Flip], first: str, second: str, measure: str, money: Money) -> FlipsInfo:
    """Return what would change the decision between two designs, of which the first leads."""
    rows = []
    for flip in found:
        at = ", ".join(_at(flip, value) for value in flip.flips_at)
        low, high = (with_span(estimate_of(gap), measure, money) for gap in (flip.gaps[0], flip.gaps[-1]))
        rows.append(FlipRow(flip.path, at or flip.words, low, high))
    caption = (
        f"Lead of {quoted(first)} over {quoted(second)} in {in_sentence(title_of(measure))}, paired; each "
        "assumption alone."
    )
    return FlipsInfo("What would flip this decision", caption, tuple(rows))


def shares(found: Sequence[Share], method: str) -> SharesInfo:
    """Return Sobol' indices, or Morris's effects, in words.

    Parameters
    ----------
    method : {"sobol", "morris"}
    """

    def cell(value: float, half: float) -> str:
        if not math.isfinite(value):
            return "not known"
        return f"{number(value, 3)} ± {number(half, 3)}" if math.isfinite(half) else number(value, 3)

    rows = tuple(
        ShareRow(s.path, cell(s.first, s.first_half_width), cell(s.total, s.total_half_width)) for s in found
    )
    if method == "sobol":
        head = ("assumption", "alone", "with all interactions")
        return SharesInfo("Shares of the variance (Sobol')", head, rows)
    head = ("assumption", "mean absolute effect", "spread")
    return SharesInfo("Elementary effects (Morris)", head, rows)


def chance(found: Split, measure: str, money: Money) -> ChanceInfo:
    """Return chance against ignorance, no more exact than chance allows."""
    unit = MEASURES[measure].unit
    spread = found.chance_sd if found.chance_sd > 0 else math.nan
    around = Estimate(found.mean, found.mean - spread, found.mean + spread, found.n_replications)
    places = own_places(around, unit, money) if around.has_interval else 2

    def cell(value: float) -> str:
        known = Estimate(value, math.nan, math.nan, 1)
        return value_text(known, unit, money, places) if math.isfinite(value) else "not known"

    rows = (
        ("mean over all points", cell(found.mean)),
        (
            f"chance: standard deviation of a mean over {found.n_replications} replications",
            cell(found.chance_sd),
        ),
        (
            "ignorance: standard deviation as the assumptions go through their ranges",
            cell(found.ignorance_sd),
        ),
        ("nine of ten runs lie between", f"{cell(found.low)} and {cell(found.high)}"),
    )
    return ChanceInfo(
        f"Chance and ignorance in {in_sentence(title_of(measure))}",
        "More replications make chance smaller; only better knowledge makes ignorance smaller.",
        rows,
    )
