"""Funnel and money of one small story in which every number can be counted by hand."""

from __future__ import annotations

import math

import pytest
from helpers_logs import Story

from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.metrics.adoption import time_grid
from referralsim.metrics.measure import measure_run

FRIENDS = {"loop": Loop.PROGRAMME, "programme": 0}


def story() -> Story:
    """0 is asked twice and invites 1, 2, 3; 1 joins and earns both sides a reward; 2 only clicks."""
    tale = Story(6, 100.0, (0, 1, 0, 0, 0, 0))
    tale.join(0, 0.0)
    tale.join(5, 2.0, loop=Loop.PAID)
    tale.rows[-2] = (*tale.rows[-2][:-1], -3000)  # the advertisement that brought 5
    tale.add(Kind.ASKED, 1.0, 0, target=0, **FRIENDS)
    tale.add(Kind.ASKED, 2.0, 0, target=0, attempt=1, **FRIENDS)
    tale.add(Kind.SHARED, 2.0, 0, target=0, attempt=1, amount_cents=3, **FRIENDS)
    for friend, last in ((1, Kind.CLICKED), (2, Kind.CLICKED), (3, Kind.DELIVERED)):
        for kind in (Kind.INVITED, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED):
            if kind <= last:
                tale.add(kind, 2.0 + (kind - 18) / 10, 0, target=friend, attempt=5, channel=1, **FRIENDS)
    tale.add(Kind.TOLD, 3.0, 0, target=4, loop=Loop.COMPLAINTS, channel=0, amount_cents=-1)
    tale.join(1, 4.0, parent=0, channel=1, signed_up=3.0)
    credit = FRIENDS | {"channel": 1}
    tale.add(Kind.QUALIFIED, 4.0, 1, target=0, **credit)
    tale.add(Kind.REWARD_EARNED, 4.0, 0, target=1, attempt=Side.REFERRER, amount_cents=2000, **credit)
    tale.add(Kind.REWARD_EARNED, 4.0, 1, target=0, attempt=Side.REFEREE, amount_cents=1000, **credit)
    tale.add(Kind.REWARD_PAID, 10.0, 1, target=0, attempt=1, amount_cents=1000, margin_cents=-600, **credit)
    tale.add(Kind.PURCHASED, 20.0, 1, amount_cents=5000, margin_cents=1500, **credit)
    tale.add(Kind.REFUNDED, 30.0, 1, amount_cents=-5000, margin_cents=-1500, **credit)
    tale.add(Kind.PURCHASED, 40.0, 1, attempt=1, amount_cents=4000, margin_cents=1200, **credit)
    tale.add(Kind.PURCHASED, 50.0, 0, loop=Loop.INITIAL, amount_cents=800, margin_cents=300)
    tale.add(Kind.CHURNED, 60.0, 0, loop=Loop.INITIAL)
    return tale


@pytest.fixture(scope="module")
def run():
    return measure_run(story().record())


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("asks", 2, 1),
        ("shares", 1, 1),
        ("invites", 3, 1),
        ("delivered", 3, 1),
        ("opens", 2, 1),
        ("clicks", 2, 1),
        ("sign_ups", 3, 1),
        ("referred_sign_ups", 1, 1),
        ("activations", 3, 1),
        ("qualified", 1, 1),
        ("rewarded", 1, 1),  # one friend, though both sides earned
        ("share_rate", 1 / 2, 2),
        ("click_rate", 1, 2),
        ("sign_up_rate", 1 / 2, 2),
        ("qualification_rate", 1, 1),
        ("customers", 3, 1),
        ("active_customers", 2, 1),
        ("referred_customers", 1, 1),
        ("amplification", 3 / 2, 2),
        ("k_basic", 1 / 3, 3),
        ("conversion_per_invite", 1 / 3, 3),
        ("penetration", 3 / 6, 6),
        ("told_badly", 1, 1),
        ("told_well", 0, 1),
        ("reward_earned", 3000, 1),
        ("reward_paid", 1000, 1),
        ("reward_reversed", 0, 1),
        ("reward_held", 2000, 1),
        ("reward_cost", 600, 1),
        ("paid_acquisition_cost", 3000, 1),
        ("revenue", 4800, 1),
        ("margin", 1500, 1),
        ("profit", 1500 - 600 - 3000, 1),
        ("cac_gross", 3600 / 2, 2),
        ("cost_per_referred_customer", 600, 1),
        ("ltv", 500, 3),
        ("ltv_referred", 1200, 1),
        ("ltv_unreferred", 150, 2),
        ("roi", (1200 - 600) / 600, 1),
        ("payback_day", 40, 1),  # in the black on day 20, undone by the refund, for good on day 40
    ],
)
def test_measure(run, name, value, n):
    assert run.scalars[name][:2] == pytest.approx((value, n))


