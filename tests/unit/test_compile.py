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
from referralsim.distributions import draw
from referralsim.engine import contract
from referralsim.engine.compile import layout_of
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.plan import plan
from referralsim.experiment.result import RunKey
from referralsim.randomness import Chance, Purpose, unit
from referralsim.scenario.load import load_study

BASE = """
referralsim: 1
horizon: 100 d
population:
  size: 50
  graph: {erdos_renyi: {mean_degree: 4}}
  segments: {a: {share: 40 %}, b: {share: 60 %}}
  households: {size: 2}
acquisition: {initial: {customers: 5}, paid: {rate: 1 per day, cost: 2.00}, organic: {rate: 1 per day}}
product: {churn: {early_until: 30 d}, purchases: {basket: 20.00}, loyalty: {}, membership: {}}
incidents: [{day: 5 d, share: 10 %}]
loops:
  collaboration: {probability: 1 %}
  word_of_mouth: {probability: 1 %}
programmes:
  p:
    asks: [{trigger: happy_moment}]
    qualify: {event: purchase}
    rewards: {referrer: {value: 10.00}, referee: {value: 5.00}}
    reminder: {}
  q:
    kind: partner
    agents: {number: 2, audience: 100, admission: {}, tiers: {at: [5, 50]}}
    rewards: {referrer: [{value: 1.00}, {value: 2.00, redeem: {}, cap: {count: 1000}}]}
channels:
  link: {}
  other: {}
"""

TABLE = "{mode: table, share: {weak: 0.11, strong: 0.12}, accept: {weak: 0.13, strong: 0.14}}"

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
    ("programmes.p.hold", "11 d", "rewards", "hold_days", 11.0),
    ("programmes.p.hold", "11 d", "rewards", ("hold_days", 1), 11.0),
    ("programmes.p.clawback", "[churn]", "programmes", "clawback_churn", 1),
    ("programmes.p.clawback", "[refund]", "programmes", "clawback_refund", 1),
    ("programmes.p.qualify.minimum", "25.00", "programmes", "qualify_minimum_cents", 2500),
    ("programmes.p.qualify.purchases", "3", "programmes", "qualify_purchases", 3),
    ("programmes.p.rewards.referrer.cap", "3", "rewards", "cap_count", 3),
    ("programmes.p.rewards.referrer.value", "7.50", "rewards", "value_cents", 750),
    ("programmes.p.rewards.referrer.value", "7.50", "rewards", "later_value_cents", 750),
    ("programmes.p.rewards.referee.value", "20 %", "rewards", ("percent", 1), 0.2),
    ("programmes.p.rewards.referee.value", "20 %", "rewards", ("later_percent", 1), 0.2),
    ("programmes.p.rewards.referee.cost", "40 %", "rewards", ("cost", 1), 0.4),
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
    ("product.churn.early_until", "20 d", "segments", "early_until_days", 20.0),
    ("product.moments.happy", "40 %", "segments", "happy_probability", 0.4),
    ("product.activation.delay", "3 d", "segments", "activation_delay_a", 3.0),
    ("product.purchases.refund.delay", "4 d", "segments", "refund_delay_a", 4.0),
    ("programmes.p.enabled", "false", "programmes", "enabled", 0),
    ("programmes.p.qualify.event", "signup", "programmes", "qualify_on", 0),
    ("programmes.p.response.own_base", "0.3", "programmes", "own_base", 0.3),
    ("programmes.p.response.own_weak_brand", "0.2", "programmes", "own_weak_brand", 0.2),
    ("programmes.p.response.friend_base", "0.1", "programmes", "friend_base", 0.1),
    ("programmes.p.response.friend_brand", "0.7", "programmes", "friend_brand", 0.7),
    ("programmes.p.response.friend_tie", "0.4", "programmes", "friend_tie", 0.4),
    ("programmes.p.response.cost_brand", "0.9", "programmes", "cost_brand", 0.9),
    ("programmes.p.response", TABLE, "programmes", "mode", 1),
    ("programmes.p.response", TABLE, "programmes", "table_share_weak", 0.11),
    ("programmes.p.response", TABLE, "programmes", "table_share_strong", 0.12),
    ("programmes.p.response", TABLE, "programmes", "table_accept_weak", 0.13),
    ("programmes.p.response", TABLE, "programmes", "table_accept_strong", 0.14),
    ("product.churn.early_factor", "2", "segments", "early_factor", 2.0),
    ("product.use.rate", "2 per day", "use_rate", None, 2.0),
    ("product.churn.rate", "1 per month", "churn_rate", None, 12 / 365),
    ("population.segments.a.share_factor", "2", "segments", "share_log_factor", np.log(2)),
    ("attribution.rule", "first_touch", "attribution_rule", None, 1),
    ("attribution.window", "12 d", "attribution_window_days", None, 12.0),
]
R = "programmes.p.rewards.referrer"
Q = "programmes.q"
LATER = "{value: 10.00, on: purchase, later: {value: %s, after: 9 d}}"

