"""Programmes and their asks as rows."""

from __future__ import annotations

import math
from typing import Any

from referralsim.behaviour import response
from referralsim.engine import contract as c
from referralsim.engine.compile_agents import agent_columns
from referralsim.engine.compile_laws import Laws, count_columns, no_law, or_never, or_none
from referralsim.engine.compile_rewards import condition, effect
from referralsim.engine.layout import Layout
from referralsim.scenario.schema import Ask, Programme, Scenario


def programme_rows(scenario: Scenario, layout: Layout, laws: Laws) -> list[dict[str, Any]]:
    """Return the rows of one phase; a programme that a design has not is a row of zeros."""
    rows = []
    for name in layout.programmes:
        programme = scenario.programmes.get(name)
        window = scenario.attribution.window_days
        rows.append(_programme(programme, window, laws) if programme else {})
    return rows


def _programme(programme: Programme, window_days: float, laws: Laws) -> dict[str, Any]:
    moment = programme.moment
    own = programme.window_days
    return {
        "enabled": int(programme.enabled),
        "ask_cooldown_days": programme.ask_cooldown_days,
        "ask_maximum": programme.ask_maximum,
        "log_fatigue": math.log(programme.fatigue),
        "happy_factor": moment.happy_factor,
        "happy_half_life_days": moment.happy_half_life_days,
        "unhappy_factor": moment.unhappy_factor,
        "unhappy_half_life_days": moment.unhappy_half_life_days,
        **_response(programme),
        "qualify_on": c.QualifyOn[programme.qualify.event.upper()],
        "qualify_minimum_cents": programme.qualify.minimum_cents,
        "qualify_purchases": programme.qualify.purchases,
        "clawback_refund": int("refund" in programme.clawback),
        "clawback_churn": int("churn" in programme.clawback),
        "dispute": int(programme.dispute),
        "priority": programme.priority,
        "window_days": window_days if own is None else own,
        **agent_columns(programme, laws),
        **_budget(programme),
        **_reminder(programme, laws),
        **_abuse(programme),
    }


def _response(programme: Programme) -> dict[str, Any]:
    r, rewards = programme.response, programme.rewards
    rewarded = condition(programme)
    share = getattr(r.share, rewarded) if r.share else (0.0, 0.0)
    accept = getattr(r.accept, rewarded) if r.accept else (0.0, 0.0)
    slopes = ("own_base", "own_weak_brand", "own_weak_tie", "friend_base", "friend_brand", "friend_tie")
    return {
        "mode": c.Mode[r.mode.upper()],
        "share_base": response.logit(programme.share_probability),
        "own_effect": effect(r.to_own_reward, rewards.referrer),
        "friend_effect": effect(r.to_friends_reward, rewards.referee),
        "offer_effect": effect(r.to_offer, rewards.referee),
        "one_sided": float(rewarded == "referrer"),
        **{name: getattr(r, name) for name in (*slopes, "cost_brand", "cost_tie")},
        "table_share_weak": share[0],
        "table_share_strong": share[1],
        "table_accept_weak": accept[0],
        "table_accept_strong": accept[1],
    }


def _budget(programme: Programme) -> dict[str, Any]:
    budget = programme.budget
    return {
        "budget_cents": or_none(budget.amount_cents if budget else None),
        "stop_when_spent": int(budget is not None and budget.when_spent == "stop"),
        "budget_days": or_never(budget.every_days if budget else None),
    }


def _reminder(programme: Programme, laws: Laws) -> dict[str, Any]:
    reminder = programme.reminder
    if reminder is None:
        return {**no_law("remind_delay"), "remind_accept_factor": 1.0, "remind_activation_factor": 1.0}
    return {
        "remind_probability": reminder.probability,
        **laws.columns("remind_delay", reminder.delay_days),
        "remind_accept_factor": reminder.accept_factor,
        "remind_activation_factor": reminder.activation_factor,
    }


def _abuse(programme: Programme) -> dict[str, Any]:
    abuse = programme.abuse
    return {
        "self_referral_probability": abuse.self_referral,
        "leak_probability": abuse.leak,
        "fake_probability": abuse.fake.probability,
        **count_columns("fake_count", abuse.fake.count),
        "detect_true": abuse.detect.true_positive,
        "detect_false": abuse.detect.false_positive,
    }


# ------------------------------------------------------------------------------- asks


def ask_rows(scenario: Scenario, layout: Layout, laws: Laws) -> list[dict[str, Any]]:
    """Return the ask rules of one phase; one that a design has not is an ask at random, at no rate."""
    rows: list[dict[str, Any]] = []
    for index, (name, n_asks) in enumerate(zip(layout.programmes, layout.n_asks, strict=True)):
        asks = scenario.programmes[name].asks if name in scenario.programmes else ()
        for place in range(n_asks):
            named = {"number": index * c.ASKS + place, "programme": index}
            terms = _ask(asks[place], layout, laws) if place < len(asks) else _no_ask()
            rows.append({**named, **terms})
    return rows


def _no_ask() -> dict[str, Any]:
    return {
        "trigger": c.Trigger.RANDOM,
        "every_days": 1.0,
        "max_tenure_days": math.inf,
        "framing_half_life_days": math.inf,
    }


def _ask(ask: Ask, layout: Layout, laws: Laws) -> dict[str, Any]:
    wanted = ask.segments or layout.segments
    return {
        "trigger": c.Trigger[ask.trigger.upper()],
        "segment_mask": sum(1 << layout.segments.index(segment) for segment in wanted),
        "probability": ask.probability,
        **laws.columns("delay", ask.delay_days),
        "every_days": ask.every_days,
        "first_days": ask.first_days,
        "min_tenure_days": ask.min_tenure_days,
        "max_tenure_days": or_never(ask.max_tenure_days),
        "min_purchases": ask.min_purchases,
        "min_spent_cents": ask.min_spent_cents,
        "priority": ask.priority,
        "payer": int(ask.decides == "payer"),
        "framing_effect": ask.framing.effect if ask.framing else 0.0,
        "framing_half_life_days": ask.framing.half_life_days if ask.framing else math.inf,
    }


def ask_rates(scenario: Scenario, layout: Layout) -> list[float]:
    """Return the rates of asks at random, in the order of :func:`ask_rows`."""
    rates = []
    for name, n_asks in zip(layout.programmes, layout.n_asks, strict=True):
        rules = scenario.programmes[name].asks if name in scenario.programmes else ()
        rates += [rules[place].rate_per_day if place < len(rules) else 0.0 for place in range(n_asks)]
    return rates
