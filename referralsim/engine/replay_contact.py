"""Whether contacts, invitations and reminders in a log are possible; see ``engine.replay_life``."""

from __future__ import annotations

from referralsim.engine.contract import STREAMS, GraphKind, Stream
from referralsim.engine.replay_credit import touched, why_wrong_credit
from referralsim.engine.replay_rules import Event, day, name_of
from referralsim.engine.replay_state import WAITS, Credit, Invitation, Round, Walk
from referralsim.eventlog.kinds import Kind

_STAGE_BEFORE = {
    Kind.DELIVERED: (Kind.INVITED, "delivered"),
    Kind.OPENED: (Kind.DELIVERED, "opened"),
    Kind.CLICKED: (Kind.OPENED, "clicked"),
}


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
    struck = any(row.kind == Kind.HIT and row.actor == e.actor for row in walk.rows)
    if walk.life(e.actor).last_moment != (e.time, kind) and not (struck and kind == Kind.LET_DOWN):
        return f"there is no {name_of(kind)} of person {e.actor} at this time"
    why = _no_contact(walk, e, stream)
    if why is None and stream == Stream.WORD_OF_MOUTH:
        walk.owe(e.time, [(Kind.INVITED, *e.key[1:])], "who hears good things is invited")
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
        if stream >= Stream.PROGRAMME and (e.actor, stream) not in walk.may_share:
            if any(row.programme == e.programme for row in walk.still_to_come(Kind.SHARED, Kind.POSTED)):
                return WAITS
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
    if walk.rules.is_agent(e.target):
        return f"{e.target} is an agent and no person"
    if (e.loop, e.channel, e.programme) != (rules.loop, rules.channel, rules.programme):
        wanted = f"loop {rules.loop}, channel {rules.channel}, programme {rules.programme}"
        return f"contact stream {stream} has {wanted}"
    if stream < Stream.PROGRAMME:
        why = walk.why_no_customer(e.actor, e.time)
        if why is not None:
            return why
        set_off = walk.inputs.use_rate.max() > 0.0 or len(walk.inputs.incident_day) > 0
        if not rules.probability > 0.0 or not set_off:
            return f"contact stream {stream} is never set off"
    if e.actor == e.target:
        return "nobody contacts themselves"
    if walk.rules.fresh:
        if e.target in walk.met or e.target < walk.rules.n_known:
            return f"person {e.target} is known already; every contact is somebody new"
    elif _by_ties(walk, e) and not walk.knows(e.actor, e.target):
        return f"there is no tie from {e.actor} to {e.target}"
    why = _wrong_round(walk, e, stream, rules.cooldown_days)
    if why is None and walk.rules.fresh:
        walk.met.add(e.target)
    return why


def _by_ties(walk: Walk, e: Event) -> bool:
    """Return whether a contact goes over a tie; agents know nobody."""
    return walk.inputs.graph_kind == GraphKind.TIES and not walk.rules.is_agent(e.actor)


def _wrong_round(walk: Walk, e: Event, stream: int, cooldown_days: float) -> str | None:
    """Return why a contact cannot be of this round of its stream, or None; write it down."""
    number = e.attempt // STREAMS
    rounds = walk.life(e.actor).rounds
    past = rounds.get(stream)
    if not _by_ties(walk, e):
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
        walk.clicked.setdefault(e.target, []).append((e.attempt, invitation))
        touched(walk, e.target, e.time, credit)
    return None


def reminded(walk: Walk, e: Event) -> str | None:
    """REMINDED: by a person who has not left, of a sign-up not finished or an invitation not accepted."""
    if walk.rules.is_agent(e.actor):
        return "agents remind nobody"
    if walk.life(e.actor).signed_up_day is None:
        return f"person {e.actor} has not signed up"
    why = walk.why_gone(e.actor, e.time)
    if why is not None:
        return why
    return _nudge_to_finish(walk, e) if e.attempt == STREAMS - 1 else _nudge_to_accept(walk, e)


def _nudge_to_finish(walk: Walk, e: Event) -> str | None:
    """Return why a reminder of a sign-up is not possible, or None."""
    life, rules = walk.life(e.target), walk.rules
    since = life.signed_up_day
    if since is None or life.credit.parent != e.actor:
        return f"person {e.target} is nobody whom person {e.actor} has brought"
    why = why_wrong_credit(life, e)
    if why is not None:
        return why
    if life.first_customer_day is not None and life.first_customer_day < e.time:
        return f"person {e.target} became a customer on {day(life.first_customer_day)}"
    p = life.credit.programme
    if p < 0 or walk.why_shut(p, since) is not None:
        return f"no programme was open to remind of the sign-up on {day(since)}"
    terms, mine = walk.programme(p, since), walk.segment_rules(e.target, since)
    if not terms.remind_probability > 0.0 or all(row.activation_probability >= 1.0 for row in mine):
        return "nobody is reminded of a sign-up"
    if not rules.may_last(terms, "remind_delay", since, e.time):
        return f"it cannot follow at this time after the sign-up on {day(since)}"
    walk.reminded_of_sign_up.setdefault(e.target, []).append(e.time)
    return None


def _nudge_to_accept(walk: Walk, e: Event) -> str | None:
    """Return why a reminder of an invitation is not possible, or None."""
    rules, invitation = walk.rules, walk.invitations.get((e.actor, e.target, e.attempt))
    if invitation is None or Kind.CLICKED not in invitation.days:
        return f"person {e.target} has followed no such invitation"
    credit, since = invitation.credit, invitation.days[Kind.CLICKED]
    if (e.loop, e.channel, e.programme) != credit[1:]:
        return "its loop, channel or programme is not that of the invitation"
    if not walk.is_prospect(e.target, e.time):
        return f"person {e.target} signed up on {day(walk.life(e.target).signed_up_day or 0.0)}"
    if credit.programme < 0:
        return "only programmes remind"
    way = rules.channels[rules.phase(since)][credit.channel]
    low, high = rules.bounds(way, "signed_up_delay")
    phases = range(rules.phase(since + low), rules.phase(min(since + high, e.time)) + 1)
    for phase in phases:
        terms = rules.programmes[phase][credit.programme]
        least, most = rules.bounds(terms, "remind_delay")
        fits = since + low + least - 1e-9 <= e.time <= since + high + most + 1e-9
        if terms.enabled and terms.remind_probability > 0.0 and fits:
            return None
    return f"it cannot follow at this time after CLICKED on {day(since)}"
