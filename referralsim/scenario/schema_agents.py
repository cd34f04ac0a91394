"""The schema of agents: affiliates and partners, who are paid for strangers from an audience."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from referralsim.scenario.part import Model
from referralsim.scenario.units import (
    DelayLaw,
    DurationDays,
    FactorLaw,
    MoneyCents,
    Number,
    Probability,
    RatePerDay,
    Share,
    Whole,
)


def _audience() -> FactorLaw:
    return FactorLaw.model_validate({"pareto": {"minimum": 100, "exponent": 1.5}})


class Admission(Model):
    """What stands before an agent may begin."""

    fee_cents: MoneyCents = Field(default=0, alias="fee", description="paid by the agent when it applies")
    screening: Probability = Field(default=1.0, description="share of applicants who pass the screening")
    course: Probability = Field(default=1.0, description="share of those who then pass the course")
    delay_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="delay", description="time from applying to the answer"
    )


class Tiers(Model):
    """Better terms for agents who bring more; everybody begins in tier 0."""

    by: Literal["customers", "revenue"] = Field(
        default="customers", description="what is counted from one review to the next"
    )
    review_days: DurationDays = Field(
        default=90.0, alias="review", gt=0, description="time between two reviews"
    )
    at: tuple[Number, ...] = Field(
        default=(),
        description="what tiers 1, 2, ... ask for, at most five, ascending; revenue in major units",
    )
    post_factor: tuple[Number, ...] = Field(
        default=(), description="factor on the rate of posts in tiers 0, 1, 2, ...; empty: 1 in all"
    )


class Agents(Model):
    """Affiliates or partners: how many, how large their audience, how often they address it."""

    number: Whole = Field(default=10, ge=0, le=100_000, description="how many there are")
    audience: FactorLaw = Field(
        default_factory=_audience, description="people an agent reaches; a few reach most, so a heavy tail"
    )
    join_days: DelayLaw = Field(
        default_factory=DelayLaw.none, alias="join", description="day on which an agent applies"
    )
    posts_per_day: RatePerDay = Field(default=0.2, alias="posts", description="posts of one agent")
    visit_share: Share = Field(default=0.01, description="share of the audience that follows a post")
    chasers: Share = Field(
        default=0.0, description="share of agents who chase rewards rather than love the product"
    )
    chaser_effect: Number = Field(default=0.0, description="log-odds of signing up, for visitors of chasers")
    admission: Admission | None = Field(default=None, description="null: agents begin at once")
    tiers: Tiers | None = Field(default=None, description="null: all agents stay in tier 0")
