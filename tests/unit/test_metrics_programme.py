"""Agents, leaks, reminders, lives and loyalty, each in a story small enough to be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from helpers_logs import Story

from referralsim.eventlog.kinds import Kind, Loop, Origin, Side, reward_key
from referralsim.metrics.joins import joins_of
from referralsim.metrics.measure import measure_run
from referralsim.metrics.virality import k_by_table, k_of

PROGRAMME = {"loop": Loop.PROGRAMME, "programme": 0}
CODE = PROGRAMME | {"target": -1}
AGENT = 6
"""People are 0 to 5; the agent comes after them and has no segment."""


def leak(story: Story, person: int, day: float) -> None:
    """Let a person join by a code that nobody gave."""
    story.add(Kind.SIGNED_UP, day, person, attempt=Origin.ORGANIC_ARRIVAL, **CODE)
    story.add(Kind.ACTIVATED, day, person, **CODE)


def story() -> Story:
    """0 was there; the agent brings 1, who brings 2; 3 comes by a leaked code and brings 4."""
    tale = Story(7, 100.0, (0, 0, 1, 0, 1, 0, -1))
    tale.join(0, 0.0)
    tale.add(Kind.APPLIED, 0.0, AGENT, margin_cents=5000, **PROGRAMME)
    tale.add(Kind.ENLISTED, 1.0, AGENT, **PROGRAMME)
    tale.add(Kind.POSTED, 2.0, AGENT, channel=1, amount_cents=3, **PROGRAMME)
    for friend in (0, 1, 5):
        tale.add(Kind.INVITED, 2.0, AGENT, target=friend, attempt=5, channel=1, **PROGRAMME)
    tale.join(1, 3.0, parent=AGENT, channel=1)
    tale.add(Kind.INVITED, 5.0, 1, target=2, attempt=5, channel=1, **PROGRAMME)
    tale.join(2, 6.0, parent=1, channel=1)
    leak(tale, 3, 7.0)
    tale.add(Kind.INVITED, 8.0, 3, target=4, attempt=5, channel=1, **PROGRAMME)
    tale.join(4, 9.0, parent=3, channel=1)
    credit = PROGRAMME | {"channel": 1, "margin_cents": -900, "amount_cents": 1000}
    tale.add(Kind.REWARD_EARNED, 3.0, AGENT, target=1, **(credit | {"margin_cents": 0}))
    tale.add(Kind.REWARD_PAID, 4.0, AGENT, target=1, **credit)
    return tale


@pytest.fixture(scope="module")
def run():
    return measure_run(story().record())


def test_agents_are_no_people(run):
    record = story().record()
    assert (record.n_people, record.n_known) == (6, 7)
    assert run.scalars["penetration"][:2] == pytest.approx((5 / 6, 6))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agents_applied", 1),
        ("agents_enlisted", 1),
        ("agents_rejected", 0),
        ("posts", 1),
        ("post_reach", 3),
        ("agent_customers", 1),
        ("commission_paid", 1000),
        ("partner_fees", 5000),
        ("referred_customers", 3),  # the agent's too
        ("unasked_customers", 1),
        ("invites_per_customer", 2 / 5),  # those of the agent are not a customer's
        ("amplification", 5 / 2),
        ("cost_per_referred_customer", (900 - 5000) / 4),  # the leak costs and counts
        ("k_generation_0", 2 / 3),
        ("mean_tree_size", 5 / 3),
    ],
)
def test_measure(run, name, value):
    assert run.scalars[name].value == pytest.approx(value)


def test_whom_no_customer_brought_is_a_root_and_nobodys_offspring():
    """Else K would count customers of agents and of leaked codes, which no customer's tree ever brings."""
    joins = joins_of(story().record())
    assert joins.parent.tolist() == [-1, -1, 1, -1, 3]
    assert joins.root.tolist() == [0, 1, 1, 3, 3]
    table = k_by_table(k_of(joins, 10.0)).set_index(["split", "part"])
    assert table.loc[("loop", "programme"), ["n_offspring", "n_others"]].tolist() == [2, 2]
    assert table.loc[("segment", "loyal"), "n_others"] == 2
    assert table.loc[("programme", "friends"), "k"] == pytest.approx(2 / 5)
    assert table.loc[("channel", "mail"), "n_others"] == 1


