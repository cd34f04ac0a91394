"""What each agent is like in one replication: every value is drawn at the agent's own address.

Agents have the keys after those of the people of the graph.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from referralsim.compiled import compiled
from referralsim.distributions import draw
from referralsim.randomness import Purpose, address, stream_key, unit

Floats = npt.NDArray[np.float64]


@compiled
def _amounts(first: int, n: int, law: int, a: float, b: float, table: Any, key: Any) -> Any:
    values = np.empty(n, np.float64)
    for i in range(n):
        values[i] = draw(address(key, first + i, 0, 0), law, a, b, table)
    return values


@compiled
def _units(first: int, n: int, key: Any) -> Any:
    values = np.empty(n, np.float64)
    for i in range(n):
        values[i] = unit(address(key, first + i, 0, 0))
    return values


def draw_amounts(
    first_key: int, n_agents: int, law: int, a: float, b: float, table: Floats, purpose: Purpose, seed: int
) -> Floats:
    """Draw an amount for each of some agents, ``draw(A[purpose; key, 0, 0], law, a, b, table)``.

    Parameters
    ----------
    first_key : int, >= 0
        Key of the first of them; the others follow.
    law, a, b : Law and its parameters
        See :mod:`referralsim.distributions`.
    table : float64 array, shape (n_rows,)
        Rows of the empirical laws; may be empty.
    seed : int in [0, 2**64)
        Seed of the replication.

    Returns
    -------
    float64 array, shape (n_agents,)
    """
    key = np.uint64(stream_key(seed, purpose))
    return cast("Floats", _amounts(first_key, n_agents, int(law), float(a), float(b), table, key))


def draw_flags(
    first_key: int, n_agents: int, probability: float, purpose: Purpose, seed: int
) -> npt.NDArray[np.bool_]:
    """Draw whether something holds for each of some agents, ``U[purpose; key, 0, 0] < probability``.

    Returns
    -------
    bool array, shape (n_agents,)
    """
    units = _units(first_key, n_agents, np.uint64(stream_key(seed, purpose)))
    return cast("npt.NDArray[np.bool_]", units < probability)
