"""Contacts: whom a person reaches, and what an invitation comes to on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from referralsim.distributions import draw_count
from referralsim.engine.contract import STREAMS, Stream, TieOrder
from referralsim.engine.reference_invitation import Invitation, invite
from referralsim.engine.reference_state import Credit, Person, Round
from referralsim.engine.world import World
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose, top_bits

Condition = Callable[[float], bool]


@dataclass(slots=True)
class Occasion:
    """What makes a person contact others."""

    code: int  # of a stream its number, of an ask rule ASK_CODE and its number
    number: int
    of: Person  # whose occasion it is: one who pays for others shares when they are asked
    ask_rule: int = -1
    condition: Condition | None = None  # on the strength of each tie


class Chosen(NamedTuple):
    """Somebody to be contacted."""

    other: Person
    tie: float
    attempt: int


def set_off(world: World, person: Person, stream: Stream, occasion: int) -> None:
    """Let a use set off a contact stream of its own accord: no ask, no reward."""
    rules = world.stream(stream)
    if rules.enabled and world.chance(Purpose.LOOP_HAPPENS, person.key, stream, occasion) < rules.probability:
        contact(world, person, stream, Occasion(stream, occasion, person))


def contact(world: World, person: Person, stream: int, occasion: Occasion) -> None:
    """Contact some people: choose them, drop those who do not meet the condition, invite the rest."""
    rules = world.stream(stream)
    word = world.word(Purpose.CONTACT_COUNT, occasion.of.key, occasion.code, occasion.number)
    n_wanted = draw_count(word, rules.count_law, rules.count_a, rules.count_b) if rules.enabled else 0
    if n_wanted == 0:
        return
    choose = choose_anybody if world.fresh or world.complete else choose_ties
    contacted = choose(world, person, stream, n_wanted, occasion.condition)
    if not contacted:
        return
    if occasion.ask_rule >= 0:
        credit, asked = Credit(loop=Loop.PROGRAMME, programme=rules.programme), occasion.of.index
        world.record(Kind.SHARED, asked, occasion.ask_rule, occasion.number, credit, amount=len(contacted))
    for other, tie, attempt in contacted:
        if stream in (Stream.WORD_OF_MOUTH, Stream.COMPLAINTS):
            tell(world, person, other, attempt, stream)
        if stream != Stream.COMPLAINTS:
            credit = Credit(person.index, rules.loop, rules.channel, rules.programme)
            invite(world, Invitation(person, other, attempt, tie, credit))


def choose_ties(
    world: World, person: Person, stream: int, n_wanted: int, condition: Condition | None
) -> list[Chosen]:
    """Choose the next ties of the stream's present round, or of a new one if it may begin."""
    ties = world.ties_of(person)
    rules = world.stream(stream)
    past = person.rounds.setdefault(stream, Round())
    number, after = past.number, past.last_key
    eligible = keyed_ties(world, person, ties, stream, number, after)
    if not eligible and ties and world.now - past.last_contact_days >= rules.cooldown_days:
        number, after = number + 1, 0
        eligible = keyed_ties(world, person, ties, stream, number, after)
    chosen = sorted(eligible)[:n_wanted]
    attempt = number * STREAMS + stream
    contacted = [
        Chosen(world.people[ties[row][0]], ties[row][1], attempt)
        for _, row in chosen
        if condition is None or condition(ties[row][1])
    ]
    if contacted:
        person.rounds[stream] = Round(number, chosen[-1][0], world.now)
    return contacted


def keyed_ties(
    world: World, person: Person, ties: list[tuple[int, float]], stream: int, number: int, after: int
) -> list[tuple[int, int]]:
    """Return (order key, row) of the ties whose turn is still to come in a round."""
    order = world.stream(stream).tie_order
    keyed = []
    for row, (other, strength) in enumerate(ties):
        strong = strength >= 0.5
        later = (order == TieOrder.STRONG_FIRST and not strong) or (order == TieOrder.WEAK_FIRST and strong)
        word = world.word(Purpose.CONTACT_ORDER, person.key, other, number * STREAMS + stream)
        key = (2**31 if later else 0) + top_bits(word)
        if key > after:
            keyed.append((key, row))
    return keyed


def choose_anybody(
    world: World, person: Person, stream: int, n_wanted: int, condition: Condition | None
) -> list[Chosen]:
    """Choose contacts where there are no ties to go through: anybody, or people never met before."""
    tie = world.inputs.fresh_strength
    if condition is not None and not condition(tie):
        return []
    others = world.inputs.n_people - 1
    past = person.rounds.setdefault(stream, Round())
    contacted = []
    for _ in range(min(n_wanted, others) if world.complete else n_wanted):
        attempt = past.number * STREAMS + stream
        if world.complete:
            mark = world.chance(Purpose.CONTACT_TARGET, person.key, stream, past.number)
            place = int(mark * others)
            other = world.people[place + 1 if place >= person.index else place]
        else:
            other = world.new_person(world.word(Purpose.FRESH_PERSON, person.key, stream, past.number))
        past.number += 1
        past.last_contact_days = world.now
        contacted.append(Chosen(other, tie, attempt))
    return contacted


def tell(world: World, person: Person, other: Person, attempt: int, stream: int) -> None:
    """Tell somebody what one thinks of the product; it stays with them."""
    rules = world.stream(stream)
    sign = 1 if stream == Stream.WORD_OF_MOUTH else -1
    other.balance += sign * rules.weight
    credit = Credit(-1, rules.loop, rules.channel, -1)
    world.record(Kind.TOLD, person.index, other.index, attempt, credit, amount=sign)
