"""The cache of graphs: what is found, what is built again, and what nobody may notice."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from referralsim.errors import UsageError
from referralsim.population import cache
from referralsim.population.build import build_graph
from referralsim.population.errors import PopulationError
from referralsim.population.graph import from_edges
from referralsim.scenario.schema import Graph, Population, Strength

GRAPHS = (
    {"kind": "small_world", "mean_degree": 6},
    {"kind": "erdos_renyi", "mean_degree": 5},
    {"kind": "communities", "mean_degree": 6, "communities": 4},
    {"kind": "erdos_renyi", "mean_degree": 0},
)


def population(graph=GRAPHS[0], size=300, **strength):
    return Population(
        size=size, graph=Graph(**graph), strength=Strength(**strength or {"kind": "by_share", "strong": 0.3})
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache of this test's own."""
    monkeypatch.setattr(cache, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("REFERRALSIM_NO_CACHE", raising=False)
    monkeypatch.delenv("REFERRALSIM_CACHE_MIB", raising=False)
    return tmp_path / "cache" / "graphs"


@pytest.fixture
def built(monkeypatch):
    """The seeds of the graphs that were really built."""
    seeds = []

    def build(population, seed, *rest):
        seeds.append(seed)
        return build_graph(population, seed, *rest)

    monkeypatch.setattr(cache, "build_graph", build)
    return seeds


def same(a, b):
    for field in dataclasses.fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if isinstance(x, np.ndarray):
            assert x.dtype == y.dtype
            assert x.tobytes() == y.tobytes(), field.name
        else:
            assert x == y, field.name
    assert a.digest() == b.digest()


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda g: f"{g['kind']}-{g['mean_degree']}")
def test_a_cached_graph_is_the_generated_one_bit_for_bit(folder, built, tmp_path, graph):
    """Every array and every number comes back; the second time nothing is built."""
    plain = build_graph(population(graph), 7, tmp_path)
    first = cache.cached_graph(population(graph), 7, tmp_path)
    second = cache.cached_graph(population(graph), 7, tmp_path)
    assert built == [7]
    same(plain, first)
    same(plain, second)


