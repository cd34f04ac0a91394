"""The life of every reward: nothing is lost, nothing is counted twice, and at any time the books balance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers_logs import Story, whole_grammar
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind, Loop, Side, reward_key
from referralsim.eventlog.record import RunRecord
from referralsim.eventlog.store import validate_log
from referralsim.metrics.economics import money_scalars
from referralsim.metrics.events import events_of
from referralsim.metrics.ledger import EARNED_STATES, balance_at, ledger_of, liability
from referralsim.metrics.measure import measure_run

CREDIT = {"loop": Loop.PROGRAMME, "programme": 0, "channel": 1}
EARNED, PAID, REVERSED = Kind.REWARD_EARNED, Kind.REWARD_PAID, Kind.REWARD_REVERSED
LOST, USED, EXPIRED, DISPUTED = (
    Kind.REWARD_LOST,
    Kind.REWARD_REDEEMED,
    Kind.REWARD_EXPIRED,
    Kind.REWARD_DISPUTED,
)

LIVES = {  # the events of a reward, and the states it is in after each
    (EARNED,): ("pending",),
    (EARNED, REVERSED): ("pending", "reversed"),
    (EARNED, LOST): ("pending", "lost"),
    (EARNED, EXPIRED): ("pending", "expired_unpaid"),
    (EARNED, PAID): ("pending", "paid"),
    (EARNED, PAID, USED): ("pending", "paid", "redeemed"),
    (EARNED, PAID, EXPIRED): ("pending", "paid", "expired"),
    (EARNED, PAID, DISPUTED): ("pending", "paid", "disputed"),
    (EARNED, PAID, DISPUTED, USED): ("pending", "paid", "disputed", "redeemed"),
    (EARNED, PAID, DISPUTED, EXPIRED): ("pending", "paid", "disputed", "expired"),
    (EARNED, PAID, USED, DISPUTED): ("pending", "paid", "redeemed", "redeemed"),
    (Kind.REWARD_CAPPED,): ("capped",),
    (Kind.REWARD_UNFUNDED,): ("unfunded",),
    (Kind.ABUSE_REFUSED,): ("abuse_refused",),
    (Kind.GENUINE_REFUSED,): ("genuine_refused",),
}

rewards = st.lists(
    st.tuples(
        st.sampled_from(sorted(LIVES)),
        st.lists(st.integers(0, 8), min_size=4, max_size=4),  # half days between events: many at one instant
        st.integers(1, 5_000),
        st.booleans(),  # the cost falls due at payment, where that can be
    ),
    max_size=20,
)


def story_of(drawn) -> tuple[Story, list]:
    """Reward number k is the one of purchase k: all of them of the same two people, by the same rule."""
    story, lives = Story(4), []
    for number, (kinds, gaps, amount, cash) in enumerate(drawn):
        at_payment = cash and not {USED, EXPIRED} & set(kinds)  # what is settled is neither used nor void
        days = np.cumsum([0.25 * number, *gaps[1:]])[: len(kinds)] / 2
        key = reward_key(number % 2, 3, number // 2)
        for kind, day in zip(kinds, days, strict=True):
            due = kind == (PAID if at_payment else USED)
            margin = -amount if due else 0
            story.add(
                kind, float(day), 0, target=1, attempt=key, amount_cents=amount, margin_cents=margin, **CREDIT
            )
        lives.append((LIVES[kinds], days, amount, at_payment))
    return story, lives


@settings(max_examples=80, deadline=None)
@given(rewards, st.integers(0, 60))
def test_at_every_time_the_states_add_up_to_what_was_earned(drawn, half_days):
    """To the cent; and each reward is in the state its life says."""
    story, lives = story_of(drawn)
    ledger, now = ledger_of(story.record()), half_days / 4
    expected = dict.fromkeys(EARNED_STATES, 0)
    earned = 0
    for states, days, amount, _ in lives:
        past = [state for state, day in zip(states, days, strict=True) if day <= now]
        if past and past[0] == "pending":
            expected[past[-1]] += amount
            earned += amount
    balance = balance_at(ledger, now)
    assert balance["amount"].to_dict() == expected
    assert balance["amount"].sum() == earned


@settings(max_examples=40, deadline=None)
@given(rewards)
def test_the_ledger_and_the_sums_of_the_log_tell_the_same(drawn):
    """The measures come from counters, the ledger from following each reward: two ways to one number."""
    story, lives = story_of(drawn)
    record = story.record()
    ledger, found = ledger_of(record), money_scalars(events_of(record))
    table = ledger.rewards
    assert len(table) == len(lives)
    held = table.loc[table["state"] == "pending", "amount"].sum()
    gone = table.loc[table["state"].isin(["expired", "expired_unpaid"]), "amount"].sum()
    assert found["reward_held"].value == held
    assert found["reward_expired"].value == gone
    assert found["reward_cost"].value == table["cost"].sum()
    owed = sum(a for states, _, a, at_once in lives if not at_once and states[-1] in ("paid", "disputed"))
    assert found["reward_liability"].value == liability(ledger) == owed


def test_a_row_says_who_got_what_for_whom_and_when():
    story = Story(4)
    key = reward_key(Side.REFEREE, 2, 0)
    row = {"target": 3, "attempt": key, "amount_cents": 700} | CREDIT
    story.add(EARNED, 1.0, 2, **row)
    story.add(PAID, 3.0, 2, **row)
    story.add(DISPUTED, 4.0, 2, **row)
    story.add(USED, 9.0, 2, margin_cents=-400, **row)
    story.add(EARNED, 5.0, 2, target=-2, attempt=33, amount_cents=100, loop=Loop.PROGRAMME, programme=0)
    first, second = ledger_of(story.record()).rewards.to_dict("records")
    assert first == {
        "programme": "friends", "side": "referee", "receiver": 2, "other": 3, "key": key, "earned_days": 1.0,
        "amount": 700, "state": "redeemed", "state_days": 9.0, "cost": 400, "owed": False,
        "disputed_days": 4.0,
    }  # fmt: skip
    assert (second["other"], second["state"], second["state_days"]) == (-1, "pending", 5.0)
    assert math.isnan(second["disputed_days"])


def test_each_reward_is_in_its_state_since_the_step_that_led_to_it():
    """Two are pending since they were earned; one was used on day 5, which the dispute of day 6 leaves so."""
    story = Story(4)
    row = {"target": 1, "amount_cents": 700} | CREDIT
    for number, day in ((0, 1.0), (1, 2.0), (2, 3.0)):
        story.add(EARNED, day, 2, attempt=reward_key(Side.REFERRER, 0, number), **row)
    for kind, day in ((PAID, 4.0), (USED, 5.0), (DISPUTED, 6.0)):
        story.add(kind, day, 2, attempt=reward_key(Side.REFERRER, 0, 2), **row)
    table = ledger_of(story.record()).rewards
    assert table["state"].tolist() == ["pending", "pending", "redeemed"]
    assert table["state_days"].tolist() == [1.0, 2.0, 5.0]


def test_no_reward_is_no_error():
    ledger = ledger_of(Story().record())
    assert len(ledger.rewards) == 0
    assert balance_at(ledger, 50.0)["amount"].tolist() == [0] * len(EARNED_STATES)
    assert liability(ledger) == 0


def test_what_was_never_earned_cannot_be_paid():
    story = Story(4)
    story.add(PAID, 3.0, 2, target=1, attempt=0, amount_cents=5, **CREDIT)
    with pytest.raises(ValueError, match="was not earned"):
        ledger_of(story.record())


@pytest.fixture(scope="module")
def played():
    """Return a run in which every rule of the grammar is at work."""
    inputs = whole_grammar()
    run = ReferenceEngine().run(inputs, 1)
    tables = (inputs.segments, inputs.channels, inputs.programmes)
    names = (
        tuple(f"{letter}{i}" for i in range(t.shape[1])) for letter, t in zip("scp", tables, strict=True)
    )
    return RunRecord(run.log, run.segment, inputs.horizon_days, *names, limited_graph=True)


def test_every_engines_log_is_possible_row_by_row(played):
    validate_log(played.log, played.n_known, played.horizon_days, 2, 3)


def test_the_books_of_a_run_balance_at_all_times(played):
    """Nearly every state is reached in it, so a state that swallowed money would show."""
    ledger, log = ledger_of(played), played.log
    earned = log[log["kind"] == EARNED]
    for day in np.linspace(0.0, played.horizon_days, 33):
        expected = int(earned["amount_cents"][earned["time"] <= day].sum())
        assert balance_at(ledger, float(day))["amount"].sum() == expected
    assert (balance_at(ledger, played.horizon_days)["rewards"] > 0).sum() >= 6
    found = measure_run(played).scalars
    assert found["reward_liability"].value == liability(ledger)
    assert found["reward_cost"].value == ledger.rewards["cost"].sum()


def test_profit_is_the_sum_of_its_parts(played):
    """A margin that no measure names would make the difference."""
    m = {name: scalar.value for name, scalar in measure_run(played).scalars.items()}
    income = m["margin"] + m["partner_fees"] + m["membership_income"]
    costs = m["reward_cost"] + m["paid_acquisition_cost"] + m["points_cost"] + m["care_cost"]
    assert m["profit"] == income - costs
    assert min(m["partner_fees"], m["membership_income"], m["points_cost"], m["care_cost"]) > 0
