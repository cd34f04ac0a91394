"""Checks of what a study is weighed on and held against, and of what is not known in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from referralsim.measures import MEASURES
from referralsim.scenario.canonical import canonical
from referralsim.scenario.checks_uncertain import check_uncertain
from referralsim.scenario.found import Found, names_of
from referralsim.scenario.quantity import nearest, shortest
from referralsim.scenario.schema import Decision, Finding, Scenario, Threshold
from referralsim.scenario.tree import Path, shape_at


def check_study(scenario: Scenario) -> Iterator[Found]:
    """Yield what is wrong with the decision, thresholds, findings and uncertain numbers of a scenario."""
    yield from _decision(scenario.decision)
    designs = list(scenario.designs) or ["base"]
    for index, threshold in enumerate(scenario.thresholds):
        at: Path = ("thresholds", index)
        yield from _named(threshold, designs, at)
        for key in ("above", "below"):
            if (rival := getattr(threshold, key)) is not None:
                yield from _design(rival, designs, (*at, key))
        yield from _bounds(threshold, at)
    data = canonical(scenario) if scenario.findings else {}
    for index, finding in enumerate(scenario.findings):
        at = ("findings", index)
        yield from _named(finding, designs, at)
        yield from _finding(finding, designs, at)
        for position, path in enumerate(finding.assumed):
            hint = _missing(path, data, designs)
            if hint is not None:
                yield Found((*at, "assumed", position), "names nothing in the scenario", hint)
    yield from check_uncertain(scenario)


def _decision(decision: Decision) -> Iterator[Found]:
    if decision.measure is None:
        if decision.smallest > 0:
            yield Found(("decision", "smallest"), "needs `measure`, in whose unit it is")
        return
    at: Path = ("decision", "measure")
    if decision.measure not in MEASURES:
        yield from _no_measure(decision.measure, at)
    elif MEASURES[decision.measure].better == "none":
        yield Found(at, "has no better direction, so nothing can be weighed on it")


def _no_measure(name: str, at: Path) -> Iterator[Found]:
    hint = nearest(name, MEASURES)
    more = "" if hint else "; the glossary lists them all"
    yield Found(at, f"there is no such measure{more}", hint)


def _bounds(threshold: Threshold, at: Path) -> Iterator[Found]:
    bounds = [threshold.at_least, threshold.at_most, threshold.more_than, threshold.less_than]
    is_bounded = any(bound is not None for bound in bounds)
    rivals = [rival for rival in (threshold.above, threshold.below) if rival is not None]
    if rivals and (threshold.design in (None, *rivals) or len(rivals) > 1 or is_bounded):
        message = "a comparison needs `design`, one other in `above` or `below`, and no other bound"
        yield Found(at, message, got=False)
    if not rivals and not is_bounded:
        yield Found(at, "needs `at_least`, `at_most` or both", got=False)


def _named(bound: Threshold | Finding, designs: list[str], at: Path) -> Iterator[Found]:
    if bound.measure not in MEASURES:
        yield from _no_measure(bound.measure, (*at, "measure"))
    if bound.design is not None:
        yield from _design(bound.design, designs, (*at, "design"))
    low, high = bound.at_least, bound.at_most
    if low is not None and high is not None and low > high:
        yield Found((*at, "at_least"), f"must not exceed `at_most`, which is {shortest(high)}")


def _design(name: str, designs: list[str], at: Path) -> Iterator[Found]:
    if name not in designs:
        hint = nearest(name, designs)
        yield Found(at, f"there is no such design; there are {names_of(designs)}", hint)


def _finding(finding: Finding, designs: list[str], at: Path) -> Iterator[Found]:
    if finding.against is not None:
        yield from _design(finding.against, designs, (*at, "against"))
        if finding.form == "value":
            message = "needs another design only with `as: ratio` or `as: difference`"
            yield Found((*at, "against"), message)
    elif finding.form != "value":
        message = f"is missing: `as: {finding.form}` needs the design to compare with"
        yield Found((*at, "against"), message, got=False)
    if finding.at_least is None and finding.at_most is None and finding.reported is None:
        yield Found(at, "needs `at_least`, `at_most` or `reported`", got=False)


def _missing(path: str, data: dict[str, Any], designs: list[str]) -> str | None:
    """Return the name nearest to what a path gets wrong, if only an empty one; None if it is right."""
    parts = path.split(".")
    if parts[0] == "designs" and len(parts) > 2:
        known = parts[1] in designs
        keys: Path = tuple(int(part) if part.isdigit() else part for part in parts[2:])
        return (None if shape_at(keys) is not None else "") if known else nearest(parts[1], designs)
    here: Any = data
    for part in parts:
        rows = isinstance(here, list | tuple)
        if rows and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            return nearest(part, [str(key) for key in here]) if isinstance(here, dict) else ""
    return None
