"""Small worlds for the reference engine: all is certain and at once, and nothing happens by itself.

A test says what is different, scripts the draws that matter, and reads the story that comes out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from referralsim.distributions import CountLaw, Law
from referralsim.engine import contract as c
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose, ScriptedChance

Script = Mapping[tuple[Purpose, int, int, int], float]
Row = Mapping[str, Any]

WORLD = {"paid_budget_cents": -1, "balance_limit": 5.0, "review_scale": 1.0, "consent_probability": 1.0}
SEGMENT = {
    "brand": 0.5,
    "activation_probability": 1.0,
    "basket_a": 1000.0,
    "margin": 0.5,
    "purchase_top": 1.0,
    "happy_half_life_days": 30.0,
    "unhappy_half_life_days": 30.0,
    "early_factor": 1.0,
    "unhappy_purchase_factor": 1.0,
    "unhappy_churn_factor": 1.0,
    "unhappy_basket_factor": 1.0,
    "happy_churn_factor": 1.0,
    "happy_basket_factor": 1.0,
    "referred_churn_factor": 1.0,
    "referrer_churn_factor": 1.0,
    "referred_margin_half_life_days": math.inf,
    "points_expire_days": math.inf,
    "points_threshold": math.inf,
    "points_redeem_at": 1.0,
    "points_purchase_factor": 1.0,
    "points_basket_factor": 1.0,
    "points_churn_factor": 1.0,
    "member_days": 30.0,
    "member_purchase_factor": 1.0,
    "member_basket_factor": 1.0,
    "member_churn_factor": 1.0,
}
PROGRAMME = {
    "enabled": 1,
    "ask_maximum": 1000,
    "happy_factor": 1.0,
    "happy_half_life_days": 1.0,
    "unhappy_factor": 1.0,
    "unhappy_half_life_days": 1.0,
    "mode": c.Mode.TABLE,
    "table_share_weak": 1.0,
    "table_share_strong": 1.0,
    "table_accept_weak": 1.0,
    "table_accept_strong": 1.0,
    "qualify_on": c.QualifyOn.ACTIVATION,
    "qualify_purchases": 1,
    "window_days": 30.0,
    "budget_cents": -1,
    "budget_days": math.inf,
    "remind_accept_factor": 1.0,
    "remind_activation_factor": 1.0,
    "visit_share": 1.0,
    "screening_probability": 1.0,
    "course_probability": 1.0,
    "tier_review_days": math.inf,
}
REWARD = {
    "present": 1,
    "on": c.PaysOn.QUALIFIED,
    "value_cents": 1000,
    "later_value_cents": 1000,
    "intro_days": math.inf,
    "for_days": math.inf,
    "from_friend": 1,
    "to_friend": -1,
    "every": 1,
    "to_tier": c.TIERS - 1,
    "cap_count": -1,
    "cap_cents": -1,
    "prize_probability": 1.0,
    "cost": 1.0,
    "at_payment": 1,
    "expire_days": math.inf,
    "retry_days": 1.0,
    "pending_days": math.inf,
    "board_days": 10.0,
    "board_places": 1,
}
ASK = {
    "trigger": c.Trigger.ACTIVATION,
    "segment_mask": -1,
    "probability": 1.0,
    "every_days": 30.0,
    "max_tenure_days": math.inf,
    "framing_half_life_days": math.inf,
}
CHANNEL = {
    "delivered_probability": 1.0,
    "opened_probability": 1.0,
    "clicked_probability": 1.0,
    "signed_up_probability": 1.0,
    "signed_up_logit": math.inf,
    "exposure_offers": 1.0,
}


def table(dtype: np.dtype, usual: Row, rows: Sequence[Row]) -> np.ndarray:
    """Return a rules table of one phase, each row the usual one with changes."""
    filled = np.zeros((1, len(rows)), dtype)
    for index, row in enumerate(rows):
        for name, value in {**usual, **row}.items():
            filled[name][0, index] = value
    return filled


def law(name: str, days: float) -> dict[str, Any]:
    """Return the fields of a delay that is always the same."""
    return {f"{name}_law": Law.FIXED, f"{name}_a": days}


def gap(days: float) -> float:
    """Return the uniform number that makes a stream of one a day wait a hair less than so long."""
    return -math.expm1(-days * (1.0 - 1e-9))


def _streams(n_programmes: int, changes: Mapping[int, Row]) -> np.ndarray:
    usual = {"count_law": CountLaw.ALL, "cooldown_days": math.inf, "weight": 1.0}
    rows: list[Row] = []
    for stream in range(c.Stream.PROGRAMME + n_programmes):
        programme = stream - c.Stream.PROGRAMME
        row = {
            "loop": Loop.PROGRAMME if programme >= 0 else Loop.COLLABORATION + stream,
            "programme": programme if programme >= 0 else -1,
            "enabled": programme >= 0,
        }
        rows.append({**row, **changes.get(stream, {})})
    return table(c.STREAM, usual, rows)


def _rewards(rules: Sequence[Row]) -> np.ndarray:
    """Number each rule's place among those of its programme and side."""
    rows: list[Row] = []
    for rule in rules:
        name = (rule.get("programme", 0), rule.get("side", 0))
        place = sum((row["programme"], row["side"]) == name for row in rows)
        rows.append({"programme": name[0], "side": name[1], **rule, "place": place})
    return table(c.REWARD, REWARD, rows)


