"""Lives as the seed settles them: one function a kind of event, as in ``docs/model.md``."""

from __future__ import annotations

from referralsim.engine.contract import LIVES, STREAMS, Abuse, PaysOn, QualifyOn, Stream, Trigger
from referralsim.engine.replay_fate_ask import begin_asks, fire
from referralsim.engine.replay_fate_contact import set_off
from referralsim.engine.replay_fate_loyalty import (
    lives_it,
    recover,
    schedule_gift,
    schedule_purchase,
    waits_for,
)
from referralsim.engine.replay_fate_reward import next_number, parent_of, pay, qualify
from referralsim.engine.replay_fate_state import HAPPY, NOBODY, UNHAPPY, Fate, Fated, Pending
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.randomness import Purpose

_COLUMN = {Origin.ORGANIC_ARRIVAL: 0, Origin.PAID: 1}
_BASS = 2
_LOOP = (Loop.INITIAL, Loop.ORGANIC_ARRIVAL, Loop.PAID)
_STRANGER = 255


def start(fate: Fate) -> None:
    """Put what begins at launch into the calendar."""
    inputs = fate.inputs
    for index in sorted(fate.rules.initial):
        fate.schedule(0.0, Kind.SIGNED_UP, index, -1, Origin.INITIAL)
    if not fate.rules.fresh and (inputs.arrival_rate[:, _BASS] > 0.0).any():
        for person in fate.people[: inputs.n_people]:
            if person.index not in fate.rules.initial:
                t = fate.next(0.0, Purpose.INNOVATION, person.key, 0, 0, inputs.arrival_rate, _BASS, 1.0)
                fate.schedule(t, Kind.SIGNED_UP, person.index, -1, Origin.ORGANIC_ARRIVAL)
    for origin in _COLUMN:
        _schedule_arrival(fate, 0.0, origin, 0)
    for number, agent in enumerate(fate.rules.agents, inputs.n_people):
        fate.schedule(agent.join_day, Kind.APPLIED, number, -1, 0)
    for x in fate.rules.boards:
        fate.schedule(fate.rules.rewards[0][x].board_days, Kind.LEADERBOARD, x, -1, 1)


def _schedule_arrival(fate: Fate, since: float, origin: Origin, k: int) -> None:
    t = fate.next(since, Purpose.ARRIVAL_GAP, origin, 0, k, fate.inputs.arrival_rate, _COLUMN[origin], 1.0)
    fate.schedule(t, Kind.ARRIVAL, origin, -1, k)


def arrival(fate: Fate, e: Pending) -> None:
    """Bring the next stranger in."""
    origin = Origin(e.actor)
    cost = fate.world.paid_cost_cents if origin == Origin.PAID else 0
    budget = fate.world.paid_budget_cents
    if origin == Origin.PAID and budget >= 0 and fate.spent_cents + cost > budget:
        return
    person: Fated | None = None
    if fate.rules.fresh:
        person = fate.new_person(fate.address(Purpose.FRESH_PERSON, origin, _STRANGER, e.attempt))
    else:
        person = next((fate.people[i] for i in fate.arrivals if fate.people[i].status == "prospect"), None)
    if person is None:
        return
    fate.spent_cents += cost
    sign_up(fate, person, origin, NOBODY)
    _schedule_arrival(fate, fate.now, origin, e.attempt + 1)


def comes(fate: Fate, e: Pending) -> None:
    """Sign up on a day known since launch."""
    if fate.people[e.actor].status == "prospect":
        sign_up(fate, fate.people[e.actor], Origin(e.attempt), NOBODY)


def sign_up(fate: Fate, person: Fated, origin: Origin, invitation: Credit) -> None:
    """Sign a prospect up, credited by the touch, the invitation, a code or the way they came."""
    touch = person.touch
    if touch is not None and fate.now - touch.day <= touch.window_days:
        person.credit = touch.credit
    elif origin == Origin.INVITATION:
        person.credit = invitation
    else:
        person.credit = NOBODY._replace(loop=_LOOP[origin])
        if origin != Origin.INITIAL:
            _abuse(fate, person)
    person.status = "signed up"
    parent = person.credit.parent
    cost = fate.world.paid_cost_cents if origin == Origin.PAID else 0
    fate.write(Kind.SIGNED_UP, person.index, parent, origin, person.credit, margin=-cost)
    fire(fate, Trigger.SIGNUP, person, 0)
    if person.credit.programme >= 0 and fate.is_open(person.credit.programme):
        pay(fate, person, PaysOn.SIGNUP, 0, 0, 0.0, next_number(fate, person))
    if waits_for(fate, person, QualifyOn.SIGNUP):
        qualify(fate, person, 0)
    _may_activate(fate, person, origin)


