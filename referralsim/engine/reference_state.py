"""What the reference engine remembers: of people, of agents, of rewards and of budgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from referralsim.behaviour.moments import NO_MOMENT
from referralsim.engine.contract import Abuse

PROSPECT, SIGNED_UP, CUSTOMER, CHURNED = range(4)


@dataclass(slots=True, frozen=True)
class Credit:
    """Who is credited with bringing a person, and by what."""

    parent: int = -1
    loop: int = -1
    channel: int = -1
    programme: int = -1


@dataclass(slots=True, frozen=True)
class Touch:
    """The invitation that would get the credit, and for how long it counts."""

    credit: Credit
    days: float
    window_days: float
    priority: int


@dataclass(slots=True)
class Dealings:
    """What one programme has to do with one person (or agent)."""

    n_asks: int = 0
    last_ask_days: float | None = None
    n_qualified: int = 0  # friends who qualified, fake ones included if they went unnoticed
    n_fakes: int = 0


@dataclass(slots=True)
class Round:
    """How far a contact stream has come through one person's ties."""

    number: int = 0
    last_key: int = 0
    last_contact_days: float = 0.0


class State(Enum):
    """What has become of a reward that was earned."""

    PENDING = auto()
    PAID = auto()
    LOST = auto()
    REVERSED = auto()
    DISPUTED = auto()


@dataclass(slots=True)
class Grant:
    """A reward that somebody has earned."""

    row: int  # of its rule in the table of rewards
    receiver: Person
    other: Person | None
    key: int
    credit: Credit
    friend: Person | None  # for whom it was earned; nobody for a fake account or a contest
    amount_cents: int
    earned_days: float
    on: int  # what it was earned for: contract.PaysOn
    serial: int
    booked_cents: int
    budget_period: int
    state: State = State.PENDING


@dataclass(slots=True)
class Person:
    """Everything the model remembers of one person."""

    index: int
    key: int
    segment: int
    activity: float
    status: int = PROSPECT
    life: int = 0
    credit: Credit = field(default_factory=Credit)
    customer_since_days: float = 0.0
    latest_moment: int = NO_MOMENT
    latest_moment_days: float = 0.0
    n_offers: int = 0
    balance: float = 0.0
    touch: Touch | None = None
    n_friends: int = 0  # who became customers
    abuse: Abuse = Abuse.NONE
    qualified: bool = False
    qualified_days: float = 0.0
    friend_number: int = 0  # which qualified friend of the referrer this is
    refused: bool = False
    refunded: set[int] = field(default_factory=set)  # numbers of the purchases given back
    n_qualifying_purchases: int = 0
    n_purchases: int = 0
    spent_cents: int = 0
    last_purchase_days: float | None = None
    last_ask_days: float | None = None
    points: int = 0
    n_points_earned: int = 0  # how often
    member: bool = False
    membership: int = 0  # serial number of the present or last paid period
    grants: list[Grant] = field(default_factory=list)  # earned by this person
    earned_for: list[Grant] = field(default_factory=list)  # earned by either side for this friend
    dealings: dict[int, Dealings] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)

    def with_programme(self, programme: int) -> Dealings:
        """Return what a programme has to do with this person."""
        return self.dealings.setdefault(programme, Dealings())


@dataclass(slots=True)
class Agent(Person):
    """An affiliate or a partner: no person of the graph, but somebody with an audience of strangers."""

    programme: int = -1
    chaser: bool = False
    audience: float = 0.0
    tier: int = 0
    n_customers: int = 0  # since the last review
    revenue_cents: int = 0


@dataclass(slots=True)
class Budget:
    """What a programme has booked in the period of its last booking."""

    period: int = 0
    booked_cents: int = 0
    resting_period: int | None = None
