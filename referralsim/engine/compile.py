"""From a scenario and a graph to the flat arrays an engine reads.

The only file that knows both sides: names, units and nesting on the left, rows and codes on the right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from referralsim.behaviour import response
from referralsim.engine import contract as c
from referralsim.errors import UsageError
from referralsim.eventlog.kinds import Loop
from referralsim.laws import Law
from referralsim.population.graph import SocialGraph
from referralsim.population.people import (
    arrival_order,
    assign_segments,
    choose_initial,
    cumulative_shares,
    draw_activity,
)
from referralsim.scenario.resolve import phases
from referralsim.scenario.schema import Contact, Curve, Programme, Reward, Scenario, Segment

_KINDS = {"ties": c.GraphKind.TIES, "complete": c.GraphKind.COMPLETE, "fresh": c.GraphKind.FRESH}
_ORGANIC = (
    ("collaboration", Loop.COLLABORATION),
    ("visibility", Loop.VISIBILITY),
    ("progress", Loop.PROGRESS),
    ("word_of_mouth", Loop.WORD_OF_MOUTH),
    ("complaints", Loop.COMPLAINTS),
)
_FORMS = {"presence": response.PRESENCE, "log": response.LOG, "linear": response.LINEAR}
_CURVES = {
    "independent": response.INDEPENDENT,
    "saturating": response.SATURATING,
    "single_peaked": response.SINGLE_PEAKED,
}
MAX_PEOPLE = 20_000_000
"""A run with fresh contacts that grows past this is stopped."""


class Layout(NamedTuple):
    """Names of what is numbered, common to all designs of a study so that their draws match."""

    segments: tuple[str, ...]
    channels: tuple[str, ...]
    programmes: tuple[str, ...]
    n_asks: tuple[int, ...]  # ask rules of each programme, at most over the designs


def layout_of(scenarios: Iterable[Scenario]) -> Layout:
    """Return the numbering for a set of designs: first seen, first numbered."""
    segments: dict[str, None] = {}
    channels: dict[str, None] = {}
    n_asks: dict[str, int] = {}
    for scenario in scenarios:
        for _, phase in phases(scenario):
            segments.update(dict.fromkeys(phase.population.segments))
            channels.update(dict.fromkeys(phase.channels))
            for name, programme in phase.programmes.items():
                n_asks[name] = max(n_asks.get(name, 0), len(programme.asks))
    return Layout(tuple(segments), tuple(channels), tuple(n_asks), tuple(n_asks.values()))


class _Compiler:
    """Collects the rows of empirical laws while the tables are filled."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.table: list[float] = []

    def law(self, name: str, law: Any) -> dict[str, float]:
        a, b = law.a, law.b
        if law.values:
            a, b = float(len(self.table)), float(len(law.values))
            self.table.extend(sorted(law.values))
        return {f"{name}_law": law.law, f"{name}_a": a, f"{name}_b": b}

    def segment(self, segment: Segment) -> dict[str, Any]:
        p = segment.product
        early = p.churn.early_factor if p.churn.early_until_days > 0 else 1.0
        return {
            "brand": p.brand,
            "activation_probability": p.activation.probability,
            **self.law("activation_delay", p.activation.delay_days),
            "happy_probability": p.moments.happy,
            "unhappy_probability": p.moments.unhappy,
            "purchase_every_days": p.purchases.every_days or 0.0,
            "purchase_first_days": p.purchases.first_after_days,
            **self.law("basket", p.purchases.basket_cents),
            "margin": p.purchases.margin,
            "refund_probability": p.purchases.refund.probability,
            **self.law("refund_delay", p.purchases.refund.delay_days),
            "unhappy_purchase_factor": p.after_unhappy.purchase_factor,
            "unhappy_churn_factor": p.after_unhappy.churn_factor,
            "unhappy_half_life_days": p.after_unhappy.half_life_days,
            "early_until_days": p.churn.early_until_days,
            "early_factor": early,
            "share_log_factor": math.log(max(segment.share_factor, 1e-300)),
        }

    def stream(self, contact: Contact, loop: Loop, programme: int) -> dict[str, Any]:
        cooldown = contact.cooldown_days
        return {
            "enabled": 1,
            "loop": loop,
            "programme": programme,
            "probability": getattr(contact, "probability", 1.0),
            "count_law": contact.invites.law,
            "count_a": contact.invites.a,
            "count_b": contact.invites.b,
            "tie_order": c.TieOrder[contact.ties.upper()],
            "channel": self.layout.channels.index(contact.channel),
            "cooldown_days": math.inf if cooldown is None else cooldown,
            "weight": getattr(contact, "weight", 0.0),
        }

    def programme(self, programme: Programme) -> dict[str, Any]:
        r, moment = programme.response, programme.moment
        referrer, referee = programme.rewards.referrer, programme.rewards.referee
        condition = {(0, 0): "none", (1, 0): "referrer", (0, 1): "referee", (1, 1): "both"}[
            (int(_exists(referrer)), int(_exists(referee)))
        ]
        share = getattr(r.share, condition) if r.share else (0.0, 0.0)
        accept = getattr(r.accept, condition) if r.accept else (0.0, 0.0)
        return {
            "enabled": int(programme.enabled),
            "ask_cooldown_days": programme.ask_cooldown_days,
            "ask_maximum": programme.ask_maximum,
            "log_fatigue": math.log(programme.fatigue),
            "happy_factor": moment.happy_factor,
            "happy_half_life_days": moment.happy_half_life_days,
            "unhappy_factor": moment.unhappy_factor,
            "unhappy_half_life_days": moment.unhappy_half_life_days,
            "mode": c.Mode[r.mode.upper()],
            "share_base": response.logit(programme.share_probability),
            "own_effect": _effect(r.to_own_reward, referrer),
            "friend_effect": _effect(r.to_friends_reward, referee),
            "offer_effect": _effect(r.to_offer, referee),
            "one_sided": float(condition == "referrer"),
            "own_base": r.own_base,
            "own_weak_brand": r.own_weak_brand,
            "own_weak_tie": r.own_weak_tie,
            "friend_base": r.friend_base,
            "friend_brand": r.friend_brand,
            "friend_tie": r.friend_tie,
            "cost_brand": r.cost_brand,
            "cost_tie": r.cost_tie,
            "table_share_weak": share[0],
            "table_share_strong": share[1],
            "table_accept_weak": accept[0],
            "table_accept_strong": accept[1],
            "qualify_on": c.QualifyOn[programme.qualify.event.upper()],
            "qualify_minimum_cents": programme.qualify.minimum_cents,
            "qualify_purchases": programme.qualify.purchases,
            **_reward("referrer", referrer),
            **_reward("referee", referee),
            "hold_days": programme.hold_days,
            "clawback_refund": int("refund" in programme.clawback),
            "clawback_churn": int("churn" in programme.clawback),
        }

    def asks(self, scenario: Scenario) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for index, (name, n_asks) in enumerate(zip(self.layout.programmes, self.layout.n_asks, strict=True)):
            asks = scenario.programmes[name].asks if name in scenario.programmes else ()
            for place in range(n_asks):
                row: dict[str, Any] = {"number": index * c.ASKS + place, "programme": index}
                if place >= len(asks):
                    rows.append({**row, "trigger": c.Trigger.RANDOM, "every_days": 1.0})
                    continue
                ask = asks[place]
                wanted = ask.segments or self.layout.segments
                row |= {
                    "trigger": c.Trigger[ask.trigger.upper()],
                    "segment_mask": sum(1 << self.layout.segments.index(segment) for segment in wanted),
                    "probability": ask.probability,
                    **self.law("delay", ask.delay_days),
                    "every_days": ask.every_days,
                    "first_days": ask.first_days,
                    "min_tenure_days": ask.min_tenure_days,
                }
                rows.append(row)
        return rows

    def channels(self, scenario: Scenario) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for name in self.layout.channels:
            if name not in scenario.channels:
                rows.append({})
                continue
            channel = scenario.channels[name]
            row: dict[str, Any] = {}
            for step in ("delivered", "opened", "clicked", "signed_up"):
                row[f"{step}_probability"] = getattr(channel, step).probability
                row |= self.law(f"{step}_delay", getattr(channel, step).delay_days)
            rows.append(
                row
                | {
                    "signed_up_logit": response.logit(channel.signed_up.probability),
                    "exposure_curve": _CURVES[channel.exposure.curve],
                    "exposure_effect": channel.exposure.effect,
                    "exposure_offers": channel.exposure.offers,
                    "tie_effect": channel.tie_effect,
                    "brand_effect": channel.brand_effect,
                }
            )
        return rows

    def streams(self, scenario: Scenario) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for name, loop in _ORGANIC:
            contact = getattr(scenario.loops, name)
            rows.append(self.stream(contact, loop, -1) if contact else {"loop": loop, "programme": -1})
        for index, name in enumerate(self.layout.programmes):
            programme = scenario.programmes.get(name)
            rows.append(
                self.stream(programme.contact, Loop.PROGRAMME, index)
                if programme
                else {"loop": Loop.PROGRAMME, "programme": index}
            )
        return rows


