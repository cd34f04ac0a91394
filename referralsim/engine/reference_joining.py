"""Joining: a prospect signs up, somebody gets the credit, and a life as a customer may begin."""

from __future__ import annotations

from referralsim.engine.contract import STREAMS, Abuse, QualifyOn, Trigger
from referralsim.engine.reference_asking import fire
from referralsim.engine.reference_living import life
from referralsim.engine.reference_reward import pay_sign_up, qualify_on
from referralsim.engine.reference_state import CHURNED, SIGNED_UP, Agent, Credit, Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.randomness import Purpose

_LOOP_OF_ORIGIN = {
    Origin.INITIAL: Loop.INITIAL,
    Origin.ORGANIC_ARRIVAL: Loop.ORGANIC_ARRIVAL,
    Origin.PAID: Loop.PAID,
}
_UNFINISHED = STREAMS - 1  # where a reminder's address names an invitation, that of a sign-up names this


def sign_up(world: World, person: Person, origin: Origin, invitation: Credit | None = None) -> None:
    """Make a prospect sign up, and settle who gets the credit."""
    person.credit = credit_of(world, person, origin, invitation)
    person.status = SIGNED_UP
    cost = world.rules.paid_cost_cents if origin == Origin.PAID else 0
    world.record(Kind.SIGNED_UP, person.index, person.credit.parent, origin, person.credit, margin=-cost)
    fire(world, Trigger.SIGNUP, person, 0)
    pay_sign_up(world, person)
    qualify_on(world, QualifyOn.SIGNUP, person)
    if origin == Origin.INITIAL:
        world.begin(life(world, person, world.now))
        return
    rules = world.segment_of(person)
    if world.chance(Purpose.ACTIVATION, person.key, 0, 0) < rules.activation_probability:
        begin_life(world, person, 0)
    else:
        see_unfinished(world, person)


def credit_of(world: World, person: Person, origin: Origin, invitation: Credit | None) -> Credit:
    """Return who brought a person: the touch that counts, the invitation, or nobody."""
    touch = person.touch
    if touch is not None and world.now - touch.days <= touch.window_days:
        return touch.credit
    if invitation is not None:
        return invitation
    if origin != Origin.INITIAL:
        for programme in range(len(world.budgets)):
            abused = abuse(world, person, programme)
            if abused is not None:
                return abused
    return Credit(loop=_LOOP_OF_ORIGIN[origin])


def abuse(world: World, person: Person, programme: int) -> Credit | None:
    """Let somebody who came unasked refer himself, or use a code from a coupon page."""
    rules = world.programme(programme)
    refers_himself = rules.self_referral_probability
    either = refers_himself + rules.leak_probability
    if either <= 0.0 or not world.is_open(programme):
        return None
    luck = world.chance(Purpose.ABUSE, person.key, programme, 0)
    if luck >= either:
        return None
    person.abuse = Abuse.SELF_REFERRAL if luck < refers_himself else Abuse.LEAK
    return Credit(loop=Loop.PROGRAMME, programme=programme)


def begin_life(world: World, person: Person, attempt: int) -> None:
    """Activate a person who has signed up, after a while."""
    rules = world.segment_of(person)
    delay = world.amount(Purpose.ACTIVATION_DELAY, person.key, 0, attempt, rules, "activation_delay")
    world.begin(life(world, person, world.now + delay))


def see_unfinished(world: World, person: Person) -> None:
    """Let the referrer see a sign-up that was not finished, and perhaps nudge."""
    referrer, programme = world.parent_of(person), person.credit.programme
    if referrer is None or isinstance(referrer, Agent) or not world.is_open(programme):
        return
    rules, name = world.programme(programme), (referrer.key, person.key, _UNFINISHED)
    if world.chance(Purpose.REMIND, *name) < rules.remind_probability:
        day = world.now + world.amount(Purpose.REMIND_DELAY, *name, rules, "remind_delay")
        world.begin(reminding_to_finish(world, referrer, person, day))


def reminding_to_finish(world: World, referrer: Person, person: Person, day: float) -> Process:
    """Nudge a friend to finish what they began."""
    place = (referrer.index, person.index, _UNFINISHED)
    if not (yield from world.wait(day, Kind.REMINDED, *place)):
        return
    if referrer.status == CHURNED or person.status != SIGNED_UP:
        return
    world.record(Kind.REMINDED, *place, person.credit)
    factor = world.programme(person.credit.programme).remind_activation_factor
    probability = factor * world.segment_of(person).activation_probability
    if world.chance(Purpose.REMINDED_ANSWER, referrer.key, person.key, _UNFINISHED) < probability:
        begin_life(world, person, 1)
