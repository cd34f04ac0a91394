"""Faults in rewards: earned, capped, paid, taken back, used."""

from __future__ import annotations

from referralsim.engine.contract import PaysOn
from referralsim.engine.replay_rules import Rules, booked_cost
from referralsim.eventlog.kinds import REWARD_KINDS, Kind, Side
from referralsim.eventlog.kinds import reward_key as key_of
from tests.contract.planted.log import (
    HORIZON,
    INPUTS,
    LOG,
    a_prospect,
    added,
    changed,
    day_of,
    first,
    name,
    names,
    pick,
    put_off,
    reward_rows,
    rows_of,
    with_rule,
)


def qualified_for_nothing():
    credited = pick(
        rows_of(Kind.SIGNED_UP, programme=0), lambda e: not len(rows_of(Kind.QUALIFIED, actor=e["actor"]))
    )
    return added(credited, kind=Kind.QUALIFIED, time=29.0, attempt=0)


def cap_over_a_longer_window():
    """A cap counts the rewards of six days; in another world it counts those of an instant."""
    capped = reward_rows(Kind.REWARD_CAPPED, 1, Side.REFERRER, 0)
    row = min(row for row in capped if LOG["target"][row] >= 0)
    return LOG, row, with_rule("rewards", "cap_days", 1e-9, programme=1, side=Side.REFERRER, place=0)


def a_budget_exceeded_by_one():
    """The budget is what the first reward costs, less one cent."""
    row = first(Kind.REWARD_EARNED, programme=0)
    rule = Rules(INPUTS).reward_rule(0, 0, int(LOG["attempt"][row]))
    inputs = INPUTS._replace(programmes=INPUTS.programmes.copy())
    inputs.programmes["budget_cents"][:, 0] = booked_cost(rule, int(LOG["amount_cents"][row])) - 1
    return LOG, row, inputs


def commission_after_its_days():
    rows = reward_rows(Kind.REWARD_EARNED, 2, Side.REFERRER, 0)
    late = [row for row in rows if LOG["time"][row] > day_of(Kind.QUALIFIED, LOG["target"][row])]
    where = {"programme": 2, "on": int(PaysOn.PURCHASE)}
    first_day = min(LOG["time"][row] - day_of(Kind.QUALIFIED, LOG["target"][row]) for row in late)
    row = next(r for r in rows if LOG["time"][r] - day_of(Kind.QUALIFIED, LOG["target"][r]) >= first_day)
    return LOG, row, with_rule("rewards", "for_days", first_day, **where)


def stricter_reward(column, value, programme, side, place, kinds=REWARD_KINDS):
    """Return the first reward of a rule that is stricter in another world."""
    rows = [row for kind in kinds for row in reward_rows(kind, programme, side, place)]
    return LOG, min(rows), with_rule("rewards", column, value, programme=programme, side=side, place=place)


def paid_while_away():
    row, due = put_off()
    return changed(row, time=due)


def used_before():
    """A voucher that was used expires as well."""
    used = pick(rows_of(Kind.REWARD_REDEEMED), lambda e: e["time"] < HORIZON - 6.0)
    actor, target, attempt = name(used)
    paid = first(Kind.REWARD_PAID, actor=actor, target=target, attempt=attempt)
    return added(paid, kind=Kind.REWARD_EXPIRED, time=LOG["time"][paid] + 5.0, margin_cents=0)


def used_after_it_expired():
    paid = names(Kind.REWARD_PAID)
    row = pick(rows_of(Kind.REWARD_EXPIRED), lambda e: e[["actor", "target", "attempt"]].item() in paid)
    return added(row, kind=Kind.REWARD_REDEEMED, time=LOG["time"][row] + 0.5)


def used_before_it_was_paid():
    row = first(Kind.REWARD_REDEEMED, programme=0)
    actor, target, attempt = name(row)
    earned = first(Kind.REWARD_EARNED, actor=actor, target=target, attempt=attempt)
    return changed(row, time=LOG["time"][earned] + 0.01)


def prize_for_another():
    row = first(Kind.REWARD_EARNED, loop=-1)
    return changed(row, actor=a_prospect())


