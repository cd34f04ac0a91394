"""A life as a customer: use, buy, be delighted or let down, leave, and perhaps come back."""

from __future__ import annotations

from types import SimpleNamespace

from referralsim.behaviour.moments import decaying
from referralsim.distributions import round_half_even
from referralsim.engine.contract import LIVES, QualifyOn, Stream, Trigger
from referralsim.engine.reference_asking import ask_on_schedule, fire
from referralsim.engine.reference_care import be_surprised, meet_incidents, recover
from referralsim.engine.reference_contact import set_off
from referralsim.engine.reference_loyalty import end_membership, points_hold, reward_loyalty
from referralsim.engine.reference_reward import pay_commission, qualify_on
from referralsim.engine.reference_settling import dispute
from referralsim.engine.reference_state import CHURNED, CUSTOMER, Agent, Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

# ------------------------------------------------------------------------------- beginning


def life(world: World, person: Person, day: float) -> Process:
    """Become a customer, and from then on use, buy and perhaps leave."""
    if not (yield from world.wait(day, Kind.ACTIVATED, person.index, person.credit.parent, 0)):
        return
    world.record(Kind.ACTIVATED, person.index, person.credit.parent, 0, person.credit)
    referrer = world.parent_of(person)
    if referrer is not None:
        referrer.n_friends += 1
    if isinstance(referrer, Agent):
        referrer.n_customers += 1
    live(world, person, world.segment_of(person).purchase_first_days)
    meet_incidents(world, person)
    ask_on_schedule(world, person)
    fire(world, Trigger.ACTIVATION, person, 0)
    qualify_on(world, QualifyOn.ACTIVATION, person)


def live(world: World, person: Person, first_days: float) -> None:
    """Be a customer from now on, who first buys after ``first_days`` at the earliest."""
    person.status = CUSTOMER
    person.customer_since_days = world.now
    world.begin(using(world, person))
    world.begin(buying(world, person, first_days))
    world.begin(leaving(world, person))
    world.begin(be_surprised(world, person))


def lives_on(person: Person, life: int) -> bool:
    """Whether a person is still the customer who began a certain life."""
    return person.status == CUSTOMER and person.life == life


# ------------------------------------------------------------------------------- using


def using(world: World, person: Person) -> Process:
    """Use the product again and again; each use is a happy, an unhappy or a plain moment."""
    life = person.life
    use = life * LIVES
    while True:
        luck = world.chance(Purpose.USE_GAP, person.key, 0, use)
        day = world.next_time("use_rate", person.segment, world.now, luck, person.activity)
        if not (yield from world.wait(day, Kind.USED, person.index, -1, use)):
            return
        if not lives_on(person, life):
            return
        rules = world.segment_of(person)
        luck = world.chance(Purpose.MOMENT, person.key, 0, use)
        if luck < rules.happy_probability:
            moment(world, person, use, happy=True)
        elif luck < rules.happy_probability + rules.unhappy_probability:
            moment(world, person, use, happy=False)
        for stream in (Stream.COLLABORATION, Stream.VISIBILITY, Stream.PROGRESS):
            set_off(world, person, stream, use)
        use += 1


def moment(world: World, person: Person, use: int, *, happy: bool) -> None:
    """Be delighted or let down: remember it, perhaps be asked, perhaps tell others."""
    world.feel(person, happy)
    payer = world.payer_of(person)
    luck = world.chance(Purpose.PASS_ON, person.key, 0, use)
    if payer is not person and luck < world.rules.pass_on_probability:
        # who pays without using hears of it at home
        world.feel(payer, happy)
    world.record(Kind.DELIGHTED if happy else Kind.LET_DOWN, person.index, attempt=use)
    if not happy:
        recover(world, person, use)
    fire(world, Trigger.HAPPY_MOMENT if happy else Trigger.UNHAPPY_MOMENT, person, use)
    set_off(world, person, Stream.WORD_OF_MOUTH if happy else Stream.COMPLAINTS, use)


# ------------------------------------------------------------------------------- buying


def buying(world: World, person: Person, first_days: float) -> Process:
    """Buy again and again, by subscription or at random."""
    life = person.life
    purchase = life * LIVES
    day = world.now + first_days
    if world.segment_of(person).purchase_every_days <= 0.0:
        luck = world.chance(Purpose.PURCHASE_GAP, person.key, 0, purchase)
        day = world.next_time("purchase_rate", person.segment, day, luck)
    while (yield from world.wait(day, Kind.PURCHASED, person.index, -1, purchase)):
        if not lives_on(person, life):
            return
        rules = world.segment_of(person)
        subscribed = rules.purchase_every_days > 0.0
        luck = world.chance(Purpose.PURCHASE_HAPPENS, person.key, 0, purchase)
        if subscribed or luck < inclination(world, person, rules):
            buy(world, person, purchase)
        purchase += 1
        if subscribed:
            day = day + rules.purchase_every_days
        else:
            luck = world.chance(Purpose.PURCHASE_GAP, person.key, 0, purchase)
            day = world.next_time("purchase_rate", person.segment, day, luck)


def inclination(world: World, person: Person, rules: SimpleNamespace) -> float:
    """Return how much of the highest possible purchase rate a person's present state leaves."""
    chill = world.felt(world.payer_of(person), rules, 1.0, rules.unhappy_purchase_factor)
    points = rules.points_purchase_factor if points_hold(world, person) else 1.0
    membership = rules.member_purchase_factor if person.member else 1.0
    return float(chill * points * membership / rules.purchase_top)


