"""The scenario: what a planner may write, with every default in this and the other ``schema_*`` files.

Attribute names carry units (``horizon_days``, ``value_cents``); the words of the file are the
aliases (``horizon``, ``value``) and carry their units in the text (``365 d``, ``20.00``). A dumped
scenario is itself a valid scenario file and loads to an equal object.

Docstrings and ``description=`` texts below are shown to users: ``docs/scenario.md`` and the JSON
Schema are generated from them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from referralsim.scenario.doubt import DoubtLaw
from referralsim.scenario.expressions import expand_threshold
from referralsim.scenario.part import Model
from referralsim.scenario.schema_agents import Admission, Agents, Tiers
from referralsim.scenario.schema_contact import Contact, Loops, OrganicLoop, WordOfMouth
from referralsim.scenario.schema_population import (
    DEFAULT_PEOPLE,
    MOST_PEOPLE,
    Graph,
    GraphKind,
    Households,
    Population,
    Segment,
    Strength,
    expand_graph,
)
from referralsim.scenario.schema_product import Product, Step
from referralsim.scenario.schema_programme import Ask, Conditional, Curve, Programme, Qualify, Response
from referralsim.scenario.schema_rewards import Cap, Reward, Rewards, expand_cap
from referralsim.scenario.units import (
    DurationDays,
    Flag,
    MoneyCents,
    Number,
    Probability,
    RatePerDay,
    Share,
    Whole,
)

__all__ = [
    "DEFAULT_PEOPLE",
    "MOST_PEOPLE",
    "Admission",
    "Agents",
    "Ask",
    "Cap",
    "Channel",
    "Conditional",
    "Contact",
    "Curve",
    "Decision",
    "Finding",
    "Graph",
    "GraphKind",
    "Households",
    "Incident",
    "Loops",
    "Model",
    "OrganicLoop",
    "Population",
    "Product",
    "Programme",
    "Qualify",
    "Response",
    "Reward",
    "Rewards",
    "Scenario",
    "Segment",
    "Step",
    "Strength",
    "Threshold",
    "Tiers",
    "TimelineEntry",
    "Uncertain",
    "WordOfMouth",
    "expand_cap",
    "expand_graph",
]


class Initial(Model):
    """The customers of the first day."""

    customers: Whole = Field(default=100, ge=0, description="customers at launch")
    choose: Literal["random", "by_degree", "community"] = Field(
        default="random", description="at random, those with most ties, or one community"
    )


class Paid(Model):
    """Paid acquisition: strangers bought by advertising."""

    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="sign-ups bought a day")
    cost_cents: MoneyCents = Field(default=0, alias="cost", description="cost of one sign-up")
    budget_cents: MoneyCents | None = Field(default=None, alias="budget", description="null: no limit")


class Organic(Model):
    """People who come by themselves."""

    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="sign-ups a day in all")
    bass_p_per_day: RatePerDay = Field(
        default=0.0, alias="bass_p", description="hazard of every prospect (Bass's coefficient of innovation)"
    )


class Acquisition(Model):
    """People who come otherwise than by a customer."""

    initial: Initial = Field(default_factory=Initial)
    paid: Paid = Field(default_factory=Paid)
    organic: Organic = Field(default_factory=Organic)


class Exposure(Model):
    """How acceptance changes with the number of offers a person has had."""

    curve: Literal["independent", "saturating", "single_peaked"] = Field(
        default="independent", description="shape of the effect"
    )
    effect: Number = Field(default=0.0, description="log-odds gained, at most")
    offers: Number = Field(
        default=3.0, gt=0, description="scale of saturation, or the offer number of the peak"
    )


class Channel(Model):
    """The way of an invitation: delivered, opened, clicked, signed up."""

    delivered: Step = Field(default_factory=Step, description="the invitation arrives")
    opened: Step = Field(default_factory=Step, description="the friend opens it")
    clicked: Step = Field(default_factory=Step, description="the friend follows it")
    signed_up: Step = Field(
        default_factory=lambda: Step(probability=0.1),
        description="the friend signs up: first offer, middling tie and brand, no reward",
    )
    exposure: Exposure = Field(default_factory=Exposure)
    tie_effect: Number = Field(default=0.4, description="log-odds of signing up, strong tie against weak")
    brand_effect: Number = Field(default=0.4, description="log-odds of signing up, strong brand against weak")


class Attribution(Model):
    """Which invitation gets the credit."""

    rule: Literal["last_touch", "first_touch"] = Field(
        default="last_touch", description="the last or the first invitation that was followed"
    )
    window_days: DurationDays = Field(
        default=30.0, alias="window", description="how long a followed invitation counts"
    )


class TimelineEntry(Model):
    """What changes on a day, and stays until changed again."""

    day_days: DurationDays = Field(alias="day", description="when the change begins")
    note: str = Field(default="", description="what it is, for the report")
    set: dict[str, Any] = Field(description="overlay on the scenario from that day on")


class Asking(Model):
    """How asks of several programmes get on with each other."""

    one_ask: Flag = Field(
        default=False, description="true: one occasion leads to one ask at most, by `priority`"
    )
    rest_days: DurationDays = Field(
        default=0.0, alias="rest", description="shortest time between two asks of any programmes"
    )
    cross_fatigue: Number = Field(
        default=1.0, gt=0, description="factor on the odds per earlier ask of another programme"
    )


class Reviews(Model):
    """What reviews do to strangers who are invited."""

    effect: Number = Field(default=0.0, description="log-odds of signing up with many reviews, over no tie")
    scale: Number = Field(default=100.0, gt=0, description="reviews at which 63 % of the effect is reached")


class Incident(Model):
    """A brand incident: some customers are let down on one day."""

    day_days: DurationDays = Field(alias="day", description="when it happens")
    share: Share = Field(default=1.0, description="share of customers whom it reaches")
    note: str = Field(default="", description="what it is, for the report")


class Threshold(Model):
    """A bound that a measure must keep; also written as a text, as in `k_offspring.low >= 0.3`."""

    measure: str = Field(description="name of a measure")
    design: str | None = Field(default=None, description="null: every design")
    end: Literal["mean", "low", "high"] = Field(
        default="mean", description="the mean over replications, or an end of its 95 % interval"
    )
    at_least: Number | None = Field(default=None, description="lowest value that passes")
    at_most: Number | None = Field(default=None, description="highest value that passes")
    more_than: Number | None = Field(default=None, description="as `at_least`, but without this value")
    less_than: Number | None = Field(default=None, description="as `at_most`, but without this value")
    above: str | None = Field(default=None, description="a design: the mean of `design` must be above its")
    below: str | None = Field(default=None, description="a design: the mean of `design` must be below its")
    chance: Probability = Field(default=0.95, description="how sure `above` or `below` must be")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        """Take `k_offspring.low >= 0.3` for what it is short for."""
        return expand_threshold(data)


class Finding(Model):
    """A statement that runs can bear out: what a measure should come to, and what was reported."""

    statement: str = Field(description="what is claimed")
    source: str = Field(default="", description="who claims it")
    measure: str = Field(description="name of a measure")
    design: str | None = Field(default=None, description="null: the first")
    against: str | None = Field(default=None, description="the design it is compared with")
    form: Literal["value", "ratio", "difference"] = Field(
        default="value", alias="as", description="the measure itself, or compared with `against`"
    )
    at_least: Number | None = Field(
        default=None, description="lowest value that agrees; money in major units"
    )
    at_most: Number | None = Field(default=None, description="highest value that agrees")
    reported: Number | None = Field(default=None, description="the value that was reported")
    assumed: tuple[str, ...] = Field(
        default=(), description="paths of the numbers that put the statement in by hand"
    )
    note: str = Field(default="", description="free text")


class Decision(Model):
    """How the designs are weighed against each other."""

    measure: str | None = Field(
        default=None,
        description="name of the measure they are weighed on; null: the contribution that the programmes "
        "cause, or where nothing is sold the customers they cause",
    )
    smallest: Number = Field(
        default=0.0,
        ge=0,
        description="smallest difference worth having, in the unit of `measure`; money in major units",
    )
    budget_cents: MoneyCents | None = Field(
        default=None,
        alias="budget",
        description="what rewards may cost in all: reports say how likely it is that they cost more; null: "
        "the budgets of the programmes themselves",
    )


class Uncertain(Model):
    """A number that is not known: what it may be. Nothing changes unless a command asks for it."""

    path: str = Field(description="which number, as for `--set`; of one design: `designs.NAME.…`")
    law: DoubtLaw = Field(description="what it may be, in its own unit; see above")
    source: str = Field(default="", description="where the law comes from")


class Scenario(Model):
    """One fully resolved world: the base, or the base with one design's overlay."""

    format: Literal[1] = Field(
        default=1, alias="referralsim", description="version of the format of this file"
    )
    name: str = Field(default="scenario", description="short name")
    question: str = Field(default="", description="what the comparison is to answer")
    description: str = Field(default="", description="free text")
    horizon_days: DurationDays = Field(
        default=365.0, alias="horizon", gt=0, description="how long is simulated"
    )
    window_days: DurationDays | None = Field(
        default=None,
        alias="window",
        description="K counts the friends a customer brings in so many days after joining; shorter than the "
        "horizon; null: half the horizon",
    )
    currency: str = Field(default="USD", description="ISO 4217 code, three capital letters")
    seed: Whole = Field(default=1, ge=0, lt=2**64, description="seed of all chance")
    replications: Whole = Field(default=20, ge=1, le=100_000, description="runs of each design")
    population: Population = Field(default_factory=Population)
    acquisition: Acquisition = Field(default_factory=Acquisition)
    product: Product = Field(default_factory=Product)
    loops: Loops = Field(default_factory=Loops)
    programmes: dict[str, Programme] = Field(default_factory=dict, description="referral programmes by name")
    channels: dict[str, Channel] = Field(
        default_factory=lambda: {"link": Channel()}, description="ways of inviting by name"
    )
    attribution: Attribution = Field(default_factory=Attribution)
    asking: Asking = Field(default_factory=Asking)
    reviews: Reviews = Field(default_factory=Reviews)
    incidents: tuple[Incident, ...] = Field(default=(), description="brand incidents, by day")
    timeline: tuple[TimelineEntry, ...] = Field(default=(), description="what changes on a day")
    designs: dict[str, dict[str, Any] | None] = Field(
        default_factory=dict, description="named overlays on the base: what is compared"
    )
    decision: Decision = Field(default_factory=Decision)
    thresholds: tuple[Threshold, ...] = Field(default=(), description="bounds that a run must keep")
    findings: tuple[Finding, ...] = Field(
        default=(), description="statements of the field that the runs are held against"
    )
    uncertain: tuple[Uncertain, ...] = Field(
        default=(), description="numbers that are not known, and what they may be"
    )
    sources: dict[str, str] = Field(
        default_factory=dict, description="path of a number -> where it comes from"
    )
