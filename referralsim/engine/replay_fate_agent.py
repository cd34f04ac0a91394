"""Affiliates and partners as the seed settles them: how they are admitted, what they post, their tiers."""

from __future__ import annotations

import math

from referralsim.engine.contract import STREAMS, TIERS, Stream
from referralsim.engine.replay_fate_contact import reach
from referralsim.engine.replay_fate_state import NOBODY, Fate, Fated, Pending
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose


def _credit(fate: Fate, agent: Fated, channel: int = -1) -> Credit:
    return NOBODY._replace(loop=Loop.PROGRAMME, channel=channel, programme=fate.agent(agent).programme)


def applied(fate: Fate, e: Pending) -> None:
    """Apply: screening and a course decide, after some time."""
    agent = fate.people[e.actor]
    p = fate.agent(agent).programme
    if not fate.is_open(p):
        fate.refuse("the programme is not open", *e.key)
        return
    terms = fate.programme(p)
    fate.write(*e[1:5], _credit(fate, agent), margin=int(terms.fee_cents))
    end = fate.now + fate.drawn(Purpose.AGENT_DELAY, agent.key, 0, 0, terms, "admission_delay")
    for stage, chance in enumerate((terms.screening_probability, terms.course_probability)):
        u = fate.chance(Purpose.AGENT_STAGE, agent.key, stage, 0)
        if not fate.passes(u, chance, Kind.ENLISTED, e.actor, -1, 0):
            fate.schedule(end, Kind.REJECTED, e.actor, -1, stage)
            return
    fate.schedule(end, Kind.ENLISTED, e.actor, -1, 0)


def rejected(fate: Fate, e: Pending) -> None:
    """Be turned down."""
    fate.write(*e[1:5], _credit(fate, fate.people[e.actor]))


def enlisted(fate: Fate, e: Pending) -> None:
    """Begin to work, in the lowest tier."""
    agent = fate.people[e.actor]
    fate.write(*e[1:5], _credit(fate, agent))
    agent.tier, agent.had_customers, agent.had_cents = 0, 0, 0
    _schedule_post(fate, agent, 0)
    _schedule_review(fate, agent, 1)


def _schedule_post(fate: Fate, agent: Fated, k: int) -> None:
    p = fate.agent(agent).programme
    factor = float(fate.inputs.tier_post_factor[fate.phase, p, agent.tier])
    t = fate.next(fate.now, Purpose.POST_GAP, agent.key, 0, k, fate.inputs.post_rate, p, factor)
    fate.schedule(t, Kind.POSTED, agent.index, -1, k)


def _schedule_review(fate: Fate, agent: Fated, v: int) -> None:
    every = fate.programme(fate.agent(agent).programme).tier_review_days
    if math.isfinite(every):
        fate.schedule(fate.now + every, Kind.TIER_REVIEWED, agent.index, -1, v)


def posted(fate: Fate, e: Pending) -> None:
    """Address the audience: some of it comes and is invited."""
    agent = fate.people[e.actor]
    me = fate.agent(agent)
    stream = Stream.PROGRAMME + me.programme
    _schedule_post(fate, agent, e.attempt + 1)
    rules = fate.stream(stream)
    if not fate.is_open(me.programme) or not rules.enabled:
        fate.refuse("the programme is not open", *e.key)
        return
    luck = fate.chance(Purpose.POST_REACH, agent.key, 0, e.attempt)
    m = int(me.audience * fate.programme(me.programme).visit_share + luck)
    if m == 0:
        return
    fate.write(*e[1:5], _credit(fate, agent, rules.channel), m)
    for _ in range(m):
        number, last_key, _day = agent.rounds.get(stream, (0, 0, 0.0))
        other: Fated | None = None
        if fate.rules.fresh:
            other = fate.new_person(fate.address(Purpose.FRESH_PERSON, agent.key, stream, number))
        else:
            u = fate.chance(Purpose.CONTACT_TARGET, agent.key, stream, number)
            other = fate.people[int(u * fate.inputs.n_people)]
        if other is None:
            return
        agent.rounds[stream] = (number + 1, last_key, fate.now)
        reach(fate, agent, other, number * STREAMS + stream, stream, 0.0)


def tier_reviewed(fate: Fate, e: Pending) -> None:
    """Review the tier by what was brought since the last review."""
    agent = fate.people[e.actor]
    p = fate.agent(agent).programme
    _schedule_review(fate, agent, e.attempt + 1)
    had = agent.had_cents if fate.programme(p).tier_by_revenue else agent.had_customers
    agent.had_customers = agent.had_cents = 0
    tier = max(t for t in range(TIERS) if had >= fate.inputs.tier_at[fate.phase, p, t])
    if tier != agent.tier:
        agent.tier = tier
        fate.write(*e[1:5], _credit(fate, agent), tier)
    else:
        fate.refuse("the tier stays as it is", *e.key)
