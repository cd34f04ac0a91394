"""The report says what the runs say: a change in any of these numbers is a change in the finding."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from helpers_experiment import make_experiment, scenario_of

from referralsim.experiment.compare import compare, estimate
from referralsim.report.answer import answer
from referralsim.report.assumptions import ABSENT, ASSUMED, DIFFERING, assumptions
from referralsim.report.contest import verdict_text
from referralsim.report.data import differences, report_data
from referralsim.report.flows import money_flows
from referralsim.report.frames import mean_over_runs, ratio_over_runs
from referralsim.report.funnel import funnels
from referralsim.report.html import render_html
from referralsim.report.markdown import render_markdown
from referralsim.report.series import (
    adoption,
    k_by_cohort,
    k_by_generation,
    k_by_penetration,
    k_splits,
)
from referralsim.report.tree import MOST_DRAWN, referral_tree
from referralsim.report.wording import Estimate, Money, interval_text, value_text

USD = Money("USD", 100)


@pytest.fixture(scope="module")
def experiment():
    return make_experiment()


def measured(designs=None, **measures):
    """Return an experiment with these values: measure -> design -> one value a run."""
    first = next(iter(measures.values()))
    names, n = tuple(first), len(next(iter(first.values())))
    rows = [
        (design, r, measure, float(value), 1)
        for measure, by_design in measures.items()
        for design, values in by_design.items()
        for r, value in enumerate(values)
    ]
    runs = pd.DataFrame(rows, columns=["design", "replication", "measure", "value", "n"])
    made = make_experiment(names, replications=1)
    fields = {"runs": runs, "estimates": estimate(runs), "comparisons": compare(runs), "replications": n}
    scenarios = designs or {name: scenario_of(name) for name in names}
    return type(made)(**{**vars(made), **fields, "designs": scenarios})


def noisy(mean, spread=0.02, n=20, shift=0):
    """Return n values whose mean and standard deviation are exactly these."""
    wave = np.sin(np.arange(n) + shift)
    wave = (wave - wave.mean()) / wave.std(ddof=1)
    return mean + spread * wave


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "value", "interval"),
    [
        (0.31273, 0.3004, 0.3250, "customers per customer", "0.313", "0.300 to 0.325"),
        (12347.0, 11669.0, 13025.0, "customers", "12,350", "11,670 to 13,020"),
        (396.0, 385.0, 407.0, "customers", "396", "385 to 407"),
        (630.0, 630.0, 630.0, "customers", "630", "in every run"),
        (20470.0, math.nan, math.nan, "customers", "20,470", ""),
        (2.000000000001, 2.0, 2.000000000002, "customers", "2", "in every run"),
        (2000.0, 2000.0, 2000.0, "money", "$20.00", "in every run"),
        (1234.0, 1100.0, 1368.0, "money", "$12.34", "$11.00 to $13.68"),
        (-250.0, -300.0, -200.0, "money", "\u2212$2.50", "\u2212$3.00 to \u2212$2.00"),
        (0.0834, 0.0800, 0.0868, "share", "8.34\u00a0%", "8.00\u00a0% to 8.68\u00a0%"),
        (5.0, 5.0, 5.0, "customers", "5", "in every run"),
        (0.25, 0.25, 0.25, "customers", "0.250", "in every run"),
        (5.0, math.nan, math.nan, "customers", "5.00", ""),
        (math.nan, math.nan, math.nan, "customers", "not known", ""),
    ],
)
def test_numbers_are_rounded_to_two_digits_of_the_half_width(mean, low, high, unit, value, interval):
    estimate = Estimate(mean, low, high, 20)
    assert value_text(estimate, unit, USD) == value
    assert interval_text(estimate, unit, USD) == interval


def test_each_design_is_rounded_by_its_own_interval():
    """Rounded like the least certain one, an exact 630 beside 396 (half width 200) was shown as 600."""
    made = measured(customers={"A": [630.0] * 4, "B": [96.0, 396.0, 396.0, 696.0]})
    cards = report_data(made).designs
    figures = [next(f for f in card.all_figures if f.measure == "customers") for card in cards]
    assert [value_text(f.estimate, f.unit, USD, f.places) for f in figures] == ["630", "400"]


def test_mean_interval_is_students_and_leaves_out_unknown_runs():
    found = mean_over_runs([1.0, 2.0, 3.0, math.nan])
    assert (found.mean, found.n) == (2.0, 3)
    assert found.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_a_ratio_over_runs_is_total_over_total():
    found = ratio_over_runs([1.0, 0.0, 0.0], [1, 9, 10])
    assert found.mean == pytest.approx(1 / 20)
    assert found.low < found.mean < found.high


def test_a_clear_answer_names_the_better_design_both_values_the_interval_and_n():
    made = measured(k_offspring={"A": noisy(0.30), "B": noisy(0.30) + noisy(0.05, 0.06, shift=3)})
    found = answer(made)
    assert (found.lead, found.verdict) == ("B", "clear")
    for part in ("“B”", "0.350 against 0.300", "0.050", "0.022 to 0.078", "20 paired runs", "90 days"):
        assert part in found.sentence


def test_too_close_to_call_is_said_and_no_winner_is_named():
    gap = noisy(0.01, 0.06, shift=3)
    found = answer(measured(k_offspring={"A": noisy(0.29) + gap, "B": noisy(0.29)}))
    assert found.verdict == "too close to call"
    assert found.sentence.startswith("Too close to call")
    assert "brings most" not in found.sentence
    assert "as observed, about 280 paired runs" in found.sentence  # (2.80 · 0.06 / 0.01)² = 282.8


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
    assert "within 90 days of joining" in data.answer.sentence
    assert data.differences == ()
    assert not data.designs[0].is_lead


def test_one_replication_has_no_interval_and_says_so():
    data = report_data(make_experiment(replications=1))
    assert "only one run" in data.answer.caveats[-1]
    assert {row.verdict for info in data.differences for row in info.rows} == {"not known"}
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
    nothing = {"A": [math.nan] * 2, "B": [math.nan] * 2}
    found = answer(measured(k_offspring=nothing, customers={"A": [5, 6], "B": [7, 9]}))
    assert found.measure == "customers"
    found = answer(measured(k_offspring=nothing, customers=nothing))
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


NAN = math.nan


def test_rounding_dust_in_k_does_not_decide_and_customers_do():
    made = measured(
        k_offspring={"slow": [2.0, 2.0], "quick": [2.0 + 4e-16, 2.0 + 4e-16]},
        customers={"slow": [630, 630], "quick": [20470, 20470]},
    )
    found = answer(made)
    assert (found.measure, found.lead, found.verdict) == ("customers", "quick", "clear")
    assert "20,470 against 630" in found.sentence


def with_cycle_times(made, late):
    """Let a share of all friends join in the last quarter of the window."""
    share = [(1 - late) / 3] * 3 + [late]
    frame = pd.DataFrame({"days_low": [0.0, 22.5, 45.0, 67.5], "days_high": [22.5, 45.0, 67.5, 90.0]})
    tables = [frame.assign(share=share, design="A", replication=r) for r in range(made.replications)]
    return type(made)(**{**vars(made), "tables": made.tables | {"cycle_time": pd.concat(tables)}})


def test_k_below_one_says_nothing_of_growth_while_friends_still_join():
    made = measured(k_offspring={"A": noisy(0.7)}, customers={"A": noisy(500, 9)})
    going_on = answer(with_cycle_times(made, 0.2)).sentence
    assert "within 90 days of joining" in going_on
    assert "needs other sources" not in going_on
    assert "Friends who join later are not in it" in going_on
    assert "needs other sources" in answer(with_cycle_times(made, 0.01)).sentence
    unknown = answer(made).sentence  # no table of cycle times
    assert "needs other sources" not in unknown


def test_k_of_one_or_more_is_growth():
    made = measured(k_offspring={"A": noisy(1.2)}, customers={"A": noisy(500, 9)})
    assert "Growth sustains itself" in answer(made).sentence


def test_the_window_is_named_in_tables_and_figures(experiment):
    data = report_data(experiment)
    assert data.designs[0].headline[0].title == "Customers brought by one customer in 90 days (K)"
    for info in (data.k_by_cohort, data.k_by_day, data.k_by_penetration):
        assert info.title.startswith("K in 90 days ")
        assert info.y_title.startswith("K in 90 days ")
    assert "90 days" not in data.k_by_generation.title  # counts at the horizon, not within a window
    assert all("of K in 90 days" in info.title for info in data.k_splits)


def test_a_scenario_without_a_window_has_half_the_horizon(experiment):
    plain = {name: {**scenario, "window": None} for name, scenario in experiment.designs.items()}
    data = report_data(type(experiment)(**{**vars(experiment), "designs": plain}))
    assert "within 180 days of joining" in data.answer.sentence


def test_k_and_customers_that_rank_designs_opposite_ways_are_both_told():
    made = measured(
        k_offspring={"A": noisy(0.5), "B": noisy(0.3, shift=2)},
        customers={"A": noisy(500, 9), "B": noisy(700, 9, shift=2)},
    )
    text = answer(made).sentence
    assert "the other way round: 700" in text
    assert "against 500" in text
    agreeing = measured(
        k_offspring={"A": noisy(0.5), "B": noisy(0.3, shift=2)},
        customers={"A": noisy(700, 9), "B": noisy(500, 9, shift=2)},
    )
    assert "other way round" not in answer(agreeing).sentence


def test_values_known_in_some_runs_only_say_so_everywhere():
    values = noisy(1.5, 0.1, 10)
    values[3] = NAN
    made = measured(
        k_offspring={"A": values, "B": noisy(0.5, 0.1, 10, 4)},
        customers={"A": noisy(500, 9, 10), "B": noisy(400, 9, 10)},
    )
    data = report_data(made)
    assert "9 of 10 paired runs" in data.answer.sentence
    for text in (render_markdown(data), render_html(data)):
        # once for the value of A and once for the pair; a page shows the value on its card as well
        assert text.replace("\\", "").count("(in 9 of 10 runs)") >= 2
    assert "of 10 runs)" not in render_markdown(report_data(measured(k_offspring={"A": [1, 2], "B": [2, 4]})))


@pytest.mark.parametrize("measure", ["payback_day", "doubling_time_days"])
def test_a_measure_missing_where_a_design_does_badly_gives_no_verdict(measure):
    full, gaps = noisy(100, 1), noisy(50, 1, shift=1)
    assert set(measured(**{measure: {"A": full, "B": gaps}}).comparisons["verdict"]) == {"b better"}
    gaps[7] = NAN
    row = measured(**{measure: {"A": full, "B": gaps}}).comparisons.iloc[0]
    assert (row["verdict"], math.isnan(row["p_a_better"]), row["n"]) == ("not known", True, 19)


def test_designs_are_ranked_on_the_runs_in_which_all_are_known():
    """a's mean is the higher one only through a run in which b is not known."""
    found = answer(measured(k_offspring={"a": [5, 1, 1, 1.1], "b": [NAN, 1.5, 1.6, 1.55]}))
    assert (found.lead, found.verdict) == ("b", "clear")
    assert "Too close" not in found.sentence
    assert "1.55 against 1.03" in found.sentence
    assert "3 of 4 paired runs" in found.sentence


