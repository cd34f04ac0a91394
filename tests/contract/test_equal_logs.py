"""Both engines give the same bytes for every scenario, and a replay finds nothing impossible in them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from scenario_strategies import MAX_FRESH_PEOPLE, Drawn, scenarios
from worlds import plan_of, shipped, write

from referralsim.engine.contract import EngineInputs, GraphKind, QualifyOn
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.engine.replay import replay
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import QUEUED_ONLY, Kind
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey
from tests import helpers_inputs

SMALL = {
    "bass": (300, ()),
    "clothing_club": (3000, ("horizon=90 d",)),
    "dropbox": (600, ("horizon=120 d",)),
    "galton_watson": (None, ("acquisition.initial.customers=5",)),
    "happy_moment": (800, ("horizon=60 d", "acquisition.initial.customers=60")),
    "brand_strength": (800, ("horizon=60 d", "acquisition.initial.customers=60")),
    "independent_cascade": (800, ("acquisition.initial.customers=40",)),
    "loops": (None, ("horizon=90 d", "acquisition.initial.customers=30")),
    "percolation": (800, ("acquisition.initial.customers=5",)),
    "saas_seats": (3000, ("horizon=40 d", "acquisition.initial.customers=30")),
    "skok": (None, ("horizon=6.5 d",)),
}
"""Scenarios in which the reference engine would take long, and how small they are played here."""


def inputs_of(plan: Plan, design: str, replication: int = 0) -> tuple[EngineInputs, int]:
    """Return what both engines are given for one run, and its seed."""
    return plan.world(RunKey(design, replication))


def equal_logs(inputs: EngineInputs, seed: int) -> np.ndarray | None:
    """Play a run on both engines, compare, replay; return the log, or None if both refuse the run."""
    try:
        told = ReferenceEngine().run(inputs, seed)
    except RunFailed:
        with pytest.raises(RunFailed):
            FastEngine().run(inputs, seed)
        return None
    counted = FastEngine().run(inputs, seed)
    same = told.log.tobytes() == counted.log.tobytes()
    assert same, first_difference(told.log, counted.log)
    assert told.segment.tobytes() == counted.segment.tobytes()
    replay(counted.log, inputs, seed)
    return counted.log


def first_difference(told: np.ndarray, counted: np.ndarray) -> str:
    n = min(len(told), len(counted))
    row = next((i for i in range(n) if told[i] != counted[i]), n)
    around = slice(max(0, row - 2), row + 3)
    return f"row {row}\nreference {told[around]}\nfast      {counted[around]}"


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_shipped_scenarios(path):
    size, sets = SMALL.get(path.stem, (None, ()))
    plan = plan_of(path, "fast", sets, size)
    n_replications = 20 if path.stem == "birth_death" else 1
    n_events = 0
    for design in plan.study.designs:
        for replication in range(n_replications):
            n_events += len(equal_logs(*inputs_of(plan, design, replication)))
    assert n_events > 200


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(scenarios())
def test_generated_scenarios(drawn: Drawn):
    """Hypothesis draws over the whole schema; a failing scenario is printed as the file it is."""
    with tempfile.TemporaryDirectory() as folder:
        plan = drawn.plan(Path(folder))
    for design in plan.study.designs:
        note(f"design {design}")
        inputs, seed = inputs_of(plan, design)
        if inputs.graph_kind == GraphKind.FRESH:
            inputs = inputs._replace(max_people=MAX_FRESH_PEOPLE)
        equal_logs(inputs, seed)


def busy_inputs(kind: GraphKind, seed: int) -> EngineInputs:
    """Return a world in which every rule is at work, often against another: caps, clawbacks, complaints."""
    inputs = helpers_inputs.rich_inputs(24 if kind == GraphKind.FRESH else 60, int(kind), seed)
    offers, people, contacts = inputs.programmes.copy(), inputs.segments.copy(), inputs.streams.copy()
    offers["qualify_on"] = [[QualifyOn.PURCHASE, QualifyOn.SIGNUP, QualifyOn.ACTIVATION]]
    offers["qualify_purchases"] = 1 + seed % 2
    offers["share_base"] = 1.5
    offers["table_share_weak"], offers["table_accept_weak"] = 0.8, 0.4
    terms = inputs.rewards.copy()
    terms["value_cents"][:, ::2] = 700
    terms["cap_count"][:, ::2] = [[1, 2, -1], [2, 1, 1]]
    terms["hold_days"] = [2.0, 2.0, 1.0, 1.0, 3.0, 3.0]
    offers["clawback_refund"], offers["clawback_churn"] = [1, 0, 0], [0, 1, 1]
    people["refund_probability"], people["refund_delay_a"] = 0.5, 1.0
    contacts["probability"] = 0.4
    fresh = kind == GraphKind.FRESH
    return inputs._replace(
        programmes=offers,
        rewards=terms,
        segments=people,
        streams=contacts,
        churn_rate=3.0 * inputs.churn_rate,
        horizon_days=16.0,
        attribution_rule=seed % 2,
        max_people=3000 if fresh else inputs.max_people,
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", list(GraphKind), ids=lambda kind: kind.name)
def test_worlds_in_which_every_rule_is_at_work(kind, seed):
    log = equal_logs(busy_inputs(kind, seed), seed)
    assert log is not None
    assert len(log) > 500


CLOCKWORK = """
referralsim: 1
horizon: {horizon} d
population: {{size: 30, graph: {graph}, strength: {{kind: equal, value: 0.5}}}}
acquisition: {{initial: {{customers: 3}}}}
product:
  activation: {{delay: {step} d}}
  use: {{rate: 0 per day}}
  purchases: {{every: 1 d, first_after: {step} d, basket: 10.00, refund: {{probability: 30 %, delay: 1 d}}}}
