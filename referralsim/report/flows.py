"""What the programme promises, pays and takes back, by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referralsim.report.contest import money_of
from referralsim.report.frames import design_names, mean_counts, table
from referralsim.report.infos import MoneyInfo, MoneyRow
from referralsim.report.vocabulary import words
from referralsim.report.wording import decimals, quantity, quoted

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

_PAID = "paid"
_STATES = {
    "expired": "paid, and expired unused",
    "disputed": "paid for a friend whose money went back",
    "owed": "paid, and not used yet at the end",
    "reversed": "clawed back",
    "lost": "tickets that won nothing",
    "expired_unpaid": "expired before it was due",
    "held": "still held at the end",
    "cost": "cost to the company so far",
    "capped": "refused by the cap",
    "unfunded": "refused by the budget",
    "abuse_refused": "refused to fraud",
    "genuine_refused": "refused to real friends",
}


def money_flows(experiment: Experiment, lead: str) -> MoneyInfo:
    """Mean amounts over replications, by side and state; empty where no programme pays anything."""
    frame = table(experiment, "money", ("side", "state", "amount"))
    designs = design_names(experiment)
    means = mean_counts(experiment, frame, ["side", "state"], "amount")
    keys = list(dict.fromkeys((side, state) for _, side, state in means))
    rewards = tuple(
        MoneyRow(f"{words(side)}: {_STATES.get(state, state).replace('_', ' ')}", cents)
        for side, state in keys
        if any((cents := {name: means.get((name, side, state), 0.0) for name in designs}).values())
    )
    paid = tuple(
        MoneyRow(f"Paid to {side.replace('_', ' ')}", cents)
        for side, state in keys
        if state == _PAID
        and any((cents := {name: means.get((name, side, state), 0.0) for name in designs}).values())
    )
    money = money_of(experiment)
    title = "No rewards were paid"
    if paid:
        total = money.major(sum(row.cents.get(lead, 0.0) for row in paid))
        shown = quantity(total, "money", money, min(0, decimals(total)))
        title = f"{quoted(lead, 40)} pays out {shown} in rewards"
    return MoneyInfo(title, money, designs, rewards, paid)
