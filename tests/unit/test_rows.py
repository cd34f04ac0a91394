"""Runs on disk: what is read is what was played, whatever a killed process has left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from worlds import plan_of, write

from referralsim.errors import RunFailed, UsageError
from referralsim.experiment import runner
from referralsim.experiment.busy import alone_in
from referralsim.experiment.packing import pack, unpack
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey, failed_outcome
from referralsim.experiment.rows import FILE, Rows, RowsError
from referralsim.experiment.run import run_experiment
from referralsim.experiment.store import save_experiment

THREE = """
referralsim: 1
name: three
horizon: 40 d
population: {size: 150, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 20}}
programmes:
  refer: {asks: [{trigger: signup}], share: 50 %, rewards: {referrer: {value: 5.00}}}
replications: 3
designs:
  none: {programmes: {refer: {enabled: false}}}
  alpha: {}
  beta: {programmes: {refer: {share: 80 %}}}
"""
FRESH = """
referralsim: 1
name: growing
horizon: 60 d
population: {graph: fresh_contacts}
acquisition: {initial: {customers: 5}}
product: {use: {rate: 1 per day}}
loops: {collaboration: {probability: 2 %, invites: 2}}
channels: {link: {signed_up: {probability: 60 %}}}
replications: 6
"""


@pytest.fixture
def plan(tmp_path):
    return plan_of(write(tmp_path, THREE), "fast")


@pytest.fixture
def played(monkeypatch):
    """Every run that an engine plays, the worlds without programmes among them."""
    seen = []
    play = Plan._record

    def counted(self, scenario, inputs, seed):
        seen.append((scenario.name, seed))
        return play(self, scenario, inputs, seed)

    monkeypatch.setattr(Plan, "_record", counted)
    return seen


def keep(plan, folder, fresh=False, **options):
    folder.mkdir(exist_ok=True)
    with closing(Rows(folder, plan, fresh)) as rows:
        experiment = run_experiment(plan, workers=1, kept=rows, **options)
        names = plan.study.designs
        rows.tidy([RunKey(name, r) for name in names for r in range(experiment.replications)])
    return experiment


def stored(experiment, folder):
    return {file.name: file.read_bytes() for file in save_experiment(experiment, folder).iterdir()}


def test_an_outcome_survives_to_the_last_bit(plan):
    for replication in (0, 1):
        outcome = plan.outcome(RunKey("beta", replication))
        back = unpack(pack(outcome), outcome.key)
        assert back._replace(tables={}, tree=None, scalars={}) == outcome._replace(
            tables={}, tree=None, scalars={}
        )
        np.testing.assert_equal(dict(back.scalars), dict(outcome.scalars))
        assert list(back.scalars) == list(outcome.scalars)
        assert list(back.tables) == list(outcome.tables)
        for name, columns in outcome.tables.items():
            assert list(back.tables[name]) == list(columns)
            for column, values in columns.items():
                assert back.tables[name][column].dtype == values.dtype
                np.testing.assert_array_equal(back.tables[name][column], values)
        if outcome.tree is None:
            assert back.tree is None
        else:
            pd.testing.assert_frame_equal(back.tree, outcome.tree)


def test_runs_that_are_there_are_not_played_again_and_the_bytes_are_the_same(plan, tmp_path, played):
    first = stored(keep(plan, tmp_path / "a"), tmp_path / "x")
    rows = (tmp_path / "a" / FILE).read_bytes()
    n_first = len(played)
    again = stored(keep(plan, tmp_path / "a"), tmp_path / "y")
    assert n_first == 9  # `none` is the world that the others are held against
    assert len(played) == n_first
    assert again == first
    assert (tmp_path / "a" / FILE).read_bytes() == rows
    keep(plan, tmp_path / "a", fresh=True)
    assert len(played) == 2 * n_first


def test_a_changed_design_is_played_again_and_no_other(tmp_path, played):
    keep(plan_of(write(tmp_path, THREE), "fast"), tmp_path / "a")
    played.clear()
    other = plan_of(write(tmp_path, THREE.replace("80 %", "70 %"), "other.yaml"), "fast")
    found = stored(keep(other, tmp_path / "a"), tmp_path / "x")
    assert len(played) == 6  # three runs, and three worlds without programmes to hold them against
    assert found == stored(run_experiment(other, workers=1), tmp_path / "y")


def test_a_changed_world_without_programmes_leaves_the_others_alone(tmp_path, played):
    """`none` is then no longer the world the others are held against, and they are what they were."""
    keep(plan_of(write(tmp_path, THREE), "fast"), tmp_path / "a")
    played.clear()
    changed = THREE.replace("none: {", "none: {product: {use: {rate: 9 per week}}, ")
    other = plan_of(write(tmp_path, changed, "other.yaml"), "fast")
    found = stored(keep(other, tmp_path / "a"), tmp_path / "x")
    assert len(played) == 3
    assert found == stored(run_experiment(other, workers=1), tmp_path / "y")


def test_names_of_designs_and_thresholds_are_no_reason_to_play_again(tmp_path, played):
    keep(plan_of(write(tmp_path, THREE), "fast"), tmp_path / "a")
    played.clear()
    text = THREE.replace("beta:", "gamma:") + "thresholds: [{measure: customers, at_least: 1}]\n"
    keep(plan_of(write(tmp_path, text, "other.yaml"), "fast"), tmp_path / "a")
    assert played == []


@pytest.mark.parametrize("change", ["seed: 2", "horizon: 41 d"])
def test_another_world_is_played_anew(tmp_path, played, change):
    keep(plan_of(write(tmp_path, THREE), "fast"), tmp_path / "a")
    played.clear()
    key = change.partition(":")[0]
    lines = [line for line in THREE.splitlines() if not line.startswith(key)]
    keep(plan_of(write(tmp_path, "\n".join([*lines, change]), "other.yaml"), "fast"), tmp_path / "a")
    assert len(played) == 9


def test_more_replications_extend(tmp_path, played):
    keep(plan_of(write(tmp_path, THREE), "fast"), tmp_path / "a")
    played.clear()
    more = plan_of(write(tmp_path, THREE.replace("replications: 3", "replications: 5"), "more.yaml"), "fast")
    found = stored(keep(more, tmp_path / "a"), tmp_path / "x")
    assert len(played) == 6
    assert found == stored(run_experiment(more, workers=1), tmp_path / "y")


def test_progress_counts_what_is_there_as_done(plan, tmp_path):
    keys = [RunKey(name, r) for r in range(3) for name in plan.study.designs]
    seen = []
    with closing(Rows(tmp_path, plan)) as rows:
        runner.play_all(plan, keys[:4], 1, kept=rows)
        runner.play_all(plan, keys, 1, lambda n, m: seen.append((n, m)), kept=rows)
    assert seen == [(n, 9) for n in range(4, 10)]


def test_a_torn_tail_is_cut_wherever_it_tears(plan, tmp_path):
    """Cut at every kind of place: whole rows come back, the torn one does not, and the file goes on well."""
    keys = [RunKey("alpha", r) for r in range(3)]
    with closing(Rows(tmp_path, plan)) as rows:
        outcomes = runner.play_all(plan, keys, 1, kept=rows)
        ends = [sum(place) for place in rows._places.values()]
    whole = (tmp_path / FILE).read_bytes()
    for cut in (0, 1, 7, 15, 16, 47, ends[0] - 1, ends[0], ends[0] + 3, ends[1] + 20, ends[2] - 1):
        (tmp_path / FILE).write_bytes(whole[:cut])
        with closing(Rows(tmp_path, plan)) as rows:
            there = [rows.get(key) is not None for key in keys]
            assert there == [end <= cut for end in ends]
            for outcome in outcomes[sum(there) :]:
                rows.add(outcome)
        assert (tmp_path / FILE).read_bytes() == whole


def test_a_flipped_bit_is_no_row(plan, tmp_path):
    with closing(Rows(tmp_path, plan)) as rows:
        runner.play_all(plan, [RunKey("alpha", 0)], 1, kept=rows)
    bytes_ = bytearray((tmp_path / FILE).read_bytes())
    bytes_[200] ^= 1
    (tmp_path / FILE).write_bytes(bytes_)
    with closing(Rows(tmp_path, plan)) as rows:
        assert rows.get(RunKey("alpha", 0)) is None
    assert not (tmp_path / FILE).exists()  # it was cut off with what is torn, and nothing was left


def test_somebody_elses_file_is_never_touched(plan, tmp_path):
    (tmp_path / FILE).write_text("thesis")
    for fresh in (False, True):
        with pytest.raises(UsageError, match="holds no runs of ours"):
            Rows(tmp_path, plan, fresh)
    assert (tmp_path / FILE).read_text() == "thesis"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_costs_no_row(plan, tmp_path, monkeypatch):
    outcome = plan.outcome(RunKey("alpha", 0))
    with closing(Rows(tmp_path, plan)) as rows:
        rows.add(outcome)
        size = (tmp_path / FILE).stat().st_size
        real = rows._stream

        class Full:
            def write(self, data):
                if real.tell() < size + 100:
                    return real.write(data[:100])
                raise OSError(28, "No space left on device")

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(rows, "_stream", Full())
        with pytest.raises(RowsError, match="No space left on device"):
            rows.add(outcome._replace(key=RunKey("alpha", 1)))
        assert (tmp_path / FILE).stat().st_size == size


def test_a_failed_run_is_a_row_that_is_tried_again(plan, tmp_path):
    key = RunKey("alpha", 0)
    with closing(Rows(tmp_path, plan)) as rows:
        rows.add(failed_outcome(key, "too many"))
        assert rows.get(key) is None
    assert (tmp_path / FILE).stat().st_size > 0


def test_a_failed_replication_stops_no_other_and_is_nan(tmp_path, monkeypatch, played):
    """Fresh contacts past the limit in some replications: NaN there, the error kept, and tried again."""
    plan = plan_of(write(tmp_path, FRESH), "fast")
    customers = run_experiment(plan, workers=1).values("base", "customers")
    limit = int(customers.sort_values().iloc[3])
    small = plan_of(write(tmp_path, FRESH, "small.yaml"), "fast")
    monkeypatch.setitem(
        small.__dict__,
        "inputs",
        {name: inputs._replace(max_people=limit) for name, inputs in small.inputs.items()},
    )
    experiment = keep(small, tmp_path / "a")
    failed = [row["replication"] for row in experiment.failures]
    assert 0 < len(failed) < 6
    assert all("more than" in row["error"] for row in experiment.failures)
    values = experiment.values("base", "customers")
    assert [r for r in range(6) if np.isnan(values[r])] == failed
    assert [r for r, digest in enumerate(experiment.digests["base"]) if digest == ""] == failed
    played.clear()
    assert keep(small, tmp_path / "a").failures == experiment.failures
    assert len(played) == len(failed)


def test_if_every_run_fails_so_does_the_experiment(tmp_path, monkeypatch):
    plan = plan_of(write(tmp_path, FRESH, "none.yaml"), "fast")
    inputs = {name: inputs._replace(max_people=5) for name, inputs in plan.inputs.items()}
    monkeypatch.setitem(plan.__dict__, "inputs", inputs)
    with pytest.raises(RunFailed, match=r"every run failed: .*more than 5 people"):
        run_experiment(plan, workers=1)


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_a_second_process_is_refused_and_a_killed_one_holds_nobody_up(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from referralsim.experiment.busy import alone_in\n"
        "with alone_in(Path(sys.argv[1])):\n    print('in', flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "in\n"
        with pytest.raises(UsageError, match=f"process {process.pid} is at work"), alone_in(tmp_path):
            pass
        process.kill()
    assert (tmp_path / ".busy").exists()
    with alone_in(tmp_path):
        assert (tmp_path / ".busy").read_text() == f"{os.getpid()}\n"
    assert list(tmp_path.iterdir()) == []
