"""The report says what the runs say: a change in any of these numbers is a change in the finding."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from helpers_experiment import make_experiment

from referralsim.report.answer import answer
from referralsim.report.assumptions import ABSENT, ASSUMED, DIFFERING, assumptions
from referralsim.report.data import differences, report_data
from referralsim.report.flows import money_flows
from referralsim.report.frames import mean_over_runs, ratio_over_runs
from referralsim.report.funnel import funnels
from referralsim.report.series import (
    adoption,
    k_by_cohort,
    k_by_generation,
    k_by_penetration,
    k_splits,
)
from referralsim.report.tree import MOST_DRAWN, referral_tree
from referralsim.report.wording import Estimate, Money, interval_text, shared_places, value_text

USD = Money("USD", 100)


@pytest.fixture(scope="module")
def experiment():
    return make_experiment()


def comparison(verdict, difference=0.05, low=0.02, high=0.08, measure="k_offspring"):
    columns = ["measure", "a", "b", "difference", "low", "high", "n", "p_a_better", "verdict"]
    return pd.DataFrame([(measure, "A", "B", difference, low, high, 20, 0.9, verdict)], columns=columns)


def estimates(a, b, measure="k_offspring"):
    rows = [("A", measure, a, a - 0.02, a + 0.02, 20), ("B", measure, b, b - 0.02, b + 0.02, 20)]
    return pd.DataFrame(rows, columns=["design", "measure", "mean", "low", "high", "n"])


def two_designs(a, b, table):
    made = make_experiment(("A", "B"), replications=1)
    return type(made)(**{**vars(made), "estimates": estimates(a, b), "comparisons": table})


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "value", "interval"),
    [
        (0.31273, 0.3004, 0.3250, "customers per customer", "0.313", "0.300 to 0.325"),
        (12347.0, 11669.0, 13025.0, "customers", "12,350", "11,670 to 13,020"),
        (1234.0, 1100.0, 1368.0, "money", "$12.34", "$11.00 to $13.68"),
        (-250.0, -300.0, -200.0, "money", "\u2212$2.50", "\u2212$3.00 to \u2212$2.00"),
        (0.0834, 0.0800, 0.0868, "share", "8.34\u00a0%", "8.00\u00a0% to 8.68\u00a0%"),
        (5.0, 5.0, 5.0, "customers", "5.00", "in every run"),
        (5.0, math.nan, math.nan, "customers", "5.00", ""),
        (math.nan, math.nan, math.nan, "customers", "not known", ""),
    ],
)
def test_numbers_are_rounded_to_two_digits_of_the_half_width(mean, low, high, unit, value, interval):
    estimate = Estimate(mean, low, high, 20)
    assert value_text(estimate, unit, USD) == value
    assert interval_text(estimate, unit, USD) == interval


def test_designs_side_by_side_are_rounded_like_the_least_certain_one():
    sharp, blunt = Estimate(0.12345, 0.1230, 0.1240, 9), Estimate(0.5, 0.4, 0.6, 9)
    assert shared_places((sharp, blunt), "", USD) == 2


def test_mean_interval_is_students_and_leaves_out_unknown_runs():
    found = mean_over_runs([1.0, 2.0, 3.0, math.nan])
    assert (found.mean, found.n) == (2.0, 3)
    assert found.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_a_ratio_over_runs_is_total_over_total():
    found = ratio_over_runs([1.0, 0.0, 0.0], [1, 9, 10])
    assert found.mean == pytest.approx(1 / 20)
    assert found.low < found.mean < found.high


def test_a_clear_answer_names_the_better_design_both_values_the_interval_and_n():
    found = answer(two_designs(0.30, 0.35, comparison("b better", -0.05, -0.08, -0.02)))
    assert (found.lead, found.verdict) == ("B", "clear")
    for part in ("“B”", "0.350 against 0.300", "0.050", "0.020 to 0.080", "20 paired runs"):
        assert part in found.sentence


def test_too_close_to_call_is_said_and_no_winner_is_named():
    found = answer(two_designs(0.30, 0.29, comparison("too close to call", 0.01, -0.02, 0.04)))
    assert found.verdict == "too close to call"
    assert found.sentence.startswith("Too close to call")
    assert "brings most" not in found.sentence
    assert "180 paired runs" in found.sentence  # 20 runs · (0.03 / 0.01)²


def test_equal_designs_are_answered_with_customers_and_make_no_difference():
    made = make_experiment(("A", "B"), replications=3)
    found = answer(made)
    assert (found.measure, found.verdict) == ("customers", "no difference")
    assert "no difference" in found.sentence


def test_caveats_tell_attributed_from_caused_and_mention_censoring(experiment):
    text = " ".join(answer(experiment).caveats)
    assert "Attributed is not caused" in text
    assert "censored" in text


def test_one_design_gets_a_sentence_and_no_comparison():
    data = report_data(make_experiment(("both sides",), replications=4))
    assert data.answer.verdict == "one design"
    assert "K stays below 1" in data.answer.sentence
    assert data.differences == ()
    assert not data.designs[0].is_lead


def test_one_replication_has_no_interval_and_says_so():
    data = report_data(make_experiment(replications=1))
    assert "only one run" in data.answer.caveats[-1]
    assert not data.designs[0].headline[0].estimate.has_interval
    assert all(math.isnan(low) for line in data.adoption.series for low in line.low)


def test_designs_in_different_worlds_are_compared_like_with_like():
    names = ("weak, one", "weak, both", "strong, one", "strong, both")
    k = {"weak, one": 0.4, "weak, both": 0.2, "strong, one": 0.2, "strong, both": 0.4}
    brands = {name: {"product": {"brand": 0.1 if "weak" in name else 0.9}} for name in names}
    made = make_experiment(names, 5, k)
    found = answer(type(made)(**{**vars(made), "designs": brands}))
    assert "“weak, one” brings more" in found.sentence
    assert "“strong, both” brings more" in found.sentence
    assert found.verdict == "clear"


def test_an_unknown_k_falls_back_to_customers_and_then_to_an_honest_nothing():
    made = make_experiment(("A", "B"), replications=2)
    rows = made.estimates["measure"] == "k_offspring"
    blank = made.estimates.copy()
    blank.loc[rows, ["mean", "low", "high"]] = math.nan
    found = answer(type(made)(**{**vars(made), "estimates": blank}))
    assert found.measure == "customers"
    blank.loc[:, ["mean", "low", "high"]] = math.nan
    found = answer(type(made)(**{**vars(made), "estimates": blank}))
    assert (found.verdict, "no answer" in found.sentence) == ("not known", True)


def test_k_by_generation_is_pooled_over_runs_and_drops_the_noisy_tail():
    made = make_experiment(("A",), replications=2)
    rows = [(0, 0, 100, 0.5), (0, 1, 50, 0.02), (0, 2, 1, 0.0), (1, 0, 300, 0.1), (1, 1, 30, 0.0)]
    frame = pd.DataFrame(rows, columns=["replication", "generation", "customers", "k"]).assign(design="A")
    info = k_by_generation(type(made)(**{**vars(made), "tables": {"generation": frame}}), "A")
    assert info.series[0].x == (0.0, 1.0)
    assert info.series[0].mean[0] == pytest.approx(80 / 400)


def test_censored_cohorts_are_left_out_and_not_zero(experiment):
    info = k_by_cohort(experiment, "both sides")
    assert max(info.series[0].x) < 360 - 90
    assert "censored" in info.note


def test_penetration_is_a_percentage_that_grows(experiment):
    line = k_by_penetration(experiment, "both sides").series[2]
    assert list(line.x) == sorted(line.x)
    assert 0 < line.x[0] < line.x[-1] < 100


def test_parts_of_k_add_up_to_k(experiment):
    found = {info.split: info for info in k_splits(experiment, "both sides")}
    k = experiment.estimates.set_index(["design", "measure"])["mean"][("both sides", "k_offspring")]
    assert set(found) == {"loop", "channel"}
    for info in found.values():
        assert sum(info.k["both sides"].values()) == pytest.approx(k)
    assert "word_of_mouth" not in found["loop"].parts


def test_the_funnel_finds_its_leak_in_each_kind_of_loop(experiment):
    programme, other = funnels(experiment, "both sides")
    assert (programme.which, programme.leaks["both sides"]) == ("programme", "shares")
    assert (other.which, other.leaks["both sides"]) == ("other loops", "sign_ups")
    assert programme.passed["both sides"]["invites"] == pytest.approx(3.1, rel=0.01)
    assert "asks" not in other.steps


def test_the_adoption_band_holds_95_percent_of_runs_and_ends_at_the_customers_measured(experiment):
    line = adoption(experiment, "both sides").series[2]
    runs = experiment.values("both sides", "customers")
    assert line.mean[-1] == pytest.approx(runs.mean())
    assert (line.low[-1], line.high[-1]) == pytest.approx(tuple(runs.quantile([0.025, 0.975])))


def test_a_run_without_customers_counts_as_zero_in_adoption():
    made = make_experiment(("A",), replications=2)
    full = made.tables["adoption"]
    tables = {"adoption": full[full["replication"] == 0]}
    line = adoption(type(made)(**{**vars(made), "tables": tables}), "A").series[0]
    assert line.mean[-1] == pytest.approx(
        full[(full["replication"] == 0) & (full["day"] == 360.0)]["customers"].sum() / 2
    )


def test_the_tree_keeps_every_link_and_rings_are_generations(experiment):
    info = referral_tree(experiment, "both sides")
    frame = experiment.trees["both sides"]
    assert info.n_people == len(frame)
    assert info.parent.count(-1) == 1
    for x, y, generation in zip(info.x, info.y, info.generation, strict=True):
        assert math.hypot(x, y) == pytest.approx(generation)
    assert all(info.generation[i] == info.generation[p] + 1 for i, p in enumerate(info.parent) if p >= 0)
    assert len(set(zip(info.x, info.y, strict=True))) == len(info.x)


def test_a_huge_tree_is_cut_and_says_how_large_it_was():
    n = 3 * MOST_DRAWN
    star = pd.DataFrame(
        {"person": range(n), "parent": [-1] + [0] * (n - 1), "joined_days": range(n),
         "generation": [0] + [1] * (n - 1), "loop": "programme", "channel": "link"}
    )  # fmt: skip
    made = make_experiment(("A",), replications=1, trees={"A": star})
    info = referral_tree(made, "A")
    assert (len(info.x), info.n_people) == (MOST_DRAWN, n)
    assert f"{n - 1:,} others" in info.title


def test_no_tree_at_all_is_said():
    empty = make_experiment(("A",), replications=1, trees={"A": pd.DataFrame()})
    assert referral_tree(empty, "A").n_people == 0


def test_money_is_the_mean_over_runs_by_side_and_empty_without_rewards(experiment):
    info = money_flows(experiment, "both sides")
    rows = experiment.tables["money"]
    paid = rows[(rows["design"] == "both sides") & (rows["state"] == "paid") & (rows["side"] == "referee")]
    found = {row.label: row.cents for row in info.paid}
    assert found["Paid to referee"]["both sides"] == pytest.approx(
        paid["amount"].sum() / experiment.replications
    )
    assert found["Paid to referee"]["referrer only"] == 0
    assert money_flows(make_experiment(("no programme",), 2), "no programme").rewards == ()


def test_assumptions_that_differ_come_first_and_sources_reach_down(experiment):
    groups = assumptions(experiment)
    rows = {row.path: row for group in groups for row in group.rows}
    assert groups[0].name == DIFFERING
    assert all(row.differs for row in groups[0].rows)
    assert rows["programmes.friends.rewards.referrer.value"].values == {
        "no programme": ABSENT, "referrer only": "20", "both sides": "10",
    }  # fmt: skip
    assert rows["channels.e-mail.opened.probability"].source == "Vendor benchmark, not independent"
    assert rows["population.size"].source == ASSUMED
    assert "question" not in rows


def test_a_card_says_what_the_design_pays_and_which_part_it_lacks():
    programme = {
        "programmes": {
            "friends": {"share": 0.1, "asks": [{"delay": "1 d"}], "rewards": {"referrer": {"value": 20}}}
        }
    }
    made = make_experiment(("none", "paid"), replications=1)
    made = type(made)(**{**vars(made), "designs": {"none": {"programmes": {}}, "paid": programme}})
    none, paid = report_data(made).designs
    assert none.changes == ("programmes \u203a friends: not present",)
    assert paid.changes[0] == "referrer \u203a value: 20"


def test_differences_are_turned_so_that_the_larger_comes_first(experiment):
    info = differences(experiment, "k_offspring")
    assert len(info.rows) == 3
    assert all(row.difference.mean >= 0 and row.verdict == "a better" for row in info.rows)
    assert {(row.a, row.b) for row in info.rows} >= {("both sides", "referrer only")}


def test_a_star_fills_the_whole_circle():
    star = pd.DataFrame(
        {"person": range(5), "parent": [-1, 0, 0, 0, 0], "joined_days": range(5),
         "generation": [0, 1, 1, 1, 1], "loop": "programme", "channel": "link"}
    )  # fmt: skip
    info = referral_tree(make_experiment(("A",), replications=1, trees={"A": star}), "A")
    assert (sum(info.x), sum(info.y)) == pytest.approx((0, 0), abs=1e-12)
    assert len({round(math.atan2(y, x), 6) for x, y in zip(info.x[1:], info.y[1:], strict=True)}) == 4
