"""Trees: sizes, depths and the exact mean distance, against closed forms and breadth-first search."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from helpers_logs import Story, forest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.metrics import cascade
from referralsim.metrics.joins import joins_of


def trees(parents):
    return cascade.trees_of(joins_of(forest(parents)))


@pytest.mark.parametrize(
    ("parents", "virality"),
    [
        ([-1] + [0] * 9, 2 * 9 / 10),  # star: 2 (n - 1) / n
        ([-1, *range(9)], 11 / 3),  # path: (n + 1) / 3
        ([-1, 0, 0, 1, 1, 2, 2], 16 / 7),  # binary tree of 7
        ([-1, 0], 1.0),
    ],
)
def test_structural_virality_of_known_trees(parents, virality):
    assert trees(parents).structural_virality.tolist() == pytest.approx([virality], rel=1e-15)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 40), min_size=1, max_size=40))
def test_trees_agree_with_breadth_first_search(draws):
    parents = [-1 if draw < 0 or i == 0 else draw % i for i, draw in enumerate(draws)]
    graph = nx.Graph((parent, child) for child, parent in enumerate(parents) if parent >= 0)
    graph.add_nodes_from(range(len(parents)))
    found = trees(parents)
    assert found.root.tolist() == [i for i, parent in enumerate(parents) if parent < 0]
    for i, root in enumerate(found.root):
        component = nx.node_connected_component(graph, int(root))
        distance = nx.single_source_shortest_path_length(graph, int(root))
        levels = np.bincount(list(distance.values()))
        assert found.size[i] == len(component)
        assert found.depth[i] == len(levels) - 1
        assert found.breadth[i] == levels.max()
        if len(component) > 1:
            mean = nx.average_shortest_path_length(graph.subgraph(component))
            assert found.structural_virality[i] == pytest.approx(mean, rel=1e-12)
        else:
            assert math.isnan(found.structural_virality[i])


def test_scalars_of_three_trees():
    joins = joins_of(forest([-1, 0, 0, 1, -1, -1, 5]))  # sizes 4, 1, 2
    found = cascade.cascade_scalars(joins, cascade.trees_of(joins))
    assert found["mean_tree_size"][:2] == pytest.approx((7 / 3, 3))
    assert found["largest_tree"][:2] == (4.0, 3)
    assert found["mean_tree_depth"][:2] == pytest.approx((1.0, 3))
    assert found["max_depth"][:2] == (2.0, 3)
    assert found["mean_tree_breadth"][:2] == pytest.approx((4 / 3, 3))
    assert found["mean_structural_virality"][:2] == pytest.approx(((10 / 6 + 1) / 2, 2))
    assert found["share_one_node_trees"][:2] == pytest.approx((1 / 3, 3))
    assert found["share_trees_deeper_than_one"][:2] == pytest.approx((1 / 3, 3))
    assert found["top_referrers_share"][:2] == pytest.approx((2 / 4, 4))


def test_nobody_brought_anybody_is_undefined_not_zero():
    joins = joins_of(forest([-1, -1]))
    found = cascade.cascade_scalars(joins, cascade.trees_of(joins))
    for name in ("mean_structural_virality", "referrer_gini", "top_referrers_share"):
        assert math.isnan(found[name].value)
        assert found[name].n == 0
    assert found["share_one_node_trees"].value == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30).filter(any))
def test_gini_is_half_the_mean_absolute_difference_over_the_mean(counts):
    x = np.array(counts)
    slow = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert cascade.gini(x).value == pytest.approx(slow, abs=1e-12)


def test_size_table_counts_every_tree_once():
    table = cascade.cascade_size_table(trees([-1, 0, -1, -1, 3]))
    assert table["size"].tolist() == [1, 2]
    assert table["trees"].tolist() == [1, 2]
    assert table["share"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_largest_tree_is_breadth_first_and_says_that_it_is_cut():
    parents = [-1, -1, 1, 1, 2, 0, 4, 3]
    joins = joins_of(forest(parents))
    whole = cascade.largest_tree(joins, cascade.trees_of(joins))
    assert whole["person"].tolist() == [1, 2, 3, 4, 7, 6]
    assert whole["parent"].tolist() == [-1, 1, 1, 2, 3, 4]
    assert whole["loop"].tolist() == ["initial"] + ["programme"] * 5
    cut = cascade.largest_tree(joins, cascade.trees_of(joins), most=4)
    assert cut["person"].tolist() == [1, 2, 3, 4]
    assert set(cut["parent"]) <= {-1, *cut["person"]}
    assert (cut["n_in_tree"] == 6).all()
    assert (cut["tree_depth"] == 3).all()


def test_the_largest_tree_may_be_the_first():
    joins = joins_of(forest([-1, 0, 1, -1]))
    table = cascade.largest_tree(joins, cascade.trees_of(joins))
    assert table["person"].tolist() == [0, 1, 2]
    assert table["n_in_tree"].tolist() == [3, 3, 3]
    assert table["tree_depth"].tolist() == [2, 2, 2]


def test_no_more_than_four_hundred_are_drawn():
    joins = joins_of(forest([-1] + [0] * 401))
    assert cascade.largest_tree(joins, cascade.trees_of(joins))["person"].tolist() == list(range(400))


def test_who_hangs_under_each_row_itself_included():
    """Of a tree of four and a tree of one, whatever the order of rows: the roots are counted too."""
    parent, generation = np.array([2, -1, 1, 1, -1]), np.array([2, 0, 1, 1, 0])
    assert cascade.subtree_sizes(parent, generation).tolist() == [1, 4, 2, 1, 1]


def test_the_top_hundredth_of_customers_are_the_two_who_brought_most_of_two_hundred():
    """They brought 10 and 5 of 17; the next two brought one each."""
    parents = [-1] * 183 + [0] * 10 + [1] * 5 + [2, 3]
    joins = joins_of(forest(parents))
    found = cascade.cascade_scalars(joins, cascade.trees_of(joins))
    assert found["top_referrers_share"][:2] == pytest.approx((15 / 17, 17))


def test_a_single_tree_is_all_trees():
    assert cascade.cascade_size_table(trees([-1, 0]))["share"].tolist() == [1.0]


def test_no_customers_no_tree():
    joins = joins_of(Story().record())
    table = cascade.largest_tree(joins, cascade.trees_of(joins))
    assert table.empty
    assert "generation" in table
    assert all(math.isnan(scalar.value) for scalar in cascade.cascade_scalars(joins, trees([])).values())


def test_wiener_index_of_a_long_path_does_not_overflow():
    n = 20_000
    assert trees([-1, *range(n - 1)]).structural_virality[0] == pytest.approx((n + 1) / 3, rel=1e-12)
