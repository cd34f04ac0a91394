"""Compressed rows: what would break if a tie got lost, doubled, turned round or changed strength."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.population import graph as graph_module
from referralsim.population.errors import PopulationError
from referralsim.population.generators import complete, fresh_contacts
from referralsim.population.graph import SocialGraph, from_edges, sources_of

TIES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 4)), max_size=40)


def expected(
    ties: list[tuple[int, int, int]], directed: bool
) -> tuple[dict[tuple[int, int], float], int, int]:
    """Build the same graph from dictionaries: first tie wins, loops and repeats counted."""
    kept: dict[tuple[int, int], float] = {}
    loops = repeats = 0
    for a, b, quarter in ties:
        if a == b:
            loops += 1
        elif (a, b) in kept:
            repeats += 1
        else:
            kept[a, b] = quarter / 4
            if not directed:
                kept[b, a] = quarter / 4
    return kept, loops, repeats


def entries(graph: SocialGraph) -> dict[tuple[int, int], float]:
    strength = np.broadcast_to(graph.strength, graph.neighbours.shape)
    rows = zip(sources_of(graph).tolist(), graph.neighbours.tolist(), strength.tolist(), strict=True)
    return {(a, b): value for a, b, value in rows}


@given(ties=TIES, directed=st.booleans())
@settings(max_examples=200, deadline=None)
def test_rows_hold_exactly_the_ties_given(ties: list[tuple[int, int, int]], directed: bool) -> None:
    a, b, quarters = np.array(ties, dtype=np.int64).reshape(-1, 3).T
    graph = from_edges(8, a, b, quarters / 4, directed)
    kept, loops, repeats = expected(ties, directed)
    assert entries(graph) == kept
    assert (graph.dropped_self_loops, graph.dropped_repeats) == (loops, repeats)
    for person in range(8):
        row = graph.neighbours[graph.offsets[person] : graph.offsets[person + 1]]
        assert (np.diff(row) > 0).all()


def test_nothing_can_be_written_into_a_graph() -> None:
    graph = from_edges(3, [0, 1], [1, 2], [0.5, 1.0])
    for array in (graph.offsets, graph.neighbours, graph.strength):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_first_of_repeated_ties_gives_the_strength_in_both_rows() -> None:
    graph = from_edges(2, [1, 0], [0, 1], [0.25, 0.75])
    assert graph.strength.tolist() == [0.25, 0.25]


@pytest.mark.parametrize(
    ("n", "source", "target", "weight", "words"),
    [
        (2, [0], [2], None, "target: person 2 is outside 0 … 1"),
        (2, [-1], [0], None, "source: person -1 is outside 0 … 1"),
        (2, [0, 1], [1], None, "target: expected 2 entries as in source, got 1"),
        (2, [0.5], [1], None, "source: expected a list of whole numbers"),
        (2, [0], [1], [1.5], "weight: 1.5 of tie 0 is outside"),
        (2, [0], [1], [float("nan")], "weight: nan of tie 0 is outside"),
        (2, [0], [1], [0.5, 0.5], "weight: expected 1 numbers"),
        (0, [], [], None, "people: expected 1"),
    ],
)
def test_wrong_ties_are_refused_by_name(n, source, target, weight, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PopulationError) as caught:
        from_edges(n, source, target, weight)
    assert words in str(caught.value)


def test_added_people_are_isolated_and_change_no_tie() -> None:
    graph = from_edges(3, [0, 1], [1, 2])
    larger = graph.with_people(5)
    assert entries(larger) == entries(graph)
    assert larger.summary().n_isolated == 2
    assert len(larger.offsets) == 6
    with pytest.raises(ValueError, match="cannot shrink"):
        larger.with_people(4)


def test_summary_counts_an_undirected_tie_once_and_a_directed_one_once() -> None:
    assert from_edges(4, [0, 1], [1, 0]).summary().n_ties == 1
    assert from_edges(4, [0, 1], [1, 0], directed=True).summary().n_ties == 2
    assert from_edges(1, [], []).summary().mean_degree == 0.0


def test_graphs_without_rows_say_their_degrees() -> None:
    assert complete(5).summary()[2:6] == (5, 10, 4.0, 4)
    assert fresh_contacts(5).summary()[3:6] == (None, None, None)
    assert complete(5).n_directed_ties == 0


def test_digest_tells_ties_strengths_and_people_apart() -> None:
    base = from_edges(3, [0], [1])
    others = [
        from_edges(3, [0], [2]),
        from_edges(4, [0], [1]),
        from_edges(3, [0, 1], [1, 0], directed=True),
        base.with_strength(np.array([0.5], dtype=np.float32)),
    ]
    assert base.digest() == from_edges(3, [1], [0]).digest()
    assert len({graph.digest() for graph in [base, *others]}) == 5


def test_a_strength_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        from_edges(3, [0], [1]).with_strength(np.zeros(5, dtype=np.float32))


def test_too_many_ties_for_the_places_of_rows_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(graph_module, "MOST_DIRECTED_TIES", 3)
    assert from_edges(3, [0], [1]).n_directed_ties == 2
    with pytest.raises(PopulationError, match="at most 3 directed ties"):
        from_edges(3, [0, 1], [1, 2])