def _exists(reward: Reward | None) -> bool:
    return reward is not None and (reward.value_cents.cents > 0 or reward.value_cents.percent > 0)


def _effect(curve: Curve, reward: Reward | None) -> float:
    """Return the log-odds of a reward; a percentage counts as being there, at the curve's scale."""
    if reward is None or not _exists(reward):
        return 0.0
    value = float(reward.value_cents.cents) or float(curve.scale_cents)
    return float(response.reward_effect(_FORMS[curve.form], curve.effect, curve.scale_cents, value))


def _reward(side: str, reward: Reward | None) -> dict[str, Any]:
    if reward is None:
        return {f"{side}_cap": -1}
    return {
        f"{side}_value_cents": reward.value_cents.cents,
        f"{side}_percent": reward.value_cents.percent,
        f"{side}_cost": reward.cost,
        f"{side}_cap": -1 if reward.cap is None else reward.cap,
    }


def _fill(dtype: np.dtype[np.void], phases_rows: list[list[dict[str, Any]]]) -> c.Table:
    """Turn rows of dicts into a table of shape (n_phases, n_rows); what is not said is 0."""
    table = np.zeros((len(phases_rows), len(phases_rows[0])), dtype)
    for phase, rows in enumerate(phases_rows):
        for index, row in enumerate(rows):
            for name, value in row.items():
                table[phase, index][name] = value
    return table


