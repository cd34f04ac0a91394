"""The same with SimPy by somebody in a hurry: an invitation that is lost, or comes too late, ends at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks import peer_simpy
from benchmarks.peer_simpy import version

__all__ = ["Cascade", "version"]


class Cascade(peer_simpy.Cascade):
    """One cascade after another on one graph."""

    def invite(self, person: int, friend: int) -> Iterator[Any]:
        """Be one invitation, which waits only if it can succeed."""
        if self.joined[friend] or self.random.random() >= self.probability:
            return
        yield self.world.timeout(self.random.expovariate(1.0))
        if not self.joined[friend]:
            self.join(friend, person)
