"""Graphs of other libraries come in and go out with people, ties and strengths unchanged."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from referralsim.population import generators
from referralsim.population.adapters import from_igraph, from_networkx, to_networkx
from referralsim.population.errors import PopulationError
from referralsim.population.graph import from_edges


def test_networkx_there_and_back() -> None:
    original = nx.Graph()
    original.add_nodes_from(["zoe", "bo", ("x", 1), "alone"])
    original.add_edge("zoe", "bo", strength=0.25)
    original.add_edge("bo", ("x", 1), strength=1.0)
    graph = from_networkx(original)
    assert graph.labels == ("zoe", "bo", ("x", 1), "alone")
    assert graph.weighted
    back = to_networkx(graph)
    named = nx.relabel_nodes(back, nx.get_node_attributes(back, "label"))
    assert nx.utils.graphs_equal(nx.Graph(named.edges(data=True)), nx.Graph(original.edges(data=True)))
    assert from_networkx(back).digest() == graph.digest()


def test_directed_and_parallel_edges() -> None:
    graph = from_networkx(nx.MultiDiGraph([(0, 1), (0, 1), (1, 0), (2, 2), (2, 0)]))
    assert graph.directed
    assert graph.neighbours.tolist() == [1, 0, 0]
    assert (graph.dropped_repeats, graph.dropped_self_loops) == (1, 1)
    assert sorted(to_networkx(graph).edges) == [(0, 1), (1, 0), (2, 0)]


def test_weight_is_taken_where_there_is_no_strength() -> None:
    assert from_networkx(nx.Graph([(0, 1, {"weight": 0.5})])).strength.tolist() == [0.5, 0.5]
    both = nx.Graph([(0, 1, {"weight": 7.0, "strength": 0.5})])
    assert from_networkx(both).strength.tolist() == [0.5, 0.5]
    assert not from_networkx(nx.path_graph(3)).weighted
    assert from_networkx(nx.Graph([(0, 1, {"trust": 1})]), "trust").strength.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("original", "attribute", "words"),
    [
        (nx.Graph([(0, 1, {"weight": 2.0})]), None, "2.0 of tie 0 is outside"),
        (nx.Graph([(0, 1, {"weight": 0.5}), (1, 2)]), None, "tie 1 has no number as its 'weight', got None"),
        (nx.Graph([(0, 1, {"weight": "1"})]), None, "got '1'"),
        (nx.path_graph(2), "trust", "no tie has the attribute 'trust'"),
        (nx.Graph(), None, "people: expected 1"),
    ],
)
def test_wrong_graphs_are_refused(original: nx.Graph, attribute: str | None, words: str) -> None:
    with pytest.raises(PopulationError) as caught:
        from_networkx(original, attribute)
    assert words in str(caught.value)


def test_graphs_without_rows_cannot_go_out() -> None:
    with pytest.raises(PopulationError, match="lists no ties"):
        to_networkx(generators.complete(3))


def test_igraph_gives_the_same_graph_as_networkx() -> None:
    igraph = pytest.importorskip("igraph", reason="igraph is not installed")
    ties = [(0, 1), (1, 2), (0, 3)]
    other = igraph.Graph(n=5, edges=ties)
    assert from_igraph(other).digest() == from_edges(5, *np.array(ties).T).digest()
    other.es["weight"] = [0.5, 0.25, 1.0]
    other.vs["name"] = list("abcde")
    weighted = from_igraph(other)
    assert weighted.labels == tuple("abcde")
    assert weighted.digest() == from_edges(5, *np.array(ties).T, [0.5, 0.25, 1.0]).digest()
    assert from_igraph(igraph.Graph(n=2, edges=[(1, 0)], directed=True)).offsets.tolist() == [0, 0, 1]
    other.es["weight"] = [0.5, None, 1.0]
    with pytest.raises(PopulationError, match="tie 1 has no number"):
        from_igraph(other)