def test_arrays_from_the_cache_are_mapped_and_cannot_be_changed(folder, tmp_path):
    """Processes share the pages of the file, so nobody may write to them."""
    cache.cached_graph(population(), 7, tmp_path)
    graph = cache.cached_graph(population(), 7, tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        graph.neighbours[0] = 1
    assert not graph.neighbours.flags.owndata
    assert graph.neighbours.flags.aligned


@pytest.mark.parametrize(
    "other",
    [
        (population(), 8),
        (population(size=301), 7),
        (population({**GRAPHS[0], "mean_degree": 8}), 7),
        (population(kind="by_share", strong=0.31), 7),
        (population(kind="embeddedness", strong=0.3), 7),
    ],
    ids=["seed", "size", "graph", "share", "strength"],
)
def test_another_graph_is_not_mistaken_for_this_one(folder, built, tmp_path, other):
    """Whatever a graph depends on is in its key."""
    cache.cached_graph(population(), 7, tmp_path)
    cache.cached_graph(*other, tmp_path)
    assert len(built) == 2
    assert len(list(folder.iterdir())) == 2


def test_another_version_of_a_library_builds_anew(folder, built, tmp_path, monkeypatch):
    """A library may draw another graph from the same seed."""
    cache.cached_graph(population(), 7, tmp_path)
    cache._makers.cache_clear()
    monkeypatch.setattr(cache, "version", lambda name: "0.0.1")
    cache.cached_graph(population(), 7, tmp_path)
    cache._makers.cache_clear()
    assert len(built) == 2


def test_an_edge_list_is_known_by_its_content(folder, built, tmp_path):
    """The name does not matter; a changed line does; ids come back."""
    file, copy = tmp_path / "friends.txt", tmp_path / "copy.txt"
    file.write_text("ann bob\nbob ñandú\n", encoding="utf-8")
    copy.write_bytes(file.read_bytes())
    spec = population({"kind": "edge_list", "file": "friends.txt"}, size=None)
    first = cache.cached_graph(spec, 7, tmp_path)
    second = cache.cached_graph(spec, 7, tmp_path, copy)
    assert built == [7]
    same(first, second)
    assert second.labels == ("ann", "bob", "ñandú")
    file.write_text("ann bob\nbob ñandú\nann ñandú\n", encoding="utf-8")
    assert cache.cached_graph(spec, 7, tmp_path).n_directed_ties == 6


def test_a_scenario_cannot_reach_a_file_outside_through_the_cache(folder, tmp_path):
    """The rule of the folder holds before anything is looked up."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("a b\n")
    spec = population({"kind": "edge_list", "file": "../secret.txt"}, size=None)
    cache.cached_graph(spec, 7, tmp_path, tmp_path / "secret.txt")
    with pytest.raises(PopulationError, match="not in the scenario's folder"):
        cache.cached_graph(spec, 7, inside)


@pytest.mark.parametrize("where", ["start", "checksum", "header", "ties", "cut", "empty"])
def test_a_damaged_file_is_built_again(folder, built, tmp_path, where):
    """One wrong byte anywhere, or a missing end, is seen, and the file is replaced by a good one."""
    plain = cache.cached_graph(population(), 7, tmp_path)
    (file,) = folder.iterdir()
    good = file.read_bytes()
    place = {"start": 3, "checksum": 30, "header": 80, "ties": len(good) - 200}.get(where)
    if place is None:
        file.write_bytes(good[: len(good) // 2] if where == "cut" else b"")
    else:
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    same(plain, cache.cached_graph(population(), 7, tmp_path))
    assert len(built) == 2
    assert file.read_bytes() == good


def test_the_least_recently_used_graphs_make_room(folder, built, tmp_path, monkeypatch):
    """Use, not age, decides what stays; a graph larger than the limit is not kept at all."""
    for seed in (1, 2, 3):
        cache.cached_graph(population(size=3_000), seed, tmp_path)
        for at, file in enumerate(sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime_ns)):
            os.utime(file, (at, at))
    cache.cached_graph(population(size=3_000), 1, tmp_path)  # the oldest, used just now
    size = next(folder.iterdir()).stat().st_size
    cache.make_room(folder, 2 * size + 100)
    cache.cached_graph(population(size=3_000), 3, tmp_path)
    cache.cached_graph(population(size=3_000), 1, tmp_path)
    assert built == [1, 2, 3]
    monkeypatch.setenv("REFERRALSIM_CACHE_MIB", "0")
    cache.cached_graph(population(size=3_000), 4, tmp_path)
    assert len(list(folder.iterdir())) == 2


def test_a_limit_that_is_no_number_is_refused(folder, tmp_path, monkeypatch):
    """A typing error must not silently mean no limit."""
    monkeypatch.setenv("REFERRALSIM_CACHE_MIB", "2 GB")
    with pytest.raises(UsageError, match="REFERRALSIM_CACHE_MIB"):
        cache.cached_graph(population(), 7, tmp_path)


@pytest.mark.parametrize("how", ["option", "variable", "unwritable", "open to all"])
def test_it_works_without_a_cache(folder, built, tmp_path, monkeypatch, how):
    """Turned off, or with no safe place to write: the graph is built each time and nothing is kept."""
    if how == "variable":
        monkeypatch.setenv("REFERRALSIM_NO_CACHE", "1")
    elif how == "unwritable":
        folder.parent.write_text("a file where the folder should be")
    elif how == "open to all":
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    graphs = [cache.cached_graph(population(), 7, tmp_path, use_cache=how != "option") for _ in range(2)]
    assert built == [7, 7]
    same(*graphs)
    assert not folder.is_dir() or not list(folder.iterdir())


def test_nobody_else_can_read_the_cache(folder, tmp_path):
    """An edge list may name real people."""
    cache.cached_graph(population(), 7, tmp_path)
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_nothing_is_stored_where_no_ties_are_listed(folder, tmp_path):
    """A complete graph and fresh contacts cost nothing to make."""
    for kind in ("complete", "fresh_contacts"):
        cache.cached_graph(population({"kind": kind}), 7, tmp_path)
    assert not folder.is_dir() or not list(folder.iterdir())


def test_ids_that_are_not_text_are_left_out(tmp_path):
    """A graph object may have any ids; those that a file cannot hold are dropped, not garbled."""
    for labels, kept in (((1, 2), None), (("a\0b", "c"), None), (("", "c"), ("", "c"))):
        cache.save_graph(from_edges(2, [0], [1], labels=labels), tmp_path / "one.graph")
        assert cache.load_graph(tmp_path / "one.graph").labels == kept


def test_two_processes_may_write_the_same_graph_at_once(tmp_path):
    """Both get the right graph, one whole file remains, and nothing is left half-written."""
    program = (
        "import sys, time; from pathlib import Path\n"
        "from referralsim.population.cache import cached_graph\n"
        "from referralsim.scenario.schema import Population\n"
        "while time.time() < float(sys.argv[1]): pass\n"
        "for seed in range(20):\n"
        "    print(cached_graph(Population(size=200), seed, Path('.')).digest())\n"
    )
    import time

    home = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
    home.pop("REFERRALSIM_NO_CACHE", None)
    command = [sys.executable, "-c", program, str(time.time() + 2.0)]
    both = [subprocess.Popen(command, env=home, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (process.communicate(timeout=60)[0].split() for process in both)
    assert len(set(first)) == 20
    assert first == second
    names = sorted(file.suffix for file in (tmp_path / "referralsim" / "graphs").iterdir())
    assert names == [".graph"] * 20
