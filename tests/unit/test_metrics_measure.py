"""The whole set of measures: every name, no made-up number, the same answer every time."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from helpers_logs import Story, forest
from worlds import play, write

from referralsim.eventlog.kinds import Kind, Loop, in_order
from referralsim.measures import MEASURES, glossary_page
from referralsim.metrics.measure import measure_run

RECORDS = {
    "nobody": Story().record(),
    "seeds only": forest([-1, -1, -1]),
    "one tree": forest([-1, 0, 0, 1, 3]),
    "all late": forest([-1, 0], days=[99.0, 99.5]),
    "at once": forest([-1, 0, 1], days=[0.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("name", RECORDS)
def test_every_defined_measure_is_given_and_nothing_else(name):
    assert list(measure_run(RECORDS[name]).scalars) == list(MEASURES)


@pytest.mark.parametrize("name", RECORDS)
def test_undefined_is_nan_with_no_observations_and_only_then(name):
    for measure, scalar in measure_run(RECORDS[name]).scalars.items():
        assert math.isnan(scalar.value) == (scalar.n == 0), measure
        assert not math.isinf(scalar.value), measure


def test_without_customers_ratios_are_undefined_and_counts_are_zero():
    found = measure_run(RECORDS["nobody"]).scalars
    undefined = {name for name, scalar in found.items() if scalar.n == 0}
    assert {"k_offspring", "k_basic", "ltv", "amplification", "cac_gross", "share_rate"} <= undefined
    assert found["customers"][:2] == (0.0, 1)


def test_k_of_loops_adds_up():
    found = measure_run(RECORDS["one tree"]).scalars
    parts = ("k_programme", "k_organic", "k_word_of_mouth")
    assert sum(found[part].value for part in parts) == pytest.approx(found["k_offspring"].value)
    assert found["k_offspring"].value == pytest.approx(4 / 5)


def test_k_of_the_first_two_generations():
    """One brought two, who brought three, who brought one."""
    found = measure_run(forest([-1, 0, 0, 1, 1, 2, 3])).scalars
    assert found["k_generation_0"][:2] == (2.0, 1)
    assert found["k_generation_1"][:2] == (3 / 2, 2)


def test_what_was_told_well_and_badly():
    story = Story(9)
    for friend, balance in enumerate((1, 1, 1, 1, -1), start=1):
        story.add(Kind.TOLD, 3.0, 0, target=friend, loop=Loop.WORD_OF_MOUTH, channel=0, amount_cents=balance)
    found = measure_run(story.record()).scalars
    assert (found["told_well"][:2], found["told_badly"][:2]) == ((4.0, 1), (1.0, 1))


def test_fresh_contacts_have_no_penetration():
    record = forest([-1, 0])._replace(limited_graph=False)
    run = measure_run(record)
    assert run.scalars["penetration"].n == 0
    assert run.tables["k_t"]["penetration"].isna().all()


@pytest.mark.parametrize("name", RECORDS)
def test_tables_have_the_promised_columns_even_when_empty(name):
    promised = {
        "generation": {"generation", "customers", "k"},
        "cohort": {"cohort_start_days", "customers", "k_offspring"},
        "k_t": {"day", "penetration", "k"},
        "k_by": {"split", "part", "k"},
        "funnel": {"loop", "channel", "step", "count"},
        "adoption": {"day", "loop", "customers"},
        "cascade_size": {"size", "trees"},
        "cycle_time": {"days_low", "days_high", "count"},
        "money": {"side", "state", "amount"},
    }
    run = measure_run(RECORDS[name])
    for table, columns in promised.items():
        assert columns <= set(run.tables[table].columns), table
    assert {"person", "parent", "joined_days", "generation", "loop", "channel"} <= set(run.tree.columns)


@pytest.mark.parametrize("name", RECORDS)
def test_rows_of_tables_are_numbered_from_0(name):
    """Tables are put together from parts; doubled labels would give two rows where one is asked for."""
    for table, frame in measure_run(RECORDS[name]).tables.items():
        assert frame.index.tolist() == list(range(len(frame))), table


def test_tables_of_nobody_have_the_same_types_as_others():
    """Else tables stacked over replications would change their types by chance."""
    nobody, some = (measure_run(RECORDS[name]).tables for name in ("nobody", "one tree"))
    for name in ("generation", "cohort", "k_t", "k_by", "cascade_size", "cycle_time", "money"):
        assert nobody[name].dtypes.to_dict() == some[name].dtypes.to_dict(), name


def test_same_record_same_numbers():
    first, second = (measure_run(forest([-1, 0, 0, 1, 3, -1, 5])) for _ in range(2))
    assert repr(first.scalars) == repr(second.scalars)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name], check_exact=True)


def test_a_larger_window_can_only_raise_k():
    record = forest([-1, 0, 0, 1, 3, 2, 2, 0], days=[0, 5, 10, 12, 14, 20, 35, 40])
    values = [measure_run(record, window).scalars["k_offspring"].value for window in (4, 12, 30, 50)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_the_window_is_the_records_or_half_the_horizon():
    """It was cut at 90 days, so that two years of a slow product were read through one quarter."""
    days = [0.0, 120.0, 250.0]  # the first customer brings one friend after 120 days, one after 250
    plain = forest([-1, 0, 0], days, horizon=730.0)
    assert measure_run(plain).window_days == 365.0
    assert measure_run(plain).scalars["k_offspring"].value == pytest.approx(2 / 3)
    named = measure_run(plain._replace(window_days=200.0))
    assert named.window_days == 200.0
    assert named.scalars["k_offspring"].value == pytest.approx(1 / 3)
    assert measure_run(plain._replace(window_days=200.0), 365.0).window_days == 365.0


def test_a_scenarios_window_reaches_the_measures(tmp_path):
    text = "referralsim: 1\nhorizon: 20 d\nwindow: 4 d\nreplications: 1\npopulation: {size: 150}\n"
    path = write(tmp_path, text)
    assert measure_run(play(path)).window_days == 4.0
    assert measure_run(play(path, sets=["window=null"])).window_days == 10.0


def test_order_of_the_log_within_a_kind_is_all_that_counts():
    record = forest([-1, 0, 0, 1])
    again = record._replace(log=in_order(record.log[::-1]))
    assert repr(measure_run(record).scalars) == repr(measure_run(again).scalars)


def test_definitions_are_complete_and_stand_in_the_glossary():
    page = glossary_page()
    for name, measure in MEASURES.items():
        assert name == measure.name
        assert measure.title
        assert measure.definition.endswith((".", "?")), name
        assert measure.estimator.endswith("."), name
        assert measure.better in ("higher", "lower", "none")
        assert measure.needs in ("summary", "joins", "full")
        assert f"### `{name}`" in page
        assert measure.definition in page
    assert len({measure.title for measure in MEASURES.values()}) == len(MEASURES)
