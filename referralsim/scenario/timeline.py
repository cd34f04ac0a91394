"""What changes on a day: each entry of the timeline is an overlay on the scenario of the day before.

A change of the base `product` reaches every segment that says the same as the base; a segment with a
value of its own keeps it, exactly as with designs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from referralsim.errors import Fault, ScenarioError
from referralsim.scenario.canonical import canonical, difference
from referralsim.scenario.checks import check
from referralsim.scenario.faults import fault_at, schema_faults
from referralsim.scenario.found import Found
from referralsim.scenario.lasting import unchangeable
from referralsim.scenario.quantity import currency_decimals, nearest
from referralsim.scenario.schema import Product, Scenario, TimelineEntry
from referralsim.scenario.tree import (
    Node,
    Path,
    Shape,
    as_written,
    drop_nulls,
    find,
    inside,
    is_named,
    is_part,
    keys_of,
    long_form,
    merge,
    plain,
    to_node,
)

_STATIC = ("timeline", "designs", "decision", "thresholds", "findings", "uncertain", "sources")
_FIXED = {
    ("acquisition", "initial"): "belongs to day 0 and cannot change on a later day",
    ("population", "size"): "cannot change on a day: the people are there from the start",
    ("population", "graph"): "cannot change on a day: the ties are there from the start",
    ("population", "strength"): "cannot change on a day: the ties are there from the start",
    ("population", "placement"): "cannot change on a day: the people are there from the start",
    ("population", "activity"): "cannot change on a day: it belongs to the person",
}
_OPEN = ("acquisition", "population", "product", "loops", "programmes", "channels", "asking", "reviews")


def validate(tree: Node) -> tuple[Scenario | None, list[Fault]]:
    """Read one tree as a scenario and check it; None if the schema refuses it."""
    currency = tree.value.get("currency", Node("USD")).value
    context = {"decimals": currency_decimals(str(currency))}
    try:
        data = plain(drop_nulls(tree))
        scenario = Scenario.model_validate(data, context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        return None, schema_faults(error, tree)
    return scenario, [located(tree, found) for found in check(scenario)]


def located(tree: Node, found: Found) -> Fault:
    """Return what a check found as a fault; one of a whole part stands at its key."""
    node, _ = find(tree, as_written(tree, found.path))
    whole = not found.got and isinstance(node.value, dict | list)
    return fault_at(tree, found.path, found.message, found.suggestion, found.got, at_key=whole)


def phases(scenario: Scenario) -> tuple[tuple[float, Scenario], ...]:
    """Cut a scenario at the days of its timeline.

    Returns
    -------
    tuple of (start_days, Scenario)
        The first starts at 0.0; starts are strictly ascending and before the horizon. Entries of one day
        are applied in the order of the file. The scenarios have no timeline of their own.

    Raises
    ------
    ScenarioError
        If an entry does not fit; scenarios from :func:`referralsim.scenario.load.load_study` always do.

    Examples
    --------
    >>> len(phases(Scenario()))
    1
    """
    now = scenario.model_copy(update={"timeline": ()})
    found = [(0.0, now)]
    for index, entry in enumerate(scenario.timeline):
        if entry.day_days >= scenario.horizon_days:
            continue
        after, faults = _after(now, long_form(to_node(entry.set, ("timeline", index, "set"), "timeline")))
        if after is None or faults:
            raise ScenarioError(faults)
        now = after
        if entry.day_days == found[-1][0]:
            found.pop()
        found.append((entry.day_days, now))
    return tuple(found)


def settle(
    scenario: Scenario, entries: Node | None, base: Scenario | None = None, strict: bool = True
) -> tuple[Scenario, list[Fault]]:
    """Bring a scenario's timeline into canonical form and find what is wrong with it.

    Parameters
    ----------
    scenario : Scenario
        Valid, its timeline as it was written.
    entries : Node
        The nodes of the timeline.
    base : Scenario, optional
        Where the timeline was inherited from: changes to parts that ``scenario`` has given up are dropped.
    strict : bool
        Whether an entry that changes nothing is a fault.
    """
    faults: list[Fault] = []
    settled: list[TimelineEntry] = []
    now = scenario.model_copy(update={"timeline": ()})
    for index, entry in enumerate(scenario.timeline):
        overlay = entries.value[index].value["set"] if entries is not None else to_node(entry.set)
        if base is not None:
            overlay = _pruned(overlay, canonical(base), canonical(scenario), Scenario)
        after, found = _after(now, overlay)
        if after is None or found:
            return scenario, [*faults, *found]
        before_data, after_data = _moving(now), _moving(after)
        if strict and base is None:
            faults += idle(overlay, before_data, after_data, "the value before it is the same")
        changes = difference(before_data, after_data)
        if changes or base is None:
            settled.append(entry.model_copy(update={"set": changes}))
        now = after
    return scenario.model_copy(update={"timeline": tuple(settled)}), faults


def idle(overlay: Node, before: Any, after: Any, reason: str, shape: Shape = Scenario) -> list[Fault]:
    """Return a fault for each leaf of an overlay that leaves the scenario as it was.

    Parameters
    ----------
    before, after : dict
        Canonical data without and with the overlay.
    reason : str
        Why a value changes nothing.
    """
    faults: list[Fault] = []
    for key, child in overlay.children():
        below = inside(shape, key)
        old, new = before.get(key), after.get(key)
        open_part = isinstance(child.value, dict) and child.value and (is_part(below) or is_named(below))
        if open_part and isinstance(old, dict) and isinstance(new, dict):
            faults += idle(child, old, new, reason, below)
        elif old == new and child.value is None:
            faults.append(
                child.fault("removes nothing: it is not there, or at its default already", at_key=True)
            )
        elif old == new:
            faults.append(child.fault(f"changes nothing: {reason}", got=True))
    return faults


def _moving(scenario: Scenario) -> dict[str, Any]:
    return {key: value for key, value in canonical(scenario).items() if key not in _STATIC}


def _after(now: Scenario, overlay: Node) -> tuple[Scenario | None, list[Fault]]:
    """Return the scenario with one overlay on it, or what is wrong with the overlay."""
    data = _moving(now)
    faults = _misplaced(overlay, data)
    if faults:
        kept = {k: v for k, v in overlay.children() if k in _OPEN and isinstance(v.value, dict)}
        after, found = validate(merge(to_node(data), replace(overlay, value=kept)))
        return None, [*faults, *([] if after else found)]
    tree = to_node(data)
    product = overlay.value.get("product")
    if product is not None:
        tree = _followed(tree, product, data)
    after, found = validate(merge(tree, overlay))
    found += _restructured(overlay, now, after)
    return (None, found) if found else (after, [])


def _misplaced(overlay: Node, data: dict[str, Any]) -> list[Fault]:
    """Find what a timeline may not touch."""
    faults: list[Fault] = []
    if not isinstance(overlay.value, dict):
        return [overlay.fault("must be a mapping of what changes on that day", got=True)]
    for key, child in overlay.value.items():
        if key not in _OPEN:
            known = key in keys_of(Scenario)
            message = "cannot change on a day" if known else "unknown key"
            faults.append(child.fault(message, "" if known else nearest(key, _OPEN), at_key=True))
        elif not isinstance(child.value, dict):
            faults.append(child.fault("must be a mapping of what changes on that day", got=True))
        elif key in ("programmes", "channels"):
            faults += _named(child, data[key], key.removesuffix("s"))
        else:
            for name, below in child.value.items():
                if (key, name) in _FIXED:
                    faults.append(below.fault(_FIXED[key, name], at_key=True))
    population = overlay.value.get("population")
    segments = population.value.get("segments") if population and isinstance(population.value, dict) else None
    if segments is not None and isinstance(segments.value, dict):
        faults += _named(segments, data["population"]["segments"], "segment")
        for child in segments.value.values():
            if isinstance(child.value, dict) and "share" in child.value:
                message = "cannot change on a day: the people are there from the start"
                faults.append(child.value["share"].fault(message, at_key=True))
    return faults


def _named(node: Node, known: dict[str, Any], word: str) -> list[Fault]:
    """Find named parts that appear or vanish on a day."""
    faults = []
    for name, child in node.value.items():
        if name not in known:
            message = f"there is no such {word}; one cannot begin on a day"
            faults.append(child.fault(message, nearest(name, known), at_key=True))
        elif child.value is None:
            cure = "; set `enabled: false`" if word == "programme" else ""
            faults.append(child.fault(f"a {word} cannot be removed on a day{cure}", at_key=True))
    return faults


def _restructured(overlay: Node, now: Scenario, after: Scenario | None) -> list[Fault]:
    """Find what cannot change on a day: asks that appear, vanish or change their trigger, and more."""
    if after is None:
        return []
    faults = [fault_at(overlay, path, message) for path, message in unchangeable(now, after)]
    for name, programme in after.programmes.items():
        before = [ask.trigger for ask in now.programmes[name].asks]
        if [ask.trigger for ask in programme.asks] != before:
            message = (
                f"must keep its triggers on a day ({', '.join(before) or 'none'}); only numbers may change"
            )
            path: Path = ("programmes", name, "asks")
            faults.append(fault_at(overlay, path, message))
    return faults


def _followed(tree: Node, product: Node, data: dict[str, Any]) -> Node:
    """Pass a change of the base product on to the segments that say the same as the base."""
    population = tree.value["population"]
    segments = {}
    for name, segment in population.value["segments"].value.items():
        own = data["population"]["segments"][name]["product"]
        follows = _following(product, data["product"], own, Product)
        changed = merge(segment.value["product"], follows, Product)
        segments[name] = replace(segment, value={**segment.value, "product": changed})
    below = replace(population.value["segments"], value=segments)
    population = replace(population, value={**population.value, "segments": below})
    return replace(tree, value={**tree.value, "population": population})


def _following(overlay: Node, base: Any, own: Any, shape: Shape) -> Node:
    """Return the part of an overlay whose places hold the same value in the base and in a segment."""
    if not isinstance(overlay.value, dict):
        return overlay
    kept = {}
    for key, child in overlay.value.items():
        below = inside(shape, key)
        parts = all(isinstance(part, dict) for part in (child.value, base.get(key), own.get(key)))
        if is_part(below) and parts:
            kept[key] = _following(child, base[key], own[key], below)
        elif base.get(key) == own.get(key):
            kept[key] = child
    return replace(overlay, value=kept)


def _pruned(overlay: Node, base: Any, own: Any, shape: Shape) -> Node:
    """Drop from an inherited overlay what belongs to parts that the base has and this design has not."""
    if not isinstance(overlay.value, dict) or not (is_part(shape) or is_named(shape)):
        return overlay
    kept = {}
    for key, child in overlay.value.items():
        if base.get(key) is not None and own.get(key) is None:
            continue
        both = isinstance(base.get(key), dict) and isinstance(own.get(key), dict)
        kept[key] = _pruned(child, base[key], own[key], inside(shape, key)) if both else child
    return replace(overlay, value=kept)
