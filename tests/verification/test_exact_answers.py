"""Worked answers with a known value: the named checks on both engines, and what the gallery's files say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import ENGINES, SCENARIOS, customers, of_kind, play

from referralsim.eventlog.kinds import Kind
from referralsim.verification.check import FAILS
from referralsim.verification.suite import run_check

NAMED = (
    "skok.k1_cycle_2_days",
    "cascade.triangle_p50",
    "cascade.path_of_4_p50",
    "progeny.poisson_05",
    "extinction.poisson_15",
    "extinction.negative_binomial_15",
    "cap.2_Poisson",
    "garnefeld.defection",
    "van_den_bulte.hazard_ratio",
)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMED)
def test_a_named_check_holds(name, engine):
    """Each row states its exact value, n, standard error and smallest bias caught; 5 s.e.; seed 1."""
    rows = run_check(name, engine)
    assert rows
    assert all(row.n and row.engine == engine for row in rows)
    assert [row for row in rows if row.verdict == FAILS] == []


def test_skok_gives_whole_numbers():
    """U0 = 10, K = 2: ten days of two-day cycles 630, of one-day cycles 20,470."""
    assert customers(play(SCENARIOS / "skok.yaml", "cycle_2_days")) == 630
    assert customers(play(SCENARIOS / "skok.yaml", "cycle_1_day", "fast")) == 20_470


def test_skok_grows_as_the_table_says():
    log = of_kind(play(SCENARIOS / "skok.yaml", "cycle_2_days"), Kind.ACTIVATED)
    totals = [int((log["time"] <= day).sum()) for day in (0, 2, 4, 6, 8, 10)]
    assert totals == [10, 30, 70, 150, 310, 630]


def test_birth_and_death():
    """b = .3, d = .2, day 10: mean 2.718282, variance 23.353872, P(0) = .558351; n = 1500."""
    alive = []
    for replication in range(1500):
        record = play(SCENARIOS / "birth_death.yaml", replication=replication)
        alive.append(customers(record) - len(of_kind(record, Kind.CHURNED)))
    alive = np.array(alive)
    assert abs(alive.mean() - 2.718282) < 4 * math.sqrt(23.353872 / len(alive))
    gone = (alive == 0).mean()
    assert abs(gone - 0.558351) < 4 * math.sqrt(0.558351 * 0.441649 / len(alive))


def test_bass_curve():
    """F(5) = .3312, F(10) = .8128 at n = 4000: binomial s.e. .0075; caught .03."""
    joined = of_kind(play(SCENARIOS / "bass.yaml", "bass"), Kind.ACTIVATED)["time"] / 365
    for years, share in ((5, 0.3312), (10, 0.8128)):
        assert abs((joined <= years).mean() * len(joined) / 4000 - share) < 0.03
