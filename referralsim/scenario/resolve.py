"""What a scenario file means: the base and every design, each complete and explicit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from referralsim.errors import Fault, ScenarioError
from referralsim.scenario.canonical import canonical, difference, json_ready, to_yaml
from referralsim.scenario.checks_uncertain import check_design
from referralsim.scenario.faults import fault_at
from referralsim.scenario.gather import inner_file
from referralsim.scenario.notices import beyond_horizon, notices
from referralsim.scenario.schema import DEFAULT_PEOPLE, Product, Scenario, Threshold
from referralsim.scenario.timeline import idle, located, phases, settle, validate
from referralsim.scenario.tree import (
    Node,
    Path,
    collect_sources,
    dotted,
    find,
    long_form,
    merge,
    put,
    to_node,
)

__all__ = ["Study", "as_plain", "dump", "edge_list_path", "parse_scenario", "phases", "resolve"]

WORLD = ("size", "graph", "strength")
"""Parts of the population that all designs of a study share."""

SHARED = ("referralsim", "name", "question", "horizon", "window", "currency", "seed", "replications")
"""What all designs of a study have in common: they are compared by it."""

_STUDY_ONLY = ("designs", "decision", "thresholds", "findings", "uncertain", "sources", "extends")


@dataclass(frozen=True)
class Study:
    """A scenario file, resolved.

    Attributes
    ----------
    base : Scenario
        The scenario without any design; its ``designs`` are the smallest overlays that make them.
    designs : dict of str to Scenario
        What is compared, in the order of the file; if the file names no designs, the base as ``base``.
    path : pathlib.Path
        The file.
    notices : tuple of Fault
        What is no fault, but hardly what was meant: for the eyes of the planner.
    """

    base: Scenario
    designs: dict[str, Scenario]
    path: FilePath
    notices: tuple[Fault, ...] = ()

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """What measures must reach for the study to pass."""
        return self.base.thresholds


@dataclass(frozen=True)
class Options:
    """Values that stand above the file: a path and what to put there; and how strict to be."""

    forced: tuple[tuple[Path, Node], ...] = ()
    overridden: bool = False  # by --set or an option: an overlay may then say what the base says
    horizon_forced: bool = False  # timeline entries past the horizon are then dropped
    check_graph_file: bool = True


def parse_scenario(data: dict[str, Any]) -> Scenario:
    """Read one scenario from plain data in the human form, as a file would hold it.

    Raises
    ------
    ScenarioError
        With all faults.

    Examples
    --------
    >>> parse_scenario({"horizon": "2 w"}).horizon_days
    14.0
    """
    tree = named_defaults(long_form(to_node(data, file="scenario")))
    options = Options(check_graph_file=False)
    scenario, faults, _ = _one(tree, options, FilePath())
    if scenario is None or faults:
        raise ScenarioError(faults)
    return scenario


def resolve(tree: Node, path: FilePath, options: Options) -> tuple[Study | None, list[Fault]]:
    """Resolve a tree into a study.

    Returns
    -------
    Study or None, list of Fault
        No study where there are faults.
    """
    tree = named_defaults(tree)  # before the designs, which may add to what is there by default
    overlays = tree.value.get("designs", Node({}))
    names = {}
    if isinstance(overlays.value, dict):
        names = {name: replace(overlay, value={}) for name, overlay in overlays.value.items()}
        tree = replace(tree, value={**tree.value, "designs": replace(overlays, value=names)})
    base, faults, told = _one(tree, options, path)
    if overlays.value:
        told = []  # nobody plays the base beside its designs
    designs: dict[str, Scenario] = {}
    changes: dict[str, Any] = {}
    for name, overlay in overlays.children() if isinstance(overlays.value, dict) else ():
        if not isinstance(overlay.value, dict | None):
            faults.append(overlay.fault("must be a mapping of changes to the base, or `{}`", got=True))
            continue
        design, found, more = _design(tree, overlay, options, path, base)
        faults += found
        told += more
        if design is not None and base is not None:
            designs[str(name)] = design
            before, after = _comparable(base), _comparable(design)
            if not found and not options.overridden:
                faults += idle(overlay, before, after, "the base says the same")
            changes[str(name)] = difference(before, after)
    entries = () if base is None else base.uncertain
    for name, design in designs.items():
        faults += [located(tree, found) for found in check_design(design, name, entries)]
    if base is None or faults:
        return None, faults
    base = base.model_copy(update={"designs": changes})
    return Study(base, designs or {"base": base}, path, tuple(sorted(set(told)))), []


def _one(
    tree: Node, options: Options, path: FilePath, inherits: Scenario | None = None
) -> tuple[Scenario | None, list[Fault], list[Fault]]:
    """Resolve one world: options on top, segments complete, timeline settled, sources collected.

    Returns
    -------
    Scenario or None, list of Fault, list of Fault
        What is wrong, and what is only to be told.
    """
    for place, node in options.forced:
        tree = put(tree, place, node) or tree
    tree = named_defaults(tree)
    sources = {
        place: source for place, source in collect_sources(tree).items() if not place.startswith("designs.")
    }
    tree = _with_segments(tree)
    scenario, faults = validate(tree)
    if scenario is None:
        return None, faults, []
    if options.horizon_forced:
        scenario, tree, faults = _cut(scenario, tree)
    late = [located(tree, found) for found in beyond_horizon(scenario)]
    told = [located(tree, found) for found in notices(scenario)]
    (told if options.horizon_forced else faults).extend(late)
    if options.check_graph_file:
        faults += _graph_file_faults(scenario, tree, path)
    if not faults:
        entries, _ = find(tree, ("timeline",)) if scenario.timeline else (None, ())
        scenario, found = settle(scenario, entries, inherits, not options.overridden)
        faults += found
    return scenario.model_copy(update={"sources": sources}), faults, told


def _cut(scenario: Scenario, tree: Node) -> tuple[Scenario, Node, list[Fault]]:
    """Drop the entries of the timeline that lie past a horizon given as an option."""
    kept = [i for i, entry in enumerate(scenario.timeline) if entry.day_days < scenario.horizon_days]
    if "timeline" in tree.value and isinstance(tree.value["timeline"].value, list):
        rows = tree.value["timeline"]
        tree = put(tree, ("timeline",), replace(rows, value=[rows.value[i] for i in kept])) or tree
    again, faults = validate(tree)
    return again or scenario, tree, faults


def _design(
    tree: Node, overlay: Node, options: Options, path: FilePath, base: Scenario | None
) -> tuple[Scenario | None, list[Fault], list[Fault]]:
    """Resolve one design: the base's tree with the overlay on it."""
    faults = []
    changes = {}
    for key, child in overlay.children():
        if key in SHARED or key in _STUDY_ONLY:
            faults.append(child.fault("must be the same in all designs; write it in the base", at_key=True))
        else:
            changes[key] = child
    own = {key: child for key, child in tree.value.items() if key not in _STUDY_ONLY}
    merged = merge(replace(tree, value=own), replace(overlay, value=changes))
    inherits = None if "timeline" in changes else base
    design, found, told = _one(merged, options, path, inherits)
    for part in WORLD:
        if base is None or design is None:
            break
        if getattr(design.population, part) != getattr(base.population, part):
            place = ("population", part)
            message = "must be the same in all designs, which play in one world; write it in the base"
            found.append(fault_at(replace(overlay, value=changes), place, message, got=False))
    return design, [*faults, *found], told