def _asks(rules: Sequence[Row]) -> np.ndarray:
    rows: list[Row] = []
    for rule in rules:
        programme = rule.get("programme", 0)
        place = sum(row["programme"] == programme for row in rows)
        rows.append({**rule, "programme": programme, "number": programme * c.ASKS + place})
    return table(c.ASK, ASK, rows)


def small_world(
    n_people: int = 2,
    ties: Sequence[tuple[int, int]] = (),
    *,
    world: Row | None = None,
    segment: Row | None = None,
    streams: Mapping[int, Row] | None = None,
    programmes: Sequence[Row] = ({},),
    rewards: Sequence[Row] = (),
    asks: Sequence[Row] = (),
    channel: Row | None = None,
    agents: Sequence[Row] = (),
    rates: Mapping[str, float] | None = None,
    arrivals: Sequence[float] = (0.0, 0.0, 0.0),
    tier_at: Sequence[float] = (0.0,),
    tier_post_factor: Sequence[float] = (1.0,) * c.TIERS,
    **changes: Any,
) -> c.EngineInputs:
    """Return inputs of one phase and one segment; person 0 is a customer from the start.

    Parameters
    ----------
    ties : pairs of people, in both directions
    rates : a day: use, purchase, churn, post, gift
    arrivals : a day: organic, paid; and the Bass hazard
    """
    n_programmes, rate = len(programmes), {f"{name}_rate": value for name, value in (rates or {}).items()}
    neighbours = [
        sorted({b for a, b in ties if a == i} | {a for a, b in ties if b == i}) for i in range(n_people)
    ]
    tiers = np.full((1, n_programmes, c.TIERS), math.inf)
    tiers[0, :, : len(tier_at)] = tier_at
    inputs = c.EngineInputs(
        horizon_days=100.0,
        n_people=n_people,
        graph_kind=int(c.GraphKind.TIES),
        offsets=np.cumsum([0, *map(len, neighbours)]).astype(np.int32),
        neighbours=np.array([b for row in neighbours for b in row], np.int32),
        strength=np.array([0.5], np.float32),
        segment=np.zeros(n_people, np.int8),
        activity=np.ones(n_people),
        initial=np.array([0], np.int32),
        arrival_order=np.arange(n_people, dtype=np.int32),
        starts=np.zeros(1),
        world=table(c.WORLD, WORLD, [world or {}])[:, 0],
        segments=table(c.SEGMENT, SEGMENT, [segment or {}]),
        streams=_streams(n_programmes, streams or {}),
        programmes=table(c.PROGRAMME, PROGRAMME, programmes),
        asks=_asks(asks),
        channels=table(c.CHANNEL, CHANNEL, [channel or {}]),
        use_rate=np.array([[rate.get("use_rate", 0.0)]]),
        purchase_rate=np.array([[rate.get("purchase_rate", 0.0)]]),
        churn_rate=np.array([[rate.get("churn_rate", 0.0)]]),
        arrival_rate=np.array([arrivals], float),
        ask_rate=np.zeros((1, len(asks))),
        table=np.zeros(1),
        attribution_rule=int(c.Rule.LAST_TOUCH),
        attribution_window_days=30.0,
        fresh_shares=np.ones(1),
        fresh_strength=0.5,
        activity_law=int(Law.FIXED),
        activity_a=1.0,
        activity_b=0.0,
        max_people=10_000,
        rewards=_rewards(rewards),
        agents=table(c.AGENT, {"audience": 1.0}, agents)[0],
        post_rate=np.full((1, n_programmes), rate.get("post_rate", 0.0)),
        gift_rate=np.array([[rate.get("gift_rate", 0.0)]]),
        tier_at=tiers,
        tier_post_factor=np.tile(np.asarray(tier_post_factor, float), (1, n_programmes, 1)),
        incident_day=np.zeros(0),
        incident_share=np.zeros(0),
        payer=np.zeros(0, np.int32),
    )
    return inputs._replace(**changes)


def played(inputs: c.EngineInputs, script: Script | None = None) -> np.ndarray:
    """Play a small world; every scripted draw must have been asked for."""
    luck = ScriptedChance(1, script or {})
    log = ReferenceEngine(lambda _: luck).run(inputs, 1).log
    assert not luck.unused, f"never asked for: {luck.unused}"
    return log


def story(log: np.ndarray, *kinds: Kind) -> list[str]:
    """Return events as lines: day, kind, who > whom, attempt, amount, margin; zeros are left out."""
    lines = []
    for row in log:
        if kinds and row["kind"] not in kinds:
            continue
        line = f"{row['time']:.4g} {Kind(row['kind']).name} {row['actor']}"
        line += f">{row['target']}" if row["target"] != -1 else ""
        for name, mark in (("attempt", "#"), ("amount_cents", "$"), ("margin_cents", "=")):
            line += f" {mark}{row[name]}" if row[name] else ""
        lines.append(line)
    return lines
