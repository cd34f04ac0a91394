"""Whether asks, contacts and invitations in a log are possible; see :mod:`referralsim.engine.replay_life`."""

from __future__ import annotations

import math
from typing import Any

from referralsim.distributions import CountLaw
from referralsim.engine.contract import STREAMS, GraphKind, Stream, Trigger
from referralsim.engine.replay_life import touched
from referralsim.engine.replay_rules import Event, day, name_of
from referralsim.engine.replay_state import Credit, Invitation, Round, Walk
from referralsim.eventlog.kinds import Kind, Loop

_STAGE_BEFORE = {
    Kind.DELIVERED: (Kind.INVITED, "delivered"),
    Kind.OPENED: (Kind.DELIVERED, "opened"),
    Kind.CLICKED: (Kind.OPENED, "clicked"),
}


def asked(walk: Walk, e: Event) -> str | None:
    """ASKED: by a rule of an enabled programme, on its occasion, within maximum, cool-down and tenure."""
    rules, life = walk.rules, walk.life(e.actor)
    row = rules.row_of_ask.get(e.target)
    if row is None:
        return f"there is no ask rule {e.target}"
    if life.signed_up_day is None:
        return f"person {e.actor} has not signed up"
    if life.churned_day is not None and life.churned_day < e.time:
        return f"person {e.actor} left on {day(life.churned_day)}"
    phase = rules.phase(e.time)
    rule = rules.asks[phase][row]
    programme = rules.programmes[phase][rule.programme]
    if (e.loop, e.channel, e.programme) != (Loop.PROGRAMME, -1, rule.programme):
        return f"an ask of rule {e.target} belongs to programme {rule.programme} and to no channel"
    if not programme.enabled:
        return f"programme {rule.programme} is not enabled"
    tenure = e.time - life.customer_day if life.customer_day is not None else 0.0
    if tenure < rule.min_tenure_days:
        return f"after {tenure:g} days as a customer; the rule wants {rule.min_tenure_days:g}"
    n_asks, last = life.asks.get(rule.programme, (0, -math.inf))
    if n_asks >= programme.ask_maximum:
        return f"person {e.actor} was asked {n_asks} times, and the maximum is {programme.ask_maximum}"
    if n_asks > 0 and not e.time - last >= programme.ask_cooldown_days:
        cooldown = programme.ask_cooldown_days
        return f"only {e.time - last:g} days after the last ask; the cool-down is {cooldown:g}"
    why = _no_occasion(walk, e, row)
    if why is None:
        life.asks[rule.programme] = (n_asks + 1, e.time)
    return why


def _no_occasion(walk: Walk, e: Event, row: int) -> str | None:
    """Return why a rule has no occasion to ask at this time, or None."""
    rules, life = walk.rules, walk.life(e.actor)
    trigger = Trigger(rules.asks[rules.phase(e.time)][row].trigger)
    if trigger in (Trigger.CALENDAR, Trigger.RANDOM):
        return _not_scheduled(walk, e, row, trigger)
    since: float | None = None
    if trigger in (Trigger.HAPPY_MOMENT, Trigger.UNHAPPY_MOMENT):
        wanted = Kind.DELIGHTED if trigger == Trigger.HAPPY_MOMENT else Kind.LET_DOWN
        found = life.moments.get(e.attempt)
        since = found[0] if found is not None and found[1] == wanted else None
    elif trigger == Trigger.PURCHASE:
        since = life.purchases[e.attempt][0] if e.attempt in life.purchases else None
    elif e.attempt == 0:
        since = life.signed_up_day if trigger == Trigger.SIGNUP else life.customer_day
    if since is None:
        return f"there was no {trigger.name} number {e.attempt} of person {e.actor} before it"
    then = rules.asks[rules.phase(since)][row]
    if not rules.programmes[rules.phase(since)][then.programme].enabled:
        return f"its programme was not enabled on its occasion, {day(since)}"
    why = _not_wanted(walk, e.actor, then)
    if why is None and not rules.may_last(then, "delay", since, e.time):
        why = f"it cannot follow at this time after its occasion on {day(since)}"
    return why


