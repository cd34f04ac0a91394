"""Engine inputs by hand: small worlds in which all is certain and at once unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.distributions import CountLaw, Law
from referralsim.engine.contract import (
    AGENT,
    ASK,
    ASKS,
    CHANNEL,
    PROGRAMME,
    REWARD,
    SEGMENT,
    STREAM,
    TIERS,
    WORLD,
    EngineInputs,
    GraphKind,
    Mode,
    QualifyOn,
    Stream,
    Trigger,
)
from referralsim.eventlog.kinds import Kind, Loop
from tests import helpers_reference as usual

WITH_GRAMMAR = frozenset(kind for kind in Kind if kind > Kind.CHURNED)
"""Kinds of event that :func:`rich_inputs` does not have, as it keeps to what a plain kernel can do."""

NO_TIES = np.zeros((0, 2), int)


def rows_of_ties(n_people: int, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and neighbours of an undirected graph, each row ascending."""
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    offsets = np.zeros(n_people + 1, np.int32)
    np.cumsum(np.bincount(both[:, 0], minlength=n_people), out=offsets[1:])
    return offsets, both[:, 1].astype(np.int32)


def erdos_renyi(n_people: int, mean_degree: float, seed: int = 1) -> np.ndarray:
    """Return the edges of a random graph without loops and repeats."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, n_people, (int(n_people * mean_degree / 2), 2))
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    codes = np.unique(pairs[:, 0] * n_people + pairs[:, 1])
    return np.stack([codes // n_people, codes % n_people], axis=1)


def _filled(dtype: np.dtype, shape: tuple[int, ...], **values: Any) -> np.ndarray:
    table = np.zeros(shape, dtype)
    for name, value in values.items():
        table[name] = value
    return table


def segments(n_phases: int = 1, n_segments: int = 1, **values: Any) -> np.ndarray:
    """Return a table of segments: activation is certain, nothing else happens by itself."""
    defaults = usual.SEGMENT | {"margin": 0.5, "unhappy_half_life_days": 30.0, "basket_a": 0.0}
    return _filled(SEGMENT, (n_phases, n_segments), **(defaults | values))


def streams(n_programmes: int, n_phases: int = 1) -> np.ndarray:
    """Return a table of contact streams: those of the programmes contact everybody once."""
    table = np.zeros((n_phases, Stream.PROGRAMME + n_programmes), STREAM)
    for c in range(table.shape[1]):
        is_programme = c >= Stream.PROGRAMME
        table["loop"][:, c] = Loop.PROGRAMME if is_programme else Loop.COLLABORATION + c
        table["programme"][:, c] = c - Stream.PROGRAMME if is_programme else -1
        table["enabled"][:, c] = is_programme
    table["count_law"] = CountLaw.ALL
    table["cooldown_days"] = np.inf
    table["weight"] = 1.0
    return table


def programmes(n_programmes: int, n_phases: int = 1, **values: Any) -> np.ndarray:
    """Return a table of programmes: whoever is asked shares over every tie, every click signs up."""
    return _filled(PROGRAMME, (n_phases, n_programmes), **(usual.PROGRAMME | values))


def rewards(n_programmes: int, n_phases: int = 1, **values: Any) -> np.ndarray:
    """Return a table of rewards: one rule a side and programme, the referrer's first."""
    defaults = usual.REWARD | {"value_cents": 0, "later_value_cents": 0}
    table = _filled(REWARD, (n_phases, 2 * n_programmes), **(defaults | values))
    table["programme"], table["side"] = np.repeat(np.arange(n_programmes), 2), [0, 1] * n_programmes
    return table


def asks(n_asks: int, n_phases: int = 1, **values: Any) -> np.ndarray:
    """Return a table of ask rules: at once at activation, of every segment."""
    table = _filled(ASK, (n_phases, n_asks), **(usual.ASK | values))
    for row in range(n_asks):
        programme = table["programme"][:, row]
        place = (table["programme"][0, :row] == programme[0]).sum()
        table["number"][:, row] = programme * ASKS + place
    return table


