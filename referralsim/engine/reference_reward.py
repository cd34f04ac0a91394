"""Rewards promised: a friend qualifies, and either side earns what the rules of the programme say."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from referralsim.behaviour.payment import counts_for_cap, pays_for, reward_amount, reward_cost
from referralsim.distributions import round_half_even
from referralsim.engine.contract import Abuse, PaysOn, QualifyOn
from referralsim.engine.reference_loyalty import give_points
from referralsim.engine.reference_settling import nobody, settling
from referralsim.engine.reference_state import Agent, Credit, Grant, Person, State
from referralsim.engine.world import World
from referralsim.eventlog.kinds import Kind, Side, reward_key
from referralsim.randomness import Purpose


@dataclass(slots=True)
class Claim:
    """What somebody may earn a reward for."""

    receiver: Person
    other: Person | None
    credit: Credit
    friend: Person | None = None  # nobody for a fake account or a contest
    basket_cents: int = 0
    serial: int = 0
    since_days: float = 0.0
    friend_number: int = 1
    refused_as: Kind | None = None


# ------------------------------------------------------------------------------- a friend counts


def qualify_on(world: World, event: QualifyOn, person: Person, basket: int = 0) -> None:
    """Qualify a referral if its programme waits for this event."""
    if person.credit.programme < 0:
        return
    rules = world.programme(person.credit.programme)
    if rules.qualify_on != event:
        return
    if event == QualifyOn.PURCHASE:
        if basket < rules.qualify_minimum_cents:
            return
        person.n_qualifying_purchases += 1
        if person.n_qualifying_purchases < rules.qualify_purchases:
            return
    qualify(world, person, basket)


def qualify(world: World, person: Person, basket: int) -> None:
    """Let a referral count, unless it is taken for abuse, and let both sides earn what is promised."""
    programme = person.credit.programme
    if person.qualified or not world.is_open(programme):
        return
    person.qualified = True
    person.qualified_days = world.now
    person.friend_number = next_friend_number(world, person)
    referrer = world.parent_of(person)
    world.record(Kind.QUALIFIED, person.index, person.credit.parent, 0, person.credit)
    refused_as = refusal(world, person)
    person.refused = refused_as is not None
    if referrer is not None and not person.refused:
        referrer.with_programme(programme).n_qualified += 1
        count_for_contests(world, referrer, programme)
    pay(world, person, PaysOn.QUALIFIED, basket, refused_as=refused_as)
    if referrer is not None and not isinstance(referrer, Agent) and not person.refused:
        number = round_half_even(world.segment_of(referrer).points_per_friend)
        give_points(world, referrer, number, person.index, 0)


def next_friend_number(world: World, person: Person) -> int:
    """Return how manieth friend of the referrer this one would be (1 without a referrer)."""
    referrer = world.parent_of(person)
    return 1 if referrer is None else 1 + referrer.with_programme(person.credit.programme).n_qualified


def refusal(world: World, person: Person) -> Kind | None:
    """Return whether the programme takes a friend for no friend, rightly or wrongly."""
    rules = world.programme(person.credit.programme)
    bad = person.abuse != Abuse.NONE
    luck = world.chance(Purpose.DETECT, person.key, person.credit.programme, 0)
    if luck >= (rules.detect_true if bad else rules.detect_false):
        return None
    return Kind.ABUSE_REFUSED if bad else Kind.GENUINE_REFUSED


def count_for_contests(world: World, referrer: Person, programme: int) -> None:
    """Count a qualified friend in the present period of each contest of a programme."""
    for rule in world.reward_rules[0]:
        if rule.on == PaysOn.LEADERBOARD and rule.programme == programme:
            wins = world.standings.setdefault((rule.row, world.period(rule.board_days)), {})
            wins[referrer.index] = wins.get(referrer.index, 0) + 1


# ------------------------------------------------------------------------------- what is due


def pay_sign_up(world: World, person: Person) -> None:
    """Let a sign-up earn what is promised for it, qualified or not."""
    if world.is_open(person.credit.programme):
        person.friend_number = next_friend_number(world, person)
        pay(world, person, PaysOn.SIGNUP, 0, refused_as=refusal(world, person))


def pay_commission(world: World, person: Person, purchase: int, amount: int) -> None:
    """Let a purchase of a qualified friend earn what is promised for each."""
    if person.qualified and not person.refused and world.is_open(person.credit.programme):
        pay(world, person, PaysOn.PURCHASE, amount, 1 + purchase, world.now - person.qualified_days)


def pay(
    world: World,
    friend: Person,
    on: PaysOn,
    basket: int,
    serial: int = 0,
    since_days: float = 0.0,
    refused_as: Kind | None = None,
) -> None:
    """Let both sides claim what the rules of a friend's programme promise for an event."""
    number = friend.friend_number
    for rule in world.reward_rules[world.phase]:
        if rule.programme != friend.credit.programme or rule.on != on:
            continue
        receiver, other = sides(world, friend, rule.side)
        if receiver is not None:
            credit = friend.credit
            claim = Claim(receiver, other, credit, friend, basket, serial, since_days, number, refused_as)
            settle_claim(world, rule, claim)