programmes:
  clock:
    asks: [{{trigger: calendar, every: 1 d, first: 0 d}}, {{trigger: purchase}}, {{trigger: activation}}]
    ask_cooldown: 0 d
    share: 60 %
    contact: {{invites: 2, channel: tick, cooldown: 1 d}}
    qualify: {{event: purchase, purchases: 2}}
    rewards: {{referrer: {{value: 5.00, cap: 2}}, referee: {{value: 15 %}}}}
    hold: 1 d
    clawback: [refund, churn]
channels:
  tick:
    delivered: {{delay: {step} d}}
    opened: {{delay: {step} d}}
    clicked: {{delay: {step} d}}
    signed_up: {{probability: 70 %, delay: {step} d}}
attribution: {{rule: {rule}, window: 1 d}}
timeline: [{{day: 2 d, set: {{programmes: {{clock: {{share: 90 %, hold: 2 d}}}}}}}}]
"""


@pytest.mark.parametrize("graph", ["complete", "{erdos_renyi: {mean_degree: 6}}"])
@pytest.mark.parametrize("rule", ["first_touch", "last_touch"])
@pytest.mark.parametrize("step", [0, 0.5, 1])
@pytest.mark.parametrize("horizon", [4, 4.5])
def test_everything_at_the_same_instants(tmp_path, graph, rule, step, horizon):
    """All delays are whole steps: many events share each instant, also day 0, a change and the horizon."""
    text = CLOCKWORK.format(graph=graph, rule=rule, step=step, horizon=horizon)
    plan = plan_of(write(tmp_path, text), "fast")
    for replication in range(3):
        log = equal_logs(*inputs_of(plan, "base", replication))
        _, shared = np.unique(log["time"], return_counts=True)
        assert len(log) > 60
        assert shared.max() > 8
        assert log["time"].max() < horizon


def test_the_horizon_cuts_and_changes_nothing(tmp_path):
    """A horizon at the very time of an event leaves that event out, and every earlier one as it was."""
    text = CLOCKWORK.format(graph="complete", rule="last_touch", step=0.5, horizon=4.5)
    plan = plan_of(write(tmp_path, text), "fast")
    inputs, seed = inputs_of(plan, "base")
    whole = equal_logs(inputs, seed)
    for horizon in np.unique(whole["time"])[1:]:
        log = equal_logs(inputs._replace(horizon_days=float(horizon)), seed)
        assert log.tobytes() == whole[whole["time"] < horizon].tobytes()
        after = float(np.nextafter(horizon, np.inf))
        log = equal_logs(inputs._replace(horizon_days=after), seed)
        assert log.tobytes() == whole[whole["time"] <= horizon].tobytes()


def test_no_kind_of_event_is_left_out(tmp_path):
    """The comparisons above would say nothing of an event that never happens."""
    seen: set[int] = set()
    for path in shipped():
        if path.stem in ("clothing_club", "dropbox"):
            plan = plan_of(path, "fast", (), 3000)
            for design in plan.study.designs:
                seen |= set(FastEngine().run(*inputs_of(plan, design)).log["kind"].tolist())
    text = CLOCKWORK.format(graph="complete", rule="last_touch", step=0.5, horizon=4.5)
    seen |= set(
        FastEngine().run(*inputs_of(plan_of(write(tmp_path, text), "fast"), "base")).log["kind"].tolist()
    )
    assert seen == set(Kind) - QUEUED_ONLY - helpers_inputs.WITH_GRAMMAR