def channels(n_channels: int = 1, n_phases: int = 1, **values: Any) -> np.ndarray:
    """Return a table of channels on which every step succeeds at once."""
    return _filled(CHANNEL, (n_phases, n_channels), **(usual.CHANNEL | values))


def make_inputs(n_people: int, edges: np.ndarray = NO_TIES, **changes: Any) -> EngineInputs:
    """Return inputs of one phase, one segment, one programme; ``changes`` replace whole fields."""
    offsets, neighbours = rows_of_ties(n_people, np.asarray(edges, int).reshape(-1, 2))
    inputs = EngineInputs(
        horizon_days=100.0,
        n_people=n_people,
        graph_kind=int(GraphKind.TIES),
        offsets=offsets,
        neighbours=neighbours,
        strength=np.array([0.5], np.float32),
        segment=np.zeros(n_people, np.int8),
        activity=np.ones(n_people),
        initial=np.array([0], np.int32),
        arrival_order=np.zeros(0, np.int32),
        starts=np.zeros(1),
        world=_filled(WORLD, (1,), **usual.WORLD),
        segments=segments(),
        streams=streams(1),
        programmes=programmes(1),
        asks=asks(1),
        channels=channels(),
        use_rate=np.zeros((1, 1)),
        purchase_rate=np.zeros((1, 1)),
        churn_rate=np.zeros((1, 1)),
        arrival_rate=np.zeros((1, 3)),
        ask_rate=np.zeros((1, 1)),
        table=np.zeros(0),
        attribution_rule=0,
        attribution_window_days=30.0,
        fresh_shares=np.ones(1),
        fresh_strength=0.5,
        activity_law=int(Law.FIXED),
        activity_a=1.0,
        activity_b=0.0,
        max_people=10_000_000,
        rewards=rewards(1),
        agents=np.zeros(0, AGENT),
        post_rate=np.zeros((1, 1)),
        gift_rate=np.zeros((1, 1)),
        tier_at=np.zeros((1, 1, TIERS)),
        tier_post_factor=np.ones((1, 1, TIERS)),
        incident_day=np.zeros(0),
        incident_share=np.zeros(0),
        payer=np.zeros(0, np.int32),
    )
    return _of_one_size(inputs._replace(**changes), changes)


def _of_one_size(inputs: EngineInputs, changes: dict[str, Any]) -> EngineInputs:
    """Give tables that a test does not care about as many phases and programmes as the others have."""
    n_phases, n_programmes = len(inputs.starts), inputs.programmes.shape[1]
    fitting = {
        "rewards": rewards(n_programmes, n_phases),
        "post_rate": np.zeros((n_phases, n_programmes)),
        "gift_rate": np.zeros((n_phases, inputs.segments.shape[1])),
        "tier_at": np.zeros((n_phases, n_programmes, TIERS)),
        "tier_post_factor": np.ones((n_phases, n_programmes, TIERS)),
    }
    return inputs._replace(**{name: table for name, table in fitting.items() if name not in changes})


