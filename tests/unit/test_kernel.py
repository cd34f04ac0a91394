"""The compiled engine against exact answers, and against itself with other memory and without a compiler."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from referralsim.distributions import CountLaw, Law
from referralsim.engine.contract import GraphKind, Trigger
from referralsim.engine.fast import FastEngine
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import QUEUED_ONLY, Kind, in_order
from tests import helpers_inputs as worlds

TRIANGLE = np.array([[0, 1], [1, 2], [0, 2]])
PATH = np.array([[0, 1], [1, 2], [2, 3]])


def n_joined(inputs, seed):
    """Return how many people sign up in a run."""
    return int((FastEngine().run(inputs, seed).log["kind"] == Kind.SIGNED_UP).sum())


def doubling(horizon_days):
    """Return fresh contacts in which each customer brings exactly two, two days after joining."""
    contacts = worlds.streams(1)
    contacts["count_law"], contacts["count_a"] = CountLaw.FIXED_COUNT, 2.0
    return worlds.make_inputs(
        10,
        graph_kind=int(GraphKind.FRESH),
        horizon_days=horizon_days,
        initial=np.arange(10, dtype=np.int32),
        streams=contacts,
        channels=worlds.channels(signed_up_delay_a=2.0),
    )


@pytest.mark.parametrize(
    ("edges", "n_people", "expected"),
    [(TRIANGLE, 3, (0.25, 0.25, 0.5)), (PATH, 4, (0.5, 0.25, 0.125, 0.125))],
)
def test_independent_cascade_sizes(edges, n_people, expected):
    """Each tie passes once with probability 1/2; a second try on a tie or a lost invitation shifts the sizes.

    n = 4000, standard error at most .0079: a bias of .03 in any size is caught (z = 4).
    """
    n_runs = 4000
    inputs = worlds.make_inputs(n_people, edges, channels=worlds.channels(delivered_probability=0.5))
    sizes = np.bincount([n_joined(inputs, seed) for seed in range(n_runs)], minlength=n_people + 1)[1:]
    for found, exact in zip(sizes / n_runs, expected, strict=True):
        assert abs(found - exact) < 4.0 * (exact * (1.0 - exact) / n_runs) ** 0.5


def test_deterministic_doubling_gives_skoks_integers():
    """Each generation is twice the last, in whatever order: 10, 30, 70, 150, 310, 630."""
    log = FastEngine().run(doubling(11.0), 1).log
    days = log["time"][log["kind"] == Kind.SIGNED_UP]
    assert [int((days <= 2.0 * n).sum()) for n in range(6)] == [10, 30, 70, 150, 310, 630]


def test_horizon_is_half_open():
    """What falls on the last day exactly is not in the log."""
    log = FastEngine().run(doubling(10.0), 1).log
    assert int((log["kind"] == Kind.SIGNED_UP).sum()) == 310


def test_birth_and_death():
    """Birth .3, death .2: E[10] = e.  n = 3000, standard error .088; a bias of .36 is caught (z = 4)."""
    contacts = worlds.streams(1)
    contacts["count_law"], contacts["count_a"] = CountLaw.FIXED_COUNT, 1.0
    inputs = worlds.make_inputs(
        1,
        graph_kind=int(GraphKind.FRESH),
        horizon_days=10.0,
        streams=contacts,
        asks=worlds.asks(1, trigger=Trigger.RANDOM),
        ask_rate=np.array([[0.3]]),
        churn_rate=np.array([[0.2]]),
    )
    alive = []
    for seed in range(3000):
        kinds = FastEngine().run(inputs, seed).log["kind"]
        alive.append(int((kinds == Kind.ACTIVATED).sum()) - int((kinds == Kind.CHURNED).sum()))
    assert abs(np.mean(alive) - 2.718282) < 4.0 * (23.353872 / 3000) ** 0.5


@pytest.mark.parametrize("kind", list(GraphKind))
def test_log_does_not_depend_on_memory(kind):
    """Growing every buffer from nothing, seven events a call, loses, doubles or changes no event."""
    inputs = worlds.rich_inputs(100 if kind != GraphKind.FRESH else 20, int(kind))._replace(horizon_days=20.0)
    roomy = FastEngine().run(inputs, 5)
    tight = FastEngine(events_per_call=7, small_memory=True).run(inputs, 5)
    assert len(roomy.log) > 300
    assert roomy.log.tobytes() == tight.log.tobytes()
    assert roomy.segment.tobytes() == tight.segment.tobytes()


@pytest.mark.parametrize("kind", list(GraphKind))
def test_log_is_in_the_total_order(kind):
    """Ordering only runs of equal time gives what ordering everything gives."""
    log = FastEngine().run(worlds.rich_inputs(60, int(kind))._replace(horizon_days=12.0), 2).log
    assert log.tobytes() == in_order(log).tobytes()


def test_seed_decides_and_nothing_else():
    """A second run with one seed is equal, one with another seed is not."""
    inputs = worlds.rich_inputs(80, int(GraphKind.TIES))
    first, again, other = (FastEngine().run(inputs, seed).log.tobytes() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_rich_world_has_every_kind_a_plain_kernel_writes():
    """The comparisons above are empty for a kind of event that never happens."""
    log = FastEngine().run(worlds.rich_inputs(300, int(GraphKind.TIES)), 1).log
    assert set(log["kind"].tolist()) == set(Kind) - QUEUED_ONLY - worlds.WITH_GRAMMAR


@pytest.mark.parametrize("kind", list(GraphKind))
def test_compiler_changes_no_bit(kind):
    """Compiled and plain Python text give one log: no fused operation, no other logarithm, no overflow."""
    program = (
        "import hashlib; from tests.helpers_inputs import rich_inputs; "
        "from referralsim.engine.fast import FastEngine; "
        f"played = FastEngine().run(rich_inputs(40, {int(kind)})._replace(horizon_days=9.0), 6); "
        "print(hashlib.sha256(played.log.tobytes() + played.segment.tobytes()).hexdigest())"
    )
    plain = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    played = FastEngine().run(worlds.rich_inputs(40, int(kind))._replace(horizon_days=9.0), 6)
    digest = hashlib.sha256(played.log.tobytes() + played.segment.tobytes()).hexdigest()
    assert plain.stdout.strip() == digest


def test_joins_level_is_the_full_log_without_the_rest():
    """Keeping less changes nothing about what is kept."""
    inputs = worlds.rich_inputs(100, int(GraphKind.TIES))
    full = FastEngine().run(inputs, 8).log
    joins = FastEngine(level="joins").run(inputs, 8).log
    kept = np.isin(full["kind"], [Kind.SIGNED_UP, Kind.ACTIVATED, Kind.CHURNED])
    assert joins.tobytes() == full[kept].tobytes()


def test_too_many_people_is_an_error_that_says_so():
    """Fresh contacts that explode end in a message, not in exhausted memory."""
    with pytest.raises(RunFailed, match="more than 1,000 people"):
        FastEngine().run(doubling(60.0)._replace(max_people=1000), 1)


def test_everybody_among_fresh_contacts_is_too_many():
    """Inviting an unlimited number stops at the limit at once."""
    inputs = doubling(5.0)._replace(streams=worlds.streams(1), max_people=5000)
    with pytest.raises(RunFailed, match="people"):
        FastEngine().run(inputs, 1)


def test_progress_rises_to_the_horizon():
    """Progress never runs backwards and ends at the horizon."""
    days = []
    inputs = worlds.rich_inputs(100, int(GraphKind.TIES))
    FastEngine(events_per_call=500).run(inputs, 1, days.append)
    assert len(days) > 3
    assert days == sorted(days)
    assert days[-1] == inputs.horizon_days


def test_ctrl_c_gets_through():
    """An exception in the progress display ends the run: nothing swallows it."""

    def interrupt(_day):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FastEngine(events_per_call=10).run(worlds.rich_inputs(50, int(GraphKind.TIES)), 1, interrupt)


def test_ctrl_c_need_not_wait_for_events_with_many_contacts():
    """A call ends early when each of its events contacts thousands: it is bounded in work, not in events."""
    days = []
    contacts = worlds.streams(1)
    contacts["count_law"], contacts["count_a"] = CountLaw.FIXED_COUNT, 16_000.0
    inputs = worlds.make_inputs(
        20_000,
        graph_kind=int(GraphKind.COMPLETE),
        initial=np.arange(50, dtype=np.int32),
        streams=contacts,
        channels=worlds.channels(delivered_probability=0.0),
    )
    FastEngine(events_per_call=1000).run(inputs, 1, days.append)
    assert len(days) >= 50


def test_inputs_are_left_alone():
    """Runs may share their inputs: the kernel writes to none of them."""
    inputs = worlds.rich_inputs(100, int(GraphKind.TIES))
    before = [value.tobytes() for value in inputs if isinstance(value, np.ndarray)]
    FastEngine().run(inputs, 1)
    assert before == [value.tobytes() for value in inputs if isinstance(value, np.ndarray)]


def test_delay_without_end_is_beyond_the_horizon():
    """An infinite delay is no event and no endless loop."""
    delays = worlds.channels(delivered_delay_law=Law.FIXED, delivered_delay_a=np.inf)
    assert n_joined(worlds.make_inputs(3, TRIANGLE, channels=delays), 1) == 1


def test_kernel_is_compiled_for_one_type_only():
    """Other shapes, read-only or strided inputs must not cost a second compilation.

    One more is for worlds that use the whole grammar.
    """
    from referralsim.engine import kernel
    from referralsim.engine.kernel_needs import needs_grammar

    frozen = worlds.make_inputs(3, TRIANGLE)
    for value in frozen:
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    strided = worlds.make_inputs(3, TRIANGLE)._replace(activity=np.ones(6)[::2])
    for inputs in (frozen, strided, worlds.rich_inputs(20, int(GraphKind.FRESH))._replace(horizon_days=2.0)):
        assert not needs_grammar(inputs)
        FastEngine().run(inputs, 1)
    is_plain = [kernel.play.overloads[types].signature.args[0].types for types in kernel.play.signatures]
    at = memory_world_field("grammar")
    assert sum(str(fields[at]) == "none" for fields in is_plain) == 1
    assert len(is_plain) <= 2


def memory_world_field(name):
    """Return the place of a field of the kernel's world."""
    from referralsim.engine.kernel_state import World

    return World._fields.index(name)


def test_strengths_in_bytes_are_strengths():
    """Ties that are weak or strong only give the same log however they are kept."""
    inputs = worlds.rich_inputs(60, int(GraphKind.TIES))
    strong = inputs.strength >= 0.5
    assert 0 < strong.sum() < strong.size
    as_floats, as_bytes = (inputs._replace(strength=strong.astype(dtype)) for dtype in (np.float32, np.uint8))
    logs = [FastEngine().run(given, 7).log for given in (as_floats, as_bytes)]
    assert np.array_equal(*logs)
    assert not np.array_equal(
        logs[0], FastEngine().run(inputs._replace(strength=~strong * np.float32(1)), 7).log
    )
