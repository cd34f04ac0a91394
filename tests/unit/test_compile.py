"""Every number that a planner can write reaches the engine's tables, in the right place and unit.

Equal logs cannot see a fault here: both engines would be given the same wrong table.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from worlds import of_kind, plan_of, write

import referralsim.behaviour
from referralsim.engine import contract
from referralsim.engine.compile import layout_of
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.result import RunKey
from referralsim.experiment.runner import plan
from referralsim.scenario.load import load_study

BASE = """
referralsim: 1
horizon: 100 d
population:
  size: 50
  graph: {erdos_renyi: {mean_degree: 4}}
  segments: {a: {share: 40 %}, b: {share: 60 %}}
acquisition: {initial: {customers: 5}, paid: {rate: 1 per day, cost: 2.00}, organic: {rate: 1 per day}}
product: {churn: {early_until: 30 d}}
loops:
  collaboration: {probability: 1 %}
  word_of_mouth: {probability: 1 %}
programmes:
  p:
    asks: [{trigger: happy_moment}]
    qualify: {event: purchase}
    rewards: {referrer: {value: 10.00}, referee: {value: 5.00}}
channels:
  link: {}
  other: {}
"""

WRITTEN = [
    ("programmes.p.asks.0.min_tenure", "9 d", "asks", "min_tenure_days", 9.0),
    ("programmes.p.asks.0.segments", "[b]", "asks", "segment_mask", 2),
    ("programmes.p.asks.0.probability", "30 %", "asks", "probability", 0.3),
    ("programmes.p.asks.0.delay", "{exponential: 4 d}", "asks", "delay_a", 4.0),
    ("programmes.p.asks", "[{trigger: calendar, every: 6 d}]", "asks", "every_days", 6.0),
    ("programmes.p.asks", "[{trigger: calendar, first: 7 d}]", "asks", "first_days", 7.0),
    ("programmes.p.asks", "[{trigger: random, rate: 2 per week}]", "ask_rate", None, 2 / 7),
    ("programmes.p.ask_cooldown", "8 d", "programmes", "ask_cooldown_days", 8.0),
    ("programmes.p.ask_maximum", "3", "programmes", "ask_maximum", 3),
    ("programmes.p.fatigue", "0.5", "programmes", "log_fatigue", np.log(0.5)),
    ("programmes.p.share", "50 %", "programmes", "share_base", 0.0),
    ("programmes.p.hold", "11 d", "programmes", "hold_days", 11.0),
    ("programmes.p.clawback", "[churn]", "programmes", "clawback_churn", 1),
    ("programmes.p.clawback", "[refund]", "programmes", "clawback_refund", 1),
    ("programmes.p.qualify.minimum", "25.00", "programmes", "qualify_minimum_cents", 2500),
    ("programmes.p.qualify.purchases", "3", "programmes", "qualify_purchases", 3),
    ("programmes.p.rewards.referrer.cap", "3", "programmes", "referrer_cap", 3),
    ("programmes.p.rewards.referrer.value", "7.50", "programmes", "referrer_value_cents", 750),
    ("programmes.p.rewards.referee.value", "20 %", "programmes", "referee_percent", 0.2),
    ("programmes.p.rewards.referee.cost", "40 %", "programmes", "referee_cost", 0.4),
    ("programmes.p.rewards.referee", "null", "programmes", "one_sided", 1.0),
    ("programmes.p.moment.happy_factor", "4", "programmes", "happy_factor", 4.0),
    ("programmes.p.moment.happy_half_life", "12 d", "programmes", "happy_half_life_days", 12.0),
    ("programmes.p.moment.unhappy_factor", "0.4", "programmes", "unhappy_factor", 0.4),
    ("programmes.p.moment.unhappy_half_life", "13 d", "programmes", "unhappy_half_life_days", 13.0),
    ("programmes.p.response.to_own_reward.effect", "0.7", "programmes", "own_effect", 0.7),
    ("programmes.p.response.to_friends_reward.effect", "0.6", "programmes", "friend_effect", 0.6),
    ("programmes.p.response.to_offer.effect", "0.4", "programmes", "offer_effect", 0.4),
    ("programmes.p.response.own_weak_tie", "0.9", "programmes", "own_weak_tie", 0.9),
    ("programmes.p.response.cost_tie", "0.8", "programmes", "cost_tie", 0.8),
    ("programmes.p.contact.cooldown", "14 d", "streams", ("cooldown_days", 5), 14.0),
    ("programmes.p.contact.channel", "other", "streams", ("channel", 5), 1),
    ("programmes.p.contact.ties", "weak_first", "streams", ("tie_order", 5), 2),
    ("programmes.p.contact.invites", "{poisson: 2.5}", "streams", ("count_a", 5), 2.5),
    ("loops.collaboration.probability", "7 %", "streams", "probability", 0.07),
    ("loops.word_of_mouth.weight", "1.5", "streams", ("weight", 3), 1.5),
    ("loops.balance_effect", "0.6", "world", "balance_effect", 0.6),
    ("loops.balance_limit", "4", "world", "balance_limit", 4.0),
    ("channels.link.exposure.offers", "7", "channels", "exposure_offers", 7.0),
    ("channels.link.exposure.effect", "0.9", "channels", "exposure_effect", 0.9),
    ("channels.link.exposure.curve", "single_peaked", "channels", "exposure_curve", 2),
    ("channels.link.tie_effect", "0.9", "channels", "tie_effect", 0.9),
    ("channels.link.brand_effect", "0.8", "channels", "brand_effect", 0.8),
    ("channels.link.opened.probability", "35 %", "channels", "opened_probability", 0.35),
    ("channels.link.clicked.delay", "2 h", "channels", "clicked_delay_a", 2 / 24),
    ("acquisition.paid.budget", "5.00", "world", "paid_budget_cents", 500),
    ("acquisition.paid.cost", "3.00", "world", "paid_cost_cents", 300),
    ("acquisition.paid.rate", "21 per week", "arrival_rate", (None, 1), 3.0),
    ("acquisition.organic.rate", "14 per week", "arrival_rate", None, 2.0),
    ("product.brand", "0.9", "segments", "brand", 0.9),
    ("product.activation.probability", "60 %", "segments", "activation_probability", 0.6),
    ("product.moments.unhappy", "9 %", "segments", "unhappy_probability", 0.09),
    ("product.purchases.every", "30 d", "segments", "purchase_every_days", 30.0),
    ("product.purchases.first_after", "5 d", "segments", "purchase_first_days", 5.0),
    ("product.purchases.basket", "12.00", "segments", "basket_a", 1200.0),
    ("product.purchases.margin", "45 %", "segments", "margin", 0.45),
    ("product.purchases.refund.probability", "6 %", "segments", "refund_probability", 0.06),
    ("product.after_unhappy.purchase_factor", "70 %", "segments", "unhappy_purchase_factor", 0.7),
    ("product.after_unhappy.churn_factor", "3", "segments", "unhappy_churn_factor", 3.0),
    ("product.after_unhappy.half_life", "21 d", "segments", "unhappy_half_life_days", 21.0),
    ("product.churn.early_factor", "2", "segments", "early_factor", 2.0),
    ("product.use.rate", "2 per day", "use_rate", None, 2.0),
    ("product.churn.rate", "1 per month", "churn_rate", None, 12 / 365),
    ("population.segments.a.share_factor", "2", "segments", "share_log_factor", np.log(2)),
    ("attribution.rule", "first_touch", "attribution_rule", None, 1),
    ("attribution.window", "12 d", "attribution_window_days", None, 12.0),
]


@pytest.mark.parametrize(("path", "value", "table", "field", "expected"), WRITTEN)
def test_a_written_number_reaches_its_place(tmp_path, path, value, table, field, expected):
    ready = plan(load_study(write(tmp_path, BASE), overrides=[f"{path}={value}"]), use_cache=False)
    found = getattr(ready.inputs["base"], table)
    name, column = field if isinstance(field, tuple) else (field, 0)
    if name is not None:
        found = found[name]
    assert np.ravel(found)[column] == pytest.approx(expected)


def test_no_written_number_is_the_default_it_replaces(tmp_path):
    """Otherwise the test above could not fail."""
    plain = plan(load_study(write(tmp_path, BASE)), use_cache=False).inputs["base"]
    for path, _, table, field, expected in WRITTEN:
        found = getattr(plain, table)
        name, column = field if isinstance(field, tuple) else (field, 0)
        if name is not None:
            found = found[name]
        assert np.ravel(found)[column] != pytest.approx(expected), path


def test_every_column_of_every_table_is_read_by_an_engine():
    package = Path(referralsim.behaviour.__file__).parent.parent
    files = [package / "engine" / "reference.py", package / "engine" / "world.py"]
    read, laws = set(), set()
    for path in [*files, *(package / "behaviour").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                read.add(node.attr)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                laws.add(node.value)
    prefixes = ("delivered", "opened", "clicked", "signed_up", "referrer", "referee")
    for dtype in (
        contract.WORLD,
        contract.SEGMENT,
        contract.STREAM,
        contract.PROGRAMME,
        contract.ASK,
        contract.CHANNEL,
    ):
        for column in dtype.names:
            stem = column.rsplit("_", 1)[0]
            by_name = any(column.startswith(f"{prefix}_") for prefix in prefixes)
            assert column in read or stem in laws or by_name, f"no engine reads {column}"


TWO = """
referralsim: 1
horizon: 60 d
population: {size: 200, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 20}}
replications: 3
designs:
  alpha: {programmes: {first: {asks: [{trigger: signup}], share: 50 %}}}
  beta: {programmes: {second: {asks: [{trigger: signup}], share: 60 %}}}
"""


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_a_design_run_alone_is_the_one_of_the_comparison(tmp_path, engine):
    whole = plan_of(write(tmp_path, TWO), engine)
    key = RunKey("beta", 0)
    assert whole.only("beta").record(key).log.tobytes() == whole.record(key).log.tobytes()
    assert len(of_kind(whole.record(key), Kind.ASKED)) > 0


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_a_design_may_add_a_segment(tmp_path, engine):
    path = write(
        tmp_path,
        BASE + "designs:\n  base: {product: {brand: 0.6}}\n"
        "  more: {population: {segments: {a: {share: 20 %}, c: {share: 20 %}}}}\n",
    )
    ready = plan_of(path, engine)
    assert layout_of(ready.study.designs.values()).segments == ("a", "b", "c")
    fewer, more = (np.bincount(ready.record(RunKey(d, 0)).segment, minlength=3) for d in ("base", "more"))
    assert fewer[2] == 0
    assert more[2] > 0
    assert more[0] < fewer[0]
