"""The schema of programmes: when they ask, how people respond, who is paid for what."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from referralsim.scenario.part import Model
from referralsim.scenario.schema_agents import Agents
from referralsim.scenario.schema_contact import Contact
from referralsim.scenario.schema_rewards import Abuse, Budget, Reminder, Rewards
from referralsim.scenario.units import (
    DelayLaw,
    DurationDays,
    Flag,
    MoneyCents,
    Number,
    Probability,
    RatePerDay,
    WeakStrong,
    Whole,
)


class Framing(Model):
    """How the ask is put into words; people soften most right after a purchase."""

    kind: Literal["give", "get", "pro_social"] = Field(
        default="pro_social", description="what the words appeal to, for the report"
    )
    effect: Number = Field(default=0.0, description="log-odds of sharing right after a purchase")
    half_life_days: DurationDays = Field(
        default=7.0, alias="half_life", gt=0, description="time in which the effect halves"
    )


class Ask(Model):
    """One occasion on which the programme asks a customer to share."""

    trigger: Literal[
        "happy_moment", "purchase", "signup", "activation", "calendar", "unhappy_moment", "random"
    ] = Field(default="happy_moment", description="the occasion of the ask")
    probability: Probability = Field(default=1.0, description="chance that the occasion leads to an ask")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time from the occasion to the ask"
    )
    every_days: DurationDays = Field(default=30.0, alias="every", gt=0, description="calendar: period")
    first_days: DurationDays = Field(default=0.0, alias="first", description="calendar: day of the first ask")
    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="random: asks a day")
    segments: tuple[str, ...] = Field(default=(), description="only these segments; empty: all")
    min_tenure_days: DurationDays = Field(
        default=0.0, alias="min_tenure", description="only customers of at least this long"
    )
    max_tenure_days: DurationDays | None = Field(
        default=None, alias="max_tenure", description="only customers of at most this long; null: no limit"
    )
    min_purchases: Whole = Field(default=0, ge=0, description="only who has bought so often")
    min_spent_cents: MoneyCents = Field(
        default=0, alias="min_spent", description="only who has spent so much"
    )
    priority: Whole = Field(
        default=0, ge=0, description="with `asking: {one_ask: true}` the highest priority goes first"
    )
    decides: Literal["user", "payer"] = Field(
        default="user", description="who decides and shares: who was asked, or who pays for the household"
    )
    framing: Framing | None = Field(default=None, description="the words of the ask; null: as they are")


class Moment(Model):
    """How the latest moment changes the odds of sharing."""

    happy_factor: Number = Field(default=3.0, ge=1, description="on the odds, right after a happy moment")
    happy_half_life_days: DurationDays = Field(
        default=2.0, alias="happy_half_life", gt=0, description="time in which the happy factor fades by half"
    )
    unhappy_factor: Number = Field(
        default=0.2, gt=0, le=1, description="on the odds, right after an unhappy one"
    )
    unhappy_half_life_days: DurationDays = Field(
        default=7.0,
        alias="unhappy_half_life",
        gt=0,
        description="time in which the unhappy factor fades by half",
    )


class Conditional(Model):
    """One probability for each reward condition, for weak and strong ties; or one for all."""

    none: WeakStrong = Field(description="with no reward")
    referrer: WeakStrong = Field(description="with a reward for the referrer only")
    referee: WeakStrong = Field(description="with a reward for the friend only")
    both: WeakStrong = Field(description="with rewards for both")

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, data: Any) -> Any:
        """Take a single probability for every condition."""
        if data is None or (isinstance(data, dict) and set(data) != {"weak", "strong"}):
            return data
        return dict.fromkeys(("none", "referrer", "referee", "both"), data)


class Curve(Model):
    """Response to a reward's face value."""

    form: Literal["presence", "log", "linear"] = Field(
        default="presence", description="a step, a logarithm, or a line up to a saturation"
    )
    effect: Number = Field(
        default=0.0, description="log-odds: of presence; per log(1 + value/scale); at saturation"
    )
    scale_cents: MoneyCents = Field(
        default=1000, alias="scale", gt=0, description="log: unit of value; linear: saturation"
    )


