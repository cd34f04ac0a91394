"""The schema of who there is: people, ties, segments, households."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from referralsim.scenario.part import Model
from referralsim.scenario.schema_product import Product
from referralsim.scenario.units import CountLawSpec, FactorLaw, Flag, Number, Probability, Share, Whole


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
    product: Product = Field(default_factory=Product, description="this segment's own product behaviour")
    share_factor: Number = Field(
        default=1.0, ge=0, description="factor on the odds of sharing when asked (1: as the programme says)"
    )
    spending_factor: Number = Field(
        default=1.0,
        gt=0,
        description="factor on every basket: loyal, neutral and vulnerable customers who give the brand 80, "
        "55 and 20 % of their spending differ by 0.8, 0.55 and 0.2 on a basket of all they spend",
    )


class Households(Model):
    """A few people who know each other, of whom one pays for all."""

    size: CountLawSpec = Field(
        default_factory=lambda: CountLawSpec.model_validate(2),
        description="people in one household, from 1 to 8: what a law draws beyond that counts as 1 or 8",
    )
    consent: Probability = Field(
        default=1.0,
        description="chance that a payer who is no customer lets somebody of the household sign up",
    )
    pass_on: Probability = Field(
        default=0.0, description="chance that a happy or unhappy moment of a user becomes that of the payer"
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
    households: Households | None = Field(
        default=None, description="who pays for whom; null: everybody for himself"
    )
