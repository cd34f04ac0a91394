"""What the programmes caused: pairing with the world without them."""

import math
from pathlib import Path

import pytest

from referralsim import load_study, plan
from referralsim.eventlog.grouped import by_kind
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.counterfactual import (
    cash_days,
    cash_of,
    groups_of,
    has_programmes,
    late_of,
    without_programmes,
)
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey
from referralsim.measures import PAIRED
from referralsim.metrics.summary import whole_tally
from referralsim.scenario.resolve import Study
from tests.helpers_logs import Story
from tests.worlds import SCENARIOS

RELABELS = """
referralsim: 1
name: relabels
horizon: 200 d
seed: 5
replications: 3
population: {size: 500, graph: {small_world: {mean_degree: 8}}}
acquisition: {initial: {customers: 50}, organic: {bass_p: 0.02 per day}}
product: {use: {rate: 0.5 per day}, moments: {happy: 40 %, unhappy: 0 %}}
programmes:
  codes:
    asks: [{trigger: happy_moment}]
    ask_cooldown: 5 d
    share: 60 %
    contact: {invites: {poisson: 4}, channel: link, cooldown: 10 d}
    qualify: {event: activation}
    rewards: {referrer: {value: 10.00, type: cash}}
channels: {link: {signed_up: {probability: 0 %}}}
attribution: {window: 30 d}
"""


def shipped(name: str) -> Study:
    return load_study(SCENARIOS / f"{name}.yaml")


def planned(tmp_path: Path, text: str) -> Plan:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return plan(load_study(file))


def test_a_programme_that_only_relabels_has_many_attributed_and_none_caused(tmp_path: Path) -> None:
    """Nobody ever accepts; whoever comes by himself after a click is credited to the programme."""
    found = planned(tmp_path, RELABELS).outcome(RunKey("base", 0)).scalars
    assert found["attributed_customers"].value > 100
    assert found["came_anyway"].value == found["attributed_customers"].value
    assert found["came_anyway_share"].value == 1.0
    assert found["incremental_customers"].value == 0.0
    assert found["gained_customers"].value == found["lost_customers"].value == 0.0
    assert found["came_earlier"].value == 0.0
    assert found["incremental_profit"].value == -found["reward_cost"].value < 0
    assert math.isnan(found["cost_per_incremental_customer"].value)


STEPS_IN = """
referralsim: 1
name: steps_in
horizon: 100 d
seed: 5
replications: 3
population: {size: 2000, graph: {erdos_renyi: {mean_degree: 8}}}
acquisition: {initial: {customers: 50}, organic: {rate: 4 per day}}
product: {use: {rate: 0 per day}}
programmes:
  friends:
    asks: [{trigger: activation}]
    ask_maximum: 1
    response: {mode: table, share: 100 %, accept: 10 %}
    contact: {invites: 4, channel: link}
    rewards: {referrer: {value: 10.00}}
channels: {link: {signed_up: {probability: 10 %}}}
"""


def test_who_steps_in_for_people_won_before_is_told_apart_from_who_was_brought(tmp_path: Path) -> None:
    """Strangers come at a rate, so the slot of one who was won goes to the next in line."""
    found = planned(tmp_path, STEPS_IN).outcome(RunKey("base", 0)).scalars
    stepped_in, anyway = found["stepped_in_customers"].value, found["came_anyway"].value
    brought = found["attributed_customers"].value - anyway
    assert anyway > 10
    assert stepped_in > 10
    assert found["gained_customers"].value == brought + stepped_in
    assert found["lost_customers"].value == 0.0


def test_people_add_up_to_customers() -> None:
    found = plan(shipped("dropbox")).outcome(RunKey("two_sided", 0)).scalars
    gained, lost = found["gained_customers"].value, found["lost_customers"].value
    assert found["incremental_customers"].value == gained - lost > 100
    assert 0 < found["came_anyway"].value < found["attributed_customers"].value
    assert found["came_earlier"].value <= found["came_anyway"].value


def test_a_design_without_programmes_is_its_own_world_and_serves_the_others() -> None:
    study = shipped("dropbox")
    groups = groups_of(study.designs)
    assert {group.name for group in groups.values()} == {"no_programme"}
    assert all(group.is_played for group in groups.values())
    found = plan(study).outcome(RunKey("no_programme", 0)).scalars
    assert found["incremental_customers"].value == 0.0


def test_one_design_alone_is_held_against_the_same_world() -> None:
    whole = plan(shipped("dropbox"))
    alone = whole.only("two_sided")
    assert not alone.groups["two_sided"].is_played
    key = RunKey("two_sided", 1)
    assert alone.outcome(key).scalars == whole.outcome(key).scalars


@pytest.mark.parametrize("name", ["brand_strength", "loops", "clothing_club", "gallery/paypal_bonus"])
def test_the_world_without_programmes_has_none(name: str) -> None:
    for scenario in shipped(name).designs.values():
        assert not has_programmes(without_programmes(scenario))


def test_fresh_contacts_compare_numbers_but_not_people() -> None:
    found = plan(shipped("galton_watson")).outcome(RunKey(next(iter(shipped("galton_watson").designs)), 0))
    assert math.isnan(found.scalars["came_anyway"].value)
    assert found.scalars["incremental_customers"].value >= 0.0


def test_every_paired_measure_is_given() -> None:
    """A name in the glossary that no run fills in would read as unknown for ever."""
    found = plan(shipped("dropbox")).outcome(RunKey("two_sided", 0)).scalars
    whole = found["cash_payback_day"].n + found["cash_lowest_day"].n
    assert set(PAIRED) <= set(found)
    assert all(found[name].n > 0 for name in PAIRED - {"cash_payback_day", "cash_lowest_day"})
    assert whole > 0


def test_a_day_of_change_stays_where_it_is_without_programmes() -> None:
    """The timeline is copied: a day that was read once has no unit, and cannot be read again."""
    bare = without_programmes(shipped("gallery/paypal_bonus").designs["falling"])
    assert [entry.day_days for entry in bare.timeline] == [60.0, 120.0, 180.0]
    assert [entry.set for entry in bare.timeline] == [{}, {}, {}]


def late_story() -> Story:
    """Return a story whose last part begins on day 75: two customers, and money of every kind, about it."""
    story = Story()
    for person, day in enumerate((10.0, 75.0, 90.0)):
        story.join(person, day)
    for kind, day, margin in (
        (Kind.PURCHASED, 0.0, 100),
        (Kind.REWARD_PAID, 74.9, -7),
        (Kind.REWARD_PAID, 75.0, -5),
        (Kind.APPLIED, 80.0, 2),
        (Kind.PURCHASED, 99.9, 40),
    ):
        story.add(kind, day, 0, margin_cents=margin)
    return story


def test_the_last_part_of_a_run_begins_at_its_first_instant() -> None:
    record = late_story().record()
    assert late_of(record, by_kind(record.log)) == (2, 3.0)
    joins = record._replace(tally=whole_tally(record))
    assert math.isnan(late_of(joins, by_kind(joins.log)).spent_cents)


def test_cash_is_what_was_earned_until_each_moment() -> None:
    """On day 0 something is earned already, for most of the run nothing happens at all."""
    record = late_story().record()
    days, log = cash_days(record.horizon_days), record.log
    expected = [log["margin_cents"][log["time"] <= day].sum() for day in days]
    assert cash_of(record).tolist() == expected
    assert (expected[0], expected[-1]) == (100, 130)
    assert cash_of(Story().record()).tolist() == [0.0] * len(days)