class Response(Model):
    """How people respond to rewards: by log-odds (the default), or by a table that the planner fills."""

    mode: Literal["logit", "table"] = Field(
        default="logit", description="by log-odds, or by a table of probabilities"
    )
    share: Conditional | None = Field(default=None, description="table: P(share | asked)")
    accept: Conditional | None = Field(default=None, description="table: P(sign up | clicked)")
    to_own_reward: Curve = Field(default_factory=lambda: Curve(effect=0.8), description="s")
    to_friends_reward: Curve = Field(default_factory=lambda: Curve(effect=1.0), description="g")
    to_offer: Curve = Field(default_factory=lambda: Curve(effect=0.25), description="r")
    own_base: Number = Field(
        default=1.0, description="w = own_base + own_weak_brand (1-brand) + own_weak_tie (1-tie)"
    )
    own_weak_brand: Number = Field(default=0.5, description="see own_base")
    own_weak_tie: Number = Field(default=0.5, description="see own_base")
    friend_base: Number = Field(
        default=-0.5, description="v = friend_base + friend_brand brand + friend_tie tie"
    )
    friend_brand: Number = Field(default=1.1, description="see friend_base")
    friend_tie: Number = Field(default=0.1, description="see friend_base")
    cost_brand: Number = Field(
        default=0.3, ge=0, description="c = cost_brand brand + cost_tie tie, one-sided only"
    )
    cost_tie: Number = Field(default=0.05, ge=0, description="see cost_brand")


class Qualify(Model):
    """The event that makes a friend count."""

    event: Literal["signup", "activation", "purchase"] = Field(
        default="activation", description="what the friend must do"
    )
    minimum_cents: MoneyCents = Field(default=0, alias="minimum", description="purchase: smallest basket")
    purchases: Whole = Field(default=1, ge=1, description="purchase: which one (paid period) qualifies")


class Programme(Model):
    """A set of rules that has customers or agents recommend, and pays for friends."""

    kind: Literal["customer_referral", "affiliate", "partner"] = Field(
        default="customer_referral",
        description="customers bring friends; affiliates and partners bring strangers from their audience",
    )
    enabled: Flag = Field(default=True, description="false: the programme rests")
    priority: Whole = Field(
        default=0, ge=0, description="an invitation of higher priority takes the credit from one of lower"
    )
    window_days: DurationDays | None = Field(
        default=None,
        alias="window",
        description="how long a followed invitation counts; null: as `attribution` says",
    )
    budget: Budget | None = Field(default=None, description="null: no limit")
    asks: tuple[Ask, ...] = Field(default=(), description="occasions on which a customer is asked to share")
    ask_cooldown_days: DurationDays = Field(
        default=30.0, alias="ask_cooldown", description="shortest time between two asks of one person"
    )
    ask_maximum: Whole = Field(default=12, ge=0, description="asks a person ever gets")
    fatigue: Number = Field(default=0.9, gt=0, le=1, description="factor on the odds per earlier ask")
    share_probability: Probability = Field(
        default=0.1, alias="share", description="P(share | asked), no reward"
    )
    contact: Contact = Field(default_factory=lambda: Contact(ties="strong_first"))
    moment: Moment = Field(default_factory=Moment)
    response: Response = Field(default_factory=Response)
    qualify: Qualify = Field(default_factory=Qualify)
    rewards: Rewards = Field(default_factory=Rewards)
    hold_days: DurationDays = Field(default=0.0, alias="hold", description="time from qualifying to payment")
    reminder: Reminder | None = Field(default=None, description="null: nobody reminds")
    abuse: Abuse = Field(default_factory=Abuse)
    dispute: Flag = Field(
        default=False, description="a refund after payment marks the rewards of that friend as disputed"
    )
    agents: Agents | None = Field(
        default=None, description="affiliate, partner: those who are paid for strangers"
    )
    clawback: tuple[Literal["refund", "churn"], ...] = Field(
        default=(), description="what cancels a reward during the hold: a refund, or the friend leaving"
    )