def _world(scenario: Scenario) -> dict[str, Any]:
    paid = scenario.acquisition.paid
    return {
        "paid_cost_cents": paid.cost_cents,
        "paid_budget_cents": -1 if paid.budget_cents is None else paid.budget_cents,
        "balance_effect": scenario.loops.balance_effect,
        "balance_limit": scenario.loops.balance_limit,
    }


def _rates(steps: list[Scenario], layout: Layout) -> dict[str, c.Floats]:
    def by_segment(rate: Any) -> c.Floats:
        named = [step.population.segments for step in steps]
        rows = [[rate(n[name].product) if name in n else 0.0 for name in layout.segments] for n in named]
        return np.array(rows, dtype=np.float64)

    def highest_churn(product: Any) -> float:
        churn = product.churn
        early = max(1.0, churn.early_factor) if churn.early_until_days > 0 else 1.0
        return float(churn.rate_per_day * early * product.after_unhappy.churn_factor)

    def asks(step: Scenario) -> list[float]:
        rates = []
        for name, n_asks in zip(layout.programmes, layout.n_asks, strict=True):
            rules = step.programmes[name].asks if name in step.programmes else ()
            rates += [rules[place].rate_per_day if place < len(rules) else 0.0 for place in range(n_asks)]
        return rates

    arrivals = [
        [
            s.acquisition.organic.rate_per_day,
            s.acquisition.paid.rate_per_day,
            s.acquisition.organic.bass_p_per_day,
        ]
        for s in steps
    ]
    n_asks = sum(layout.n_asks)
    return {
        "use_rate": by_segment(lambda product: product.use.rate_per_day),
        "purchase_rate": by_segment(lambda product: product.purchases.rate_per_day),
        "churn_rate": by_segment(highest_churn),
        "arrival_rate": np.array(arrivals, dtype=np.float64),
        "ask_rate": np.array([asks(step) for step in steps], dtype=np.float64).reshape(len(steps), n_asks),
    }


