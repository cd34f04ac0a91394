"""Worlds in which the whole programme grammar is at work, drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.distributions import CountLaw, Law
from referralsim.engine import contract as c
from tests import helpers_inputs as worlds

DELAYS = ("admission_delay", "remind_delay", "redeem_delay", "recovery_delay", "winback_delay")


class _Draws:
    """Random numbers for tables whose leading axis are phases."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def some(self, shape: Any, *values: Any) -> np.ndarray:
        """Draw from a few values."""
        return np.asarray(values)[self.rng.integers(0, len(values), shape)]

    def share(self, shape: Any, most: float = 1.0) -> np.ndarray:
        """Draw probabilities, some of them 0."""
        return self.rng.random(shape) * most * (self.rng.random(shape) < 0.7)

    def factor(self, shape: Any) -> np.ndarray:
        """Draw factors around 1, some of them 1."""
        return np.where(self.rng.random(shape) < 0.3, 1.0, np.exp(self.rng.normal(0.0, 0.5, shape)))

    def days(self, shape: Any, mean: float = 3.0) -> np.ndarray:
        """Draw whole or other days."""
        drawn = self.rng.exponential(mean, shape)
        return np.where(self.rng.random(shape) < 0.5, np.ceil(drawn), drawn)

    def delay(self, table: np.ndarray, name: str) -> None:
        """Fill in a law of delays, fixed or exponential."""
        table[f"{name}_law"] = self.some(table.shape, Law.FIXED, Law.EXPONENTIAL)
        table[f"{name}_a"] = self.days(table.shape, 1.5)


def _segments(d: _Draws, table: np.ndarray) -> None:
    size = table.shape
    for name in ("happy", "referred", "referrer", "points", "member"):
        table[f"{name}_churn_factor"] = np.minimum(1.0, d.factor(size))
    for name in ("happy", "unhappy", "points", "member"):
        table[f"{name}_basket_factor"] = d.factor(size)
    table["points_purchase_factor"], table["member_purchase_factor"] = d.factor(size), d.factor(size)
    table["purchase_top"] = np.maximum(1.0, table["points_purchase_factor"]) * np.maximum(
        1.0, table["member_purchase_factor"]
    )
    table["happy_half_life_days"] = 1.0 + d.days(size)
    table["referred_share_log"] = d.rng.normal(0.0, 0.5, size)
    table["referred_margin_gap"] = d.share(size, 0.3)
    table["referred_margin_half_life_days"] = d.some(size, 5.0, np.inf)
    for name in ("recovery", "winback", "points_redeem", "review", "member", "member_renew"):
        table[f"{name}_probability"] = d.share(size)
    table["recovery_success"] = d.share(size)
    for name in ("recovery_cost_cents", "gift_cost_cents", "winback_cost_cents", "member_fee_cents"):
        table[name] = d.rng.integers(0, 500, size)
    table["winback_maximum"] = d.some(size, 0, 1, 3)
    table["points_per_cent"] = d.share(size, 0.1)
    table["points_per_friend"], table["points_per_review"] = d.share(size, 200.0), d.share(size, 50.0)
    table["points_expire_days"] = d.some(size, 4.0, 9.5, np.inf)
    table["points_redeem_at"], table["points_threshold"] = d.some(size, 50.0, 300.0), d.some(size, 0.0, 100.0)
    table["points_cost_cents"] = d.share(size, 1.5)
    table["member_days"] = 1.0 + d.days(size)
    for name in ("recovery_delay", "winback_delay"):
        d.delay(table, name)


def _programmes(d: _Draws, table: np.ndarray) -> None:
    size = table.shape
    table["dispute"], table["priority"] = d.some(size, 0, 1), d.some(size[1], 0, 0, 1)
    table["window_days"] = d.some(size, 1.0, 3.0, 4.0)
    table["budget_cents"] = d.some(size, -1, 1500, 4000)
    table["stop_when_spent"], table["budget_days"] = d.some(size, 0, 1), d.some(size, 2.5, 7.0, np.inf)
    table["remind_probability"] = d.share(size)
    table["remind_accept_factor"] = table["remind_activation_factor"] = d.factor(size)
    table["self_referral_probability"] = table["leak_probability"] = d.share(size, 0.3)
    table["fake_probability"], table["detect_true"] = d.share(size, 0.3), d.share(size)
    table["detect_false"] = d.share(size, 0.4)
    table["qualify_minimum_cents"], table["qualify_purchases"] = 0, d.some(size[1], 1, 2)
    table["share_base"] = 1.0
    table["fake_count_law"], table["fake_count_a"] = d.some(size, CountLaw.FIXED_COUNT, CountLaw.POISSON), 2.0
    table["visit_share"], table["chaser_effect"] = d.rng.random(size), d.rng.normal(0.0, 1.0, size)
    table["screening_probability"], table["course_probability"] = 0.8, 0.9
    table["fee_cents"], table["tier_by_revenue"] = d.rng.integers(0, 900, size), d.some(size, 0, 1)
    table["tier_review_days"] = d.some(size, 3.0, 5.5, np.inf)
    for name in ("admission_delay", "remind_delay"):
        d.delay(table, name)


