"""The schema of what a programme pays: rewards and their terms, budgets, reminders, abuse."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from referralsim.scenario.part import ONE_OR_MANY, Model
from referralsim.scenario.units import (
    CountLawSpec,
    DelayLaw,
    DurationDays,
    Flag,
    MoneyCents,
    Number,
    Probability,
    RewardValue,
    Share,
    Whole,
)


def expand_cap(data: Any) -> Any:
    """Return the long form of a cap that is written in short, as a number of rewards.

    Examples
    --------
    >>> expand_cap(3)
    {'count': 3}
    """
    return data if data is None or isinstance(data, dict | Model) else {"count": data}


class Cap(Model):
    """The most that one person may earn by a reward; a number alone counts rewards for life."""

    count: Whole | None = Field(default=None, ge=0, description="most rewards; null: any number")
    value_cents: MoneyCents | None = Field(
        default=None, alias="value", description="highest face value in all; null: any amount"
    )
    window: Literal["lifetime", "period", "rolling"] = Field(
        default="lifetime",
        description="over what time: all, calendar periods from day 0, or the time just passed",
    )
    every_days: DurationDays = Field(
        default=30.0, alias="every", gt=0, description="period, rolling: length of that time"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return expand_cap(data)


class Later(Model):
    """Terms that follow the introductory ones."""

    value_cents: RewardValue = Field(alias="value", description="face value, or a share of the basket")
    after_days: DurationDays = Field(
        alias="after", gt=0, description="time from qualifying, for a reward on purchases"
    )


class Friends(Model):
    """Which of the referrer's qualified friends are paid for, counting from 1."""

    first: Whole = Field(default=1, ge=1, alias="from", description="the first")
    last: Whole | None = Field(default=None, ge=1, alias="to", description="the last; null: no end")
    every: Whole = Field(default=1, ge=1, description="5: every fifth from there on")


class TierRange(Model):
    """Agents of which tiers are paid; customers are in tier 0."""

    first: Whole = Field(default=0, ge=0, le=5, alias="from", description="the lowest")
    last: Whole = Field(default=5, ge=0, le=5, alias="to", description="the highest")


class Redeem(Model):
    """What happens to a reward after payment; its cost then falls due when it is used."""

    probability: Probability = Field(default=1.0, description="chance that it is ever used")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time from payment to use"
    )
    expire_days: DurationDays | None = Field(
        default=None, alias="expire", gt=0, description="time after which it is void; null: never"
    )


class Pending(Model):
    """How long a reward waits for a receiver who is no customer."""

    retry_days: DurationDays = Field(default=7.0, alias="retry", gt=0, description="time between two looks")
    maximum_days: DurationDays = Field(
        default=90.0, alias="maximum", description="time from earning after which it is void"
    )


class Leaderboard(Model):
    """A contest of calendar periods: those who brought most friends win."""

    every_days: DurationDays = Field(default=30.0, alias="every", gt=0, description="length of a contest")
    places: Whole = Field(default=3, ge=1, le=1000, description="how many win")


class Reward(Model):
    """One reward of one side."""

    value_cents: RewardValue = Field(alias="value", description="face value, or a share of the basket")
    cost: Share = Field(default=1.0, description="cost to the company, as a share of face value")
    fee_cents: MoneyCents = Field(default=0, alias="fee", description="cost of handing out one")
    type: Literal["cash", "credit", "discount", "points", "in_kind", "gift_card", "sweepstake"] = Field(
        default="credit", description="what kind of reward; a sweepstake needs `prize_probability`"
    )
    on: Literal["qualified", "purchase", "signup", "leaderboard"] = Field(
        default="qualified",
        description="what is paid for: a friend who qualifies, each purchase of a qualified friend, a friend "
        "who signs up, or a place in a contest",
    )
    later: Later | None = Field(default=None, description="terms after the introductory ones; null: the same")
    for_days: DurationDays | None = Field(
        default=None, alias="for", gt=0, description="purchase: how long it is paid; null: for ever"
    )
    friends: Friends = Field(default_factory=Friends)
    tiers: TierRange = Field(default_factory=TierRange)
    minimum_cents: MoneyCents = Field(
        default=0, alias="minimum", description="smallest basket that is paid for"
    )
    cap: Cap | None = Field(default=None, description="most that one person may earn; null: no cap")
    prize_probability: Probability | None = Field(
        default=None, gt=0, description="sweepstake: chance that a ticket wins"
    )
    hold_days: DurationDays | None = Field(
        default=None, alias="hold", description="time from earning to payment; null: the programme's"
    )
    needs_active: Flag = Field(default=False, description="paid only while the receiver is a customer")
    pending: Pending = Field(default_factory=Pending)
    redeem: Redeem | None = Field(
        default=None, description="use after payment; null: the cost falls due at payment"
    )
    leaderboard: Leaderboard | None = Field(
        default=None, description="the contest that `on: leaderboard` means"
    )


Side = Annotated[tuple[Reward, ...], *ONE_OR_MANY]


class Rewards(Model):
    """Who gets what: each side one reward, or a list of at most 16; null: nothing."""

    referrer: Side = Field(default=(), description="for the one who refers")
    referee: Side = Field(default=(), description="for the friend")


class Budget(Model):
    """What a programme may spend on rewards."""

    amount_cents: MoneyCents = Field(alias="amount", description="cost of rewards in all, or in a period")
    every_days: DurationDays | None = Field(
        default=None, alias="every", gt=0, description="period after which it is full again; null: never"
    )
    when_spent: Literal["stop", "unpaid"] = Field(
        default="unpaid",
        description="stop: the programme rests until the next period; unpaid: it goes on without paying",
    )


class Reminder(Model):
    """A referrer nudges a friend who did not answer or did not finish."""

    probability: Probability = Field(default=0.5, description="chance that the referrer does")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time until the nudge"
    )
    accept_factor: Number = Field(default=1.0, ge=0, description="on the chance to sign up after all")
    activation_factor: Number = Field(default=1.0, ge=0, description="on the chance to activate after all")


class Fake(Model):
    """Accounts of nobody, made to collect rewards."""

    probability: Probability = Field(default=0.0, description="chance that somebody who is asked makes some")
    count: CountLawSpec = Field(default_factory=CountLawSpec.one, description="how many at a time")


class Detect(Model):
    """How well abuse is told from real friends."""

    true_positive: Probability = Field(default=0.0, description="share of abuse that is refused")
    false_positive: Probability = Field(default=0.0, description="share of real friends who are refused")


class Abuse(Model):
    """What people do to be paid without bringing a friend."""

    self_referral: Probability = Field(
        default=0.0, description="share of those who come by themselves who refer themselves"
    )
    leak: Probability = Field(
        default=0.0, description="share of those who come by themselves who use a code from a coupon page"
    )
    fake: Fake = Field(default_factory=Fake)
    detect: Detect = Field(default_factory=Detect)
