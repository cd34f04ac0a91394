"""A study with other values for its uncertain numbers: at points that are chosen, or drawn by address.

A value of the base reaches everything that says the same: designs that have not changed it, and for the
base `product` every segment that follows it. What says otherwise keeps its own. So a file and its resolved
form mean the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from referralsim.errors import Fault, ScenarioError
from referralsim.scenario.canonical import canonical
from referralsim.scenario.checks_uncertain import decimals_of, design_of
from referralsim.scenario.places import Missing, Place, place_of, replaced
from referralsim.scenario.quantity import currency_decimals
from referralsim.scenario.read import scalar
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario, Uncertain
from referralsim.scenario.timeline import validate
from referralsim.scenario.tree import Path, dotted, long_form, to_node

Data = dict[str, Any]


def with_values(study: Study, values: Mapping[str, str]) -> Study:
    """Return a study in which some numbers are others.

    Parameters
    ----------
    study : Study
        Resolved and valid.
    values : mapping of str to str
        Path -> value as it would be written in a scenario file.

    Raises
    ------
    ScenarioError
        If the values do not go together in some design.
    """
    if not values:
        return study
    base = canonical(study.base)
    designs = {}
    for name, scenario in study.designs.items():
        mine = base if scenario is study.base else canonical(scenario)
        changed = mine
        for path, text in values.items():
            for place in _reached(base, mine, name, path):
                changed = replaced(changed, place.path, scalar(text))
        designs[name] = scenario if changed is mine else _valid(changed, name, values)
    return replace(study, designs=designs)


def _reached(base: Data, mine: Data, design: str, path: str) -> list[Place]:
    """Return all places of a design that hold a number of the base, or its own one that is meant."""
    own = design_of(path)
    if own is not None:
        found = [place_of(mine, own[1])] if own[0] == design else []
        return [place for place in found if isinstance(place, Place)]
    origin = place_of(base, path)
    if isinstance(origin, Missing):
        return []
    paths: list[Path] = [origin.path]
    if origin.path[0] == "product":
        paths += [("population", "segments", name, *origin.path) for name in mine["population"]["segments"]]
    places = [place_of(mine, dotted(each)) for each in paths]
    return [place for place in places if isinstance(place, Place) and place.value == origin.value]


def _valid(data: Data, design: str, values: Mapping[str, str]) -> Scenario:
    scenario, faults = validate(long_form(to_node(data)))
    if scenario is None or faults:
        where = ", ".join(f"{path}={text}" for path, text in values.items())
        raise ScenarioError([Fault(f"{design} with {where}", 0, 0, *fault[3:]) for fault in faults])
    return scenario


def drawn_values(study: Study, seed: int, draw: int) -> dict[str, str]:
    """Return the values that the uncertain numbers of a study have in one draw.

    Parameters
    ----------
    seed : int
        Of the study, not of a replication: a draw is the same for all designs.
    draw : int, >= 0
        Which; reachable without its predecessors. A number keeps its draw whatever others are uncertain
        beside it.
    """
    from referralsim.randomness import Purpose, uniform  # loads the compiler; checking needs none

    decimals = currency_decimals(study.base.currency)
    values = {}
    for entry, place in uncertain_places(study):
        own = design_of(entry.path)
        before: Path = () if own is None else ("designs", own[0])
        share = uniform(seed, Purpose.UNCERTAIN, word_of(dotted((*before, *place.path))), 0, draw)
        values[entry.path] = entry.law.text(share, decimals_of(entry.law, place, decimals))
    return values


def uncertain_places(study: Study) -> list[tuple[Uncertain, Place]]:
    """Return what is uncertain in a study with its place; that of a design which is left out is left out."""
    data = canonical(study.base) if study.base.uncertain else {}
    found = []
    for entry in study.base.uncertain:
        own = design_of(entry.path)
        if own is None:
            place = place_of(data, entry.path)
        elif own[0] in study.designs:
            place = place_of(canonical(study.designs[own[0]]), own[1])
        else:
            continue
        if isinstance(place, Place):
            found.append((entry, place))
    return found


def clashes(study: Study) -> list[Fault]:
    """Return a fault for each uncertain number that does not fit the rest of the study at an end of its law.

    The rules of its own field are looked at when a study is loaded; this looks at the whole.
    """
    decimals = currency_decimals(study.base.currency)
    faults = []
    for entry, place in uncertain_places(study):
        to = decimals_of(entry.law, place, decimals)
        shares = (0.0, 1.0) if entry.law.kind != "one_of" else _middles(len(entry.law.values))
        for text in dict.fromkeys(entry.law.text(share, to) for share in shares):
            try:
                with_values(study, {entry.path: text})
            except ScenarioError as error:
                what = f"cannot be {text}: {error.faults[0].path}: {error.faults[0].message}"
                faults.append(Fault(str(study.path), 0, 0, entry.path, what))
    return faults


def _middles(n: int) -> list[float]:
    return [(step + 0.5) / n for step in range(n)]


def word_of(path: str) -> int:
    """Return the number of 64 bits that stands for a path in an address.

    Examples
    --------
    >>> 0 <= word_of("product.brand") < 2**64
    True
    """
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "little")
