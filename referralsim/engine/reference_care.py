"""Care and its lack: apologies, surprise gifts, incidents that reach many."""

from __future__ import annotations

from referralsim.engine.contract import LIVES, ODD_OCCASION, Stream, Trigger
from referralsim.engine.reference_asking import fire
from referralsim.engine.reference_contact import set_off
from referralsim.engine.reference_state import CUSTOMER, Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose


def recover(world: World, person: Person, occasion: int) -> None:
    """Let the company learn of an unhappy moment, and make up for it after a while."""
    rules, name = world.segment_of(person), (person.key, 0, occasion)
    if world.chance(Purpose.RECOVERY, *name) < rules.recovery_probability:
        day = world.now + world.amount(Purpose.RECOVERY_DELAY, *name, rules, "recovery_delay")
        world.begin(apologising(world, person, occasion, day))


def apologising(world: World, person: Person, occasion: int, day: float) -> Process:
    """Apologise; it may mend the mood, if nothing happy did before."""
    if not (yield from world.wait(day, Kind.RECOVERED, person.index, -1, occasion)):
        return
    if person.status != CUSTOMER:
        return
    rules = world.segment_of(person)
    world.record(Kind.RECOVERED, person.index, -1, occasion, margin=-rules.recovery_cost_cents)
    luck = world.chance(Purpose.RECOVERY_WORKS, person.key, 0, occasion)
    if world.is_unhappy(person) and luck < rules.recovery_success:
        world.forget(person)


def be_surprised(world: World, person: Person) -> Process:
    """Get a gift now and then: a happy moment without a use."""
    life = person.life
    gift = life * LIVES
    while True:
        luck = world.chance(Purpose.GIFT_GAP, person.key, 0, gift)
        day = world.next_time("gift_rate", person.segment, world.now, luck)
        if not (yield from world.wait(day, Kind.GIFTED, person.index, -1, gift)):
            return
        if person.status != CUSTOMER or person.life != life:
            return
        cost = world.segment_of(person).gift_cost_cents
        world.record(Kind.GIFTED, person.index, -1, gift, margin=-cost)
        world.feel(person, happy=True)
        fire(world, Trigger.HAPPY_MOMENT, person, ODD_OCCASION + gift)
        gift += 1


def meet_incidents(world: World, person: Person) -> None:
    """Find out which incidents still to come will reach a new customer."""
    days, shares = world.inputs.incident_day.tolist(), world.inputs.incident_share.tolist()
    for incident, (day, share) in enumerate(zip(days, shares, strict=True)):
        if day >= world.now and world.chance(Purpose.INCIDENT, person.key, incident, 0) < share:
            world.begin(being_hit(world, person, incident, day))


def being_hit(world: World, person: Person, incident: int, day: float) -> Process:
    """Be let down by an incident, as by a bad use: perhaps be made up to, be asked, complain."""
    if not (yield from world.wait(day, Kind.HIT, person.index, -1, incident)):
        return
    if person.status != CUSTOMER:
        return
    world.feel(person, happy=False)
    world.record(Kind.HIT, person.index, -1, incident)
    occasion = ODD_OCCASION + LIVES + incident
    recover(world, person, occasion)
    fire(world, Trigger.UNHAPPY_MOMENT, person, occasion)
    set_off(world, person, Stream.COMPLAINTS, occasion)