def named_defaults(tree: Node) -> Node:
    """Write out the names that are there by default, so that overlays can add to them."""
    for place, name in ((("population", "segments"), "everyone"), (("channels",), "link")):
        above, rest = find(tree, place[:-1])
        empty = rest or above.value is None
        if empty or (isinstance(above.value, dict) and above.value.get(place[-1], Node(None)).value is None):
            added = put(tree, (*place, name), Node({}, tree.file, path=(*place, name)))
            tree = added or tree
    return _size(tree)


def _size(tree: Node) -> Node:
    """Write out how many people there are, unless an edge list is to say so."""
    kind, elsewhere = find(tree, ("population", "graph", "kind"))
    size, missing = find(tree, ("population", "size"))
    listed = not elsewhere and kind.value == "edge_list"
    if listed or (not missing and size.value is not None):
        return tree
    place = ("population", "size")
    return put(tree, place, Node(DEFAULT_PEOPLE, tree.file, path=place)) or tree


def _with_segments(tree: Node) -> Node:
    """Complete every segment: its product is the base product with the segment's own on top."""
    segments, rest = find(tree, ("population", "segments"))
    product = tree.value.get("product", Node({}, path=("product",)))
    if rest or not isinstance(segments.value, dict) or not isinstance(product.value, dict):
        return tree
    complete = {}
    for name, segment in segments.value.items():
        if isinstance(segment.value, dict):
            own = segment.value.get("product")
            full = product if own is None or own.value is None else merge(product, own, Product)
            segment = replace(segment, value={**segment.value, "product": full})
        complete[name] = segment
    return put(tree, ("population", "segments"), replace(segments, value=complete)) or tree


def _graph_file_faults(scenario: Scenario, tree: Node, path: FilePath) -> list[Fault]:
    graph = scenario.population.graph
    if graph.kind != "edge_list" or not graph.file:
        return []
    try:
        edge_list_path(scenario, path)
    except ValueError as error:
        return [fault_at(tree, ("population", "graph", "file"), str(error), got=True)]
    return []


def edge_list_path(scenario: Scenario, scenario_path: FilePath) -> FilePath:
    """Return the real path of the edge list that a scenario names.

    Parameters
    ----------
    scenario : Scenario
        Its graph is of the kind ``edge_list``.
    scenario_path : pathlib.Path
        The file of the scenario: the edge list lies in its folder or below.

    Raises
    ------
    ValueError
        If the path leads elsewhere, or there is no such file.
    """
    name = scenario.population.graph.file or ""
    folder = scenario_path.parent
    target = inner_file(name, folder, folder.resolve())
    if not target.is_file():
        raise ValueError("there is no such file" if not target.exists() else "is not a file")
    return target


def _comparable(scenario: Scenario) -> dict[str, Any]:
    return {key: value for key, value in canonical(scenario).items() if key not in _STUDY_ONLY}


def as_plain(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as explicit plain data in its human form, ready for JSON; money as numbers."""
    return dict(json_ready(canonical(scenario)))


def dump(item: Study | Scenario) -> str:
    """Write a study or scenario as canonical YAML: explicit, stable, loadable, the same when dumped again.

    Designs are written as the smallest overlays on the base. Files are named as they were written,
    relative to the folder of the scenario.
    """
    scenario = item if isinstance(item, Scenario) else item.base
    data = canonical(scenario)
    if isinstance(item, Study):
        for name, changes in scenario.designs.items():
            below = to_node(changes)
            for place, source in item.designs[name].sources.items():
                parts = tuple(int(part) if part.isdigit() else part for part in place.split("."))
                if not find(below, parts)[1]:
                    data["sources"][dotted(("designs", name, place))] = source
    data["sources"] = dict(sorted(data["sources"].items()))
    return to_yaml(data)