def test_the_funnel_by_segment_leaves_agents_out(run):
    table = run.tables["funnel_by_segment"].set_index(["segment", "step"])["count"]
    assert table["loyal", "activations"] == 2
    assert table["loyal", "invites"] + table["neutral", "invites"] == 2


def test_lives_add_up():
    """0 leaves on day 10, is back on day 30, leaves on day 50; 1 leaves on day 20, is back on day 90."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0)
    tale.join(1, 0.0)
    for kind, day, person in (
        (Kind.CHURNED, 10.0, 0),
        (Kind.CHURNED, 20.0, 1),
        (Kind.WON_BACK, 30.0, 0),
        (Kind.CHURNED, 50.0, 0),
        (Kind.WON_BACK, 90.0, 1),
    ):
        tale.add(kind, day, person, loop=Loop.INITIAL, margin_cents=-200 if kind == Kind.WON_BACK else 0)
    record = tale.record()
    joins, found = joins_of(record), measure_run(record)
    assert joins.customer_days.tolist() == [10 + 20, 20 + 10]
    assert joins.churned_days[0] == 50.0
    assert np.isnan(joins.churned_days[1])
    table = found.tables["adoption"].set_index("day")["active"]
    assert [table[day] for day in (5.0, 15.0, 25.0, 40.0, 60.0, 100.0)] == [2, 1, 0, 1, 0, 1]
    numbers = {name: found.scalars[name].value for name in ("customers", "active_customers", "won_back")}
    assert numbers == {"customers": 2, "active_customers": 1, "won_back": 2}
    assert found.scalars["churned_customers"].value == 3
    assert found.scalars["care_cost"].value == 400
    assert found.tables["margin_by_source"]["customer_days"].tolist() == [60.0]


def test_commission_is_what_agents_are_paid_and_nobody_else():
    tale = story()
    tale.add(Kind.REWARD_PAID, 9.0, 1, target=2, amount_cents=70, channel=1, **PROGRAMME)
    found = measure_run(tale.record()).scalars
    assert found["commission_paid"][:2] == (1000.0, 1)
    assert found["reward_paid"][:2] == (1070.0, 1)


def test_reminders_that_work_and_those_that_do_not():
    """Of five: 1 signs up at once, 2 later and unmoved, 3 activates, 4 never does, 5 never answers."""
    tale = Story(7, 100.0)
    tale.join(0, 0.0)
    invitation = PROGRAMME | {"channel": 0}
    tale.join(1, 12.0, parent=0, signed_up=10.0)
    tale.join(2, 20.0, parent=0, signed_up=15.0)
    tale.join(3, 9.0, parent=0, signed_up=2.0)
    tale.join(4, 3.0, parent=0, active=False)
    for friend, day, attempt in ((1, 10.0, 5), (2, 10.0, 5), (3, 4.0, 63), (4, 5.0, 63), (5, 6.0, 5)):
        tale.add(Kind.REMINDED, day, 0, target=friend, attempt=attempt, **invitation)
    found = measure_run(tale.record())
    assert found.scalars["reminded"].value == 5
    assert found.scalars["reminder_conversion"][:2] == pytest.approx((2 / 5, 5))
    table = found.tables["funnel_besides"].set_index("what")["count"]
    assert table["reminded"] == 5
    assert table["fake_accounts"] == 0


@pytest.mark.parametrize(
    ("attempt", "signed_up", "joined", "worked"),
    [
        (5, 4.0, None, 1),  # about an invitation: the sign-up is enough
        (5, 5.0, 5.0, 0),
        (63, 1.0, 4.0, 1),  # about an unfinished sign-up: a customer at that very instant
        (63, 4.0, None, 0),
    ],
)
def test_a_reminder_works_by_what_it_reminds_of(attempt, signed_up, joined, worked):
    tale = Story(2, 100.0)
    day = signed_up if joined is None else joined
    tale.join(1, day, parent=0, signed_up=signed_up, active=joined is not None)
    tale.add(Kind.REMINDED, 4.0, 0, target=1, attempt=attempt, channel=0, **PROGRAMME)
    assert measure_run(tale.record()).scalars["reminder_conversion"][:2] == (worked, 1)


def test_what_happens_beside_the_funnel_is_told_by_programme():
    tale = Story(3, 100.0)
    club = {"loop": Loop.PROGRAMME, "programme": 1, "channel": 0, "target": 1}
    for day in (1.0, 2.0):
        tale.add(Kind.REMINDED, day, 0, attempt=5, **club)
    tale.add(Kind.REWARD_CAPPED, 3.0, 0, amount_cents=500, **club)
    tale.add(Kind.FAKED, 4.0, 0, amount_cents=7, **(club | {"programme": 0, "channel": -1}))
    found = measure_run(tale.record()._replace(programme_names=("friends", "club")))
    table = found.tables["funnel_besides"].pivot(index="what", columns="programme", values="count")
    assert table.loc[["reminded", "fake_accounts", "capped", "unfunded"], "club"].tolist() == [2, 0, 1, 0]
    assert table.loc[["reminded", "fake_accounts", "capped", "unfunded"], "friends"].tolist() == [0, 7, 0, 0]


def test_abuse_is_told_from_prizes_and_from_friends():
    tale = Story(6, 100.0)
    key = {kind: reward_key(Side.REFERRER, 0, kind) for kind in range(4)}
    leak(tale, 1, 1.0)
    row = {"target": -2, "amount_cents": 500, "programme": 0}
    for number, loop in ((0, Loop.PROGRAMME), (1, Loop.PROGRAMME), (2, -1)):  # a leak, a fake, a prize
        tale.add(Kind.REWARD_EARNED, 5.0, 1, attempt=key[number], loop=loop, **row)
        tale.add(Kind.REWARD_PAID, 6.0, 1, attempt=key[number], loop=loop, margin_cents=-500, **row)
    tale.add(Kind.FAKED, 5.0, 1, target=0, amount_cents=3, **PROGRAMME)
    tale.add(Kind.ABUSE_REFUSED, 5.0, 1, attempt=key[3], loop=Loop.PROGRAMME, **row)
    friend = {"amount_cents": 300, "channel": 0} | PROGRAMME
    tale.add(Kind.GENUINE_REFUSED, 7.0, 0, target=2, attempt=reward_key(Side.REFERRER, 0, 0), **friend)
    tale.add(Kind.GENUINE_REFUSED, 7.0, 2, target=0, attempt=reward_key(Side.REFEREE, 1, 0), **friend)
    tale.add(Kind.GENUINE_REFUSED, 8.0, 0, target=3, attempt=reward_key(Side.REFERRER, 0, 0), **friend)
    found = {name: scalar.value for name, scalar in measure_run(tale.record()).scalars.items()}
    assert found["abuse_paid"] == 1000
    assert found["fake_accounts"] == 3
    assert (found["abuse_refused_rewards"], found["abuse_refused"]) == (1, 500)
    assert (found["genuine_refused_people"], found["genuine_refused"]) == (2, 900)
    assert found["rewarded"] == 0


def test_a_friends_reward_and_a_prize_of_that_moment_are_not_paid_for_a_fake():
    """0 makes a fake on day 5; at that moment a friend's reward and a prize of his fall due as well."""
    tale = Story(4, 100.0)
    for number, credit in enumerate(({"channel": -1}, {"channel": 0}, {"channel": -1, "loop": -1})):
        row = PROGRAMME | {"target": -2, "attempt": number, "amount_cents": 10 ** (number + 1)} | credit
        tale.add(Kind.REWARD_EARNED, 5.0, 0, **row)
        tale.add(Kind.REWARD_PAID, 6.0, 0, **row)
    tale.add(Kind.FAKED, 5.0, 0, target=0, amount_cents=1, **PROGRAMME)
    found = measure_run(tale.record()).scalars
    assert (found["abuse_paid_fakes"].value, found["abuse_paid_codes"].value) == (10, 0)


