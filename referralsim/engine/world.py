"""The world in which the reference engine's lives are played: people, rules, chance, the record."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.behaviour.moments import HAPPY, NO_MOMENT, UNHAPPY, fading, moment_factor
from referralsim.behaviour.rates import next_time, phase_at
from referralsim.distributions import draw, exponential
from referralsim.engine.calendar import OrderedCalendar
from referralsim.engine.contract import EngineInputs, GraphKind, Table
from referralsim.engine.reference_state import Agent, Budget, Credit, Person
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import LOG_DTYPE, Kind
from referralsim.randomness import Chance, Purpose, unit

Process = Generator[Any, Any, None]
Wait = Generator[Any, Any, bool]

_RATES = ("use_rate", "purchase_rate", "churn_rate", "arrival_rate", "ask_rate", "post_rate", "gift_rate")


def _rows(table: Table) -> list[list[SimpleNamespace]]:
    """Turn a rules table into plain Python: ``rows[phase][index].field``, and ``.row`` is the index."""
    names = table.dtype.names or ()
    return [
        [
            SimpleNamespace(row=index, **dict(zip(names, row.item(), strict=True)))
            for index, row in enumerate(np.atleast_1d(phase))
        ]
        for phase in table
    ]


class World:
    """State and tools of one replication.

    Parameters
    ----------
    inputs : EngineInputs
    luck : Chance
        All draws of the replication.
    sign_up : callable
        What happens when a prospect signs up: ``sign_up(world, person, origin, invitation)``. An
        invitation ends in a new life and a life sends invitations, so one of the two is handed in here.
    """

    def __init__(self, inputs: EngineInputs, luck: Chance, sign_up: Callable[..., None]) -> None:
        self.inputs = inputs
        self.calendar = OrderedCalendar()
        self.word = luck.word
        self.sign_up = partial(sign_up, self)
        self.starts = [float(day) for day in inputs.starts]
        self.world_rules = [rows[0] for rows in _rows(inputs.world)]
        self.segment_rules = _rows(inputs.segments)
        self.stream_rules = _rows(inputs.streams)
        self.programme_rules = _rows(inputs.programmes)
        self.ask_rules = _rows(inputs.asks)
        self.channel_rules = _rows(inputs.channels)
        self.reward_rules = _rows(inputs.rewards)
        self.rates = {name: _Columns(getattr(inputs, name).tolist()) for name in _RATES}
        self.row_of_ask = {rule.number: row for row, rule in enumerate(self.ask_rules[0])}
        self.people = [
            Person(index, index, int(inputs.segment[index]), float(inputs.activity[index]))
            for index in range(inputs.n_people)
        ]
        self.agents = [_agent(inputs, number) for number in range(len(inputs.agents))]
        self.people.extend(self.agents)
        self.budgets = [Budget() for _ in self.programme_rules[0]]
        self.standings: dict[tuple[int, int], dict[int, int]] = {}  # of contest row and period: wins
        self.n_reviews = 0
        self.paid_spent_cents = 0
        self.next_arrival = 0
        self._log: list[tuple[Any, ...]] = []

    # ------------------------------------------------------------- time

    @property
    def now(self) -> float:
        """The present, in days since launch."""
        return self.calendar.now

    @property
    def phase(self) -> int:
        """Index of the timeline phase in force."""
        return int(phase_at(self.calendar.now, self.starts))

    def period(self, days: float) -> int:
        """Return the number of the present one of periods of so many days; 0 if they never end."""
        return 0 if math.isinf(days) else math.floor(self.now / days)

    def wait(self, time_days: float, kind: Kind, actor: int, target: int, attempt: int) -> Wait:
        """Wait for a moment; answer False if it lies at or beyond the horizon."""
        if not time_days < self.inputs.horizon_days:
            return False
        yield self.calendar.at(time_days, kind, actor, target, attempt)
        return True

    def begin(self, process: Generator[Any, Any, Any]) -> None:
        """Let a process run from now on."""
        self.calendar.process(process)

    # ------------------------------------------------------------- rules as they are now

    @property
    def rules(self) -> SimpleNamespace:
        """Rules that are the same for everybody."""
        return self.world_rules[self.phase]

    def segment_of(self, person: Person) -> SimpleNamespace:
        """Return the rules of a person's segment."""
        return self.segment_rules[self.phase][person.segment]

    def stream(self, number: int) -> SimpleNamespace:
        """Return the rules of a contact stream."""
        return self.stream_rules[self.phase][number]

    def channel(self, number: int) -> SimpleNamespace:
        """Return the rules of a channel."""
        return self.channel_rules[self.phase][number]

    def programme(self, number: int) -> SimpleNamespace:
        """Return the rules of a programme."""
        return self.programme_rules[self.phase][number]

    def reward(self, row: int) -> SimpleNamespace:
        """Return a rule of reward."""
        return self.reward_rules[self.phase][row]

    def is_open(self, number: int) -> bool:
        """Whether a programme runs, and does not rest for want of money."""
        if number < 0:
            return False
        rules, resting = self.programme(number), self.budgets[number].resting_period
        return bool(rules.enabled) and (resting is None or resting != self.period(rules.budget_days))

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

    def felt(self, mood_of: Person, rules: SimpleNamespace, happy: float, unhappy: float) -> float:
        """Return what the latest moment still does to a number (the peaks are right after it).

        Parameters
        ----------
        mood_of : Person
            Whose moment it is: where one pays for others, what they buy depends on the payer's mood.
        rules : row of segments
            Whose half-lives apply.
        """
        days = self.now - mood_of.latest_moment_days
        if mood_of.latest_moment == UNHAPPY:
            return float(fading(unhappy, rules.unhappy_half_life_days, days))
        if mood_of.latest_moment == HAPPY:
            return float(fading(happy, rules.happy_half_life_days, days))
        return 1.0

    def feel(self, person: Person, happy: bool) -> None:
        """Remember a happy or an unhappy moment."""
        person.latest_moment = HAPPY if happy else UNHAPPY
        person.latest_moment_days = self.now

    def is_unhappy(self, person: Person) -> bool:
        """Whether a person's latest moment was unhappy."""
        return person.latest_moment == UNHAPPY

    def forget(self, person: Person) -> None:
        """Let a person's latest moment be as if it had not been."""
        person.latest_moment = NO_MOMENT

    # ------------------------------------------------------------- people

    def parent_of(self, person: Person) -> Person | None:
        """Return who is credited with bringing a person (perhaps an agent), or None."""
        return self.people[person.credit.parent] if person.credit.parent >= 0 else None

    def payer_of(self, person: Person) -> Person:
        """Return who pays for a person, often the person."""
        payer = self.inputs.payer
        return self.people[int(payer[person.index])] if person.index < len(payer) else person

    def new_person(self, key: int) -> Person:
        """Bring a person into the world whom nobody has met before."""
        if len(self.people) - len(self.agents) >= self.inputs.max_people:
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
        c = credit or _NOBODY
        self._log.append(
            (self.now, kind, c.loop, c.channel, c.programme, actor, target, attempt, amount, margin)
        )

    def log(self) -> npt.NDArray[np.void]:
        """Return what was written so far, in the order of writing."""
        return np.array(self._log, dtype=LOG_DTYPE)


_NOBODY = Credit()


def _agent(inputs: EngineInputs, number: int) -> Agent:
    """Return agent ``number``, known as the person after all persons of the graph."""
    row, index = inputs.agents[number], inputs.n_people + number
    return Agent(
        index,
        index,
        -1,
        0.0,
        programme=int(row["programme"]),
        chaser=bool(row["chaser"]),
        audience=float(row["audience"]),
    )


class _Columns:
    """Lists of lists that answer to ``rates[phase, column]`` as an array does."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[list[float]]) -> None:
        self._rows = rows

    def __getitem__(self, place: tuple[int, int]) -> float:
        return self._rows[place[0]][place[1]]
