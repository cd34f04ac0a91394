"""Lives as the seed settles them: one function a kind of event, as in ``docs/model.md``."""

from __future__ import annotations

from referralsim.behaviour.rates import calendar_tick
from referralsim.distributions import round_half_even
from referralsim.engine.contract import QualifyOn, Stream, Trigger
from referralsim.engine.replay_fate_contact import contact
from referralsim.engine.replay_fate_reward import qualify
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
        for person in fate.people:
            if person.index not in fate.rules.initial:
                t = fate.next(0.0, Purpose.INNOVATION, person.key, 0, 0, inputs.arrival_rate, _BASS, 1.0)
                fate.schedule(t, Kind.SIGNED_UP, person.index, -1, Origin.ORGANIC_ARRIVAL)
    for origin in _COLUMN:
        _schedule_arrival(fate, 0.0, origin, 0)


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
    """Sign a prospect up, credited by the touch, the invitation or the way they came."""
    person.credit = invitation if origin == Origin.INVITATION else NOBODY._replace(loop=_LOOP[origin])
    if person.touch is not None and fate.now - person.touch[0] <= fate.inputs.attribution_window_days:
        person.credit = person.touch[1]
    person.status = "signed up"
    parent = person.credit.parent
    cost = fate.world.paid_cost_cents if origin == Origin.PAID else 0
    fate.write(Kind.SIGNED_UP, person.index, parent, origin, person.credit, margin=-cost)
    fire(fate, Trigger.SIGNUP, person, 0)
    if _waits_for(fate, person, QualifyOn.SIGNUP):
        qualify(fate, person, 0)
    if origin == Origin.INITIAL:
        fate.schedule(fate.now, Kind.ACTIVATED, person.index, parent, 0)
        return
    mine = fate.mine(person)
    u = fate.chance(Purpose.ACTIVATION, person.key, 0, 0)
    if fate.passes(u, mine.activation_probability, Kind.ACTIVATED, person.index, parent, 0):
        delay = fate.drawn(Purpose.ACTIVATION_DELAY, person.key, 0, 0, mine, "activation_delay")
        fate.schedule(fate.now + delay, Kind.ACTIVATED, person.index, parent, 0)


def _waits_for(fate: Fate, person: Fated, event: QualifyOn) -> bool:
    programme = person.credit.programme
    return programme >= 0 and fate.programme(programme).qualify_on == event


def activated(fate: Fate, e: Pending) -> None:
    """Become a customer; uses, purchases, leaving and scheduled asks begin."""
    person = fate.people[e.actor]
    person.status, person.customer_since = "customer", fate.now
    fate.write(Kind.ACTIVATED, e.actor, person.credit.parent, 0, person.credit)
    _schedule_use(fate, person, 0)
    mine, first = fate.mine(person), fate.now + fate.mine(person).purchase_first_days
    if mine.purchase_every_days > 0.0:
        fate.schedule(first, Kind.PURCHASED, e.actor, -1, 0)
    else:
        _schedule_purchase(fate, person, first, 0)
    _schedule_churn(fate, person, 0)
    for rule in fate.rules.asks[fate.phase]:
        if rule.trigger == Trigger.CALENDAR:
            k = calendar_tick(fate.now, rule.first_days, rule.every_days, 0)
            fate.schedule(rule.first_days + k * rule.every_days, Kind.ASKED, e.actor, rule.number, k)
        elif rule.trigger == Trigger.RANDOM:
            schedule_random_ask(fate, person, rule.number, 0)
    fire(fate, Trigger.ACTIVATION, person, 0)
    if _waits_for(fate, person, QualifyOn.ACTIVATION):
        qualify(fate, person, 0)


def schedule_random_ask(fate: Fate, person: Fated, number: int, k: int) -> None:
    """Put the k-th ask of a rule that asks at random into the calendar."""
    row = fate.rules.row_of_ask[number]
    t = fate.next(fate.now, Purpose.ASK_GAP, person.key, number, k, fate.inputs.ask_rate, row, 1.0)
    fate.schedule(t, Kind.ASKED, person.index, number, k)


def _schedule_use(fate: Fate, person: Fated, k: int) -> None:
    rates = fate.inputs.use_rate
    t = fate.next(fate.now, Purpose.USE_GAP, person.key, 0, k, rates, person.segment, person.activity)
    fate.schedule(t, Kind.USED, person.index, -1, k)


def _schedule_purchase(fate: Fate, person: Fated, since: float, k: int) -> None:
    rates = fate.inputs.purchase_rate
    t = fate.next(since, Purpose.PURCHASE_GAP, person.key, 0, k, rates, person.segment, 1.0)
    fate.schedule(t, Kind.PURCHASED, person.index, -1, k)


def _schedule_churn(fate: Fate, person: Fated, k: int) -> None:
    rates = fate.inputs.churn_rate
    t = fate.next(fate.now, Purpose.CHURN_GAP, person.key, 0, k, rates, person.segment, 1.0)
    fate.schedule(t, Kind.CHURNED, person.index, -1, k)


