"""Invitations as the seed settles them: how far each comes, who accepts, and who is reminded."""

from __future__ import annotations

import math
from typing import Any

from referralsim.behaviour.response import accept_probability, heard_log_odds, table_accept_probability
from referralsim.engine.contract import STREAMS, Mode, Rule
from referralsim.engine.replay_fate_contact import send_on
from referralsim.engine.replay_fate_life import sign_up
from referralsim.engine.replay_fate_state import Fate, Pending, Touched
from referralsim.eventlog.kinds import Kind, Origin
from referralsim.randomness import Purpose

_SIGN_UP = STREAMS - 1
"""The attempt of a reminder that is about a sign-up and no invitation."""


def _is_over(fate: Fate, e: Pending) -> bool:
    if fate.people[e.target].status == "prospect":
        return False
    fate.refuse("the person invited is no prospect any more", *e.key)
    return True


def delivered(fate: Fate, e: Pending) -> None:
    """Deliver an invitation."""
    if not _is_over(fate, e):
        fate.write(*e[1:5], e.carried.credit)
        step = (int(Kind.OPENED), *e[2:5])
        send_on(fate, step, e.carried, "opened", Purpose.OPENED, Purpose.OPENED_DELAY)


def opened(fate: Fate, e: Pending) -> None:
    """Open an invitation: one more offer."""
    if not _is_over(fate, e):
        fate.write(*e[1:5], e.carried.credit)
        fate.people[e.target].offers += 1
        step = (int(Kind.CLICKED), *e[2:5])
        send_on(fate, step, e.carried, "clicked", Purpose.CLICKED, Purpose.CLICKED_DELAY)


def clicked(fate: Fate, e: Pending) -> None:
    """Follow an invitation: perhaps the touch that gets the credit."""
    if _is_over(fate, e):
        return
    fate.write(*e[1:5], e.carried.credit)
    _touch(fate, e)
    other = fate.people[e.target]
    way = fate.rules.channels[fate.phase][e.carried.credit.channel]
    who = fate.people[e.actor].key
    delay = fate.drawn(Purpose.SIGNED_UP_DELAY, who, other.key, e.attempt, way, "signed_up_delay")
    fate.schedule(fate.now + delay, Kind.DECIDED, e.actor, e.target, e.attempt, e.carried)


def _touch(fate: Fate, e: Pending) -> None:
    """Let a followed invitation have the credit for now, if it may replace what has it."""
    other, credit, p = fate.people[e.target], e.carried.credit, e.carried.credit.programme
    window = fate.programme(p).window_days if p >= 0 else fate.inputs.attribution_window_days
    priority = fate.programme(p).priority if p >= 0 else 0
    old, last = other.touch, fate.inputs.attribution_rule == Rule.LAST_TOUCH
    if (
        old is None
        or fate.now - old.day > old.window_days
        or priority > old.priority
        or (priority == old.priority and last)
    ):
        other.touch = Touched(fate.now, credit, window, priority)


def _acceptance(fate: Fate, e: Pending) -> float:
    """Return the probability that an invitation is accepted now."""
    letter, other, inviter = e.carried, fate.people[e.target], fate.people[e.actor]
    way, world = fate.rules.channels[fate.phase][letter.credit.channel], fate.world
    heard = heard_log_odds(way, other.offers, other.balance, world.balance_effect, world.balance_limit)
    if world.review_effect != 0.0:
        known = 1.0 - math.exp(-(fate.reviews / world.review_scale))
        heard = heard + world.review_effect * known * (1.0 - letter.tie)
    programme: Any = fate.programme(letter.credit.programme) if letter.credit.programme >= 0 else None
    if inviter.is_agent and fate.agent(inviter).chaser:
        heard = heard + programme.chaser_effect
    if programme is not None and programme.mode == Mode.TABLE:
        return float(table_accept_probability(programme, letter.tie, heard))
    offer_effect = programme.offer_effect if programme is not None else 0.0
    return float(accept_probability(way, offer_effect, letter.tie, fate.mine(other).brand, heard))


def decided(fate: Fate, e: Pending) -> None:
    """Accept an invitation or not; the inviter may remind of it."""
    other, inviter = fate.people[e.target], fate.people[e.actor]
    if other.status != "prospect":
        return
    sign = (int(Kind.SIGNED_UP), e.target, e.actor, int(Origin.INVITATION))
    u = fate.chance(Purpose.SIGNED_UP, inviter.key, other.key, e.attempt)
    if fate.passes(u, _acceptance(fate, e), *sign):
        payer = fate.payer_of(other)
        if payer is other or payer.status == "customer":
            consents = True
        else:
            u = fate.chance(Purpose.CONSENT, inviter.key, other.key, e.attempt)
            consents = fate.passes(u, fate.world.consent_probability, *sign)
        if consents:
            sign_up(fate, other, Origin.INVITATION, e.carried.credit)
            return
    p = e.carried.credit.programme
    here = not inviter.is_agent and inviter.status in ("signed up", "customer")
    if p >= 0 and fate.is_open(p) and here:
        terms = fate.programme(p)
        u = fate.chance(Purpose.REMIND, inviter.key, other.key, e.attempt)
        if fate.passes(u, terms.remind_probability, Kind.REMINDED, e.actor, e.target, e.attempt):
            delay = fate.drawn(Purpose.REMIND_DELAY, inviter.key, other.key, e.attempt, terms, "remind_delay")
            fate.schedule(fate.now + delay, Kind.REMINDED, e.actor, e.target, e.attempt, e.carried)


def reminded(fate: Fate, e: Pending) -> None:
    """Nudge a friend, about an invitation or about a sign-up that was not finished."""
    inviter, other = fate.people[e.actor], fate.people[e.target]
    if inviter.status == "gone":
        fate.refuse("the person has left", *e.key)
        return
    of_sign_up = e.attempt == _SIGN_UP
    if other.status != ("signed up" if of_sign_up else "prospect"):
        fate.refuse("there is nothing left to remind of", *e.key)
        return
    credit = other.credit if of_sign_up else e.carried.credit
    fate.write(*e[1:5], credit)
    terms = fate.programme(credit.programme)
    u = fate.chance(Purpose.REMINDED_ANSWER, inviter.key, other.key, e.attempt)
    if not of_sign_up:
        sign = (int(Kind.SIGNED_UP), e.target, e.actor, int(Origin.INVITATION))
        if fate.passes(u, terms.remind_accept_factor * _acceptance(fate, e), *sign):
            sign_up(fate, other, Origin.INVITATION, credit)
        return
    mine = fate.mine(other)
    activation = (int(Kind.ACTIVATED), e.target, other.credit.parent, 0)
    if fate.passes(u, terms.remind_activation_factor * mine.activation_probability, *activation):
        delay = fate.drawn(Purpose.ACTIVATION_DELAY, other.key, 0, 1, mine, "activation_delay")
        fate.schedule(fate.now + delay, *activation)
