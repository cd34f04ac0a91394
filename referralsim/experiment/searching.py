"""A search over a scenario: what plays the points, and the answer as a scenario file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from referralsim.experiment.axes import Axis
from referralsim.experiment.plan import Plan
from referralsim.experiment.points import Load, play_points, points_of
from referralsim.experiment.runner import Done
from referralsim.experiment.search import Condition, Found, Goal, Search, measures_of
from referralsim.scenario.resolve import dump


def search(
    base: Plan,
    load: Load,
    axes: Sequence[Axis],
    design: str,
    goals: Sequence[Goal],
    conditions: Sequence[Condition],
    n_trials: int,
    workers: int,
    done: Done | None = None,
) -> Found:
    """Search for the best values of one design; see :mod:`referralsim.experiment.search`."""
    measures = measures_of(goals, conditions)

    def play(values: dict[str, str], replications: range) -> dict[str, npt.NDArray[np.float64]]:
        points = points_of(base, load, [values], [design])
        runs = play_points(points, replications, measures, min(workers, len(replications)))
        return {name: runs[runs["measure"] == name]["value"].to_numpy() for name in measures}

    n_replications = base.study.base.replications
    return Search(axes, goals, conditions, play, n_replications, n_trials, base.study.base.seed).run(done)


def best_scenario(load: Load, found: Found) -> dict[str, str]:
    """Return the answer as files that run: ``best.yaml``, or one file a point of the front."""
    texts = {}
    for index, tried in enumerate(found.best):
        name = "best.yaml" if len(found.best) == 1 else f"front-{index + 1:02d}.yaml"
        texts[name] = dump(load([f"{path}={value}" for path, value in tried.values.items()]))
    return texts
