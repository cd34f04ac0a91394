"""Whether a sign-up in a log is credited rightly: ways in, touches, codes; see ``engine.replay_life``."""

from __future__ import annotations

from itertools import permutations

from referralsim.engine.contract import Abuse, Rule
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import Credit, Life, Touch, Walk
from referralsim.eventlog.kinds import Kind, Loop, Origin

_OWN_LOOP = {
    Origin.INITIAL: Loop.INITIAL,
    Origin.ORGANIC_ARRIVAL: Loop.ORGANIC_ARRIVAL,
    Origin.PAID: Loop.PAID,
}
_FEW = 3


def why_no_way_in(walk: Walk, e: Event) -> str | None:
    """Return why nobody can come like this at this time, or None."""
    rates = walk.inputs.arrival_rate.max(axis=0)
    is_initial = e.actor in walk.rules.initial
    if e.attempt == Origin.INITIAL:
        return None if is_initial and e.time == 0.0 else f"person {e.actor} is not among the first customers"
    if is_initial:
        return f"person {e.actor} is among the first customers"
    if e.attempt == Origin.ORGANIC_ARRIVAL:
        return None if max(rates[0], rates[2]) > 0.0 else "nobody comes by themselves in this scenario"
    if e.attempt == Origin.PAID:
        return None if rates[1] > 0.0 else "nobody is bought in this scenario"
    if not _accepted(walk, e):
        return f"no invitation that person {e.actor} followed can be decided on at this time"
    return None


def _accepted(walk: Walk, e: Event) -> list[Credit]:
    """Return the credits of followed invitations whose decision, or reminder, may fall at this time."""
    rules = walk.rules
    payer = rules.payer_of(e.actor)
    agreed = payer == e.actor or walk.why_no_customer(payer, e.time) is None
    agreed = agreed or rules.world[rules.phase(e.time)].consent_probability > 0.0
    found = []
    for attempt, invitation in walk.clicked.get(e.actor, []):
        since, credit = invitation.days[Kind.CLICKED], invitation.credit
        way = rules.channels[rules.phase(since)][credit.channel]
        nudge = walk.seen.get((Kind.REMINDED, credit.parent, e.actor, attempt))
        reminded = nudge is not None and nudge.time == e.time
        persuaded = reminded and walk.programme(credit.programme, e.time).remind_accept_factor > 0.0
        if persuaded or (agreed and rules.may_last(way, "signed_up_delay", since, e.time)):
            found.append(credit)
    return found


def credits_of(walk: Walk, life: Life, e: Event) -> list[Credit]:
    """Return the credits that a sign-up at this time can carry: often one."""
    if e.attempt == Origin.INVITATION:
        otherwise = _accepted(walk, e)
    else:
        otherwise = [Credit(loop=_OWN_LOOP[Origin(e.attempt)])]
        if e.attempt != Origin.INITIAL:
            otherwise += [
                Credit(loop=Loop.PROGRAMME, programme=p)
                for p in range(len(walk.purses))
                if possible_abuse(walk, p, e.time) and walk.why_shut(p, e.time) is None
            ]
    allowed: list[Credit] = []
    clicked_now = bool(life.clicks) and life.clicks[0].day == e.time
    for touch in _reached(life) if clicked_now else life.touches:
        counts = touch is not None and e.time - touch.day <= touch.window_days
        allowed += [touch.credit] if touch is not None and counts else otherwise
    return list(dict.fromkeys(allowed))


def possible_abuse(walk: Walk, programme: int, time_days: float) -> frozenset[int]:
    """Return which kinds of abuse a programme meets at a time."""
    terms = walk.programme(programme, time_days)
    kinds = {
        int(Abuse.SELF_REFERRAL): terms.self_referral_probability,
        int(Abuse.LEAK): terms.leak_probability,
    }
    return frozenset(kind for kind, probability in kinds.items() if probability > 0.0)


def touched(walk: Walk, person: int, time_days: float, credit: Credit) -> None:
    """Remember that a person followed an invitation: it may have the credit now, by rule and priority."""
    life, p = walk.life(person), credit.programme
    window = walk.programme(p, time_days).window_days if p >= 0 else walk.inputs.attribution_window_days
    priority = walk.programme(p, time_days).priority if p >= 0 else 0
    if not life.clicks or life.clicks[0].day != time_days:
        life.clicks, life.old_touches = [], life.touches
    life.clicks.append(Touch(time_days, credit, window, priority))
    last = walk.inputs.attribution_rule == Rule.LAST_TOUCH
    orders = permutations(life.clicks) if len(life.clicks) <= _FEW else [tuple(life.clicks)]
    found: list[Touch | None] = []
    for order in orders:
        for old in life.old_touches:
            present = old
            for click in order:
                present = click if _replaces(click, present, last) else present
            found.append(present)
    life.touches = list(dict.fromkeys(found))


def _replaces(click: Touch, old: Touch | None, last: bool) -> bool:
    if old is None or click.day - old.day > old.window_days or click.priority > old.priority:
        return True
    return click.priority == old.priority and last


def _reached(life: Life) -> list[Touch | None]:
    """Return what may be the touch at some point of an instant in which invitations are followed."""
    return [*life.old_touches, *life.touches, *life.clicks]


def words(credit: Credit) -> str:
    """Return a credit in words."""
    loop = Loop(credit.loop).name if credit.loop in list(Loop) else str(credit.loop)
    return f"({loop}, channel {credit.channel}, programme {credit.programme}, parent {credit.parent})"


def why_wrong_credit(life: Life, e: Event, target: int | None = None) -> str | None:
    """Return how an event's columns differ from the credit of the person it is about, or None."""
    wanted = life.credit._replace(parent=e.target if target is None else target)
    found = Credit(e.target, e.loop, e.channel, e.programme)
    return None if found == wanted else f"the credit is {words(found)}, but must be {words(wanted)}"


def why_not_activated_then(walk: Walk, e: Event) -> str | None:
    """Return why somebody cannot become a customer at this time, by themselves or reminded, or None."""
    life, rules = walk.life(e.actor), walk.rules
    since = life.signed_up_day or 0.0
    if life.origin == Origin.INITIAL:
        return None if e.time == since else f"a first customer is one at once, on {day(since)}"
    nudges = [(since, 1.0)]
    for nudge in walk.reminded_of_sign_up.get(e.actor, []):
        factor = walk.programme(life.credit.programme, nudge).remind_activation_factor
        nudges.append((nudge, factor))
    for start, factor in nudges:
        for mine in walk.segment_rules(e.actor, start):
            may = factor * mine.activation_probability > 0.0
            if may and rules.may_last(mine, "activation_delay", start, e.time):
                return None
    return f"it cannot follow at this time after the sign-up on {day(since)}"