def buy(world: World, person: Person, purchase: int) -> None:
    """Buy one basket; it may be given back later, and may qualify a referral."""
    rules = world.segment_of(person)
    amount, margin = basket(world, person, purchase, rules)
    world.record(Kind.PURCHASED, person.index, -1, purchase, person.credit, amount, margin)
    person.n_purchases += 1
    person.spent_cents += amount
    person.last_purchase_days = world.now
    referrer = world.parent_of(person)
    if isinstance(referrer, Agent):
        referrer.revenue_cents += amount
    if world.chance(Purpose.REFUND, person.key, 0, purchase) < rules.refund_probability:
        delay = world.amount(Purpose.REFUND_DELAY, person.key, 0, purchase, rules, "refund_delay")
        world.begin(refunding(world, person, world.now + delay, purchase, amount, margin))
    fire(world, Trigger.PURCHASE, person, purchase)
    qualify_on(world, QualifyOn.PURCHASE, person, amount)
    pay_commission(world, person, purchase, amount)
    reward_loyalty(world, person, purchase, amount)


def basket(world: World, person: Person, purchase: int, rules: SimpleNamespace) -> tuple[int, int]:
    """Return what is paid for a basket and what is left of it, in cents."""
    payer = world.payer_of(person)
    felt = world.felt(payer, rules, rules.happy_basket_factor, rules.unhappy_basket_factor)
    points = rules.points_basket_factor if points_hold(world, person) else 1.0
    membership = rules.member_basket_factor if person.member else 1.0
    usual = world.amount(Purpose.BASKET, person.key, 0, purchase, rules, "basket")
    amount = round_half_even(max(0.0, usual * (felt * points * membership)))
    gap = 1.0
    if person.credit.parent >= 0:
        # friends of customers leave more, at first
        tenure_days = world.now - person.customer_since_days
        gap = 1.0 + decaying(rules.referred_margin_gap, rules.referred_margin_half_life_days, tenure_days)
    return amount, round_half_even(amount * (rules.margin * gap))


def refunding(world: World, person: Person, day: float, purchase: int, amount: int, margin: int) -> Process:
    """Give a basket back."""
    if (yield from world.wait(day, Kind.REFUNDED, person.index, -1, purchase)):
        person.refunded.add(purchase)
        world.record(Kind.REFUNDED, person.index, -1, purchase, person.credit, -amount, -margin)
        dispute(world, person, purchase)


# ------------------------------------------------------------------------------- leaving


def leaving(world: World, person: Person) -> Process:
    """Meet occasions to leave at the highest possible hazard; take one as the mood has it."""
    life = person.life
    candidate = life * LIVES
    while True:
        luck = world.chance(Purpose.CHURN_GAP, person.key, 0, candidate)
        day = world.next_time("churn_rate", person.segment, world.now, luck)
        if not (yield from world.wait(day, Kind.CHURNED, person.index, -1, candidate)):
            return
        if not lives_on(person, life):
            return
        if world.chance(Purpose.CHURN_HAPPENS, person.key, 0, candidate) < restlessness(world, person):
            leave(world, person, candidate)
            return
        candidate += 1


def restlessness(world: World, person: Person) -> float:
    """Return how much of the highest possible hazard a person's present state leaves."""
    rules = world.segment_of(person)
    young = world.now - person.customer_since_days < rules.early_until_days
    early = rules.early_factor if young else 1.0
    mood = world.felt(person, rules, rules.happy_churn_factor, rules.unhappy_churn_factor)
    ratio = early * mood / (max(1.0, rules.early_factor) * rules.unhappy_churn_factor)
    referrer = world.parent_of(person)
    # a friend binds only while they are there themselves; an agent is no friend
    if referrer is not None and not isinstance(referrer, Agent) and referrer.status == CUSTOMER:
        ratio = ratio * rules.referred_churn_factor
    if person.n_friends > 0:
        ratio = ratio * rules.referrer_churn_factor
    if points_hold(world, person):
        ratio = ratio * rules.points_churn_factor
    if person.member:
        ratio = ratio * rules.member_churn_factor
    return float(ratio)


def leave(world: World, person: Person, candidate: int) -> None:
    """Leave; the company may try to win the customer back."""
    person.status = CHURNED
    world.record(Kind.CHURNED, person.index, person.credit.parent, candidate, person.credit)
    if person.member:
        end_membership(world, person)
    rules, name = world.segment_of(person), (person.key, 0, person.life)
    luck = world.chance(Purpose.WINBACK, *name)
    if person.life < rules.winback_maximum and luck < rules.winback_probability:
        day = world.now + world.amount(Purpose.WINBACK_DELAY, *name, rules, "winback_delay")
        world.begin(coming_back(world, person, day))


def coming_back(world: World, person: Person, day: float) -> Process:
    """Come back for another life, without the free trial of the first."""
    life = person.life + 1
    if not (yield from world.wait(day, Kind.WON_BACK, person.index, -1, life)):
        return
    person.life = life
    rules = world.segment_of(person)
    cost = rules.winback_cost_cents
    world.record(Kind.WON_BACK, person.index, -1, life, person.credit, margin=-cost)
    live(world, person, max(0.0, rules.purchase_every_days))