def test_a_design_known_in_few_runs_is_left_out_and_named():
    k = {"a": noisy(1, 0.1, 8), "b": noisy(2, 0.1, 8, 3), "c": [9.0] + [NAN] * 7}
    found = answer(measured(k_offspring=k))
    assert found.lead == "b"
    assert "“c” (1 of 8 runs)" in found.sentence


def test_too_small_to_matter_is_said_only_where_the_interval_is_small():
    wide = measured(k_offspring={"A": noisy(1.0) + noisy(0.0001, 0.3, shift=3), "B": noisy(1.0)})
    assert "too small" not in answer(wide).sentence
    assert "below 1" not in answer(wide).sentence
    narrow = measured(k_offspring={"A": noisy(1.0) + noisy(0.0001, 0.003, shift=3), "B": noisy(1.0)})
    assert "below 1.0\u00a0% of the value" in answer(narrow).sentence
    few = measured(k_offspring={"A": noisy(1.01, 0.2, 4), "B": noisy(1.0, 0.2, 4, 3)})
    assert "would tell them apart" not in answer(few).sentence


def test_an_answer_for_which_runs_were_added_holds_at_every_look():
    """Student's interval leaves 0 out (t = 2.5, n = 20), the one that survives peeking does not."""
    base, gain = noisy(1.0), noisy(0.25, 0.25 * math.sqrt(20) / 2.5, shift=3)
    fixed = measured(k_offspring={"A": base + gain, "B": base}, customers={"A": 2 + gain, "B": 2 + 0 * base})
    stopping = {"precision": "k_offspring=1", "looks": [10, 20], "most": 20, "reached": True}
    added = type(fixed)(**{**vars(fixed), "stopping": stopping})
    assert answer(fixed).verdict == "clear"
    assert answer(added).verdict == "too close to call"
    assert "95\u00a0% interval \u2212" in answer(added).sentence.replace("95 %", "95\u00a0%")