def sides(world: World, friend: Person, side: int) -> tuple[Person | None, Person | None]:
    """Return who would receive a reward on a side, and who is on the other."""
    if friend.abuse == Abuse.SELF_REFERRAL:
        return friend, None
    referrer = world.parent_of(friend)
    if side == Side.REFEREE:
        return friend, referrer
    # a leaked code belongs to nobody: it has no parent
    return referrer, friend


def settle_claim(world: World, rule: SimpleNamespace, claim: Claim) -> None:
    """Grant a claim if the rule pays for it, or refuse it."""
    tier = claim.receiver.tier if isinstance(claim.receiver, Agent) else 0
    if not pays_for(rule, claim.friend_number, tier, claim.basket_cents):
        return
    if rule.on == PaysOn.PURCHASE and claim.since_days >= rule.for_days:
        return
    amount = reward_amount(rule, claim.basket_cents, claim.since_days)
    if amount == 0:
        return
    if claim.refused_as is not None:
        record_reward(world, claim.refused_as, rule, claim, amount)
    else:
        earn(world, rule, claim, amount)


def record_reward(world: World, kind: Kind, rule: SimpleNamespace, claim: Claim, amount: int) -> None:
    """Write what becomes of a claim to the log."""
    other = nobody(claim.credit) if claim.other is None else claim.other.index
    key = reward_key(rule.side, rule.place, claim.serial)
    world.record(kind, claim.receiver.index, other, key, claim.credit, amount)


# ------------------------------------------------------------------------------- earning


def earn(world: World, rule: SimpleNamespace, claim: Claim, amount: int) -> None:
    """Earn a reward within the receiver's cap and the programme's budget; a hold begins."""
    if is_capped(world, rule, claim.receiver, amount):
        record_reward(world, Kind.REWARD_CAPPED, rule, claim, amount)
        return
    cost = reward_cost(rule, amount)
    if rule.prize_probability < 1.0:
        # of many tickets few win: what they cost on average is set aside
        cost = round_half_even(cost * rule.prize_probability)
    if not book(world, rule.programme, cost):
        record_reward(world, Kind.REWARD_UNFUNDED, rule, claim, amount)
        return
    grant = Grant(
        rule.row,
        claim.receiver,
        claim.other,
        reward_key(rule.side, rule.place, claim.serial),
        claim.credit,
        claim.friend,
        amount,
        world.now,
        rule.on,
        claim.serial,
        cost,
        world.budgets[rule.programme].period,
    )
    claim.receiver.grants.append(grant)
    if claim.friend is not None:
        claim.friend.earned_for.append(grant)
    record_reward(world, Kind.REWARD_EARNED, rule, claim, amount)
    world.begin(settling(world, grant, world.now + rule.hold_days))


def is_capped(world: World, rule: SimpleNamespace, receiver: Person, amount: int) -> bool:
    """Whether one more reward would be more than a receiver may earn by a rule."""
    counted = [
        grant
        for grant in receiver.grants
        if grant.row == rule.row
        and grant.state is not State.REVERSED
        and counts_for_cap(rule, world.now, grant.earned_days)
    ]
    if 0 <= rule.cap_count <= len(counted):
        return True
    return bool(0 <= rule.cap_cents < sum(grant.amount_cents for grant in counted) + amount)


def book(world: World, programme: int, cost: int) -> bool:
    """Book a cost in the present period of a programme's budget; False if there is no money left."""
    rules, budget = world.programme(programme), world.budgets[programme]
    period = world.period(rules.budget_days)
    if period != budget.period:
        budget.period, budget.booked_cents = period, 0
    if 0 <= rules.budget_cents < budget.booked_cents + cost:
        if rules.stop_when_spent:
            budget.resting_period = period
        return False
    budget.booked_cents += cost
    return True
