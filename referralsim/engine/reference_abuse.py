"""Fake accounts: friends whom a customer makes up for the reward."""

from __future__ import annotations

from types import SimpleNamespace

from referralsim.distributions import draw_count
from referralsim.engine.contract import PaysOn
from referralsim.engine.reference_reward import Claim, settle_claim
from referralsim.engine.reference_state import Credit, Person
from referralsim.engine.world import World
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose


def fake_friends(world: World, person: Person, rule: SimpleNamespace, code: int, occasion: int) -> None:
    """Let somebody who was asked and would share make friends up instead, or as well."""
    programme = world.programme(rule.programme)
    name = (person.key, code, occasion)
    if world.chance(Purpose.FAKE, *name) >= programme.fake_probability:
        return
    word = world.word(Purpose.FAKE_COUNT, *name)
    n_fakes = draw_count(word, programme.fake_count_law, programme.fake_count_a, programme.fake_count_b)
    if n_fakes == 0:
        return
    credit = Credit(loop=Loop.PROGRAMME, programme=rule.programme)
    world.record(Kind.FAKED, person.index, rule.number, occasion, credit, amount=n_fakes)
    for _ in range(n_fakes):
        fake_friend(world, person, rule.programme, credit)


def fake_friend(world: World, person: Person, number: int, credit: Credit) -> None:
    """Make one friend up: the programme sees through it, or pays both sides to the same person."""
    programme, dealings = world.programme(number), person.with_programme(number)
    dealings.n_fakes += 1
    friend_number = 1 + dealings.n_qualified
    refused_as = None
    if world.chance(Purpose.DETECT, person.key, number, dealings.n_fakes) < programme.detect_true:
        refused_as = Kind.ABUSE_REFUSED
    else:
        dealings.n_qualified += 1
    claim = Claim(
        person,
        None,
        credit,
        basket_cents=programme.qualify_minimum_cents,
        serial=dealings.n_fakes,
        friend_number=friend_number,
        refused_as=refused_as,
    )
    for rule in world.reward_rules[world.phase]:
        if rule.programme == number and rule.on in (PaysOn.QUALIFIED, PaysOn.SIGNUP):
            settle_claim(world, rule, claim)