NEW = [
    (f"{R}.fee", "1.50", "rewards", "fee_cents", 150),
    (R, "{value: 10.00, on: purchase}", "rewards", "on", 1),
    (R, "{value: 10.00, on: signup}", "rewards", "on", 2),
    (R, LATER % "4.00", "rewards", "later_value_cents", 400),
    (R, LATER % "4 %", "rewards", "later_percent", 0.04),
    (R, LATER % "4.00", "rewards", "intro_days", 9.0),
    (R, "{value: 10.00, on: purchase, for: 90 d}", "rewards", "for_days", 90.0),
    (f"{R}.friends.from", "3", "rewards", "from_friend", 3),
    (f"{R}.friends.to", "4", "rewards", "to_friend", 4),
    (f"{R}.friends.every", "5", "rewards", "every", 5),
    (f"{Q}.rewards.referrer.1.tiers.from", "1", "rewards", ("from_tier", 3), 1),
    (f"{Q}.rewards.referrer.1.tiers.to", "1", "rewards", ("to_tier", 3), 1),
    (f"{R}.minimum", "8.00", "rewards", "minimum_cents", 800),
    (f"{Q}.rewards.referrer.1.cap.count", "7", "rewards", ("cap_count", 3), 7),
    (f"{Q}.rewards.referrer.1.cap.value", "70.00", "rewards", ("cap_cents", 3), 7000),
    (f"{Q}.rewards.referrer.1.cap.window", "rolling", "rewards", ("cap_window", 3), 2),
    (f"{Q}.rewards.referrer.1.cap.every", "60 d", "rewards", ("cap_days", 3), 60.0),
    (R, "{value: 10.00, type: sweepstake, prize_probability: 2 %}", "rewards", "prize_probability", 0.02),
    (f"{R}.hold", "4 d", "rewards", "hold_days", 4.0),
    (f"{R}.redeem", "{}", "rewards", "at_payment", 0),
    (f"{Q}.rewards.referrer.1.redeem.probability", "60 %", "rewards", ("redeem_probability", 3), 0.6),
    (f"{Q}.rewards.referrer.1.redeem.delay", "3 d", "rewards", ("redeem_delay_a", 3), 3.0),
    (f"{Q}.rewards.referrer.1.redeem.expire", "50 d", "rewards", ("expire_days", 3), 50.0),
    (f"{R}.needs_active", "true", "rewards", "needs_active", 1),
    (f"{R}.pending.retry", "2 d", "rewards", "retry_days", 2.0),
    (f"{R}.pending.maximum", "40 d", "rewards", "pending_days", 40.0),
    (R, "{value: 9.00, on: leaderboard, leaderboard: {every: 31 d}}", "rewards", "board_days", 31.0),
    (R, "{value: 9.00, on: leaderboard, leaderboard: {places: 4}}", "rewards", "board_places", 4),
    (R, "{value: 9.00, on: leaderboard, leaderboard: {places: 4}}", "rewards", "on", 3),
    ("programmes.p.priority", "2", "programmes", "priority", 2),
    ("programmes.p.window", "9 d", "programmes", "window_days", 9.0),
    ("programmes.p.budget", "{amount: 99.00}", "programmes", "budget_cents", 9900),
    ("programmes.p.budget", "{amount: 99.00, every: 20 d}", "programmes", "budget_days", 20.0),
    ("programmes.p.budget", "{amount: 99.00, when_spent: stop}", "programmes", "stop_when_spent", 1),
    ("programmes.p.reminder.probability", "35 %", "programmes", "remind_probability", 0.35),
    ("programmes.p.reminder.delay", "3 h", "programmes", "remind_delay_a", 0.125),
    ("programmes.p.reminder.accept_factor", "0.5", "programmes", "remind_accept_factor", 0.5),
    ("programmes.p.reminder.activation_factor", "0.6", "programmes", "remind_activation_factor", 0.6),
    ("programmes.p.abuse.self_referral", "2 %", "programmes", "self_referral_probability", 0.02),
    ("programmes.p.abuse.leak", "3 %", "programmes", "leak_probability", 0.03),
    ("programmes.p.abuse.fake.probability", "4 %", "programmes", "fake_probability", 0.04),
    ("programmes.p.abuse.fake.count", "{poisson: 2.5}", "programmes", "fake_count_a", 2.5),
    ("programmes.p.abuse.detect.true_positive", "70 %", "programmes", "detect_true", 0.7),
    ("programmes.p.abuse.detect.false_positive", "1 %", "programmes", "detect_false", 0.01),
    ("programmes.p.dispute", "true", "programmes", "dispute", 1),
    (f"{Q}.agents.posts", "3 per day", "post_rate", (None, 1), 3.0),
    (f"{Q}.agents.visit_share", "5 %", "programmes", ("visit_share", 1), 0.05),
    (f"{Q}.agents.chaser_effect", "-0.7", "programmes", ("chaser_effect", 1), -0.7),
    (f"{Q}.agents.admission.fee", "250.00", "programmes", ("fee_cents", 1), 25000),
    (f"{Q}.agents.admission.screening", "60 %", "programmes", ("screening_probability", 1), 0.6),
    (f"{Q}.agents.admission.course", "80 %", "programmes", ("course_probability", 1), 0.8),
    (f"{Q}.agents.admission.delay", "15 d", "programmes", ("admission_delay_a", 1), 15.0),
    (f"{Q}.agents.tiers.by", "revenue", "programmes", ("tier_by_revenue", 1), 1),
    (f"{Q}.agents.tiers.by", "revenue", "tier_at", (None, 7), 500.0),
    (f"{Q}.agents.tiers.review", "45 d", "programmes", ("tier_review_days", 1), 45.0),
    (f"{Q}.agents.tiers.at", "[6, 70]", "tier_at", (None, 8), 70.0),
    (f"{Q}.agents.tiers.post_factor", "[1, 1.2, 1.5]", "tier_post_factor", (None, 8), 1.5),
    (f"{Q}.agents.audience", "250", "agents", "audience", 250.0),
    (f"{Q}.agents.join", "8 d", "agents", "join_day", 8.0),
    (f"{Q}.agents.chasers", "100 %", "agents", "chaser", 1),
    ("programmes.p.asks.0.max_tenure", "90 d", "asks", "max_tenure_days", 90.0),
    ("programmes.p.asks.0.min_purchases", "2", "asks", "min_purchases", 2),
    ("programmes.p.asks.0.min_spent", "60.00", "asks", "min_spent_cents", 6000),
    ("programmes.p.asks.0.priority", "3", "asks", "priority", 3),
    ("programmes.p.asks.0.decides", "payer", "asks", "payer", 1),
    ("programmes.p.asks.0.framing", "{effect: 0.4}", "asks", "framing_effect", 0.4),
    ("programmes.p.asks.0.framing", "{half_life: 3 d}", "asks", "framing_half_life_days", 3.0),
    ("asking.one_ask", "true", "world", "one_ask", 1),
    ("asking.rest", "14 d", "world", "ask_rest_days", 14.0),
    ("asking.cross_fatigue", "0.8", "world", "cross_log_fatigue", np.log(0.8)),
    ("reviews.effect", "0.6", "world", "review_effect", 0.6),
    ("reviews.scale", "50", "world", "review_scale", 50.0),
    ("population.households.consent", "60 %", "world", "consent_probability", 0.6),
    ("population.households.pass_on", "50 %", "world", "pass_on_probability", 0.5),
    ("incidents.0.day", "7 d", "incident_day", None, 7.0),
    ("incidents.0.share", "30 %", "incident_share", None, 0.3),
    ("population.segments.a.spending_factor", "0.55", "segments", "basket_a", 1100.0),
    ("product.after_happy.churn_factor", "0.8", "segments", "happy_churn_factor", 0.8),
    ("product.after_happy.basket_factor", "1.1", "segments", "happy_basket_factor", 1.1),
    ("product.after_happy.half_life", "10 d", "segments", "happy_half_life_days", 10.0),
    ("product.after_unhappy.basket_factor", "0.9", "segments", "unhappy_basket_factor", 0.9),
    ("product.recovery.probability", "50 %", "segments", "recovery_probability", 0.5),
    ("product.recovery.delay", "2 d", "segments", "recovery_delay_a", 2.0),
    ("product.recovery.success", "60 %", "segments", "recovery_success", 0.6),
    ("product.recovery.cost", "5.00", "segments", "recovery_cost_cents", 500),
    ("product.gifts.rate", "3 per week", "gift_rate", None, 3 / 7),
    ("product.gifts.cost", "8.00", "segments", "gift_cost_cents", 800),
    ("product.winback.probability", "10 %", "segments", "winback_probability", 0.1),
    ("product.winback.delay", "60 d", "segments", "winback_delay_a", 60.0),
    ("product.winback", "{probability: 10 %, maximum: 2}", "segments", "winback_maximum", 2),
    ("product.winback.cost", "15.00", "segments", "winback_cost_cents", 1500),
    ("product.referred.churn_factor", "0.82", "segments", "referred_churn_factor", 0.82),
    ("product.referred.share_factor", "1.4", "segments", "referred_share_log", np.log(1.4)),
    ("product.referred.margin_gap", "0.2", "segments", "referred_margin_gap", 0.2),
    ("product.referred.margin_gap_half_life", "1 y", "segments", "referred_margin_half_life_days", 365.0),
    ("product.referrer.churn_factor", "0.4", "segments", "referrer_churn_factor", 0.4),
    ("product.review_probability", "5 %", "segments", "review_probability", 0.05),
    ("product.loyalty.points_per_spend", "2", "segments", "points_per_cent", 0.02),
    ("product.loyalty.points_per_friend", "50", "segments", "points_per_friend", 50.0),
    ("product.loyalty.points_per_review", "10", "segments", "points_per_review", 10.0),
    ("product.loyalty.expire", "1 y", "segments", "points_expire_days", 365.0),
    ("product.loyalty.redeem_at", "200", "segments", "points_redeem_at", 200.0),
    ("product.loyalty.redeem_probability", "50 %", "segments", "points_redeem_probability", 0.5),
    ("product.loyalty.point_cost", "0.005", "segments", "points_cost_cents", 0.5),
    ("product.loyalty.threshold", "100", "segments", "points_threshold", 100.0),
    ("product.loyalty.purchase_factor", "1.1", "segments", "points_purchase_factor", 1.1),
    ("product.loyalty.purchase_factor", "1.1", "segments", "purchase_top", 1.1),
    ("product.loyalty.basket_factor", "1.05", "segments", "points_basket_factor", 1.05),
    ("product.loyalty.churn_factor", "0.9", "segments", "points_churn_factor", 0.9),
    ("product.membership.probability", "4 %", "segments", "member_probability", 0.04),
    ("product.membership.every", "30 d", "segments", "member_days", 30.0),
    ("product.membership.renew", "70 %", "segments", "member_renew_probability", 0.7),
    ("product.membership.fee", "29.00", "segments", "member_fee_cents", 2900),
    ("product.membership.purchase_factor", "1.3", "segments", "member_purchase_factor", 1.3),
    ("product.membership.purchase_factor", "1.3", "segments", "purchase_top", 1.3),
    ("product.membership.basket_factor", "1.1", "segments", "member_basket_factor", 1.1),
    ("product.membership.churn_factor", "0.5", "segments", "member_churn_factor", 0.5),
]
"""What came with the whole programme grammar; rows 2 and 3 of the rewards are programme q's."""

