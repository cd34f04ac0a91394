"""Load a scenario file with its options: one call, all faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from referralsim.errors import Fault, ScenarioError, UsageError
from referralsim.scenario.gather import read_tree, with_overrides
from referralsim.scenario.read import scalar
from referralsim.scenario.resolve import Options, Study, named_defaults, resolve
from referralsim.scenario.tree import Node
from referralsim.scenario.tree import Path as Place

__all__ = ["load_study"]


def load_study(
    path: Path | str,
    overrides: Sequence[str] = (),
    graph_file: Path | None = None,
    size: int | None = None,
    horizon: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Study:
    """Load a scenario file and resolve it.

    Parameters
    ----------
    path : path
        The file, YAML 1.2 in UTF-8, at most 1 MiB.
    overrides : sequence of str
        ``path=value`` entries put on the base, such as ``product.brand=0.8``.
    graph_file : path, optional
        Use this edge list as the graph of every design, wherever it lies.
    size, horizon, replications, seed : optional
        Replace what the file says, in every design; the horizon is written as in the file (``90 d``).

    Raises
    ------
    ScenarioError
        With every fault found in the file and in the options; exit code 3.
    UsageError
        If an override is not of the form ``path=value`` or the graph file does not exist; exit code 2.
    """
    path = Path(path)
    if graph_file is not None and not Path(graph_file).is_file():
        missing = "is not a file" if Path(graph_file).exists() else "there is no such file"
        what = "is a folder" if Path(graph_file).is_dir() else missing
        raise UsageError(f"--graph {graph_file}", what, "name the edge list itself")
    tree, faults = read_tree(path)
    tree, found = with_overrides(named_defaults(tree), overrides)
    faults += found
    forced = _forced(size, horizon, replications, seed)
    if graph_file is not None:
        forced = _graph(tree, Path(graph_file)) + forced
    options = Options(
        forced=tuple(forced),
        overridden=bool(overrides) or bool(forced),
        horizon_forced=horizon is not None or any(entry.startswith("horizon=") for entry in overrides),
        check_graph_file=graph_file is None,
    )
    study, found = resolve(tree, path, options)
    faults += found
    if study is None or faults:
        raise ScenarioError(_distinct(faults))
    return study


def _forced(
    size: int | None, horizon: str | None, replications: int | None, seed: int | None
) -> list[tuple[Place, Node]]:
    """Return what the options put above the file."""
    given: list[tuple[str, Place, int | str | None]] = [
        ("--size", ("population", "size"), size),
        ("--horizon", ("horizon",), horizon),
        ("--replications", ("replications",), replications),
        ("--seed", ("seed",), seed),
    ]
    forced = []
    for option, place, value in given:
        if isinstance(value, str) and not value.strip():
            raise UsageError(option, "is empty", "give a duration, as in --horizon '90 d'")
        if value is not None:
            meant = scalar(value) if isinstance(value, str) else value
            forced.append((place, Node(meant, option, path=place, text=str(value))))
    return forced


def _graph(tree: Node, graph_file: Path) -> list[tuple[Place, Node]]:
    at: Place = ("population", "graph")
    size = (("population", "size"), Node(None, "--graph", path=("population", "size")))
    kind = Node("edge_list", "--graph", path=(*at, "kind"), text="edge_list")
    file = Node(str(graph_file), "--graph", path=(*at, "file"), text=str(graph_file))
    population = tree.value.get("population")
    graph = population.value.get("graph") if population and isinstance(population.value, dict) else None
    if graph is not None and isinstance(graph.value, dict):
        return [size, ((*at, "kind"), kind), ((*at, "file"), file)]
    return [size, (at, Node({"kind": kind, "file": file}, "--graph", path=at))]


def _distinct(faults: list[Fault]) -> list[Fault]:
    """Drop faults that repeat another at the same place, as when designs inherit a fault of the base."""
    seen: dict[tuple[str, int, int, str, str], Fault] = {}
    for fault in faults:
        seen.setdefault((fault.file, fault.line, fault.column, fault.message, fault.got), fault)
    return list(seen.values())
