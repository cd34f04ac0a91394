"""From what a scenario says about its population to the graph itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import numpy as np

from referralsim.population import generators, strength
from referralsim.population.edgelist import read_edge_list
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph
from referralsim.randomness import Purpose, address, stream_key
from referralsim.scenario.schema import DEFAULT_PEOPLE, Graph, Population, Strength


def build_graph(
    population: Population, seed: int, base_dir: Path, graph_file: Path | None = None
) -> SocialGraph:
    """Build the graph of a scenario, with the strength of its ties.

    The same population and seed give the same graph, in any process. An edge list named by the
    scenario gets isolated people up to ``population.size``; one given as ``graph_file`` replaces
    the scenario's graph *and* its size.

    Parameters
    ----------
    population : scenario.schema.Population
    seed : int in [0, 2**64)
        Seed of the scenario (all replications share one graph).
    base_dir : Path
        The scenario's folder; its edge list must lie in there.
    graph_file : Path, optional
        Use this edge list instead, from anywhere.

    Raises
    ------
    PopulationError
        If the graph cannot be built as asked; the message names the number at fault.
    """
    spec = population.graph
    weighted = population.strength.kind == "weights"
    file = edge_list_file(spec, base_dir, graph_file)
    if file is not None:
        graph = read_edge_list(file, spec.directed, weighted, population.size)
    else:
        graph_seed = int(address(stream_key(seed, Purpose.GRAPH), 0, 0, 0))
        graph = _generate(spec, population.size or DEFAULT_PEOPLE, graph_seed)
    return _strengthen(graph, population.strength, seed)


def edge_list_file(spec: Graph, base_dir: Path, graph_file: Path | None = None) -> Path | None:
    """Return the edge list that a graph is read from; None if it is generated.

    A scenario from a stranger may not read outside its folder; ``graph_file`` may lie anywhere.

    Raises
    ------
    PopulationError
        If the scenario's edge list has no name, or is not in the scenario's folder.
    """
    if graph_file is not None:
        return graph_file
    if spec.kind != "edge_list":
        return None
    if not spec.file:
        raise PopulationError("population.graph.file", "kind `edge_list` needs a file", "name one")
    file = base_dir / spec.file
    try:
        inside = file.resolve().is_relative_to(base_dir.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise PopulationError(
            "population.graph.file",
            f"{spec.file!r} is not in the scenario's folder",
            "put the file there, or give it on the command line with --graph",
        )
    return file


def _generate(spec: Graph, size: int, seed: int) -> SocialGraph:
    degree = spec.mean_degree
    makers: dict[str, Callable[[], SocialGraph]] = {
        "erdos_renyi": lambda: generators.erdos_renyi(size, degree, seed),
        "scale_free": lambda: generators.scale_free(size, degree, seed),
        "small_world": lambda: generators.small_world(size, degree, spec.rewiring, seed),
        "communities": lambda: generators.communities(size, degree, spec.communities, spec.within, seed),
        "configuration": lambda: generators.configuration(_repeated(spec.degrees, size), seed),
        "power_law": lambda: generators.power_law(
            size, spec.exponent, spec.min_degree, spec.max_degree, seed
        ),
        "geometric": lambda: generators.geometric(size, degree, seed),
        "complete": lambda: generators.complete(size),
        "fresh_contacts": lambda: generators.fresh_contacts(size),
    }
    return makers[spec.kind]()


def _repeated(degrees: tuple[int, ...], size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    if not degrees:
        raise PopulationError("population.graph.degrees", "kind `configuration` needs degrees", "list some")
    if max(degrees) >= size or min(degrees) < 0:
        wrong = max(degrees) if max(degrees) >= size else min(degrees)
        raise PopulationError("population.graph.degrees", f"expected 0 … {size - 1}, got {wrong}", "")
    return np.resize(np.array(degrees, dtype=np.int64), size)


def _strengthen(graph: SocialGraph, spec: Strength, seed: int) -> SocialGraph:
    match spec.kind:
        case "by_share":
            return strength.by_share(graph, spec.strong, seed)
        case "embeddedness":
            return strength.by_embeddedness(graph, spec.strong, seed)
        case "weights":
            return strength.by_weights(graph)
        case "equal":
            return strength.equal(graph, spec.value)
        case _:
            assert_never(spec.kind)