ALL = [*WRITTEN, *NEW]


def tables(path, overrides=()):
    """Return the tables of the base as an engine gets them, people and all."""
    ready = plan(load_study(path, overrides=overrides), use_cache=False)
    return ready.world(RunKey("base", 0))[0]


@pytest.mark.parametrize(("path", "value", "table", "field", "expected"), ALL)
def test_a_written_number_reaches_its_place(tmp_path, path, value, table, field, expected):
    found = getattr(tables(write(tmp_path, BASE), [f"{path}={value}"]), table)
    name, column = field if isinstance(field, tuple) else (field, 0)
    if name is not None:
        found = found[name]
    assert np.ravel(found)[column] == pytest.approx(expected)


def test_no_written_number_is_the_default_it_replaces(tmp_path):
    """Otherwise the test above could not fail."""
    plain = tables(write(tmp_path, BASE))
    for path, _, table, field, expected in ALL:
        found = getattr(plain, table)
        name, column = field if isinstance(field, tuple) else (field, 0)
        if name is not None:
            found = found[name]
        assert np.ravel(found)[column] != pytest.approx(expected), path


STAYS = (f"{Q}.agents.audience", f"{Q}.agents.join", f"{Q}.agents.chasers", "incidents", R)
"""What is there from the start, and a change of what a reward is paid for."""


