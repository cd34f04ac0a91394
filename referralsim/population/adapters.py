"""Graphs from and to other libraries: networkx and igraph objects, given from Python.

Neither library is imported until it is needed; igraph never is, the object is enough.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, from_edges, sources_of

if TYPE_CHECKING:
    import networkx

ATTRIBUTES = ("strength", "weight")
"""Edge attributes that are taken for tie strengths; the first that any tie has."""


def _strengths(attributes: list[dict[str, Any]], attribute: str | None) -> list[float] | None:
    """Return one strength a tie, or None if there is no such attribute."""
    names = ATTRIBUTES if attribute is None else (attribute,)
    name = next((name for name in names if any(name in tie for tie in attributes)), None)
    if name is None:
        if attribute is not None:
            raise PopulationError("graph", f"no tie has the attribute {attribute!r}", "name another or none")
        return None
    strengths = []
    for position, tie in enumerate(attributes):
        value = tie.get(name)
        if not isinstance(value, (int, float, np.number)):
            raise PopulationError(
                "graph", f"tie {position} has no number as its {name!r}, got {value!r}", "give all ties one"
            )
        strengths.append(float(value))
    return strengths


def from_networkx(graph: networkx.Graph[Any], attribute: str | None = None) -> SocialGraph:
    """Take people and ties of a networkx graph; people are numbered in the order of its nodes.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Parallel ties count as repeats.
    attribute : str, optional
        Edge attribute with tie strengths in [0, 1]; by default ``strength``, else ``weight``, where
        any tie has it.

    Returns
    -------
    SocialGraph
        ``labels`` are the nodes.

    Raises
    ------
    PopulationError
        For a graph without nodes, or strengths that are missing or outside [0, 1].

    Examples
    --------
    >>> import networkx as nx
    >>> from_networkx(nx.path_graph(3)).degrees().tolist()
    [1, 2, 1]
    """
    labels: tuple[Hashable, ...] = tuple(graph.nodes)
    index = {node: position for position, node in enumerate(labels)}
    ties = list(graph.edges(data=True))
    return from_edges(
        len(labels),
        np.array([index[a] for a, _, _ in ties], dtype=np.int32),
        np.array([index[b] for _, b, _ in ties], dtype=np.int32),
        _strengths([data for _, _, data in ties], attribute),
        bool(graph.is_directed()),
        labels,
    )


def from_igraph(graph: Any, attribute: str | None = None) -> SocialGraph:
    """Take people and ties of an igraph graph; people are numbered as its vertices.

    Parameters
    ----------
    graph : igraph.Graph
        Directed or not; ``labels`` are the vertex attribute ``name`` where there is one.
    attribute : str, optional
        As for :func:`from_networkx`.

    Raises
    ------
    PopulationError
        As :func:`from_networkx`.
    """
    ties = np.asarray(graph.get_edgelist(), dtype=np.int32).reshape(-1, 2)
    wanted = [name for name in graph.es.attributes() if attribute is None or name == attribute]
    columns = {name: graph.es[name] for name in wanted if name in ATTRIBUTES or name == attribute}
    attributes = [
        {name: values[tie] for name, values in columns.items() if values[tie] is not None}
        for tie in range(len(ties))
    ]
    return from_edges(
        graph.vcount(),
        ties[:, 0],
        ties[:, 1],
        _strengths(attributes, attribute),
        bool(graph.is_directed()),
        tuple(graph.vs["name"]) if "name" in graph.vs.attributes() else None,
    )


def to_networkx(graph: SocialGraph) -> networkx.Graph[int]:
    """Return a networkx Graph or DiGraph of the people's indices, with ``strength`` on each edge.

    Original ids, where there are any, become the node attribute ``label``.

    Raises
    ------
    PopulationError
        For a complete graph or fresh contacts, which list no ties.
    """
    import networkx

    if graph.kind != "ties":
        raise PopulationError("graph", f"a {graph.kind} graph lists no ties", "use a graph with ties")
    converted: networkx.Graph[int] = networkx.DiGraph() if graph.directed else networkx.Graph()
    converted.add_nodes_from(range(graph.n_people))
    source, target = sources_of(graph), graph.neighbours
    strength = np.broadcast_to(graph.strength.astype(np.float32), target.shape)
    once = np.ones(target.size, bool) if graph.directed else source < target
    for a, b, value in zip(
        source[once].tolist(), target[once].tolist(), strength[once].tolist(), strict=True
    ):
        converted.add_edge(a, b, strength=value)
    for person, label in enumerate(graph.labels or ()):
        converted.nodes[person]["label"] = label
    return converted
