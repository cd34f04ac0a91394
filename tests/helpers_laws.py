"""What metamorphic laws need: worlds cut and put together, and the proof that a law can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from referralsim.engine import contract as c
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind, in_order
from tests.helpers_grammar import wild_inputs

ENGINES = (ReferenceEngine, FastEngine)
on_both_engines = pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
law = settings(max_examples=20, derandomize=True, deadline=None, database=None)
"""The same 20 worlds every time; a law is checked on each of them by both engines."""

seeds = st.integers(0, 2**32)
kinds_of_graph = st.sampled_from(list(c.GraphKind))
N_PEOPLE = 30
NAMES_A_RULE = (Kind.ASKED, Kind.SHARED, Kind.FAKED)
"""Kinds of event whose target is an ask rule and no person."""


def wild(kind: c.GraphKind, seed: int, horizon_days: float = 14.0) -> c.EngineInputs:
    """Return a small world of the whole grammar."""
    return wild_inputs(int(kind), seed, N_PEOPLE, horizon_days)


def played(engine: Callable[[], c.Engine], inputs: c.EngineInputs, seed: int) -> np.ndarray:
    """Return the log of one run."""
    return engine().run(inputs, seed).log


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Assert that two logs are equal bit for bit, naming the first row that is not."""
    n = min(len(found), len(expected))
    row = next((i for i in range(n) if found[i] != expected[i]), n)
    assert found.tobytes() == expected.tobytes(), (
        f"row {row} of {len(found)}, {len(expected)}:\n{found[row : row + 2]}\n{expected[row : row + 2]}"
    )


def falls(check: Callable[..., Any], cases: Iterable[tuple[Any, ...]]) -> bool:
    """Say whether a law is broken in any of some cases: a law that no fault breaks says nothing."""
    for case in cases:
        try:
            check(*case)
        except AssertionError:
            return True
    return False


def changed(table: np.ndarray, **values: Any) -> np.ndarray:
    """Return a rules table with some columns set."""
    table = table.copy()
    for name, value in values.items():
        table[name] = value
    return table


def uncoupled(inputs: c.EngineInputs) -> c.EngineInputs:
    """Take out what lets people without a tie feel each other.

    These are: budgets, contests, reviews, agents (whose audience is everybody), and the common stream of
    strangers who arrive. Bass arrivals stay: each person has his own.
    """
    contests = inputs.rewards["on"] == c.PaysOn.LEADERBOARD
    rates = inputs.arrival_rate.copy()
    rates[:, :2] = 0.0
    return inputs._replace(
        world=changed(inputs.world, review_effect=0.0),
        programmes=changed(inputs.programmes, budget_cents=-1),
        rewards=changed(inputs.rewards, on=np.where(contests, c.PaysOn.QUALIFIED, inputs.rewards["on"])),
        agents=inputs.agents[:0],
        arrival_rate=rates,
    )


def keep_ties(inputs: c.EngineInputs, keep: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> c.EngineInputs:
    """Return a world with only those ties (from, to) that ``keep`` wants."""
    source = np.repeat(np.arange(inputs.n_people), np.diff(inputs.offsets))
    kept = keep(source, inputs.neighbours)
    offsets = np.zeros_like(inputs.offsets)
    np.cumsum(np.bincount(source[kept], minlength=inputs.n_people), out=offsets[1:])
    strength = inputs.strength[kept] if len(inputs.strength) > 1 and kept.any() else inputs.strength[:1]
    return inputs._replace(offsets=offsets, neighbours=inputs.neighbours[kept], strength=strength)


def renamed(log: np.ndarray, new_number: np.ndarray) -> np.ndarray:
    """Return a log in which person i is called ``new_number[i]``, in the total order again."""
    log = log.copy()
    log["actor"] = new_number[log["actor"]]
    is_person = (log["target"] >= 0) & ~np.isin(log["kind"], NAMES_A_RULE)
    log["target"][is_person] = new_number[log["target"][is_person]]
    return in_order(log)
