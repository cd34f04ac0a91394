"""The scenario: what a planner may write, with every default in this one place.

Attribute names carry units (``horizon_days``, ``value_cents``); the words of the file are the
aliases (``horizon``, ``value``) and carry their units in the text (``365 d``, ``20.00``). A dumped
scenario is itself a valid scenario file and loads to an equal object.

Docstrings and ``description=`` texts below are shown to users: ``docs/scenario.md`` and the JSON
Schema are generated from them.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from referralsim.scenario.expressions import expand_threshold
from referralsim.scenario.units import (
    AmountLaw,
    CountLawSpec,
    DelayLaw,
    DurationDays,
    FactorLaw,
    Flag,
    MoneyCents,
    Number,
    Probability,
    RatePerDay,
    RewardValue,
    Share,
    WeakStrong,
    Whole,
)


class Model(BaseModel):
    """Base of all parts: frozen, closed to unknown keys, written by alias."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# --------------------------------------------------------------------------- population


class Strength(Model):
    """How strong ties are, from 0 (weak) to 1 (strong)."""

    kind: Literal["by_share", "embeddedness", "weights", "equal"] = Field(
        default="by_share",
        description="by_share: strong with probability `strong`; embeddedness: the `strong` share of "
        "ties with most shared neighbours; weights: third column of the edge list; equal: all `value`",
    )
    strong: Share = Field(default=0.3, description="share of ties that are strong")
    value: Share = Field(default=0.5, description="strength of every tie, for kind `equal`")


GraphKind = Literal[
    "erdos_renyi",
    "scale_free",
    "small_world",
    "communities",
    "configuration",
    "power_law",
    "geometric",
    "complete",
    "fresh_contacts",
    "edge_list",
]


def expand_graph(data: Any) -> Any:
    """Return the long form of a graph that is written in short.

    Examples
    --------
    >>> expand_graph({"small_world": {"mean_degree": 8}})
    {'kind': 'small_world', 'mean_degree': 8}
    >>> expand_graph("complete")
    {'kind': 'complete'}
    """
    if isinstance(data, str):
        return {"kind": data}
    if isinstance(data, dict) and len(data) == 1:
        name, body = next(iter(data.items()))
        if name in get_args(GraphKind) and (body is None or isinstance(body, dict)):
            return {"kind": name, **(body or {})}
    return data


class Graph(Model):
    """Who knows whom; also written in short, as in `{small_world: {mean_degree: 8}}`."""

    kind: GraphKind = Field(
        default="small_world",
        description="how ties are made; complete: everybody knows everybody; fresh_contacts: no limit",
    )
    mean_degree: Number = Field(default=10.0, ge=0, description="mean number of ties a person")
    rewiring: Probability = Field(default=0.1, description="small_world: chance that a tie is rewired")
    communities: Whole = Field(default=10, ge=1, description="communities: number of blocks")
    within: Share = Field(default=0.8, description="communities: share of a person's ties inside the block")
    degrees: tuple[Whole, ...] = Field(
        default=(), description="configuration: degree sequence, repeated to size"
    )
    exponent: Number = Field(default=2.5, gt=1, description="power_law: exponent of the degree distribution")
    min_degree: Whole = Field(default=2, ge=0, description="power_law: smallest degree")
    max_degree: Whole = Field(default=1000, ge=1, description="power_law: largest degree")
    file: str | None = Field(default=None, description="edge_list: file, relative to the scenario")
    directed: Flag = Field(default=False, description="edge_list: a line `a b` lets only a reach b")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        """Take `{small_world: {mean_degree: 8}}` and `complete` for what they are short for."""
        return expand_graph(data)


class Segment(Model):
    """A named part of the population; what it does not say it takes from the base."""

    share: Share = Field(default=1.0, description="share of the population")
    product: Product = Field(
        default_factory=lambda: Product(), description="this segment's own product behaviour"
    )
    share_factor: Number = Field(
        default=1.0, ge=0, description="factor on the odds of sharing when asked (1: as the programme says)"
    )


MOST_PEOPLE = 10_000_000
DEFAULT_PEOPLE = 10_000


class Population(Model):
    """Who could ever become a customer."""

    size: Whole | None = Field(
        default=None,
        ge=1,
        le=MOST_PEOPLE,
        description=f"people; null: as many as the edge list names, otherwise {DEFAULT_PEOPLE:,}",
    )
    graph: Graph = Field(default_factory=Graph)
    strength: Strength = Field(default_factory=Strength)
    segments: dict[str, Segment] = Field(
        default_factory=lambda: {"everyone": Segment()},
        description="kinds of people; their shares add up to 1",
    )
    placement: Literal["random", "clustered"] = Field(
        default="random", description="clustered: neighbours tend to be of one segment"
    )
    activity: FactorLaw = Field(
        default_factory=FactorLaw.one, description="multiplier on a person's rate of use, mean 1"
    )


# --------------------------------------------------------------------------- acquisition


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


# --------------------------------------------------------------------------- product


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