def test_so_many_runs_as_are_said_to_be_needed_are_enough_four_times_in_five():
    """t = 1 at n = 20: 2.80^2 * 20 = 157 runs, and not the 77 that succeed every second time."""
    gain = noisy(0.1, 0.1 * math.sqrt(20), shift=3)
    found = measured(k_offspring={"A": 1 + gain, "B": 1 + 0 * gain})
    needed = int(answer(found).sentence.split("about ")[1].split(" ")[0])
    assert needed == pytest.approx(157, abs=5)


def test_a_design_alone_in_its_world_is_no_choice_and_is_named():
    k = {"asked": noisy(0.5), "not asked": noisy(0.2, shift=2), "elsewhere": noisy(0.9, shift=4)}
    worlds = {name: {"product": {"moments": {"unhappy": 0.1}}} for name in k}
    worlds["elsewhere"] = {"product": {"moments": {"unhappy": 0.5}}}
    found = answer(measured(designs=worlds, k_offspring=k))
    assert found.lead == "asked"
    assert "“elsewhere” plays in another world" in found.sentence
    assert "0.500 against 0.200 for “not asked”" in found.sentence


def test_onboarding_and_price_are_choices_and_no_other_world():
    k = {"as it is": noisy(0.5), "better start": noisy(0.7, shift=2)}

    def started(p):
        product = {"brand": 0.5, "activation": {"probability": p}}
        return {"product": product, "population": {"segments": {"all": {"product": product}}}}

    found = answer(measured(designs={"as it is": started(0.6), "better start": started(0.8)}, k_offspring=k))
    assert (found.lead, found.verdict) == ("better start", "clear")
    assert "another world" not in found.sentence


