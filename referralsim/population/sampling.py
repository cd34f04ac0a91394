"""Uniform choice of distinct pairs of people inside or between blocks, in time linear in the pairs.

The number of ties is binomial, and given the number every set of pairs is equally likely: the same
law as a coin for every pair, without tossing that many coins. Where more than a quarter of all
pairs is wanted, the coins are tossed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Pairs = tuple[Indices, Indices]
DENSE = 0.25


class Blocks(NamedTuple):
    """Equal blocks of people with neighbouring indices."""

    block: npt.NDArray[np.int32]  # (n_people,) block of each person
    start: Indices  # (n_blocks,) first person
    size: Indices  # (n_blocks,)

    @property
    def n_pairs_within(self) -> int:
        """Pairs of two people of one block."""
        return int((self.size * (self.size - 1) // 2).sum())

    @property
    def n_pairs_between(self) -> int:
        """Pairs of two people of different blocks."""
        n_people = len(self.block)
        return n_people * (n_people - 1) // 2 - self.n_pairs_within


def blocks_of(n_people: int, n_blocks: int) -> Blocks:
    """Divide people into blocks whose sizes differ by at most one.

    Examples
    --------
    >>> blocks_of(7, 3).block.tolist()
    [0, 0, 1, 1, 2, 2, 2]
    """
    edges = np.arange(n_blocks + 1, dtype=np.int64) * n_people // n_blocks
    size = np.diff(edges)
    return Blocks(np.repeat(np.arange(n_blocks, dtype=np.int32), size), edges[:-1], size)


def ties_within(blocks: Blocks, n_expected: float, random: np.random.Generator) -> Pairs:
    """Choose about ``n_expected`` distinct pairs inside blocks, all equally likely."""
    n_pairs = blocks.n_pairs_within
    largest = int(blocks.size.max())

    def every() -> Pairs:
        first, second = np.triu_indices(largest, 1)
        source = (blocks.start[:, None] + first).ravel()
        target = (blocks.start[:, None] + second).ravel()
        fits = (second < blocks.size[:, None]).ravel()
        return source[fits], target[fits]

    def propose(n_wanted: int) -> Pairs:
        source = random.integers(len(blocks.block), size=n_wanted)
        home = blocks.block[source]
        within = random.integers(largest, size=n_wanted)
        target = blocks.start[home] + within
        fits = (within < blocks.size[home]) & (target != source)
        return source[fits], target[fits]

    return _choose(len(blocks.block), n_pairs, n_expected, every, propose, random)


def ties_between(blocks: Blocks, n_expected: float, random: np.random.Generator) -> Pairs:
    """Choose about ``n_expected`` distinct pairs of people of different blocks, all equally likely."""
    n_people = len(blocks.block)

    def every() -> Pairs:
        source, target = np.triu_indices(n_people, 1)
        apart = blocks.block[source] != blocks.block[target]
        return source[apart].astype(np.int64), target[apart].astype(np.int64)

    def propose(n_wanted: int) -> Pairs:
        source = random.integers(n_people, size=n_wanted)
        target = random.integers(n_people, size=n_wanted)
        apart = blocks.block[source] != blocks.block[target]
        return source[apart], target[apart]

    return _choose(n_people, blocks.n_pairs_between, n_expected, every, propose, random)


def _choose(
    n_people: int,
    n_pairs: int,
    n_expected: float,
    every: Callable[[], Pairs],
    propose: Callable[[int], Pairs],
    random: np.random.Generator,
) -> Pairs:
    if n_pairs == 0 or n_expected <= 0.0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    probability = min(1.0, n_expected / n_pairs)
    if probability > DENSE:
        source, target = every()
        tied = random.random(source.size) < probability
        return source[tied], target[tied]
    wanted = int(random.binomial(n_pairs, probability))
    keys = np.zeros(0, np.int64)
    # Each round proposes only as many as are missing: the distinct pairs seen so far never exceed
    # what is wanted, so none has to be thrown away and all sets stay equally likely.
    while keys.size < wanted:
        a, b = propose(wanted - keys.size)
        keys = np.sort(np.concatenate([keys, np.minimum(a, b) * n_people + np.maximum(a, b)]))
        keys = keys[np.diff(keys, prepend=-1) != 0]
    return keys // n_people, keys % n_people
