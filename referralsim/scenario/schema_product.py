"""The schema of the product: what customers do with it, feel about it, spend on it, and why they leave."""

from __future__ import annotations

from pydantic import Field

from referralsim.scenario.part import Model
from referralsim.scenario.units import (
    AmountLaw,
    DelayLaw,
    DurationDays,
    MoneyCents,
    Number,
    Probability,
    RatePerDay,
    Share,
    Whole,
)


class Step(Model):
    """One step of a funnel: the chance to pass it and how long it takes."""

    probability: Probability = Field(default=1.0, description="chance to pass the step")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time the step takes"
    )


class Use(Model):
    """How often a customer uses the product."""

    rate_per_day: RatePerDay = Field(
        default=0.2, alias="rate", description="uses of one customer, times activity"
    )


class Moments(Model):
    """How a use is felt; the rest of the uses are plain."""

    happy: Probability = Field(default=0.2, description="share of uses that delight")
    unhappy: Probability = Field(default=0.05, description="share of uses that let down")


class Purchases(Model):
    """Purchases: at random with `rate`, or a subscription renewed `every` period."""

    rate_per_day: RatePerDay = Field(
        default=0.0, alias="rate", description="purchases of one customer, at random times"
    )
    every_days: DurationDays | None = Field(default=None, alias="every", description="subscription period")
    first_after_days: DurationDays = Field(default=0.0, alias="first_after", description="free trial")
    basket_cents: AmountLaw = Field(
        default_factory=AmountLaw.zero, alias="basket", description="amount of one purchase"
    )
    margin: Share = Field(default=1.0, description="share of the basket that is contribution margin")
    refund: Step = Field(
        default_factory=lambda: Step(probability=0.0),
        description="chance that a purchase is refunded, and when",
    )


class AfterHappy(Model):
    """What a happy moment does; the effect halves every half-life."""

    churn_factor: Number = Field(
        default=1.0, ge=0, le=1, description="on the churn hazard, right after; at most 1"
    )
    basket_factor: Number = Field(default=1.0, ge=0, description="on the basket, right after")
    half_life_days: DurationDays = Field(
        default=30.0, alias="half_life", gt=0, description="time in which the effect halves"
    )


class AfterUnhappy(Model):
    """What a bad experience does; the effect halves every half-life."""

    purchase_factor: Probability = Field(default=1.0, description="on the purchase rate, right after")
    churn_factor: Number = Field(default=1.0, ge=1, description="on the churn hazard, right after")
    basket_factor: Number = Field(default=1.0, ge=0, description="on the basket, right after")
    half_life_days: DurationDays = Field(
        default=30.0, alias="half_life", gt=0, description="time in which the effect halves"
    )


class Churn(Model):
    """Leaving."""

    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="hazard of leaving")
    early_until_days: DurationDays = Field(default=0.0, alias="early_until", description="end of early life")
    early_factor: Number = Field(default=1.0, ge=0, description="factor on the hazard during early life")


class Recovery(Model):
    """What is done about a bad experience: an apology, a refund, a gift."""

    probability: Probability = Field(default=0.0, description="chance that something is done")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time until it is done"
    )
    success: Probability = Field(default=1.0, description="chance that it mends the mood")
    cost_cents: MoneyCents = Field(
        default=0, alias="cost", description="cost of one, whether it works or not"
    )


class Gifts(Model):
    """Surprise gifts; each is a happy moment."""

    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="gifts to one customer")
    cost_cents: MoneyCents = Field(default=0, alias="cost", description="cost of one")


class Winback(Model):
    """Winning back customers who left."""

    probability: Probability = Field(default=0.0, description="chance that somebody who left comes back")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time from leaving to coming back"
    )
    maximum: Whole = Field(default=1, ge=0, le=60, description="times that one person comes back at most")
    cost_cents: MoneyCents = Field(default=0, alias="cost", description="cost of one who comes back")


