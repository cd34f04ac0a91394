"""Whether affiliates and partners in a log do what they can: apply, begin, post, rise and fall."""

from __future__ import annotations

import math

from referralsim.engine.contract import TIERS, Stream
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import Walk
from referralsim.eventlog.kinds import Kind, Loop


def begin_agents(walk: Walk) -> None:
    """Note when every agent applies, if its programme is open then."""
    for number, agent in enumerate(walk.rules.agents, walk.inputs.n_people):
        p, joins = agent.programme, agent.join_day

        def shut(p: int = p, joins: float = joins) -> bool:
            return not walk.surely_open(p, joins)

        walk.owe(joins, [(Kind.APPLIED, number, -1, 0)], "the agent applies on this day", shut)


def _why_no_agent(walk: Walk, e: Event, channel: int = -1) -> str | None:
    """Return why an event is not one of an agent of its programme, or None."""
    if not walk.rules.is_agent(e.actor):
        return f"{e.actor} is no agent"
    p = walk.rules.agents[e.actor - walk.inputs.n_people].programme
    if (e.target, e.loop, e.channel, e.programme) != (-1, Loop.PROGRAMME, channel, p):
        return f"an agent's event has loop PROGRAMME, programme {p}, channel {channel} and no target"
    return None


def applied(walk: Walk, e: Event) -> str | None:
    """Check APPLIED: on its day, to an open programme, for the fee."""
    why = _why_no_agent(walk, e) or walk.why_shut(e.programme, e.time)
    if why is not None:
        return why
    join_day = walk.rules.agents[e.actor - walk.inputs.n_people].join_day
    terms = walk.programme(e.programme, e.time)
    if e.time != join_day or e.attempt != 0:
        return f"the agent applies once, on {day(join_day)}"
    if e.margin_cents != terms.fee_cents:
        return f"margin_cents is {e.margin_cents}, but must be {terms.fee_cents}"
    low, high = walk.rules.bounds(terms, "admission_delay")
    if low == high:
        answers = [(Kind.ENLISTED, 0), (Kind.REJECTED, 0), (Kind.REJECTED, 1)]
        keys = [(kind, e.actor, -1, attempt) for kind, attempt in answers]
        walk.owe(e.time + low, keys, "the application is answered")
    return None


def answered(walk: Walk, e: Event) -> str | None:
    """ENLISTED and REJECTED: one of them, once, some time after applying."""
    why = _why_no_agent(walk, e)
    if why is not None:
        return why
    application = walk.seen.get((Kind.APPLIED, e.actor, -1, 0))
    if application is None:
        return f"agent {e.actor} has not applied"
    answers = [(Kind.ENLISTED, e.actor, -1, 0), *((Kind.REJECTED, e.actor, -1, s) for s in (0, 1))]
    if any(key in walk.seen for key in answers):
        return f"the application of agent {e.actor} was answered before"
    terms = walk.programme(e.programme, application.time)
    if not walk.rules.may_last(terms, "admission_delay", application.time, e.time):
        return f"it cannot follow at this time after applying on {day(application.time)}"
    chances = (terms.screening_probability, terms.course_probability)
    if e.kind == Kind.REJECTED:
        fails = e.attempt in (0, 1) and chances[e.attempt] < 1.0
        possible = fails and all(chance > 0.0 for chance in chances[: e.attempt])
        return None if possible else f"nobody fails at stage {e.attempt}"
    if e.attempt != 0 or not all(chance > 0.0 for chance in chances):
        return "nobody is admitted"
    life = walk.life(e.actor)
    life.enlisted_day, life.tier, life.had_customers, life.had_cents = e.time, 0, 0, 0
    _owe_review(walk, e.actor, e.programme, 1, e.time)
    return None


def posted(walk: Walk, e: Event) -> str | None:
    """Check POSTED: by an agent at work, numbers ascending, for an open programme; so many are invited."""
    if not 0 <= e.programme < len(walk.purses):
        return "a post belongs to a programme"
    phase = walk.rules.phase(e.time)
    stream = walk.rules.streams[phase][Stream.PROGRAMME + e.programme]
    why = _why_no_agent(walk, e, stream.channel) or walk.why_shut(e.programme, e.time)
    if why is not None:
        return why
    life = walk.life(e.actor)
    if life.enlisted_day is None:
        return f"agent {e.actor} is not enlisted"
    if not stream.enabled:
        return "the programme has no contact at this time"
    if not walk.inputs.post_rate[:, e.programme].max() > 0.0:
        return "nobody posts for this programme"
    if e.attempt <= life.last_post:
        return f"post {e.attempt} comes after post {life.last_post}"
    audience = walk.rules.agents[e.actor - walk.inputs.n_people].audience
    reach = audience * walk.programme(e.programme, e.time).visit_share
    if not max(1, math.floor(reach)) <= e.amount_cents <= math.floor(reach + 1.0):
        return f"amount_cents is {e.amount_cents}, but a post reaches {reach:g} people"
    life.last_post = e.attempt
    walk.may_share.add((e.actor, Stream.PROGRAMME + e.programme))
    return None


def _owe_review(walk: Walk, agent: int, programme: int, number: int, since: float) -> None:
    """Note when the tier of an agent is reviewed next: if it changes then, the log must say so."""
    life = walk.life(agent)
    every = walk.programme(programme, since).tier_review_days
    if not math.isfinite(every):
        return
    life.review = (number, since + every)

    def unchanged() -> bool:
        if life.review[0] != number:
            return True
        if _tier_due(walk, agent, programme, since + every) != life.tier:
            return False
        _reviewed(walk, agent, programme)
        return True

    key = (Kind.TIER_REVIEWED, agent, -1, number)
    walk.owe(since + every, [key], "what the agent brought belongs to another tier", unchanged)


def _reviewed(walk: Walk, agent: int, programme: int) -> None:
    life = walk.life(agent)
    life.had_customers = life.had_cents = 0
    number, when = life.review
    _owe_review(walk, agent, programme, number + 1, when)


def _tier_due(walk: Walk, agent: int, programme: int, time_days: float) -> int:
    """Return the tier that belongs to what an agent has brought since the last review."""
    life, phase = walk.life(agent), walk.rules.phase(time_days)
    had = life.had_cents if walk.programme(programme, time_days).tier_by_revenue else life.had_customers
    return max(t for t in range(TIERS) if had >= walk.inputs.tier_at[phase, programme, t])


def tier_reviewed(walk: Walk, e: Event) -> str | None:
    """TIER_REVIEWED: on the day of a review, if what was brought belongs to another tier."""
    why = _why_no_agent(walk, e)
    if why is not None:
        return why
    life = walk.life(e.actor)
    if life.enlisted_day is None:
        return f"agent {e.actor} is not enlisted"
    if (e.attempt, e.time) != life.review:
        number, when = life.review
        return f"the next review is number {number}, on {day(when)}"
    tier = _tier_due(walk, e.actor, e.programme, e.time)
    if e.amount_cents != tier or tier == life.tier:
        return f"amount_cents is {e.amount_cents}, but what was brought belongs to tier {tier}"
    life.tier = tier
    _reviewed(walk, e.actor, e.programme)
    return None
