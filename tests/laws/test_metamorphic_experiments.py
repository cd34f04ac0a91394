"""Laws of experiments: equal designs do not differ at all, and more work never changes what is known."""

from __future__ import annotations

import pandas as pd
import pytest

from referralsim.experiment import plan as plan_module
from referralsim.experiment.result import Experiment
from referralsim.experiment.rows import Rows
from referralsim.experiment.run import run_experiment
from referralsim.measures import MEASURES, PAIRED
from tests.helpers_laws import falls
from tests.worlds import plan_of, write

TWINS = """
referralsim: 1
name: twins
horizon: 100 d
seed: 11
population: {{size: 250, graph: {{small_world: {{mean_degree: 8}}}}, households: {{size: 2}}}}
acquisition:
  initial: {{customers: 25}}
  organic: {{rate: 0.2 per day}}
  paid: {{rate: 0.1 per day, cost: 9.00}}
product:
  use: {{rate: 0.3 per day}}
  moments: {{happy: 30 %, unhappy: 10 %}}
  purchases: {{rate: 2 per month, basket: {{lognormal: {{mean: 40.00, sd: 20.00}}}}, margin: 40 %,
    refund: {{probability: 5 %, delay: 5 d}}}}
  churn: {{rate: 4 % per month}}
loops:
  word_of_mouth: {{probability: 10 %, invites: 1, channel: link}}
programmes:
  friends:
    asks: [{{trigger: happy_moment}}]
    share: 30 %
    contact: {{invites: 2, channel: link, cooldown: 60 d}}
    rewards: {{referrer: {{value: 8.00}}, referee: {{value: 5.00}}}}
    hold: 7 d
channels: {{link: {{signed_up: {{probability: 40 %}}}}}}
replications: {replications}
designs:
  one: {{product: {{brand: 0.6}}}}
  other: {{programmes: {{friends: {{share: {share}}}}}}}
  twin: {{product: {{brand: 0.6}}}}
"""


def experiment(folder, engine="fast", workers=1, replications=4, share="60 %", kept=None) -> Experiment:
    text = TWINS.format(replications=replications, share=share)
    ready = plan_of(write(folder, text, f"{replications}.yaml"), engine)
    if not kept:
        return run_experiment(ready, workers=workers)
    rows = Rows(folder, ready)
    try:
        return run_experiment(ready, workers=workers, kept=rows)
    finally:
        rows.close()


# ------------------------------------------------------------------------------- equal designs


def check_twins(folder, engine):
    found = experiment(folder, engine)
    between = found.comparisons.query("a == 'one' and b == 'twin'")
    assert set(between["measure"]) == set(MEASURES)
    known = between[between["n"] > 0]
    assert {*PAIRED, "k_offspring", "customers", "reward_cost"} <= set(known["measure"])
    for column in ("difference", "low", "high"):
        values = known[column].dropna()
        assert (values == 0.0).all(), (column, known.loc[values[values != 0.0].index])
    assert not between["verdict"].str.contains("better").any()
    moved = found.comparisons.query("a == 'one' and b == 'other' and measure == 'customers'")
    assert moved["difference"].iloc[0] != 0.0
    for table in found.tables.values():
        one, twin = (
            table[table["design"] == name].drop(columns="design").reset_index(drop=True)
            for name in ("one", "twin")
        )
        pd.testing.assert_frame_equal(one, twin, check_exact=True)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_equal_designs_differ_by_exactly_nothing(tmp_path, engine):
    """Two designs that say the same: every measure, those of the paired world without programmes
    included, differs by 0.0 with an interval of no width, no verdict says "better", and every table is
    equal to the last bit.

    Breaks if the name or place of a design is part of its luck, or a measure remembers another run.
    """
    check_twins(tmp_path, engine)


def test_luck_of_its_own_for_each_design_breaks_that_law(tmp_path, monkeypatch):
    plain = plan_module.Plan.world

    def world(self, key):
        inputs, seed = plain(self, key)
        return inputs, seed + len(key.design)

    monkeypatch.setattr(plan_module.Plan, "world", world)
    assert falls(check_twins, [(tmp_path, "fast")])


# ------------------------------------------------------------------------------- more replications


def known(found, n):
    """Return what is known of the first n replications."""
    runs = found.runs[found.runs["replication"] < n].drop(columns="pooled")
    tables = {
        name: table[table["replication"] < n].reset_index(drop=True) for name, table in found.tables.items()
    }
    return runs.reset_index(drop=True), tables, {d: values[:n] for d, values in found.digests.items()}


def check_extends(short, long, n):
    assert long.replications > short.replications >= n
    (runs, tables, digests), (more_runs, more_tables, more_digests) = known(short, n), known(long, n)
    pd.testing.assert_frame_equal(more_runs, runs, check_exact=True)
    assert more_digests == digests
    assert more_tables.keys() == tables.keys()
    for name, table in tables.items():
        pd.testing.assert_frame_equal(more_tables[name], table, check_exact=True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("is_kept", [False, True])
def test_more_replications_change_no_earlier_one(tmp_path, workers, is_kept):
    """Three replications, then seven, played anew or going on from the rows on disk, by one process or
    two: runs, measures, tables and digests of the first three stay to the last bit.

    Breaks if a replication's luck depends on how many there are, on who played it or on what was before.
    """
    short = experiment(tmp_path, replications=3, workers=1, kept=is_kept)
    long = experiment(tmp_path, replications=7, workers=workers, kept=is_kept)
    check_extends(short, long, 3)
    whole = experiment(tmp_path, replications=7)
    pd.testing.assert_frame_equal(long.runs, whole.runs, check_exact=True)
    pd.testing.assert_frame_equal(long.comparisons, whole.comparisons, check_exact=True)


def test_luck_that_knows_how_many_there_are_breaks_that_law(tmp_path, monkeypatch):
    plain = plan_module.Plan.world

    def world(self, key):
        inputs, seed = plain(self, key)
        return inputs, seed ^ self.study.base.replications

    monkeypatch.setattr(plan_module.Plan, "world", world)
    found = [experiment(tmp_path, replications=n) for n in (3, 7)]
    assert falls(check_extends, [(*found, 3)])
