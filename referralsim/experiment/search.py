"""Search: the best values of some fields for a goal, under conditions, at the least cost of runs.

Optuna proposes points (its tree-structured Parzen estimator, by seed); every point is played in the
same replications, so two of them are compared run by run. A point plays a few replications first: if
the best one so far is better in the interval that survives peeking
(:mod:`referralsim.experiment.sequential`), it is hopeless and given up. In the end the best is played
again in *fresh* replications, beside the scenario as it is written: the value by which it was chosen is
too good by the luck of being chosen (the winner's curse).

With one goal the best point is wanted; with two (the second one a cost or another measure) all points
that no other beats in both (the Pareto front).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.errors import UsageError
from referralsim.experiment.axes import Axis
from referralsim.experiment.sequential import FEWEST, look_at
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import Difference, Interval, mean_interval, paired_difference
from referralsim.scenario.quantity import nearest

if TYPE_CHECKING:
    import optuna

Values = npt.NDArray[np.float64]
Play = Callable[[dict[str, str], range], dict[str, Values]]
"""Plays a point in some replications; returns each measure's values, one a replication."""

FIRST_RUNS = FEWEST
"""Replications after which a point is looked at for the first time."""
_PENALTY = 1e3
"""A point that breaks a condition is as bad as its breach, many times over."""


class Goal(NamedTuple):
    """A measure to be raised or lowered."""

    measure: str
    is_raised: bool

    def signed(self, values: Values) -> Values:
        """Return values of which less is better."""
        return -values if self.is_raised else values


class Condition(NamedTuple):
    """A measure that must keep a bound on average."""

    measure: str
    bound: float  # in the measure's unit
    is_least: bool

    def breach(self, values: Values) -> float:
        """Return by how much the mean misses the bound, relative to it; 0 if it is kept."""
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else math.nan
        if math.isnan(mean):
            return math.inf
        missing = self.bound - mean if self.is_least else mean - self.bound
        return max(0.0, missing) / max(abs(self.bound), 1e-12)


class Tried(NamedTuple):
    """One point that was looked at."""

    values: dict[str, str]
    means: dict[str, float]  # of every measure asked about
    n: int  # replications played
    is_allowed: bool  # keeps all conditions
    is_given_up: bool


class Found(NamedTuple):
    """What a search came to."""

    tried: tuple[Tried, ...]
    best: tuple[Tried, ...]  # one, or the front in order of the first goal; empty: nothing is allowed
    fresh: dict[str, Interval]  # of the best of a single goal in fresh replications, by measure
    gain: Difference | None  # of the first goal, over the scenario as written, in fresh replications


def read_goal(text: str) -> Goal:
    """Return what ``[+|-]MEASURE`` asks for; without a sign the way in which the measure is better.

    Raises
    ------
    UsageError
        If there is no such measure, or it has no better direction and no sign is given.
    """
    sign, name = (text[0], text[1:]) if text[:1] in "+-" else ("", text)
    if name not in MEASURES:
        hint = nearest(name, MEASURES)
        raise UsageError("--goal", f"there is no measure {name!r}", f"did you mean {hint!r}?" if hint else "")
    better = MEASURES[name].better
    if not sign and better == "none":
        raise UsageError("--goal", f"{name} has no better direction", f"write +{name} or -{name}")
    return Goal(name, sign == "+" or (not sign and better == "higher"))


def read_condition(text: str, minor_per_major: int) -> Condition:
    """Return the condition ``MEASURE>=NUMBER`` or ``MEASURE<=NUMBER`` (money in major units).

    Raises
    ------
    UsageError
        If it is not of that form, or there is no such measure.
    """
    for sign in (">=", "<="):
        name, found, number = (part.strip() for part in text.partition(sign))
        if not found:
            continue
        if name not in MEASURES:
            hint = nearest(name, MEASURES)
            cure = f"did you mean {hint!r}?" if hint else ""
            raise UsageError("--keep", f"there is no measure {name!r}", cure)
        try:
            bound = float(number)
        except ValueError:
            break
        if math.isfinite(bound):
            scale = minor_per_major if MEASURES[name].unit == "money" else 1
            return Condition(name, bound * scale, sign == ">=")
    raise UsageError("--keep", f"{text!r} is not MEASURE>=NUMBER or MEASURE<=NUMBER")


