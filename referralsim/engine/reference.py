"""The reference engine: what the model means, told as lives.

Each function that yields is a SimPy process, and the life of a person reads from top to bottom:
they come, are activated, use, buy, are delighted or let down, are asked, share, invite, leave. The
text follows ``docs/model.md`` paragraph by paragraph. It is written to be read, not to be fast;
``engine.kernel`` tells the same lives a second time, and the two logs are equal bit for bit.

Where to read on: ``reference_joining`` (who gets the credit), ``reference_living`` (a life as a
customer), ``reference_care``, ``reference_loyalty``, ``reference_asking``, ``reference_contact``,
``reference_invitation``, ``reference_reward`` (what is earned), ``reference_settling`` (what becomes
of it), ``reference_contest``, ``reference_abuse`` and ``reference_agents``. What is remembered is in
``reference_state``, time, rules, chance and record are in ``world``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from referralsim.engine.contract import EngineInputs, Played, Progress
from referralsim.engine.reference_agents import applying
from referralsim.engine.reference_contest import begin_contests
from referralsim.engine.reference_joining import sign_up
from referralsim.engine.reference_state import PROSPECT, Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind, Origin, in_order
from referralsim.randomness import Chance, Purpose

_ARRIVAL_COLUMN = {Origin.ORGANIC_ARRIVAL: 0, Origin.PAID: 1}
_BASS_COLUMN = 2
_STRANGER = 255  # where a fresh contact's address names a contact stream, a stranger's names this


class ReferenceEngine:
    """Plays a scenario with one SimPy process a life.

    Parameters
    ----------
    chance : callable
        Makes the draws of a run from its seed; a test may give a scripted double.
    """

    name = "reference"

    def __init__(self, chance: Callable[[int], Chance] = Chance) -> None:
        self._chance = chance

    def run(self, inputs: EngineInputs, seed: int, progress: Progress | None = None) -> Played:
        """Play one replication.

        Parameters
        ----------
        inputs : EngineInputs
        seed : int
            Seed of the replication, in [0, 2**64).
        progress : callable, optional
            Called with the simulated day now and then.

        Raises
        ------
        RunFailed
            If fresh contacts grow past ``inputs.max_people``.
        """
        world = World(inputs, self._chance(seed), sign_up)
        start(world)
        steps = 0
        while world.calendar.peek() < math.inf:
            world.calendar.step()
            steps += 1
            if progress is not None and steps % 5_000 == 0:
                progress(world.now)
        segment = np.array([person.segment for person in world.people], dtype=np.int8)
        return Played(in_order(world.log()), segment)


def start(world: World) -> None:
    """Set the world going on day 0."""
    for index in world.inputs.initial.tolist():
        world.begin(coming(world, world.people[index], 0.0, Origin.INITIAL))
    if not world.fresh and world.inputs.arrival_rate[:, _BASS_COLUMN].max() > 0.0:
        initial = set(world.inputs.initial.tolist())
        for person in world.people[: world.inputs.n_people]:
            if person.index not in initial:
                luck = world.chance(Purpose.INNOVATION, person.key, 0, 0)
                day = world.next_time("arrival_rate", _BASS_COLUMN, 0.0, luck)
                world.begin(coming(world, person, day, Origin.ORGANIC_ARRIVAL))
    for origin, column in _ARRIVAL_COLUMN.items():
        world.begin(arriving(world, origin, column))
    for agent, row in zip(world.agents, world.inputs.agents, strict=True):
        world.begin(applying(world, agent, float(row["join_day"])))
    begin_contests(world)


def coming(world: World, person: Person, day: float, origin: Origin) -> Process:
    """Come on a known day, unless somebody brings the person first."""
    if not (yield from world.wait(day, Kind.SIGNED_UP, person.index, -1, origin)):
        return
    if person.status == PROSPECT:
        sign_up(world, person, origin)


def arriving(world: World, origin: Origin, column: int) -> Process:
    """Bring strangers in one after another, by themselves or by advertising."""
    tick = 0
    day = world.next_time("arrival_rate", column, 0.0, world.chance(Purpose.ARRIVAL_GAP, origin, 0, 0))
    while (yield from world.wait(day, Kind.ARRIVAL, origin, -1, tick)):
        rules = world.rules
        cost = rules.paid_cost_cents if origin == Origin.PAID else 0
        if origin == Origin.PAID and 0 <= rules.paid_budget_cents < world.paid_spent_cents + cost:
            return
        person = stranger(world, origin, tick)
        if person is None:
            return
        world.paid_spent_cents += cost
        sign_up(world, person, origin)
        tick += 1
        luck = world.chance(Purpose.ARRIVAL_GAP, origin, 0, tick)
        day = world.next_time("arrival_rate", column, day, luck)


def stranger(world: World, origin: Origin, tick: int) -> Person | None:
    """Return the next prospect to come without an invitation, or None if nobody is left."""
    if world.fresh:
        return world.new_person(world.word(Purpose.FRESH_PERSON, origin, _STRANGER, tick))
    order = world.inputs.arrival_order
    while world.next_arrival < len(order):
        person = world.people[int(order[world.next_arrival])]
        world.next_arrival += 1
        if person.status == PROSPECT:
            return person
    return None