def test_funnel_by_loop_and_channel_holds_only_people_whom_somebody_brought(run):
    table = run.tables["funnel"].set_index(["loop", "channel", "step"])["count"]
    assert table["programme", "", "asks"] == 2
    assert table["programme", "mail", "invites"] == 3
    assert table["programme", "mail", "sign_ups"] == 1
    assert table["programme", "mail", "rewarded"] == 1
    assert set(run.tables["funnel"]["loop"]) == {"programme"}
    assert not table.index.duplicated().any()


def test_funnel_names_the_first_channel_too():
    tale = story()
    tale.add(Kind.INVITED, 5.0, 5, target=4, channel=0, **FRIENDS)
    table = measure_run(tale.record()).tables["funnel"].set_index(["loop", "channel", "step"])["count"]
    assert table["programme", "link", "invites"] == 1
    assert ("programme", "link", "asks") not in table.index
    assert ("programme", "", "invites") not in table.index


def test_funnel_by_segment_goes_by_the_one_who_invites(run):
    table = run.tables["funnel_by_segment"].set_index(["segment", "step"])["count"]
    assert table["loyal", "activations"] == 1
    assert table["loyal", "rewarded"] == 1
    assert table["neutral"].sum() == 0


def test_money_by_side_adds_up(run):
    table = run.tables["money"].set_index(["side", "state"])
    assert table.loc[("referrer", "held"), "amount"] == 2000
    assert table.loc[("referrer", "held"), "rewards"] == 1
    assert table.loc[("referee", "held"), "amount"] == 0
    assert table.loc[("referee", "cost"), "amount"] == 600


def test_margin_by_source_counts_days_until_the_customer_leaves(run):
    table = run.tables["margin_by_source"].set_index("loop")
    assert table.loc["initial", "customer_days"] == pytest.approx(60)
    assert table.loc["programme", "customer_days"] == pytest.approx(96)
    assert table.loc["programme", "margin_per_customer_day"] == pytest.approx(1200 / 96)


def test_adoption_counts_joins_and_departures_on_a_fixed_grid(run):
    table = run.tables["adoption"]
    assert table["day"].nunique() <= 200
    last = table[table["day"] == 100.0].set_index("loop")
    assert last["customers"].to_dict() == {"initial": 1, "paid": 1, "programme": 1}
    assert last["active"].to_dict() == {"initial": 0, "paid": 1, "programme": 1}
    assert table[(table["day"] == 0.0) & (table["loop"] == "initial")]["customers"].tolist() == [1]
    assert table.groupby("loop")["customers"].apply(lambda column: column.is_monotonic_increasing).all()


@pytest.mark.parametrize(
    ("horizon", "points", "step"), [(199.0, 200, 1.0), (200.0, 101, 2.0), (20.0, 21, 1.0), (19.0, 101, 0.19)]
)
def test_adoption_is_read_on_two_hundred_days_at_most(horizon, points, step):
    grid = time_grid(horizon)
    assert len(grid) == points
    assert (grid[1], grid[-1]) == pytest.approx((step, horizon))


def test_capped_rewards_are_neither_earned_nor_rewarded():
    tale = story()
    credit = FRIENDS | {"channel": 1, "amount_cents": 700}
    tale.join(2, 5.0, parent=0)
    tale.add(Kind.REWARD_CAPPED, 5.0, 0, target=2, attempt=Side.REFERRER, **credit)
    found = measure_run(tale.record()).scalars
    assert found["reward_capped"].value == 700
    assert found["reward_earned"].value == 3000
    assert found["rewarded"].value == 1


def test_reward_clawed_back_is_held_no_longer():
    tale = story()
    credit = FRIENDS | {"channel": 1, "amount_cents": 2000}
    tale.add(Kind.REWARD_REVERSED, 34.0, 0, target=1, attempt=Side.REFERRER, **credit)
    run = measure_run(tale.record())
    assert run.scalars["reward_reversed"].value == 2000
    assert run.scalars["reward_held"].value == 0
    table = run.tables["money"].set_index(["side", "state"])
    assert table.loc[("referrer", "reversed"), "amount"] == 2000
    assert table.loc[("referrer", "held"), ["amount", "rewards"]].tolist() == [0, 0]


def test_programme_that_never_pays_back_has_no_payback_day():
    tale = story()
    credit = FRIENDS | {"channel": 1}
    tale.add(Kind.REWARD_PAID, 90.0, 0, target=1, amount_cents=2000, margin_cents=-2000, **credit)
    found = measure_run(tale.record()).scalars
    assert math.isnan(found["payback_day"].value)
    assert found["roi"].value == pytest.approx((1200 - 2600) / 2600)


def test_margin_per_customer_and_day_of_two_for_half_a_day_each_and_of_one_for_no_time():
    tale = Story(3, 100.0)
    for person in (0, 2):
        tale.join(person, 99.5, loop=Loop.PAID)
    tale.add(Kind.PURCHASED, 99.6, 0, loop=Loop.PAID, amount_cents=200, margin_cents=100)
    tale.join(1, 50.0, loop=Loop.ORGANIC_ARRIVAL)
    tale.add(Kind.CHURNED, 50.0, 1, loop=Loop.ORGANIC_ARRIVAL)
    table = measure_run(tale.record()).tables["margin_by_source"].set_index("loop")
    assert table.loc["paid", "margin_per_customer"] == pytest.approx(50.0)
    assert table.loc["paid", "margin_per_customer_day"] == pytest.approx(100.0)
    assert table.loc["organic_arrival", "customer_days"] == 0
    assert math.isnan(table.loc["organic_arrival", "margin_per_customer_day"])


