"""From the words of a scenario to a graph: every kind is built, and what cannot be is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from referralsim.population.build import build_graph
from referralsim.population.errors import PopulationError
from referralsim.scenario.schema import Graph, Population, Strength

KINDS = get_args(Graph.model_fields["kind"].annotation)
HERE = Path()


def population(size: int = 200, strength: dict[str, Any] | None = None, **graph: Any) -> Population:
    return Population(size=size, graph=Graph(**graph), strength=Strength(**(strength or {})))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_the_schema_is_built_and_named_by_its_seed(tmp_path: Path, kind: str) -> None:
    (tmp_path / "ties.csv").write_text("a,b\nb,c\n")
    spec = population(kind=kind, degrees=(2, 3, 3), file="ties.csv", communities=5)
    first = build_graph(spec, 5, tmp_path)
    assert first.n_people == 200
    assert first.digest() == build_graph(spec, 5, tmp_path).digest()
    assert first.kind == {"complete": "complete", "fresh_contacts": "fresh"}.get(kind, "ties")


@pytest.mark.parametrize("kind", ["erdos_renyi", "scale_free", "small_world", "power_law", "geometric"])
def test_another_seed_is_another_graph(kind: str) -> None:
    spec = population(kind=kind, strength={"kind": "equal"})
    assert build_graph(spec, 5, HERE).digest() != build_graph(spec, 6, HERE).digest()


@pytest.mark.parametrize(
    ("strength", "mean"),
    [
        ({"kind": "equal", "value": 0.25}, 0.25),
        ({"kind": "embeddedness", "strong": 0.5}, 0.5),
        ({"strong": 1}, 1),
    ],
)
def test_every_kind_of_strength_is_set(strength: dict[str, Any], mean: float) -> None:
    assert build_graph(population(strength=strength), 1, HERE).summary().mean_strength == mean


def test_degrees_are_repeated_to_the_size() -> None:
    spec = population(size=2000, kind="configuration", degrees=(1, 2, 3))
    graph = build_graph(spec, 1, HERE)
    wanted = 2 * 2000 - 1
    assert wanted - 1 - 2 * (graph.dropped_repeats + graph.dropped_self_loops) == graph.n_directed_ties


def test_an_edge_list_keeps_weights_and_gets_isolated_people(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("from,to,w\na,b,0.5\nb,c,1\n")
    spec = population(size=5, kind="edge_list", file="ties.csv", strength={"kind": "weights"})
    graph = build_graph(spec, 1, tmp_path)
    assert (graph.n_people, graph.strength.tolist()) == (5, [0.5, 0.5, 1.0, 1.0])
    with pytest.raises(PopulationError, match="the file has 3 people"):
        build_graph(spec.model_copy(update={"size": 2}), 1, tmp_path)


def test_a_given_file_replaces_graph_and_size(tmp_path: Path) -> None:
    file = tmp_path / "other.txt"
    file.write_text("1 2\n2 3\n")
    assert build_graph(population(), 1, HERE, graph_file=file).labels == ("1", "2", "3")


def test_a_scenario_reads_no_file_outside_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("1 2\n")
    folder = tmp_path / "scenario"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    for file in ("../secret.txt", str(secret), "link.txt", "a\0b"):
        with pytest.raises(PopulationError, match="is not in the scenario's folder"):
            build_graph(population(kind="edge_list", file=file), 1, folder)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (population(kind="edge_list"), "kind `edge_list` needs a file"),
        (population(kind="configuration"), "kind `configuration` needs degrees"),
        (population(kind="configuration", degrees=(3, -1)), "expected 0 … 199, got -1"),
        (population(kind="configuration", degrees=(200,)), "expected 0 … 199, got 200"),
        (population(kind="small_world", mean_degree=200), "mean_degree: 200 people"),
        (population(strength={"kind": "weights"}), "kind `weights` needs weights"),
        (population(kind="complete", strength={"kind": "embeddedness"}), "needs ties"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(spec: Population, words: str) -> None:
    with pytest.raises(PopulationError) as caught:
        build_graph(spec, 1, HERE)
    assert words in str(caught.value)
