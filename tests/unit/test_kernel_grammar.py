"""The compiled engine with the whole grammar: against the reference, and against itself with other memory."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from referralsim.engine import kernel_memory, kernel_needs
from referralsim.engine.contract import GraphKind, PaysOn
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import QUEUED_ONLY, Kind
from tests import helpers_inputs as worlds
from tests.helpers_grammar import wild_inputs

KINDS = pytest.mark.parametrize("kind", list(GraphKind), ids=lambda kind: kind.name)


def small(kind, seed):
    """Return a wild world that the reference engine plays in a moment."""
    fresh = kind == GraphKind.FRESH
    return wild_inputs(int(kind), seed, 20 if fresh else 60, 10.0 if fresh else 20.0)


@KINDS
def test_both_engines_write_one_log(kind):
    """Whatever rule is read in two ways shows in a byte of some log."""
    seen: set[int] = set()
    for seed in range(16):
        inputs = small(kind, seed)
        try:
            told = ReferenceEngine().run(inputs, seed)
        except RunFailed:
            with pytest.raises(RunFailed):
                FastEngine().run(inputs, seed)
            continue
        counted = FastEngine().run(inputs, seed)
        assert told.log.tobytes() == counted.log.tobytes(), seed
        assert told.segment.tobytes() == counted.segment.tobytes(), seed
        seen |= set(counted.log["kind"].tolist())
    # people met only once seldom bring enough friends for a cap
    assert set(Kind) - QUEUED_ONLY - seen <= ({Kind.REWARD_CAPPED} if kind == GraphKind.FRESH else set())


@KINDS
def test_log_does_not_depend_on_memory(kind):
    """Growing every buffer from nothing, seven events a call, loses, doubles or changes no event."""
    for seed in (3, 4, 5):
        inputs = small(kind, seed)
        roomy = FastEngine().run(inputs, 5)
        tight = FastEngine(events_per_call=7, small_memory=True).run(inputs, 5)
        assert roomy.log.tobytes() == tight.log.tobytes()
        assert roomy.segment.tobytes() == tight.segment.tobytes()


@KINDS
def test_a_world_that_needs_no_grammar_is_the_same_with_it(kind, monkeypatch):
    """Both texts of the kernel agree on everything a plain world has."""
    n_people = 20 if kind == GraphKind.FRESH else 80
    inputs = worlds.rich_inputs(n_people, int(kind), 4)._replace(horizon_days=15.0)
    assert not kernel_needs.needs_grammar(inputs)
    plain = FastEngine().run(inputs, 4).log
    monkeypatch.setattr(kernel_memory, "needs_grammar", lambda _: True)
    assert FastEngine().run(inputs, 4).log.tobytes() == plain.tobytes()


@KINDS
def test_compiler_changes_no_bit(kind):
    """Compiled and plain Python text give one log: no fused operation, no other logarithm, no overflow."""
    inputs = wild_inputs(int(kind), 6, 20, 7.0)
    program = (
        "import hashlib; from tests.helpers_grammar import wild_inputs; "
        "from referralsim.engine.fast import FastEngine; "
        f"played = FastEngine().run(wild_inputs({int(kind)}, 6, 20, 7.0), 6); "
        "print(hashlib.sha256(played.log.tobytes() + played.segment.tobytes()).hexdigest())"
    )
    plain = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    played = FastEngine().run(inputs, 6)
    digest = hashlib.sha256(played.log.tobytes() + played.segment.tobytes()).hexdigest()
    assert plain.stdout.strip() == digest


COLUMNS = [
    (table, name)
    for table, names in (
        ("world", kernel_needs._WORLD),
        ("segments", kernel_needs._SEGMENT),
        ("programmes", kernel_needs._PROGRAMME),
        ("rewards", kernel_needs._REWARD),
        ("asks", kernel_needs._ASK),
    )
    for name in names
]


@pytest.mark.parametrize(("table", "name"), COLUMNS)
def test_one_number_beyond_the_plain_kernel_is_noticed(table, name):
    """A column that is overlooked would be ignored in silence."""
    inputs = worlds.rich_inputs(20, int(GraphKind.TIES))
    changed = getattr(inputs, table).copy()
    changed[name][..., -1] = 7
    assert kernel_needs.needs_grammar(inputs._replace(**{table: changed}))


def test_a_leaderboard_is_counted_by_hand():
    """Two of three friends qualify in the first period: the prize goes to who brought them, once."""
    edges = np.array([[0, 1], [0, 2], [3, 4]])
    terms = worlds.rewards(1, value_cents=0)
    terms["on"][0, 0], terms["value_cents"][0, 0] = PaysOn.LEADERBOARD, 5000
    terms["board_days"], terms["board_places"] = 10.0, 1
    initial = np.array([0, 3], np.int32)
    inputs = worlds.make_inputs(5, edges, initial=initial, rewards=terms, horizon_days=35.0)
    log = FastEngine().run(inputs, 1).log
    earned = log[log["kind"] == Kind.REWARD_EARNED]
    columns = ["time", "actor", "target", "attempt", "amount_cents", "loop"]
    assert earned[columns].tolist() == [(10.0, 0, -2, 32, 5000, -1)]