def test_abuse_of_all_programmes_costs_what_falls_due_at_payment_and_at_use():
    tale = Story(4, 100.0)
    for number, due in enumerate((Kind.REWARD_PAID, Kind.REWARD_REDEEMED)):
        row = {"loop": Loop.PROGRAMME, "programme": number, "target": -2, "amount_cents": 100}
        for kind, day in ((Kind.REWARD_EARNED, 1.0), (Kind.REWARD_PAID, 2.0), (Kind.REWARD_REDEEMED, 3.0)):
            if kind <= due or number:
                tale.add(kind, day, number, margin_cents=-30 - 10 * number if kind == due else 0, **row)
    found = measure_run(tale.record()._replace(programme_names=("friends", "club"))).scalars
    assert found["abuse_cost"].value == 30 + 40
    assert found["abuse_paid"].value == found["abuse_tried"].value == 200


@pytest.mark.parametrize(("cents", "share", "n"), [(1, 0.0, 1), (0, np.nan, 0)])
def test_of_what_is_worth_nothing_no_share_can_be_caught(cents, share, n):
    tale = Story(4, 100.0)
    tale.add(Kind.REWARD_EARNED, 1.0, 0, amount_cents=cents, **CODE)
    found = measure_run(tale.record()).scalars["abuse_caught_share"]
    assert found[:2] == pytest.approx((share, n), nan_ok=True)