class AfterUnhappy(Model):
    """What a bad experience does; the effect halves every half-life."""

    purchase_factor: Probability = Field(default=1.0, description="on the purchase rate, right after")
    churn_factor: Number = Field(default=1.0, ge=1, description="on the churn hazard, right after")
    half_life_days: DurationDays = Field(
        default=30.0, alias="half_life", gt=0, description="time in which the effect halves"
    )


class Churn(Model):
    """Leaving."""

    rate_per_day: RatePerDay = Field(default=0.0, alias="rate", description="hazard of leaving")
    early_until_days: DurationDays = Field(default=0.0, alias="early_until", description="end of early life")
    early_factor: Number = Field(default=1.0, ge=0, description="factor on the hazard during early life")


class Product(Model):
    """What the product is like and what customers do with it."""

    brand: Share = Field(default=0.5, description="brand strength from 0 (weak) to 1 (strong)")
    activation: Step = Field(default_factory=Step)
    use: Use = Field(default_factory=Use)
    moments: Moments = Field(default_factory=Moments)
    purchases: Purchases = Field(default_factory=Purchases)
    after_unhappy: AfterUnhappy = Field(default_factory=AfterUnhappy)
    churn: Churn = Field(default_factory=Churn)


Segment.model_rebuild()


# --------------------------------------------------------------------------- loops

TieChoice = Literal["strong_first", "weak_first", "random"]


class Contact(Model):
    """Whom a customer contacts, how many, and by which channel."""

    invites: CountLawSpec = Field(default_factory=CountLawSpec.one, description="contacts at a time")
    ties: TieChoice = Field(default="random", description="who is contacted first")
    channel: str = Field(default="link", description="a name from `channels`")
    cooldown_days: DurationDays | None = Field(
        default=None,
        alias="cooldown",
        description="rest before the same people may be contacted again; null: never",
    )


class OrganicLoop(Contact):
    """A loop that the product itself drives at a use: no reward, no ask."""

    probability: Probability = Field(default=0.0, description="chance that a use sets it off")


class WordOfMouth(Contact):
    """Unprompted talk after a moment; what is said stays with the one who hears it."""

    probability: Probability = Field(default=0.0, description="chance that a moment is talked about")
    weight: Number = Field(
        default=1.0, ge=0, description="what one telling adds to (or takes from) the balance"
    )


class Loops(Model):
    """How customers bring others without a programme; null: off."""

    collaboration: OrganicLoop | None = Field(default=None, description="a use needs a tie to join")
    visibility: OrganicLoop | None = Field(default=None, description="a use shows the product to ties")
    progress: OrganicLoop | None = Field(default=None, description="a user shares a result")
    word_of_mouth: WordOfMouth | None = Field(default=None, description="told after a happy moment; invites")
    complaints: WordOfMouth | None = Field(default=None, description="told after an unhappy moment; deters")
    balance_effect: Number = Field(default=0.2, ge=0, description="log-odds of accepting per unit of balance")
    balance_limit: Number = Field(default=5.0, gt=0, description="the balance counts no further than this")


# --------------------------------------------------------------------------- programmes


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


class Reward(Model):
    """One side's reward."""

    value_cents: RewardValue = Field(alias="value", description="face value, or a share of the basket")
    cost: Share = Field(default=1.0, description="cost to the company, as a share of face value")
    type: Literal["cash", "credit", "discount", "in_kind", "gift_card"] = Field(
        default="credit", description="what kind of reward, for the report"
    )
    cap: Whole | None = Field(
        default=None, ge=0, description="most rewards one person may earn; null: no cap"
    )


class Rewards(Model):
    """Who gets what for a friend who qualifies; null: nothing."""

    referrer: Reward | None = Field(default=None, description="for the customer who refers")
    referee: Reward | None = Field(default=None, description="for the friend")


class Qualify(Model):
    """The event that makes a friend count."""

    event: Literal["signup", "activation", "purchase"] = Field(
        default="activation", description="what the friend must do"
    )
    minimum_cents: MoneyCents = Field(default=0, alias="minimum", description="purchase: smallest basket")
    purchases: Whole = Field(default=1, ge=1, description="purchase: which one (paid period) qualifies")


class Programme(Model):
    """A set of rules that asks customers to share and pays for friends."""

    kind: Literal["customer_referral"] = Field(
        default="customer_referral", description="customers bring friends"
    )
    enabled: Flag = Field(default=True, description="false: the programme rests")
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
    clawback: tuple[Literal["refund", "churn"], ...] = Field(
        default=(), description="what cancels a reward during the hold: a refund, or the friend leaving"
    )


# --------------------------------------------------------------------------- channels and the rest


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
    timeline: tuple[TimelineEntry, ...] = Field(default=(), description="what changes on a day")
    designs: dict[str, dict[str, Any] | None] = Field(
        default_factory=dict, description="named overlays on the base: what is compared"
    )
    thresholds: tuple[Threshold, ...] = Field(default=(), description="bounds that a run must keep")
    sources: dict[str, str] = Field(
        default_factory=dict, description="path of a number -> where it comes from"
    )