class Referred(Model):
    """How customers who were referred differ from those who came by themselves."""

    churn_factor: Number = Field(
        default=1.0, ge=0, le=1, description="on the churn hazard while the referrer is a customer; at most 1"
    )
    share_factor: Number = Field(default=1.0, ge=0, description="on the odds of sharing when asked")
    margin_gap: Number = Field(
        default=0.0,
        ge=-1,
        description="share by which the margin of a purchase is higher (or lower, below 0)",
    )
    margin_gap_half_life_days: DurationDays | None = Field(
        default=None,
        alias="margin_gap_half_life",
        gt=0,
        description="time in which the gap halves; null: it stays",
    )


class Referrer(Model):
    """How having referred a customer changes the one who did."""

    churn_factor: Number = Field(
        default=1.0, ge=0, le=1, description="on the churn hazard from then on; at most 1"
    )


class Loyalty(Model):
    """Points for purchases, friends and reviews, and what having them does."""

    points_per_spend: Number = Field(
        default=1.0, ge=0, description="points for each major unit of the currency spent"
    )
    points_per_friend: Number = Field(default=0.0, ge=0, description="points for a friend who qualifies")
    points_per_review: Number = Field(default=0.0, ge=0, description="points for a review")
    expire_days: DurationDays | None = Field(
        default=None,
        alias="expire",
        gt=0,
        description="all points expire so long after the last were earned; null: never",
    )
    redeem_at: Number | None = Field(
        default=100.0, gt=0, description="points from which they may be redeemed; null: never"
    )
    redeem_probability: Probability = Field(
        default=1.0, description="chance that a purchase with enough points redeems them all"
    )
    point_cost: Number = Field(
        default=0.01, ge=0, description="cost of one redeemed point, in major units of the currency"
    )
    threshold: Number | None = Field(
        default=None, ge=0, description="points from which the factors below hold; null: never"
    )
    purchase_factor: Number = Field(default=1.0, ge=0, description="on the purchase rate")
    basket_factor: Number = Field(default=1.0, ge=0, description="on the basket")
    churn_factor: Number = Field(default=1.0, ge=0, le=1, description="on the churn hazard; at most 1")


class Membership(Model):
    """A membership that customers pay for."""

    probability: Probability = Field(default=0.05, description="chance that a purchase leads to joining")
    fee_cents: MoneyCents = Field(default=0, alias="fee", description="fee of one period")
    every_days: DurationDays = Field(default=365.0, alias="every", gt=0, description="length of a period")
    renew: Probability = Field(default=0.8, description="chance of going on after a period")
    purchase_factor: Number = Field(default=1.0, ge=0, description="on the purchase rate of members")
    basket_factor: Number = Field(default=1.0, ge=0, description="on the basket of members")
    churn_factor: Number = Field(
        default=1.0, ge=0, le=1, description="on the churn hazard of members; at most 1"
    )


class Product(Model):
    """What the product is like and what customers do with it."""

    brand: Share = Field(default=0.5, description="brand strength from 0 (weak) to 1 (strong)")
    activation: Step = Field(default_factory=Step)
    use: Use = Field(default_factory=Use)
    moments: Moments = Field(default_factory=Moments)
    purchases: Purchases = Field(default_factory=Purchases)
    after_happy: AfterHappy = Field(default_factory=AfterHappy)
    after_unhappy: AfterUnhappy = Field(default_factory=AfterUnhappy)
    churn: Churn = Field(default_factory=Churn)
    recovery: Recovery = Field(default_factory=Recovery)
    gifts: Gifts = Field(default_factory=Gifts)
    winback: Winback = Field(default_factory=Winback)
    referred: Referred = Field(default_factory=Referred)
    referrer: Referrer = Field(default_factory=Referrer)
    review_probability: Probability = Field(default=0.0, description="chance that a purchase is reviewed")
    loyalty: Loyalty | None = Field(default=None, description="null: no points")
    membership: Membership | None = Field(default=None, description="null: there is none")
