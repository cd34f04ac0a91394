"""Designs of a replication share their people, and only where every one of them would be the same."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import write

from referralsim.engine.compile_people import Crowd, LastCrowd, Wanted, populate
from referralsim.experiment.plan import plan
from referralsim.experiment.result import RunKey
from referralsim.randomness import replication_seed
from referralsim.scenario.load import load_study

TEXT = """
referralsim: 1
horizon: 100 d
replications: 2
population:
  size: 300
  graph: {erdos_renyi: {mean_degree: 4}}
  activity: {lognormal: {mean: 1, sd: 1}}
  segments: {a: {share: 40 %}, b: {share: 60 %}}
acquisition: {initial: {customers: 20}}
channels: {link: {}}
programmes: {p: {asks: [{trigger: happy_moment}], rewards: {referrer: {value: 10.00}}}}
designs:
  one: {}
  richer: {programmes: {p: {rewards: {referrer: {value: 20.00}}}}}
  happier: {product: {moments: {happy: 50 %}}}
  other_shares: {population: {segments: {a: {share: 50 %}, b: {share: 50 %}}}}
  clustered: {population: {placement: clustered}}
  livelier: {population: {activity: {lognormal: {mean: 1, sd: 2}}}}
  listed: {population: {activity: {empirical: [1, 2, 5]}}}
  listed_else: {population: {activity: {empirical: [1, 2, 6]}}}
  more: {acquisition: {initial: {customers: 21}}}
  by_degree: {acquisition: {initial: {choose: by_degree}}}
  with_strangers: {acquisition: {organic: {rate: 1 per day}}}
  together: {population: {households: {size: 2}}}
"""
ALIKE = ("one", "richer", "happier")
UNLIKE = (
    *("other_shares", "clustered", "livelier", "listed", "listed_else"),
    *("more", "by_degree", "with_strangers", "together"),
)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    return plan(load_study(write(tmp_path_factory.mktemp("people"), TEXT)), "reference")


def crowd(inputs):
    return [getattr(inputs, name) for name in Crowd._fields]


def test_designs_that_only_pay_otherwise_share_their_people(ready):
    """Drawing a hundred thousand people again for each design takes a tenth of a run."""
    first, *others = (crowd(ready.world(RunKey(name, 0))[0]) for name in ALIKE)
    for other in others:
        assert all(a is b for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("name", [*ALIKE, *UNLIKE])
@pytest.mark.parametrize("replication", [0, 1])
def test_people_who_are_shared_are_those_who_would_be_drawn(ready, name, replication):
    """Whoever was drawn before, a design has its own people; all that decides who they are differs here."""
    scenario, seed = ready.study.designs[name], replication_seed(ready.seed, replication)
    afresh = populate(ready.inputs[name], scenario, ready.graph, ready.layout, seed)
    for before in (*ALIKE[:1], *UNLIKE):
        for earlier in (0, 1):
            ready.world(RunKey(before, earlier))
            for a, b in zip(crowd(afresh), crowd(ready.world(RunKey(name, replication))[0]), strict=True):
                np.testing.assert_array_equal(a, b, strict=True)


def test_everything_that_is_drawn_decides_who_is_wanted(ready):
    """Each of these designs wants other people than the first: none of its wishes is left out."""
    last, seen = LastCrowd(), []
    for name in ("one", *UNLIKE):
        populate(ready.inputs[name], ready.study.designs[name], ready.graph, ready.layout, 1, last)
        seen.append(last._wanted)
    changed = {
        field
        for other in seen
        for field in Wanted._fields
        if getattr(other, field) != getattr(seen[0], field)
    }
    assert changed == {*Wanted._fields} - {"n_people", "seed"}
    assert all(a != b for i, a in enumerate(seen) for b in seen[:i])
