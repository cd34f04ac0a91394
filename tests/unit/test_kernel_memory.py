"""Memory of a run: what is reckoned, what is refused, and what the refusal says would fit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from referralsim.engine import kernel_memory, memory
from referralsim.engine.contract import GraphKind
from referralsim.engine.fast import FastEngine
from referralsim.engine.kernel_more import BOND, GRANT, MORE, SCORE
from referralsim.engine.kernel_state import PERSON, RELATION
from referralsim.errors import RunFailed
from referralsim.eventlog.record import LEVELS
from tests import helpers_inputs as worlds


def test_sizes_reckoned_are_the_sizes_used():
    """The reckoning is done before the kernel is loaded and so has sizes of its own."""
    assert PERSON.itemsize == memory.PERSON_BYTES
    assert RELATION.itemsize == memory.RELATION_BYTES
    assert MORE.itemsize == memory.MORE_BYTES
    assert BOND.itemsize == memory.BOND_BYTES
    assert SCORE.itemsize == memory.SCORE_BYTES
    assert GRANT.itemsize == memory.GRANT_BYTES


def test_grammar_costs_memory_only_where_it_is_used():
    """A plain world has no second record a person; one reminder, and it has."""
    plain = worlds.rich_inputs(500, int(GraphKind.TIES))
    programmes = plain.programmes.copy()
    programmes["remind_probability"][1, 0] = 0.1
    full = plain._replace(programmes=programmes)
    sizes = []
    for inputs in (plain, full):
        world = kernel_memory.world_of(inputs, 1, -1, False, False)
        sizes.append(len(kernel_memory.new_state(inputs, world, False).more))
    assert sizes == [1, 500]
    assert memory.estimate_memory(full, "summary") > memory.estimate_memory(plain, "summary") + 500 * 128


def test_more_people_longer_runs_and_fuller_records_need_more():
    """An estimate that forgets people, ties, time or the log would not grow with it."""
    inputs = worlds.rich_inputs(2000, int(GraphKind.TIES))
    by_level = [memory.estimate_memory(inputs, level) for level in LEVELS]
    assert by_level == sorted(by_level, reverse=True)
    assert len(set(by_level)) == 3
    full = by_level[0]
    assert memory.estimate_memory(worlds.rich_inputs(4000, int(GraphKind.TIES)), "full") > 1.6 * full
    assert memory.estimate_memory(inputs._replace(horizon_days=10 * inputs.horizon_days), "full") > 1.5 * full


def test_a_run_that_cannot_fit_is_refused_before_it_starts():
    """The refusal names how many people would fit, and that many do."""
    inputs = worlds.make_inputs(100_000)
    with pytest.raises(RunFailed, match=r"100,000 people need at least .* MiB .* about 25,000 people"):
        memory.refuse_start(inputs, "summary", 2 * 2**20)
    memory.refuse_start(worlds.make_inputs(25_000), "summary", 2 * 2**20)


def test_a_log_that_outgrows_memory_is_refused_with_a_cure(monkeypatch):
    """Nothing is half-written: the run ends with what would fit instead."""
    inputs = worlds.make_inputs(1000)
    monkeypatch.setattr(memory, "available_memory", lambda: 2**21)
    with pytest.raises(RunFailed, match=r"by day 50\.0 of 100 .*level joins would fit.* people"):
        memory.refuse_growth(inputs, "full", 2**22, 50.0)


def test_the_engine_asks_before_it_starts_and_when_it_grows(monkeypatch):
    """A check that nobody calls refuses nothing."""
    inputs = worlds.rich_inputs(100, int(GraphKind.TIES))
    with monkeypatch.context() as patched:
        patched.setattr(memory, "available_memory", lambda: 1000)
        with pytest.raises(RunFailed, match="need at least"):
            FastEngine().run(inputs, 1)
    with monkeypatch.context() as patched:
        patched.setattr(memory, "available_memory", lambda: 2**24)
        patched.setattr(kernel_memory, "bytes_to_grow", lambda *_: 2**30)
        with pytest.raises(RunFailed, match="the run needs"):
            FastEngine(small_memory=True).run(inputs, 1)


def test_a_machine_that_does_not_tell_refuses_nothing(monkeypatch):
    """Unknown memory is no reason not to try."""
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    memory.refuse_start(worlds.make_inputs(1000), "full")
    memory.refuse_growth(worlds.make_inputs(1000), "full", 2**60, 1.0)


def test_a_container_limit_counts(tmp_path):
    """Half the limit used, of which a quarter could be given back."""
    names = ("max", "current", "stat")
    for name, text in zip(names, ("4000", "2000", "anon 5\ninactive_file 500\n"), strict=True):
        (tmp_path / name).write_text(text)
    files = tuple(str(tmp_path / name) for name in names)
    assert memory._of_cgroup(files) == 2500
    (tmp_path / "max").write_text("max\n")
    assert memory._of_cgroup(files) is None


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="tells its memory otherwise")
def test_this_machine_tells():
    """The number is that of a computer, in bytes."""
    assert 2**20 < memory.available_memory() < 2**50


def test_equal_activity_is_kept_once():
    """One number that is the same for all costs no memory and changes no event."""
    inputs = worlds.rich_inputs(100, int(GraphKind.TIES))._replace(activity=np.ones(100))
    repeated = inputs._replace(activity=np.broadcast_to(np.ones(1), (100,)))
    world = kernel_memory.world_of(repeated, 1, -1, False, False)
    assert len(world.activity) == 1
    assert FastEngine().run(inputs, 2).log.tobytes() == FastEngine().run(repeated, 2).log.tobytes()


MEASURED = """
import numpy as np
from tests import helpers_inputs as worlds
from referralsim.engine.fast import FastEngine

FastEngine("summary").run(worlds.make_inputs(3), 1)
n_people, n_ties = 200_000, 2_000_000
rng = np.random.default_rng(1)


def kilobytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


# loading compiled code takes more than the run: forget that peak
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
before = kilobytes("VmRSS:")
ties = rng.integers(0, n_people, n_ties, dtype=np.int32)
inputs = worlds.make_inputs(3, initial=np.arange(5, dtype=np.int32))._replace(
    n_people=n_people,
    segment=np.zeros(n_people, np.int8),
    offsets=np.arange(0, n_ties + 1, 10, dtype=np.int32),
    neighbours=ties,
    activity=np.broadcast_to(np.ones(1), (n_people,)),
    channels=worlds.channels(delivered_probability=0.15, delivered_delay_law=1, delivered_delay_a=1.0),
)
played = FastEngine("summary").run(inputs, 1)
assert played.tally.counts[2].sum() > n_people // 3
print((kilobytes("VmHWM:") - before) * 1024 / (64 * n_people + 6 * n_ties))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told otherwise elsewhere")
def test_a_summary_of_a_large_cascade_stays_within_its_bytes():
    """At most 64 bytes a person and 6 a directed tie, inputs included, at the peak of the run."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 1.15