def fits_on_a_day(path):
    return not path.startswith(STAYS) and not any(part.isdigit() for part in path.split("."))


MOVING = [row for row in NEW if row[0] == f"{R}.fee" or fits_on_a_day(row[0])]


@pytest.mark.parametrize(("path", "value", "table", "field", "expected"), MOVING)
def test_a_number_may_change_on_a_day(tmp_path, path, value, table, field, expected):
    change = value
    for part in reversed(path.split(".")):
        change = f"{{{part}: {change}}}"
    entry = f"timeline: [{{day: 30 d, set: {change}}}]\n"
    found = getattr(tables(write(tmp_path, BASE + entry)), table)
    name, column = field if isinstance(field, tuple) else (field, 0)
    before, after = found if name is None else found[name]
    assert np.ravel(before)[column] != pytest.approx(expected)
    assert np.ravel(after)[column] == pytest.approx(expected)


PLACES = {"number", "programme", "place", "side", "present", "kind"}
"""Columns that say which row it is, and of what kind; they are tested below."""


def test_every_column_is_followed_from_a_written_number():
    followed = {field[0] if isinstance(field, tuple) else field for *_, field, _ in ALL}
    for dtype in (contract.WORLD, contract.SEGMENT, contract.REWARD, contract.AGENT, contract.PROGRAMME):
        for column in dtype.names:
            stem = column.removesuffix("_law").removesuffix("_b")
            assert column in PLACES or column in followed or f"{stem}_a" in followed, (
                f"nobody follows {column}"
            )


