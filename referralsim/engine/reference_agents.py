"""Agents: affiliates and partners apply, are admitted, address an audience, rise and fall in tiers."""

from __future__ import annotations

from referralsim.engine.contract import STREAMS, TIERS, Stream
from referralsim.engine.reference_invitation import Invitation, invite
from referralsim.engine.reference_state import Agent, Credit, Person, Round
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose

_SCREENING, _COURSE = range(2)
_NO_TIE = 0.0


def applying(world: World, agent: Agent, day: float) -> Process:
    """Ask to join a programme; be turned down, or begin to work."""
    number, credit = agent.programme, Credit(loop=Loop.PROGRAMME, programme=agent.programme)
    if not (yield from world.wait(day, Kind.APPLIED, agent.index, -1, 0)) or not world.is_open(number):
        return
    rules = world.programme(number)
    world.record(Kind.APPLIED, agent.index, credit=credit, margin=rules.fee_cents)
    kind, stage = Kind.ENLISTED, 0
    if world.chance(Purpose.AGENT_STAGE, agent.key, _SCREENING, 0) >= rules.screening_probability:
        kind, stage = Kind.REJECTED, _SCREENING
    elif world.chance(Purpose.AGENT_STAGE, agent.key, _COURSE, 0) >= rules.course_probability:
        kind, stage = Kind.REJECTED, _COURSE
    day = world.now + world.amount(Purpose.AGENT_DELAY, agent.key, 0, 0, rules, "admission_delay")
    if not (yield from world.wait(day, kind, agent.index, -1, stage)):
        return
    world.record(kind, agent.index, -1, stage, credit)
    if kind == Kind.ENLISTED:
        world.begin(posting(world, agent))
        review_day = world.now + world.programme(number).tier_review_days
        world.begin(being_reviewed(world, agent, review_day))


def posting(world: World, agent: Agent) -> Process:
    """Address the audience again and again, the more often the higher the tier."""
    post = 0
    while True:
        luck = world.chance(Purpose.POST_GAP, agent.key, 0, post)
        factor = float(world.inputs.tier_post_factor[world.phase, agent.programme, agent.tier])
        day = world.next_time("post_rate", agent.programme, world.now, luck, factor)
        if not (yield from world.wait(day, Kind.POSTED, agent.index, -1, post)):
            return
        if world.is_open(agent.programme):
            address(world, agent, post)
        post += 1


def address(world: World, agent: Agent, post: int) -> None:
    """Send some strangers an invitation each."""
    stream = Stream.PROGRAMME + agent.programme
    way = world.stream(stream)
    if not way.enabled:
        return
    luck = world.chance(Purpose.POST_REACH, agent.key, 0, post)
    n_reached = int(agent.audience * world.programme(agent.programme).visit_share + luck)
    if n_reached == 0:
        return
    credit = Credit(-1, Loop.PROGRAMME, way.channel, agent.programme)
    world.record(Kind.POSTED, agent.index, -1, post, credit, amount=n_reached)
    past = agent.rounds.setdefault(stream, Round())
    for _ in range(n_reached):
        other = visitor(world, agent, stream, past.number)
        credit = Credit(agent.index, way.loop, way.channel, way.programme)
        invite(world, Invitation(agent, other, past.number * STREAMS + stream, _NO_TIE, credit))
        past.number += 1


def visitor(world: World, agent: Agent, stream: int, number: int) -> Person:
    """Return whom a post reaches: somebody of the graph, or somebody nobody has met before."""
    if world.fresh:
        return world.new_person(world.word(Purpose.FRESH_PERSON, agent.key, stream, number))
    place = int(world.chance(Purpose.CONTACT_TARGET, agent.key, stream, number) * world.inputs.n_people)
    return world.people[place]


def being_reviewed(world: World, agent: Agent, day: float) -> Process:
    """Rise or fall to the tier that the period just ended earned."""
    review = 1
    while (yield from world.wait(day, Kind.TIER_REVIEWED, agent.index, -1, review)):
        rules = world.programme(agent.programme)
        had = agent.revenue_cents if rules.tier_by_revenue else agent.n_customers
        agent.revenue_cents = agent.n_customers = 0
        needed = world.inputs.tier_at[world.phase, agent.programme].tolist()
        tier = max(tier for tier in range(TIERS) if had >= needed[tier])
        if tier != agent.tier:
            agent.tier = tier
            credit = Credit(loop=Loop.PROGRAMME, programme=agent.programme)
            world.record(Kind.TIER_REVIEWED, agent.index, -1, review, credit, amount=tier)
        day = world.now + rules.tier_review_days
        review += 1
