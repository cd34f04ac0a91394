"""Runs in worker processes: the same outcomes for any number of them, and a clean end however it comes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS

from referralsim.errors import RunFailed, UsageError
from referralsim.experiment import parallel
from referralsim.experiment.plan import plan
from referralsim.experiment.result import RunKey
from referralsim.experiment.run import run_experiment
from referralsim.experiment.runner import play_all
from referralsim.experiment.store import save_experiment
from referralsim.scenario.load import load_study

SLOW = """\
import sys
from pathlib import Path
from referralsim.experiment.result import RunKey
from referralsim.experiment.plan import plan
from referralsim.experiment.runner import play_all
from referralsim.scenario.load import load_study
if __name__ == "__main__":
    study = load_study(Path(sys.argv[1]), size=2000)
    ready = plan(study, "reference")
    print("ready", flush=True)
    play_all(ready, [RunKey(d, r) for r in range(500) for d in study.designs], 2, start_method=sys.argv[2])
"""


@pytest.fixture(scope="module")
def ready():
    return plan(load_study(SCENARIOS / "dropbox.yaml", size=400, replications=3))


@pytest.fixture(scope="module")
def keys(ready):
    return [RunKey(design, r) for r in range(3) for design in ready.study.designs]


@pytest.fixture(scope="module")
def alone(ready, keys):
    return play_all(ready, keys, 1)


def same(left, right):
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert (a.key, a.log_digest, a.n_events) == (b.key, b.log_digest, b.n_events)
        np.testing.assert_equal(dict(a.scalars), dict(b.scalars))
        assert list(a.tables) == list(b.tables)
        for name, columns in a.tables.items():
            pd.testing.assert_frame_equal(
                pd.DataFrame(columns), pd.DataFrame(b.tables[name]), check_exact=True
            )
        assert (a.tree is None) == (b.tree is None) == (a.key.replication > 0)


@pytest.mark.parametrize("workers", [2, 3])
def test_outcomes_do_not_depend_on_the_number_of_workers(ready, keys, alone, workers):
    """Forked or not, in any order: a run depends on its key alone."""
    same(alone, play_all(ready, keys, workers))


def test_outcomes_do_not_depend_on_how_workers_are_made(ready, keys, alone):
    """A spawned worker maps the ties from a file; it must see the same graph."""
    same(alone, play_all(ready, keys, 2, start_method="spawn"))


def test_stored_results_are_the_same_bytes_for_any_number_of_workers(ready, tmp_path):
    """What a reader compares are files."""
    folders = [save_experiment(run_experiment(ready, n), tmp_path / str(n)) for n in (1, 3)]
    names = sorted(file.name for file in folders[0].iterdir())
    assert len(names) > 10
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_spawned_workers_are_not_sent_the_ties(ready):
    """The graph travels by the name of a file, which is gone afterwards."""
    with parallel._sendable(ready, forked=False) as sent:
        assert len(sent.plan.graph.neighbours) == 0
        file = sent.graph_file
        received = sent.received()
        assert received.graph.digest() == ready.graph.digest()
        assert not received.graph.neighbours.flags.owndata
    assert not file.exists()


def test_progress_counts_every_run_once(ready, keys):
    """A bar that ends at 100 % and never goes back."""
    seen = []
    play_all(ready, keys, 2, done=lambda n_done, n_all: seen.append((n_done, n_all)))
    assert seen == [(n, len(keys)) for n in range(1, len(keys) + 1)]


def test_no_workers_is_wrong_use(ready, keys):
    """Zero would wait for ever."""
    with pytest.raises(UsageError, match="at least 1"):
        play_all(ready, keys, 0)


def test_a_killed_worker_is_a_clear_failure(ready, keys):
    """The system kills a process that takes too much memory; the rest must end, and say so."""
    before = set(multiprocessing.active_children())

    def kill(n_done, n_all):
        for child in set(multiprocessing.active_children()) - before:
            os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(RunFailed, match="ended from outside"):
        play_all(ready, keys * 40, 2, done=kill)
    assert set(multiprocessing.active_children()) <= before


def test_a_failing_callback_leaves_no_worker(ready, keys):
    """Whatever ends the parent's loop ends the workers."""
    before = set(multiprocessing.active_children())

    def fail(n_done, n_all):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play_all(ready, keys * 40, 2, done=fail)
    assert set(multiprocessing.active_children()) <= before


def test_a_run_that_fails_in_a_worker_says_why(keys):
    """The reason crosses the process boundary whole."""
    study = load_study(SCENARIOS / "dropbox.yaml", size=400, replications=3)
    broken = plan(study)
    with pytest.raises(KeyError, match="no such design"):
        play_all(broken, [keys[0], *[RunKey("no such design", r) for r in range(4)]], 2)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_no_worker_outlives_its_parent(tmp_path, method, signal_number):
    """Ctrl-C reaches the whole group; a kill only the parent. Either way all of them end, in silence."""
    script = tmp_path / "slow.py"
    script.write_text(SLOW, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(SCENARIOS / "dropbox.yaml"), method],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    wait_for(lambda: len(group(process.pid)) >= 3)
    time.sleep(0.3)
    if signal_number == signal.SIGINT:
        os.killpg(process.pid, signal_number)
    else:
        os.kill(process.pid, signal_number)
    errors = process.communicate(timeout=30)[1]
    wait_for(lambda: not group(process.pid))
    assert process.returncode == -signal_number
    assert errors.count("Traceback") <= 1  # the parent's own: this script does not catch it
    assert "Process-" not in errors
    assert "ForkProcess" not in errors


def group(leader: int) -> list[int]:
    """Return the living processes of a session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
