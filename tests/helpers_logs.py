"""Logs built by hand, one event a line, for tests that know the answer; and a world in which all happens."""

from __future__ import annotations

from typing import Any

import numpy as np

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
    CapWindow,
    EngineInputs,
    GraphKind,
    Mode,
    PaysOn,
    ProgrammeKind,
    QualifyOn,
    Trigger,
)
from referralsim.eventlog.kinds import LOG_DTYPE, Kind, Loop, Origin, Side, in_order
from referralsim.eventlog.record import RunRecord
from referralsim.laws import CountLaw, Law

COLUMNS = tuple(LOG_DTYPE.names or ())
NONE = {"loop": -1, "channel": -1, "programme": -1, "target": -1}


class Story:
    """Collects events in any order and turns them into a record in the total order."""

    def __init__(self, people: int = 20, horizon: float = 100.0, segments: tuple[int, ...] = ()) -> None:
        self.rows: list[tuple[float, ...]] = []
        self.people, self.horizon = people, horizon
        self.segments = segments or (0,) * people

    def add(self, kind: Kind, time: float, actor: int, **columns: int) -> None:
        """Add one event; columns not named are -1 or 0, as the model says."""
        values = NONE | {"time": time, "kind": kind, "actor": actor} | columns
        self.rows.append(tuple(values.get(name, 0) for name in COLUMNS))

    def join(
        self,
        person: int,
        day: float,
        parent: int = -1,
        loop: Loop | None = None,
        signed_up: float | None = None,
        channel: int = 0,
        active: bool = True,
    ) -> None:
        """Let a person sign up (by default on the same day) and become a customer."""
        found = loop if loop is not None else (Loop.PROGRAMME if parent >= 0 else Loop.INITIAL)
        credit = {"target": parent, "loop": found, "channel": channel if parent >= 0 else -1}
        credit["programme"] = 0 if found == Loop.PROGRAMME else -1
        origin = Origin.INVITATION if parent >= 0 else Origin(int(found))
        self.add(Kind.SIGNED_UP, day if signed_up is None else signed_up, person, attempt=origin, **credit)
        if active:
            self.add(Kind.ACTIVATED, day, person, **credit)

    def record(self, limited_graph: bool = True) -> RunRecord:
        log = in_order(np.array(self.rows, dtype=LOG_DTYPE))
        segment = np.array(self.segments, dtype=np.int8)
        names = ("loyal", "neutral", "vulnerable")[: int(segment.max(initial=0)) + 1]
        return RunRecord(log, segment, self.horizon, names, ("link", "mail"), ("friends",), limited_graph)


def forest(parents: list[int], days: list[float] | None = None, horizon: float = 100.0) -> RunRecord:
    """Return a record in which person i was brought by parents[i] (-1: nobody) on days[i]."""
    story = Story(max(1, len(parents)), horizon)
    for person, parent in enumerate(parents):
        story.join(person, float(person) if days is None else days[person], parent)
    return story.record()


def _filled(dtype: np.dtype, shape: tuple[int, ...], values: dict[str, Any]) -> np.ndarray:
    table = np.zeros(shape, dtype)
    for name, value in values.items():
        table[name] = value
    return table


