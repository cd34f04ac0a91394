"""The whole programme grammar in the compiled engine: events that plain worlds do not have."""

from __future__ import annotations

from referralsim.behaviour.rates import phase_at
from referralsim.engine.contract import LIVES, ODD_OCCASION, STREAMS, Stream
from referralsim.engine.kernel_agents import (
    apply,
    enlist,
    n_reached,
    post,
    reject,
    review_tier,
    schedule_agents,
)
from referralsim.engine.kernel_ask import sharer_of
from referralsim.engine.kernel_care import gift, hit, recovered, schedule_gift
from referralsim.engine.kernel_contact import n_contacts
from referralsim.engine.kernel_funnel import acceptance
from referralsim.engine.kernel_life import schedule_churn, schedule_purchase, schedule_use
from referralsim.engine.kernel_loyalty import LOYALTY_ROWS, be_loyal, expire_points, renew
from referralsim.engine.kernel_more import either
from referralsim.engine.kernel_queue import actor_of, attempt_of, kind_of, schedule, target_of, time_of
from referralsim.engine.kernel_remind import UNFINISHED, finish, remind_unfinished
from referralsim.engine.kernel_reward import (
    end_contest,
    expire_reward,
    fake,
    n_disputable,
    n_fakes,
    pay_for_purchase,
    pay_for_signup,
    use_reward,
)
from referralsim.engine.kernel_state import (
    CUSTOMER,
    FREE_CARRIED,
    GONE,
    N_CARRIED,
    N_GRANTS,
    PROSPECT,
    ROOM,
    ExitReason,
    State,
    World,
    chance,
    compiled,
    key_of,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

_ANSWER = int(Purpose.REMINDED_ANSWER)
_GOING = int(ExitReason.GOING)
_GRANTS_FULL = int(ExitReason.GRANTS_FULL)
_CARRIED_FULL = int(ExitReason.CARRIED_FULL)
_ODD = ODD_OCCASION + LIVES
_PROGRAMME = int(Stream.PROGRAMME)
_COMPLAINTS = int(Stream.COMPLAINTS)

_LEADERBOARD = int(Kind.LEADERBOARD)
_REFUNDED = int(Kind.REFUNDED)
_ASKED = int(Kind.ASKED)
_REMINDED = int(Kind.REMINDED)
_APPLIED = int(Kind.APPLIED)
_REJECTED = int(Kind.REJECTED)
_ENLISTED = int(Kind.ENLISTED)
_POSTED = int(Kind.POSTED)
_TIER_REVIEWED = int(Kind.TIER_REVIEWED)
_REDEEMED = int(Kind.REWARD_REDEEMED)
_EXPIRED = int(Kind.REWARD_EXPIRED)
_RECOVERED = int(Kind.RECOVERED)
_GIFTED = int(Kind.GIFTED)
_WON_BACK = int(Kind.WON_BACK)
_HIT = int(Kind.HIT)
_POINTS_EXPIRED = int(Kind.POINTS_EXPIRED)
_MEMBER_RENEWED = int(Kind.MEMBER_RENEWED)


@compiled
def _plain_start_more(_world: World, _state: State) -> None:
    return


@compiled
def _start_more(world: World, state: State) -> None:
    schedule_agents(world, state)
    for row in range(world.rewards.shape[1]):
        if world.boards[row] >= 0:
            schedule(world, state, 1 * world.rewards[0, row].board_days, _LEADERBOARD, row, -1, 1, 0)


start_more = either(_plain_start_more, _start_more)
"""Schedule the applications of agents and the ends of the first contests."""


@compiled
def is_further(kind: int) -> bool:
    """Return whether events of this kind are those of :data:`happen_further`."""
    return kind == _LEADERBOARD or kind > _REMINDED


@compiled
def _plain_happen_further(
    _world: World,
    _state: State,
    _time: float,
    _phase: int,
    _kind: int,
    _actor: int,
    _attempt: int,
    _payload: int,
) -> tuple[int, int]:
    return -1, 0


@compiled
def _happen_further(
    world: World, state: State, time: float, phase: int, kind: int, actor: int, attempt: int, payload: int
) -> tuple[int, int]:
    if kind == _GIFTED:
        return gift(world, state, time, phase, actor, attempt)
    if kind == _HIT:
        return hit(world, state, time, phase, actor, attempt)
    if kind == _REDEEMED:
        use_reward(world, state, time, phase, payload)
    elif kind == _EXPIRED:
        expire_reward(world, state, time, payload)
    elif kind == _POSTED:
        post(world, state, time, phase, actor, attempt)
    elif kind == _RECOVERED:
        recovered(world, state, time, phase, actor, attempt)
    elif kind == _POINTS_EXPIRED:
        expire_points(world, state, time, actor, attempt)
    elif kind == _MEMBER_RENEWED:
        renew(world, state, time, phase, actor, attempt)
    elif kind == _WON_BACK:
        _win_back(world, state, time, phase, actor, attempt)
    elif kind == _LEADERBOARD:
        end_contest(world, state, time, phase, actor, attempt)
    elif kind == _APPLIED:
        apply(world, state, time, phase, actor)
    elif kind == _REJECTED:
        reject(world, state, time, actor, attempt)
    elif kind == _ENLISTED:
        enlist(world, state, time, phase, actor)
    elif kind == _TIER_REVIEWED:
        review_tier(world, state, time, phase, actor, attempt)
    return -1, 0


happen_further = either(_plain_happen_further, _happen_further)
"""Process an event of a kind that plain worlds do not have; return trigger, or -1, and occasion of asks."""


@compiled
def _win_back(world: World, state: State, time: float, phase: int, person: int, life: int) -> None:
    """Begin another life; what belongs to it is numbered from ``life * LIVES`` on."""
    one, k = state.people[person], life * LIVES
    state.more[person].life = life
    one.status = CUSTOMER
    one.active_day = time
    mine = world.segments[phase, one.segment]
    loop, channel, programme, cost = one.loop, one.channel, one.programme, whole(mine.winback_cost_cents)
    write(world, state, time, _WON_BACK, loop, channel, programme, person, -1, life, 0, -cost)
    schedule_use(world, state, time, person, k)
    schedule_purchase(world, state, time, person, k, mine.purchase_every_days, 0.0)
    schedule_churn(world, state, time, person, k)
    schedule_gift(world, state, time, person, k)


@compiled
def _plain_reminded(
    _world: World,
    _state: State,
    _time: float,
    _phase: int,
    _person: int,
    _other: int,
    _attempt: int,
    _payload: int,
) -> bool:
    return False


@compiled
def _reminded(
    world: World, state: State, time: float, phase: int, person: int, other: int, attempt: int, payload: int
) -> bool:
    if state.people[person].status == GONE:
        return False
    if attempt == UNFINISHED:
        finish(world, state, time, phase, person, other)
        return False
    if state.people[other].status != PROSPECT:
        return False
    rules, channel = world.streams[phase, attempt % STREAMS], payload & 255
    programme = whole(rules.programme)
    write(world, state, time, _REMINDED, rules.loop, channel, programme, person, other, attempt, 0, 0)
    factor = world.programmes[phase, programme].remind_accept_factor
    p = factor * acceptance(world, state, phase, person, other, attempt, payload)
    who, whom = key_of(world, state, person), key_of(world, state, other)
    return chance(world, _ANSWER, who, whom, attempt) < p  # type: ignore[no-any-return]


reminded = either(_plain_reminded, _reminded)
"""Nudge somebody about an invitation or a sign-up; return whether the invitation is accepted now."""


@compiled
def _plain_share_more(
    _world: World, _state: State, _time: float, _phase: int, _person: int, _rule: int, _k: int
) -> None:
    return


@compiled
def _share_more(world: World, state: State, time: float, phase: int, person: int, rule: int, k: int) -> None:
    programme = whole(world.asks[phase, world.ask_rows[rule]].programme)
    fake(world, state, time, phase, person, rule, programme, k)


share_more = either(_plain_share_more, _share_more)
"""What may follow upon an ask that was not declined at once: fake accounts."""


@compiled
def _plain_follow(_world: World, _state: State, _time: float, _phase: int, _person: int, _k: int) -> None:
    return


@compiled
def _before_signup_qualifies(
    world: World, state: State, time: float, phase: int, person: int, _k: int
) -> None:
    pay_for_signup(world, state, time, phase, person)


@compiled
def _after_signup(world: World, state: State, time: float, phase: int, person: int, _k: int) -> None:
    remind_unfinished(world, state, time, phase, person)


@compiled
def _after_purchase(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    pay_for_purchase(world, state, time, phase, person, k)
    be_loyal(world, state, time, phase, person, k)


before_signup_qualifies = either(_plain_follow, _before_signup_qualifies)
"""What comes between the asks of a sign-up and its qualification: rewards for signing up."""

after_signup = either(_plain_follow, _after_signup)
"""What comes last at a sign-up: a reminder is planned if it will not be finished."""

after_purchase = either(_plain_follow, _after_purchase)
"""What comes last at a purchase: commissions, points, a review, a membership."""


@compiled
def _plain_sharer(_world: World, _state: State, _phase: int, person: int, _rule: int) -> int:
    return person


@compiled
def _sharer(world: World, state: State, phase: int, person: int, rule: int) -> int:
    return sharer_of(world, state, phase, person, world.ask_rows[rule])


sharer = either(_plain_sharer, _sharer)
"""Who shares when a person is asked by the rule of this number."""


@compiled
def _plain_further_contacts(_world: World, _state: State) -> int:
    return 0


@compiled
def _further_contacts(world: World, state: State) -> int:
    kind, actor, attempt = kind_of(state), actor_of(state), attempt_of(state)
    phase = phase_at(time_of(state), world.starts)
    if kind == _POSTED:
        return max(0, n_reached(world, state, phase, actor, attempt))
    if kind == _HIT:
        k = _ODD + attempt
        return max(0, n_contacts(world, state, actor, actor, phase, _COMPLAINTS, _COMPLAINTS, k))
    return 0


further_contacts = either(_plain_further_contacts, _further_contacts)
"""How many contacts the next event can make at most, if plain worlds do not have it."""


@compiled
def _plain_n_grants(_world: World, _state: State) -> int:
    return 0


@compiled
def _n_grants(world: World, state: State) -> int:
    kind, actor, attempt = kind_of(state), actor_of(state), attempt_of(state)
    phase = phase_at(time_of(state), world.starts)
    if kind == _LEADERBOARD:
        return min(whole(world.rewards[phase, actor].board_places), len(state.people))
    if kind == _REFUNDED:
        return n_disputable(state, actor)
    if kind == _ASKED:
        rule = target_of(state)
        programme = whole(world.asks[phase, world.ask_rows[rule]].programme)
        n = max(0, n_fakes(world, state, phase, actor, rule, programme, attempt))
        return n * world.most_rewards
    return 3 * world.most_rewards


n_grants = either(_plain_n_grants, _n_grants)
"""How many rewards the next event can write of, at most."""


@compiled
def _plain_own_rows(_world: World) -> int:
    return 0


@compiled
def _own_rows(world: World) -> int:
    return LOYALTY_ROWS + 8 + len(world.incident_day)


own_rows = either(_plain_own_rows, _own_rows)
"""Further events that any event can write or schedule, at most."""


@compiled
def _plain_rewards_room(_world: World, _state: State, _n: int) -> int:
    return _GOING


@compiled
def _rewards_room(_world: World, state: State, n: int) -> int:
    counters = state.counters
    counters[ROOM] = n
    if counters[N_GRANTS] + n > len(state.grants):
        return _GRANTS_FULL
    counters[ROOM] = 1
    if counters[FREE_CARRIED] == 0 and counters[N_CARRIED] == len(state.carried):
        return _CARRIED_FULL
    return _GOING


rewards_room = either(_plain_rewards_room, _rewards_room)
"""GOING if n more grants and one more refund fit, else which memory is short."""
