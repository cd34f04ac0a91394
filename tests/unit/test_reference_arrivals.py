"""Who comes by himself, by advertising, and as somebody never met before: the reference engine by hand."""

from __future__ import annotations

import numpy as np
import pytest
from helpers_reference import gap, played, small_world, story

from referralsim.engine.contract import GraphKind, QualifyOn, Trigger
from referralsim.engine.reference import ReferenceEngine
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.randomness import Purpose

NEVER = 1.0 - 1e-12  # as the draw of a gap: some 28 days at a rate of one a day
NOBODY = np.zeros(0, np.int32)
ASK = {"trigger": Trigger.ACTIVATION}


def coming(origin, days):
    """Return the draws of an arrival stream of one a day that fires so many days apart."""
    script = {(Purpose.ARRIVAL_GAP, int(origin), 0, k): gap(day) for k, day in enumerate(days)}
    return script | {(Purpose.ARRIVAL_GAP, int(origin), 0, len(days)): NEVER}


def sign_ups(log):
    return story(log, Kind.SIGNED_UP)


def test_strangers_come_in_their_order_and_who_is_there_already_is_passed_over():
    world = small_world(3, arrivals=(1.0, 0.0, 0.0), horizon_days=20.0)
    world = world._replace(arrival_order=np.array([2, 0, 1], np.int32), initial=np.array([0], np.int32))
    log = played(world, coming(Origin.ORGANIC_ARRIVAL, [1.0, 2.0]))
    assert sign_ups(log) == ["0 SIGNED_UP 0", "1 SIGNED_UP 2 #1", "3 SIGNED_UP 1 #1"]
    assert log["loop"].tolist() == [Loop.INITIAL] * 2 + [Loop.ORGANIC_ARRIVAL] * 4


def test_the_stream_ends_when_nobody_is_left():
    world = small_world(1, arrivals=(1.0, 0.0, 0.0), initial=NOBODY, horizon_days=20.0)
    script = {(Purpose.ARRIVAL_GAP, int(Origin.ORGANIC_ARRIVAL), 0, k): gap(1.0) for k in (0, 1)}
    assert sign_ups(played(world, script)) == ["1 SIGNED_UP 0 #1"]


@pytest.mark.parametrize(("budget", "n_bought"), [(-1, 3), (300, 3), (299, 2), (100, 1), (99, 0), (0, 0)])
def test_advertising_buys_until_the_budget_is_spent(budget, n_bought):
    world = small_world(
        5,
        world={"paid_cost_cents": 100, "paid_budget_cents": budget},
        arrivals=(0.0, 1.0, 0.0),
        initial=NOBODY,
        horizon_days=20.0,
    )
    script = coming(Origin.PAID, [1.0, 1.0, 1.0])
    if n_bought < 3:  # the stream ends at the first that is too dear
        script = {place: luck for place, luck in script.items() if place[3] <= n_bought}
    expected = [f"{day} SIGNED_UP {day - 1} #2 =-100" for day in range(1, n_bought + 1)]
    assert sign_ups(played(world, script)) == expected


def test_each_prospect_has_a_bass_hazard_of_his_own():
    world = small_world(3, arrivals=(0.0, 0.0, 1.0), horizon_days=9.0)
    script = {(Purpose.INNOVATION, 1, 0, 0): gap(5.0), (Purpose.INNOVATION, 2, 0, 0): gap(2.0)}
    assert sign_ups(played(world, script)) == ["0 SIGNED_UP 0", "2 SIGNED_UP 2 #1", "5 SIGNED_UP 1 #1"]


def test_who_was_brought_before_his_day_does_not_come_again():
    world = small_world(2, [(0, 1)], asks=[ASK], arrivals=(0.0, 0.0, 1.0), horizon_days=9.0)
    log = played(world, {(Purpose.INNOVATION, 1, 0, 0): gap(5.0)})
    assert sign_ups(log) == ["0 SIGNED_UP 0", "0 SIGNED_UP 1>0 #3"]


@pytest.mark.parametrize(
    ("person", "mark", "found"), [(0, 0.01, 1), (0, 0.99, 3), (2, 0.01, 0), (2, 0.5, 1), (2, 0.99, 3)]
)
def test_in_a_complete_graph_anybody_but_oneself_is_met(person, mark, found):
    world = small_world(
        4,
        asks=[ASK],
        streams={5: {"count_law": 0, "count_a": 1.0}},
        graph_kind=int(GraphKind.COMPLETE),
        initial=np.array([person], np.int32),
        channel={"delivered_probability": 0.0},
    )
    log = played(world, {(Purpose.CONTACT_TARGET, person, 5, 0): mark})
    assert story(log, Kind.INVITED) == [f"0 INVITED {person}>{found}" + " #5"]


def fresh_world(**changes):
    return small_world(
        1,
        asks=[ASK],
        streams={5: {"count_law": 0, "count_a": 2.0}},
        graph_kind=int(GraphKind.FRESH),
        **changes,
    )


def test_fresh_contacts_are_new_people_every_time():
    world = fresh_world(channel={"signed_up_delay_a": 1.0}, horizon_days=2.5)
    log = played(world)
    joined = log[log["kind"] == Kind.SIGNED_UP]
    assert joined["time"].tolist() == [0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert sorted(joined["actor"].tolist()) == list(range(7))
    assert sorted(joined["target"].tolist()) == [-1, 0, 0, 1, 1, 2, 2]


def test_strangers_are_fresh_where_nobody_knows_anybody():
    world = small_world(
        1, arrivals=(1.0, 0.0, 0.0), graph_kind=int(GraphKind.FRESH), initial=NOBODY, horizon_days=20.0
    )
    log = played(world, coming(Origin.ORGANIC_ARRIVAL, [1.0, 1.0]))
    assert sign_ups(log) == ["1 SIGNED_UP 1 #1", "2 SIGNED_UP 2 #1"]


def test_a_run_of_too_many_people_says_so_with_its_day():
    world = fresh_world(channel={"signed_up_delay_a": 1.0}, max_people=6)
    with pytest.raises(RunFailed, match=r"more than 6 people by day 1\.0"):
        ReferenceEngine().run(world, 1)
    world = fresh_world(channel={"signed_up_delay_a": 1.0}, max_people=7, horizon_days=2.0)
    assert len(ReferenceEngine().run(world, 1).segment) == 7


def test_progress_is_told_now_and_then_in_ascending_days():
    days: list[float] = []
    world = fresh_world(channel={"signed_up_delay_a": 1.0}, horizon_days=11.0)
    ReferenceEngine().run(world, 1, days.append)
    assert len(days) >= 2
    assert days == sorted(days)
    assert 0 < days[0] <= days[-1] < 11.0


@pytest.mark.parametrize(("minimum", "day"), [(999, 1.0), (1000, 1.0), (1001, None)])
def test_a_purchase_of_the_minimum_qualifies(minimum, day):
    world = small_world(
        2,
        [(0, 1)],
        asks=[ASK],
        programmes=[{"qualify_on": QualifyOn.PURCHASE, "qualify_minimum_cents": minimum}],
        segment={"purchase_every_days": 50.0, "purchase_first_days": 1.0},
        horizon_days=9.0,
    )
    qualified = played(world)
    assert story(qualified, Kind.QUALIFIED) == ([] if day is None else ["1 QUALIFIED 1>0"])
