"""The reference engine: what the model means, told as lives.

Each function that yields is a SimPy process, and the life of a person reads from top to bottom:
they come, are activated, use, buy, are delighted or let down, are asked, share, invite, leave. The
text follows ``docs/model.md`` paragraph by paragraph. It is written to be read, not to be fast;
``engine.kernel`` tells the same lives a second time, and the two logs are equal bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import numpy as np

from referralsim.behaviour.rates import calendar_tick
from referralsim.behaviour.response import (
    accept_probability,
    heard_log_odds,
    share_probability,
    table_accept_probability,
)
from referralsim.distributions import draw_count, round_half_even
from referralsim.engine.contract import (
    STREAMS,
    EngineInputs,
    Mode,
    Played,
    Progress,
    QualifyOn,
    Rule,
    Stream,
    TieOrder,
    Trigger,
)
from referralsim.engine.world import (
    CHURNED,
    CUSTOMER,
    PROSPECT,
    SIGNED_UP,
    Asked,
    Credit,
    Person,
    Round,
    World,
)
from referralsim.eventlog.kinds import Kind, Loop, Origin, Side, in_order
from referralsim.randomness import Chance, Purpose, top_bits

Process = Generator[Any, Any, None]
Condition = Callable[[float], bool]

_ARRIVAL_COLUMN = {Origin.ORGANIC_ARRIVAL: 0, Origin.PAID: 1}
_BASS_COLUMN = 2
_STRANGER = 255  # where a fresh contact's address names a contact stream, a stranger's names this
_ASK_CODE = 16  # contact occasions of ask rule r have code 16 + r, those of stream c have code c
_LOOP_OF_ORIGIN = {
    Origin.INITIAL: Loop.INITIAL,
    Origin.ORGANIC_ARRIVAL: Loop.ORGANIC_ARRIVAL,
    Origin.PAID: Loop.PAID,
}


class ReferenceEngine:
    """Plays a scenario with one SimPy process a life.

    Parameters
    ----------
    chance : callable
        Makes the draws of a run from its seed; a test may give a scripted double.
    """

    name = "reference"

    def __init__(self, chance: Callable[[int], Chance] = Chance) -> None:
        self._chance = chance

    def run(self, inputs: EngineInputs, seed: int, progress: Progress | None = None) -> Played:
        """Play one replication.

        Parameters
        ----------
        inputs : EngineInputs
        seed : int
            Seed of the replication, in [0, 2**64).
        progress : callable, optional
            Called with the simulated day now and then.

        Raises
        ------
        RunFailed
            If fresh contacts grow past ``inputs.max_people``.
        """
        world = World(inputs, self._chance(seed))
        start(world)
        steps = 0
        while world.calendar.peek() < math.inf:
            world.calendar.step()
            steps += 1
            if progress is not None and steps % 5_000 == 0:
                progress(world.now)
        segment = np.array([person.segment for person in world.people], dtype=np.int8)
        return Played(in_order(world.log()), segment)


# ------------------------------------------------------------------------------- coming


def start(world: World) -> None:
    """Set the world going on day 0."""
    for index in world.inputs.initial.tolist():
        world.begin(coming(world, world.people[index], 0.0, Origin.INITIAL))
    if not world.fresh and world.inputs.arrival_rate[:, _BASS_COLUMN].max() > 0.0:
        initial = set(world.inputs.initial.tolist())
        for person in world.people:
            if person.index not in initial:
                luck = world.chance(Purpose.INNOVATION, person.key, 0, 0)
                day = world.next_time("arrival_rate", _BASS_COLUMN, 0.0, luck)
                world.begin(coming(world, person, day, Origin.ORGANIC_ARRIVAL))
    for origin, column in _ARRIVAL_COLUMN.items():
        world.begin(arriving(world, origin, column))


def coming(world: World, person: Person, day: float, origin: Origin) -> Process:
    """Come on a known day, unless somebody brings the person first."""
    if not (yield from world.wait(day, Kind.SIGNED_UP, person.index, -1, origin)):
        return
    if person.status == PROSPECT:
        sign_up(world, person, origin)


def arriving(world: World, origin: Origin, column: int) -> Process:
    """Bring strangers in one after another, by themselves or by advertising."""
    tick = 0
    day = world.next_time("arrival_rate", column, 0.0, world.chance(Purpose.ARRIVAL_GAP, origin, 0, 0))
    while (yield from world.wait(day, Kind.ARRIVAL, origin, -1, tick)):
        rules = world.world_rules[world.phase]
        cost = rules.paid_cost_cents if origin == Origin.PAID else 0
        if origin == Origin.PAID and 0 <= rules.paid_budget_cents < world.paid_spent_cents + cost:
            return
        person = stranger(world, origin, tick)
        if person is None:
            return
        world.paid_spent_cents += cost
        sign_up(world, person, origin)
        tick += 1
        luck = world.chance(Purpose.ARRIVAL_GAP, origin, 0, tick)
        day = world.next_time("arrival_rate", column, day, luck)


def stranger(world: World, origin: Origin, tick: int) -> Person | None:
    """Return the next prospect to come without an invitation, or None if nobody is left."""
    if world.fresh:
        return world.new_person(world.word(Purpose.FRESH_PERSON, origin, _STRANGER, tick))
    order = world.inputs.arrival_order
    while world.next_arrival < len(order):
        person = world.people[int(order[world.next_arrival])]
        world.next_arrival += 1
        if person.status == PROSPECT:
            return person
    return None


def sign_up(world: World, person: Person, origin: Origin, invitation: Credit | None = None) -> None:
    """Make a prospect sign up, and settle who gets the credit."""
    window_days = world.inputs.attribution_window_days
    if person.touch is not None and world.now - person.touch_days <= window_days:
        person.credit = person.touch
    elif invitation is not None:
        person.credit = invitation
    else:
        person.credit = Credit(loop=_LOOP_OF_ORIGIN[origin])
    person.status = SIGNED_UP
    cost = world.world_rules[world.phase].paid_cost_cents if origin == Origin.PAID else 0
    parent = person.credit.parent
    world.record(Kind.SIGNED_UP, person.index, parent, origin, person.credit, margin=-cost)
    fire(world, Trigger.SIGNUP, person, 0)
    qualify_on(world, QualifyOn.SIGNUP, person)
    rules = world.segment_of(person)
    day = world.now
    if origin != Origin.INITIAL:
        if world.chance(Purpose.ACTIVATION, person.key, 0, 0) >= rules.activation_probability:
            return
        day += world.amount(Purpose.ACTIVATION_DELAY, person.key, 0, 0, rules, "activation_delay")
    world.begin(life(world, person, day))


# ------------------------------------------------------------------------------- living


def life(world: World, person: Person, day: float) -> Process:
    """Become a customer, and from then on use, buy and perhaps leave."""
    if not (yield from world.wait(day, Kind.ACTIVATED, person.index, person.credit.parent, 0)):
        return
    person.status = CUSTOMER
    person.customer_since_days = world.now
    world.record(Kind.ACTIVATED, person.index, person.credit.parent, 0, person.credit)
    world.begin(using(world, person))
    world.begin(buying(world, person))
    world.begin(leaving(world, person))
    ask_on_schedule(world, person)
    fire(world, Trigger.ACTIVATION, person, 0)
    qualify_on(world, QualifyOn.ACTIVATION, person)


def using(world: World, person: Person) -> Process:
    """Use the product again and again; each use is a happy, an unhappy or a plain moment."""
    use = 0
    while True:
        luck = world.chance(Purpose.USE_GAP, person.key, 0, use)
        day = world.next_time("use_rate", person.segment, world.now, luck, person.activity)
        if not (yield from world.wait(day, Kind.USED, person.index, -1, use)):
            return
        if person.status != CUSTOMER:
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
    world.record(Kind.DELIGHTED if happy else Kind.LET_DOWN, person.index, attempt=use)
    fire(world, Trigger.HAPPY_MOMENT if happy else Trigger.UNHAPPY_MOMENT, person, use)
    set_off(world, person, Stream.WORD_OF_MOUTH if happy else Stream.COMPLAINTS, use)


def set_off(world: World, person: Person, stream: Stream, use: int) -> None:
    """Let a use set off a contact stream of its own accord: no ask, no reward."""
    rules = world.stream(stream)
    if rules.enabled and world.chance(Purpose.LOOP_HAPPENS, person.key, stream, use) < rules.probability:
        contact(world, person, stream, stream, use)


def buying(world: World, person: Person) -> Process:
    """Buy again and again, by subscription or at random."""
    rules = world.segment_of(person)
    day = world.now + rules.purchase_first_days
    if rules.purchase_every_days <= 0.0:
        luck = world.chance(Purpose.PURCHASE_GAP, person.key, 0, 0)
        day = world.next_time("purchase_rate", person.segment, day, luck)
    purchase = 0
    while (yield from world.wait(day, Kind.PURCHASED, person.index, -1, purchase)):
        if person.status != CUSTOMER:
            return
        rules = world.segment_of(person)
        subscribed = rules.purchase_every_days > 0.0
        luck = world.chance(Purpose.PURCHASE_HAPPENS, person.key, 0, purchase)
        if subscribed or luck < world.chill(person, rules.unhappy_purchase_factor):
            buy(world, person, purchase)
        purchase += 1
        if subscribed:
            day = day + rules.purchase_every_days
        else:
            luck = world.chance(Purpose.PURCHASE_GAP, person.key, 0, purchase)
            day = world.next_time("purchase_rate", person.segment, day, luck)


def buy(world: World, person: Person, purchase: int) -> None:
    """Buy one basket; it may be refunded later and may qualify a referral."""
    rules = world.segment_of(person)
    basket = world.amount(Purpose.BASKET, person.key, 0, purchase, rules, "basket")
    amount = round_half_even(max(0.0, basket))
    margin = round_half_even(amount * rules.margin)
    parent_credit = person.credit
    world.record(Kind.PURCHASED, person.index, -1, purchase, parent_credit, amount, margin)
    if world.chance(Purpose.REFUND, person.key, 0, purchase) < rules.refund_probability:
        delay = world.amount(Purpose.REFUND_DELAY, person.key, 0, purchase, rules, "refund_delay")
        world.begin(refunding(world, person, world.now + delay, purchase, amount, margin))
    fire(world, Trigger.PURCHASE, person, purchase)
    qualify_on(world, QualifyOn.PURCHASE, person, amount)


def refunding(world: World, person: Person, day: float, purchase: int, amount: int, margin: int) -> Process:
    """Give a basket back."""
    if (yield from world.wait(day, Kind.REFUNDED, person.index, -1, purchase)):
        person.refunded = True
        world.record(Kind.REFUNDED, person.index, -1, purchase, person.credit, -amount, -margin)


def leaving(world: World, person: Person) -> Process:
    """Meet occasions to leave at the highest possible hazard; take one as the mood has it."""
    candidate = 0
    while True:
        luck = world.chance(Purpose.CHURN_GAP, person.key, 0, candidate)
        day = world.next_time("churn_rate", person.segment, world.now, luck)
        if not (yield from world.wait(day, Kind.CHURNED, person.index, -1, candidate)):
            return
        if person.status != CUSTOMER:
            return
        rules = world.segment_of(person)
        young = world.now - person.customer_since_days < rules.early_until_days
        early = rules.early_factor if young else 1.0
        highest = max(1.0, rules.early_factor) * rules.unhappy_churn_factor
        ratio = early * world.chill(person, rules.unhappy_churn_factor) / highest
        if world.chance(Purpose.CHURN_HAPPENS, person.key, 0, candidate) < ratio:
            person.status = CHURNED
            credit = person.credit
            world.record(Kind.CHURNED, person.index, credit.parent, candidate, credit)
            return
        candidate += 1


# ------------------------------------------------------------------------------- being asked


def fire(world: World, trigger: Trigger, person: Person, occasion: int) -> None:
    """Let an occasion lead to asks by every rule that waits for it."""
    phase = world.phase
    for rule in world.ask_rules[phase]:
        if rule.trigger != trigger or not world.programme_rules[phase][rule.programme].enabled:
            continue
        if wants(world, person, rule, occasion):
            delay = world.amount(Purpose.ASK_DELAY, person.key, rule.number, occasion, rule, "delay")
            world.begin(asking(world, person, rule.number, occasion, world.now + delay))


def wants(world: World, person: Person, rule: SimpleNamespace, occasion: int) -> bool:
    """Whether a rule asks this segment and takes up this occasion."""
    if not rule.segment_mask >> person.segment & 1:
        return False
    return bool(world.chance(Purpose.ASK_HAPPENS, person.key, rule.number, occasion) < rule.probability)


def ask_on_schedule(world: World, person: Person) -> None:
    """Start the asks that come by the calendar or at random, whatever a customer does."""
    for rule in world.ask_rules[world.phase]:
        if rule.trigger == Trigger.CALENDAR:
            tick = calendar_tick(world.now, rule.first_days, rule.every_days, 0)
            day = rule.first_days + tick * rule.every_days
            world.begin(asking(world, person, rule.number, tick, day))
        elif rule.trigger == Trigger.RANDOM:
            day = next_random_ask(world, person, rule, 0)
            world.begin(asking(world, person, rule.number, 0, day))


def next_random_ask(world: World, person: Person, rule: SimpleNamespace, tick: int) -> float:
    """Return the day of the next ask at random."""
    luck = world.chance(Purpose.ASK_GAP, person.key, rule.number, tick)
    return world.next_time("ask_rate", world.row_of_ask[rule.number], world.now, luck)


def asking(world: World, person: Person, number: int, occasion: int, day: float) -> Process:
    """Be asked on a day, if all is as the rule wants it; scheduled asks come again."""
    while (yield from world.wait(day, Kind.ASKED, person.index, number, occasion)):
        if person.status not in (SIGNED_UP, CUSTOMER):
            return
        rule = world.ask_rules[world.phase][world.row_of_ask[number]]
        if rule.trigger not in (Trigger.CALENDAR, Trigger.RANDOM):
            ask(world, person, rule, occasion)
            return
        if wants(world, person, rule, occasion):
            ask(world, person, rule, occasion)
        occasion += 1
        if rule.trigger == Trigger.CALENDAR:
            occasion = calendar_tick(world.now, rule.first_days, rule.every_days, occasion)
            day = rule.first_days + occasion * rule.every_days
        else:
            day = next_random_ask(world, person, rule, occasion)


def ask(world: World, person: Person, rule: SimpleNamespace, occasion: int) -> None:
    """Ask to share now, unless it is too early, too often or too late."""
    programme = world.programme_rules[world.phase][rule.programme]
    seen = person.asked.setdefault(rule.programme, Asked())
    tenure_days = world.now - person.customer_since_days if person.status == CUSTOMER else 0.0
    if not programme.enabled or tenure_days < rule.min_tenure_days or seen.n_asks >= programme.ask_maximum:
        return
    if seen.last_ask_days is not None and world.now - seen.last_ask_days < programme.ask_cooldown_days:
        return
    credit = Credit(loop=Loop.PROGRAMME, programme=rule.programme)
    world.record(Kind.ASKED, person.index, rule.number, occasion, credit)
    n_asks = seen.n_asks
    seen.n_asks += 1
    seen.last_ask_days = world.now

    code = _ASK_CODE + rule.number
    willing = world.chance(Purpose.SHARE, person.key, code, occasion)
    segment = world.segment_of(person)
    factor = world.moment_factor(person, programme)

    def shares(tie: float) -> bool:
        chance = share_probability(programme, segment.brand, tie, segment.share_log_factor, factor, n_asks)
        return bool(willing < chance)

    if shares(0.0) or shares(1.0):
        stream = Stream.PROGRAMME + rule.programme
        contact(world, person, stream, code, occasion, shares, rule.number)


# ------------------------------------------------------------------------------- contacts


def contact(
    world: World,
    person: Person,
    stream: int,
    code: int,
    occasion: int,
    condition: Condition | None = None,
    ask_rule: int = -1,
) -> None:
    """Contact some people: choose them, drop those who do not meet the condition, invite the rest."""
    rules = world.stream(stream)
    word = world.word(Purpose.CONTACT_COUNT, person.key, code, occasion)
    n_wanted = draw_count(word, rules.count_law, rules.count_a, rules.count_b) if rules.enabled else 0
    if n_wanted == 0:
        return
    if world.fresh or world.complete:
        contacted = choose_anybody(world, person, stream, n_wanted, condition)
    else:
        contacted = choose_ties(world, person, stream, n_wanted, condition)
    if not contacted:
        return
    if ask_rule >= 0:
        credit = Credit(loop=Loop.PROGRAMME, programme=rules.programme)
        n_contacted = len(contacted)
        world.record(Kind.SHARED, person.index, ask_rule, occasion, credit, amount=n_contacted)
    for other, tie, attempt in contacted:
        if stream in (Stream.WORD_OF_MOUTH, Stream.COMPLAINTS):
            tell(world, person, other, attempt, stream)
        if stream != Stream.COMPLAINTS:
            invite(world, person, other, attempt, tie, stream)


def choose_ties(
    world: World, person: Person, stream: int, n_wanted: int, condition: Condition | None
) -> list[tuple[Person, float, int]]:
    """Choose the next ties of the stream's present round, or of a new one if it may begin."""
    ties = world.ties_of(person)
    rules = world.stream(stream)
    past = person.rounds.setdefault(stream, Round())
    number, after = past.number, past.last_key
    eligible = keyed_ties(world, person, ties, stream, number, after)
    if not eligible and ties and world.now - past.last_contact_days >= rules.cooldown_days:
        number, after = number + 1, 0
        eligible = keyed_ties(world, person, ties, stream, number, after)
    chosen = sorted(eligible)[:n_wanted]
    attempt = number * STREAMS + stream
    contacted = [
        (world.people[ties[row][0]], ties[row][1], attempt)
        for _, row in chosen
        if condition is None or condition(ties[row][1])
    ]
    if contacted:
        person.rounds[stream] = Round(number, chosen[-1][0], world.now)
    return contacted