def test_every_column_of_every_table_is_read_by_an_engine():
    package = Path(referralsim.behaviour.__file__).parent.parent
    files = [*(package / "engine").glob("reference*.py"), package / "engine" / "world.py"]
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
        contract.REWARD,
        contract.AGENT,
    ):
        for column in dtype.names:
            stem = column.rsplit("_", 1)[0]
            by_name = any(column.startswith(f"{prefix}_") for prefix in prefixes)
            # engines know the agents of a programme by their rows
            seen = column in read | laws or stem in laws
            assert seen or by_name or column == "kind", f"no engine reads {column}"


PLAIN = """
referralsim: 1
horizon: 100 d
population:
  size: 50
  graph: {erdos_renyi: {mean_degree: 4}}
  segments: {a: {share: 40 %}, b: {share: 60 %}}
acquisition: {initial: {customers: 5}, organic: {rate: 1 per day}}
"""

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
        PLAIN + "designs:\n  base: {product: {brand: 0.6}}\n"
        "  more: {population: {segments: {a: {share: 20 %}, c: {share: 20 %}}}}\n",
    )
    ready = plan_of(path, engine)
    assert layout_of(ready.study.designs.values()).segments == ("a", "b", "c")
    fewer, more = (np.bincount(ready.record(RunKey(d, 0)).segment, minlength=3) for d in ("base", "more"))
    assert fewer[2] == 0
    assert more[2] > 0
    assert more[0] < fewer[0]


