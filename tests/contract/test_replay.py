"""Impossible logs, planted one fault at a time: each is caught, at its row, for the right reason."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from referralsim.engine.contract import GraphKind, QualifyOn
from referralsim.engine.fast import FastEngine
from referralsim.engine.replay import Impossible, replay
from referralsim.eventlog.kinds import LOG_DTYPE, Kind, Origin, Side, in_order
from tests import helpers_inputs

SEED = 5


def busy_inputs():
    """A world in which every kind of event happens, rewards are earned, capped, paid and taken back."""
    inputs = helpers_inputs.rich_inputs(140, int(GraphKind.TIES))
    offers = inputs.programmes.copy()
    offers["qualify_on"] = [QualifyOn.PURCHASE, QualifyOn.SIGNUP, QualifyOn.ACTIVATION]
    offers["qualify_purchases"] = 1
    offers["referrer_cap"] = [1, -1, 1]
    offers["share_base"] = 1.5
    offers["table_share_weak"] = 0.8
    offers["hold_days"] = [12.0, 0.0, 4.0]
    offers["clawback_refund"] = offers["clawback_churn"] = 1
    people = inputs.segments.copy()
    people["refund_probability"] = 0.5
    people["refund_delay_a"] = 0.7
    return inputs._replace(programmes=offers, segments=people, attribution_rule=0)


INPUTS = busy_inputs()
LOG = FastEngine().run(INPUTS, SEED).log


def rows_of(kind, **columns):
    """Return the rows of a kind with these values."""
    mask = LOG["kind"] == kind
    for name, value in columns.items():
        mask &= LOG[name] == value
    return np.flatnonzero(mask)


def first(kind, **columns):
    """Return the first of those rows."""
    return int(rows_of(kind, **columns)[0])


def day_of(kind, actor):
    """Return when the first event of a kind of a person is, or infinity."""
    rows = rows_of(kind, actor=actor)
    return LOG["time"][rows[0]] if len(rows) else np.inf


def placed(rows, event):
    """Return the log with an event put in its place, and that place."""
    log = in_order(np.append(rows, np.array([event], LOG_DTYPE)))
    return log, int(np.flatnonzero([row.tobytes() == event.tobytes() for row in log])[-1])


def changed(row, **columns):
    """Return the log with one row changed and put in its place, and that place."""
    event = LOG[row].copy()
    for name, value in columns.items():
        event[name] = value
    return placed(np.delete(LOG, row), event)


def added(row, **columns):
    """Return the log with a changed copy of one row added, and its place."""
    event = LOG[row].copy()
    for name, value in columns.items():
        event[name] = value
    return placed(LOG, event)


def pick(rows, test):
    """Return the first of some rows that passes a test."""
    return next(int(row) for row in rows if test(LOG[row]))


def of_customers_who_left(kind):
    """Return a row of somebody who leaves later, and the day on which they do."""
    row = pick(rows_of(kind), lambda e: day_of(Kind.CHURNED, e["actor"]) < 25.0)
    return row, day_of(Kind.CHURNED, LOG["actor"][row])


def a_prospect():
    """Return somebody who never signs up."""
    return next(i for i in range(INPUTS.n_people) if not len(rows_of(Kind.SIGNED_UP, actor=i)))


def a_stranger_to(person):
    """Return somebody whom a person has no tie with."""
    known = INPUTS.neighbours[INPUTS.offsets[person] : INPUTS.offsets[person + 1]]
    return next(i for i in range(INPUTS.n_people) if i not in known and i != person)


def out_of_order():
    log = LOG.copy()
    log[[200, 203]] = LOG[[203, 200]]
    return log, 201


def twice():
    return np.insert(LOG, 100, LOG[100]), 101


def after_leaving(kind):
    row, left = of_customers_who_left(kind)
    return added(row, time=left + 0.5, attempt=10_000)


def second_refund_amount():
    row = first(Kind.REFUNDED)
    return changed(row, amount_cents=LOG["amount_cents"][row] - 1)


def other_parent():
    row = pick(rows_of(Kind.SIGNED_UP, attempt=Origin.INVITATION), lambda e: e["target"] != 0)
    return changed(row, target=0)


def click_after_sign_up():
    row = pick(rows_of(Kind.CLICKED), lambda e: day_of(Kind.SIGNED_UP, e["target"]) < 25.0)
    return changed(row, time=day_of(Kind.SIGNED_UP, LOG["target"][row]) + 1e-3)


def resting_programme():
    row = pick(rows_of(Kind.ASKED, programme=2), lambda e: e["time"] > 11.0)
    return changed(row, time=10.5)


def ask_in_the_cool_down():
    row = first(Kind.ASKED, programme=2)
    return added(row, time=LOG["time"][row] + 0.1, attempt=LOG["attempt"][row] + 1)


def ask_too_often():
    inputs = INPUTS._replace(programmes=INPUTS.programmes.copy())
    inputs.programmes["ask_maximum"][:, 0] = 1
    seen = set()
    for row in rows_of(Kind.ASKED, programme=0):
        if LOG["actor"][row] in seen:
            return LOG, int(row), inputs
        seen.add(LOG["actor"][row])
    raise AssertionError


def budget_is_spent():
    inputs = INPUTS._replace(world=INPUTS.world.copy())
    inputs.world["paid_budget_cents"] = 500
    return LOG, int(rows_of(Kind.SIGNED_UP, attempt=Origin.PAID)[1]), inputs


def opened_undelivered():
    opened = first(Kind.OPENED)
    actor, target, attempt = LOG[["actor", "target", "attempt"]][opened]
    delivered = first(Kind.DELIVERED, actor=actor, target=target, attempt=attempt)
    return np.delete(LOG, delivered), opened - 1


def qualified_for_nothing():
    credited = pick(
        rows_of(Kind.SIGNED_UP, programme=0), lambda e: not len(rows_of(Kind.QUALIFIED, actor=e["actor"]))
    )
    return added(credited, kind=Kind.QUALIFIED, time=29.0, attempt=0)


def earned_beyond_the_cap():
    row = pick(rows_of(Kind.REWARD_CAPPED), lambda e: e["attempt"] == Side.REFERRER)
    return changed(row, kind=Kind.REWARD_EARNED)


PLANTED = {
    "out of order": (out_of_order, "out of order"),
    "twice": (twice, "twice"),
    "at the horizon": (lambda: added(first(Kind.CHURNED), time=30.0, attempt=99), "outside"),
    "no day at all": (lambda: added(first(Kind.CHURNED), time=np.nan, attempt=99), "outside"),
    "before the launch": (lambda: changed(0, time=-0.5), "outside"),
    "a kind that is never written": (lambda: changed(first(Kind.LET_DOWN), kind=Kind.USED), "never written"),
    "no such kind": (lambda: changed(300, kind=77), "no kind"),
    "no such person": (lambda: changed(int(rows_of(Kind.DELIGHTED)[3]), actor=140), "140 people"),
    "no such channel": (lambda: changed(first(Kind.OPENED), channel=7), "no channel 7"),
    "an amount where there is none": (lambda: changed(first(Kind.OPENED), amount_cents=5), "no amount"),
    "second sign-up": (
        lambda: added(first(Kind.SIGNED_UP, attempt=Origin.ORGANIC_ARRIVAL), time=29.5, attempt=Origin.PAID),
        "signed up before",
    ),
    "a first customer too many": (
        lambda: added(first(Kind.SIGNED_UP), actor=a_prospect()),
        "not among the first",
    ),
    "acceptance of nothing": (
        lambda: added(first(Kind.SIGNED_UP, attempt=Origin.INVITATION), actor=a_prospect(), time=29.0),
        "no invitation",
    ),
    "credit to another": (other_parent, "credit"),
    "an arrival at another price": (
        lambda: changed(first(Kind.SIGNED_UP, attempt=Origin.PAID), margin_cents=-1),
        "margin_cents",
    ),
    "the budget is spent": (budget_is_spent, "budget"),
    "customer without sign-up": (
        lambda: added(first(Kind.ACTIVATED), actor=a_prospect(), time=3.0),
        "not signed up",
    ),
    "customer twice": (lambda: added(first(Kind.ACTIVATED), time=29.0), "in the log before"),
    "delight of a prospect": (
        lambda: added(first(Kind.DELIGHTED), actor=a_prospect()),
        "no customer",
    ),
    "delight after leaving": (lambda: after_leaving(Kind.DELIGHTED), "left on"),
    "one use twice": (lambda: added(first(Kind.DELIGHTED), kind=Kind.LET_DOWN), "use"),
    "purchase after leaving": (lambda: after_leaving(Kind.PURCHASED), "left on"),
    "a margin of its own": (
        lambda: changed(int(rows_of(Kind.PURCHASED)[2]), margin_cents=10**6),
        "margin",
    ),
    "refund of nothing": (lambda: changed(first(Kind.REFUNDED), attempt=500), "not made purchase"),
    "refund of too much": (second_refund_amount, "amounts are"),
    "leaving twice": (lambda: added(first(Kind.CHURNED), time=29.0, attempt=99), "left"),
    "no such ask rule": (lambda: changed(first(Kind.ASKED), target=9), "no ask rule"),
    "ask in the cool-down": (ask_in_the_cool_down, "cool-down"),
    "ask too often": (ask_too_often, "maximum"),
    "ask by a resting programme": (resting_programme, "not enabled"),
    "ask without occasion": (
        lambda: changed(first(Kind.ASKED, target=0), attempt=900),
        "no HAPPY_MOMENT",
    ),
    "ask off the calendar": (
        lambda: changed(first(Kind.ASKED, target=3), time=9.1234),
        "calendar",
    ),
    "share without ask": (lambda: added(first(Kind.SHARED), attempt=5000), "no ask"),
    "more shared than sent": (
        lambda: changed(
            first(Kind.SHARED, programme=2),
            amount_cents=LOG["amount_cents"][rows_of(Kind.SHARED, programme=2)[0]] + 1,
        ),
        "invitations",
    ),
    "invitation without share": (
        lambda: added(
            first(Kind.INVITED, programme=0),
            time=LOG["time"][first(Kind.INVITED, programme=0)] + 1e-6,
            attempt=69,
        ),
        "does not share",
    ),
    "invitation over no tie": (
        lambda: changed(
            pick(rows_of(Kind.INVITED), lambda e: e["attempt"] % 64 == 0),
            target=a_stranger_to(
                LOG["actor"][pick(rows_of(Kind.INVITED), lambda e: e["attempt"] % 64 == 0)],
            ),
        ),
        "no tie",
    ),
    "invitation in a later round": (
        lambda: changed(
            pick(rows_of(Kind.INVITED), lambda e: e["attempt"] == 0),
            attempt=64 * 7,
        ),
        "round",
    ),
    "complaint that invites": (lambda: changed(first(Kind.INVITED), attempt=4), "invites nobody"),
    "praise without delight": (
        lambda: changed(
            pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1),
            time=LOG["time"][pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1)] + 1e-6,
        ),
        "no LET_DOWN",
    ),
    "complaint that praises": (
        lambda: changed(pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1), amount_cents=1),
        "amount_cents",
    ),
    "delivery of nothing": (lambda: changed(first(Kind.DELIVERED), attempt=64 * 50), "no INVITED"),
    "opened before delivered": (opened_undelivered, "no DELIVERED"),
    "a fixed delay that is longer": (
        lambda: changed(
            first(Kind.DELIVERED, channel=0),
            time=LOG["time"][first(Kind.DELIVERED, channel=0)] + 1e-6,
        ),
        "cannot follow at this time",
    ),
    "followed after signing up": (click_after_sign_up, ""),
    "invitation by another channel": (
        lambda: changed(first(Kind.OPENED, channel=0), channel=1),
        "not that of the invitation",
    ),
    "qualified twice": (lambda: added(first(Kind.QUALIFIED), time=29.0), "in the log before"),
    "qualified for nothing": (qualified_for_nothing, "does not happen"),
    "another reward": (lambda: changed(first(Kind.REWARD_EARNED), amount_cents=1), "rules give"),
    "earned beyond the cap": (earned_beyond_the_cap, "cap"),
    "capped below the cap": (
        lambda: changed(first(Kind.REWARD_EARNED, attempt=Side.REFERRER), kind=Kind.REWARD_CAPPED),
        "cap",
    ),
    "paid too early": (
        lambda: changed(
            first(Kind.REWARD_PAID, programme=0),
            time=LOG["time"][first(Kind.REWARD_PAID, programme=0)] - 0.01,
        ),
        "hold",
    ),
    "paid without being earned": (
        lambda: changed(first(Kind.REWARD_PAID), target=1),
        "not earned",
    ),
    "paid and taken back": (
        lambda: added(first(Kind.REWARD_PAID), kind=Kind.REWARD_REVERSED, margin_cents=0),
        "",
    ),
    "taken back for nothing": (
        lambda: changed(first(Kind.REWARD_PAID), kind=Kind.REWARD_REVERSED, margin_cents=0),
        "nothing has happened",
    ),
    "paid in spite of a refund": (
        lambda: changed(first(Kind.REWARD_REVERSED), kind=Kind.REWARD_PAID),
        "must be taken back",
    ),
    "paid at another cost": (
        lambda: changed(first(Kind.REWARD_PAID), margin_cents=-1),
        "margin_cents",
    ),
}


@pytest.mark.parametrize("seed", [None, SEED])
@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught_at_its_row(fault, seed):
    plant, words = PLANTED[fault]
    log, row, *inputs = plant()
    with pytest.raises(Impossible) as caught:
        replay(log, *(inputs or [INPUTS]), seed if not inputs else None)
    if seed is None:
        assert caught.value.row == row
        assert log[row].tolist() == pytest.approx(tuple(caught.value.event), nan_ok=True)
        assert words in caught.value.why
    else:  # what the seed has instead may come a little earlier
        planted, found = log[row], caught.value.event
        same = found.key[1:] == planted[["actor", "target", "attempt"]].item()
        assert caught.value.row == row or (caught.value.row < row and (same or found.time == planted["time"]))


MISSING = {
    "first customer": lambda: int(rows_of(Kind.SIGNED_UP, attempt=Origin.INITIAL)[3]),
    "first customer's activation": lambda: int(rows_of(Kind.ACTIVATED, time=0.0)[3]),
    "qualification": lambda: first(Kind.QUALIFIED),
    "reward": lambda: first(Kind.REWARD_EARNED),
    "settlement": lambda: first(Kind.REWARD_REVERSED),
    "subscription": lambda: pick(rows_of(Kind.PURCHASED), lambda e: INPUTS.segment[e["actor"]] == 1),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_must_follow_is_missed_without_a_seed(what):
    """Dropping it is noticed: where the drop itself shows, or at the event that then has no ground."""
    row = MISSING[what]()
    with pytest.raises(Impossible) as caught:
        replay(np.delete(LOG, row), INPUTS)
    assert abs(LOG["time"][row] - caught.value.event.time) <= 30.0
    assert caught.value.row >= row
    assert LOG["actor"][row] in (caught.value.event.actor, caught.value.event.target)


@pytest.mark.parametrize("kind", sorted(set(LOG["kind"].tolist())), ids=lambda kind: Kind(kind).name)
def test_with_the_seed_nothing_can_be_missing(kind):
    """Whatever row is dropped, its place or the first event that depends on it is named."""
    for row in rows_of(kind)[:: max(1, len(rows_of(kind)) // 2)]:
        with pytest.raises(Impossible) as caught:
            replay(np.delete(LOG, row), INPUTS, SEED)
        assert caught.value.row == row or caught.value.event.time == LOG["time"][row]
        assert caught.value.row <= row


DRAWN_OTHERWISE = {
    "another day of delivery": lambda: changed(
        first(Kind.DELIVERED, channel=1), time=LOG["time"][first(Kind.DELIVERED, channel=1)] + 1e-7
    ),
    "another day of opening": lambda: changed(
        int(rows_of(Kind.OPENED)[-1]), time=np.nextafter(LOG["time"][rows_of(Kind.OPENED)[-1]], 0.0)
    ),
    "a use that let down": lambda: changed(int(rows_of(Kind.DELIGHTED)[-1]), kind=Kind.LET_DOWN),
    "another basket": lambda: changed(
        pick(rows_of(Kind.PURCHASED), lambda e: INPUTS.segment[e["actor"]] == 1 and e["time"] > 20.0),
        amount_cents=2000,
        margin_cents=800,
    ),
    "another day of leaving": lambda: changed(
        int(rows_of(Kind.CHURNED)[-1]), time=LOG["time"][rows_of(Kind.CHURNED)[-1]] + 1e-7
    ),
}


@pytest.mark.parametrize("fault", DRAWN_OTHERWISE)
def test_only_the_seed_tells_what_is_drawn_otherwise(fault):
    log, row = DRAWN_OTHERWISE[fault]()
    with pytest.raises(Impossible) as caught:
        replay(log, INPUTS, SEED)
    assert caught.value.row == row


def test_a_lost_invitation_is_answered_with_its_draw():
    """An invitation that its address says is lost cannot be delivered; the draw is in the words."""
    names = LOG[["actor", "target", "attempt"]]
    delivered = set(names[LOG["kind"] == Kind.DELIVERED].tolist())
    lost = pick(
        rows_of(Kind.INVITED, channel=1),
        lambda e: (
            (e["actor"], e["target"], e["attempt"]) not in delivered
            and day_of(Kind.SIGNED_UP, e["target"]) > e["time"] + 1.0
            and e["time"] < 10.0
        ),
    )
    log, row = added(lost, kind=Kind.DELIVERED, time=LOG["time"][lost] + 0.2)
    replay_without_seed = replay(log, INPUTS)
    assert replay_without_seed.n_events == len(LOG) + 1
    with pytest.raises(Impossible, match=r"its draw 0\.\d+ is not below 0\.7") as caught:
        replay(log, INPUTS, SEED)
    assert caught.value.row == row


def test_the_log_itself_is_possible_and_balanced():
    found = replay(LOG, INPUTS, SEED)
    assert found == replay(LOG, INPUTS)
    assert found.n_events == len(LOG)
    assert found.n_rewards_earned == found.n_rewards_paid + found.n_rewards_reversed + found.n_rewards_held
    assert min(found) > 0


def test_another_seed_is_another_story():
    """A log is not only possible: it is the log of its seed."""
    with pytest.raises(Impossible):
        replay(LOG, INPUTS, SEED + 1)


def test_the_answer_travels():
    """It survives workers' pickling, reads as one line, and names the row."""
    log, row = twice()
    with pytest.raises(Impossible) as caught:
        replay(log, INPUTS)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) == str(copy.copy(again))
    assert str(again).startswith(f"row {row}: ")
    assert "\n" not in str(again)


def test_a_log_of_another_type_is_refused():
    with pytest.raises(TypeError, match="LOG_DTYPE"):
        replay(np.zeros(3), INPUTS)
