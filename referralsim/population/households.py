"""Who pays for whom: households of people who know each other.

People are gone through in the order of ``U[HOUSEHOLD; i, 0, 0]``. Whoever is in no household yet begins one,
is the one who pays for it, and takes in the first of his contacts who are in none, until there are
``draw_count(A[HOUSEHOLD_SIZE; i, 0, 0])`` of them or no more such contacts. Another person in the world may
change who lives with whom near him.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from referralsim.compiled import compiled
from referralsim.distributions import draw_count
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph
from referralsim.randomness import Purpose, address, stream_key, unit

LARGEST = 8
"""People in one household, at most."""


@compiled
def _order(n_people: int, key: Any) -> Any:
    values = np.empty(n_people, np.float64)
    for i in range(n_people):
        values[i] = unit(address(key, i, 0, 0))
    return values


@compiled
def _matched(
    order: Any, offsets: Any, neighbours: Any, complete: bool, law: int, a: float, b: float, size_key: Any
) -> Any:
    payer = np.full(order.size, -1, np.int32)
    next_place = 0
    for i in order:
        if payer[i] >= 0:
            continue
        payer[i] = i
        wanted = min(max(draw_count(address(size_key, i, 0, 0), law, a, b), 1), LARGEST) - 1
        if complete:
            while wanted > 0 and next_place < order.size:
                j = order[next_place]
                next_place += 1
                if payer[j] < 0:
                    payer[j] = i
                    wanted -= 1
        else:
            for tie in range(offsets[i], offsets[i + 1]):
                if wanted > 0 and payer[neighbours[tie]] < 0:
                    payer[neighbours[tie]] = i
                    wanted -= 1
    return payer


def form_households(graph: SocialGraph, law: int, a: float, b: float, seed: int) -> npt.NDArray[np.int32]:
    """Return who pays for each person.

    Parameters
    ----------
    graph : SocialGraph
        With ties, or complete: there people of neighbouring places in the order live together.
    law, a, b : CountLaw and its parameters
        People in a household; what is drawn beyond 1 to 8 counts as 1 or 8.
    seed : int in [0, 2**64)
        Seed of the replication.

    Returns
    -------
    int32 array, shape (n_people,)
        Often the person himself.

    Raises
    ------
    PopulationError
        With fresh contacts, of whom nobody is there yet.
    """
    if graph.kind == "fresh":
        raise PopulationError(
            "households", "need people who are known in advance; among fresh contacts there are none"
        )
    order_key, size_key = (
        np.uint64(stream_key(seed, purpose)) for purpose in (Purpose.HOUSEHOLD, Purpose.HOUSEHOLD_SIZE)
    )
    order = np.argsort(_order(graph.n_people, order_key), kind="stable")
    complete = graph.kind == "complete"
    payer = _matched(order, graph.offsets, graph.neighbours, complete, int(law), float(a), float(b), size_key)
    return cast("npt.NDArray[np.int32]", payer)