REWARDED = """
referralsim: 1
horizon: 100 d
population: {size: 40, graph: {erdos_renyi: {mean_degree: 4}}, segments: {a: {}}}
acquisition: {initial: {customers: 5}}
product: {purchases: {rate: 0.5 per day, basket: 20.00}}
programmes:
  p:
    asks: [{trigger: signup}]
    rewards:
      referrer: [{value: 10.00}, {value: 20.00, friends: {from: 5}, cost: 40 %}]
      referee: {value: 5.00}
  q:
    kind: affiliate
    agents: {number: 3, audience: {exponential: 100}, join: {uniform: {low: 0 d, high: 9 d}}, chasers: 50 %}
    rewards: {referrer: {value: 1.00}}
timeline:
  - {day: 10 d, set: {programmes: {p: {rewards: {referrer: {value: 7.00}}}}}}
  - {day: 20 d, set: {programmes: {p: {rewards: {referrer: null, referee: null}}}}}
designs:
  all: {}
  more: {programmes: {p: {rewards: {referee: [{value: 5.00}, {value: 6.00}]}}, q: {agents: {number: 5}}}}
  none: {programmes: {p: null, q: null}}
"""


def test_rows_of_rewards_are_the_same_in_all_designs(tmp_path):
    ready = plan(load_study(write(tmp_path, REWARDED)), use_cache=False)
    for design in ("all", "more", "none"):
        rows = ready.inputs[design].rewards[0]
        named = list(zip(rows["programme"], rows["side"], rows["place"], strict=True))
        assert named == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0)]
    assert ready.inputs["all"].rewards["present"][0].tolist() == [1, 1, 1, 0, 1]
    assert ready.inputs["more"].rewards["present"][0].tolist() == [1, 1, 1, 1, 1]
    assert not ready.inputs["none"].rewards["present"].any()


def test_a_reward_that_ends_on_a_day_keeps_its_terms_for_what_was_earned(tmp_path):
    rewards = plan(load_study(write(tmp_path, REWARDED)), use_cache=False).inputs["all"].rewards
    assert rewards["present"][:, 0].tolist() == [1, 1, 0]
    assert rewards["value_cents"][:, 0].tolist() == [1000, 700, 700]
    assert rewards["present"][:, 1].tolist() == [1, 0, 0]
    assert rewards["cost"][:, 1].tolist() == [0.4, 0.4, 0.4]


