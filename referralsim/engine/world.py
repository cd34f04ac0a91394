"""The world in which the reference engine's lives are played: people, rules, chance, the record."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.behaviour.moments import HAPPY, NO_MOMENT, UNHAPPY, fading, moment_factor
from referralsim.behaviour.rates import next_time, phase_at
from referralsim.distributions import draw, exponential
from referralsim.engine.calendar import OrderedCalendar
from referralsim.engine.contract import EngineInputs, GraphKind, Table
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import LOG_DTYPE, Kind
from referralsim.randomness import Chance, Purpose, unit

Wait = Generator[Any, Any, bool]

PROSPECT, SIGNED_UP, CUSTOMER, CHURNED = range(4)


@dataclass(slots=True)
class Credit:
    """Who is credited with bringing a person, and by what."""

    parent: int = -1
    loop: int = -1
    channel: int = -1
    programme: int = -1


@dataclass(slots=True)
class Asked:
    """What one programme has done with one person."""

    n_asks: int = 0
    last_ask_days: float | None = None
    n_rewards: int = 0


@dataclass(slots=True)
class Round:
    """How far a contact stream has come through one person's ties."""

    number: int = 0
    last_key: int = 0
    last_contact_days: float = 0.0


@dataclass(slots=True)
class Person:
    """Everything the model remembers of one person."""

    index: int
    key: int
    segment: int
    activity: float
    status: int = PROSPECT
    credit: Credit = field(default_factory=Credit)
    customer_since_days: float = 0.0
    latest_moment: int = NO_MOMENT
    latest_moment_days: float = 0.0
    n_offers: int = 0
    balance: float = 0.0
    touch: Credit | None = None
    touch_days: float = 0.0
    qualified: bool = False
    refunded: bool = False
    n_qualifying_purchases: int = 0
    asked: dict[int, Asked] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)


def _rows(table: Table) -> list[list[SimpleNamespace]]:
    """Turn a rules table into plain Python: ``rows[phase][index].field``."""
    names = table.dtype.names or ()
    return [
        [SimpleNamespace(**dict(zip(names, row.item(), strict=True))) for row in np.atleast_1d(phase)]
        for phase in table
    ]