def _segments() -> np.ndarray:
    """Return the people of the whole grammar: segment 0 buys at random, segment 1 subscribes."""
    return _filled(
        SEGMENT,
        (2, 2),
        {
            "brand": [[0.2, 0.9], [0.4, 0.7]],
            "activation_probability": 0.7,
            "activation_delay_law": Law.EXPONENTIAL,
            "activation_delay_a": 0.5,
            "happy_probability": 0.3,
            "unhappy_probability": 0.25,
            "purchase_every_days": [0.0, 5.0],
            "purchase_first_days": 1.5,
            "basket_law": Law.GAMMA,
            "basket_a": 2.0,
            "basket_b": 900.0,
            "margin": [[0.31, 0.4], [0.5, 0.4]],
            "refund_probability": 0.3,
            "refund_delay_law": Law.EXPONENTIAL,
            "refund_delay_a": 3.0,
            "unhappy_purchase_factor": 0.4,
            "unhappy_churn_factor": 2.0,
            "unhappy_half_life_days": 4.0,
            "early_until_days": 5.0,
            "early_factor": [[2.0, 0.5], [1.0, 1.0]],
            "share_log_factor": [[0.5, 0.0], [-0.5, 0.0]],
            "purchase_top": 1.5,
            "happy_half_life_days": 6.0,
            "happy_churn_factor": 0.7,
            "happy_basket_factor": 1.2,
            "unhappy_basket_factor": 0.8,
            "referred_churn_factor": 0.82,
            "referrer_churn_factor": 0.6,
            "referred_share_log": 0.3,
            "referred_margin_gap": 0.16,
            "referred_margin_half_life_days": 20.0,
            "recovery_probability": 0.5,
            "recovery_delay_law": Law.UNIFORM,
            "recovery_delay_a": 0.2,
            "recovery_delay_b": 1.0,
            "recovery_success": 0.6,
            "recovery_cost_cents": 150,
            "gift_cost_cents": 400,
            "winback_maximum": [1, 2],
            "winback_cost_cents": 700,
            "winback_probability": 0.7,
            "winback_delay_law": Law.EXPONENTIAL,
            "winback_delay_a": 3.0,
            "points_per_cent": 0.01,
            "points_per_friend": 25.0,
            "points_per_review": 5.0,
            "points_expire_days": [6.0, 8.0],
            "points_redeem_at": 60.0,
            "points_redeem_probability": 0.4,
            "points_cost_cents": 0.8,
            "points_threshold": 30.0,
            "points_purchase_factor": 1.2,
            "points_basket_factor": 1.1,
            "points_churn_factor": 0.8,
            "review_probability": 0.3,
            "member_probability": 0.3,
            "member_days": 4.0,
            "member_renew_probability": 0.6,
            "member_fee_cents": 999,
            "member_purchase_factor": 1.25,
            "member_basket_factor": 1.1,
            "member_churn_factor": 0.5,
        },
    )


def _programmes() -> np.ndarray:
    """Return the programmes of the whole grammar: friends, a club with points of sale, affiliates."""
    return _filled(
        PROGRAMME,
        (2, 3),
        {
            "enabled": [[1, 1, 1], [1, 0, 1]],
            "ask_cooldown_days": [1.0, 0.5, 0.0],
            "ask_maximum": [9, 6, 0],
            "log_fatigue": np.log(0.8),
            "happy_factor": 3.0,
            "happy_half_life_days": 2.0,
            "unhappy_factor": 0.2,
            "unhappy_half_life_days": 7.0,
            "mode": [Mode.LOGIT, Mode.TABLE, Mode.LOGIT],
            "share_base": 1.0,
            "own_effect": 0.8,
            "friend_effect": 1.0,
            "offer_effect": 0.35,
            "own_base": 1.0,
            "friend_base": -0.7,
            "friend_brand": 1.2,
            "table_share_weak": 0.8,
            "table_share_strong": 0.6,
            "table_accept_weak": 0.3,
            "table_accept_strong": 0.5,
            "qualify_on": [QualifyOn.PURCHASE, QualifyOn.SIGNUP, QualifyOn.ACTIVATION],
            "qualify_minimum_cents": [500, 0, 0],
            "qualify_purchases": 1,
            "clawback_refund": [1, 1, 0],
            "clawback_churn": [1, 0, 1],
            "dispute": 1,
            "kind": [ProgrammeKind.REFERRAL, ProgrammeKind.REFERRAL, ProgrammeKind.AGENTS],
            "priority": [1, 0, 2],
            "window_days": [3.0, 5.0, 2.0],
            "budget_cents": [9000, -1, 7000],
            "budget_days": [6.0, np.inf, 8.0],
            "stop_when_spent": [0, 0, 1],
            "remind_probability": 0.7,
            "remind_delay_law": Law.UNIFORM,
            "remind_delay_a": 0.5,
            "remind_delay_b": 1.5,
            "remind_accept_factor": 0.8,
            "remind_activation_factor": 0.9,
            "self_referral_probability": [0.06, 0.06, 0.0],
            "leak_probability": [0.06, 0.0, 0.06],
            "fake_probability": [0.15, 0.3, 0.0],
            "fake_count_law": CountLaw.POISSON,
            "fake_count_a": 1.2,
            "detect_true": 0.5,
            "detect_false": 0.1,
            "visit_share": 0.01,
            "chaser_effect": 0.5,
            "screening_probability": 0.65,
            "course_probability": 0.8,
            "admission_delay_law": Law.EXPONENTIAL,
            "admission_delay_a": 1.0,
            "fee_cents": 5000,
            "tier_by_revenue": [[0, 0, 0], [0, 0, 1]],
            "tier_review_days": [np.inf, np.inf, 5.0],
        },
    )