def keyed_ties(
    world: World, person: Person, ties: list[tuple[int, float]], stream: int, number: int, after: int
) -> list[tuple[int, int]]:
    """Return (order key, row) of the ties whose turn is still to come in a round."""
    order = world.stream(stream).tie_order
    keyed = []
    for row, (other, strength) in enumerate(ties):
        strong = strength >= 0.5
        later = (order == TieOrder.STRONG_FIRST and not strong) or (order == TieOrder.WEAK_FIRST and strong)
        word = world.word(Purpose.CONTACT_ORDER, person.key, other, number * STREAMS + stream)
        key = (2**31 if later else 0) + top_bits(word)
        if key > after:
            keyed.append((key, row))
    return keyed


def choose_anybody(
    world: World, person: Person, stream: int, n_wanted: int, condition: Condition | None
) -> list[tuple[Person, float, int]]:
    """Choose contacts where there are no ties to go through: anybody, or people never met before."""
    tie = world.inputs.fresh_strength
    if condition is not None and not condition(tie):
        return []
    others = world.inputs.n_people - 1
    past = person.rounds.setdefault(stream, Round())
    contacted = []
    for _ in range(min(n_wanted, others) if world.complete else n_wanted):
        attempt = past.number * STREAMS + stream
        if world.complete:
            mark = world.chance(Purpose.CONTACT_TARGET, person.key, stream, past.number)
            place = int(mark * others)
            other = world.people[place + 1 if place >= person.index else place]
        else:
            other = world.new_person(world.word(Purpose.FRESH_PERSON, person.key, stream, past.number))
        past.number += 1
        past.last_contact_days = world.now
        contacted.append((other, tie, attempt))
    return contacted