class World:
    """State and tools of one replication.

    Parameters
    ----------
    inputs : EngineInputs
    luck : Chance
        All draws of the replication.
    """

    def __init__(self, inputs: EngineInputs, luck: Chance) -> None:
        self.inputs = inputs
        self.calendar = OrderedCalendar()
        self.word = luck.word
        self.starts = [float(day) for day in inputs.starts]
        self.world_rules = [rows[0] for rows in _rows(inputs.world)]
        self.segment_rules = _rows(inputs.segments)
        self.stream_rules = _rows(inputs.streams)
        self.programme_rules = _rows(inputs.programmes)
        self.ask_rules = _rows(inputs.asks)
        self.channel_rules = _rows(inputs.channels)
        self.rates = {
            name: _Columns(getattr(inputs, name).tolist())
            for name in ("use_rate", "purchase_rate", "churn_rate", "arrival_rate", "ask_rate")
        }
        self.row_of_ask = {rule.number: row for row, rule in enumerate(self.ask_rules[0])}
        self.people = [
            Person(index, index, int(inputs.segment[index]), float(inputs.activity[index]))
            for index in range(inputs.n_people)
        ]
        self.paid_spent_cents = 0
        self.next_arrival = 0
        self._log: list[tuple[Any, ...]] = []

    # ------------------------------------------------------------- time and rules

    @property
    def now(self) -> float:
        """The present, in days since launch."""
        return self.calendar.now

    @property
    def phase(self) -> int:
        """Index of the timeline phase in force."""
        return int(phase_at(self.calendar.now, self.starts))

    def segment_of(self, person: Person) -> SimpleNamespace:
        """Return the rules of a person's segment as they are now."""
        return self.segment_rules[self.phase][person.segment]

    def wait(self, time_days: float, kind: Kind, actor: int, target: int, attempt: int) -> Wait:
        """Wait for a moment; answer False if it lies at or beyond the horizon."""
        if not time_days < self.inputs.horizon_days:
            return False
        yield self.calendar.at(time_days, kind, actor, target, attempt)
        return True

    def begin(self, process: Generator[Any, Any, Any]) -> None:
        """Let a process run from now on."""
        self.calendar.process(process)

    # ------------------------------------------------------------- chance

    def chance(self, purpose: Purpose, who: int, whom: int, attempt: int) -> float:
        """Return the uniform number of a decision."""
        return unit(self.word(purpose, who, whom, attempt))  # type: ignore[no-any-return]

    def amount(self, purpose: Purpose, who: int, whom: int, attempt: int, rules: Any, law: str) -> float:
        """Draw from the law that ``rules`` has under the name ``law``."""
        kind, a, b = (getattr(rules, f"{law}_{part}") for part in ("law", "a", "b"))
        word = self.word(purpose, who, whom, attempt)
        return float(draw(word, kind, a, b, self.inputs.table))

    def next_time(
        self, rate: str, column: int, since_days: float, chance: float, factor: float = 1.0
    ) -> float:
        """Return when a stream with this rate next fires, given its uniform number."""
        rates = self.rates[rate]
        return float(next_time(since_days, exponential(chance), rates, column, factor, self.starts))

    # ------------------------------------------------------------- mood

    def moment_factor(self, person: Person, programme: SimpleNamespace) -> float:
        """Return the factor of a person's latest moment on the odds of sharing."""
        return float(
            moment_factor(
                person.latest_moment,
                self.now - person.latest_moment_days,
                programme.happy_factor,
                programme.happy_half_life_days,
                programme.unhappy_factor,
                programme.unhappy_half_life_days,
            )
        )

    def chill(self, person: Person, peak: float) -> float:
        """Return what a bad latest moment still does to a rate (``peak`` right after it)."""
        if person.latest_moment != UNHAPPY:
            return 1.0
        half_life_days = self.segment_of(person).unhappy_half_life_days
        return float(fading(peak, half_life_days, self.now - person.latest_moment_days))

    def feel(self, person: Person, happy: bool) -> None:
        """Remember a happy or an unhappy moment."""
        person.latest_moment = HAPPY if happy else UNHAPPY
        person.latest_moment_days = self.now

    # ------------------------------------------------------------- people

    def new_person(self, key: int) -> Person:
        """Bring a person into the world whom nobody has met before."""
        if len(self.people) >= self.inputs.max_people:
            raise RunFailed(
                "fresh contacts",
                f"the run has made more than {self.inputs.max_people:,} people by day {self.now:.1f}",
                "shorten the horizon, invite fewer, or lower their success",
            )
        inputs = self.inputs
        mark = self.chance(Purpose.SEGMENT, key, 0, 0)
        shares = inputs.fresh_shares.tolist()
        segment = next((s for s, share in enumerate(shares) if mark < share), len(shares) - 1)
        word = self.word(Purpose.ACTIVITY, key, 0, 0)
        activity = draw(word, inputs.activity_law, inputs.activity_a, inputs.activity_b, inputs.table)
        person = Person(len(self.people), key, segment, float(activity))
        self.people.append(person)
        return person

    def ties_of(self, person: Person) -> list[tuple[int, float]]:
        """Return a person's ties as (index of the other, strength)."""
        inputs = self.inputs
        first, last = int(inputs.offsets[person.index]), int(inputs.offsets[person.index + 1])
        equal = len(inputs.strength) == 1
        strengths = [float(inputs.strength[0 if equal else row]) for row in range(first, last)]
        return list(zip(inputs.neighbours[first:last].tolist(), strengths, strict=True))

    @property
    def fresh(self) -> bool:
        """Whether every contact is a person nobody has met before."""
        return self.inputs.graph_kind == GraphKind.FRESH

    @property
    def complete(self) -> bool:
        """Whether everybody knows everybody."""
        return self.inputs.graph_kind == GraphKind.COMPLETE

    # ------------------------------------------------------------- the record

    def record(
        self,
        kind: Kind,
        actor: int,
        target: int = -1,
        attempt: int = 0,
        credit: Credit | None = None,
        amount: int = 0,
        margin: int = 0,
    ) -> None:
        """Write one event to the log."""
        c = credit or Credit()
        self._log.append(
            (self.now, kind, c.loop, c.channel, c.programme, actor, target, attempt, amount, margin)
        )

    def log(self) -> npt.NDArray[np.void]:
        """Return what was written so far, in the order of writing."""
        return np.array(self._log, dtype=LOG_DTYPE)

    def stream(self, number: int) -> SimpleNamespace:
        """Return the rules of a contact stream as they are now."""
        return self.stream_rules[self.phase][number]


class _Columns:
    """Lists of lists that answer to ``rates[phase, column]`` as an array does."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[list[float]]) -> None:
        self._rows = rows

    def __getitem__(self, place: tuple[int, int]) -> float:
        return self._rows[place[0]][place[1]]
