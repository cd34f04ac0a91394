"""What the programmes caused: every run beside the same world, draw for draw, without them.

A customer who is credited to a programme may have come anyway. Because both runs share every draw they
do not themselves change, the same person can be looked up in the world without programmes: there he
came too (and here perhaps earlier), or he did not come at all. So

    incremental = customers here - customers there = gained - lost,

where *gained* are those who came only here (credited to a programme, or brought by somebody who was),
and *lost* those who came only there. Who would have come anyway is relabelled, not won. Where strangers come
at a rate, somebody steps in for each who was won before his turn: gained, but not brought by anybody.

A design without any programme is its own counterfactual. Designs that are equal but for their
programmes share one, which is played once; if a design of the study is that world, its run is used.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.grouped import ByKind, by_kind
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.record import RunRecord
from referralsim.metrics.virality import UNDEFINED, Scalar
from referralsim.scenario.digest import scenario_digest
from referralsim.scenario.schema import Scenario

_KEPT = 4
"""Worlds without programmes a process remembers: those of the replication at hand."""


class Late(NamedTuple):
    """What the last part of a run, :data:`LAST_PART`, came to."""

    customers: int
    spent_cents: float  # on rewards and paid acquisition, less fees; NaN: not recorded


class Outcome(NamedTuple):
    """A run as far as two of them are compared."""

    activated_days: npt.NDArray[np.float64]  # (n_people,) NaN: never a customer; empty: not comparable
    credited: npt.NDArray[np.bool_]  # (n_people,) customer credited to a programme
    unaided: npt.NDArray[
        np.bool_
    ]  # (n_people,) customer whom nobody is credited with: came alone or was bought
    horizon_days: float
    cash_cents: npt.NDArray[np.float64]  # (CASH_POINTS,) earned until each of them; empty: not recorded
    late: Late
    scalars: dict[str, Scalar]


LAST_PART = 0.25
"""Share of the horizon, at its end, whose customers are the last."""

_SPENDING = (Kind.SIGNED_UP, Kind.REWARD_PAID, Kind.REWARD_REDEEMED, Kind.APPLIED)


def late_of(record: RunRecord, grouped: ByKind) -> Late:
    """Return how many came in the last part of a run, and what was spent on winning customers then."""
    # the log is in order of time
    first = np.searchsorted(record.log["time"], (1 - LAST_PART) * record.horizon_days, side="left")

    def late(kind: Kind) -> npt.NDArray[np.int64]:
        rows = grouped.rows_of(kind)
        return rows[np.searchsorted(rows, first) :]

    spent = -float(sum(int(record.log["margin_cents"][late(kind)].sum()) for kind in _SPENDING))
    return Late(len(late(Kind.ACTIVATED)), spent if record.level == "full" else math.nan)


CASH_POINTS = 366
"""Moments from day 0 to the horizon, evenly, at which cash is looked at."""


CASH_STEP = 5
"""Of these moments, every so manieth is a point of the curve that is kept."""


def cash_days(horizon_days: float) -> npt.NDArray[np.float64]:
    """Return the moments at which cash is looked at."""
    return np.linspace(0.0, horizon_days, CASH_POINTS)


def cash_of(record: RunRecord) -> npt.NDArray[np.float64]:
    """Return the contribution after all costs up to each moment; empty where not every event is kept."""
    if record.level != "full":
        return np.zeros(0)
    # the log is in order of time, and cents are whole: sums from each moment to the next are exact
    edges = np.zeros(CASH_POINTS + 1, np.int64)
    edges[1:] = np.searchsorted(record.log["time"], cash_days(record.horizon_days), side="right")
    earned = np.zeros(CASH_POINTS, np.int64)
    some = np.flatnonzero(np.diff(edges))
    if len(some):
        earned[some] = np.add.reduceat(record.log["margin_cents"][: edges[-1]], edges[some])
    return np.cumsum(earned).astype(np.float64)


def without_programmes(scenario: Scenario) -> Scenario:
    """Return a scenario without its programmes, on any day; all else, and every day of change, stays."""
    # a copy is not read again: what was read has no units any more
    timeline = tuple(
        entry.model_copy(
            update={"set": {name: value for name, value in entry.set.items() if name != "programmes"}}
        )
        for entry in scenario.timeline
    )
    return scenario.model_copy(update={"programmes": {}, "timeline": timeline})


def has_programmes(scenario: Scenario) -> bool:
    """Say whether a scenario ever has a programme."""
    later = any("programmes" in entry.set for entry in scenario.timeline)
    return later or any(programme.enabled for programme in scenario.programmes.values())


class Group(NamedTuple):
    """Designs that are equal without their programmes."""

    name: str  # of the design that is the world without programmes, or of the first of them
    scenario: Scenario
    is_played: bool  # whether the study plays that world anyway, as the design ``name``


def groups_of(designs: dict[str, Scenario]) -> dict[str, Group]:
    """Return for each design the world without programmes that it is held against."""
    bare = {name: without_programmes(scenario) for name, scenario in designs.items()}
    digests = {name: scenario_digest(scenario) for name, scenario in bare.items()}
    found: dict[str, Group] = {}
    for name, digest in digests.items():
        alike = [other for other in designs if digests[other] == digest]
        played = next((other for other in alike if not has_programmes(designs[other])), None)
        chosen = played if played is not None else alike[0]
        found[name] = Group(chosen, designs[chosen] if played else bare[chosen], played is not None)
    return found


def outcome_for(record: RunRecord, scalars: dict[str, Scalar], grouped: ByKind | None = None) -> Outcome:
    """Return what two runs are compared by.

    Parameters
    ----------
    record : RunRecord
        With a log that holds at least the joins.
    scalars : dict
        Its measures by name.
    grouped : ByKind, optional
        The rows of its log by kind, to save time.
    """
    grouped = by_kind(record.log) if grouped is None else grouped
    cash, late = cash_of(record), late_of(record, grouped)
    if not record.limited_graph:
        # among fresh contacts person 7 of one run is somebody else in another
        nobody = np.zeros(0, np.bool_)
        return Outcome(np.zeros(0), nobody, nobody, record.horizon_days, cash, late, scalars)
    active = record.log.take(grouped.rows_of(Kind.ACTIVATED))
    days = np.full(len(record.segment), math.nan)
    credited, unaided = np.zeros((2, len(record.segment)), np.bool_)
    days[active["actor"]] = active["time"]
    credited[active["actor"]] = active["programme"] >= 0
    unaided[active["actor"]] = (active["loop"] == Loop.ORGANIC_ARRIVAL) | (active["loop"] == Loop.PAID)
    return Outcome(days, credited, unaided, record.horizon_days, cash, late, scalars)


_PEOPLE = (
    "attributed_customers",
    "came_anyway",
    "came_earlier",
    "gained_customers",
    "stepped_in_customers",
    "lost_customers",
    "came_anyway_share",
)
_CASH = ("cash_lowest", "cash_lowest_day", "cash_payback_day")


def caused(here: Outcome, there: Outcome) -> dict[str, Scalar]:
    """Return what the programmes caused in one run.

    Parameters
    ----------
    here, there : Outcome
        The run, and the same replication without programmes.
    """

    def gap(name: str) -> float:
        return here.scalars[name].value - there.scalars[name].value

    customers = gap("customers")
    there_k = there.scalars["k_offspring"]
    found = {
        "incremental_customers": Scalar(customers, 1),
        "incremental_revenue": Scalar(gap("revenue"), 1),
        "incremental_profit": Scalar(gap("profit"), 1),
        "k_without": there_k,
        "k_incremental": _known(gap("k_offspring"), here.scalars["k_offspring"].n),
        "cost_per_incremental_customer": per_caused(here.scalars["reward_cost"].value, customers),
        "cac_blended_without": there.scalars["cac_blended"],
        "cac_marginal": per_caused(_spent(here) - _spent(there), customers),
        "cac_marginal_last": per_caused(
            here.late.spent_cents - there.late.spent_cents, here.late.customers - there.late.customers
        ),
    }
    return found | _people(here, there) | _cash(here, there)


def per_caused(cents: float, customers: float) -> Scalar:
    """Return a cost per customer caused; undefined where none was, which still has its part in the pool.

    Examples
    --------
    >>> per_caused(300.0, 2)[:2], per_caused(300.0, -1)[1:], per_caused(float("nan"), 2)[:2]
    ((150.0, 2), (0, 300.0, -1.0), (nan, 0))
    """
    if math.isnan(cents):
        return UNDEFINED
    if customers > 0:
        return Scalar(cents / customers, int(customers), cents, float(customers))
    return Scalar(math.nan, 0, cents, float(customers))


def _spent(run: Outcome) -> float:
    """Return what a run spent on winning customers: rewards and paid acquisition, less fees of partners."""
    cost, bought, fees = (
        run.scalars[name].value for name in ("reward_cost", "paid_acquisition_cost", "partner_fees")
    )
    return cost + bought - fees


def _people(here: Outcome, there: Outcome) -> dict[str, Scalar]:
    """Return who came anyway, who came earlier, who only here and who only there."""
    n = min(len(here.activated_days), len(there.activated_days))  # agents stand behind the people
    if n == 0:
        return dict.fromkeys(_PEOPLE, UNDEFINED)
    days, credited, other = here.activated_days[:n], here.credited[:n], there.activated_days[:n]
    came, came_there = ~np.isnan(days), ~np.isnan(other)
    attributed = int((came & credited).sum())
    anyway = came & credited & came_there
    numbers = {
        "attributed_customers": attributed,
        "came_anyway": int(anyway.sum()),
        "came_earlier": int((days[anyway] < other[anyway]).sum()),
        "gained_customers": int((came & ~came_there).sum()),
        "stepped_in_customers": int((came & here.unaided[:n] & ~came_there).sum()),
        "lost_customers": int((came_there & ~came).sum()),
    }
    share = Scalar(numbers["came_anyway"] / attributed, attributed) if attributed else UNDEFINED
    return {name: Scalar(float(value), 1) for name, value in numbers.items()} | {"came_anyway_share": share}


def cash_gap(here: Outcome, there: Outcome) -> npt.NDArray[np.float64]:
    """Return the cash the programmes have caused up to each moment; empty where it is not recorded."""
    if len(here.cash_cents) == 0 or len(there.cash_cents) == 0:
        return np.zeros(0)
    return here.cash_cents - there.cash_cents


def cash_table(here: Outcome, there: Outcome) -> pd.DataFrame:
    """Return the cash the programmes have caused, as a curve.

    Returns
    -------
    pandas.DataFrame
        day (74 days from launch to the horizon), cash (minor units, caused up to then); without rows where
        it is not recorded.
    """
    gap = cash_gap(here, there)[::CASH_STEP]
    days = cash_days(here.horizon_days)[::CASH_STEP][: len(gap)]
    return pd.DataFrame({"day": days, "cash": gap})


def _cash(here: Outcome, there: Outcome) -> dict[str, Scalar]:
    """Return how deep the programmes go into the red, when, and from when they are out of it for good."""
    gap = cash_gap(here, there)
    if len(gap) == 0:
        return dict.fromkeys(_CASH, UNDEFINED)
    days = cash_days(here.horizon_days)
    at = int(np.argmin(gap))
    red = np.flatnonzero(gap < 0)
    payback = UNDEFINED
    if len(red) and red[-1] + 1 < len(days):
        payback = Scalar(float(days[red[-1] + 1]), 1)
    return {
        "cash_lowest": Scalar(min(0.0, float(gap[at])), 1),
        "cash_lowest_day": Scalar(float(days[at]), 1) if gap[at] < 0 else UNDEFINED,
        "cash_payback_day": payback,
    }


def _known(value: float, n: int) -> Scalar:
    return UNDEFINED if math.isnan(value) else Scalar(value, n)


class Worlds:
    """The worlds without programmes that a process has played last, by group and replication."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Outcome] = OrderedDict()

    def get(self, name: str, replication: int, play: Callable[[], Outcome]) -> Outcome:
        """Return a world, playing it if it is not remembered."""
        found = self._kept.pop((name, replication), None) or play()
        self.keep(name, replication, found)
        return found

    def keep(self, name: str, replication: int, outcome: Outcome) -> None:
        """Remember a world that was played."""
        self._kept[(name, replication)] = outcome
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