def _abuse(fate: Fate, person: Fated) -> None:
    """Let somebody who came unasked take a programme's code: their own, or one from a coupon page."""
    for p, terms in enumerate(fate.rules.programmes[fate.phase]):
        own, leaks = terms.self_referral_probability, terms.leak_probability
        if not fate.is_open(p) or not own + leaks > 0.0:
            continue
        u = fate.chance(Purpose.ABUSE, person.key, p, 0)
        if u < own + leaks:
            person.credit = NOBODY._replace(loop=Loop.PROGRAMME, programme=p)
            person.abuse = Abuse.SELF_REFERRAL if u < own else Abuse.LEAK
            return


def _may_activate(fate: Fate, person: Fated, origin: Origin) -> None:
    """Let a sign-up be finished, now, later, or not at all; then a referrer may remind of it."""
    credit, mine = person.credit, fate.mine(person)
    if origin == Origin.INITIAL:
        fate.schedule(fate.now, Kind.ACTIVATED, person.index, credit.parent, 0)
        return
    u = fate.chance(Purpose.ACTIVATION, person.key, 0, 0)
    if fate.passes(u, mine.activation_probability, Kind.ACTIVATED, person.index, credit.parent, 0):
        delay = fate.drawn(Purpose.ACTIVATION_DELAY, person.key, 0, 0, mine, "activation_delay")
        fate.schedule(fate.now + delay, Kind.ACTIVATED, person.index, credit.parent, 0)
        return
    parent = parent_of(fate, person)
    if parent is None or parent.is_agent or credit.programme < 0 or not fate.is_open(credit.programme):
        return
    terms, k = fate.programme(credit.programme), STREAMS - 1
    u = fate.chance(Purpose.REMIND, parent.key, person.key, k)
    if fate.passes(u, terms.remind_probability, Kind.REMINDED, parent.index, person.index, k):
        delay = fate.drawn(Purpose.REMIND_DELAY, parent.key, person.key, k, terms, "remind_delay")
        fate.schedule(fate.now + delay, Kind.REMINDED, parent.index, person.index, k)


def activated(fate: Fate, e: Pending) -> None:
    """Become a customer; uses, purchases, leaving and scheduled asks begin."""
    person = fate.people[e.actor]
    person.status, person.customer_since = "customer", fate.now
    parent = parent_of(fate, person)
    fate.write(Kind.ACTIVATED, e.actor, person.credit.parent, 0, person.credit)
    if parent is not None:
        parent.has_friend = True
        parent.had_customers += 1
    mine = fate.mine(person)
    _begin_life(fate, person, fate.now + mine.purchase_first_days)
    for x, day in enumerate(fate.inputs.incident_day.tolist()):
        u = fate.chance(Purpose.INCIDENT, person.key, x, 0)
        if day >= fate.now and fate.passes(u, fate.inputs.incident_share[x], Kind.HIT, e.actor, -1, x):
            fate.schedule(day, Kind.HIT, e.actor, -1, x)
    begin_asks(fate, person)
    fire(fate, Trigger.ACTIVATION, person, 0)
    if waits_for(fate, person, QualifyOn.ACTIVATION):
        qualify(fate, person, 0)


def _begin_life(fate: Fate, person: Fated, first_purchase: float) -> None:
    """Put the first use, purchase, candidate to leave and gift of a life into the calendar."""
    k, mine = person.life * LIVES, fate.mine(person)
    _schedule_use(fate, person, k)
    if mine.purchase_every_days > 0.0:
        fate.schedule(first_purchase, Kind.PURCHASED, person.index, -1, k)
    else:
        schedule_purchase(fate, person, first_purchase, k)
    _schedule_churn(fate, person, k)
    schedule_gift(fate, person, k)


def won_back(fate: Fate, e: Pending) -> None:
    """Come back for another life."""
    person = fate.people[e.actor]
    person.life, person.status, person.customer_since = e.attempt, "customer", fate.now
    mine = fate.mine(person)
    credit = person.credit._replace(parent=-1)
    fate.write(*e[1:5], credit, margin=-int(mine.winback_cost_cents))
    _begin_life(fate, person, fate.now + max(0.0, mine.purchase_every_days))