def test_points_and_members():
    """0 joins, renews and lapses; 1 joins and leaves as a customer; 2 joins, lapses and joins again."""
    tale = Story(4, 100.0)
    for person in range(3):
        tale.join(person, 0.0)
    fee = {"amount_cents": 990, "margin_cents": 990}
    tale.add(Kind.MEMBER_JOINED, 10.0, 0, attempt=1, **fee)
    tale.add(Kind.MEMBER_RENEWED, 40.0, 0, attempt=2, **fee)
    tale.add(Kind.MEMBER_LEFT, 70.0, 0, attempt=2)
    tale.add(Kind.MEMBER_JOINED, 11.0, 1, attempt=1, **fee)
    tale.add(Kind.CHURNED, 30.0, 1, loop=Loop.INITIAL)
    tale.add(Kind.MEMBER_LEFT, 30.0, 1, attempt=1)
    tale.add(Kind.MEMBER_JOINED, 5.0, 2, attempt=1, **fee)
    tale.add(Kind.MEMBER_LEFT, 35.0, 2, attempt=1)
    tale.add(Kind.MEMBER_JOINED, 50.0, 2, attempt=2, **fee)
    tale.add(Kind.POINTS_EARNED, 1.0, 0, amount_cents=100)
    tale.add(Kind.POINTS_EARNED, 2.0, 1, amount_cents=70)
    tale.add(Kind.POINTS_REDEEMED, 3.0, 0, amount_cents=60, margin_cents=-45)
    tale.add(Kind.POINTS_EXPIRED, 4.0, 1, amount_cents=70)
    scalars = measure_run(tale.record()).scalars
    assert (scalars["members"].n, scalars["points_cost"].n) == (1, 1)
    found = {name: scalar.value for name, scalar in scalars.items()}
    assert (found["members_joined"], found["members"]) == (4, 1)
    assert found["membership_income"] == 5 * 990
    assert (found["points_outstanding"], found["points_cost"]) == (40, 45)
    assert found["profit"] == 5 * 990 - 45
