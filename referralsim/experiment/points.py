"""Many variants of one scenario in one study: what sweeps, sensitivity and search are made of.

A *point* sets some values of a scenario, as ``--set`` would. All points are played as designs of one
study, on one graph and with one numbering, so they share all the luck they do not themselves change,
and any number of workers gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.engine.compile import layout_of
from referralsim.errors import ScenarioError, UsageError
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey
from referralsim.experiment.runner import Done, Say, play_all
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario
from referralsim.scenario.written import Number, between

Load = Callable[[Sequence[str]], Study]
"""Loads the scenario with ``path=value`` texts set on top of whatever else was asked for."""

_GRAPH = ("population.size", "population.graph", "population.strength", "seed")


def decimals_for(load: Load, path: str, low: Number, high: Number) -> int | None:
    """Return to how many decimals a field must be written (money, whole numbers), or None: to any.

    Raises
    ------
    ScenarioError
        If the field takes neither.
    """
    for decimals in (None, max(low.decimals, high.decimals)):
        try:
            load([f"{path}={between(low, high, 0.5123456, decimals)}"])
        except ScenarioError:
            if decimals is not None:
                raise
        else:
            return decimals
    raise AssertionError("unreachable")


class Points(NamedTuple):
    """A study whose designs are (design, point), and what they stand for."""

    plan: Plan
    values: tuple[Mapping[str, str], ...]  # of each point, by path
    names: dict[tuple[str, int], str]  # of the study's design for each (design, point)


def points_of(base: Plan, load: Load, values: Sequence[Mapping[str, str]], designs: Sequence[str]) -> Points:
    """Make one study of many points.

    Parameters
    ----------
    base : Plan
        Of the scenario as it is written; its graph is played on.
    load : callable
    values : sequence of mappings
        For each point the values by path, as texts.
    designs : sequence of str
        Which designs are played at each point.

    Raises
    ------
    ScenarioError
        If a value is not valid, with its path.
    UsageError
        If a path would change the graph, or there is no such design.
    """
    for path in {path for point in values for path in point}:
        if path.startswith(_GRAPH):
            what = "cannot be varied: all points share one graph and one luck"
            raise UsageError(path, what, "compare two scenarios instead")
    played: dict[str, Scenario] = {}
    names: dict[tuple[str, int], str] = {}
    for number, point in enumerate(values):
        study = load([f"{path}={value}" for path, value in point.items()])
        for design in designs:
            if design not in study.designs:
                raise UsageError("design", f"there is no {design!r}", f"there are {', '.join(study.designs)}")
            name = f"{design} #{number}"
            names[(design, number)], played[name] = name, study.designs[design]
    scenarios = {name: played[name] for name in names.values()}
    study = replace(base.study, designs=scenarios)
    plan = replace(base, study=study, layout=layout_of([*base.study.designs.values(), *scenarios.values()]))
    return Points(plan, tuple(values), names)


def play_points(
    points: Points,
    replications: range,
    measures: Sequence[str],
    workers: int,
    done: Done | None = None,
    say: Say | None = None,
) -> pd.DataFrame:
    """Play every point and return one tidy table.

    Returns
    -------
    DataFrame
        point, design, replication, measure, value; one row a measure of a run.
    """
    keys = [RunKey(name, r) for r in replications for name in points.names.values()]
    place = {name: key for key, name in points.names.items()}
    rows = []
    for outcome in play_all(points.plan, keys, workers, done, say):
        design, number = place[outcome.key.design]
        rows += [
            (number, design, outcome.key.replication, name, outcome.scalars[name].value) for name in measures
        ]
    frame = pd.DataFrame(rows, columns=["point", "design", "replication", "measure", "value"])
    return frame.sort_values(["point", "design", "measure", "replication"], kind="stable").reset_index(
        drop=True
    )


def player(
    base: Plan,
    load: Load,
    designs: Sequence[str],
    measure: str,
    workers: int,
    done: Done | None = None,
    say: Say | None = None,
) -> Callable[[list[dict[str, str]]], npt.NDArray[np.float64]]:
    """Return a function that plays points in all replications of the scenario.

    Returns
    -------
    callable
        From a list of points to the values of the measure, shape (n_points, n_designs, n_replications).
    """
    n_replications = base.study.base.replications

    def play(values: list[dict[str, str]]) -> npt.NDArray[np.float64]:
        points = points_of(base, load, values, designs)
        runs = play_points(points, range(n_replications), [measure], workers, done, say)
        place = {design: index for index, design in enumerate(designs)}
        found = np.full((len(values), len(designs), n_replications), np.nan)
        found[runs["point"], runs["design"].map(place), runs["replication"]] = runs["value"]
        return found

    return play
