"""`sweep`, `sensitivity` and `optimise`: what they say, what they leave behind, and how they end."""

from __future__ import annotations

import json

import pytest
from helpers_cli import files, referralsim

SMALL = """
referralsim: 1
name: small
question: Which?
horizon: 60 d
replications: 3
population: {size: 200, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 40}}
product: {purchases: {rate: 3 per month, basket: 40.00, margin: 40 %}}
programmes:
  refer:
    asks: [{trigger: signup}]
    share: 30 %
    rewards: {referrer: {value: 5.00}}
designs: {off: {programmes: {refer: {enabled: false}}}, on: {}}
"""
QUICK = ("--workers", "1")
SHARE = "programmes.refer.share=0 %..60 %"


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL)
    return tmp_path


def test_one_run_does_not_say_on_which_side_of_1_k_is(scenario):
    words = ("sweep", "s.yaml", "--vary", f"{SHARE}:3", *QUICK, "--out", "o", "--replications")
    assert "K stays below 1 everywhere" in referralsim(*words, "3", cwd=scenario).stdout
    alone = referralsim(*words, "1", cwd=scenario).stdout
    assert "One run gives no interval" in alone
    assert "below 1 everywhere" not in alone


def test_what_is_not_sure_is_not_said_to_be_impossible(scenario):
    """With a share of 0 both designs are the same world: there \u201con\u201d does not lead."""
    words = ("sensitivity", "s.yaml", "--vary", SHARE, *QUICK, "--out", "o", "--measure", "customers")
    many = referralsim(*words, cwd=scenario).stdout
    assert "too close to call with part of programmes.refer.share" in " ".join(many.split())
    assert "One run says nothing" in referralsim(*words, "--replications", "1", cwd=scenario).stdout


def test_the_split_of_money_is_in_money_and_no_more_exact_than_its_chance(scenario):
    words = (
        "sensitivity",
        "s.yaml",
        "--vary",
        SHARE,
        *QUICK,
        "--out",
        "o",
        "--measure",
        "incremental_profit",
    )
    referralsim(*words, cwd=scenario)
    lines = (scenario / "o" / "sensitivity.md").read_text().splitlines()
    rows = [line for line in lines if "mean over all points" in line or "nine of ten runs" in line]
    assert len(rows) == 2
    assert all("$" in row and "." not in row.split("|")[2] for row in rows), rows


def test_a_search_without_an_answer_fails_and_leaves_none_of_an_earlier_one(scenario):
    words = (
        "optimise",
        "s.yaml",
        "--vary",
        SHARE,
        "--goal",
        "customers",
        "--trials",
        "3",
        "--out",
        "o",
        *QUICK,
    )
    referralsim(*words, cwd=scenario)
    assert "o/best.yaml" in files(scenario)
    done = referralsim(*words, "--keep", "customers>=1e6", cwd=scenario, code=1)
    assert "no point that was tried keeps all conditions" in done.stderr
    assert "o/best.yaml" not in files(scenario)
    assert json.loads((scenario / "o" / "optimise.json").read_text())["found"]["best"] == []


def test_a_searched_amount_of_money_has_its_currency_and_the_page_says_how_many_runs(scenario):
    """Also where the amount is a design's own: the page names it by its path there."""
    value = "programmes.refer.rewards.referrer.value"
    words = ("optimise", "s.yaml", "--goal", "customers", "--trials", "2", "--out", "o", *QUICK)
    for path, text in ((value, f"{value}=2..10"), (f"designs.on.{value}", f"designs.on.{value}=2..10")):
        done = referralsim(*words, "--vary", text, cwd=scenario)
        assert f"is best at {path} = $" in " ".join(done.stdout.split())
        assert f"{path} (USD)" in (scenario / "o" / "optimise.html").read_text()
    assert "2 points in 3 replications each" in (scenario / "o" / "optimise.md").read_text()
    referralsim(*words, "--vary", "programmes.refer.share=0.1..0.3", cwd=scenario)
    assert "programmes.refer.share = 0." in (scenario / "o" / "optimise.md").read_text()