def test_designs_that_are_all_in_worlds_of_their_own_are_compared():
    k = {"A": noisy(0.5), "B": noisy(0.2, shift=2)}
    worlds = {"A": {"product": {"brand": 0.1}}, "B": {"product": {"brand": 0.9}}}
    assert answer(measured(designs=worlds, k_offspring=k)).verdict == "clear"


def test_the_lift_over_the_design_without_a_programme_is_stated():
    base = noisy(400, 5)
    made = measured(
        k_offspring={"no programme": noisy(0.1), "both sides": noisy(0.4, shift=2)},
        customers={"no programme": base, "both sides": 1.6 * base + noisy(0, 2, shift=5)},
    )
    text = answer(made).sentence
    assert "640" in text
    assert "without a programme (“no programme”): +60." in text
    assert answer(make_experiment(("referrer only", "both sides"), 3)).sentence.count("without a") == 0


def test_cost_names_the_designs_for_which_it_is_defined_and_is_skipped_without_rewards():
    k = {"none": noisy(0.1), "one": noisy(0.3, shift=2), "two": noisy(0.5, shift=4)}
    cost = {"none": [NAN] * 20, "one": [2000.0] * 20, "two": [2000.0] * 20}
    line = answer(measured(k_offspring=k, cost_per_referred_customer=cost)).also[-1]
    assert "$20.00 (in every run) with “two” and “one”; not defined with “none”" in line
    free = {name: [0.0] * 20 for name in cost}
    assert not answer(measured(k_offspring=k, cost_per_referred_customer=free)).also


def test_a_pair_that_is_clear_only_alone_is_not_called_clear():
    """Four designs, six pairs: a difference at p = .04 is what chance gives."""
    k = {name: noisy(0.5, 0.02, shift=at) for at, name in enumerate("BCD")}
    k = {"A": k["B"] + noisy(0.0045, 0.0091, shift=9)} | k
    made = measured(k_offspring=k)
    found = answer(made)
    assert found.verdict == "too close to call"
    assert "Alone this pair would look clear" in found.sentence
    info = differences(made, "k_offspring")
    assert "0 of 6 pairs" in info.title
    assert "a better, taken alone" in {verdict_text(row) for row in info.rows}


def test_few_customers_in_a_run_are_a_caveat():
    k = {"A": noisy(0.5)}
    few = answer(measured(k_offspring=k, customers={"A": noisy(12, 2)})).caveats
    many = answer(measured(k_offspring=k, customers={"A": noisy(120, 2)})).caveats
    assert len(few) == len(many) + 1
    assert any("only about 12 customers in a run" in line for line in few)
