"""What was reported or claimed, beside what comes out: one row a finding, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from referralsim.experiment.findings import Found, found_in
from referralsim.measures import MEASURES
from referralsim.report.contest import money_of
from referralsim.report.infos import FindingRow
from referralsim.report.wording import Estimate, Money, interval_text, quoted, value_text

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment


def findings(experiment: Experiment) -> tuple[FindingRow, ...]:
    """Return the rows of the findings, as a scenario lists them."""
    money = money_of(experiment)
    return tuple(_row(found, money) for found in found_in(experiment))


def _row(found: Found, money: Money) -> FindingRow:
    unit = "" if found.form == "ratio" else MEASURES[found.measure].unit
    value = Estimate(*found.value)
    span = interval_text(value, unit, money)
    text = value_text(value, unit, money) if value.known else "not known"
    assumed = f" by {', '.join(found.assumed)}" if found.verdict == "assumed" else ""
    return FindingRow(
        found.statement,
        _what(found),
        f"{text} ({span})" if span else text,
        _wanted(found, unit, money),
        f"{found.verdict}{assumed}",
        found.source,
        found.note,
    )


def _what(found: Found) -> str:
    title = MEASURES[found.measure].title
    if found.against is None:
        return f"{title} of {quoted(found.design)}"
    how = {"ratio": "over", "difference": "less"}.get(found.form, "against")
    return f"{title} of {quoted(found.design)} {how} that of {quoted(found.against)}"


def _wanted(found: Found, unit: str, money: Money) -> str:
    def written(bound: float) -> str:
        return value_text(Estimate(bound, math.nan, math.nan, 1), unit, money, 2)

    parts = []
    if math.isfinite(found.at_least):
        parts.append(f"at least {written(found.at_least)}")
    if math.isfinite(found.at_most):
        parts.append(f"at most {written(found.at_most)}")
    if math.isfinite(found.reported):
        parts.append(f"reported {written(found.reported)}")
    return ", ".join(parts)