def _not_scheduled(walk: Walk, e: Event, row: int, trigger: Trigger) -> str | None:
    rules = walk.rules
    if walk.life(e.actor).customer_day is None:
        return f"person {e.actor} is no customer"
    if trigger == Trigger.RANDOM:
        never = not walk.inputs.ask_rate[:, row].max() > 0.0
        return (
            "the rule never asks"
            if never
            else _not_wanted(walk, e.actor, rules.asks[rules.phase(e.time)][row])
        )
    days = {asks[row].first_days + e.attempt * asks[row].every_days for asks in rules.asks}
    if e.time not in days:
        return f"number {e.attempt} of the calendar is on {' or '.join(map(day, sorted(days)))}"
    return _not_wanted(walk, e.actor, rules.asks[rules.phase(e.time)][row])


def _not_wanted(walk: Walk, person: int, rule: Any) -> str | None:
    if not rule.probability > 0.0:
        return "the rule's probability is 0"
    if not any(rule.segment_mask >> segment & 1 for segment in walk.segments_of(person)):
        return "the rule does not ask this segment"
    return None


def shared(walk: Walk, e: Event) -> str | None:
    """SHARED: an ask at the same instant; as many invitations follow as it says."""
    ask = walk.seen.get((Kind.ASKED, e.actor, e.target, e.attempt))
    if ask is None or ask.time != e.time:
        return "there is no ask with these numbers at this time"
    if (e.loop, e.channel, e.programme) != (ask.loop, ask.channel, ask.programme):
        return "its loop, channel or programme is not that of the ask"
    rules = walk.rules.streams[walk.rules.phase(e.time)][Stream.PROGRAMME + e.programme]
    if not rules.enabled:
        return "the programme has no contact at this time"
    most = {CountLaw.FIXED_COUNT: rules.count_a, CountLaw.BINOMIAL: rules.count_a}.get(
        rules.count_law, math.inf
    )
    if not 1 <= e.amount_cents <= most:
        return f"{e.amount_cents} invitations at a time; there are between 1 and {most:g}"
    walk.shared[e.actor, Stream.PROGRAMME + e.programme] += e.amount_cents
    return None


def told(walk: Walk, e: Event) -> str | None:
    """TOLD: word of mouth after a happy moment, complaints after a bad one, at the same instant."""
    stream = e.attempt % STREAMS
    wanted = {Stream.WORD_OF_MOUTH: (Kind.DELIGHTED, 1), Stream.COMPLAINTS: (Kind.LET_DOWN, -1)}.get(
        Stream(stream) if stream <= Stream.PROGRAMME else Stream.PROGRAMME
    )
    if wanted is None:
        return f"contact stream {stream} tells nobody anything"
    kind, sign = wanted
    if e.amount_cents != sign:
        return f"amount_cents is {e.amount_cents}, but must be {sign}"
    if walk.life(e.actor).last_moment != (e.time, kind):
        return f"there is no {name_of(kind)} of person {e.actor} at this time"
    why = _no_contact(walk, e, stream)
    if why is None and stream == Stream.WORD_OF_MOUTH:
        walk.owe(e.time, (Kind.INVITED,), e.actor, e.target, e.attempt, "who hears good things is invited")
    return why


def invited(walk: Walk, e: Event) -> str | None:
    """INVITED: by a stream that is enabled, over a tie, in its round, on an occasion at the same instant."""
    stream = e.attempt % STREAMS
    if stream == Stream.COMPLAINTS or stream >= walk.inputs.streams.shape[1]:
        return f"contact stream {stream} invites nobody"
    if stream == Stream.WORD_OF_MOUTH:
        told_so = walk.seen.get((Kind.TOLD, e.actor, e.target, e.attempt))
        if told_so is None or told_so.time != e.time:
            return "there is no TOLD with these numbers at this time"
        if (e.loop, e.channel, e.programme) != (told_so.loop, told_so.channel, told_so.programme):
            return "its loop, channel or programme is not that of what was told"
    else:
        if stream >= Stream.PROGRAMME and not walk.shared[e.actor, stream]:
            return f"person {e.actor} does not share at this time"
        why = _no_contact(walk, e, stream)
        if why is not None:
            return why
    walk.invited[e.actor, stream] += 1
    credit = Credit(e.actor, e.loop, e.channel, e.programme)
    to_prospect = walk.is_prospect(e.target, e.time)
    name = (e.actor, e.target, e.attempt)
    walk.invitations[name] = Invitation(credit, {int(Kind.INVITED): e.time}, to_prospect)
    return None