def _shares(scenario: Scenario, layout: Layout) -> list[float]:
    """Return the share of each segment of the layout; a design may lack some."""
    segments = scenario.population.segments
    return [segments[name].share if name in segments else 0.0 for name in layout.segments]


def compile_scenario(scenario: Scenario, graph: SocialGraph, layout: Layout) -> c.EngineInputs:
    """Turn one design into an engine's inputs, all but its people (see :func:`populate`).

    Parameters
    ----------
    scenario : Scenario
        Fully resolved.
    graph : SocialGraph
    layout : Layout
        Common numbering of the designs that are to be compared.
    """
    timeline = phases(scenario)
    steps = [step for _, step in timeline]
    if len(layout.programmes) > c.STREAMS - c.Stream.PROGRAMME or max(layout.n_asks, default=0) > c.ASKS:
        raise UsageError(
            f"a study has at most {c.STREAMS - c.Stream.PROGRAMME} programmes of {c.ASKS} asks each"
        )
    compiler = _Compiler(layout)
    named = [step.population.segments for step in steps]
    segments = [
        [compiler.segment(names[name]) if name in names else {} for name in layout.segments]
        for names in named
    ]
    programmes = [
        [
            compiler.programme(step.programmes[name]) if name in step.programmes else {}
            for name in layout.programmes
        ]
        for step in steps
    ]
    activity = compiler.law("activity", scenario.population.activity)
    inputs = c.EngineInputs(
        horizon_days=scenario.horizon_days,
        n_people=graph.n_people,
        graph_kind=_KINDS[graph.kind],
        offsets=graph.offsets,
        neighbours=graph.neighbours,
        strength=graph.strength,
        segment=np.zeros(0, np.int8),
        activity=np.zeros(0),
        initial=np.zeros(0, np.int32),
        arrival_order=np.zeros(0, np.int32),
        starts=np.array([day for day, _ in timeline]),
        world=_fill(c.WORLD, [[_world(step)] for step in steps])[:, 0],
        segments=_fill(c.SEGMENT, segments),
        streams=_fill(c.STREAM, [compiler.streams(step) for step in steps]),
        programmes=_fill(c.PROGRAMME, programmes),
        asks=_fill(c.ASK, [compiler.asks(step) for step in steps]),
        channels=_fill(c.CHANNEL, [compiler.channels(step) for step in steps]),
        **_rates(steps, layout),
        table=np.zeros(1),
        attribution_rule=c.Rule[scenario.attribution.rule.upper()],
        attribution_window_days=scenario.attribution.window_days,
        fresh_shares=cumulative_shares(_shares(scenario, layout)),
        fresh_strength=float(graph.strength[0]) if len(graph.strength) == 1 else 0.5,
        activity_law=int(activity["activity_law"]),
        activity_a=activity["activity_a"],
        activity_b=activity["activity_b"],
        max_people=MAX_PEOPLE,
    )
    return inputs._replace(table=np.array(compiler.table or [0.0]))


def populate(
    inputs: c.EngineInputs, scenario: Scenario, graph: SocialGraph, layout: Layout, seed: int
) -> c.EngineInputs:
    """Add the people of one replication: segments, activity, first customers, who comes next."""
    population, initial = scenario.population, scenario.acquisition.initial
    shares = _shares(scenario, layout)
    arrivals = inputs.arrival_rate[:, :2].max() > 0.0 and inputs.graph_kind != c.GraphKind.FRESH
    law = (inputs.activity_law, inputs.activity_a, inputs.activity_b, inputs.table)
    return inputs._replace(
        segment=assign_segments(graph, shares, population.placement, seed),
        activity=_activity(graph.n_people, law, seed),
        initial=choose_initial(graph, initial.customers, initial.choose, seed),
        arrival_order=arrival_order(graph.n_people, seed) if arrivals else np.zeros(0, np.int32),
    )


def _activity(n_people: int, law: tuple[int, float, float, c.Floats], seed: int) -> c.Floats:
    """Return everybody's activity; one number seen n times over if it is the same for all."""
    if law[0] == Law.FIXED:
        return np.broadcast_to(draw_activity(1, *law, seed), (n_people,))
    return draw_activity(n_people, *law, seed)
