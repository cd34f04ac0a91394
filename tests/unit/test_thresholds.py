"""Thresholds on any end of any measure and on pairs of designs, and the table of what was missed."""

from __future__ import annotations

import math

import pytest
from helpers_experiment import make_experiment

from referralsim.experiment.thresholds import HEADINGS, missed, table_of
from referralsim.scenario.expressions import expand_threshold
from referralsim.scenario.schema import Threshold

LOW, HIGH = "referrer only", "both sides"


@pytest.fixture(scope="module")
def experiment():
    return make_experiment(replications=8)


def of(experiment, design, measure, part):
    frame = experiment.estimates.set_index(["design", "measure"])
    return float(frame.loc[(design, measure), part])


@pytest.mark.parametrize("end", ["mean", "low", "high"])
@pytest.mark.parametrize("sign", [">=", "<=", ">", "<"])
def test_each_end_is_held_against_its_own_number(experiment, end, sign):
    """Just met, and just missed: one end taken for another would show."""
    value = of(experiment, HIGH, "customers", end)
    slack = 0.001 if sign[0] == "<" else -0.001
    text = f"{HIGH}.customers.{end} {sign} "
    assert missed(experiment, (Threshold.model_validate(f"{text}{value + slack!r}"),)) == []
    (row,) = missed(experiment, (Threshold.model_validate(f"{text}{value - slack!r}"),))
    assert row.got == value
    assert (row.low, row.high) == tuple(of(experiment, HIGH, "customers", part) for part in ("low", "high"))
    assert row.n == 8


def test_a_strict_sign_leaves_the_bound_out(experiment):
    value = of(experiment, HIGH, "customers", "mean")
    for sign, n_missed in ((">=", 0), ("<=", 0), (">", 1), ("<", 1)):
        threshold = Threshold.model_validate(f"{HIGH}.customers {sign} {value!r}")
        assert len(missed(experiment, (threshold,))) == n_missed


def test_without_a_design_every_design_is_held(experiment):
    rows = missed(experiment, (Threshold.model_validate("customers >= 1e9"),))
    assert [row.what for row in rows] == [f"customers of {design}" for design in experiment.designs]


def test_money_is_in_major_units(experiment):
    cents = of(experiment, HIGH, "ltv", "low")
    assert missed(experiment, (Threshold.model_validate(f"{HIGH}.ltv.low >= {cents / 100 - 0.01}"),)) == []
    (row,) = missed(experiment, (Threshold.model_validate(f"{HIGH}.ltv.low >= {cents / 100 + 0.01}"),))
    assert row.got == pytest.approx(cents / 100)


@pytest.mark.parametrize(("sign", "measure"), [(">", "customers"), ("<", "customers"), (">", "reward_cost")])
def test_a_comparison_is_the_chance_of_the_paired_difference(experiment, sign, measure):
    """`>` means above, also where less is better."""
    a, b = HIGH, LOW
    gap = experiment.values(a, measure) - experiment.values(b, measure)
    error = gap.std() / math.sqrt(len(gap))
    from scipy.stats import t

    chance = float(t.cdf(gap.mean() / error, len(gap) - 1))
    chance = chance if sign == ">" else 1 - chance
    text = f"{a} {sign} {b} on {measure} with "
    assert missed(experiment, (Threshold.model_validate(f"{text}{max(0.0, chance - 1e-6)!r}"),)) == []
    if chance < 1 - 1e-6:
        (row,) = missed(experiment, (Threshold.model_validate(f"{text}{chance + 1e-6!r}"),))
        assert row.got == pytest.approx(chance, abs=1e-9)
        scale = 100 if measure == "reward_cost" else 1
        assert row.low < float(gap.mean()) / scale < row.high
        assert row.n == 8


def test_what_is_not_known_is_missed(experiment):
    alone = make_experiment(replications=1)
    for text in (f"{HIGH}.customers.low >= -1e9", f"{HIGH} > {LOW} on customers with 0"):
        (row,) = missed(alone, (Threshold.model_validate(text),))
        assert math.isnan(row.got)
        assert row.why


def test_a_design_that_was_not_played_is_passed_over(experiment):
    for text in ("nobody.customers >= 1e9", "nobody > both sides on customers", "both sides > nobody on ltv"):
        assert missed(experiment, (Threshold.model_validate(text),)) == []


def test_the_table_says_wanted_got_interval_and_n(experiment):
    rows = missed(experiment, (Threshold.model_validate(f"{HIGH}.customers.low >= 1e6"),))
    head, line = table_of(rows).splitlines()
    assert head.split("  ")[0] == HEADINGS[0]
    assert line.startswith("low end of customers of both sides  >= 1e+06")
    assert line.endswith("8")


def test_a_percentage_and_the_default_chance():
    assert expand_threshold("referred_share.high <= 20 %")["at_most"] == 0.2
    assert Threshold.model_validate("a > b on profit").chance == 0.95
    assert Threshold.model_validate("a > b on profit with 80 %").chance == 0.8


def test_more_runs_are_not_asked_for_where_no_run_has_the_measure(experiment):
    """To ask for 2 runs where eight do not have it would be advice that cannot help."""
    empty = experiment.estimates.assign(n=0, mean=math.nan, low=math.nan, high=math.nan)
    without = type(experiment)(**{**vars(experiment), "estimates": empty})
    (row,) = missed(without, (Threshold.model_validate(f"{HIGH}.customers.low >= 1"),))
    assert row.cells()[2:] == ("not defined", "-", "0")
