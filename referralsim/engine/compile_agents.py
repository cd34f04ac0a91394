"""Agents as tables: the terms of their programme, their tiers, and who they are in one replication."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from referralsim.engine import contract as c
from referralsim.engine.compile_laws import Laws, no_law
from referralsim.engine.layout import Layout
from referralsim.population.agents import draw_amounts, draw_flags
from referralsim.randomness import Purpose
from referralsim.scenario.schema import Agents, Programme, Scenario
from referralsim.scenario.units import minor_per_major


def agent_columns(programme: Programme, laws: Laws) -> dict[str, Any]:
    """Return the columns of a programme's row that are about its agents."""
    agents = programme.agents
    admission = agents.admission if agents else None
    tiers = agents.tiers if agents else None
    return {
        "kind": c.ProgrammeKind.REFERRAL if programme.kind == "customer_referral" else c.ProgrammeKind.AGENTS,
        "visit_share": agents.visit_share if agents else 0.0,
        "chaser_effect": agents.chaser_effect if agents else 0.0,
        "screening_probability": admission.screening if admission else 1.0,
        "course_probability": admission.course if admission else 1.0,
        **(laws.columns("admission_delay", admission.delay_days) if admission else no_law("admission_delay")),
        "fee_cents": admission.fee_cents if admission else 0,
        "tier_by_revenue": int(tiers is not None and tiers.by == "revenue"),
        "tier_review_days": tiers.review_days if tiers else math.inf,
    }


def tier_tables(steps: Sequence[Scenario], layout: Layout) -> dict[str, c.Floats]:
    """Return the rates of posts and the tables of tiers; a tier that is not there is out of reach."""
    shape = (len(steps), len(layout.programmes))
    at = np.full((*shape, c.TIERS), math.inf)
    at[:, :, 0] = 0.0
    factor = np.ones((*shape, c.TIERS))
    rate = np.zeros(shape)
    for phase, step in enumerate(steps):
        for index, name in enumerate(layout.programmes):
            programme = step.programmes.get(name)
            agents = programme.agents if programme else None
            if agents is None:
                continue
            rate[phase, index] = agents.posts_per_day
            if agents.tiers is not None:
                unit = minor_per_major(step.currency) if agents.tiers.by == "revenue" else 1
                at[phase, index, 1 : 1 + len(agents.tiers.at)] = np.multiply(agents.tiers.at, unit)
                factors = agents.tiers.post_factor
                factor[phase, index, : len(factors)] = factors
    return {"tier_at": at, "tier_post_factor": factor, "post_rate": rate}


def draw_agents(scenario: Scenario, layout: Layout, n_people: int, seed: int) -> c.Table:
    """Return the agents of one replication, programme by programme.

    A study reserves each programme as many numbers as its largest design has agents, so that an agent is
    the same one in all of them; those whom a design has not never join.
    """
    table = np.zeros(sum(layout.n_agents), c.AGENT)
    table["join_day"] = math.inf
    first = 0
    for index, (name, n_agents) in enumerate(zip(layout.programmes, layout.n_agents, strict=True)):
        rows = table[first : first + n_agents]
        rows["programme"] = index
        programme = scenario.programmes.get(name)
        if programme is not None and programme.agents is not None:
            _draw(rows[: programme.agents.number], programme.agents, n_people + first, seed)
        first += n_agents
    return table


def _draw(rows: c.Table, agents: Agents, first_key: int, seed: int) -> None:
    laws = Laws()
    audience = laws.columns("law", agents.audience)
    join = laws.columns("law", agents.join_days)
    names = ("law_law", "law_a", "law_b")
    for field, purpose, law in (
        ("audience", Purpose.AGENT_AUDIENCE, audience),
        ("join_day", Purpose.AGENT_JOIN, join),
    ):
        code, a, b = (law[name] for name in names)
        rows[field] = draw_amounts(first_key, len(rows), int(code), a, b, laws.table, purpose, seed)
    rows["chaser"] = draw_flags(first_key, len(rows), agents.chasers, Purpose.AGENT_CHASES, seed)