def _rewards(d: _Draws, n_phases: int, n_programmes: int) -> np.ndarray:
    names = [(p, side, place) for p in range(n_programmes) for side in (0, 1) for place in range(3)]
    kept = [name for name in names if name[2] == 0 or d.rng.random() < 0.6]
    table = worlds.rewards(n_programmes, n_phases)[:, :1].repeat(len(kept), axis=1)
    size = table.shape
    for name, values in zip(("programme", "side", "place"), zip(*kept, strict=True), strict=True):
        table[name] = values
    table["present"] = d.some(size, 1, 1, 1, 0)
    table["on"] = d.some(size[1], 0, 0, 1, 1, 2, 3)
    table["value_cents"], table["later_value_cents"] = d.some((2, *size), 0, 300, 700, 1000)
    table["percent"], table["later_percent"] = d.share((2, *size), 0.3)
    table["intro_days"], table["for_days"] = d.some(size, 0.0, 5.0, np.inf), d.some(size, 3.0, np.inf)
    table["from_friend"], table["to_friend"] = d.some(size, 1, 1, 2), d.some(size, -1, -1, 4)
    table["every"], table["minimum_cents"] = d.some(size, 1, 1, 2), d.some(size, 0, 0, 800)
    table["from_tier"], table["to_tier"] = d.some(size, 0, 0, 1), d.some(size, 5, 5, 1)
    table["cap_count"], table["cap_cents"] = d.some(size, -1, 1, 3), d.some(size, -1, 2500)
    table["cap_window"], table["cap_days"] = d.some(size, 0, 1, 2), 1.0 + d.days(size)
    table["prize_probability"] = d.some(size, 1.0, 0.5)
    table["hold_days"], table["cost"] = d.days(size, 2.0), d.rng.random(size)
    table["fee_cents"], table["at_payment"] = d.some(size, 0, 25), d.some(size, 0, 1)
    table["redeem_probability"], table["expire_days"] = d.rng.random(size), d.some(size, 2.0, 6.0, np.inf)
    table["needs_active"], table["retry_days"] = d.some(size, 0, 1), 0.5 + d.days(size)
    table["pending_days"] = d.days(size, 5.0)
    table["board_days"], table["board_places"] = d.some(size[1], 2.5, 4.0, 7.0), d.some(size, 1, 3)
    d.delay(table, "redeem_delay")
    return table


def wild_inputs(kind: int, seed: int, n_people: int = 60, horizon_days: float = 25.0) -> c.EngineInputs:
    """Return a world of all the grammar; whatever is drawn is possible, if not sensible."""
    d = _Draws(seed)
    inputs = worlds.rich_inputs(n_people, kind, seed)
    world, segments, programmes = inputs.world.copy(), inputs.segments.copy(), inputs.programmes.copy()
    asks, streams = inputs.asks.copy(), inputs.streams.copy()
    _segments(d, segments)
    _programmes(d, programmes)
    agent_programme = 2
    programmes["kind"][:, agent_programme] = c.ProgrammeKind.AGENTS
    programmes["enabled"][0] = 1
    world["review_effect"], world["review_scale"] = d.some(2, 0.0, 1.0, -1.0), 20.0
    world["one_ask"], world["ask_rest_days"] = d.some(2, 0, 1), d.some(2, 0.0, 0.5, 2.0)
    world["cross_log_fatigue"] = d.some(2, 0.0, -0.3)
    world["consent_probability"], world["pass_on_probability"] = d.rng.random(2), d.rng.random(2)
    asks["max_tenure_days"] = d.some(asks.shape, np.inf, 9.0)
    asks["min_purchases"] = d.some(asks.shape, 0, 0, 1)
    asks["min_spent_cents"], asks["priority"] = d.some(asks.shape, 0, 0, 900), d.some(asks.shape, 0, 1, 2)
    asks["payer"], asks["framing_effect"] = d.some(asks.shape, 0, 1), d.some(asks.shape, 0.0, 0.7)
    asks["framing_half_life_days"] = d.some(asks.shape, 2.0, np.inf)
    n_agents = int(d.rng.integers(0, 6))
    agents = np.zeros(n_agents, c.AGENT)
    agents["programme"], agents["chaser"] = agent_programme, d.some(n_agents, 0, 1)
    agents["audience"], agents["join_day"] = d.rng.random(n_agents) * 6.0, d.days(n_agents)
    n_programmes = programmes.shape[1]
    payer = np.zeros(0, np.int32)
    if d.rng.random() < 0.7 and kind != c.GraphKind.FRESH:
        payer = (np.arange(n_people) // 3 * 3).astype(np.int32)
    purchase_rate = inputs.purchase_rate * segments["purchase_top"]
    tier_at = np.sort(d.rng.integers(0, 4, (2, n_programmes, c.TIERS)) * 1.0, axis=2)
    tier_at[:, :, 0] = 0.0
    return inputs._replace(
        horizon_days=horizon_days,
        world=world,
        segments=segments,
        programmes=programmes,
        streams=streams,
        asks=asks,
        rewards=_rewards(d, 2, n_programmes),
        agents=agents,
        payer=payer,
        purchase_rate=purchase_rate,
        post_rate=np.full((2, n_programmes), 0.3),
        gift_rate=d.share((2, 2), 0.1),
        tier_at=tier_at,
        tier_post_factor=np.exp(d.rng.normal(0.0, 0.5, (2, n_programmes, c.TIERS))),
        incident_day=np.array([4.0, 12.5]),
        incident_share=d.share(2),
        attribution_rule=int(d.rng.integers(0, 2)),
        max_people=4000 if kind == c.GraphKind.FRESH else inputs.max_people,
    )