def _reward(programme: int, side: Side, place: int, on: PaysOn, **values: Any) -> dict[str, Any]:
    always = {
        "present": 1,
        "programme": programme,
        "side": side,
        "place": place,
        "on": on,
        "intro_days": np.inf,
        "for_days": np.inf,
        "from_friend": 1,
        "to_friend": -1,
        "every": 1,
        "to_tier": TIERS - 1,
        "cap_count": -1,
        "cap_cents": -1,
        "cap_days": np.inf,
        "prize_probability": 1.0,
        "cost": 1.0,
        "at_payment": 1,
        "expire_days": np.inf,
        "retry_days": 1.0,
        "pending_days": np.inf,
        "board_days": np.inf,
    }
    return always | values


def _rewards() -> np.ndarray:
    """Return reward rules of every kind, by programme, side and place."""
    mine, yours = Side.REFERRER, Side.REFEREE
    voucher = {
        "at_payment": 0,
        "redeem_probability": 0.6,
        "redeem_delay_law": Law.EXPONENTIAL,
        "redeem_delay_a": 3.0,
        "expire_days": 5.0,
        "cost": 0.6,
        "fee_cents": 20,
    }
    active = {"needs_active": 1, "retry_days": 1.5, "pending_days": 4.0}
    qualified, purchase = PaysOn.QUALIFIED, PaysOn.PURCHASE
    rules = [
        _reward(0, mine, 0, qualified, value_cents=1000, cap_count=1, hold_days=3.0, **active),
        _reward(
            0, mine, 1, qualified, value_cents=2500, from_friend=2, to_friend=2, hold_days=2.0, **voucher
        ),
        _reward(0, mine, 2, qualified, value_cents=700, prize_probability=0.5, every=2, hold_days=1.0),
        _reward(0, mine, 3, PaysOn.LEADERBOARD, value_cents=3000, board_days=7.0, board_places=2),
        _reward(0, yours, 0, qualified, percent=0.15, minimum_cents=900, hold_days=2.0, **voucher),
        _reward(0, yours, 1, PaysOn.SIGNUP, value_cents=300, hold_days=1.0, **voucher),
        _reward(
            1,
            mine,
            0,
            PaysOn.SIGNUP,
            value_cents=200,
            cap_cents=500,
            cap_window=CapWindow.ROLLING,
            cap_days=6.0,
        ),
        _reward(
            1, mine, 1, qualified, value_cents=400, cap_count=2, cap_window=CapWindow.PERIOD, cap_days=5.0
        ),
        _reward(1, yours, 0, qualified, value_cents=250, hold_days=0.2, **(active | {"retry_days": 0.4})),
        _reward(
            2, mine, 0, purchase, percent=0.3, later_percent=0.1, intro_days=4.0, for_days=9.0, hold_days=3.0
        ),
        _reward(2, mine, 1, qualified, value_cents=1500, from_tier=1, hold_days=2.0),
        _reward(2, mine, 2, PaysOn.LEADERBOARD, value_cents=4000, board_days=6.0, board_places=1, **voucher),
        _reward(2, yours, 0, qualified, value_cents=800, **voucher),
    ]
    table = np.zeros((2, len(rules)), REWARD)
    for row, rule in enumerate(rules):
        for name, value in rule.items():
            table[name][:, row] = value
    table["present"][1, 2] = 0
    table["later_value_cents"] = table["value_cents"]
    return table


