"""Trees of customers: how large, how deep, how broad, and how viral in their structure.

Structural virality is the mean distance between two members of a tree. A tie that has s members below
it lies on s (n - s) of the paths, so the sum over ties gives the Wiener index in one pass, exactly.

Source: S. Goel, A. Anderson, J. Hofman & D. Watts, Management Science 62(1), 2016,
doi:10.1287/mnsc.2015.2158; H. Wiener, JACS 69(1), 1947, doi:10.1021/ja01193a005.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.metrics.events import Floats, Ints, order_by, sums_by
from referralsim.metrics.joins import LOOP_NAMES, Joins
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio

MOST_DRAWN = 400

_NAMES = (
    "mean_tree_size",
    "largest_tree",
    "mean_tree_depth",
    "max_depth",
    "mean_tree_breadth",
    "mean_structural_virality",
    "share_one_node_trees",
    "share_trees_deeper_than_one",
    "referrer_gini",
    "top_referrers_share",
)


class Trees(NamedTuple):
    """One entry a tree, in the order in which the roots joined; arrays of shape (n_trees,)."""

    root: Ints  # row in the table of customers
    size: Ints  # customers, root included
    depth: Ints  # generations under the root
    breadth: Ints  # customers in the fullest generation
    structural_virality: Floats  # mean distance of two members; NaN for a tree of one


def trees_of(joins: Joins) -> Trees:
    """Measure every tree of customers.

    Examples
    --------
    A star of n has mean distance 2 (n - 1) / n, a path (n + 1) / 3.
    """
    size = np.bincount(joins.root, minlength=joins.n)
    root = np.flatnonzero(size)
    tree, size = (np.cumsum(size > 0) - 1)[joins.root], size[root]
    n_levels = int(joins.generation.max(initial=0)) + 1
    level, width = np.unique(tree * n_levels + joins.generation, return_counts=True)
    first = np.searchsorted(level, np.arange(len(root)) * n_levels)  # every tree has a level 0
    depth = np.diff(np.append(first, len(level))) - 1
    breadth = np.maximum.reduceat(width, first) if len(first) else first
    below = subtree_sizes(joins.parent, joins.generation).astype(np.float64)
    linked = joins.parent >= 0
    paths = below[linked] * (size[tree[linked]] - below[linked])
    total = sums_by(tree[linked], paths, len(root))
    pairs = size * (size - 1.0) / 2
    virality = np.divide(total, pairs, out=np.full(len(root), np.nan), where=size > 1)
    return Trees(root, size, depth, breadth, virality)


def subtree_sizes(parent: Ints, generation: Ints) -> Ints:
    """Return how many rows hang under each row of a forest, itself included."""
    sizes = np.ones(len(parent), dtype=np.int64)
    order = order_by(generation, int(generation.max(initial=0)) + 1)
    edges = np.append(0, np.cumsum(np.bincount(generation)))
    for step in range(len(edges) - 2, 0, -1):
        rows = order[edges[step] : edges[step + 1]]
        np.add.at(sizes, parent[rows], sizes[rows])
    return sizes


def cascade_scalars(joins: Joins, trees: Trees) -> dict[str, Scalar]:
    """Return the scalar measures of cascades by name."""
    n = len(trees.size)
    if not n:
        return dict.fromkeys(_NAMES, UNDEFINED)
    grown = trees.structural_virality[trees.size > 1]
    brought = np.bincount(joins.parent[joins.parent >= 0], minlength=joins.n)
    return {
        "mean_tree_size": ratio(int(trees.size.sum()), n),
        "largest_tree": Scalar(float(trees.size.max()), n),
        "mean_tree_depth": ratio(int(trees.depth.sum()), n),
        "max_depth": Scalar(float(trees.depth.max()), n),
        "mean_tree_breadth": ratio(int(trees.breadth.sum()), n),
        "mean_structural_virality": ratio(float(grown.sum()), len(grown)),
        "share_one_node_trees": ratio(int((trees.size == 1).sum()), n),
        "share_trees_deeper_than_one": ratio(int((trees.depth > 1).sum()), n),
        "referrer_gini": gini(brought),
        "top_referrers_share": top_share(brought, 0.01),
    }


def gini(counts: Ints) -> Scalar:
    """Return the Gini coefficient of counts; undefined when all are zero.

    Examples
    --------
    >>> gini(np.array([1, 1, 1])).value, gini(np.array([0, 0, 0, 8])).value
    (0.0, 0.75)
    """
    n, total = len(counts), float(counts.sum())
    if total == 0:
        return UNDEFINED
    rank = np.arange(1, n + 1)
    return Scalar(float(2 * (rank * np.sort(counts)).sum() / (n * total) - (n + 1) / n), n)


def top_share(counts: Ints, share: float) -> Scalar:
    """Return the part of the total that falls to the given share of largest counts (at least one)."""
    top = math.ceil(len(counts) * share)
    return ratio(int(np.sort(counts)[::-1][:top].sum()), int(counts.sum()))


def cascade_size_table(trees: Trees) -> pd.DataFrame:
    """Return how many trees there are of each size: size, trees, share (of trees)."""
    size, count = np.unique(trees.size, return_counts=True)
    return pd.DataFrame({"size": size, "trees": count, "share": count / max(1, int(count.sum()))})


def largest_tree(joins: Joins, trees: Trees, most: int = MOST_DRAWN) -> pd.DataFrame:
    """Return the largest tree (of equals, the first to start), breadth first.

    Parameters
    ----------
    most : int
        At most so many customers; what is cut is the end of the last generations.

    Returns
    -------
    pandas.DataFrame
        person, parent (a person, -1 for the root), joined_days, generation, loop, channel (empty: none),
        n_in_tree and tree_depth (of the whole tree: it was cut if it has more customers than the table has
        rows). Every parent is in a row above.
    """
    best = int(np.argmax(trees.size)) if len(trees.size) else -1
    rows = np.flatnonzero(joins.root == trees.root[best]) if best >= 0 else np.empty(0, dtype=np.int64)
    rows = rows[np.argsort(joins.generation[rows], kind="stable")][:most]
    parent = joins.parent[rows]
    persons = np.append(joins.person, -1)
    return pd.DataFrame(
        {
            "person": joins.person[rows],
            "parent": persons[parent],
            "joined_days": joins.joined_days[rows],
            "generation": joins.generation[rows],
            "loop": _spelled(joins.loop[rows], LOOP_NAMES),
            "channel": _spelled(joins.channel[rows], joins.record.channel_names),
            "n_in_tree": int(trees.size[best]) if best >= 0 else 0,
            "tree_depth": int(trees.depth[best]) if best >= 0 else 0,
        }
    )


def _spelled(codes: Ints, names: tuple[str, ...]) -> npt.NDArray[np.object_]:
    """Return codes as names; -1 becomes the empty text."""
    return np.array((*names, ""), dtype=object)[codes]
