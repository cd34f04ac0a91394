"""What a replay without a seed remembers while it walks through a log.

Events of one instant may have happened in another order than they stand in (a decision at kind 22 makes
a sign-up at kind 2), so a question about a state is answered for the whole instant: who signs up today
at noon *was* a prospect today at noon.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from referralsim.engine.contract import LIVES, STREAMS, Abuse
from referralsim.engine.replay_rules import Event, Key, Rules, day
from referralsim.eventlog.kinds import Kind


class Credit(NamedTuple):
    """Who is credited with bringing a person, and by what."""

    parent: int = -1
    loop: int = -1
    channel: int = -1
    programme: int = -1


class Touch(NamedTuple):
    """An invitation that has the credit for now: since when, for how long, how firmly."""

    day: float
    credit: Credit
    window_days: float
    priority: int


@dataclass(slots=True)
class Round:
    """How far a contact stream has come."""

    number: int
    since: int  # the number at the beginning of the instant
    last_day: float


@dataclass(slots=True)
class Grant:
    """A reward that was earned."""

    earned: Event
    friend: int  # -1: none
    cost: int
    period: int
    settle_day: float  # when it is looked at next
    state: str = "pending"  # then "lapsing" (it will expire unpaid), "reversed", "lost", "paid"
    paid_day: float = -1.0
    reversed_day: float = -1.0
    redeemed: bool = False
    disputed: bool = False
    expires_on: float = math.inf


@dataclass(slots=True)
class Life:
    """What the log has told of one person, or one agent, so far."""

    signed_up_day: float | None = None
    first_customer_day: float | None = None
    customer_day: float | None = None  # of the present life
    churned_day: float | None = None  # when the present life ended
    number: int = 0  # of the present life
    won_back_day: float | None = None
    origin: int = -1
    credit: Credit = field(default_factory=Credit)
    abuse: frozenset[int] = frozenset({Abuse.NONE})  # what it may be
    touches: list[Touch | None] = field(default_factory=lambda: [None])  # what may be the touch
    old_touches: list[Touch | None] = field(default_factory=lambda: [None])  # ... before this instant
    clicks: list[Touch] = field(default_factory=list)  # of the last instant with any
    moments: dict[int, tuple[float, int]] = field(default_factory=dict)  # use -> (day, kind)
    last_moment: tuple[float, int] = (-1.0, 0)
    last_use: int = -1
    last_gift: int = -1
    purchases: dict[int, tuple[float, int, int]] = field(
        default_factory=dict
    )  # number -> (day, amount, margin)
    spent_cents: int = 0
    n_qualifying: int = 0
    qualifying: tuple[float, int] | None = None  # (day, basket) of the event that qualifies
    qualified_day: float | None = None
    friend_numbers: range = range(1, 2)  # which friend of the parent it may be
    refunds: dict[int, float] = field(default_factory=dict)  # number of the purchase -> day
    asks: dict[int, tuple[int, float]] = field(default_factory=dict)  # programme -> (how many, last day)
    occasions: dict[tuple[int, int], int] = field(default_factory=dict)  # (trigger, number) -> rule asked
    friends: dict[int, tuple[int, int]] = field(default_factory=dict)  # programme -> least, most qualified
    n_fakes: Counter[int] = field(default_factory=Counter)
    grants: list[Grant] = field(default_factory=list)
    brought: list[Grant] = field(default_factory=list)  # earned for this person as the friend
    rounds: dict[int, Round] = field(default_factory=dict)
    points: int = 0
    points_before: int = 0  # at the beginning of the instant, less what was used or expired in it
    n_points: int = 0
    points_days: dict[int, float] = field(default_factory=dict)
    member: bool = False
    member_serial: int = 0
    member_until: float = math.inf
    member_left: tuple[float, int] | None = None  # (day, period) of leaving as a customer
    enlisted_day: float | None = None
    last_post: int = -1
    tier: int = 0
    review: tuple[int, float] = (0, math.inf)  # number and day of the next
    had_customers: int = 0
    had_cents: int = 0


@dataclass(slots=True)
class Invitation:
    """One invitation on its way: the day of each stage that it has passed."""

    credit: Credit
    days: dict[int, float]
    to_prospect: bool


class Duty(NamedTuple):
    """Something that must be in the log: an event with one of these keys, unless there is an excuse."""

    day: float
    serial: int
    keys: tuple[Key, ...]
    why: str
    excuse: Callable[[], bool]


@dataclass(slots=True)
class Purse:
    """What a programme has booked, and when it began to rest because that is all there was."""

    booked: int = 0
    period: int | None = None
    rests_since: float = math.inf
    rests_in: int | None = None


WAITS = "another event of this instant must come before it"
"""Why an event is not possible *yet*: the fault, if there is one, lies with the other event."""


def never() -> bool:
    """Excuse nothing."""
    return False


class Walk:
    """A walk through a log: what it has told so far, and what it owes.

    Parameters
    ----------
    rules : Rules
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.inputs = rules.inputs
        self.now = 0.0
        self.rows: list[Event] = []  # of the instant
        self.keys: set[Key] = set()  # of the instant
        self.lives: dict[int, Life] = {}
        self.seen: dict[Key, Event] = {}
        self.met: set[int] = set()  # fresh contacts whom somebody has met
        self.invitations: dict[tuple[int, int, int], Invitation] = {}
        self.clicked: dict[int, list[tuple[int, Invitation]]] = {}  # target -> (attempt, invitation)
        self.paid_spent_cents = 0
        self.duties: list[Duty] = []
        self.may_share: set[tuple[int, int]] = set()  # (actor, stream) at this instant
        self.invited: Counter[tuple[int, int]] = Counter()
        self.grants: dict[tuple[int, int, int], Grant] = {}
        self.purses = [Purse() for _ in range(self.inputs.programmes.shape[1])]
        self.given_back: dict[int, int] = {}  # by programme, at this instant
        self.fakes: dict[tuple[int, int, int], range] = {}  # (person, programme, 1 + number), at this
        #                                                     instant -> which friend it may count as
        self.luck: dict[tuple[int, int, int], tuple[float, float]] = {}  # bounds of draws of detection
        self.friends_before: dict[tuple[int, int], tuple[int, int]] = {}  # ... this instant
        self.boards: dict[tuple[int, int], dict[int, tuple[int, int]]] = {}  # (row, period) -> counts
        self.reminded_of_sign_up: dict[int, list[float]] = {}
        self._ties: dict[int, frozenset[int]] = {}
        self._serial = count()

    def begin(self, rows: list[Event]) -> None:
        """Begin an instant with these rows."""
        self.now, self.rows = rows[0].time, rows
        self.keys = {e.key for e in rows}
        self.may_share.clear()
        self.invited.clear()
        self.fakes.clear()
        self.given_back.clear()
        self.friends_before.clear()
        for e in rows:
            life = self.life(e.actor)
            life.points_before = life.points
        contacts = {(e.actor, e.attempt % STREAMS) for e in rows if e.kind in (Kind.INVITED, Kind.TOLD)}
        for actor, stream in contacts:
            past = self.life(actor).rounds.get(stream)
            if past is not None:
                past.since = past.number

    def still_to_come(self, *kinds: int) -> Iterable[Event]:
        """Return the events of the instant, of these kinds, that have not been let happen yet."""
        return (e for e in self.rows if e.kind in kinds and e.key not in self.seen)

    def life(self, person: int) -> Life:
        """Return what is known of a person or an agent."""
        return self.lives.setdefault(person, Life())

    def segment_rules(self, person: int, time_days: float) -> list[Any]:
        """Return the rules that may hold for a person: one row, or all where the segment is not known."""
        rows = self.rules.segments[self.rules.phase(time_days)]
        return [rows[segment] for segment in self.segments_of(person)]

    def segments_of(self, person: int) -> list[int]:
        """Return the segments a person may be of."""
        if 0 <= person < len(self.inputs.segment):
            return [int(self.inputs.segment[person])]
        return list(range(self.inputs.segments.shape[1]))

    def programme(self, programme: int, time_days: float) -> Any:
        """Return the rules of a programme at a time."""
        return self.rules.programmes[self.rules.phase(time_days)][programme]

    def why_shut(self, programme: int, time_days: float) -> str | None:
        """Return why a programme is not open at any point of an instant, or None."""
        terms, purse = self.programme(programme, time_days), self.purses[programme]
        if not terms.enabled:
            return f"programme {programme} is not enabled"
        if purse.rests_since < time_days and purse.rests_in == math.floor(time_days / terms.budget_days):
            return f"programme {programme} rests: its budget was spent on {day(purse.rests_since)}"
        return None

    def surely_open(self, programme: int, time_days: float) -> bool:
        """Return whether a programme is open at every point of an instant."""
        spent = any(e.kind == Kind.REWARD_UNFUNDED and e.programme == programme for e in self.rows)
        return self.why_shut(programme, time_days) is None and not (spent and time_days == self.now)

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

    def why_gone(self, person: int, time_days: float) -> str | None:
        """Return why a person is away during the whole of an instant, or None."""
        left = self.life(person).churned_day
        return f"person {person} left on {day(left)}" if left is not None and left < time_days else None

    def why_other_life(self, person: int, number: int) -> str | None:
        """Return why a numbered event does not belong to somebody's present life, or None."""
        present = self.life(person).number
        if number // LIVES == present:
            return None
        return f"number {number} belongs to life {number // LIVES}, but this is life {present}"

    def owe(
        self,
        time_days: float,
        keys: Iterable[Key],
        why: str,
        excuse: Callable[[], bool] = never,
    ) -> None:
        """Remember that one of these events must follow at a time, if that is before the horizon.

        The excuse is asked for when the time has passed without them, with the world as it was right after.
        """
        if time_days < self.inputs.horizon_days:
            named = tuple((int(key[0]), *key[1:]) for key in keys)
            heapq.heappush(self.duties, Duty(time_days, next(self._serial), named, why, excuse))

    def no_customer_then(self, person: int, number: int | None = None) -> Callable[[], bool]:
        """Return the excuse that a person has left (or is in another life than the numbered one)."""

        def excuse() -> bool:
            life = self.life(person)
            gone = life.customer_day is None or life.churned_day is not None
            return gone or (number is not None and number // LIVES != life.number)

        return excuse

    def unpaid(self, until_days: float) -> Duty | None:
        """Return the first duty from before a time that the log has not done and that has no excuse."""
        while self.duties and self.duties[0].day < until_days:
            duty = heapq.heappop(self.duties)
            if not any(key in self.seen for key in duty.keys) and not duty.excuse():
                return duty
        return None