def used_reward(cost: int) -> Story:
    """0 is paid a voucher on day 5, and uses it on day 6; purchases are to come."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0)
    tale.join(1, 4.0, parent=0)
    credit = FRIENDS | {"channel": 0, "target": 1, "amount_cents": 500}
    for kind, day in ((Kind.REWARD_EARNED, 5.0), (Kind.REWARD_PAID, 5.0), (Kind.REWARD_REDEEMED, 6.0)):
        tale.add(kind, day, 0, margin_cents=-cost if kind == Kind.REWARD_REDEEMED else 0, **credit)
    return tale


@pytest.mark.parametrize(("cost", "roi", "n"), [(1, -1.0, 1), (0, math.nan, 0)])
def test_the_return_on_a_cent_is_known_and_on_nothing_is_not(cost, roi, n):
    found = measure_run(used_reward(cost).record()).scalars["roi"]
    assert found[:2] == pytest.approx((roi, n), nan_ok=True)


def test_a_cent_short_is_not_paid_back_and_what_covers_the_cost_is():
    """A reward of 300 on day 6; friends bring in 299 on day 10 and a cent on day 20. Others do not count."""
    tale = used_reward(300)
    tale.add(Kind.PURCHASED, 3.0, 0, loop=Loop.INITIAL, amount_cents=2000, margin_cents=1000)
    for number, (day, margin) in enumerate(((10.0, 299), (20.0, 1))):
        credit = FRIENDS | {"channel": 0, "attempt": number}
        tale.add(Kind.PURCHASED, day, 1, amount_cents=2 * margin, margin_cents=margin, **credit)
    assert measure_run(tale.record()).scalars["payback_day"][:2] == (20.0, 2)


def test_breakage_is_what_expired_of_all_that_was_paid_and_falls_due_later():
    """Paid as vouchers: 500 used, 300 expired, 200 open."""
    tale = used_reward(250)
    for number, (cents, last) in enumerate(((300, Kind.REWARD_EXPIRED), (200, Kind.REWARD_PAID)), start=1):
        credit = FRIENDS | {"channel": 0, "target": 1, "attempt": 2 * number, "amount_cents": cents}
        for kind, day in ((Kind.REWARD_EARNED, 5.0), (Kind.REWARD_PAID, 5.0), (Kind.REWARD_EXPIRED, 50.0)):
            if kind != Kind.REWARD_EXPIRED or kind == last:
                tale.add(kind, day, 0, **credit)
    found = measure_run(tale.record()).scalars
    assert found["reward_liability"].value == 200
    assert found["breakage"][:2] == pytest.approx((300 / 1000, 1000))
    assert found["cac_fully_loaded"][:2] == pytest.approx(((250 + 200) / 1, 1))


def test_customers_of_all_programmes_share_the_cost():
    """Two friends, one by each of two programmes, bring in 300 and 100; a reward of 80 was paid."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0)
    for programme, (friend, margin) in enumerate(((1, 300), (2, 100))):
        credit = {"loop": Loop.PROGRAMME, "programme": programme, "channel": 0}
        for kind in (Kind.SIGNED_UP, Kind.ACTIVATED):
            tale.add(kind, 1.0, friend, target=0, **credit)
        tale.add(Kind.PURCHASED, 2.0, friend, amount_cents=2 * margin, margin_cents=margin, **credit)
    reward = {"loop": Loop.PROGRAMME, "programme": 1, "channel": 0, "target": 2, "amount_cents": 80}
    tale.add(Kind.REWARD_EARNED, 1.0, 0, **reward)
    tale.add(Kind.REWARD_PAID, 3.0, 0, margin_cents=-80, **reward)
    tale.add(Kind.QUALIFIED, 1.0, 2, **(reward | {"target": 0, "amount_cents": 0}))
    run = measure_run(tale.record()._replace(programme_names=("friends", "club")))
    found = run.scalars
    assert found["cost_per_referred_customer"][:2] == pytest.approx((80 / 2, 2))
    assert found["value_of_referred"][:2] == pytest.approx((320 / 2, 2))
    assert found["roi"][:2] == pytest.approx((320 / 80, 1))
    assert found["qualification_rate"][:2] == pytest.approx((1 / 2, 2))
    table = run.tables["funnel_by_programme"].pivot(index="step", columns="programme", values="count")
    counted = table.loc[["invites", "sign_ups", "activations", "qualified", "rewarded"]]
    assert counted["friends"].tolist() == [0, 1, 1, 0, 0]
    assert counted["club"].tolist() == [0, 1, 1, 1, 1]