def test_who_is_rewarded_decides_the_response(tmp_path):
    programmes = plan(load_study(write(tmp_path, REWARDED)), use_cache=False).inputs["all"].programmes
    assert programmes["own_effect"][:, 0].tolist() == [0.8, 0.8, 0.0]
    assert programmes["offer_effect"][:, 0].tolist() == [0.25, 0.25, 0.0]
    assert programmes["one_sided"][0].tolist() == [0.0, 1.0]
    assert programmes["kind"][0].tolist() == [contract.ProgrammeKind.REFERRAL, contract.ProgrammeKind.AGENTS]


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        ("{value: 20.00}", np.log1p(2)),
        ("[{value: 0}, {value: 20.00, friends: {from: 2}}]", np.log1p(2)),
        ("{value: 0, later: {value: 20.00, after: 9 d}, on: purchase}", np.log1p(2)),
        ("{value: 40.00, type: sweepstake, prize_probability: 50 %}", np.log1p(2)),
        ("{value: 20 %, on: purchase}", np.log1p(1)),
        ("{value: 20.00, on: leaderboard, leaderboard: {}}", np.log1p(2)),
        ("{value: 0}", 0.0),
        ("[]", 0.0),
    ],
)
def test_the_first_terms_that_are_worth_something_move_people(tmp_path, reward, expected):
    log = "programmes.p.response.to_own_reward={form: log, effect: 1, scale: 10.00}"
    found = tables(write(tmp_path, BASE), [log, f"{R}={reward}"])
    assert found.programmes["own_effect"][0, 0] == pytest.approx(expected)


def test_agents_are_the_same_in_all_designs_and_some_of_them_never_join(tmp_path):
    ready = plan(load_study(write(tmp_path, REWARDED)), use_cache=False)
    fewer, more, none = (ready.world(RunKey(name, 0))[0].agents for name in ("all", "more", "none"))
    assert fewer[:3].tobytes() == more[:3].tobytes()
    assert np.isinf(fewer["join_day"][3:]).all()
    assert np.isfinite(more["join_day"]).all()
    assert np.isinf(none["join_day"]).all()
    assert len(np.unique(more["audience"])) == 5
    seed = ready.world(RunKey("more", 0))[1]
    chance = Chance(seed)
    for index, agent in enumerate(more):
        key = 40 + index
        assert agent["audience"] == draw(
            chance.word(Purpose.AGENT_AUDIENCE, key, 0, 0), 1, 100.0, 0.0, NO_ROWS
        )
        assert agent["join_day"] == draw(chance.word(Purpose.AGENT_JOIN, key, 0, 0), 4, 0.0, 9.0, NO_ROWS)
        assert agent["chaser"] == (unit(chance.word(Purpose.AGENT_CHASES, key, 0, 0)) < 0.5)


NO_ROWS = np.zeros(1)


def test_the_rate_of_purchases_is_the_highest_possible(tmp_path):
    factors = [
        "product.purchases.rate=0.5 per day",
        "product.loyalty.purchase_factor=1.2",
        "product.membership.purchase_factor=0.5",
    ]
    found = tables(write(tmp_path, BASE), factors)
    assert found.purchase_rate[0].tolist() == [pytest.approx(0.6)] * 2
    assert found.segments["purchase_top"][0].tolist() == [1.2, 1.2]


@pytest.mark.parametrize(
    "law",
    [
        "20.00",
        "{exponential: 20.00}",
        "{lognormal: {mean: 20.00, sd: 9.00}}",
        "{gamma: {mean: 20.00, shape: 2}}",
        "{uniform: {low: 10.00, high: 20.00}}",
        "{weibull: {scale: 20.00, shape: 2}}",
        "{pareto: {minimum: 20.00, exponent: 2.5}}",
        "{empirical: [10.00, 20.00, 40.00]}",
    ],
)
def test_a_spending_factor_scales_every_basket(tmp_path, law):
    path = write(tmp_path, BASE)
    sets = [f"product.purchases.basket={law}", "population.segments.a.spending_factor=0.55"]
    found = tables(path, sets)
    rows = found.segments[0]
    for word in range(1, 2**64, 2**60):
        mine, others = (
            draw(word, int(row["basket_law"]), row["basket_a"], row["basket_b"], found.table) for row in rows
        )
        assert mine == pytest.approx(0.55 * others)


def test_calendars_stop_where_nobody_is_won_back(tmp_path):
    path = write(tmp_path, BASE)
    assert not tables(path, ["product.winback.maximum=3"]).segments["winback_maximum"].any()
    later = "timeline=[{day: 5 d, set: {product: {winback: {probability: 0.2}}}}]"
    found = tables(path, ["product.winback.maximum=3", later])
    assert found.segments["winback_maximum"].tolist() == [[3, 3], [3, 3]]
