"""The two laws of common random numbers (docs/model.md): no exception allowed."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import ENGINES, of_kind, play, write

from referralsim.eventlog.kinds import Kind

WORLD = """
referralsim: 1
horizon: 120 d
population:
  size: {size}
  graph: {{kind: edge_list, file: graph.txt}}
  segments:
    calm: {{share: 60 %}}
    eager: {{share: 40 %, product: {{use: {{rate: 0.6 per day}}}}}}
  activity: {{lognormal: {{mean: 1, sd: 1}}}}
acquisition: {{initial: {{customers: 4}}}}
product:
  use: {{rate: 0.3 per day}}
  moments: {{happy: 30 %, unhappy: 20 %}}
  purchases:
    rate: 0.05 per day
    basket: {{lognormal: {{mean: 40.00, sd: 20.00}}}}
    margin: 50 %
    refund: {{probability: 20 %, delay: 4 d}}
  churn: {{rate: 3 % per month}}
loops:
  collaboration: {{probability: 5 %, invites: 1, channel: mail}}
  word_of_mouth: {{probability: 20 %, invites: 2, channel: mail}}
  complaints: {{probability: 30 %, invites: 3, channel: mail}}
programmes:
  refer:
    asks: [{{trigger: happy_moment, delay: {{exponential: 1 d}}}}, {{trigger: purchase}}]
    share: 30 %
    contact: {{invites: {{poisson: 2}}, channel: mail, cooldown: 20 d}}
    rewards: {{referrer: {{value: 10.00}}, referee: {{value: 5.00}}}}
    hold: 10 d
    clawback: [refund, churn]
channels:
  mail:
    opened: {{probability: 70 %, delay: {{lognormal: {{mean: 1 d, sd: 2 d}}}}}}
    clicked: {{probability: 70 %}}
    signed_up: {{probability: 50 %, delay: {{exponential: 1 d}}}}
"""

CASCADE = """
referralsim: 1
horizon: 9 d
population:
  graph: {{kind: edge_list, file: graph.txt}}
acquisition: {{initial: {{customers: 3}}}}
product: {{use: {{rate: 0 per day}}}}
programmes:
  cascade:
    asks: [{{trigger: activation}}]
    response: {{mode: table, share: 100 %, accept: {accept}}}
    contact: {{invites: all, channel: tie}}
channels:
  tie: {{delivered: {{probability: 35 %, delay: {{gamma: {{mean: 1 d, shape: 2}}}}}}}}
"""


def edges(n, degree, seed):
    draws = np.random.default_rng(seed)
    pairs = draws.integers(0, n, (n * degree // 2, 2))
    ring = [(i, (i + 1) % n) for i in range(n)]
    return "".join(f"{a} {b}\n" for a, b in [*ring, *pairs.tolist()] if a != b)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_person_whom_nobody_meets_changes_no_other_life_by_a_bit(tmp_path, engine):
    write(tmp_path, edges(150, 6, 1), "graph.txt")
    without = write(tmp_path, WORLD.format(size=150), "without.yaml")
    with_one = write(tmp_path, WORLD.format(size=151), "with.yaml")
    compared = 0
    for replication in range(12):
        small = play(without, engine=engine, replication=replication)
        large = play(with_one, engine=engine, replication=replication)
        if 150 in of_kind(large, Kind.SIGNED_UP)["actor"]:
            continue  # the lonely person is among the first customers, so another is not
        compared += 1
        assert large.log.tobytes() == small.log.tobytes()
        assert len(small.log) > 100
    assert compared >= 9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_higher_acceptance_probability_keeps_yesterdays_adopters(tmp_path, engine):
    write(tmp_path, edges(200, 6, 2), "graph.txt")
    ladder = [write(tmp_path, CASCADE.format(accept=p), f"{p}.yaml") for p in (0.2, 0.3, 0.5, 0.9)]
    grew = 0
    for replication in range(25):
        earlier: dict[int, float] = {}
        for path in ladder:
            joined = of_kind(play(path, engine=engine, replication=replication), Kind.ACTIVATED)
            now = dict(zip(joined["actor"].tolist(), joined["time"].tolist(), strict=True))
            assert earlier.keys() <= now.keys()
            assert all(now[person] <= day for person, day in earlier.items())
            grew += len(now) > len(earlier)
            earlier = now
    assert grew > 40


@pytest.mark.parametrize("engine", ENGINES)
def test_a_design_equal_to_another_gives_the_same_log(tmp_path, engine):
    write(tmp_path, edges(150, 6, 3), "graph.txt")
    text = WORLD.format(size=150) + "designs:\n  a: {product: {brand: 0.6}}\n  b: {product: {brand: 0.6}}\n"
    path = write(tmp_path, text)
    assert play(path, "a", engine).log.tobytes() == play(path, "b", engine).log.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_programme_more_in_one_design_changes_nothing_in_another(tmp_path, engine):
    write(tmp_path, edges(150, 6, 4), "graph.txt")
    base = WORLD.format(size=150)
    alone = write(tmp_path, base + "designs:\n  plain: {product: {brand: 0.6}}\n", "alone.yaml")
    more = write(
        tmp_path,
        base
        + "designs:\n  plain: {product: {brand: 0.6}}\n"
        + "  more: {programmes: {second: {asks: [{trigger: signup}], contact: {channel: mail}}}}\n",
        "more.yaml",
    )
    assert play(alone, "plain", engine).log.tobytes() == play(more, "plain", engine).log.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_change_on_a_day_leaves_every_earlier_event_alone(tmp_path, engine):
    write(tmp_path, edges(150, 6, 5), "graph.txt")
    base = WORLD.format(size=150)
    later = (
        base
        + "timeline:\n  - day: 60 d\n    set:\n"
        + "      product: {use: {rate: 1.2 per day}}\n      programmes: {refer: {share: 60 %}}\n"
    )
    before = play(write(tmp_path, base, "before.yaml"), engine=engine).log
    after = play(write(tmp_path, later, "after.yaml"), engine=engine).log
    early = before["time"] < 60
    assert before[early].tobytes() == after[after["time"] < 60].tobytes()
    assert (after["time"] >= 60).sum() > (~early).sum()
