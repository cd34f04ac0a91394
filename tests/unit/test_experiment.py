"""Experiments: paired comparison, workers, storage, thresholds, provenance."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys

import pandas as pd
import pytest
from worlds import plan_of, write

from referralsim.errors import UsageError
from referralsim.experiment import store
from referralsim.experiment.compare import compare, estimate
from referralsim.experiment.run import run_experiment
from referralsim.experiment.store import ResultsError, load_experiment, save_experiment
from referralsim.experiment.thresholds import missed
from referralsim.report.build import build_report
from referralsim.scenario.schema import Threshold

TWO = """
referralsim: 1
name: two
question: Which?
horizon: 60 d
population: {size: 200, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 20}}
programmes:
  refer: {asks: [{trigger: signup}], share: 50 %, rewards: {referrer: {value: 5.00}}}
replications: 3
designs:
  alpha: {}
  beta: {programmes: {refer: {share: 80 %}}}
"""


def frame(measure, **values):
    rows = [(d, r, measure, v, 1) for d, vs in values.items() for r, v in enumerate(vs)]
    return pd.DataFrame(rows, columns=["design", "replication", "measure", "value", "n"])


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    return run_experiment(plan_of(write(tmp_path_factory.mktemp("two"), TWO), "fast"), workers=1)


def test_cheaper_is_better_and_the_chance_says_so():
    row = compare(frame("reward_cost", a=[1.0, 1.1, 1.2], b=[5.0, 5.2, 5.1])).iloc[0]
    assert row["difference"] == pytest.approx(-4.0)
    assert row["p_a_better"] > 0.99
    assert row["verdict"] == "a better"


def test_more_is_better_and_the_chance_says_so():
    row = compare(frame("customers", a=[1.0, 1.1, 1.2], b=[5.0, 5.2, 5.1])).iloc[0]
    assert row["p_a_better"] < 0.01
    assert row["verdict"] == "b better"


def test_pairs_are_pairs():
    """Alternating worlds differ by 100, designs by 1 in each: only a paired comparison sees it."""
    a = [1.0, 101.0, 1.0, 101.0, 1.2, 101.0]
    row = compare(frame("customers", a=a, b=[x - 1 for x in a])).iloc[0]
    assert row["low"] == pytest.approx(1.0)
    assert row["verdict"] == "a better"


def test_estimates_are_95_percent_intervals():
    row = estimate(frame("customers", a=[1.0, 2.0, 3.0])).iloc[0]
    assert row["high"] == pytest.approx(4.4841, abs=1e-4)
    assert (row["mean"], row["n"]) == (2.0, 3)


def test_workers_change_nothing(tmp_path, experiment):
    two = run_experiment(plan_of(write(tmp_path, TWO), "fast"), workers=2)
    assert two.digests == experiment.digests
    pd.testing.assert_frame_equal(two.runs, experiment.runs)
    pd.testing.assert_frame_equal(two.comparisons, experiment.comparisons)
    for name, table in experiment.tables.items():
        pd.testing.assert_frame_equal(two.tables[name], table)


def test_every_replication_is_another_run(experiment):
    assert list(experiment.runs["design"].unique()) == ["alpha", "beta"]
    assert [len(set(digests)) for digests in experiment.digests.values()] == [3, 3]


def test_engines_give_the_same_experiment(tmp_path, experiment):
    other = run_experiment(plan_of(write(tmp_path, TWO), "reference"), workers=1)
    assert other.digests == experiment.digests
    pd.testing.assert_frame_equal(other.runs, experiment.runs)


def test_more_replications_extend_the_earlier_ones(tmp_path, experiment):
    more = run_experiment(plan_of(write(tmp_path, TWO.replace("replications: 3", "replications: 5")), "fast"))
    assert all(more.digests[d][:3] == experiment.digests[d] for d in experiment.digests)


def test_what_is_stored_is_what_is_read(experiment, tmp_path):
    save_experiment(experiment, tmp_path)
    back = load_experiment(tmp_path)
    for name in ("runs", "estimates", "comparisons"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(experiment, name))
    assert list(back.tables) == list(experiment.tables)
    for name, table in experiment.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table)
    first = build_report(experiment, tmp_path / "x")
    again = build_report(back, tmp_path / "y")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_results_are_replaced_as_a_whole(experiment, tmp_path):
    save_experiment(experiment, tmp_path)
    save_experiment(experiment, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "not json", '{"format": 1}'])
def test_broken_results_are_refused_with_a_sentence(tmp_path, text):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "experiment.json").write_text(text)
    with pytest.raises(ResultsError, match="results"):
        load_experiment(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 3),
        ("question", None),
        ("horizon_days", "60"),
        ("horizon_days", -1.0),
        ("replications", 0),
        ("replications", 2.5),
        ("designs", ["alpha"]),
        ("designs", {"alpha": {}}),
        ("digests", {"alpha": [1], "beta": ["x"]}),
        ("digests", ["alpha"]),
        ("sources", {"a": 1}),
        ("population", "many"),
        ("provenance", []),
        ("level", "some"),
        ("tables", 5),
        ("colour", "red"),
    ],
)
def test_stored_values_of_another_type_are_refused_by_name(experiment, tmp_path, name, value):
    plain = save_experiment(experiment, tmp_path) / "experiment.json"
    stored = json.loads(plain.read_text())
    plain.write_text(json.dumps(stored | {name: value}))
    with pytest.raises(ResultsError, match=r"cannot be read: (?s:.)+") as raised:
        load_experiment(tmp_path)
    assert name in str(raised.value) or name == "tables"
    assert raised.value.exit_code == 1


@pytest.mark.parametrize(
    ("frame", "change", "words"),
    [
        ("runs", lambda f: f.assign(value="much"), "runs.value must hold numbers"),
        ("runs", lambda f: f.drop(columns="n"), "runs has no column 'n'"),
        ("estimates", lambda f: f.assign(measure=1), "estimates.measure must hold text"),
        ("tables-0", lambda f: f.drop(columns="replication"), "has no column 'replication'"),
    ],
)
def test_stored_tables_of_another_kind_are_refused_by_name(experiment, tmp_path, frame, change, words):
    file = save_experiment(experiment, tmp_path) / f"{frame}.parquet"
    change(pd.read_parquet(file)).to_parquet(file)
    with pytest.raises(ResultsError, match=words):
        load_experiment(tmp_path)


def test_results_of_before_there_were_levels_are_read(experiment, tmp_path):
    plain = save_experiment(experiment, tmp_path) / "experiment.json"
    stored = json.loads(plain.read_text())
    del stored["level"]
    plain.write_text(json.dumps(stored))
    assert load_experiment(tmp_path).level == "full"


def dead_process() -> int:
    """Return the number of a process that was."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can be asked there whether they live")
