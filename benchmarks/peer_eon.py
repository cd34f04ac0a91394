"""EoN's ``fast_SIR``: event-driven, with a clock, on a networkx graph.

A person infects with rate .15 and recovers with rate .85, so that each tie passes the cascade on with
probability .15 / (.15 + .85) = .15, after an exponential delay of mean 1 day: what the engine plays. The
recovery, which makes the ties of one person depend on each other, changes neither the mean number
reached nor the delay. Source: Miller & Ting, JOSS 4(44), 2019, doi:10.21105/joss.01731.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as installed
from typing import Any

import numpy as np


def version() -> str:
    """Return the version of the peer, or raise ImportError."""
    importlib.import_module("EoN")
    return f"EoN {installed('EoN')}"


class Cascade:
    """One cascade after another on one graph."""

    def __init__(self, offsets: Any, neighbours: Any, probability: float) -> None:
        networkx = importlib.import_module("networkx")
        self._eon: Any = importlib.import_module("EoN")
        self._probability = probability
        self._graph: Any = networkx.Graph()
        self._graph.add_nodes_from(range(len(offsets) - 1))
        source = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        once = source < neighbours
        self._graph.add_edges_from(zip(source[once].tolist(), neighbours[once].tolist(), strict=True))

    def prepare(self, initial: list[int], seed: int) -> None:
        """Get ready for one cascade."""
        self._initial = initial
        self._random = np.random.default_rng(seed)

    def run(self) -> None:
        """Play it: the times of all infections and recoveries come out."""
        self._result = self._eon.fast_SIR(
            self._graph,
            self._probability,
            1.0 - self._probability,
            initial_infecteds=self._initial,
            rng=self._random,
        )

    def reached(self) -> int:
        """Return how many people it reached."""
        return int(self._result[3][-1])
