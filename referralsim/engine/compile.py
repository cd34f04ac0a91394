"""From a scenario and a graph to the flat arrays an engine reads.

This file and its neighbours ``compile_*`` are the only ones that know both sides: names, units and nesting
on the left, rows and codes on the right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from referralsim.behaviour import response
from referralsim.engine import contract as c
from referralsim.engine.compile_agents import tier_tables
from referralsim.engine.compile_laws import Laws, count_columns, fill
from referralsim.engine.compile_people import segment_shares
from referralsim.engine.compile_programmes import ask_rates, ask_rows, programme_rows
from referralsim.engine.compile_rewards import reward_rows
from referralsim.engine.compile_segments import segment_rates, segment_table
from referralsim.engine.layout import Layout, check_layout, layout_of
from referralsim.eventlog.kinds import Loop
from referralsim.population.graph import SocialGraph
from referralsim.population.people import cumulative_shares
from referralsim.scenario.resolve import phases
from referralsim.scenario.schema import Contact, Scenario

__all__ = ["MAX_PEOPLE", "Layout", "compile_scenario", "layout_of"]

_KINDS = {"ties": c.GraphKind.TIES, "complete": c.GraphKind.COMPLETE, "fresh": c.GraphKind.FRESH}
_ORGANIC = (
    ("collaboration", Loop.COLLABORATION),
    ("visibility", Loop.VISIBILITY),
    ("progress", Loop.PROGRESS),
    ("word_of_mouth", Loop.WORD_OF_MOUTH),
    ("complaints", Loop.COMPLAINTS),
)
_CURVES = {
    "independent": response.INDEPENDENT,
    "saturating": response.SATURATING,
    "single_peaked": response.SINGLE_PEAKED,
}
MAX_PEOPLE = 25_000_000
"""A run with fresh contacts that grows past this is stopped: above the 20,971,510 users of Skok's table."""


def _stream(contact: Contact, loop: Loop, programme: int, layout: Layout) -> dict[str, Any]:
    cooldown = contact.cooldown_days
    return {
        "enabled": 1,
        "loop": loop,
        "programme": programme,
        "probability": getattr(contact, "probability", 1.0),
        **count_columns("count", contact.invites),
        "tie_order": c.TieOrder[contact.ties.upper()],
        "channel": layout.channels.index(contact.channel),
        "cooldown_days": math.inf if cooldown is None else cooldown,
        "weight": getattr(contact, "weight", 0.0),
    }


def _streams(scenario: Scenario, layout: Layout) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, loop in _ORGANIC:
        contact = getattr(scenario.loops, name)
        rows.append(_stream(contact, loop, -1, layout) if contact else {"loop": loop, "programme": -1})
    for index, name in enumerate(layout.programmes):
        programme = scenario.programmes.get(name)
        rows.append(
            _stream(programme.contact, Loop.PROGRAMME, index, layout)
            if programme
            else {"loop": Loop.PROGRAMME, "programme": index}
        )
    return rows


def _channels(scenario: Scenario, layout: Layout, laws: Laws) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in layout.channels:
        if name not in scenario.channels:
            rows.append({})
            continue
        channel = scenario.channels[name]
        row: dict[str, Any] = {}
        for step in ("delivered", "opened", "clicked", "signed_up"):
            row[f"{step}_probability"] = getattr(channel, step).probability
            row |= laws.columns(f"{step}_delay", getattr(channel, step).delay_days)
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


def _world(scenario: Scenario) -> dict[str, Any]:
    paid, households = scenario.acquisition.paid, scenario.population.households
    return {
        "paid_cost_cents": paid.cost_cents,
        "paid_budget_cents": -1 if paid.budget_cents is None else paid.budget_cents,
        "balance_effect": scenario.loops.balance_effect,
        "balance_limit": scenario.loops.balance_limit,
        "review_effect": scenario.reviews.effect,
        "review_scale": scenario.reviews.scale,
        "one_ask": int(scenario.asking.one_ask),
        "ask_rest_days": scenario.asking.rest_days,
        "cross_log_fatigue": math.log(scenario.asking.cross_fatigue),
        "consent_probability": households.consent if households else 1.0,
        "pass_on_probability": households.pass_on if households else 0.0,
    }


def _rates(steps: Sequence[Scenario], layout: Layout) -> dict[str, c.Floats]:
    arrivals = []
    for step in steps:
        organic, paid = step.acquisition.organic, step.acquisition.paid
        arrivals.append([organic.rate_per_day, paid.rate_per_day, organic.bass_p_per_day])
    asks = np.array([ask_rates(step, layout) for step in steps], dtype=np.float64)
    return {
        **segment_rates(steps, layout),
        "arrival_rate": np.array(arrivals, dtype=np.float64),
        "ask_rate": asks.reshape(len(steps), sum(layout.n_asks)),
    }


def compile_scenario(scenario: Scenario, graph: SocialGraph, layout: Layout) -> c.EngineInputs:
    """Turn one design into an engine's inputs, all but its people: those :func:`.populate` adds.

    Parameters
    ----------
    scenario : Scenario
        Fully resolved.
    graph : SocialGraph
    layout : Layout
        Common numbering of the designs that are to be compared.
    """
    check_layout(layout)
    timeline = phases(scenario)
    steps = [step for _, step in timeline]
    laws = Laws()
    activity = laws.columns("activity", scenario.population.activity)
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
        world=fill(c.WORLD, [[_world(step)] for step in steps])[:, 0],
        segments=segment_table(steps, layout, laws),
        streams=fill(c.STREAM, [_streams(step, layout) for step in steps]),
        programmes=fill(c.PROGRAMME, [programme_rows(step, layout, laws) for step in steps]),
        asks=fill(c.ASK, [ask_rows(step, layout, laws) for step in steps]),
        channels=fill(c.CHANNEL, [_channels(step, layout, laws) for step in steps]),
        **_rates(steps, layout),
        **tier_tables(steps, layout),
        rewards=fill(c.REWARD, reward_rows(steps, layout, laws)),
        agents=np.zeros(0, c.AGENT),
        incident_day=np.array([incident.day_days for incident in scenario.incidents], dtype=np.float64),
        incident_share=np.array([incident.share for incident in scenario.incidents], dtype=np.float64),
        payer=np.zeros(0, np.int32),
        table=np.zeros(1),
        attribution_rule=c.Rule[scenario.attribution.rule.upper()],
        attribution_window_days=scenario.attribution.window_days,
        fresh_shares=cumulative_shares(segment_shares(scenario, layout)),
        fresh_strength=float(graph.strength[0]) if len(graph.strength) == 1 else 0.5,
        activity_law=int(activity["activity_law"]),
        activity_a=activity["activity_a"],
        activity_b=activity["activity_b"],
        max_people=MAX_PEOPLE,
    )
    return inputs._replace(table=laws.table)
