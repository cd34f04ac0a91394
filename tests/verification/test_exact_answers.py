"""Worked answers with a known value, as ordinary scenarios on the reference engine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import ENGINES, SCENARIOS, customers, of_kind, play, write

from referralsim.eventlog.kinds import Kind

CASCADE = """
referralsim: 1
horizon: 100 d
population:
  graph: {{kind: edge_list, file: graph.txt}}
  strength: {{kind: equal}}
acquisition: {{initial: {{customers: 1}}}}
product: {{use: {{rate: 0 per day}}}}
programmes:
  cascade:
    asks: [{{trigger: activation}}]
    response: {{mode: table, share: 100 %, accept: 100 %}}
    contact: {{invites: all, channel: tie}}
channels:
  tie: {{delivered: {{probability: {p}, delay: {{exponential: 1 d}}}}, signed_up: {{probability: 100 %}}}}
"""


def test_skok_gives_whole_numbers():
    """U0 = 10, K = 2: ten days of two-day cycles 630, of one-day cycles 20,470."""
    assert customers(play(SCENARIOS / "skok.yaml", "cycle_2_days")) == 630
    assert customers(play(SCENARIOS / "skok.yaml", "cycle_1_day")) == 20_470


def test_skok_grows_as_the_table_says():
    log = of_kind(play(SCENARIOS / "skok.yaml", "cycle_2_days"), Kind.ACTIVATED)
    totals = [int((log["time"] <= day).sum()) for day in (0, 2, 4, 6, 8, 10)]
    assert totals == [10, 30, 70, 150, 310, 630]


def test_skok_with_k_of_one_is_linear():
    record = play(SCENARIOS / "skok.yaml", "cycle_2_days", sets=["programmes.viral.contact.invites=1"])
    assert customers(record) == 10 * (5 + 1)


def sizes(tmp_path, edges, p, n_runs, first=None):
    """Cascade sizes over replications; the one customer at the start is whoever `first` says."""
    write(tmp_path, edges, "graph.txt")
    path = write(tmp_path, CASCADE.format(p=p))
    found = []
    for replication in range(n_runs):
        record = play(path, replication=replication)
        seed = int(of_kind(record, Kind.ACTIVATED)["actor"][0])
        if first is None or seed in first:
            found.append(customers(record))
    return np.array(found)


def check_shares(found, exact):
    """Each share within 4 standard errors; n is that of the sample, bias caught = 4 s.e."""
    for size, probability in exact.items():
        share = (found == size).mean()
        error = math.sqrt(probability * (1 - probability) / len(found))
        assert abs(share - probability) < 4 * error, (size, share, probability, error)


def test_cascade_on_a_triangle(tmp_path):
    """p = .5: P(size 1, 2, 3) = .25, .25, .5. n = 3000, s.e. .009, smallest bias caught .036."""
    check_shares(sizes(tmp_path, "0 1\n1 2\n0 2\n", 0.5, 3000), {1: 0.25, 2: 0.25, 3: 0.5})


def test_cascade_on_a_path_from_its_end(tmp_path):
    """p = .5: .5, .25, .125, .125. About n = 1500 of 3000 start at an end, s.e. .013."""
    found = sizes(tmp_path, "0 1\n1 2\n2 3\n", 0.5, 3000, first={0, 3})
    assert len(found) > 1200
    check_shares(found, {1: 0.5, 2: 0.25, 3: 0.125, 4: 0.125})


def extinct_by(generation, pgf):
    q = 0.0
    for _ in range(generation):
        q = pgf(q)
    return q


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("design", "pgf", "limit"),
    [
        ("poisson_1_5", lambda s: math.exp(1.5 * (s - 1)), 0.417188),
        ("negative_binomial_1_5", lambda s: 1 / (1 + 1.5 * (1 - s)), 0.666667),
    ],
)
def test_galton_watson_extinction(engine, design, pgf, limit):
    """Extinct lines of 200: reference 6 generations, 2 runs, s.e. .025; fast 12, 10 runs, .011."""
    n_generations, n_runs = (6, 2) if engine == "reference" else (12, 10)
    assert extinct_by(40, pgf) == pytest.approx(limit, abs=1e-4)
    extinct = []
    for replication in range(n_runs):
        horizon = f"horizon={n_generations + 0.5} d"
        path = SCENARIOS / "galton_watson.yaml"
        joined = of_kind(play(path, design, engine, replication, sets=[horizon]), Kind.ACTIVATED)
        root = {}
        alive = set()
        for event in joined:
            person, parent = int(event["actor"]), int(event["target"])
            root[person] = person if parent < 0 else root[parent]
            if event["time"] > n_generations - 0.5:
                alive.add(root[person])
        extinct.append(1 - len(alive) / 200)
    exact = extinct_by(n_generations, pgf)
    error = math.sqrt(exact * (1 - exact) / (200 * n_runs))
    assert abs(np.mean(extinct) - exact) < 4 * error


def test_total_progeny_of_poisson_lines():
    """Borel law, K = .5: P(1, 2, 3) = .606531, .183940, .083674, mean 2; n = 2000, s.e. .011."""
    found = []
    for replication in range(10):
        joined = of_kind(
            play(SCENARIOS / "galton_watson.yaml", "poisson_0_5", replication=replication), Kind.ACTIVATED
        )
        root, count = {}, {}
        for event in joined:
            person, parent = int(event["actor"]), int(event["target"])
            root[person] = person if parent < 0 else root[parent]
            count[root[person]] = count.get(root[person], 0) + 1
        found += list(count.values())
    found = np.array(found)
    check_shares(found, {1: 0.606531, 2: 0.183940, 3: 0.083674})
    assert abs(found.mean() - 2) < 4 * math.sqrt(0.5 / 0.5**3 / len(found))


def test_birth_and_death(tmp_path):
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