def _asks() -> np.ndarray:
    asks = _filled(
        ASK,
        (2, 7),
        {
            "programme": [0, 0, 0, 0, 1, 1, 1],
            "trigger": [
                Trigger.HAPPY_MOMENT,
                Trigger.UNHAPPY_MOMENT,
                Trigger.PURCHASE,
                Trigger.CALENDAR,
                Trigger.SIGNUP,
                Trigger.HAPPY_MOMENT,
                Trigger.RANDOM,
            ],
            "segment_mask": [3, 3, 3, 3, 2, 3, 3],
            "probability": [0.6, 0.5, 0.7, 0.6, 0.9, 0.8, 0.7],
            "delay_law": [Law.EXPONENTIAL, 0, 0, 0, Law.UNIFORM, 0, 0],
            "delay_a": [0.5, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0],
            "delay_b": [0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0],
            "every_days": 4.0,
            "first_days": 2.0,
            "min_tenure_days": [0.0, 1.0, 0.0, 3.0, 0.0, 0.0, 2.0],
            "max_tenure_days": [np.inf, np.inf, 20.0, np.inf, np.inf, 15.0, np.inf],
            "min_purchases": [0, 0, 2, 0, 0, 1, 0],
            "min_spent_cents": [0, 0, 0, 1500, 0, 0, 0],
            "priority": [0, 0, 0, 0, 0, 3, 0],
            "payer": [1, 0, 0, 0, 0, 0, 0],
            "framing_effect": [0.5, 0.0, 0.8, 0.0, 0.0, 0.0, 0.2],
            "framing_half_life_days": 3.0,
        },
    )
    asks["number"] = asks["programme"] * ASKS + np.array([0, 1, 2, 3, 0, 1, 2])
    return asks


def _streams() -> np.ndarray:
    streams = _filled(
        STREAM,
        (2, 8),
        {
            "enabled": 1,
            "loop": [3, 4, 5, 6, 7, 8, 8, 8],
            "programme": [-1, -1, -1, -1, -1, 0, 1, 2],
            "probability": 0.15,
            "count_law": [CountLaw.POISSON, 0, 0, CountLaw.BINOMIAL, 0, CountLaw.POISSON, 0, 0],
            "count_a": [1.5, 1.0, 1.0, 3.0, 2.0, 2.0, 2.0, 0.0],
            "count_b": 0.5,
            "tie_order": [0, 1, 2, 0, 1, 2, 1, 0],
            "channel": [0, 1, 0, 1, 0, 1, 0, 1],
            "cooldown_days": [2.0, np.inf, 3.0, 1.0, 0.0, 4.0, 2.0, np.inf],
            "weight": 1.0,
        },
    )
    streams["enabled"][1, 2] = 0
    return streams


def _channels() -> np.ndarray:
    return _filled(
        CHANNEL,
        (2, 2),
        {
            "delivered_probability": [[0.9, 0.7], [0.8, 1.0]],
            "delivered_delay_law": [0, Law.EXPONENTIAL],
            "delivered_delay_a": [0.0, 0.2],
            "opened_probability": 0.8,
            "opened_delay_law": Law.LOGNORMAL,
            "opened_delay_a": -0.5,
            "opened_delay_b": 0.8,
            "clicked_probability": 0.8,
            "signed_up_logit": [-0.8, -0.3],
            "signed_up_probability": [0.31, 0.42],
            "signed_up_delay_law": Law.UNIFORM,
            "signed_up_delay_a": 0.1,
            "signed_up_delay_b": 1.5,
            "exposure_curve": [1, 2],
            "exposure_effect": 0.5,
            "exposure_offers": 2.0,
            "tie_effect": 0.4,
            "brand_effect": 0.4,
        },
    )


