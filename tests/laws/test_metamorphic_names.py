"""Laws of names: what people are called, and in which order, has no effect on what they do."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referralsim.distributions import Law
from referralsim.engine import contract as c
from referralsim.engine import world
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.plan import plan
from referralsim.experiment.result import RunKey
from referralsim.population import edgelist
from referralsim.scenario.load import load_study
from tests import helpers_inputs
from tests.helpers_laws import (
    assert_same,
    falls,
    law,
    on_both_engines,
    played,
    renamed,
    seeds,
)
from tests.worlds import SCENARIOS, write

# ------------------------------------------------------------------------------- names


def log_of_ties(engine, lines, folder):
    """Play the clothing club on a file of weighted ties."""
    file = write(Path(folder), "".join(lines), "ties.txt")
    graph = edgelist.read_edge_list(file, use_weights=True)
    sets = ["horizon=90 d", "acquisition.initial.customers=12"]
    study = load_study(SCENARIOS / "clothing_club.yaml", overrides=sets, size=graph.n_people)
    ready = plan(study, engine.name, graph=graph)
    return ready.record(RunKey("club_offer", 0)).log


def check_names(engine, seed):
    """Other lines and other words for the same ties, in the same order of ids, and the same log."""
    random = np.random.default_rng(seed)
    ties = helpers_inputs.erdos_renyi(60, 8.0, seed)
    numbers = np.unique(ties)
    words = [f"n{i:04d}" for i in np.sort(random.choice(10_000, len(numbers), replace=False))]
    name = dict(zip(numbers.tolist(), words, strict=True))
    weight = [f"{w:.3f}" for w in random.random(len(ties))]
    plain = [f"{a} {b} {w}\n" for (a, b), w in zip(ties.tolist(), weight, strict=True)]
    others = [
        f"{name[a]};{name[b]};{w}\n" if random.random() < 0.5 else f"{name[b]};{name[a]};{w}\n"
        for (a, b), w in zip(ties.tolist(), weight, strict=True)
    ]
    random.shuffle(others)
    with tempfile.TemporaryDirectory() as folder:
        first = log_of_ties(engine, plain, folder)
        assert len(first) > 300
        assert_same(log_of_ties(engine, others, folder), first)


@on_both_engines
@pytest.mark.parametrize("seed", range(4))
def test_words_for_people_and_the_order_of_lines_change_nothing(engine, seed):
    """A graph is its ties: ids in the same order give each person the same number, so the same luck.

    Breaks if people are numbered as they are met in the file, or rows of ties keep the file's order.
    """
    check_names(engine, seed)


def test_people_numbered_as_they_are_met_break_that_law(monkeypatch):
    def as_met(people):
        return tuple(people), np.arange(len(people), dtype=np.int32)

    monkeypatch.setattr(edgelist, "_numbered", as_met)
    assert falls(check_names, [(FastEngine, 0)])


def clockwork(n_people, ties, initial, segment):
    """Return a world without luck: all is certain, and every delay is fixed."""
    inputs = helpers_inputs.make_inputs(
        n_people,
        ties,
        horizon_days=12.0,
        initial=np.sort(initial).astype(np.int32),
        segment=segment.astype(np.int8),
        segments=helpers_inputs.segments(
            n_segments=2,
            purchase_every_days=[[1.5, 2.0]],
            purchase_first_days=[[0.25, 0.0]],
            basket_a=[[2000.0, 700.0]],
            referred_margin_gap=[[0.1, 0.2]],
        ),
        use_rate=np.zeros((1, 2)),
        purchase_rate=np.zeros((1, 2)),
        churn_rate=np.zeros((1, 2)),
        asks=helpers_inputs.asks(2, trigger=[[c.Trigger.ACTIVATION, c.Trigger.CALENDAR]], every_days=2.0),
        ask_rate=np.zeros((1, 2)),
        channels=helpers_inputs.channels(
            opened_delay_law=Law.FIXED, opened_delay_a=0.5, signed_up_delay_a=0.25
        ),
        fresh_shares=np.array([0.5, 1.0]),
        rewards=helpers_inputs.rewards(1, value_cents=[[500, 300]], hold_days=1.5, at_payment=1),
    )
    return inputs._replace(streams=helpers_inputs.streams(1))


def check_numbers(engine, seed, is_tree):
    """Give people other numbers: on a tree the log is the same but for the numbers, else the joins are."""
    random = np.random.default_rng(seed)
    n = int(random.integers(5, 40))
    above = (random.random(n - 1) * np.arange(1, n)).astype(int)  # everybody's tie to somebody before him
    ties = np.stack([above, np.arange(1, n)], axis=1)
    if not is_tree:
        ties = np.unique(np.concatenate([ties, np.sort(helpers_inputs.erdos_renyi(n, 2.0, seed))]), axis=0)
    segment, start = random.integers(0, 2, n), random.choice(n, 1)
    number = random.permutation(n)
    moved = np.empty_like(segment)
    moved[number] = segment
    before = played(engine, clockwork(n, ties, start, segment), seed)
    after = played(engine, clockwork(n, np.sort(number[ties], axis=1), number[start], moved), seed)
    assert (before["kind"] == Kind.ACTIVATED).sum() == n
    if is_tree:
        assert_same(after, renamed(before, number))
    for kind in (Kind.SIGNED_UP, Kind.ACTIVATED, Kind.PURCHASED, Kind.ASKED):
        names = ["time", "actor", "amount_cents"]
        expected = renamed(before, number)
        assert np.array_equal(after[after["kind"] == kind][names], expected[expected["kind"] == kind][names])


@on_both_engines
@law
@given(seeds, st.booleans())
def test_without_luck_the_numbers_of_people_mean_nothing(engine, seed, is_tree):
    """If all is certain, another numbering gives the same log but for the numbers.

    On a tree that holds for every column; where two friends invite at the same moment the credit goes to
    the lower number, so on other graphs it holds for who joins, buys and is asked, and when. Breaks if an
    engine uses a number for more than a name, an address or the order of equals.
    """
    check_numbers(engine, seed, is_tree)


def test_ties_that_only_lead_to_higher_numbers_break_that_law(monkeypatch):
    ties_of = world.World.ties_of
    upwards = lambda self, person: [tie for tie in ties_of(self, person) if tie[0] > person.index]  # noqa: E731
    monkeypatch.setattr(world.World, "ties_of", upwards)
    assert falls(check_numbers, [(ReferenceEngine, seed, True) for seed in range(5)])
