"""What keeps people, as the seed settles it: purchases, points, membership, gifts, apologies."""

from __future__ import annotations

from referralsim.behaviour.moments import decaying
from referralsim.distributions import round_half_even
from referralsim.engine.contract import LIVES, ODD_OCCASION, PaysOn, QualifyOn, Stream, Trigger
from referralsim.engine.replay_fate_ask import fire
from referralsim.engine.replay_fate_contact import set_off
from referralsim.engine.replay_fate_reward import dispute, give_points, parent_of, pay, qualify
from referralsim.engine.replay_fate_state import HAPPY, PLAIN, UNHAPPY, Fate, Fated, Pending
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose


def lives_it(fate: Fate, e: Pending) -> bool:
    """Return whether a numbered event still belongs to a customer's present life."""
    person = fate.people[e.actor]
    if person.status != "customer":
        fate.refuse("the person is no customer", *e.key)
    elif e.attempt // LIVES != person.life:
        fate.refuse("it belongs to an earlier life", *e.key)
    else:
        return True
    return False


def waits_for(fate: Fate, person: Fated, event: QualifyOn) -> bool:
    """Return whether the programme that brought a person qualifies on this event."""
    programme = person.credit.programme
    return programme >= 0 and fate.programme(programme).qualify_on == event


def schedule_purchase(fate: Fate, person: Fated, since: float, k: int) -> None:
    """Put a purchase at random into the calendar."""
    rates = fate.inputs.purchase_rate
    t = fate.next(since, Purpose.PURCHASE_GAP, person.key, 0, k, rates, person.segment, 1.0)
    fate.schedule(t, Kind.PURCHASED, person.index, -1, k)


def schedule_gift(fate: Fate, person: Fated, k: int) -> None:
    """Put a surprise gift into the calendar."""
    rates = fate.inputs.gift_rate
    t = fate.next(fate.now, Purpose.GIFT_GAP, person.key, 0, k, rates, person.segment, 1.0)
    fate.schedule(t, Kind.GIFTED, person.index, -1, k)


def purchased(fate: Fate, e: Pending) -> None:
    """Buy, unless a bad moment keeps the person from it."""
    if not lives_it(fate, e):
        return
    person, k = fate.people[e.actor], e.attempt
    mine, payer = fate.mine(person), fate.payer_of(person)
    pointed, member = person.points >= mine.points_threshold, person.member
    if mine.purchase_every_days > 0.0:
        fate.schedule(fate.now + mine.purchase_every_days, Kind.PURCHASED, e.actor, -1, k + 1)
    else:
        schedule_purchase(fate, person, fate.now, k + 1)
        ratio = fate.mood(payer, mine, "purchase") * (mine.points_purchase_factor if pointed else 1.0)
        ratio = ratio * (mine.member_purchase_factor if member else 1.0) / mine.purchase_top
        if ratio < 1.0:
            u = fate.chance(Purpose.PURCHASE_HAPPENS, person.key, 0, k)
            if not fate.passes(u, ratio, *e.key):
                return
    factor = fate.mood(payer, mine, "basket") * (mine.points_basket_factor if pointed else 1.0)
    factor = factor * (mine.member_basket_factor if member else 1.0)
    gap, parent = 1.0, parent_of(fate, person)
    if parent is not None:
        tenure = fate.now - person.customer_since
        gap = 1.0 + decaying(mine.referred_margin_gap, mine.referred_margin_half_life_days, tenure)
    basket = fate.drawn(Purpose.BASKET, person.key, 0, k, mine, "basket")
    amount = round_half_even(max(0.0, basket * factor))
    margin = round_half_even(amount * (mine.margin * gap))
    fate.write(Kind.PURCHASED, e.actor, -1, k, person.credit, amount, margin)
    person.n_purchases += 1
    person.spent_cents += amount
    person.last_purchase = fate.now
    if parent is not None and parent.is_agent:
        parent.had_cents += amount
    u = fate.chance(Purpose.REFUND, person.key, 0, k)
    if fate.passes(u, mine.refund_probability, Kind.REFUNDED, e.actor, -1, k):
        delay = fate.drawn(Purpose.REFUND_DELAY, person.key, 0, k, mine, "refund_delay")
        fate.schedule(fate.now + delay, Kind.REFUNDED, e.actor, -1, k, (amount, margin))
    fire(fate, Trigger.PURCHASE, person, k)
    _counts(fate, person, k, amount)
    _collect(fate, person, k, amount)


def _counts(fate: Fate, person: Fated, k: int, amount: int) -> None:
    """Let a purchase qualify the buyer, and let it earn commissions."""
    if waits_for(fate, person, QualifyOn.PURCHASE):
        programme = fate.programme(person.credit.programme)
        if amount >= programme.qualify_minimum_cents:
            person.n_qualifying += 1
            if person.n_qualifying >= programme.qualify_purchases:
                qualify(fate, person, amount)
    if person.qualified_day is not None and fate.is_open(person.credit.programme):
        since = fate.now - person.qualified_day
        pay(fate, person, PaysOn.PURCHASE, amount, 1 + k, since, person.friend_number)


