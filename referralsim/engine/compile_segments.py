"""A segment as a row: its product, what moments do, loyalty and membership; and the rates beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from referralsim.engine import contract as c
from referralsim.engine.compile_laws import Laws, fill, log_factor, or_never
from referralsim.engine.layout import Layout
from referralsim.scenario.schema import Product, Scenario, Segment
from referralsim.scenario.units import minor_per_major


def segment_table(steps: Sequence[Scenario], layout: Layout, laws: Laws) -> c.Table:
    """Return the table of segments; one that a design has not is a row of zeros.

    Nobody is won back while no phase wins anybody back: calendars of those who left then stop at once.
    """
    rows = []
    for step in steps:
        named = step.population.segments
        per_major = minor_per_major(step.currency)
        rows.append(
            [_segment(named[name], per_major, laws) if name in named else {} for name in layout.segments]
        )
    table = fill(c.SEGMENT, rows)
    never = table["winback_probability"].max(axis=0) == 0.0
    table["winback_maximum"][:, never] = 0
    return table


def _segment(segment: Segment, per_major: int, laws: Laws) -> dict[str, Any]:
    product = segment.product
    return {
        "brand": product.brand,
        "activation_probability": product.activation.probability,
        **laws.columns("activation_delay", product.activation.delay_days),
        "happy_probability": product.moments.happy,
        "unhappy_probability": product.moments.unhappy,
        "share_log_factor": log_factor(segment.share_factor),
        "purchase_top": purchase_top(product),
        **_purchases(segment, laws),
        **_moods(product),
        **_leaving(product, laws),
        **_care(product, laws),
        **_loyalty(product, per_major),
        **_membership(product),
    }


def purchase_top(product: Product) -> float:
    """Return the highest product of the factors on the purchase rate, at least 1."""
    points = product.loyalty.purchase_factor if product.loyalty else 1.0
    members = product.membership.purchase_factor if product.membership else 1.0
    return max(1.0, points) * max(1.0, members)


def _purchases(segment: Segment, laws: Laws) -> dict[str, Any]:
    purchases = segment.product.purchases
    return {
        "purchase_every_days": purchases.every_days or 0.0,
        "purchase_first_days": purchases.first_after_days,
        **laws.columns("basket", purchases.basket_cents, segment.spending_factor),
        "margin": purchases.margin,
        "refund_probability": purchases.refund.probability,
        **laws.columns("refund_delay", purchases.refund.delay_days),
        "review_probability": segment.product.review_probability,
    }


def _moods(product: Product) -> dict[str, Any]:
    happy, unhappy = product.after_happy, product.after_unhappy
    return {
        "happy_half_life_days": happy.half_life_days,
        "happy_churn_factor": happy.churn_factor,
        "happy_basket_factor": happy.basket_factor,
        "unhappy_half_life_days": unhappy.half_life_days,
        "unhappy_churn_factor": unhappy.churn_factor,
        "unhappy_purchase_factor": unhappy.purchase_factor,
        "unhappy_basket_factor": unhappy.basket_factor,
    }


def _leaving(product: Product, laws: Laws) -> dict[str, Any]:
    churn, referred, winback = product.churn, product.referred, product.winback
    return {
        "early_until_days": churn.early_until_days,
        "early_factor": churn.early_factor if churn.early_until_days > 0 else 1.0,
        "referred_churn_factor": referred.churn_factor,
        "referred_share_log": log_factor(referred.share_factor),
        "referred_margin_gap": referred.margin_gap,
        "referred_margin_half_life_days": or_never(referred.margin_gap_half_life_days),
        "referrer_churn_factor": product.referrer.churn_factor,
        "winback_maximum": winback.maximum,
        "winback_cost_cents": winback.cost_cents,
        "winback_probability": winback.probability,
        **laws.columns("winback_delay", winback.delay_days),
    }


def _care(product: Product, laws: Laws) -> dict[str, Any]:
    recovery = product.recovery
    return {
        "recovery_probability": recovery.probability,
        **laws.columns("recovery_delay", recovery.delay_days),
        "recovery_success": recovery.success,
        "recovery_cost_cents": recovery.cost_cents,
        "gift_cost_cents": product.gifts.cost_cents,
    }


def _loyalty(product: Product, per_major: int) -> dict[str, Any]:
    loyalty = product.loyalty
    if loyalty is None:
        never = {"points_expire_days": math.inf, "points_redeem_at": math.inf, "points_threshold": math.inf}
        factors = ("points_purchase_factor", "points_basket_factor", "points_churn_factor")
        return {**never, **dict.fromkeys(factors, 1.0)}
    return {
        "points_per_cent": loyalty.points_per_spend / per_major,
        "points_per_friend": loyalty.points_per_friend,
        "points_per_review": loyalty.points_per_review,
        "points_expire_days": or_never(loyalty.expire_days),
        "points_redeem_at": or_never(loyalty.redeem_at),
        "points_redeem_probability": loyalty.redeem_probability,
        "points_cost_cents": loyalty.point_cost * per_major,
        "points_threshold": or_never(loyalty.threshold),
        "points_purchase_factor": loyalty.purchase_factor,
        "points_basket_factor": loyalty.basket_factor,
        "points_churn_factor": loyalty.churn_factor,
    }


def _membership(product: Product) -> dict[str, Any]:
    membership = product.membership
    if membership is None:
        factors = ("member_purchase_factor", "member_basket_factor", "member_churn_factor")
        return {"member_days": math.inf, **dict.fromkeys(factors, 1.0)}
    return {
        "member_probability": membership.probability,
        "member_days": membership.every_days,
        "member_renew_probability": membership.renew,
        "member_fee_cents": membership.fee_cents,
        "member_purchase_factor": membership.purchase_factor,
        "member_basket_factor": membership.basket_factor,
        "member_churn_factor": membership.churn_factor,
    }


def segment_rates(steps: Sequence[Scenario], layout: Layout) -> dict[str, c.Floats]:
    """Return the rates of use, purchase, churn and gifts by phase and segment, the highest possible."""

    def by_segment(rate: Callable[[Product], float]) -> c.Floats:
        named = [step.population.segments for step in steps]
        rows = [[rate(n[name].product) if name in n else 0.0 for name in layout.segments] for n in named]
        return np.array(rows, dtype=np.float64)

    return {
        "use_rate": by_segment(lambda product: product.use.rate_per_day),
        "purchase_rate": by_segment(lambda product: product.purchases.rate_per_day * purchase_top(product)),
        "churn_rate": by_segment(_highest_churn),
        "gift_rate": by_segment(lambda product: product.gifts.rate_per_day),
    }


def _highest_churn(product: Product) -> float:
    churn = product.churn
    early = max(1.0, churn.early_factor) if churn.early_until_days > 0 else 1.0
    return float(churn.rate_per_day * early * product.after_unhappy.churn_factor)