def test_leftovers_of_a_killed_save_are_swept_and_nothing_else_is(experiment, tmp_path):
    dead, alive = dead_process(), os.getppid()
    gone = [f".results.{dead}.partial", f".results.{dead}.old", f".results.{os.getpid()}.partial"]
    kept = [f".results.{alive}.partial", f".results.{dead}.mine", ".results.x.old", f".results.{dead}1x.old"]
    for name in (*gone, *kept):
        (tmp_path / name).mkdir()
        (tmp_path / name / "runs.parquet").write_text("half")
    theirs = tmp_path / f".results.0{dead}.partial"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("precious")
    save_experiment(experiment, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"results", theirs.name, *kept}


def test_results_that_a_killed_save_had_put_aside_come_back(experiment, tmp_path, monkeypatch):
    """Killed between the two moves, and the next save fails too: the results of before are still there."""
    save_experiment(experiment, tmp_path)
    (tmp_path / "results").rename(tmp_path / f".results.{dead_process()}.old")

    def full(*_):
        raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: ...")

    monkeypatch.setattr(store, "_write", full)
    with pytest.raises(ResultsError, match=f"cannot write results to .*: {os.strerror(errno.ENOSPC)}$"):
        save_experiment(experiment, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert load_experiment(tmp_path).digests == experiment.digests


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no results"):
        load_experiment(tmp_path)


@pytest.mark.parametrize(
    ("limits", "n_missed"),
    [
        ({"at_least": 1}, 0),
        ({"at_least": 1e6}, 2),
        ({"at_most": 1}, 2),
        ({"at_least": 1e6, "design": "beta"}, 1),
        ({"at_least": 1e6, "design": "not played"}, 0),
    ],
)
def test_thresholds(experiment, limits, n_missed):
    assert len(missed(experiment, (Threshold(measure="customers", **limits),))) == n_missed


def test_an_undefined_measure_misses_its_threshold(experiment):
    found = missed(experiment, (Threshold(measure="roi", at_least=-1e9, design="alpha"),))
    value = experiment.values("alpha", "roi").mean()
    assert bool(found) == math.isnan(value)


def test_money_thresholds_are_in_major_units(experiment):
    cents = experiment.values("alpha", "reward_paid").mean()
    assert cents > 100
    assert not missed(
        experiment, (Threshold(measure="reward_paid", at_most=cents / 100 + 1, design="alpha"),)
    )
    assert missed(experiment, (Threshold(measure="reward_paid", at_most=cents / 100 - 1, design="alpha"),))


def test_provenance_sees_every_design(tmp_path, experiment):
    other = plan_of(write(tmp_path, TWO.replace("80 %", "81 %")), "fast")
    found = run_experiment(other, workers=1).provenance
    assert found["study_digest"] != experiment.provenance["study_digest"]
    assert found["graph_digest"] == experiment.provenance["graph_digest"]


def test_unknown_names_are_errors(experiment):
    with pytest.raises(KeyError):
        experiment.values("alpha", "nonsense")
    with pytest.raises(KeyError):
        experiment.values("gamma", "customers")


def test_no_worker_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="at least 1"):
        run_experiment(plan_of(write(tmp_path, TWO), "fast"), workers=0)
