"""One referral tree, laid out in rings: the first customer in the middle, a ring a generation.

Every person gets a slice of the circle in proportion to the leaves below, and stands in the middle of
it (a tidy radial layout: subtrees never overlap, siblings keep the order in which they joined).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from referralsim.report.infos import TreeInfo
from referralsim.report.wording import number, quoted

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

MOST_DRAWN = 400
_COLUMNS = ("person", "parent", "joined_days", "generation", "loop")


def referral_tree(experiment: Experiment, lead: str) -> TreeInfo:
    """Lay out the largest tree of the lead design (or of the first design that has one).

    At most :data:`MOST_DRAWN` people are drawn: the nearest generations, and in each the first to join. A
    table that was cut says how large the tree is in ``n_in_tree`` and ``tree_depth``.
    """
    for design in (lead, *experiment.trees):
        frame = experiment.trees.get(design)
        if frame is not None and len(frame) > 0 and set(_COLUMNS) <= set(frame.columns):
            return _lay_out(design, frame)
    return TreeInfo("No referral tree: nobody was brought by anybody", lead, 0, 0, (), (), (), (), (), ())


def _lay_out(design: str, frame: pd.DataFrame) -> TreeInfo:
    ordered = frame.sort_values(["generation", "joined_days", "person"], kind="stable")
    first, last = int(ordered["generation"].iloc[0]), int(ordered["generation"].iloc[-1])
    n_people = int(ordered["n_in_tree"].iloc[0]) if "n_in_tree" in ordered else len(ordered)
    depth = int(ordered["tree_depth"].iloc[0]) if "tree_depth" in ordered else last - first
    drawn = ordered.head(MOST_DRAWN)
    index = {int(person): i for i, person in enumerate(drawn["person"])}
    parent = [index.get(int(person), -1) for person in drawn["parent"]]
    generation = [int(value) - first for value in drawn["generation"]]
    angle = _angles(parent)
    return TreeInfo(
        _title(design, n_people, depth),
        design,
        n_people,
        depth,
        tuple(g * math.cos(a) for g, a in zip(generation, angle, strict=True)),
        tuple(g * math.sin(a) for g, a in zip(generation, angle, strict=True)),
        tuple(parent),
        tuple(generation),
        tuple(float(day) for day in drawn["joined_days"]),
        tuple(str(loop) for loop in drawn["loop"]),
    )


def _angles(parent: list[int]) -> list[float]:
    """Return the angle of every person in radians; parents stand before their children in the list."""
    n = len(parent)
    leaves = np.zeros(n)
    is_parent = np.zeros(n, dtype=bool)
    is_parent[[p for p in parent if p >= 0]] = True
    leaves[~is_parent] = 1.0
    for person in range(n - 1, -1, -1):
        if parent[person] >= 0:
            leaves[parent[person]] += leaves[person]
    roots = sum(leaves[person] for person in range(n) if parent[person] < 0)
    start, angle, free_at_root = np.zeros(n), [0.0] * n, 0.0
    next_free = np.zeros(n)
    for person in range(n):
        width = 2 * math.pi * leaves[person] / roots
        if parent[person] < 0:
            start[person], free_at_root = free_at_root, free_at_root + width
        else:
            start[person] = next_free[parent[person]]
            next_free[parent[person]] += width
        next_free[person] = start[person]
        angle[person] = float(start[person] + width / 2 - math.pi / 2)
    return angle


def _title(design: str, n_people: int, depth: int) -> str:
    if n_people == 1:
        return f"The largest tree is one customer who brought nobody ({quoted(design, 40)})"
    generations = "one generation" if depth == 1 else f"{depth} generations"
    return (
        f"One customer led to {number(n_people - 1, 0)} others over {generations} "
        f"({quoted(design, 40)}, largest tree of the first run)"
    )
