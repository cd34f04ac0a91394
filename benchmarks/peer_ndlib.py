"""ndlib's ``IndependentCascades``: rounds without delays, on a networkx graph.

Source: Rossetti et al., Int. J. Data Science and Analytics 5, 2018, doi:10.1007/s41060-017-0086-6.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as installed
from typing import Any

import numpy as np


def version() -> str:
    """Return the version of the peer, or raise ImportError."""
    importlib.import_module("ndlib.models.epidemics")
    return f"ndlib {installed('ndlib')}"


class Cascade:
    """One cascade after another on one graph, with the same threshold on every tie."""

    def __init__(self, offsets: Any, neighbours: Any, probability: float) -> None:
        networkx = importlib.import_module("networkx")
        epidemics = importlib.import_module("ndlib.models.epidemics")
        configuration = importlib.import_module("ndlib.models.ModelConfig").Configuration()
        graph: Any = networkx.Graph()
        graph.add_nodes_from(range(len(offsets) - 1))
        source = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        once = source < neighbours
        graph.add_edges_from(zip(source[once].tolist(), neighbours[once].tolist(), strict=True))
        for tie in graph.edges():
            configuration.add_edge_configuration("threshold", tie, probability)
        configuration.add_model_initial_configuration("Infected", [0])
        self._model: Any = epidemics.IndependentCascadesModel(graph)
        self._model.set_initial_status(configuration)

    def prepare(self, initial: list[int], seed: int) -> None:
        """Set every state back and get ready for one cascade."""
        self._model.reset(infected_nodes=initial)
        np.random.seed(seed % 2**32)

    def run(self) -> None:
        """Play rounds until nobody is newly reached: counts by state and round come out."""
        while True:
            counts = self._model.iteration(node_status=False)["node_count"]
            if counts[1] == 0:
                break
        self._reached = counts[2]

    def reached(self) -> int:
        """Return how many people it reached."""
        return int(self._reached)
