"""Whether a world needs the whole grammar, or the plain kernel will do.

A number that means *nothing of the kind* is listed here for each column that plain worlds must leave alone.
Rows that are all zero belong to segments, programmes and rules that a design does not have.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from referralsim.engine.contract import EngineInputs, PaysOn, ProgrammeKind, Table

_WORLD = {"one_ask": 0, "ask_rest_days": 0.0, "cross_log_fatigue": 0.0}
_SEGMENT = {
    "purchase_top": 1.0,
    "happy_churn_factor": 1.0,
    "happy_basket_factor": 1.0,
    "unhappy_basket_factor": 1.0,
    "referred_churn_factor": 1.0,
    "referrer_churn_factor": 1.0,
    "referred_share_log": 0.0,
    "referred_margin_gap": 0.0,
    "recovery_probability": 0.0,
    "winback_maximum": 0,
    "points_per_cent": 0.0,
    "points_per_friend": 0.0,
    "points_redeem_probability": 0.0,
    "points_purchase_factor": 1.0,
    "points_basket_factor": 1.0,
    "points_churn_factor": 1.0,
    "review_probability": 0.0,
    "member_probability": 0.0,
}
_PROGRAMME = {
    "kind": int(ProgrammeKind.REFERRAL),
    "dispute": 0,
    "priority": 0,
    "budget_cents": -1,
    "remind_probability": 0.0,
    "self_referral_probability": 0.0,
    "leak_probability": 0.0,
    "fake_probability": 0.0,
    "detect_false": 0.0,
}
_REWARD = {
    "on": int(PaysOn.QUALIFIED),
    "place": 0,
    "from_friend": 1,
    "to_friend": -1,
    "every": 1,
    "from_tier": 0,
    "minimum_cents": 0,
    "cap_cents": -1,
    "prize_probability": 1.0,
    "at_payment": 1,
    "needs_active": 0,
}
_ASK = {
    "max_tenure_days": math.inf,
    "min_purchases": 0,
    "min_spent_cents": 0,
    "payer": 0,
    "framing_effect": 0.0,
}


def _there(table: Table) -> npt.NDArray[np.bool_]:
    """Return which rows say anything at all."""
    n_bytes = table.dtype.itemsize
    said = np.ascontiguousarray(table).view(np.uint8).reshape(*table.shape, n_bytes) != 0
    return np.asarray(said.any(axis=-1))


def _is_plain(rows: Table, nothing: dict[str, float]) -> bool:
    return all(bool((rows[name] == value).all()) for name, value in nothing.items())


def needs_grammar(inputs: EngineInputs) -> bool:
    """Return whether anything in a world is beyond the plain kernel."""
    programmes = inputs.programmes[_there(inputs.programmes)]
    rewards = inputs.rewards[inputs.rewards["present"] != 0]
    asks = inputs.asks[inputs.asks["segment_mask"] != 0]
    windowed = (rewards["cap_count"] >= 0) & (rewards["cap_window"] != 0)
    return not (
        len(inputs.agents) == 0
        and len(inputs.payer) == 0
        and not (inputs.gift_rate > 0.0).any()
        and not (inputs.incident_share > 0.0).any()
        and _is_plain(inputs.world, _WORLD)
        and _is_plain(inputs.segments[_there(inputs.segments)], _SEGMENT)
        and _is_plain(programmes, _PROGRAMME)
        and bool((programmes["window_days"] == inputs.attribution_window_days).all())
        and _is_plain(rewards, _REWARD)
        and not windowed.any()
        and _is_plain(asks, _ASK)
    )
