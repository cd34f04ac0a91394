"""Reward rules as rows: by programme, then side, then place, the same rows in all designs of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from referralsim.behaviour import response
from referralsim.engine import contract as c
from referralsim.engine.compile_laws import Laws, no_law, or_never, or_none
from referralsim.engine.layout import Layout
from referralsim.eventlog.kinds import Side
from referralsim.scenario.schema import Curve, Programme, Reward, Scenario

_FORMS = {"presence": response.PRESENCE, "log": response.LOG, "linear": response.LINEAR}
_SIDES = ((Side.REFERRER, "referrer"), (Side.REFEREE, "referee"))


def reward_rows(steps: Sequence[Scenario], layout: Layout, laws: Laws) -> list[list[dict[str, Any]]]:
    """Return the rows of each phase.

    A rule that is missing in a phase is not present there, but keeps the terms it had last (or will have
    first): what was earned by them is settled by them, and a contest keeps its calendar.
    """
    columns = []
    for index, (name, n_rewards) in enumerate(zip(layout.programmes, layout.n_rewards, strict=True)):
        for side, word in _SIDES:
            for place in range(n_rewards[side]):
                found = [_rule(step, name, word, place) for step in steps]
                names = {"programme": index, "place": place, "side": side}
                columns.append([{**names, **row} for row in _row_by_phase(found, laws)])
    return [[column[phase] for column in columns] for phase in range(len(steps))]


def _rule(step: Scenario, name: str, word: str, place: int) -> tuple[Programme, Reward] | None:
    programme = step.programmes.get(name)
    rules: tuple[Reward, ...] = getattr(programme.rewards, word) if programme else ()
    return (programme, rules[place]) if programme and place < len(rules) else None


def _row_by_phase(found: list[tuple[Programme, Reward] | None], laws: Laws) -> list[dict[str, Any]]:
    present = [rule for rule in found if rule is not None]
    last = _terms(*present[0], laws) if present else _no_terms()
    rows = []
    for rule in found:
        last = last if rule is None else _terms(*rule, laws)
        rows.append({**last, "present": int(rule is not None)})
    return rows


def _no_terms() -> dict[str, Any]:
    """Return the terms of a rule that this design never has."""
    return {"every": 1, "to_friend": -1, "to_tier": c.TIERS - 1, "cap_count": -1, "cap_cents": -1} | {
        "prize_probability": 1.0,
        "at_payment": 1,
        "expire_days": math.inf,
        "intro_days": math.inf,
        "for_days": math.inf,
        "cap_days": math.inf,
        "board_days": math.inf,
    }


def _terms(programme: Programme, reward: Reward, laws: Laws) -> dict[str, Any]:
    later = reward.value_cents if reward.later is None else reward.later.value_cents
    cap, redeem, board = reward.cap, reward.redeem, reward.leaderboard
    return {
        "on": c.PaysOn[reward.on.upper()],
        "value_cents": reward.value_cents.cents,
        "later_value_cents": later.cents,
        "percent": reward.value_cents.percent,
        "later_percent": later.percent,
        "intro_days": math.inf if reward.later is None else reward.later.after_days,
        "for_days": or_never(reward.for_days),
        "from_friend": reward.friends.first,
        "to_friend": or_none(reward.friends.last),
        "every": reward.friends.every,
        "from_tier": reward.tiers.first,
        "to_tier": reward.tiers.last,
        "minimum_cents": reward.minimum_cents,
        "cap_count": or_none(cap.count if cap else None),
        "cap_cents": or_none(cap.value_cents if cap else None),
        "cap_window": c.CapWindow[cap.window.upper()] if cap else c.CapWindow.LIFETIME,
        "cap_days": cap.every_days if cap else math.inf,
        "prize_probability": 1.0 if reward.prize_probability is None else reward.prize_probability,
        "hold_days": programme.hold_days if reward.hold_days is None else reward.hold_days,
        "cost": reward.cost,
        "fee_cents": reward.fee_cents,
        "at_payment": int(redeem is None),
        "redeem_probability": redeem.probability if redeem else 0.0,
        **(laws.columns("redeem_delay", redeem.delay_days) if redeem else no_law("redeem_delay")),
        "expire_days": or_never(redeem.expire_days if redeem else None),
        "needs_active": int(reward.needs_active),
        "retry_days": reward.pending.retry_days,
        "pending_days": reward.pending.maximum_days,
        "board_days": board.every_days if board else math.inf,
        "board_places": board.places if board else 0,
    }


def condition(programme: Programme) -> str:
    """Return who is rewarded: none, referrer, referee or both."""
    own, friends = (exists(side) for side in (programme.rewards.referrer, programme.rewards.referee))
    return {(False, False): "none", (True, False): "referrer", (False, True): "referee"}.get(
        (own, friends), "both"
    )


def exists(side: Sequence[Reward]) -> bool:
    """Say whether a side has a reward that can ever be worth something."""
    return any(_face_values(reward) for reward in side)


def effect(curve: Curve, side: Sequence[Reward]) -> float:
    """Return the log-odds of a side's rewards: those of the first terms of the first of them.

    A percentage counts as a value at the curve's scale, and a sweepstake as what its ticket is worth on
    average; of a contest, the prize counts.
    """
    first = next((reward for reward in side if _face_values(reward)), None)
    if first is None:
        return 0.0
    cents = _face_values(first)[0].cents
    value = float(cents) or float(curve.scale_cents)
    if cents and first.prize_probability is not None:
        value *= first.prize_probability
    return float(response.reward_effect(_FORMS[curve.form], curve.effect, curve.scale_cents, value))


def _face_values(reward: Reward) -> list[Any]:
    """Return the terms of a reward that are worth something, the first ones first."""
    terms = [reward.value_cents, *([reward.later.value_cents] if reward.later else [])]
    return [value for value in terms if value.cents > 0 or value.percent > 0]
