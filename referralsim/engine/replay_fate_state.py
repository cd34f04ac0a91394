"""What is settled once the seed is known: the calendar, the draws and the people of a seeded replay.

Beside what happens, it remembers what was refused and by which draw, so that an event that should not be
in a log can be answered for in words.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from referralsim.behaviour.moments import fading
from referralsim.behaviour.rates import next_time
from referralsim.distributions import draw, exponential
from referralsim.engine.contract import Abuse, PaysOn
from referralsim.engine.replay_rules import Event, Key, Rules
from referralsim.engine.replay_state import Credit
from referralsim.randomness import Purpose, address, stream_key, unit

NOBODY = Credit()
PLAIN, HAPPY, UNHAPPY = 0, 1, 2


class Pending(NamedTuple):
    """An event of the calendar, ordered as the model orders events; ``carried`` goes with it."""

    time: float
    kind: int
    actor: int
    target: int
    attempt: int
    serial: int
    carried: Any

    @property
    def key(self) -> Key:
        """What names the event, but for its day."""
        return (self.kind, self.actor, self.target, self.attempt)


class Letter(NamedTuple):
    """What an invitation keeps from the moment it was sent."""

    credit: Credit
    tie: float


class Touched(NamedTuple):
    """The invitation that has the credit for now, and for how long."""

    day: float
    credit: Credit
    window_days: float
    priority: int


@dataclass(slots=True)
class Grant:
    """One reward earned: by whom, which rule and when, for which friend, and what has become of it."""

    receiver: int
    other: int
    key: int
    programme: int
    place: int
    day: float
    amount: int
    friend: Fated | None
    credit: Credit
    cost: int  # as it was booked
    period: int  # ... and in which budget period
    state: str = "pending"  # then "reversed", "lost", "paid", "disputed"


@dataclass(slots=True)
class Purse:
    """What a programme has booked in a budget period, and when it rests because that is all there was."""

    booked: int = 0
    period: int | None = None  # of the last booking
    rests_in: int | None = None


@dataclass(slots=True)
class Fated:
    """One person, or one agent, in a seeded replay."""

    index: int
    key: int
    segment: int
    activity: float
    status: str = "prospect"  # then "signed up", "customer", "gone"
    credit: Credit = NOBODY
    customer_since: float = 0.0
    moment: int = PLAIN
    moment_day: float = 0.0
    offers: int = 0
    balance: float = 0.0
    touch: Touched | None = None
    abuse: int = Abuse.NONE
    qualified_day: float | None = None
    friend_number: int = 1
    refused: bool = False  # by detection, when this person qualified
    refunds: set[int] = field(default_factory=set)  # numbers of purchases given back
    n_qualifying: int = 0
    asks: dict[int, tuple[int, float]] = field(default_factory=dict)  # programme -> (seen, last day)
    grants: list[Grant] = field(default_factory=list)
    brought: list[Grant] = field(default_factory=list)  # rewards earned for this person as the friend
    friends: Counter[int] = field(default_factory=Counter)  # programme -> friends qualified
    n_fakes: Counter[int] = field(default_factory=Counter)  # programme -> fake accounts made
    has_friend: bool = False  # a friend has become a customer
    rounds: dict[int, tuple[int, int, float]] = field(default_factory=dict)  # round, last key, last day
    life: int = 0
    n_purchases: int = 0
    spent_cents: int = 0
    last_purchase: float | None = None
    points: int = 0
    n_points: int = 0  # times points were earned
    member: bool = False
    member_serial: int = 0
    tier: int = 0
    had_customers: int = 0  # since the last review of an agent's tier
    had_cents: int = 0

    @property
    def is_agent(self) -> bool:
        """Whether this is no person, but an affiliate or a partner."""
        return self.segment < 0


class Fate:
    """The world of a seeded replay.

    Parameters
    ----------
    rules : Rules
    seed : int
        Seed of the replication.
    """

    def __init__(self, rules: Rules, seed: int) -> None:
        inputs = rules.inputs
        self.rules = rules
        self.inputs = inputs
        self.now = 0.0
        self.phase = 0
        self.pending: list[Pending] = []
        self.written: list[Event] = []
        self.refused: dict[Key, tuple[str, tuple[float, ...]]] = {}
        self.spent_cents = 0
        self.arrivals = iter(inputs.arrival_order.tolist())
        self.people = [
            Fated(index, index, segment, activity)
            for index, (segment, activity) in enumerate(
                zip(inputs.segment.tolist(), inputs.activity.tolist(), strict=True)
            )
        ]
        for _ in inputs.agents:
            self.people.append(Fated(len(self.people), len(self.people), -1, 1.0))
        self.reviews = 0
        self.purses = [Purse() for _ in range(inputs.programmes.shape[1])]
        self.boards: Counter[tuple[int, int, int]] = Counter()  # (row of the rule, period, receiver)
        self._keys = {purpose: stream_key(seed, purpose) for purpose in Purpose}
        self._serial = count()

    # ------------------------------------------------------------- rules in force

    @property
    def world(self) -> Any:
        """Rules of the world now."""
        return self.rules.world[self.phase]

    def mine(self, person: Fated) -> Any:
        """Rules of a person's segment now."""
        return self.rules.segments[self.phase][person.segment]

    def stream(self, number: int) -> Any:
        """Rules of a contact stream now."""
        return self.rules.streams[self.phase][number]

    def programme(self, index: int) -> Any:
        """Rules of a programme now."""
        return self.rules.programmes[self.phase][index]

    def agent(self, agent: Fated) -> Any:
        """Who an agent is: a row of the table of agents."""
        return self.rules.agents[agent.index - self.inputs.n_people]

    def reward_rules(self, programme: int, *events: PaysOn) -> list[Any]:
        """Rules of a programme that pay on one of these events now, in the order of the table."""
        return [
            rule
            for rule in self.rules.rewards[self.phase]
            if rule.programme == programme and rule.on in events
        ]

    def period(self, programme: int) -> int:
        """Present budget period of a programme."""
        return math.floor(self.now / float(self.programme(programme).budget_days))

    def is_open(self, programme: int) -> bool:
        """Whether a programme is enabled and does not rest for want of money."""
        rests_in = self.purses[programme].rests_in
        return bool(self.programme(programme).enabled) and (
            rests_in is None or rests_in != self.period(programme)
        )

    def payer_of(self, person: Fated) -> Fated:
        """Who pays for a person: often the person."""
        payers = self.inputs.payer
        return self.people[int(payers[person.index])] if person.index < len(payers) else person

    def ask_rule(self, number: int) -> Any:
        """Rules of the ask with this number now."""
        return self.rules.asks[self.phase][self.rules.row_of_ask[number]]

    # ------------------------------------------------------------- chance

    def address(self, purpose: Purpose, who: int, whom: int, attempt: int) -> int:
        """Return the model's ``A[purpose; who, whom, attempt]``."""
        return int(address(self._keys[purpose], who, whom, attempt))

    def chance(self, purpose: Purpose, who: int, whom: int, attempt: int) -> float:
        """Return the model's ``U[purpose; who, whom, attempt]``."""
        return float(unit(self.address(purpose, who, whom, attempt)))

    def drawn(self, purpose: Purpose, who: int, whom: int, attempt: int, rule: Any, law: str) -> float:
        """Return a draw of the law that ``rule`` has under this name."""
        word = self.address(purpose, who, whom, attempt)
        kind, a, b = (getattr(rule, f"{law}_{part}") for part in ("law", "a", "b"))
        return float(draw(word, kind, a, b, self.inputs.table))

    def next(
        self,
        since: float,
        purpose: Purpose,
        who: int,
        whom: int,
        attempt: int,
        rates: Any,
        column: int,
        factor: float,
    ) -> float:
        """Return ``next_time(since, E[purpose; who, whom, attempt], rates, column, factor, starts)``."""
        work = exponential(self.chance(purpose, who, whom, attempt))
        return float(next_time(since, work, rates, column, factor, self.rules.starts))

    def mood(self, whose: Fated, mine: Any, thing: str) -> float:
        """Return the factor that somebody's latest moment puts on a thing, by these rules of a segment."""
        since = self.now - whose.moment_day
        if whose.moment == UNHAPPY:
            peak = getattr(mine, f"unhappy_{thing}_factor")
            return float(fading(peak, mine.unhappy_half_life_days, since))
        if whose.moment == HAPPY and thing != "purchase":  # good moments sell no more often
            return float(fading(getattr(mine, f"happy_{thing}_factor"), mine.happy_half_life_days, since))
        return 1.0

    # ------------------------------------------------------------- what happens

    def schedule(
        self, time: float, kind: int, actor: int, target: int, attempt: int, carried: Any = None
    ) -> None:
        """Put an event into the calendar, if its time is before the horizon."""
        if time < self.inputs.horizon_days:
            heapq.heappush(
                self.pending, Pending(time, int(kind), actor, target, attempt, next(self._serial), carried)
            )

    def write(
        self,
        kind: int,
        actor: int,
        target: int = -1,
        attempt: int = 0,
        credit: Credit = NOBODY,
        amount: int = 0,
        margin: int = 0,
    ) -> None:
        """Write down an event that the log must hold."""
        loop, channel, programme = int(credit.loop), int(credit.channel), int(credit.programme)
        place = (actor, target, int(attempt), amount, margin)
        self.written.append(Event(self.now, int(kind), loop, channel, programme, *place))

    def refuse(self, words: str, kind: int, actor: int, target: int, attempt: int, *numbers: float) -> None:
        """Remember why an event does not happen; the numbers are put into the words when asked for."""
        self.refused[int(kind), actor, target, int(attempt)] = (words, numbers)

    def passes(self, u: float, probability: float, kind: int, actor: int, target: int, attempt: int) -> bool:
        """Return whether a draw lets an event happen; if not, remember it."""
        if u < probability:
            return True
        self.refuse("its draw {:.9g} is not below {:.9g}", kind, actor, target, attempt, u, probability)
        return False

    def new_person(self, key: int) -> Fated | None:
        """Bring somebody new into the world; None beyond the limit on people."""
        if len(self.people) - len(self.rules.agents) >= self.inputs.max_people:
            return None
        mark = self.chance(Purpose.SEGMENT, key, 0, 0)
        shares = self.inputs.fresh_shares.tolist()
        segment = next((s for s, share in enumerate(shares) if mark < share), len(shares) - 1)
        word, inputs = self.address(Purpose.ACTIVITY, key, 0, 0), self.inputs
        activity = draw(word, inputs.activity_law, inputs.activity_a, inputs.activity_b, inputs.table)
        person = Fated(len(self.people), key, segment, float(activity))
        self.people.append(person)
        return person

    def run_instant(self, handlers: dict[int, Callable[[Fate, Pending], None]]) -> list[Event]:
        """Process all that is pending at the next time; return what the log must hold of it, in order."""
        self.now = self.pending[0].time
        self.phase = self.rules.phase(self.now)
        self.written = []
        while self.pending and self.pending[0].time == self.now:
            pending = heapq.heappop(self.pending)
            handlers[pending.kind](self, pending)
        return sorted(self.written, key=lambda e: e.place)

    @property
    def next_day(self) -> float:
        """When something is pending next, or infinity."""
        return self.pending[0].time if self.pending else math.inf