def _schedule_use(fate: Fate, person: Fated, k: int) -> None:
    rates = fate.inputs.use_rate
    t = fate.next(fate.now, Purpose.USE_GAP, person.key, 0, k, rates, person.segment, person.activity)
    fate.schedule(t, Kind.USED, person.index, -1, k)


def _schedule_churn(fate: Fate, person: Fated, k: int) -> None:
    rates = fate.inputs.churn_rate
    t = fate.next(fate.now, Purpose.CHURN_GAP, person.key, 0, k, rates, person.segment, 1.0)
    fate.schedule(t, Kind.CHURNED, person.index, -1, k)


def used(fate: Fate, e: Pending) -> None:
    """Use the product: a moment perhaps, and the loops that it sets off."""
    person, k = fate.people[e.actor], e.attempt
    if person.status != "customer" or k // LIVES != person.life:
        return
    mine = fate.mine(person)
    _schedule_use(fate, person, k + 1)
    v = fate.chance(Purpose.MOMENT, person.key, 0, k)
    if v < mine.happy_probability:
        _moment(fate, person, k, HAPPY)
    elif v < mine.happy_probability + mine.unhappy_probability:
        _moment(fate, person, k, UNHAPPY)
    for stream in (Stream.COLLABORATION, Stream.VISIBILITY, Stream.PROGRESS):
        set_off(fate, person, stream, k)


def _moment(fate: Fate, person: Fated, k: int, feeling: int) -> None:
    person.moment, person.moment_day = feeling, fate.now
    payer = fate.payer_of(person)
    if payer is not person:
        u = fate.chance(Purpose.PASS_ON, person.key, 0, k)
        if u < fate.world.pass_on_probability:
            payer.moment, payer.moment_day = feeling, fate.now
    happy = feeling == HAPPY
    fate.write(Kind.DELIGHTED if happy else Kind.LET_DOWN, person.index, attempt=k)
    if not happy:
        recover(fate, person, k)
    fire(fate, Trigger.HAPPY_MOMENT if happy else Trigger.UNHAPPY_MOMENT, person, k)
    set_off(fate, person, Stream.WORD_OF_MOUTH if happy else Stream.COMPLAINTS, k)


def churned(fate: Fate, e: Pending) -> None:
    """Leave, if this candidate at the highest possible hazard is real; perhaps to be won back."""
    if not lives_it(fate, e):
        return
    person, parent = fate.people[e.actor], parent_of(fate, fate.people[e.actor])
    mine = fate.mine(person)
    early = mine.early_factor if fate.now - person.customer_since < mine.early_until_days else 1.0
    ratio = early * fate.mood(person, mine, "churn")
    ratio = ratio / (max(1.0, mine.early_factor) * mine.unhappy_churn_factor)
    for holds, factor in (
        (
            parent is not None and not parent.is_agent and parent.status == "customer",
            mine.referred_churn_factor,
        ),
        (person.has_friend, mine.referrer_churn_factor),
        (person.points >= mine.points_threshold, mine.points_churn_factor),
        (person.member, mine.member_churn_factor),
    ):
        ratio = ratio * factor if holds else ratio
    u = fate.chance(Purpose.CHURN_HAPPENS, person.key, 0, e.attempt)
    whom = person.credit.parent
    if not fate.passes(u, ratio, Kind.CHURNED, e.actor, whom, e.attempt):
        _schedule_churn(fate, person, e.attempt + 1)
        return
    person.status = "gone"
    fate.write(Kind.CHURNED, e.actor, whom, e.attempt, person.credit)
    if person.member:
        person.member = False
        fate.write(Kind.MEMBER_LEFT, e.actor, -1, person.member_serial)
    if person.life < mine.winback_maximum:
        u = fate.chance(Purpose.WINBACK, person.key, 0, person.life)
        if fate.passes(u, mine.winback_probability, Kind.WON_BACK, e.actor, -1, person.life + 1):
            delay = fate.drawn(Purpose.WINBACK_DELAY, person.key, 0, person.life, mine, "winback_delay")
            fate.schedule(fate.now + delay, Kind.WON_BACK, e.actor, -1, person.life + 1)