def tell(world: World, person: Person, other: Person, attempt: int, stream: int) -> None:
    """Tell somebody what one thinks of the product; it stays with them."""
    rules = world.stream(stream)
    sign = 1 if stream == Stream.WORD_OF_MOUTH else -1
    other.balance += sign * rules.weight
    credit = Credit(-1, rules.loop, rules.channel, -1)
    world.record(Kind.TOLD, person.index, other.index, attempt, credit, amount=sign)


def invite(world: World, person: Person, other: Person, attempt: int, tie: float, stream: int) -> None:
    """Send an invitation; one to somebody who is no prospect, or that gets lost, ends here."""
    rules = world.stream(stream)
    credit = Credit(person.index, rules.loop, rules.channel, rules.programme)
    world.record(Kind.INVITED, person.index, other.index, attempt, credit)
    if other.status == PROSPECT:
        world.begin(invitation(world, person, other, attempt, tie, credit))


def invitation(
    world: World, person: Person, other: Person, attempt: int, tie: float, credit: Credit
) -> Process:
    """Travel the funnel of a channel: delivered, opened, clicked, decided."""
    steps = (
        (Kind.DELIVERED, "delivered", Purpose.DELIVERED, Purpose.DELIVERED_DELAY),
        (Kind.OPENED, "opened", Purpose.OPENED, Purpose.OPENED_DELAY),
        (Kind.CLICKED, "clicked", Purpose.CLICKED, Purpose.CLICKED_DELAY),
        (Kind.DECIDED, "signed_up", None, Purpose.SIGNED_UP_DELAY),
    )
    names = (person.key, other.key, attempt)
    for kind, step, passing, delaying in steps:
        rules = world.channel_rules[world.phase][credit.channel]
        if passing is not None and world.chance(passing, *names) >= getattr(rules, f"{step}_probability"):
            return
        day = world.now + world.amount(delaying, *names, rules, f"{step}_delay")
        if not (yield from world.wait(day, kind, person.index, other.index, attempt)):
            return
        if other.status != PROSPECT:
            return
        if kind != Kind.DECIDED:
            world.record(kind, person.index, other.index, attempt, credit)
        if kind == Kind.OPENED:
            other.n_offers += 1
        if kind == Kind.CLICKED:
            touch(world, other, credit)
    if world.chance(Purpose.SIGNED_UP, *names) < acceptance(world, other, tie, credit):
        sign_up(world, other, Origin.INVITATION, credit)