PLANTED = {
    "qualified twice": (lambda: added(first(Kind.QUALIFIED), time=29.0), "in the log before"),
    "qualified for nothing": (qualified_for_nothing, "does not happen"),
    "another reward": (lambda: changed(first(Kind.REWARD_EARNED), amount_cents=1), "rules give"),
    "a reward by no rule": (
        lambda: changed(first(Kind.REWARD_EARNED), attempt=key_of(Side.REFERRER, 9, 0)),
        "no reward rule",
    ),
    "a reward to another": (
        lambda: changed(pick(rows_of(Kind.REWARD_EARNED, programme=0), lambda e: e["target"] >= 0), target=1),
        "was brought by",
    ),
    "a reward to a capped referrer": (
        lambda: changed(reward_rows(Kind.REWARD_CAPPED, 0, Side.REFERRER, 0)[0], kind=Kind.REWARD_EARNED),
        "the cap is 1",
    ),
    "a reward beyond a cap in money": (
        lambda: changed(reward_rows(Kind.REWARD_CAPPED, 1, Side.REFERRER, 0)[0], kind=Kind.REWARD_EARNED),
        "cents, and the cap is 500",
    ),
    "capped below the cap": (
        lambda: changed(reward_rows(Kind.REWARD_EARNED, 0, Side.REFERRER, 0)[0], kind=Kind.REWARD_CAPPED),
        "cap",
    ),
    "a cap over a longer window": (cap_over_a_longer_window, "below the cap"),
    "a budget exceeded by one": (a_budget_exceeded_by_one, "the budget is"),
    "a budget exceeded": (
        lambda: changed(first(Kind.REWARD_UNFUNDED), kind=Kind.REWARD_EARNED),
        "the budget is",
    ),
    "no money although there is some": (
        lambda: changed(first(Kind.REWARD_EARNED, programme=0), kind=Kind.REWARD_UNFUNDED),
        "there is money",
    ),
    "a commission after its days": (commission_after_its_days, "the rule pays for"),
    "a basket below the minimum": (
        lambda: stricter_reward("minimum_cents", 10**6, 0, Side.REFEREE, 0),
        "does not pay",
    ),
    "another friend's reward": (
        lambda: stricter_reward("to_friend", 1, 0, Side.REFERRER, 1),
        "does not pay for friend number",
    ),
    "not every friend": (
        lambda: stricter_reward("every", 50, 0, Side.REFERRER, 2),
        "does not pay for friend number",
    ),
    "a reward of a higher tier": (
        lambda: stricter_reward("from_tier", 5, 2, Side.REFERRER, 1),
        "in tier",
    ),
    "a rule not in force": (
        lambda: stricter_reward("present", 0, 0, Side.REFEREE, 1),
        "not in force",
    ),
    "paid too early": (
        lambda: changed(
            reward_rows(Kind.REWARD_PAID, 0, Side.REFEREE, 1)[0],
            time=LOG["time"][reward_rows(Kind.REWARD_PAID, 0, Side.REFEREE, 1)[0]] - 0.01,
        ),
        "hold",
    ),
    "paid while its receiver is away": (paid_while_away, "has to wait"),
    "paid without being earned": (
        lambda: changed(pick(rows_of(Kind.REWARD_PAID, programme=0), lambda e: e["target"] >= 0), target=1),
        "not earned",
    ),
    "paid twice": (lambda: added(first(Kind.REWARD_PAID), time=25.0), "in the log before"),
    "paid and taken back": (
        lambda: added(first(Kind.REWARD_PAID), kind=Kind.REWARD_REVERSED, margin_cents=0),
        "",
    ),
    "taken back for nothing": (
        lambda: changed(
            reward_rows(Kind.REWARD_PAID, 0, Side.REFEREE, 1)[0],
            kind=Kind.REWARD_REVERSED,
            margin_cents=0,
        ),
        "nothing has happened",
    ),
    "paid in spite of a refund": (
        lambda: changed(first(Kind.REWARD_REVERSED), kind=Kind.REWARD_PAID),
        "must be taken back",
    ),
    "paid at another cost": (lambda: changed(first(Kind.REWARD_PAID), margin_cents=-1), "margin_cents"),
    "lost without a draw": (
        lambda: changed(
            reward_rows(Kind.REWARD_PAID, 0, Side.REFEREE, 1)[0], kind=Kind.REWARD_LOST, margin_cents=0
        ),
        "no matter of luck",
    ),
    "used before it was paid": (used_before_it_was_paid, "not been paid"),
    "used after it expired": (used_after_it_expired, "it expired on"),
    "used at another cost": (lambda: changed(first(Kind.REWARD_REDEEMED), margin_cents=-1), "margin_cents"),
    "expires although it was used": (used_before, "used before"),
    "money expires": (
        lambda: added(
            reward_rows(Kind.REWARD_PAID, 1, Side.REFERRER, 1)[0],
            kind=Kind.REWARD_EXPIRED,
            time=26.0,
            margin_cents=0,
        ),
        "never expires",
    ),
    "a dispute without refund": (
        lambda: changed(first(Kind.REWARD_DISPUTED), time=LOG["time"][first(Kind.REWARD_DISPUTED)] - 0.001),
        "no money back",
    ),
    "a prize for another": (prize_for_another, "not among the first"),
    "a prize on another day": (
        lambda: changed(
            first(Kind.REWARD_EARNED, loop=-1), time=LOG["time"][first(Kind.REWARD_EARNED, loop=-1)] - 0.5
        ),
        "contest 1 ends on",
    ),
    "a prize in money of its own": (
        lambda: changed(first(Kind.REWARD_EARNED, loop=-1), amount_cents=5),
        "rules give",
    ),
}
"""By name: what makes the log, its row (and other inputs), and a part of what the replay says."""
