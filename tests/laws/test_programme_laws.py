"""Laws of any programme: nobody is paid twice, causes come first, each side has its own cost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from referralsim.engine.fast import FastEngine
from referralsim.eventlog.kinds import REWARD_KINDS, Kind, Side, side_of
from tests.helpers_grammar import wild_inputs
from tests.worlds import play, write

SEEDS = range(12)


@pytest.mark.parametrize("number", SEEDS)
def test_nobody_is_rewarded_twice_for_one_friend(number: int) -> None:
    """A key (receiver, other, side and place and serial) is earned once, and paid or taken back once."""
    log = FastEngine().run(wild_inputs(number % 3, number), number).log
    for kinds in ((Kind.REWARD_EARNED,), (Kind.REWARD_PAID, Kind.REWARD_REVERSED, Kind.REWARD_LOST)):
        rows = log[np.isin(log["kind"], kinds)]
        names = Counter(rows[["programme", "actor", "target", "attempt"]].tolist())
        assert not [name for name, n in names.items() if n > 1]


@pytest.mark.parametrize("number", SEEDS)
def test_causes_come_before_effects(number: int) -> None:
    """Earned before paid, qualified before a friend's reward, invited before delivered before clicked."""
    log = FastEngine().run(wild_inputs(number % 3, number), number).log
    first: dict[tuple[int, ...], float] = {}
    before = {
        Kind.REWARD_PAID: Kind.REWARD_EARNED,
        Kind.REWARD_REVERSED: Kind.REWARD_EARNED,
        Kind.REWARD_REDEEMED: Kind.REWARD_PAID,
        Kind.REWARD_DISPUTED: Kind.REWARD_PAID,
        Kind.OPENED: Kind.DELIVERED,
        Kind.CLICKED: Kind.OPENED,
        Kind.DELIVERED: Kind.INVITED,
    }
    for e in log:
        name = (int(e["programme"]), int(e["actor"]), int(e["target"]), int(e["attempt"]))
        kind = Kind(int(e["kind"]))
        if kind in before:
            assert first.get((before[kind], *name), np.inf) <= e["time"]
        first.setdefault((kind, *name), float(e["time"]))


SIDES = """
referralsim: 1
name: sides
horizon: 200 d
seed: 31
population: {size: 800, graph: {small_world: {mean_degree: 8}}}
acquisition: {initial: {customers: 80}}
product:
  use: {rate: 0.3 per day}
  moments: {happy: 30 %, unhappy: 5 %}
  purchases: {rate: 1 per month, basket: 30.00, margin: 50 %, refund: {probability: 5 %, delay: 5 d}}
programmes:
  friends:
    asks: [{trigger: happy_moment}]
    share: 30 %
    contact: {invites: 2, channel: link, cooldown: 60 d}
    response:
      {to_own_reward: {effect: 0}, to_friends_reward: {effect: 0}, to_offer: {effect: 0},
       cost_brand: 0, cost_tie: 0}
    qualify: {event: purchase}
    rewards:
      referrer: [{value: 8.00, cost: 70 %, cap: 3}, {value: 10 %, on: purchase, for: 60 d}]
      referee: {value: 5.00, cost: 90 %}
    hold: 7 d
    clawback: [refund]
channels: {link: {signed_up: {probability: 40 %}}}
designs:
  both: {}
  sender_only: {programmes: {friends: {rewards: {referee: null}}}}
  friend_only: {programmes: {friends: {rewards: {referrer: null}}}}
  none: {programmes: {friends: null}}
"""


def test_removing_a_sides_reward_removes_its_cost_exactly(tmp_path: Path) -> None:
    """Where nobody responds to rewards, only the rows of that side go, and with them their cost to the
    cent."""
    file = write(tmp_path, SIDES)
    logs = {name: play(file, name, "fast").log for name in ("both", "sender_only", "friend_only")}
    is_reward = np.isin(logs["both"]["kind"], REWARD_KINDS)
    sides = side_of(logs["both"]["attempt"])
    for name, gone in (("sender_only", Side.REFEREE), ("friend_only", Side.REFERRER)):
        kept = logs["both"][~(is_reward & (sides == gone))]
        assert np.array_equal(logs[name], kept)
        cost = logs["both"]["margin_cents"].sum() - logs[name]["margin_cents"].sum()
        assert cost == logs["both"]["margin_cents"][is_reward & (sides == gone)].sum() < 0


def test_without_a_programme_nothing_is_asked_or_paid(tmp_path: Path) -> None:
    log = play(write(tmp_path, SIDES), "none", "fast").log
    assert len(log) > 0
    assert not np.isin(log["kind"], [*REWARD_KINDS, Kind.ASKED, Kind.SHARED, Kind.QUALIFIED]).any()
    assert (log["programme"] == -1).all()
