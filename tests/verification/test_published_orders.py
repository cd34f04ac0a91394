"""The shipped questions have their answers, with intervals that exclude zero.

Each test plays a shipped scenario with its own seed; n is the number of paired runs. The smallest
difference that would be seen is about two half-widths of the interval, given with each.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from worlds import SCENARIOS, plan_of, play

from referralsim.engine.contract import EngineInputs
from referralsim.experiment.result import RunKey
from referralsim.metrics.intervals import mean_interval, paired_difference
from referralsim.metrics.measure import measure_run


@cache
def scalars(name, design, engine, replication):
    plan = plan_of(SCENARIOS / f"{name}.yaml", engine)
    return measure_run(plan.record(RunKey(design, replication))).scalars


def measured(name, design, measure, n_runs, engine):
    return np.array([scalars(name, design, engine, r)[measure].value for r in range(n_runs)])


def difference(name, a, b, measure, n_runs, engine="fast"):
    return paired_difference(*(measured(name, each, measure, n_runs, engine) for each in (a, b)))


@pytest.mark.parametrize("measure", ["k_offspring", "customers"])
def test_a_weak_brand_pays_the_sender(measure):
    """n = 40: one-sided slightly better (K .159 against .151, half-width .004)."""
    found = difference("brand_strength", "weak_one_sided", "weak_two_sided", measure, 40)
    assert found.low > 0
    ratio = 1 + found.difference / measured("brand_strength", "weak_two_sided", measure, 40, "fast").mean()
    assert ratio < 1.10  # slightly


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_a_strong_brand_pays_both(engine):
    """n = 6: two-sided clearly better (K .259 against .143)."""
    found = difference("brand_strength", "strong_two_sided", "strong_one_sided", "k_offspring", 6, engine)
    assert found.low > 0
    one_sided = measured("brand_strength", "strong_one_sided", "k_offspring", 6, engine).mean()
    assert found.difference / one_sided > 0.25  # clearly


def test_a_weak_brand_pays_the_sender_in_the_reference_engine():
    """The same pair on the engine that is written to be read: equal logs, so three runs suffice."""
    for replication in range(3):
        logs = [
            play(SCENARIOS / "brand_strength.yaml", "weak_one_sided", engine, replication).log.tobytes()
            for engine in ("reference", "fast")
        ]
        assert logs[0] == logs[1]


def test_loops_add_in_k():
    """K(both) = K(organic) + K(artificial), n = 40: the interval of the gap holds 0, half-width .005."""
    k = {
        design: measured("loops", design, "k_offspring", 40, "fast")
        for design in ("no_loop", "organic", "artificial", "both")
    }
    assert not k["no_loop"].any()
    assert mean_interval(k["organic"]).low > 0.05
    assert mean_interval(k["artificial"]).low > 0.1
    gap = mean_interval(k["both"] - k["organic"] - k["artificial"])
    assert gap.low < 0 < gap.high
    assert gap.high - gap.low < 0.03


def test_loops_multiply_in_customers():
    """More customers together than the two gains one by one (n = 40)."""
    won = {
        design: measured("loops", design, "customers", 40, "fast")
        for design in ("no_loop", "organic", "artificial", "both")
    }
    together = won["both"] - won["no_loop"]
    apart = (won["organic"] - won["no_loop"]) + (won["artificial"] - won["no_loop"])
    assert mean_interval(together - apart).low > 0


def test_loops_add_on_the_reference_engine():
    """The parts of K by loop add up to K in each run (exactly), and both loops take part."""
    record = play(SCENARIOS / "loops.yaml", "both", "reference", sets=["horizon=120 d"])
    k = {name: scalar.value for name, scalar in measure_run(record).scalars.items()}
    parts = k["k_organic"] + k["k_programme"] + k["k_word_of_mouth"]
    assert parts == pytest.approx(k["k_offspring"], abs=1e-12)
    assert min(k["k_organic"], k["k_programme"]) > 0


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("worse", ["at_random", "on_calendar", "after_unhappy"])
def test_after_a_happy_moment_people_share_most(engine, worse):
    """Shares per ask, n = 5: happy .48, calendar .27, random .27, unhappy .07."""
    n_runs = 5
    better = difference("happy_moment", "after_happy", worse, "share_rate", n_runs, engine)
    assert better.low > 0.05


def test_after_an_unhappy_moment_hardly_anybody_shares():
    rate = {
        design: measured("happy_moment", design, "share_rate", 20, "fast").mean()
        for design in ("after_unhappy", "at_random", "after_happy")
    }
    assert rate["after_unhappy"] < 0.4 * rate["at_random"] < 0.4 * rate["after_happy"]


def test_a_happy_moment_counts_even_after_a_bad_time():
    """The latest moment decides: half of all uses let down, and yet the ask after a happy one works."""
    found = difference("happy_moment", "happy_after_a_bad_time", "after_happy", "share_rate", 20)
    assert abs(found.difference) < 0.03
    against_random = difference("happy_moment", "happy_after_a_bad_time", "at_random", "share_rate", 20)
    assert against_random.low > 0.05


def without_fading(inputs: EngineInputs) -> EngineInputs:
    programmes = inputs.programmes.copy()
    programmes["happy_factor"] = 1.0
    return inputs._replace(programmes=programmes)


def test_the_lift_comes_from_the_moment_and_from_nothing_else():
    """Planted fault: without a happy factor the ask after a happy moment is an ask like any other."""
    plan = plan_of(SCENARIOS / "happy_moment.yaml", "fast")
    plain = replace(plan, study=plan.study)
    plain.__dict__["inputs"] = {name: without_fading(inputs) for name, inputs in plan.inputs.items()}
    rates = [
        measure_run(plain.record(RunKey("after_happy", r))).scalars["share_rate"].value for r in range(5)
    ]
    base = measured("happy_moment", "after_happy", "share_rate", 5, "fast").mean()
    assert np.mean(rates) < 0.6 * base