class Search:
    """A search under way.

    Parameters
    ----------
    axes : sequence of Axis
        What may be changed; ranges are continuous, lists are choices.
    goals : one or two Goal
    conditions : sequence of Condition
    play : callable
    n_replications : int
        In which every point is compared; fresh ones come after them.
    n_trials : int
    seed : int
    """

    def __init__(
        self,
        axes: Sequence[Axis],
        goals: Sequence[Goal],
        conditions: Sequence[Condition],
        play: Play,
        n_replications: int,
        n_trials: int,
        seed: int,
    ) -> None:
        if not 1 <= len(goals) <= 2:
            raise UsageError("--goal", f"{len(goals)} goals", "one, or two for a front")
        self.axes, self.goals, self.conditions = tuple(axes), tuple(goals), tuple(conditions)
        self.play, self.n_replications, self.n_trials, self.seed = play, n_replications, n_trials, seed
        self.tried: list[Tried] = []
        self._best: Values | None = None  # signed values of the first goal of the best allowed point

    def run(self, done: Callable[[int, int], None] | None = None) -> Found:
        """Look at all points and return what was found."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=self.seed % 2**32, multivariate=True)
        study = optuna.create_study(directions=["minimize"] * len(self.goals), sampler=sampler)
        for number in range(self.n_trials):
            trial = study.ask()
            study.tell(trial, self._look(trial))
            if done is not None:
                done(number + 1, self.n_trials)
        best = self._front() if len(self.goals) == 2 else self._single()
        if len(self.goals) == 2 or not best:
            return Found(tuple(self.tried), best, {}, None)
        return self._played_again(best)

    def _look(self, trial: optuna.Trial) -> tuple[float, ...]:
        """Play a proposed point, as far as there is hope, and return what it is worth (less is better)."""
        values = {axis.path: self._value(trial, axis) for axis in self.axes}
        found = self.play(values, range(min(FIRST_RUNS, self.n_replications)))
        given_up = self._is_hopeless(found)
        if not given_up and self.n_replications > FIRST_RUNS:
            rest = self.play(values, range(FIRST_RUNS, self.n_replications))
            found = {name: np.concatenate([found[name], rest[name]]) for name in found}
        breach = sum(condition.breach(found[condition.measure]) for condition in self.conditions)
        n = len(next(iter(found.values())))
        means = {
            name: float(np.nanmean(part)) if np.isfinite(part).any() else math.nan
            for name, part in found.items()
        }
        tried = Tried(values, means, n, breach == 0, given_up)
        self.tried.append(tried)
        if tried.is_allowed and not given_up and len(self.goals) == 1:
            signed = self.goals[0].signed(found[self.goals[0].measure])
            if self._best is None or np.nanmean(signed) < np.nanmean(self._best):
                self._best = signed
        return tuple(self._worth(goal, tried, breach) for goal in self.goals)

    def _worth(self, goal: Goal, tried: Tried, breach: float) -> float:
        mean = tried.means[goal.measure]
        if math.isnan(mean) or math.isinf(breach):
            return 1e300
        worth = -mean if goal.is_raised else mean
        return worth + breach * _PENALTY * (1.0 + abs(worth))

    def _value(self, trial: optuna.Trial, axis: Axis) -> str:
        if axis.is_range:
            return axis.at(trial.suggest_float(axis.path, 0.0, 1.0))
        return str(trial.suggest_categorical(axis.path, list(axis.values)))

    def _is_hopeless(self, found: dict[str, Values]) -> bool:
        """Say whether the best point so far is surely better already."""
        if len(self.goals) > 1 or self._best is None:
            return False
        signed = self.goals[0].signed(found[self.goals[0].measure])
        return look_at(signed - self._best[: len(signed)]).low > 0

    def _single(self) -> tuple[Tried, ...]:
        goal = self.goals[0]
        allowed = [
            t
            for t in self.tried
            if t.is_allowed and not t.is_given_up and not math.isnan(t.means[goal.measure])
        ]
        if not allowed:
            return ()
        return (
            min(allowed, key=lambda t: -t.means[goal.measure] if goal.is_raised else t.means[goal.measure]),
        )

    def _front(self) -> tuple[Tried, ...]:
        """Return the allowed points that no other allowed point beats in both goals."""
        allowed = [
            t
            for t in self.tried
            if t.is_allowed and not any(math.isnan(t.means[g.measure]) for g in self.goals)
        ]
        worth = {id(t): tuple(self._worth(goal, t, 0.0) for goal in self.goals) for t in allowed}
        front = [
            t
            for t in allowed
            if not any(_beats(worth[id(other)], worth[id(t)]) for other in allowed if other is not t)
        ]
        return tuple(sorted(front, key=lambda t: worth[id(t)]))

    def _played_again(self, best: tuple[Tried, ...]) -> Found:
        """Play the best and the scenario as written in fresh replications."""
        fresh = range(self.n_replications, 2 * self.n_replications)
        again, written = self.play(best[0].values, fresh), self.play({}, fresh)
        goal = self.goals[0].measure
        return Found(
            tuple(self.tried),
            best,
            {name: mean_interval(values) for name, values in again.items()},
            paired_difference(again[goal], written[goal]),
        )


def _beats(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and tuple(a) != tuple(b)


def measures_of(goals: Sequence[Goal], conditions: Sequence[Condition]) -> list[str]:
    """Return the measures a search needs, each once."""
    names: dict[str, Any] = dict.fromkeys(goal.measure for goal in goals)
    return list(names | dict.fromkeys(condition.measure for condition in conditions))
