"""An invitation: through the funnel of its channel to an answer, and perhaps to a reminder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

from referralsim.behaviour.response import accept_probability, heard_log_odds, table_accept_probability
from referralsim.engine.contract import Mode, Rule
from referralsim.engine.reference_state import (
    CHURNED,
    CUSTOMER,
    PROSPECT,
    SIGNED_UP,
    Agent,
    Credit,
    Person,
    Touch,
)
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind, Origin
from referralsim.randomness import Purpose

_STEPS = (
    (Kind.DELIVERED, "delivered", Purpose.DELIVERED, Purpose.DELIVERED_DELAY),
    (Kind.OPENED, "opened", Purpose.OPENED, Purpose.OPENED_DELAY),
    (Kind.CLICKED, "clicked", Purpose.CLICKED, Purpose.CLICKED_DELAY),
    (Kind.DECIDED, "signed_up", None, Purpose.SIGNED_UP_DELAY),
)


@dataclass(slots=True, frozen=True)
class Invitation:
    """Who invites whom, by what; it keeps the channel and the tie it was sent over."""

    inviter: Person
    other: Person
    attempt: int
    tie: float
    credit: Credit

    @property
    def name(self) -> tuple[int, int, int]:
        """What its draws are addressed by."""
        return self.inviter.key, self.other.key, self.attempt

    @property
    def place(self) -> tuple[int, int, int]:
        """Actor, target and attempt of its events."""
        return self.inviter.index, self.other.index, self.attempt


def invite(world: World, invitation: Invitation) -> None:
    """Send an invitation; one to somebody who is no prospect ends here."""
    world.record(Kind.INVITED, *invitation.place, invitation.credit)
    if invitation.other.status == PROSPECT:
        world.begin(travelling(world, invitation))


def travelling(world: World, invitation: Invitation) -> Process:
    """Travel the funnel of a channel: delivered, opened, clicked, decided."""
    other = invitation.other
    for kind, step, passing, delaying in _STEPS:
        rules = world.channel(invitation.credit.channel)
        if passing is not None:
            luck = world.chance(passing, *invitation.name)
            if luck >= getattr(rules, f"{step}_probability"):
                return
        day = world.now + world.amount(delaying, *invitation.name, rules, f"{step}_delay")
        if not (yield from world.wait(day, kind, *invitation.place)) or other.status != PROSPECT:
            return
        if kind != Kind.DECIDED:
            world.record(kind, *invitation.place, invitation.credit)
        if kind == Kind.OPENED:
            other.n_offers += 1
        if kind == Kind.CLICKED:
            touch(world, other, invitation.credit)
    if says_yes(world, invitation):
        world.sign_up(other, Origin.INVITATION, invitation.credit)
    elif is_reminded(world, invitation):
        rules = world.programme(invitation.credit.programme)
        day = world.now + world.amount(Purpose.REMIND_DELAY, *invitation.name, rules, "remind_delay")
        yield from reminding(world, invitation, day)


def touch(world: World, other: Person, credit: Credit) -> None:
    """Leave a touch, unless the present one still counts for more."""
    window_days, priority = world.inputs.attribution_window_days, 0
    if credit.programme >= 0:
        programme = world.programme(credit.programme)
        window_days, priority = programme.window_days, programme.priority
    present = other.touch
    if (
        present is None
        or world.now - present.days > present.window_days
        or priority > present.priority
        or (priority == present.priority and world.inputs.attribution_rule == Rule.LAST_TOUCH)
    ):
        other.touch = Touch(credit, world.now, window_days, priority)


def says_yes(world: World, invitation: Invitation) -> bool:
    """Whether an invited person signs up: they want to, and who pays for them agrees."""
    if world.chance(Purpose.SIGNED_UP, *invitation.name) >= acceptance(world, invitation):
        return False
    payer = world.payer_of(invitation.other)
    if payer is invitation.other or payer.status == CUSTOMER:
        return True
    return bool(world.chance(Purpose.CONSENT, *invitation.name) < world.rules.consent_probability)


def acceptance(world: World, invitation: Invitation) -> float:
    """Return the probability that an invited person wants to sign up, now that they decide."""
    credit, other, tie = invitation.credit, invitation.other, invitation.tie
    channel = world.channel(credit.channel)
    programme = world.programme(credit.programme) if credit.programme >= 0 else None
    heard = has_heard(world, invitation, channel, programme)
    if programme is not None and programme.mode == Mode.TABLE:
        return float(table_accept_probability(programme, tie, heard))
    offer_effect = 0.0 if programme is None else programme.offer_effect
    brand = world.segment_of(other).brand
    return float(accept_probability(channel, offer_effect, tie, brand, heard))


def has_heard(
    world: World, invitation: Invitation, channel: SimpleNamespace, programme: SimpleNamespace | None
) -> float:
    """Return the log-odds of what a person has heard: offers, word of mouth, reviews, a pushing agent."""
    rules, other = world.rules, invitation.other
    heard = heard_log_odds(channel, other.n_offers, other.balance, rules.balance_effect, rules.balance_limit)
    if rules.review_effect != 0.0:
        # reviews speak to strangers: over a strong tie the friend's word counts, not theirs
        read = 1.0 - math.exp(-(world.n_reviews / rules.review_scale))
        heard = heard + rules.review_effect * read * (1.0 - invitation.tie)
    inviter = invitation.inviter
    if programme is not None and isinstance(inviter, Agent) and inviter.chaser:
        heard = heard + programme.chaser_effect
    return float(heard)


def is_reminded(world: World, invitation: Invitation) -> bool:
    """Whether the inviter sees that a friend has said no for now, and will nudge."""
    inviter, programme = invitation.inviter, invitation.credit.programme
    if isinstance(inviter, Agent) or inviter.status not in (SIGNED_UP, CUSTOMER):
        return False
    if not world.is_open(programme):
        return False
    luck = world.chance(Purpose.REMIND, *invitation.name)
    return bool(luck < world.programme(programme).remind_probability)


def reminding(world: World, invitation: Invitation, day: float) -> Process:
    """Nudge a friend who said no, once."""
    if not (yield from world.wait(day, Kind.REMINDED, *invitation.place)):
        return
    if invitation.inviter.status == CHURNED or invitation.other.status != PROSPECT:
        return
    world.record(Kind.REMINDED, *invitation.place, invitation.credit)
    factor = world.programme(invitation.credit.programme).remind_accept_factor
    if world.chance(Purpose.REMINDED_ANSWER, *invitation.name) < factor * acceptance(world, invitation):
        world.sign_up(invitation.other, Origin.INVITATION, invitation.credit)