def rich_inputs(n_people: int, graph_kind: int, seed: int = 1) -> EngineInputs:
    """Return inputs in which every rule is at work: two phases, two segments, three programmes."""
    rng = np.random.default_rng(seed)
    everything = segments(
        2,
        2,
        brand=[[0.2, 0.9], [0.4, 0.7]],
        activation_probability=0.8,
        activation_delay_law=Law.LOGNORMAL,
        activation_delay_a=-1.0,
        activation_delay_b=0.7,
        happy_probability=[[0.3, 0.2], [0.1, 0.2]],
        unhappy_probability=0.15,
        purchase_every_days=[[0.0, 7.0], [0.0, 5.0]],
        purchase_first_days=1.5,
        basket_law=Law.GAMMA,
        basket_a=2.0,
        basket_b=900.0,
        margin=[[0.31, 0.4], [0.5, 0.4]],
        refund_probability=0.2,
        refund_delay_law=Law.EXPONENTIAL,
        refund_delay_a=2.0,
        unhappy_purchase_factor=0.3,
        unhappy_churn_factor=3.0,
        unhappy_half_life_days=4.0,
        early_until_days=5.0,
        early_factor=[[2.0, 0.5], [1.0, 1.0]],
        share_log_factor=[[0.5, 0.0], [-0.5, 0.0]],
    )
    contacts = streams(3, 2)
    contacts["enabled"] = 1
    contacts["enabled"][1, 2] = 0
    contacts["probability"] = 0.2
    contacts["count_law"] = [
        [
            CountLaw.POISSON,
            CountLaw.FIXED_COUNT,
            CountLaw.GEOMETRIC,
            CountLaw.BINOMIAL,
            CountLaw.NEGATIVE_BIN,
            CountLaw.POISSON,
            CountLaw.FIXED_COUNT,
            CountLaw.GEOMETRIC,
        ]
    ] * 2
    contacts["count_a"] = [1.5, 1.0, 1.0, 3.0, 2.0, 2.0, 3.0, 2.0]
    contacts["count_b"] = [0.0, 0.0, 0.0, 0.5, 1.5, 0.0, 0.0, 0.0]
    contacts["tie_order"] = [0, 1, 2, 0, 1, 2, 1, 0]
    contacts["channel"] = [0, 1, 0, 1, 0, 1, 0, 1]
    contacts["cooldown_days"] = [2.0, np.inf, 3.0, 1.0, 0.0, 4.0, 2.0, np.inf]
    offers = programmes(
        3,
        2,
        enabled=[[1, 1, 0], [1, 1, 1]],
        ask_cooldown_days=[1.0, 0.0, 2.0],
        ask_maximum=[6, 4, 20],
        log_fatigue=np.log(0.8),
        happy_factor=3.0,
        happy_half_life_days=2.0,
        unhappy_factor=0.2,
        unhappy_half_life_days=7.0,
        mode=[Mode.LOGIT, Mode.TABLE, Mode.LOGIT],
        share_base=[-0.5, 0.0, 0.5],
        own_effect=0.8,
        friend_effect=1.0,
        offer_effect=0.35,
        one_sided=[0.0, 0.0, 1.0],
        own_base=1.0,
        own_weak_brand=0.5,
        own_weak_tie=0.5,
        friend_base=-0.7,
        friend_brand=1.2,
        friend_tie=0.3,
        cost_brand=0.3,
        cost_tie=0.2,
        table_share_weak=0.3,
        table_share_strong=0.6,
        table_accept_weak=0.1,
        table_accept_strong=0.5,
        qualify_on=[QualifyOn.PURCHASE, QualifyOn.SIGNUP, QualifyOn.ACTIVATION],
        qualify_minimum_cents=500,
        qualify_purchases=[2, 1, 1],
        clawback_refund=[1, 0, 1],
        clawback_churn=[1, 1, 0],
        window_days=4.0,
    )
    terms = rewards(
        3,
        2,
        value_cents=[1000, 1000, 0, 1500, 700, 0],
        percent=[0.0, 0.15, 0.0, 0.0, 0.1, 0.0],
        cost=[0.6, 0.35] * 3,
        cap_count=[2, -1, -1, 0, 3, -1],
        hold_days=[3.0, 3.0, 0.0, 0.0, 2.5, 2.5],
    )
    rules = asks(
        8,
        2,
        programme=[0, 0, 0, 0, 1, 1, 2, 2],
        trigger=[
            [
                Trigger.HAPPY_MOMENT,
                Trigger.UNHAPPY_MOMENT,
                Trigger.PURCHASE,
                Trigger.CALENDAR,
                Trigger.SIGNUP,
                Trigger.ACTIVATION,
                Trigger.RANDOM,
                Trigger.HAPPY_MOMENT,
            ]
        ]
        * 2,
        segment_mask=[3, 3, 1, 3, 2, 3, 3, 3],
        probability=[0.6, 0.5, 0.7, 0.5, 0.9, 0.8, 0.7, 0.4],
        delay_law=[Law.EXPONENTIAL, 0, 0, 0, Law.UNIFORM, Law.EMPIRICAL, 0, Law.WEIBULL],
        delay_a=[0.5, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 1.3],
        delay_b=[0.0, 0.0, 0.0, 0.0, 0.9, 3.0, 0.0, 0.8],
        every_days=4.0,
        first_days=2.0,
        min_tenure_days=[0.0, 1.0, 0.0, 3.0, 0.0, 0.0, 2.0, 0.0],
    )
    ways = channels(
        2,
        2,
        delivered_probability=[[0.9, 0.7], [0.8, 1.0]],
        delivered_delay_law=[0, Law.EXPONENTIAL],
        delivered_delay_a=[0.0, 0.2],
        opened_probability=0.7,
        opened_delay_law=Law.LOGNORMAL,
        opened_delay_a=-0.5,
        opened_delay_b=0.8,
        clicked_probability=0.8,
        clicked_delay_law=[Law.GAMMA, 0],
        clicked_delay_a=[0.7, 0.0],
        clicked_delay_b=[0.5, 0.0],
        signed_up_logit=[-0.8, 0.3],
        signed_up_probability=[0.31, 0.57],
        signed_up_delay_law=[0, Law.PARETO],
        signed_up_delay_a=[0.25, 3.0],
        signed_up_delay_b=[0.0, 0.1],
        exposure_curve=[1, 2],
        exposure_effect=[0.5, 0.8],
        exposure_offers=2.0,
        tie_effect=0.4,
        brand_effect=0.4,
    )
    paid = {"paid_cost_cents": [300, 250], "paid_budget_cents": 6000}
    talk = {"balance_limit": 3.0, "balance_effect": [0.2, 0.4]}
    world = _filled(WORLD, (2,), **(usual.WORLD | paid | talk))
    edges = erdos_renyi(n_people, 6.0, seed) if graph_kind == GraphKind.TIES else NO_TIES
    inputs = make_inputs(
        n_people,
        edges,
        horizon_days=30.0,
        graph_kind=graph_kind,
        segment=rng.integers(0, 2, n_people).astype(np.int8),
        activity=rng.gamma(2.0, 0.5, n_people),
        initial=np.arange(0, n_people, 9, dtype=np.int32),
        arrival_order=rng.permutation(n_people).astype(np.int32),
        starts=np.array([0.0, 11.0]),
        world=world,
        segments=everything,
        streams=contacts,
        programmes=offers,
        rewards=terms,
        asks=rules,
        channels=ways,
        use_rate=np.array([[0.5, 0.3], [0.2, 0.6]]),
        purchase_rate=np.array([[0.2, 0.0], [0.3, 0.0]]),
        churn_rate=np.array([[0.1, 0.05], [0.05, 0.1]]),
        arrival_rate=np.array([[0.5, 1.0, 0.002], [0.8, 0.5, 0.0]]),
        ask_rate=np.array([[0.0] * 6 + [0.1, 0.0]] * 2),
        table=np.array([0.1, 0.4, 1.7]),
        attribution_rule=int(rng.integers(0, 2)),
        attribution_window_days=4.0,
        fresh_shares=np.array([0.4, 1.0]),
        activity_law=int(Law.LOGNORMAL),
        activity_a=-0.125,
        activity_b=0.5,
    )
    strength = rng.random(len(inputs.neighbours)).astype(np.float32)
    return inputs._replace(strength=strength if len(strength) else np.array([0.5], np.float32))
