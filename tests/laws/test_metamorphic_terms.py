"""Laws of terms: what a hold, a limit, a share of 0 and a later day may change, and what they may not."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from referralsim.engine import contract as c
from referralsim.engine import reference_asking, reference_reward, world
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import REWARD_KINDS, Kind
from tests.helpers_laws import (
    assert_same,
    changed,
    falls,
    kinds_of_graph,
    law,
    on_both_engines,
    played,
    seeds,
    wild,
)

FIVE = [(ReferenceEngine, seed, c.GraphKind.TIES) for seed in range(5)]

# ------------------------------------------------------------------------------- the hold


def check_hold(engine, seed, kind):
    inputs = wild(kind, seed)
    terms = changed(inputs.rewards, cap_count=-1, cap_cents=-1)
    inputs = inputs._replace(programmes=changed(inputs.programmes, budget_cents=-1), rewards=terms)
    longer = inputs._replace(rewards=changed(terms, hold_days=terms["hold_days"] * 2 + 1))
    settled = [kind for kind in REWARD_KINDS if kind != Kind.REWARD_EARNED]
    logs = [played(engine, i, seed) for i in (inputs, longer)]
    first, second = (log[~np.isin(log["kind"], settled)] for log in logs)
    assert_same(second, first)


@on_both_engines
@law
@given(seeds, kinds_of_graph)
def test_a_longer_hold_changes_what_becomes_of_rewards_and_no_life(engine, seed, kind):
    """Nobody responds to when a reward is paid: with a longer hold the same people do the same and earn
    the same at the same times. (Not so with a budget or a cap: a reward that is taken back before it is
    paid leaves room for another.)

    Breaks if being paid has an effect on anything but the books.
    """
    check_hold(engine, seed, kind)


def test_delight_at_being_paid_breaks_that_law(monkeypatch):
    plain = world.World.record

    def record(self, kind, actor, *rest, **more):
        if kind == Kind.REWARD_PAID:
            self.feel(self.people[actor], happy=True)
        plain(self, kind, actor, *rest, **more)

    monkeypatch.setattr(world.World, "record", record)
    assert falls(check_hold, FIVE)


# ------------------------------------------------------------------------------- a share of 0


def check_no_share(engine, seed, kind):
    inputs = wild(kind, seed)
    honest = changed(inputs.programmes, self_referral_probability=0.0, leak_probability=0.0)
    inputs = inputs._replace(agents=inputs.agents[:0], programmes=honest)
    never = changed(honest, share_base=-np.inf, table_share_weak=0.0, table_share_strong=0.0)
    closed = changed(honest, enabled=0)
    asked = played(engine, inputs._replace(programmes=never), seed)
    without = played(engine, inputs._replace(programmes=closed), seed)
    assert (asked["kind"] == Kind.ASKED).any()
    assert_same(asked[asked["kind"] != Kind.ASKED], without)


@on_both_engines
@law
@given(seeds, kinds_of_graph)
def test_programmes_in_which_nobody_shares_are_asks_and_nothing_else(engine, seed, kind):
    """With a share of 0 (and no abuse) the log is that of a world without programmes, but for the asks.

    Breaks if an ask in itself does anything to a life outside programmes.
    """
    check_no_share(engine, seed, kind)


def test_an_ask_that_annoys_breaks_that_law(monkeypatch):
    plain = reference_asking.ask

    def annoying(world, person, *rest):
        plain(world, person, *rest)
        world.feel(person, happy=False)

    monkeypatch.setattr(reference_asking, "ask", annoying)
    assert falls(check_no_share, FIVE)


# ------------------------------------------------------------------------------- later days


def check_horizon(engine, seed, kind):
    long = wild(kind, seed)
    whole = played(engine, long, seed)
    for share in (0.25, 0.5):
        day = share * long.horizon_days
        short = played(engine, long._replace(horizon_days=day), seed)
        assert_same(short, whole[whole["time"] < day])
    assert len(short) < len(whole)


@on_both_engines
@law
@given(seeds, kinds_of_graph)
def test_a_longer_horizon_goes_on_where_the_shorter_ended(engine, seed, kind):
    """The log up to day T is the beginning of the log up to day 2 T (and 4 T): nobody knows the end.

    Breaks if a decision looks at the horizon, or if something is done for all at the end.
    """
    check_horizon(engine, seed, kind)


def test_a_wait_measured_against_the_end_breaks_that_law(monkeypatch):
    plain = world.World.next_time

    def spread(self, rate, column, since_days, *rest):
        day = plain(self, rate, column, since_days, *rest)
        return since_days + (day - since_days) * self.inputs.horizon_days / 14.0

    monkeypatch.setattr(world.World, "next_time", spread)
    assert falls(check_horizon, FIVE[:2])


PHASED = ("world", "segments", "streams", "programmes", "asks", "channels", "rewards", "use_rate")
PHASED += ("purchase_rate", "churn_rate", "arrival_rate", "ask_rate", "post_rate", "gift_rate")
PHASED += ("tier_at", "tier_post_factor")


def check_later_phase(engine, seed, kind):
    inputs = wild(kind, seed)
    new = {name: np.concatenate([getattr(inputs, name), getattr(inputs, name)[:1]]) for name in PHASED}
    for name in PHASED:
        if name.endswith("_rate"):
            new[name][-1] *= 3.0
    new["programmes"]["enabled"][-1] = 0
    new["segments"]["happy_probability"][-1] = 0.0
    later = inputs._replace(starts=np.append(inputs.starts, inputs.horizon_days), **new)
    assert_same(played(engine, later, seed), played(engine, inputs, seed))


@on_both_engines
@law
@given(seeds, kinds_of_graph)
def test_what_changes_on_the_last_day_or_later_changes_nothing(engine, seed, kind):
    """A run covers ``[0, horizon)``: a phase of the timeline that begins at the horizon is never in force,
    though waiting times are integrated up to it.

    Breaks if a rule is read from the last phase, or a waiting time is summed with other roundings.
    """
    check_later_phase(engine, seed, kind)


def test_the_last_phase_for_all_breaks_that_law(monkeypatch):
    monkeypatch.setattr(world.World, "phase", property(lambda self: len(self.starts) - 1))
    assert falls(check_later_phase, FIVE[:2])


# ------------------------------------------------------------------------------- limits

MINUS_1_IS_NONE = ("cap_count", "cap_cents", "budget_cents", "paid_budget_cents", "to_friend")
TABLES = ("world", "segments", "programmes", "asks", "rewards", "streams")
FAR = 10**9


def check_far_limits(engine, seed, kind):
    inputs = wild(kind, seed)
    far, n_moved = {}, 0
    for name in TABLES:
        table = far[name] = getattr(inputs, name).copy()
        for column in table.dtype.names:
            if column in MINUS_1_IS_NONE:
                none = table[column] == -1
            elif column.endswith("_days") and "half_life" not in column:
                none = np.isinf(table[column])
            else:
                continue
            table[column][none] = FAR
            n_moved += int(none.sum())
    assert n_moved > 50
    assert_same(played(engine, inputs._replace(**far), seed), played(engine, inputs, seed))


@on_both_engines
@law
@given(seeds, kinds_of_graph)
def test_a_limit_that_is_never_reached_is_no_limit(engine, seed, kind):
    """No cap, budget, expiry, cool-down or end of terms, or one as far as a thousand million cents,
    friends or days: the same log.

    Breaks if "none" is taken for 0 or for a number, or the arithmetic of a limit has a side effect.
    """
    check_far_limits(engine, seed, kind)


def test_no_cap_taken_for_a_cap_of_nothing_breaks_that_law(monkeypatch):
    plain = reference_reward.is_capped

    def is_capped(world, rule, *rest):
        return rule.cap_count == -1 or plain(world, rule, *rest)

    monkeypatch.setattr(reference_reward, "is_capped", is_capped)
    assert falls(check_far_limits, FIVE)
