"""Mood and care in the compiled engine: what moments change, apologies, gifts, incidents, households."""

from __future__ import annotations

from typing import Any

from referralsim.behaviour.moments import decaying, fading
from referralsim.behaviour.rates import next_time
from referralsim.distributions import draw, exponential
from referralsim.engine.contract import LIVES, ODD_OCCASION, Stream, Trigger
from referralsim.engine.kernel_contact import contact
from referralsim.engine.kernel_more import either, is_enlisted, payer_of
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    CUSTOMER,
    State,
    World,
    chance,
    compiled,
    key_of,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

_RECOVERY = int(Purpose.RECOVERY)
_RECOVERY_DELAY = int(Purpose.RECOVERY_DELAY)
_RECOVERY_WORKS = int(Purpose.RECOVERY_WORKS)
_GIFT_GAP = int(Purpose.GIFT_GAP)
_INCIDENT = int(Purpose.INCIDENT)
_PASS_ON = int(Purpose.PASS_ON)
_LOOP_HAPPENS = int(Purpose.LOOP_HAPPENS)
_RECOVERED_KIND = int(Kind.RECOVERED)
_GIFTED_KIND = int(Kind.GIFTED)
_HIT_KIND = int(Kind.HIT)
_COMPLAINTS = int(Stream.COMPLAINTS)
_HAPPY_MOMENT = int(Trigger.HAPPY_MOMENT)
_UNHAPPY_MOMENT = int(Trigger.UNHAPPY_MOMENT)
_HAPPY, _UNHAPPY = 1, 2


@compiled
def _plain_is_present(_world: World, state: State, person: int, _k: int) -> bool:
    return state.people[person].status == CUSTOMER  # type: ignore[no-any-return]