def touch(world: World, other: Person, credit: Credit) -> None:
    """Leave a touch: the last one counts, or the first until its window has passed."""
    first = world.inputs.attribution_rule == Rule.FIRST_TOUCH
    fresh = other.touch is not None and not (
        world.now - other.touch_days > world.inputs.attribution_window_days
    )
    if not (first and fresh):
        other.touch = credit
        other.touch_days = world.now


def acceptance(world: World, other: Person, tie: float, credit: Credit) -> float:
    """Return the probability that an invited person signs up, now that they decide."""
    phase = world.phase
    rules = world.world_rules[phase]
    channel = world.channel_rules[phase][credit.channel]
    heard = heard_log_odds(channel, other.n_offers, other.balance, rules.balance_effect, rules.balance_limit)
    offer_effect = 0.0
    if credit.programme >= 0:
        programme = world.programme_rules[phase][credit.programme]
        if programme.mode == Mode.TABLE:
            return float(table_accept_probability(programme, tie, heard))
        offer_effect = programme.offer_effect
    brand = world.segment_of(other).brand
    return float(accept_probability(channel, offer_effect, tie, brand, heard))


# ------------------------------------------------------------------------------- being paid


def qualify_on(world: World, event: QualifyOn, person: Person, basket: int = 0) -> None:
    """Qualify a referral if its programme waits for this event."""
    if person.credit.programme < 0:
        return
    rules = world.programme_rules[world.phase][person.credit.programme]
    if rules.qualify_on != event:
        return
    if event == QualifyOn.PURCHASE:
        if basket < rules.qualify_minimum_cents:
            return
        person.n_qualifying_purchases += 1
        if person.n_qualifying_purchases != rules.qualify_purchases:
            return
    qualify(world, person, basket)


