"""cynetdiff's ``IndependentCascadeModel``: C++ rounds without a clock, on compressed rows.

Each cascade starts on a new model, so that the peer never pays for clearing the set of the last one.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as installed
from typing import Any

import numpy as np


def version() -> str:
    """Return the version of the peer, or raise ImportError."""
    importlib.import_module("cynetdiff.models")
    return f"cynetdiff {installed('cynetdiff')}"


class Cascade:
    """One cascade after another on one graph."""

    def __init__(self, offsets: Any, neighbours: Any, probability: float) -> None:
        self._new: Any = importlib.import_module("cynetdiff.models").IndependentCascadeModel
        self._starts = np.ascontiguousarray(offsets[:-1], np.uint32)
        self._edges = np.ascontiguousarray(neighbours, np.uint32)
        self._probability = probability

    def prepare(self, initial: list[int], seed: int) -> None:
        """Make the model of one cascade."""
        self._model = self._new(self._starts, self._edges, activation_prob=self._probability, rng=seed)
        self._model.set_seeds(initial)

    def run(self) -> None:
        """Play it: the set of those reached comes out."""
        self._model.advance_until_completion()

    def reached(self) -> int:
        """Return how many people it reached."""
        return int(self._model.get_num_activated_nodes())
