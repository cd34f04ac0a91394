"""The cascade as one would write it with SimPy: one process an invitation.

Somebody who joins starts a process for each friend. It waits an exponential delay of mean 1 day; then the
friend joins with probability .15, unless a customer already.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from importlib.metadata import version as installed
from itertools import pairwise
from typing import Any


def version() -> str:
    """Return the version of the peer, or raise ImportError."""
    importlib.import_module("simpy")
    return f"SimPy {installed('simpy')}"


class Cascade:
    """One cascade after another on one graph."""

    def __init__(self, offsets: Any, neighbours: Any, probability: float) -> None:
        self._environment: Any = importlib.import_module("simpy").Environment
        ties = neighbours.tolist()
        self._friends = [ties[a:b] for a, b in pairwise(offsets.tolist())]
        self.probability = probability

    def prepare(self, initial: list[int], seed: int) -> None:
        """Get ready for one cascade."""
        self.world: Any = self._environment()
        self.random = random.Random(seed)
        self.joined = [False] * len(self._friends)
        self._log: list[tuple[float, int, int]] = []
        self._initial = initial

    def join(self, person: int, parent: int) -> None:
        """Write down that somebody has joined, and invite all their friends."""
        self.joined[person] = True
        self._log.append((self.world.now, person, parent))
        for friend in self._friends[person]:
            self.world.process(self.invite(person, friend))

    def invite(self, person: int, friend: int) -> Iterator[Any]:
        """Be one invitation."""
        yield self.world.timeout(self.random.expovariate(1.0))
        if not self.joined[friend] and self.random.random() < self.probability:
            self.join(friend, person)

    def run(self) -> None:
        """Play it: who joined, when and by whom comes out."""
        for person in self._initial:
            self.join(person, -1)
        self.world.run()

    def reached(self) -> int:
        """Return how many people it reached."""
        return len(self._log)
