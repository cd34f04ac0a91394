"""A sensitivity study of a scenario: the best designs, and every analysis that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from referralsim.errors import UsageError
from referralsim.experiment import sensitivity
from referralsim.experiment.axes import Axis
from referralsim.experiment.plan import Plan
from referralsim.experiment.points import Load, player
from referralsim.experiment.runner import Done
from referralsim.experiment.sensitivity import Effect, Flip, Share, Split
from referralsim.experiment.sweep import sample
from referralsim.measures import MEASURES

SPLIT_POINTS = 32
DEFAULT_POINTS = {"morris": 10, "sobol": 64}


class Assumptions(NamedTuple):
    """What is known about the assumptions of a scenario."""

    measure: str
    design: str  # whose result it is
    against: str | None  # the design it is held against; None with one design
    base: float  # mean with the scenario's own numbers
    method: str
    effects: tuple[Effect, ...]
    shares: tuple[Share, ...]
    flips: tuple[Flip, ...]
    split: Split


def study_assumptions(
    base: Plan,
    load: Load,
    axes: Sequence[Axis],
    measure: str,
    design: str | None,
    against: str | None,
    method: str,
    points: int | None,
    workers: int,
    done: Done | None = None,
) -> Assumptions:
    """Vary the assumptions of a scenario and say what each does.

    Parameters
    ----------
    design, against : str, optional
        By default the best and the second best on the measure with the scenario's own numbers.
    method : {"tornado", "morris", "sobol"}
        The tornado is always there; the others come on top.
    """
    known = list(base.study.designs)
    if design is not None and design == against:
        raise UsageError("--against", "names the same design as --design")
    play = player(base, load, known, measure, workers, done)
    written = play([{}])[0]
    means = np.nan_to_num(written.mean(axis=1), nan=-np.inf)
    order = np.argsort(means if MEASURES[measure].better == "lower" else -means, kind="stable")
    ranked = [known[int(i)] for i in order]
    first = design or next(name for name in ranked if name != against)
    second = against or next((name for name in ranked if name != first), None)
    chosen = [first] if second is None else [first, second]
    play = player(base, load, chosen, measure, workers, done)
    n = points or DEFAULT_POINTS.get(method, 0)
    seed = base.study.base.seed % 2**31
    shares: list[Share] = []
    if method == "sobol":
        shares = sensitivity.sobol(axes, play, n, seed)
    elif method == "morris":
        shares = sensitivity.morris(axes, play, n, seed)
    return Assumptions(
        measure,
        first,
        second,
        float(written[known.index(first)].mean()),
        method,
        tuple(sensitivity.tornado(axes, play)),
        tuple(shares),
        tuple(sensitivity.flips(axes, play, 0, 1)) if second is not None else (),
        sensitivity.split(play(sample(axes, SPLIT_POINTS, seed))),
    )
