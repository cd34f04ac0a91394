"""The page of a sensitivity study: which assumption matters most, and what would flip the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referralsim.measures import MEASURES
from referralsim.report.exploring import flip_part, shares_part, split_part, tornado_part
from referralsim.report.page import Page
from referralsim.report.wording import Estimate, Money, number, quoted, value_text

if TYPE_CHECKING:
    from referralsim.experiment.assumptions import Assumptions


def sensitivity_page(found: Assumptions, money: Money, name: str, question: str, command: str) -> Page:
    """Return the page."""
    parts = tornado_part(found.effects, found.base, found.measure, money)
    if found.against is not None:
        parts.append(flip_part(found.flips, found.design, found.against, found.measure, money))
    if found.shares:
        parts.append(shares_part(found.shares, found.method))
    parts.append(split_part(found.split, found.measure, money))
    notes = (
        "Each assumption goes through the range given for it; ranges that are too narrow hide what matters.",
        "All points are played in the same worlds with the same luck.",
    )
    return Page("Sensitivity", name, question or name, _sentence(found, money), notes, tuple(parts), command)


def _sentence(found: Assumptions, money: Money) -> str:
    largest = found.effects[0]
    swing = Estimate(*largest.swing[:4])
    unit = MEASURES[found.measure].unit
    text = (
        f"{MEASURES[found.measure].title} of {quoted(found.design)} moves most with {largest.path}: by "
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
    at = "; ".join(
        f"{flip.path} at {number(flip.flips_at[0], 3)}{' ' + flip.unit if flip.unit else ''}"
        for flip in flipping
    )
    return f"{text} The lead over {quoted(found.against)} is lost with {at}."