def _no_contact(walk: Walk, e: Event, stream: int) -> str | None:
    """Return why this stream cannot contact this person at this time, or None; write the round down."""
    rules = walk.rules.streams[walk.rules.phase(e.time)][stream]
    if not rules.enabled:
        return f"contact stream {stream} is not enabled"
    if (e.loop, e.channel, e.programme) != (rules.loop, rules.channel, rules.programme):
        wanted = f"loop {rules.loop}, channel {rules.channel}, programme {rules.programme}"
        return f"contact stream {stream} has {wanted}"
    if stream < Stream.PROGRAMME:
        why = walk.why_no_customer(e.actor, e.time)
        if why is not None:
            return why
        if not rules.probability > 0.0 or not walk.inputs.use_rate.max() > 0.0:
            return f"contact stream {stream} is never set off"
    if e.actor == e.target:
        return "nobody contacts themselves"
    if walk.rules.fresh:
        if e.target in walk.met or e.target < walk.inputs.n_people:
            return f"person {e.target} is known already; every contact is somebody new"
    elif walk.inputs.graph_kind == GraphKind.TIES and not walk.knows(e.actor, e.target):
        return f"there is no tie from {e.actor} to {e.target}"
    why = _wrong_round(walk, e, stream, rules.cooldown_days)
    if why is None and walk.rules.fresh:
        walk.met.add(e.target)
    return why


def _wrong_round(walk: Walk, e: Event, stream: int, cooldown_days: float) -> str | None:
    """Return why a contact cannot be of this round of its stream, or None; write it down."""
    number = e.attempt // STREAMS
    rounds = walk.life(e.actor).rounds
    past = rounds.get(stream)
    if walk.inputs.graph_kind != GraphKind.TIES:
        due = past.number + 1 if past is not None else 0
        if number != due:
            return f"contact number {number} of stream {stream}; the next is number {due}"
        rounds[stream] = Round(number, number, e.time)
        return None
    if past is None:
        if number != 0:
            return f"round {number} of stream {stream} before round 0"
        rounds[stream] = Round(0, 0, e.time)
        return None
    if not past.since <= number <= past.number + 1:
        return f"round {number} of stream {stream} in round {past.number}"
    if number == past.number + 1:
        if not e.time - past.last_day >= cooldown_days:
            rested = e.time - past.last_day
            return (
                f"a new round only {rested:g} days after the last contact; the cool-down is {cooldown_days:g}"
            )
        past.number = number
    past.last_day = e.time
    return None


def passed(walk: Walk, e: Event) -> str | None:
    """DELIVERED, OPENED and CLICKED: one after the other, each in its time, to somebody who is a prospect."""
    before, step = _STAGE_BEFORE[Kind(e.kind)]
    invitation = walk.invitations.get((e.actor, e.target, e.attempt))
    if invitation is None or before not in invitation.days:
        return f"there is no {name_of(before)} with these numbers before it"
    credit = invitation.credit
    if (e.loop, e.channel, e.programme) != credit[1:]:
        return "its loop, channel or programme is not that of the invitation"
    if not invitation.to_prospect:
        return f"person {e.target} was no prospect when invited"
    if not walk.is_prospect(e.target, e.time):
        return f"person {e.target} signed up on {day(walk.life(e.target).signed_up_day or 0.0)}"
    since = invitation.days[before]
    way = walk.rules.channels[walk.rules.phase(since)][credit.channel]
    if not getattr(way, f"{step}_probability") > 0.0:
        return f"{step}_probability is 0"
    if not walk.rules.may_last(way, f"{step}_delay", since, e.time):
        return f"it cannot follow at this time after {name_of(before)} on {day(since)}"
    invitation.days[e.kind] = e.time
    if e.kind == Kind.CLICKED:
        walk.clicked.setdefault(e.target, []).append(invitation)
        touched(walk, e.target, e.time, credit)
    return None
