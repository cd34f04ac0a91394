"""What is luck and what is not known, in sentences, where the uncertain numbers were drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from referralsim.measures import MEASURES
from referralsim.report.infos import DoubtRow, OptionRow
from referralsim.report.wording import Estimate, Money, in_sentence, quoted, value_text

if TYPE_CHECKING:
    from referralsim.experiment.choosing import Choice
    from referralsim.experiment.result import Experiment

_NOT_KNOWN = "not known"


def doubts(experiment: Experiment, choice: Choice, lead: OptionRow) -> list[str]:
    """Return what to say of a choice whose worlds differ by what is not known as well as by luck."""
    best, second = choice.options[0], choice.options[1]
    lines = [
        f"Chance that {quoted(best.design)} comes out best, over luck and over what is not known: "
        f"{lead.chance_best}. Choosing it costs {lead.expected_loss} on average against knowing beforehand."
    ]
    what = in_sentence(MEASURES[choice.measure].title)
    alone = _found(experiment, choice.measure, best.design, None)
    gap = _found(experiment, choice.measure, best.design, second.design)
    if alone is not None and alone["share"] is not None:
        said = f"Of the uncertainty in its {what}, {_shares(alone)}."
        if gap is not None and gap["share"] is not None:
            said += f" Of that in its lead over {quoted(second.design)}, {_shares(gap)}."
        lines.append(said)
    return lines


def doubt_rows(experiment: Experiment, choice: Choice, money: Money) -> tuple[DoubtRow, ...]:
    """Return as texts the split of every design, and of what sets the best one apart from the others.

    Results that never differ are left out.
    """
    rows = []
    best = choice.options[0].design
    for row in experiment.ignorance:
        unit = MEASURES[row["measure"]].unit
        if row["share"] is None or (row["b"] is not None and best not in (row["a"], row["b"])):
            continue
        of = quoted(row["a"]) if row["b"] is None else f"{quoted(row['a'])} less {quoted(row['b'])}"
        luck, unknown = (_amount(row[part], row["n"], unit, money) for part in ("chance_sd", "ignorance_sd"))
        share = f"{_percent(row['share'])} ({_percent(row['low'])} to {_percent(row['high'])})"
        rows.append(DoubtRow(MEASURES[row["measure"]].title, of, row["n"], luck, unknown, share))
    return tuple(rows)


def _found(experiment: Experiment, measure: str, a: str, b: str | None) -> dict[str, Any] | None:
    wanted = {a, b}
    rows = (row for row in experiment.ignorance if row["measure"] == measure)
    return next((row for row in rows if {row["a"], row["b"]} == wanted), None)


def _shares(row: dict[str, Any]) -> str:
    known, luck = _percent(row["share"]), _percent(1 - row["share"])
    span = f"{_percent(row['low'])} to {_percent(row['high'])}"
    return f"{known} is what nobody knows (95 % interval {span}) and {luck} is luck"


def _percent(share: float | None) -> str:
    return _NOT_KNOWN if share is None else f"{100 * share:.0f} %"


def _amount(value: float | None, n: int, unit: str, money: Money) -> str:
    if value is None:
        return _NOT_KNOWN
    places = 0 if unit == "money" else 1 if value >= 10 else 3
    return value_text(Estimate(value, value, value, n), unit, money, places)
