"""What a replay reads: rows of a log as events, rules as plain objects, and how long a delay may last."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, NamedTuple

from referralsim.behaviour.payment import reward_cost
from referralsim.behaviour.rates import phase_at
from referralsim.distributions import Law, round_half_even
from referralsim.engine.contract import EngineInputs, GraphKind, PaysOn, Table
from referralsim.errors import ReferralsimError
from referralsim.eventlog.kinds import PLACES, Kind

Key = tuple[int, int, int, int]
"""(kind, actor, target, attempt): what names an event but for its day."""

_ROUNDING = 1e-9  # days: draws of laws with a floor or a ceiling may miss it by rounding


class Event(NamedTuple):
    """One row of a log; fields as in ``eventlog.kinds.LOG_DTYPE``, in its order."""

    time: float
    kind: int
    loop: int
    channel: int
    programme: int
    actor: int
    target: int
    attempt: int
    amount_cents: int
    margin_cents: int

    @property
    def key(self) -> Key:
        """What names the event, but for its day."""
        return (self.kind, self.actor, self.target, self.attempt)

    @property
    def place(self) -> tuple[float, int, int, int, int]:
        """The event's place in the total order."""
        return (self.time, *self.key)

    def __str__(self) -> str:
        who = f"actor {self.actor}, target {self.target}, attempt {self.attempt}"
        return f"{name_of(self.kind)} on {day(self.time)} ({who})"


class Impossible(ReferralsimError):  # noqa: N818
    """The first event of a log that cannot be as it is written, or that is missing from it.

    Attributes
    ----------
    row : int
        Row of the event; where an event is missing, the row before which it belongs.
    event : Event
        The event as it stands in the log, or the one that is missing.
    why : str
        In words.
    """

    def __init__(self, row: int, event: Event, why: str) -> None:
        self.row = row
        self.event = event
        self.why = why
        super().__init__(f"row {row}", f"{event}: {why}")

    def __reduce__(self) -> tuple[type[Impossible], tuple[int, Event, str]]:
        return type(self), (self.row, self.event, self.why)


def name_of(kind: int) -> str:
    """Return the name of an event kind, or its number if there is none."""
    return Kind(kind).name if kind in Kind._value2member_map_ else f"kind {kind}"


def day(time_days: float) -> str:
    """Return a day in words, with every digit that tells it from its neighbours.

    Examples
    --------
    >>> day(3.0), day(0.1 + 0.2)
    ('day 3', 'day 0.30000000000000004')
    """
    return f"day {int(time_days)}" if float(time_days).is_integer() else f"day {time_days!r}"


def nobody(programme: int) -> int:
    """Return the number that stands for nobody in a reward of a programme."""
    return -2 - programme


def key_parts(key: int) -> tuple[int, int, int]:
    """Return side, place and serial of a reward key.

    Examples
    --------
    >>> from referralsim.eventlog.kinds import reward_key
    >>> key_parts(reward_key(1, 2, 3))
    (1, 2, 3)
    """
    return key % 2, key // 2 % PLACES, key // 2 // PLACES


def booked_cost(rule: Any, amount_cents: int) -> int:
    """Return what a reward takes from a budget: of a sweepstake, what it costs on average."""
    cost = reward_cost(rule, amount_cents)
    return round_half_even(cost * rule.prize_probability) if rule.prize_probability < 1.0 else cost


def events_of(log: Any) -> list[Event]:
    """Return the rows of a log as plain events."""
    return [Event._make(row) for row in log.tolist()]


def _objects(table: Table) -> list[list[Any]]:
    names = table.dtype.names or ()
    return [
        [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows.tolist()] for rows in table
    ]


class Rules:
    """The rule tables of a run as plain objects: ``rules.segments[phase][segment].margin``.

    Parameters
    ----------
    inputs : EngineInputs
        With its people (``engine.compile.populate``).
    """

    def __init__(self, inputs: EngineInputs) -> None:
        self.inputs = inputs
        self.starts = [float(start) for start in inputs.starts]
        self.world = [rows[0] for rows in _objects(inputs.world.reshape(-1, 1))]
        self.segments = _objects(inputs.segments)
        self.streams = _objects(inputs.streams)
        self.programmes = _objects(inputs.programmes)
        self.asks = _objects(inputs.asks)
        self.channels = _objects(inputs.channels)
        self.rewards = _objects(inputs.rewards)
        self.agents = _objects(inputs.agents.reshape(1, -1))[0]
        self.n_known = inputs.n_people + len(self.agents)
        self.row_of_ask = {rule.number: row for row, rule in enumerate(self.asks[0])}
        self.initial = frozenset(inputs.initial.tolist())
        self.boards = [row for row, rule in enumerate(self.rewards[0]) if rule.on == PaysOn.LEADERBOARD]

    @property
    def fresh(self) -> bool:
        """Whether every contact is a person nobody has met before."""
        return self.inputs.graph_kind == GraphKind.FRESH

    def phase(self, time_days: float) -> int:
        """Return the phase of the timeline in force."""
        return int(phase_at(time_days, self.starts))

    def is_agent(self, person: int) -> bool:
        """Return whether a number names an agent."""
        return self.inputs.n_people <= person < self.n_known

    def ties_of(self, person: int) -> list[int]:
        """Return whom a person knows, in the order of the graph's rows."""
        first, last = self.inputs.offsets[person], self.inputs.offsets[person + 1]
        return list(map(int, self.inputs.neighbours[first:last]))

    def may_last(self, rule: Any, law: str, since_days: float, until_days: float) -> bool:
        """Return whether a delay by ``rule``'s law of this name can last from one time to the other."""
        kind, a, b = (getattr(rule, f"{law}_{part}") for part in ("law", "a", "b"))
        if kind == Law.FIXED:
            return bool(until_days == since_days + a)
        if kind == Law.EMPIRICAL:
            rows = self.inputs.table[int(a) : int(a) + int(b)]
            return any(until_days == since_days + row for row in rows.tolist())
        low, high = self.bounds(rule, law)
        return bool(since_days + low - _ROUNDING <= until_days <= since_days + high + _ROUNDING)

    def bounds(self, rule: Any, law: str) -> tuple[float, float]:
        """Return the least and the greatest value of ``rule``'s law of this name."""
        kind, a, b = (getattr(rule, f"{law}_{part}") for part in ("law", "a", "b"))
        if kind == Law.FIXED:
            return a, a
        if kind == Law.EMPIRICAL:
            rows = self.inputs.table[int(a) : int(a) + int(b)].tolist()
            return min(rows), max(rows)
        if kind == Law.UNIFORM:
            return a, b
        return (b if kind == Law.PARETO else 0.0), math.inf

    def reward_rule(self, phase: int, programme: int, key: int) -> Any:
        """Return the rule that a reward key of a programme names in a phase, or None."""
        side, place, _ = key_parts(key)
        for rule in self.rewards[phase]:
            if (rule.programme, rule.side, rule.place) == (programme, side, place):
                return rule
        return None

    def payer_of(self, person: int) -> int:
        """Return who pays for a person: often the person."""
        return int(self.inputs.payer[person]) if person < len(self.inputs.payer) else person
