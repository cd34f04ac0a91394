"""Agents in the compiled engine: affiliates and partners apply, post to strangers, change tier."""

from __future__ import annotations

from referralsim.behaviour.rates import next_time
from referralsim.distributions import draw, exponential
from referralsim.engine.contract import STREAMS, TIERS, GraphKind, Stream
from referralsim.engine.kernel_contact import count_contacts, invite, new_person, room_for_people
from referralsim.engine.kernel_more import is_open
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    ENLISTED,
    N_CONTACTS,
    N_SIGNED,
    TURNS,
    State,
    World,
    chance,
    compiled,
    key_of,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose, chooser

_STAGE = int(Purpose.AGENT_STAGE)
_DELAY = int(Purpose.AGENT_DELAY)
_POST_GAP = int(Purpose.POST_GAP)
_POST_REACH = int(Purpose.POST_REACH)
_TARGET = int(Purpose.CONTACT_TARGET)
_FRESH_PERSON = int(Purpose.FRESH_PERSON)
_DELIVERED = int(Purpose.DELIVERED)
_APPLIED_KIND = int(Kind.APPLIED)
_REJECTED_KIND = int(Kind.REJECTED)
_ENLISTED_KIND = int(Kind.ENLISTED)
_POSTED_KIND = int(Kind.POSTED)
_REVIEWED_KIND = int(Kind.TIER_REVIEWED)
_LOOP = int(Loop.PROGRAMME)
_FRESH = int(GraphKind.FRESH)
_PROGRAMME = int(Stream.PROGRAMME)


@compiled
def programme_of(world: World, agent: int) -> int:
    """Return the programme of an agent."""
    return whole(world.agents[agent - world.n_people].programme)


@compiled
def _log(
    world: World, state: State, time: float, kind: int, agent: int, channel: int, attempt: int, amount: int
) -> None:
    programme = programme_of(world, agent)
    write(world, state, time, kind, _LOOP, channel, programme, agent, -1, attempt, amount, 0)


@compiled
def schedule_agents(world: World, state: State) -> None:
    """Schedule the application of each agent."""
    for index in range(len(world.agents)):
        day = world.agents[index].join_day
        schedule(world, state, day, _APPLIED_KIND, world.n_people + index, -1, 0, 0)


@compiled
def apply(world: World, state: State, time: float, phase: int, agent: int) -> None:
    """Apply to a programme, which screens and may demand a course."""
    programme = programme_of(world, agent)
    if not is_open(world, state, time, phase, programme):
        return
    rules, who = world.programmes[phase, programme], key_of(world, state, agent)
    fee = whole(rules.fee_cents)
    write(world, state, time, _APPLIED_KIND, _LOOP, -1, programme, agent, -1, 0, 0, fee)
    law, a, b = rules.admission_delay_law, rules.admission_delay_a, rules.admission_delay_b
    day = time + draw(place(world, _DELAY, who, 0, 0), law, a, b, world.table)
    if chance(world, _STAGE, who, 0, 0) >= rules.screening_probability:
        schedule(world, state, day, _REJECTED_KIND, agent, -1, 0, 0)
    elif chance(world, _STAGE, who, 1, 0) >= rules.course_probability:
        schedule(world, state, day, _REJECTED_KIND, agent, -1, 1, 0)
    else:
        schedule(world, state, day, _ENLISTED_KIND, agent, -1, 0, 0)


@compiled
def reject(world: World, state: State, time: float, agent: int, stage: int) -> None:
    """Turn an agent down."""
    _log(world, state, time, _REJECTED_KIND, agent, -1, stage, 0)


@compiled
def _schedule_post(world: World, state: State, time: float, phase: int, agent: int, k: int) -> None:
    programme, tier = programme_of(world, agent), state.agents[agent - world.n_people].tier
    work = exponential(chance(world, _POST_GAP, key_of(world, state, agent), 0, k))
    factor = world.tier_post_factor[phase, programme, tier]
    day = next_time(time, work, world.post_rate, programme, factor, world.starts)
    schedule(world, state, day, _POSTED_KIND, agent, -1, k, 0)


@compiled
def enlist(world: World, state: State, time: float, phase: int, agent: int) -> None:
    """Begin to work."""
    one = state.people[agent]
    one.status = ENLISTED
    one.slot = state.counters[N_SIGNED]
    state.counters[N_SIGNED] += 1
    _log(world, state, time, _ENLISTED_KIND, agent, -1, 0, 0)
    _schedule_post(world, state, time, phase, agent, 0)
    _schedule_review(world, state, time, phase, agent, 1)


@compiled
def n_reached(world: World, state: State, phase: int, agent: int, k: int) -> int:
    """Return how many people post number k reaches, if the programme is open."""
    programme = programme_of(world, agent)
    if world.streams[phase, _PROGRAMME + programme].enabled == 0:
        return 0
    audience = world.agents[agent - world.n_people].audience
    rounded = chance(world, _POST_REACH, key_of(world, state, agent), 0, k)
    m = int(audience * world.programmes[phase, programme].visit_share + rounded)
    return min(m, room_for_people(world, state)) if world.graph_kind == _FRESH else m


@compiled
def post(world: World, state: State, time: float, phase: int, agent: int, k: int) -> None:
    """Address the audience: strangers are invited."""
    programme, who = programme_of(world, agent), key_of(world, state, agent)
    _schedule_post(world, state, time, phase, agent, k + 1)
    if not is_open(world, state, time, phase, programme):
        return
    m = n_reached(world, state, phase, agent, k)
    if m <= 0:
        return
    stream = _PROGRAMME + programme
    _log(world, state, time, _POSTED_KIND, agent, whole(world.streams[phase, stream].channel), k, m)
    count_contacts(world, state, phase, agent, stream, m)
    state.counters[N_CONTACTS] += m
    relation = state.relations[state.people[agent].slot, world.columns[stream]]
    for _ in range(m):
        round_number = relation.turn // TURNS
        relation.turn += TURNS
        if world.graph_kind == _FRESH:
            other = new_person(world, state, place(world, _FRESH_PERSON, who, stream, round_number))
        else:
            other = int(chance(world, _TARGET, who, stream, round_number) * world.n_people)
        attempt = round_number * STREAMS + stream
        base = chooser(world.draws[_DELIVERED], who, attempt)
        invite(world, state, time, phase, agent, other, stream, attempt, -1, base)


@compiled
def _schedule_review(world: World, state: State, time: float, phase: int, agent: int, v: int) -> None:
    day = time + world.programmes[phase, programme_of(world, agent)].tier_review_days
    schedule(world, state, day, _REVIEWED_KIND, agent, -1, v, 0)


@compiled
def review_tier(world: World, state: State, time: float, phase: int, agent: int, v: int) -> None:
    """Give the highest tier for which the agent has brought enough since the last review."""
    _schedule_review(world, state, time, phase, agent, v + 1)
    programme, work = programme_of(world, agent), state.agents[agent - world.n_people]
    had = work.n_customers
    if world.programmes[phase, programme].tier_by_revenue != 0:
        had = work.revenue_cents
    work.n_customers, work.revenue_cents = 0, 0
    tier = 0
    for t in range(TIERS):
        if had >= world.tier_at[phase, programme, t]:
            tier = t
    if tier != work.tier:
        work.tier = tier
        _log(world, state, time, _REVIEWED_KIND, agent, -1, v, tier)
