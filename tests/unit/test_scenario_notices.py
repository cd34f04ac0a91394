"""Notices: what fits together and can hardly be meant is told with its place, and stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from worlds import write

from referralsim.cli import cli
from referralsim.scenario.load import load_study

BOUGHT = "product: {purchases: {rate: 0.1 per day, basket: 20.00}}\n"
AGENTS = "kind: affiliate, agents: {audience: 100, visit_share: 1 %, posts: 1 per week"
CAP_0 = "programmes: {p: {rewards: {referrer: {value: 5.00, cap: 0}}}}"

TOLD = [
    ("programmes: {p: {qualify: {event: purchase}}}", "p.qualify.event: never happens: nobody buys"),
    (
        "programmes: {p: {rewards: {referrer: {value: 5.00, on: purchase}}}}",
        "referrer.on: never happens: nobody buys",
    ),
    (CAP_0, "referrer.cap: pays nothing"),
    (
        "programmes: {p: {reminder: {accept_factor: 0, activation_factor: 0}}}",
        "p.reminder: changes nobody's mind",
    ),
    ("programmes: {p: {" + AGENTS + "}, reminder: {}}}", "p.reminder: reminds nobody"),
    ("programmes: {p: {abuse: {fake: {probability: 1 %}}}}", "abuse.fake: never happens"),
    (
        "programmes: {p: {hold: 99 d, rewards: {referrer: {value: 5.00, needs_active: true}}}}",
        "pending.maximum: is shorter than the hold of 99 d",
    ),
    (
        "programmes: {p: {ask_maximum: 2, rewards: {referrer: {value: 5.00, friends: {from: 3}}}}}",
        "friends.from: is never reached: 2 asks bring at most 2 invitations",
    ),
    (
        "programmes: {p: {" + AGENTS + ", tiers: {at: [5, 20]}}}}",
        "tiers.at.1: is hardly ever reached: a mean audience sends 13 visits",
    ),
    (
        "population: {segments: {a: {product: {loyalty: {redeem_at: 9, redeem_probability: 0}}}}}",
        "product.loyalty: gives points that can never be redeemed",
    ),
]


@pytest.mark.parametrize(("text", "told"), TOLD)
def test_what_can_hardly_be_meant_is_told(tmp_path: Path, text: str, told: str) -> None:
    study = load_study(write(tmp_path, f"referralsim: 1\n{text}\n"))
    assert len(study.notices) == 1, study.notices
    assert told in str(study.notices[0])
    assert study.notices[0].line == 2


FINE = [
    BOUGHT + "programmes: {p: {qualify: {event: purchase}}}",
    "programmes: {p: {rewards: {referrer: {value: 5.00, friends: {from: 3}}}}}",
    "programmes: {p: {" + AGENTS + ", tiers: {at: [5, 10]}}}}",
    "product: {loyalty: {}}",
    "programmes: {p: {qualify: {event: purchase}}}\n"
    "timeline: [{day: 9 d, set: {product: {purchases: {rate: 0.1 per day}}}}]",
]


@pytest.mark.parametrize("text", FINE)
def test_nothing_is_told_where_all_is_well(tmp_path: Path, text: str) -> None:
    assert load_study(write(tmp_path, f"referralsim: 1\n{text}\n")).notices == ()


def test_an_option_may_cut_the_horizon_before_a_hold_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "referralsim: 1\nincidents: [{day: 90 d}]\nprogrammes: {p: {hold: 60 d}}\n")
    assert load_study(path).notices == ()
    told = [str(notice) for notice in load_study(path, horizon="30 d").notices]
    assert len(told) == 2
    assert "incidents.0.day: must lie before the horizon of 30 d" in told[0]
    assert "programmes.p.hold: is longer than the horizon of 30 d" in told[1]


def test_notices_of_the_base_are_silent_beside_designs(tmp_path: Path) -> None:
    cured = "designs: {a: {programmes: {p: {rewards: {referrer: {cap: 3}}}}}}\n"
    assert load_study(write(tmp_path, f"referralsim: 1\n{CAP_0}\n{cured}")).notices == ()


def test_check_prints_notices_beside_its_answer(tmp_path: Path) -> None:
    path = write(tmp_path, f"referralsim: 1\n{CAP_0}\n")
    shown = CliRunner().invoke(cli, ["check", str(path)])
    assert shown.exit_code == 0
    assert "fine" in shown.stdout
    assert f"{path}:2:52: programmes.p.rewards.referrer.cap: pays nothing" in shown.stderr