def _collect(fate: Fate, person: Fated, k: int, amount: int) -> None:
    """Use points, write a review, collect points, join the membership."""
    mine = fate.mine(person)
    if person.points >= mine.points_redeem_at:
        u = fate.chance(Purpose.POINTS_REDEEM, person.key, 0, k)
        if fate.passes(u, mine.points_redeem_probability, Kind.POINTS_REDEEMED, person.index, -1, k):
            cost = round_half_even(person.points * mine.points_cost_cents)
            fate.write(Kind.POINTS_REDEEMED, person.index, -1, k, amount=person.points, margin=-cost)
            person.points = 0
    u = fate.chance(Purpose.REVIEW, person.key, 0, k)
    reviewed = fate.passes(u, mine.review_probability, Kind.REVIEWED, person.index, -1, k)
    if reviewed:
        fate.write(Kind.REVIEWED, person.index, -1, k)
        fate.reviews += 1
    number = amount * mine.points_per_cent + (mine.points_per_review if reviewed else 0.0)
    give_points(fate, person, round_half_even(number), -1, k)
    u = fate.chance(Purpose.MEMBERSHIP, person.key, 0, k)
    if not person.member and u < mine.member_probability:
        person.member = True
        _next_membership(fate, person, Kind.MEMBER_JOINED)


def _next_membership(fate: Fate, person: Fated, kind: Kind) -> None:
    mine = fate.mine(person)
    person.member_serial += 1
    fee = int(mine.member_fee_cents)
    fate.write(kind, person.index, -1, person.member_serial, amount=fee, margin=fee)
    end = fate.now + mine.member_days
    fate.schedule(end, Kind.MEMBER_RENEWED, person.index, -1, person.member_serial)


def member_renewed(fate: Fate, e: Pending) -> None:
    """Renew a membership, or let it end."""
    person = fate.people[e.actor]
    if not person.member or e.attempt != person.member_serial:
        return
    u = fate.chance(Purpose.MEMBERSHIP_RENEWS, person.key, 0, e.attempt)
    if person.status != "customer":
        person.member = False
    elif fate.passes(u, fate.mine(person).member_renew_probability, e.kind, e.actor, -1, e.attempt + 1):
        _next_membership(fate, person, Kind.MEMBER_RENEWED)
    else:
        person.member = False
        fate.write(Kind.MEMBER_LEFT, e.actor, -1, e.attempt)


def points_expired(fate: Fate, e: Pending) -> None:
    """Let points expire, if none were earned since."""
    person = fate.people[e.actor]
    if person.points > 0 and e.attempt == person.n_points:
        fate.write(Kind.POINTS_EXPIRED, e.actor, -1, e.attempt, amount=person.points)
        person.points = 0
    else:
        fate.refuse("points were earned since, or there are none", *e.key)


def refunded(fate: Fate, e: Pending) -> None:
    """Give a purchase back, a customer still or not."""
    person = fate.people[e.actor]
    amount, margin = e.carried
    person.refunds.add(e.attempt)
    fate.write(Kind.REFUNDED, e.actor, -1, e.attempt, person.credit, -amount, -margin)
    dispute(fate, person, e.attempt)


def recover(fate: Fate, person: Fated, k: int) -> None:
    """Perhaps apologise for a bad use or an incident."""
    mine = fate.mine(person)
    u = fate.chance(Purpose.RECOVERY, person.key, 0, k)
    if fate.passes(u, mine.recovery_probability, Kind.RECOVERED, person.index, -1, k):
        delay = fate.drawn(Purpose.RECOVERY_DELAY, person.key, 0, k, mine, "recovery_delay")
        fate.schedule(fate.now + delay, Kind.RECOVERED, person.index, -1, k)


def recovered(fate: Fate, e: Pending) -> None:
    """Apologise: it may mend the mood."""
    person = fate.people[e.actor]
    if person.status != "customer":
        fate.refuse("the person is no customer", *e.key)
        return
    mine = fate.mine(person)
    fate.write(*e[1:5], margin=-int(mine.recovery_cost_cents))
    u = fate.chance(Purpose.RECOVERY_WORKS, person.key, 0, e.attempt)
    if person.moment == UNHAPPY and u < mine.recovery_success:
        person.moment = PLAIN


def gifted(fate: Fate, e: Pending) -> None:
    """Surprise a customer: a happy moment."""
    if not lives_it(fate, e):
        return
    person, k = fate.people[e.actor], e.attempt
    schedule_gift(fate, person, k + 1)
    fate.write(*e[1:5], margin=-int(fate.mine(person).gift_cost_cents))
    person.moment, person.moment_day = HAPPY, fate.now
    fire(fate, Trigger.HAPPY_MOMENT, person, ODD_OCCASION + k)


def hit(fate: Fate, e: Pending) -> None:
    """Let down a customer by an incident."""
    person = fate.people[e.actor]
    if person.status != "customer":
        fate.refuse("the person is no customer", *e.key)
        return
    person.moment, person.moment_day = UNHAPPY, fate.now
    fate.write(*e[1:5])
    k = ODD_OCCASION + LIVES + e.attempt
    recover(fate, person, k)
    fire(fate, Trigger.UNHAPPY_MOMENT, person, k)
    set_off(fate, person, Stream.COMPLAINTS, k)
