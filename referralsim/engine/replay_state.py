"""What a replay without a seed remembers while it walks through a log.

Events of one instant may have happened in another order than they stand in (a decision at kind 22 makes
a sign-up at kind 2), so a question about a state is answered for the whole instant: who signs up today
at noon *was* a prospect today at noon.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from referralsim.engine.contract import STREAMS
from referralsim.engine.replay_rules import Event, Key, Rules, day
from referralsim.eventlog.kinds import Kind


class Credit(NamedTuple):
    """Who is credited with bringing a person, and by what."""

    parent: int = -1
    loop: int = -1
    channel: int = -1
    programme: int = -1


@dataclass(slots=True)
class Touch:
    """The invitations that may be a person's touch: several only if they were followed at one instant."""

    day: float
    credits: list[Credit]


@dataclass(slots=True)
class Round:
    """How far a contact stream has come."""

    number: int
    since: int  # the number at the beginning of the instant
    last_day: float


@dataclass(slots=True)
class Life:
    """What the log has told of one person so far."""

    signed_up_day: float | None = None
    customer_day: float | None = None
    churned_day: float | None = None
    origin: int = -1
    credit: Credit = field(default_factory=Credit)
    touch: Touch | None = None
    earlier_touch: Touch | None = None  # the one before it, should both be of one instant
    moments: dict[int, tuple[float, int]] = field(default_factory=dict)  # use -> (day, kind)
    last_moment: tuple[float, int] = (-1.0, 0)
    last_use: int = -1
    purchases: dict[int, tuple[float, int, int]] = field(
        default_factory=dict
    )  # number -> (day, amount, margin)
    n_qualifying: int = 0
    qualifying: tuple[float, int] | None = None  # (day, basket) of the event that qualifies
    qualified_day: float | None = None
    refunded_day: float | None = None
    asks: dict[int, tuple[int, float]] = field(default_factory=dict)  # programme -> (how many, last day)
    n_earned: Counter[int] = field(default_factory=Counter)  # by programme, as referrer
    rounds: dict[int, Round] = field(default_factory=dict)


@dataclass(slots=True)
class Invitation:
    """One invitation on its way: the day of each stage that it has passed."""

    credit: Credit
    days: dict[int, float]
    to_prospect: bool


class Duty(NamedTuple):
    """Something that must be in the log: one of ``kinds`` with this actor, target and attempt."""

    day: float
    kinds: tuple[int, ...]
    actor: int
    target: int
    attempt: int
    why: str
    of_customer: bool  # it lapses when the actor leaves


class Walk:
    """A walk through a log: what it has told so far, and what it owes.

    Parameters
    ----------
    rules : Rules
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.inputs = rules.inputs
        self.lives: dict[int, Life] = {}
        self.seen: dict[Key, Event] = {}
        self.met: set[int] = set()  # fresh contacts whom somebody has met
        self.invitations: dict[tuple[int, int, int], Invitation] = {}
        self.clicked: dict[int, list[Invitation]] = {}
        self.paid_spent_cents = 0
        self.duties: list[Duty] = []
        self.shared: Counter[tuple[int, int]] = Counter()  # (actor, stream) at this instant
        self.invited: Counter[tuple[int, int]] = Counter()
        self.reversals: Counter[tuple[int, int]] = Counter()  # (receiver, programme) still to come now
        self.reversed: Counter[tuple[int, int]] = Counter()  # ... and done
        self.earnings: Counter[tuple[int, int]] = Counter()
        self._ties: dict[int, frozenset[int]] = {}

    def begin(self, rows: list[Event]) -> None:
        """Begin an instant with these rows."""
        self.shared.clear()
        self.invited.clear()
        self.reversed.clear()
        self.reversals = Counter((e.actor, e.programme) for e in rows if e.kind == Kind.REWARD_REVERSED)
        self.earnings = Counter((e.actor, e.programme) for e in rows if e.kind == Kind.REWARD_EARNED)
        contacts = {(e.actor, e.attempt % STREAMS) for e in rows if e.kind in (Kind.INVITED, Kind.TOLD)}
        for actor, stream in contacts:
            past = self.life(actor).rounds.get(stream)
            if past is not None:
                past.since = past.number

    def life(self, person: int) -> Life:
        """Return what is known of a person."""
        return self.lives.setdefault(person, Life())

    def segment_rules(self, person: int, time_days: float) -> list[Any]:
        """Return the rules that may hold for a person: one row, or all where the segment is not known."""
        rows = self.rules.segments[self.rules.phase(time_days)]
        if 0 <= person < len(self.inputs.segment):
            return [rows[self.inputs.segment[person]]]
        return rows

    def segments_of(self, person: int) -> list[int]:
        """Return the segments a person may be of."""
        if 0 <= person < len(self.inputs.segment):
            return [int(self.inputs.segment[person])]
        return list(range(self.inputs.segments.shape[1]))

    def knows(self, person: int, other: int) -> bool:
        """Return whether there is a tie from one person to another."""
        if person not in self._ties:
            self._ties[person] = frozenset(self.rules.ties_of(person))
        return other in self._ties[person]

    def is_prospect(self, person: int, time_days: float) -> bool:
        """Return whether a person is a prospect at some point of an instant."""
        signed_up = self.life(person).signed_up_day
        return signed_up is None or signed_up == time_days

    def why_no_customer(self, person: int, time_days: float) -> str | None:
        """Return why a person is no customer at any point of an instant, or None."""
        life = self.life(person)
        if life.customer_day is None:
            return f"person {person} is no customer"
        if life.churned_day is not None and life.churned_day < time_days:
            return f"person {person} left on {day(life.churned_day)}"
        return None

    def owe(
        self,
        time_days: float,
        kinds: tuple[int, ...],
        actor: int,
        target: int,
        attempt: int,
        why: str,
        of_customer: bool = False,
    ) -> None:
        """Remember that one of these events must follow at a time, if that is before the horizon."""
        if time_days < self.inputs.horizon_days:
            heapq.heappush(self.duties, Duty(time_days, kinds, actor, target, attempt, why, of_customer))

    def unpaid(self, until_days: float) -> Duty | None:
        """Return the first duty from before a time that the log has not done."""
        while self.duties and self.duties[0].day < until_days:
            duty = heapq.heappop(self.duties)
            keys = [(kind, duty.actor, duty.target, duty.attempt) for kind in duty.kinds]
            if any(key in self.seen for key in keys):
                continue
            left = self.life(duty.actor).churned_day
            if not (duty.of_customer and left is not None and left <= duty.day):
                return duty
        return None
