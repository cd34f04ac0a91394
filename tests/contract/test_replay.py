"""Impossible logs, planted one fault at a time: each is caught, at its row, for the right reason."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from referralsim.engine.contract import LIVES, GraphKind
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.engine.replay import Impossible, replay
from referralsim.engine.replay_fate import settled_events
from referralsim.engine.replay_rules import Rules
from referralsim.eventlog.kinds import LOG_DTYPE, QUEUED_ONLY, Kind, Origin, Side
from tests.contract.planted import abuse, asks, lives, loyalty, rewards
from tests.contract.planted.log import (
    AGENTS,
    INPUTS,
    LOG,
    SEED,
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
    twice,
)
from tests.helpers_logs import whole_grammar

PLANTED = lives.PLANTED | asks.PLANTED | abuse.PLANTED | rewards.PLANTED | loyalty.PLANTED


@pytest.mark.parametrize("seed", [None, SEED])
@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught_at_its_row(fault, seed):
    plant, words = PLANTED[fault]
    log, row, *inputs = plant()
    with pytest.raises(Impossible) as caught:
        replay(log, *(inputs or [INPUTS]), seed)
    if seed is None:
        assert caught.value.row == row
        assert log[row].tolist() == pytest.approx(tuple(caught.value.event), nan_ok=True)
        assert words in caught.value.why
    elif not inputs:  # what the seed has instead may come a little earlier
        planted, found = log[row], caught.value.event
        same = found.key[1:] == planted[["actor", "target", "attempt"]].item()
        assert caught.value.row == row or (caught.value.row < row and (same or found.time == planted["time"]))


def vouchers(kind):
    """Return the rewards that were paid and then met this."""
    paid = names(Kind.REWARD_PAID)
    return [row for row in rows_of(kind) if name(row) in paid]


SHOWN_OTHERWISE = {
    "first customer",
    "qualification",
    "settlement of a reward put off",
    "prize",
    "subscription",
    "subscription of a second life",
}
"""What other events of the same instant need: the first of them is named."""

MISSING = {
    "first customer": lambda: int(rows_of(Kind.SIGNED_UP, attempt=Origin.INITIAL)[3]),
    "first customer's activation": lambda: int(rows_of(Kind.ACTIVATED, time=0.0)[3]),
    "qualification": lambda: first(Kind.QUALIFIED),
    "reward": lambda: reward_rows(Kind.REWARD_EARNED, 0, Side.REFEREE, 1)[0],
    "refusal": lambda: reward_rows(Kind.ABUSE_REFUSED, 1, Side.REFERRER, 0)[0],
    "settlement": lambda: first(Kind.REWARD_REVERSED),
    "settlement of a reward put off": lambda: put_off()[0],
    "blank": lambda: first(Kind.REWARD_LOST),
    "expiry of a voucher": lambda: vouchers(Kind.REWARD_EXPIRED)[0],
    "expiry of a reward that waited": lambda: pick(
        rows_of(Kind.REWARD_EXPIRED),
        lambda e: e[["actor", "target", "attempt"]].item() not in names(Kind.REWARD_PAID),
    ),
    "dispute": lambda: first(Kind.REWARD_DISPUTED),
    "prize": lambda: first(Kind.REWARD_EARNED, loop=-1),
    "subscription": lambda: pick(rows_of(Kind.PURCHASED), lambda e: INPUTS.segment[e["actor"]] == 1),
    "subscription of a second life": lambda: pick(
        rows_of(Kind.PURCHASED),
        lambda e: e["attempt"] >= LIVES and INPUTS.segment[e["actor"]] == 1,
    ),
    "expiry of points": lambda: first(Kind.POINTS_EXPIRED),
    "points": lambda: first(Kind.POINTS_EARNED),
    "end of a membership": lambda: first(Kind.MEMBER_LEFT),
    "application": lambda: first(Kind.APPLIED, actor=AGENTS.start + 2),
    "tier that was lost": lambda: int(rows_of(Kind.TIER_REVIEWED)[-1]),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_must_follow_is_missed_without_a_seed(what):
    """Dropping it is noticed: where the drop itself shows, or at the event that then has no ground."""
    row = MISSING[what]()
    with pytest.raises(Impossible) as caught:
        replay(np.delete(LOG, row), INPUTS)
    assert caught.value.row >= row
    assert LOG["actor"][row] in (caught.value.event.actor, caught.value.event.target)
    assert "missing" in caught.value.why or what in SHOWN_OTHERWISE


@pytest.mark.parametrize("kind", sorted(set(LOG["kind"].tolist())), ids=lambda kind: Kind(kind).name)
def test_with_the_seed_nothing_can_be_missing(kind):
    """Whatever row is dropped, its place or the first event that depends on it is named."""
    for row in rows_of(kind)[:: max(1, len(rows_of(kind)) // 2)]:
        with pytest.raises(Impossible) as caught:
            replay(np.delete(LOG, row), INPUTS, SEED)
        assert caught.value.row == row or caught.value.event.time == LOG["time"][row]
        assert caught.value.row <= row


def another_day_of_leaving():
    """Somebody who is no member leaves a moment later."""
    rows = rows_of(Kind.CHURNED)[::-1]
    row = pick(rows, lambda e: not len(rows_of(Kind.MEMBER_LEFT, actor=e["actor"], time=e["time"])))
    return changed(row, time=LOG["time"][row] + 1e-7)


DRAWN_OTHERWISE = {
    "another day of delivery": lambda: changed(
        first(Kind.DELIVERED, channel=1), time=LOG["time"][first(Kind.DELIVERED, channel=1)] + 1e-7
    ),
    "another day of opening": lambda: changed(
        int(rows_of(Kind.OPENED)[-1]), time=np.nextafter(LOG["time"][rows_of(Kind.OPENED)[-1]], 0.0)
    ),
    "a use that let down": lambda: changed(int(rows_of(Kind.DELIGHTED)[-1]), kind=Kind.LET_DOWN),
    "another day of leaving": another_day_of_leaving,
    "a prize that was not won": lambda: changed(
        reward_rows(Kind.REWARD_PAID, 0, Side.REFERRER, 2)[0], kind=Kind.REWARD_LOST, margin_cents=0
    ),
    "a day of return": lambda: changed(
        int(rows_of(Kind.WON_BACK)[-1]), time=LOG["time"][rows_of(Kind.WON_BACK)[-1]] + 1e-9
    ),
    "a day of an apology": lambda: changed(
        int(rows_of(Kind.RECOVERED)[-1]), time=LOG["time"][rows_of(Kind.RECOVERED)[-1]] + 1e-9
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
    ended = found.n_rewards_paid + found.n_rewards_reversed + found.n_rewards_lost + found.n_rewards_lapsed
    assert found.n_rewards_earned == ended + found.n_rewards_held
    assert min(found) > 0


def test_every_kind_of_event_is_in_the_log():
    """Else a rule would be tested by nothing."""
    assert set(LOG["kind"].tolist()) == set(Kind) - QUEUED_ONLY


@pytest.mark.parametrize("kind", list(GraphKind), ids=lambda kind: kind.name)
@pytest.mark.parametrize("engine", [ReferenceEngine, FastEngine])
def test_each_engine_tells_the_log_that_the_replay_tells_alone(engine, kind):
    """Three readings of the model, each from its text alone, give the same bytes."""
    inputs = whole_grammar(n_people=30 if kind == GraphKind.FRESH else 120, graph_kind=kind)
    told = np.array([tuple(e) for e in settled_events(Rules(inputs), SEED)], LOG_DTYPE)
    assert engine().run(inputs, SEED).log.tobytes() == told.tobytes()
    replay(told, inputs)


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