def whole_grammar(n_people: int = 120, seed: int = 1, graph_kind: GraphKind = GraphKind.TIES) -> EngineInputs:
    """Return a world in which every kind of event happens, and most rules stand against another."""
    rng = np.random.default_rng(seed)
    edges = rng.integers(0, n_people, (2 * n_people, 2))
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n_people))]).astype(np.int32)
    ties = graph_kind == GraphKind.TIES
    payer = np.arange(n_people, dtype=np.int32)
    payer[1::4] -= 1  # every other pair shares a purse
    world = {
        "paid_cost_cents": [300, 250],
        "paid_budget_cents": 9000,
        "balance_effect": [0.2, 0.4],
        "balance_limit": 3.0,
        "review_effect": 0.6,
        "review_scale": 40.0,
        "one_ask": [1, 0],
        "ask_rest_days": 0.25,
        "cross_log_fatigue": np.log(0.9),
        "consent_probability": 0.5,
        "pass_on_probability": 0.5,
    }
    agents = np.zeros(8, AGENT)
    agents["programme"], agents["chaser"] = 2, [0, 1] * 4
    agents["audience"] = [200.0, 350.0, 500.0, 150.0, 300.0, 100.0, 80.0, 400.0]
    agents["join_day"] = [0.0, 1.0, 2.0, 3.5, 8.0, 0.5, 1.5, 4.0]
    tiers = np.zeros((2, 3, TIERS))
    tiers[0] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    tiers[1] = [0.0, 1000.0, 5000.0, 9000.0, 20000.0, 90000.0]
    return EngineInputs(
        horizon_days=32.0,
        n_people=n_people,
        graph_kind=int(graph_kind),
        offsets=offsets if ties else np.zeros(1, np.int32),
        neighbours=both[:, 1].astype(np.int32) if ties else np.zeros(0, np.int32),
        strength=rng.random(len(both) if ties else 1).astype(np.float32),
        segment=rng.integers(0, 2, n_people).astype(np.int8),
        activity=rng.gamma(2.0, 0.5, n_people),
        initial=np.arange(0, n_people, 6, dtype=np.int32),
        arrival_order=rng.permutation(n_people).astype(np.int32),
        starts=np.array([0.0, 17.0]),
        world=_filled(WORLD, (2,), world),
        segments=_segments(),
        streams=_streams(),
        programmes=_programmes(),
        asks=_asks(),
        channels=_channels(),
        use_rate=np.array([[0.35, 0.3], [0.25, 0.4]]),
        purchase_rate=np.array([[0.4, 0.0], [0.5, 0.0]]),
        churn_rate=np.array([[0.15, 0.1], [0.1, 0.15]]),
        arrival_rate=np.array([[0.6, 0.5, 0.004], [0.7, 0.3, 0.0]]),
        ask_rate=np.array([[0.0] * 6 + [0.1]] * 2),
        table=np.zeros(0),
        attribution_rule=0,
        attribution_window_days=4.0,
        fresh_shares=np.array([0.4, 1.0]),
        fresh_strength=0.5,
        activity_law=int(Law.FIXED),
        activity_a=1.0,
        activity_b=0.0,
        max_people=20_000,
        rewards=_rewards(),
        agents=agents,
        post_rate=np.array([[0.0, 0.0, 0.4], [0.0, 0.0, 0.6]]),
        gift_rate=np.array([[0.03, 0.02], [0.02, 0.05]]),
        tier_at=tiers,
        tier_post_factor=np.broadcast_to(np.linspace(1.0, 2.0, TIERS), (2, 3, TIERS)).copy(),
        incident_day=np.array([9.5, 21.0]),
        incident_share=np.array([0.3, 0.5]),
        payer=payer if graph_kind != GraphKind.FRESH else np.zeros(0, np.int32),
    )