def qualify(world: World, person: Person, basket: int) -> None:
    """Let a referral count, and let both sides earn what the programme promises."""
    rules = world.programme_rules[world.phase][person.credit.programme]
    if person.qualified or not rules.enabled:
        return
    person.qualified = True
    referrer = world.people[person.credit.parent]
    world.record(Kind.QUALIFIED, person.index, referrer.index, 0, person.credit)
    for side, receiver, other in (
        (Side.REFERRER, referrer, person),
        (Side.REFEREE, person, referrer),
    ):
        name = side.name.lower()
        percent = getattr(rules, f"{name}_percent")
        amount = getattr(rules, f"{name}_value_cents")
        if percent > 0.0:
            amount = round_half_even(percent * basket)
        if amount != 0:
            cap = getattr(rules, f"{name}_cap")
            earn(world, person, side, receiver, other, amount, cap)


def earn(
    world: World, referee: Person, side: Side, receiver: Person, other: Person, amount: int, cap: int
) -> None:
    """Earn a reward, unless the receiver's cap is reached; it is settled after the hold."""
    programme = referee.credit.programme
    account = receiver.asked.setdefault(programme, Asked())
    n_earned = account.n_rewards if side == Side.REFERRER else 0
    if 0 <= cap <= n_earned:
        kind = Kind.REWARD_CAPPED
    else:
        kind = Kind.REWARD_EARNED
        if side == Side.REFERRER:
            account.n_rewards += 1
        hold_days = world.programme_rules[world.phase][programme].hold_days
        world.begin(settling(world, referee, side, receiver, other, amount, world.now + hold_days))
    world.record(kind, receiver.index, other.index, side, referee.credit, amount)


def settling(
    world: World, referee: Person, side: Side, receiver: Person, other: Person, amount: int, day: float
) -> Process:
    """Pay a reward at the end of the hold, or take it back."""
    if not (yield from world.wait(day, Kind.REWARD_SETTLED, receiver.index, other.index, side)):
        return
    programme = referee.credit.programme
    rules = world.programme_rules[world.phase][programme]
    place = (receiver.index, other.index, side, referee.credit, amount)
    refunded = rules.clawback_refund and referee.refunded
    if refunded or (rules.clawback_churn and referee.status == CHURNED):
        world.record(Kind.REWARD_REVERSED, *place)
        if side == Side.REFERRER:
            receiver.asked[programme].n_rewards -= 1
    else:
        share = getattr(rules, f"{side.name.lower()}_cost")
        world.record(Kind.REWARD_PAID, *place, margin=-round_half_even(amount * share))
