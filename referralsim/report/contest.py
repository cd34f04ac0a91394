"""Which designs are held against each other, on which runs, and what may be said about each pair."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from referralsim.experiment.sequential import sequential_difference, sequential_interval
from referralsim.metrics.intervals import SAME, clear_of_chance, paired_difference, verdict
from referralsim.report.frames import mean_over_runs, values_by_run, window_days
from referralsim.report.infos import Comparison
from referralsim.report.vocabulary import PRIMARY, measure_title, measure_unit
from referralsim.report.wording import Estimate, Money

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

FALLBACK = "customers"
"""What designs are ranked by where K is unknown, or the same in all of them."""

_TURNED = {"a better": "b better", "b better": "a better", "a higher": "b higher", "b higher": "a higher"}
_CHOICES = ("activation", "purchases")
"""Parts of the product that a team can choose: getting started, and the price."""


def money_of(experiment: Experiment) -> Money:
    """Return how the experiment's amounts are written."""
    return Money(experiment.currency, experiment.minor_per_major)


class Contest(NamedTuple):
    """Designs that a planner can choose between, on the replications in which all of them are known."""

    measure: str
    order: tuple[str, ...]  # highest mean first
    values: pd.DataFrame  # one row a replication, one column a design of `order`
    n_known: dict[str, int]  # designs known in too few runs to be ranked -> in how many
    replications: int
    peeked: bool = False  # whether the number of replications depends on what came out

    def estimate(self, design: str) -> Estimate:
        """Return the mean of a design over the replications of the contest."""
        values = self.values[design].to_numpy()
        return Estimate(*sequential_interval(values)) if self.peeked else mean_over_runs(values)

    @property
    def level(self) -> bool:
        """Whether all designs have the same mean, but for rounding."""
        means = [float(self.values[design].mean()) for design in self.order]
        return all(math.isclose(mean, means[0], rel_tol=SAME) for mean in means)


def contest(experiment: Experiment, designs: tuple[str, ...], measure: str) -> Contest:
    """Rank designs by the mean of a measure over the replications in which all of them are known.

    Means over different replications could contradict the paired difference. A design that is unknown
    in more than half of the replications is left out, else it would take those runs from the others too.
    """
    wide = values_by_run(experiment, measure, designs)
    known = {design: int(wide[design].notna().sum()) for design in designs}
    kept = [design for design in designs if known[design] and 2 * known[design] >= len(wide)]
    complete = wide[kept].dropna()
    if complete.empty:
        kept = []
    means = {design: float(complete[design].mean()) for design in kept}
    order = tuple(sorted(kept, key=lambda design: -means[design]))
    few = {design: known[design] for design in designs if design not in order}
    return Contest(
        measure, order, complete[list(order)], few, experiment.replications, bool(experiment.stopping)
    )


def paired(experiment: Experiment, held: Contest, a: str, b: str) -> Comparison:
    """Return the paired difference ``a`` minus ``b`` of a contest, taken alone.

    Where runs were added until the answer was clear, Student's interval would be wrong far more often than
    it says: the interval is then the one that survives peeking, as in the tables.
    """
    difference_of = sequential_difference if held.peeked else paired_difference
    found = difference_of(held.values[a].to_numpy(), held.values[b].to_numpy())
    words = verdict(found, "higher")
    return Comparison(
        held.measure,
        measure_title(held.measure, window_days(experiment)),
        measure_unit(held.measure),
        a,
        b,
        Estimate(found.difference, found.low, found.high, found.n),
        found.p_a_better,
        words,
        clear=words == "a better",
    )


def all_pairs(experiment: Experiment, contests: tuple[Contest, ...]) -> dict[tuple[str, str], Comparison]:
    """Return every pair of every contest, the higher design first, with `clear` for all of them together."""
    rows = [paired(experiment, held, a, b) for held in contests for a, b in combinations(held.order, 2)]
    return {(row.a, row.b): row for row in _judged_together(rows)}


def _judged_together(rows: list[Comparison]) -> list[Comparison]:
    clear = clear_of_chance([row.p_a_better for row in rows])
    return [
        row._replace(clear=is_clear and row.verdict in _TURNED)
        for row, is_clear in zip(rows, clear, strict=True)
    ]


def comparisons(experiment: Experiment, measure: str) -> tuple[Comparison, ...]:
    """Return the paired differences of one measure, in the order of the experiment."""
    frame = experiment.comparisons
    if frame.empty:
        return ()
    rows = frame[frame["measure"] == measure].to_dict("records")
    title = measure_title(measure, window_days(experiment))
    return tuple(_judged_together([_comparison(measure, title, row) for row in rows]))


def _comparison(measure: str, title: str, row: dict[Hashable, Any]) -> Comparison:
    return Comparison(
        measure,
        title,
        measure_unit(measure),
        str(row["a"]),
        str(row["b"]),
        Estimate(float(row["difference"]), float(row["low"]), float(row["high"]), int(row["n"])),
        float(row["p_a_better"]),
        str(row["verdict"]),
        clear=False,
    )


def reverse(row: Comparison) -> Comparison:
    """Return the same comparison with ``a`` and ``b`` exchanged."""
    d = row.difference
    return row._replace(
        a=row.b,
        b=row.a,
        difference=Estimate(-d.mean, -d.high, -d.low, d.n),
        p_a_better=1 - row.p_a_better,
        verdict=_TURNED.get(row.verdict, row.verdict),
    )


def verdict_text(row: Comparison) -> str:
    """Return the verdict on a pair, with a reservation where it is clear only when taken alone."""
    return f"{row.verdict}, taken alone" if row.verdict in _TURNED and not row.clear else row.verdict


def _given(part: Any) -> Any:
    """Return a part of a scenario without what a team can choose in a product, a segment's included."""
    if isinstance(part, list | tuple):
        return [_given(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: inner for name, inner in value.items() if name not in _CHOICES}
        if key == "product" and isinstance(value, dict)
        else _given(value)
        for key, value in part.items()
    }


def like_with_like(experiment: Experiment) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Group designs that a planner can choose between: those that play in the same world.

    The world is the people and what the product is to them: brand, use, moments, leaving. Getting started
    and the price are for the team to choose, as programmes, loops, channels and acquisition are. A scenario
    may ask its question in several worlds (a weak brand and a strong one); then each has its own answer.

    Returns
    -------
    groups : tuple of tuple of str
        Designs in the order of the scenario. If no world has two designs, all designs are one group.
    left_out : tuple of str
        Designs that are alone in their world while others have a choice.
    """
    worlds: dict[str, list[str]] = {}
    for design, scenario in experiment.designs.items():
        world = _given([scenario.get("population"), {"product": scenario.get("product")}])
        worlds.setdefault(json.dumps(world, sort_keys=True, default=str), []).append(design)
    groups = tuple(tuple(designs) for designs in worlds.values() if len(designs) > 1)
    if not groups:
        return (tuple(experiment.designs),) if experiment.designs else (), ()
    chosen = {design for group in groups for design in group}
    return groups, tuple(design for design in experiment.designs if design not in chosen)


def contests_of(experiment: Experiment, groups: tuple[tuple[str, ...], ...]) -> tuple[Contest, ...]:
    """Hold the contests on K, or on customers where K is unknown or the same in all designs of a contest."""
    on_k = tuple(contest(experiment, group, PRIMARY) for group in groups)
    several = len(experiment.designs) > 1
    if any(held.order and not (several and held.level) for held in on_k):
        return on_k
    return tuple(contest(experiment, group, FALLBACK) for group in groups)
