"""What changed between two experiments: the assumptions, and what came out.

Results are compared run by run where replication r of both played in the same world with the same luck:
seed, number of people, graph and ties are equal, as they are for the designs of one study. Then the
interval is Student's, of the paired differences. Else the runs are independent, and the interval is
Welch's: difference of the means, standard error sqrt(s_a^2/n_a + s_b^2/n_b), degrees of freedom after
Welch and Satterthwaite.

Where replications were added until an answer was precise, the number of runs depends on what they gave, and
these intervals would be too short. Then paired differences have the interval that holds at every look, and
independent means one each at half the risk; the difference lies between their far ends.

Source: B. L. Welch, Biometrika 34:28-35, 1947, doi:10.1093/biomet/34.1-2.28.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from referralsim.experiment.result import Experiment
from referralsim.experiment.sequential import look_at, sequential_difference
from referralsim.measures import MEASURES
from referralsim.metrics.intervals import Difference, mean_interval, paired_difference

_WORLD = ("size", "graph", "strength")
_TEXTS = (*("name", "question", "description", "sources", "decision", "thresholds", "uncertain", "designs"),)


class Changed(NamedTuple):
    """One assumption that is another now; None where there was or is none."""

    design: str  # empty: all designs that both have
    path: str
    old: Any
    new: Any


class Shift(NamedTuple):
    """What a measure of a design was and is, and the difference new - old; money in minor units."""

    design: str
    measure: str
    old: float
    new: float
    difference: float
    low: float
    high: float
    n_old: int
    n_new: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


class Differences(NamedTuple):
    """All that changed from one experiment to another."""

    assumptions: tuple[Changed, ...]
    designs_gone: tuple[str, ...]
    designs_new: tuple[str, ...]
    results: tuple[Shift, ...]  # of every measure of every design that both have
    paired: bool
    peeked: bool  # replications were added until something was precise: the intervals hold at every look


def differences(old: Experiment, new: Experiment) -> Differences:
    """Return what changed from one experiment to another."""
    shared = [name for name in new.designs if name in old.designs]
    paired = is_same_world(old, new)
    gone, come = (
        tuple(name for name in one.designs if name not in other.designs)
        for one, other in ((old, new), (new, old))
    )
    shifts = tuple(
        _shift(old, new, design, measure, paired)
        for design in shared
        for measure in MEASURES
        if _has(old, measure) and _has(new, measure)
    )
    return Differences(_assumptions(old, new, shared), gone, come, shifts, paired, _peeked(old, new))


def is_same_world(old: Experiment, new: Experiment) -> bool:
    """Say whether replication r of both played in one world with the same luck."""

    def world(experiment: Experiment) -> tuple[Any, ...]:
        scenario = next(iter(experiment.designs.values()))
        return (
            experiment.seed,
            experiment.provenance.get("graph_digest"),
            *(scenario["population"].get(part) for part in _WORLD),
        )

    return world(old) == world(new)


def _peeked(old: Experiment, new: Experiment) -> bool:
    return bool(old.stopping or new.stopping)


def _has(experiment: Experiment, measure: str) -> bool:
    return bool((experiment.estimates["measure"] == measure).any())


def _assumptions(old: Experiment, new: Experiment, shared: list[str]) -> tuple[Changed, ...]:
    """Return what changed, once for a change that all designs share."""
    found: dict[tuple[str, str, str], list[Changed]] = {}
    for design in shared:
        before, after = _flat(old.designs[design]), _flat(new.designs[design])
        for path in dict.fromkeys([*before, *after]):
            if before.get(path) != after.get(path):
                changed = Changed(design, path, before.get(path), after.get(path))
                found.setdefault((path, repr(changed.old), repr(changed.new)), []).append(changed)
    rows: list[Changed] = []
    for alike in found.values():
        rows += [alike[0]._replace(design="")] if len(alike) == len(shared) else alike
    for name in ("engine", "level"):
        if getattr(old, name) != getattr(new, name):
            rows.append(Changed("", f"--{name}", getattr(old, name), getattr(new, name)))
    return tuple(rows)


def _flat(value: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the leaves of a scenario by their dotted path; texts that decide nothing are left out."""
    pairs: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        pairs = [(key, child) for key, child in value.items() if path or key not in _TEXTS]
    elif isinstance(value, list) and any(isinstance(child, dict) for child in value):
        pairs = [(str(index), child) for index, child in enumerate(value)]
    if not pairs:
        return {".".join(path): value}
    return {name: leaf for key, child in pairs for name, leaf in _flat(child, (*path, key)).items()}


def _shift(old: Experiment, new: Experiment, design: str, measure: str, paired: bool) -> Shift:
    before = old.values(design, measure).to_numpy()
    after = new.values(design, measure).to_numpy()
    was, now = mean_interval(before), mean_interval(after)
    peeked = _peeked(old, new)
    if paired:
        n = min(len(before), len(after))
        gap = (sequential_difference if peeked else paired_difference)(after[:n], before[:n])
    else:
        gap = (peeked_difference if peeked else welch_difference)(after, before)
    return Shift(design, measure, was.mean, now.mean, gap.difference, gap.low, gap.high, was.n, now.n)


def peeked_difference(a: npt.ArrayLike, b: npt.ArrayLike, alpha: float = 0.05) -> Difference:
    """Return the difference of the means of two independent samples whose sizes depend on their values.

    Parameters
    ----------
    a, b : array_like of float
        NaN is left out; ``n`` of the result is the smaller number.
    alpha : float in (0, 1)
        Chance that the interval misses the difference, however the samples were ended.

    Notes
    -----
    Each mean has the interval of :func:`referralsim.experiment.sequential.look_at` at alpha / 2, and by
    Bonferroni both hold together. ``p_a_better`` is left unknown.

    Examples
    --------
    >>> gap = peeked_difference([5.0] * 10, [3.0] * 10)
    >>> gap.difference, gap.low, gap.high
    (2.0, 2.0, 2.0)
    """
    first, second = look_at(a, alpha / 2), look_at(b, alpha / 2)
    low, high = first.low - second.high, first.high - second.low
    known = math.isfinite(low) and math.isfinite(high)
    return Difference(
        first.mean - second.mean,
        low if known else math.nan,
        high if known else math.nan,
        min(first.n, second.n),
        math.nan,
    )


def welch_difference(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Difference:
    """Return the difference of the means of two independent samples, a minus b, with Welch's interval.

    Parameters
    ----------
    a, b : array_like of float
        NaN is left out; ``n`` of the result is the smaller number.
    level : float in (0, 1)

    Examples
    --------
    >>> found = welch_difference([3.0, 4.0, 5.0], [1.0, 2.0, 3.0])
    >>> found.difference, round(found.low, 4), round(found.high, 4)
    (2.0, -0.267, 4.267)
    """
    first, second = (np.asarray(values, dtype=np.float64) for values in (a, b))
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    n = min(len(first), len(second))
    if n == 0:
        return Difference(math.nan, math.nan, math.nan, 0, math.nan)
    gap = float(first.mean() - second.mean())
    if n < 2:
        return Difference(gap, math.nan, math.nan, n, math.nan)
    parts = [float(sample.var(ddof=1)) / len(sample) for sample in (first, second)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Difference(gap, gap, gap, n, 0.5 + 0.5 * float(np.sign(gap)))
    sizes = (len(first), len(second))
    freedom = sum(parts) ** 2 / sum(part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    return Difference(gap, gap - half, gap + half, n, float(stdtr(freedom, gap / error)))