@compiled
def _is_present(_world: World, state: State, person: int, k: int) -> bool:
    return bool(state.people[person].status == CUSTOMER and k // LIVES == state.more[person].life)


is_present = either(_plain_is_present, _is_present)
"""Whether a person is a customer, in the life to which use, purchase, gift or candidate k belongs."""


@compiled
def _plain_appetite(world: World, state: State, time: float, phase: int, person: int) -> float:
    one = state.people[person]
    if one.moment != _UNHAPPY:
        return 1.0
    mine = world.segments[phase, one.segment]
    return fading(mine.unhappy_purchase_factor, mine.unhappy_half_life_days, time - one.moment_day)


@compiled
def _appetite(world: World, state: State, time: float, phase: int, person: int) -> float:
    mine, more = world.segments[phase, state.people[person].segment], state.more[person]
    mood = state.people[payer_of(world, person)]
    chill = 1.0
    if mood.moment == _UNHAPPY:
        since = time - mood.moment_day
        chill = fading(mine.unhappy_purchase_factor, mine.unhappy_half_life_days, since)
    points = mine.points_purchase_factor if more.points >= mine.points_threshold else 1.0
    member = mine.member_purchase_factor if more.member != 0 else 1.0
    return chill * points * member / mine.purchase_top  # type: ignore[no-any-return]


appetite = either(_plain_appetite, _appetite)
"""Share of the highest purchase rate at which a person buys now; 1 or more is all of it."""


@compiled
def _plain_basket_factor(_world: World, _state: State, _time: float, _phase: int, _person: int) -> float:
    return 1.0


@compiled
def _basket_factor(world: World, state: State, time: float, phase: int, person: int) -> float:
    mine, more = world.segments[phase, state.people[person].segment], state.more[person]
    mood = state.people[payer_of(world, person)]
    since, felt = time - mood.moment_day, 1.0
    if mood.moment == _UNHAPPY:
        felt = fading(mine.unhappy_basket_factor, mine.unhappy_half_life_days, since)
    elif mood.moment == _HAPPY:
        felt = fading(mine.happy_basket_factor, mine.happy_half_life_days, since)
    points = mine.points_basket_factor if more.points >= mine.points_threshold else 1.0
    member = mine.member_basket_factor if more.member != 0 else 1.0
    return felt * points * member


basket_factor = either(_plain_basket_factor, _basket_factor)
"""Factor on the basket of a purchase now."""


@compiled
def _margin_factor(world: World, state: State, time: float, phase: int, person: int) -> float:
    one = state.people[person]
    if one.parent < 0:
        return 1.0
    mine = world.segments[phase, one.segment]
    half_life_days = mine.referred_margin_half_life_days
    return 1.0 + decaying(mine.referred_margin_gap, half_life_days, time - one.active_day)


margin_factor = either(_plain_basket_factor, _margin_factor)
"""Factor on the margin of a purchase now: referred customers may bring more at first."""


@compiled
def _plain_remember(_world: World, _state: State, _time: float, _person: int, _amount: int) -> None:
    return


@compiled
def _remember(world: World, state: State, time: float, person: int, amount: int) -> None:
    more, parent = state.more[person], whole(state.people[person].parent)
    more.n_purchases += 1
    more.spent_cents += amount
    more.bought_cents = amount
    more.purchase_day = time
    if is_enlisted(state, parent):
        state.agents[parent - world.n_people].revenue_cents += amount


remember_purchase = either(_plain_remember, _remember)
"""Keep what later rules ask about purchases."""


@compiled
def _plain_leaving_mood(_world: World, _mine: Any, _since: float) -> float:
    return 1.0


@compiled
def _leaving_mood(_world: World, mine: Any, since: float) -> float:
    return fading(mine.happy_churn_factor, mine.happy_half_life_days, since)


happy_to_leave = either(_plain_leaving_mood, _leaving_mood)
"""Factor on the hazard of leaving, so long after a happy moment."""


@compiled
def _plain_bound(_world: World, _state: State, _phase: int, _person: int, ratio: float) -> float:
    return ratio


@compiled
def _bound(world: World, state: State, phase: int, person: int, ratio: float) -> float:
    one, more = state.people[person], state.more[person]
    mine = world.segments[phase, one.segment]
    if one.parent >= 0 and state.people[one.parent].status == CUSTOMER:
        ratio = ratio * mine.referred_churn_factor
    if more.n_customers > 0:
        ratio = ratio * mine.referrer_churn_factor
    if more.points >= mine.points_threshold:
        ratio = ratio * mine.points_churn_factor
    if more.member != 0:
        ratio = ratio * mine.member_churn_factor
    return ratio


bound = either(_plain_bound, _bound)
"""The ratio of the hazard of leaving to the highest, as ties to people, points and membership change it."""


@compiled
def recover(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    """Perhaps set out to apologise for bad occasion k."""
    mine, who = world.segments[phase, state.people[person].segment], key_of(world, state, person)
    if mine.recovery_probability <= 0.0 or chance(world, _RECOVERY, who, 0, k) >= mine.recovery_probability:
        return
    law, a, b = mine.recovery_delay_law, mine.recovery_delay_a, mine.recovery_delay_b
    day = time + draw(place(world, _RECOVERY_DELAY, who, 0, k), law, a, b, world.table)
    schedule(world, state, day, _RECOVERED_KIND, person, -1, k, 0)


@compiled
def recovered(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    """Apologise: a bad moment may be forgotten."""
    one = state.people[person]
    if one.status != CUSTOMER:
        return
    mine = world.segments[phase, one.segment]
    cost = whole(mine.recovery_cost_cents)
    write(world, state, time, _RECOVERED_KIND, -1, -1, -1, person, -1, k, 0, -cost)
    who = key_of(world, state, person)
    if one.moment == _UNHAPPY and chance(world, _RECOVERY_WORKS, who, 0, k) < mine.recovery_success:
        one.moment = 0


@compiled
def _plain_feel(_world: World, _state: State, _time: float, _phase: int, _person: int, _k: int) -> None:
    return


@compiled
def _feel(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    one, payer = state.people[person], payer_of(world, person)
    if payer != person:
        p = world.world[phase].pass_on_probability
        if p > 0.0 and chance(world, _PASS_ON, key_of(world, state, person), 0, k) < p:
            theirs = state.people[payer]
            theirs.moment, theirs.moment_day = one.moment, time
    if one.moment == _UNHAPPY:
        recover(world, state, time, phase, person, k)


feel = either(_plain_feel, _feel)
"""What follows upon the moment at use k, beside asks and talk: the payer feels it too, an apology."""


@compiled
def schedule_gift(world: World, state: State, time: float, person: int, k: int) -> None:
    """Schedule surprise gift number k."""
    work = exponential(chance(world, _GIFT_GAP, key_of(world, state, person), 0, k))
    segment = whole(state.people[person].segment)
    day = next_time(time, work, world.gift_rate, segment, 1.0, world.starts)
    schedule(world, state, day, _GIFTED_KIND, person, -1, k, 0)


@compiled
def gift(world: World, state: State, time: float, phase: int, person: int, k: int) -> tuple[int, int]:
    """Give a surprise gift; return what it fires."""
    if not is_present(world, state, person, k):
        return -1, 0
    schedule_gift(world, state, time, person, k + 1)
    one = state.people[person]
    cost = whole(world.segments[phase, one.segment].gift_cost_cents)
    write(world, state, time, _GIFTED_KIND, -1, -1, -1, person, -1, k, 0, -cost)
    one.moment, one.moment_day = _HAPPY, time
    return _HAPPY_MOMENT, ODD_OCCASION + k


@compiled
def schedule_incidents(world: World, state: State, time: float, person: int) -> None:
    """Schedule the incidents that will reach a new customer."""
    who = key_of(world, state, person)
    for x in range(len(world.incident_day)):
        day = world.incident_day[x]
        if day >= time and chance(world, _INCIDENT, who, x, 0) < world.incident_share[x]:
            schedule(world, state, day, _HIT_KIND, person, -1, x, 0)


@compiled
def hit(world: World, state: State, time: float, phase: int, person: int, x: int) -> tuple[int, int]:
    """Let an incident reach a customer, who may complain; return what it fires."""
    one = state.people[person]
    if one.status != CUSTOMER:
        return -1, 0
    one.moment, one.moment_day = _UNHAPPY, time
    write(world, state, time, _HIT_KIND, -1, -1, -1, person, -1, x, 0, 0)
    k = ODD_OCCASION + LIVES + x
    recover(world, state, time, phase, person, k)
    rules, who = world.streams[phase, _COMPLAINTS], key_of(world, state, person)
    if rules.enabled != 0 and chance(world, _LOOP_HAPPENS, who, _COMPLAINTS, k) < rules.probability:
        contact(world, state, time, phase, person, person, _COMPLAINTS, _COMPLAINTS, k, -1.0, 0.0, 1.0, 0)
    return _UNHAPPY_MOMENT, k