def used(fate: Fate, e: Pending) -> None:
    """Use the product: a moment perhaps, and the loops that it sets off."""
    person = fate.people[e.actor]
    if person.status != "customer":
        return
    k, mine = e.attempt, fate.mine(person)
    _schedule_use(fate, person, k + 1)
    v = fate.chance(Purpose.MOMENT, person.key, 0, k)
    if v < mine.happy_probability:
        _moment(fate, person, k, HAPPY)
    elif v < mine.happy_probability + mine.unhappy_probability:
        _moment(fate, person, k, UNHAPPY)
    for stream in (Stream.COLLABORATION, Stream.VISIBILITY, Stream.PROGRESS):
        _set_off(fate, person, stream, k)


def _moment(fate: Fate, person: Fated, k: int, feeling: int) -> None:
    person.moment, person.moment_day = feeling, fate.now
    happy = feeling == HAPPY
    fate.write(Kind.DELIGHTED if happy else Kind.LET_DOWN, person.index, attempt=k)
    fire(fate, Trigger.HAPPY_MOMENT if happy else Trigger.UNHAPPY_MOMENT, person, k)
    _set_off(fate, person, Stream.WORD_OF_MOUTH if happy else Stream.COMPLAINTS, k)


def _set_off(fate: Fate, person: Fated, stream: Stream, k: int) -> None:
    rules = fate.stream(stream)
    if rules.enabled and fate.chance(Purpose.LOOP_HAPPENS, person.key, stream, k) < rules.probability:
        contact(fate, person, stream, stream, k, None)


def purchased(fate: Fate, e: Pending) -> None:
    """Buy, unless a bad moment keeps the person from it."""
    person = fate.people[e.actor]
    if person.status != "customer":
        return
    k, mine = e.attempt, fate.mine(person)
    if mine.purchase_every_days > 0.0:
        fate.schedule(fate.now + mine.purchase_every_days, Kind.PURCHASED, e.actor, -1, k + 1)
    else:
        _schedule_purchase(fate, person, fate.now, k + 1)
        if person.moment == UNHAPPY:
            u = fate.chance(Purpose.PURCHASE_HAPPENS, person.key, 0, k)
            if not fate.passes(u, fate.kept(person, mine.unhappy_purchase_factor), *e.key):
                return
    amount = round_half_even(max(0.0, fate.drawn(Purpose.BASKET, person.key, 0, k, mine, "basket")))
    margin = round_half_even(amount * mine.margin)
    fate.write(Kind.PURCHASED, e.actor, -1, k, person.credit, amount, margin)
    u = fate.chance(Purpose.REFUND, person.key, 0, k)
    if fate.passes(u, mine.refund_probability, Kind.REFUNDED, e.actor, -1, k):
        delay = fate.drawn(Purpose.REFUND_DELAY, person.key, 0, k, mine, "refund_delay")
        fate.schedule(fate.now + delay, Kind.REFUNDED, e.actor, -1, k, (amount, margin))
    fire(fate, Trigger.PURCHASE, person, k)
    if _waits_for(fate, person, QualifyOn.PURCHASE):
        programme = fate.programme(person.credit.programme)
        if amount >= programme.qualify_minimum_cents:
            person.n_qualifying += 1
            if person.n_qualifying == programme.qualify_purchases:
                qualify(fate, person, amount)


def refunded(fate: Fate, e: Pending) -> None:
    """Give a purchase back, a customer still or not."""
    person = fate.people[e.actor]
    amount, margin = e.carried
    person.refunded = True
    fate.write(Kind.REFUNDED, e.actor, -1, e.attempt, person.credit, -amount, -margin)


def churned(fate: Fate, e: Pending) -> None:
    """Leave, if this candidate at the highest possible hazard is real."""
    person = fate.people[e.actor]
    if person.status != "customer":
        return
    mine = fate.mine(person)
    early = mine.early_factor if fate.now - person.customer_since < mine.early_until_days else 1.0
    mood = fate.kept(person, mine.unhappy_churn_factor)
    ratio = early * mood / (max(1.0, mine.early_factor) * mine.unhappy_churn_factor)
    u = fate.chance(Purpose.CHURN_HAPPENS, person.key, 0, e.attempt)
    parent = person.credit.parent
    if fate.passes(u, ratio, Kind.CHURNED, e.actor, parent, e.attempt):
        person.status = "gone"
        fate.write(Kind.CHURNED, e.actor, parent, e.attempt, person.credit)
    else:
        _schedule_churn(fate, person, e.attempt + 1)


def fire(fate: Fate, trigger: Trigger, person: Fated, occasion: int) -> None:
    """Let an occasion lead to asks."""
    for rule in fate.rules.asks[fate.phase]:
        asks_now = rule.trigger == trigger and fate.programme(rule.programme).enabled
        if not (asks_now and rule.segment_mask >> person.segment & 1):
            continue
        u = fate.chance(Purpose.ASK_HAPPENS, person.key, rule.number, occasion)
        if fate.passes(u, rule.probability, Kind.ASKED, person.index, rule.number, occasion):
            delay = fate.drawn(Purpose.ASK_DELAY, person.key, rule.number, occasion, rule, "delay")
            fate.schedule(fate.now + delay, Kind.ASKED, person.index, rule.number, occasion)
