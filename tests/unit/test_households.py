"""Households: who pays for whom, by drawn sizes, among people who know each other."""

from __future__ import annotations

import numpy as np
import pytest

from referralsim.distributions import draw_count
from referralsim.laws import CountLaw
from referralsim.population.errors import PopulationError
from referralsim.population.generators import complete, erdos_renyi, fresh_contacts
from referralsim.population.graph import SocialGraph
from referralsim.population.households import form_households
from referralsim.randomness import Chance, Purpose, unit


def by_hand(graph: SocialGraph, law: int, a: float, b: float, seed: int) -> list[int]:
    """Do what the module says, person by person."""
    chance = Chance(seed)
    payer = [-1] * graph.n_people
    order = sorted(range(graph.n_people), key=lambda i: unit(chance.word(Purpose.HOUSEHOLD, i, 0, 0)))
    for i in order:
        if payer[i] >= 0:
            continue
        payer[i] = i
        size = min(max(draw_count(chance.word(Purpose.HOUSEHOLD_SIZE, i, 0, 0), law, a, b), 1), 8)
        ties = graph.neighbours[graph.offsets[i] : graph.offsets[i + 1]] if graph.kind == "ties" else order
        for j in [int(j) for j in ties if payer[j] < 0][: size - 1]:
            payer[j] = i
    return payer


LAWS = [(CountLaw.FIXED_COUNT, 3.0), (CountLaw.POISSON, 2.0), (CountLaw.FIXED_COUNT, 99.0)]
GRAPHS = [erdos_renyi(60, 5.0, 3), erdos_renyi(60, 0.5, 3), complete(60)]


@pytest.mark.parametrize("graph", GRAPHS, ids=["dense", "sparse", "complete"])
@pytest.mark.parametrize(("law", "a"), LAWS)
def test_households_are_those_of_the_rule(graph: SocialGraph, law: int, a: float) -> None:
    for seed in (1, 2):
        payer = form_households(graph, law, a, 0.0, seed)
        assert payer.dtype == np.int32
        assert payer.tolist() == by_hand(graph, law, a, 0.0, seed)


def test_members_know_their_payer_who_pays_for_himself() -> None:
    graph = erdos_renyi(400, 6.0, 1)
    payer = form_households(graph, CountLaw.FIXED_COUNT, 4.0, 0.0, 9)
    assert (payer[payer] == payer).all()
    for i in np.flatnonzero(payer != np.arange(400)):
        assert payer[i] in graph.neighbours[graph.offsets[i] : graph.offsets[i + 1]]
    assert np.bincount(payer).max() == 4
    assert len(np.unique(payer)) < 250  # most people do live together


def test_a_household_of_one_is_everybody_alone() -> None:
    assert form_households(complete(9), CountLaw.FIXED_COUNT, 1.0, 0.0, 1).tolist() == list(range(9))


def test_on_a_complete_graph_all_but_the_last_household_are_full() -> None:
    sizes = np.bincount(form_households(complete(31), CountLaw.FIXED_COUNT, 4.0, 0.0, 1))
    assert sorted(sizes[sizes > 0].tolist()) == [3, 4, 4, 4, 4, 4, 4, 4]


def test_strangers_form_no_household() -> None:
    with pytest.raises(PopulationError, match="known in advance"):
        form_households(fresh_contacts(5), CountLaw.FIXED_COUNT, 2.0, 0.0, 1)
