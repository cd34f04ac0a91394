"""Voucherify: a referral campaign, with the rewards of referrers beside it.

The format is that of Voucherify's API as its own specification has it (August 2026, in the repository
github.com/voucherifyio/voucherify-openapi: ``documentation/openapi/campaigns.json``, schemas ``Campaign``,
``ReferralProgram`` and ``Discount``; ``rewards.json``, schema ``Reward``; ``exports.json``), and of its pages
"Create referral campaign" and "Referral program overview" (docs.voucherify.io). What a referrer gets
stands in no campaign object: Voucherify keeps it as rewards of referral tiers. Put the reward objects under
``rewards`` and the campaign under ``campaign``.

Units. Of the API, ``amount_off``, ``amount_limit``, gift amounts and balances are hundredths of a major unit
whatever the currency, ``percent_off`` is from 0 to 100, points are points. In an export of vouchers (CSV)
``Value`` is in major units. No currency is given: the option ``--currency`` says it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from referralsim.errors import Fault, ScenarioError
from referralsim.importers.draft import Draft, percent, starter_programme
from referralsim.importers.reading import Fields, money_text, read_data, refuse, rows_of

TYPES = ("LOYALTY_PROGRAM", "GIFT_VOUCHERS", "DISCOUNT_COUPONS", "PROMOTION", "REFERRAL_PROGRAM")
DISCOUNTS = ("AMOUNT", "PERCENT", "UNIT", "FIXED")
MAX_CENTS = 10**12
MAX_POINTS = 10**9
POINT = Decimal(1)  # hundredths of a major unit: the model's default cost of a point

_EVENTS = {
    "signup": ("signup", "sign_up", "sign-up", "register", "registration"),
    "purchase": ("purchase", "paid", "order", "subscription", "checkout", "payment"),
}
_NOT_CARRIED = {
    "validity_timeframe": "the programme is on all the time",
    "validity_day_of_week": "the programme is on every day",
    "validity_hours": "the programme is on at all hours",
    "validation_rules": "the model knows no such rules",
}

Reward = tuple[dict[str, Any], dict[str, str]]


def import_voucherify(path: Path, currency: str = "USD") -> Draft:
    """Read a referral campaign of Voucherify.

    Raises
    ------
    ScenarioError
        With all faults of the file; exit code 3.
    """
    data = read_data(path)
    draft = Draft(path, "Voucherify", currency)
    faults: list[Fault] = []
    file = str(path)
    rewards: list[Fields] = []
    if isinstance(data, list):
        campaigns = rows_of(data, file, "", faults)
        if campaigns and _is_export(campaigns[0]):
            campaigns = _of_vouchers(draft, campaigns)
    elif isinstance(data, dict):
        top = Fields(data, file, "", faults)
        rewards = top.rows("rewards")
        one = top.part("campaign")
        listed = next((key for key in ("campaigns", "data") if key in data), None)
        campaigns = [one] if one else top.rows(listed) if listed else [top]
    else:
        refuse(file, "must be a JSON object or list, or CSV")
    _campaigns(draft, campaigns, rewards, file)
    if faults:
        raise ScenarioError(faults)
    return draft


def _campaigns(draft: Draft, campaigns: list[Fields], rewards: list[Fields], file: str) -> None:
    known = {each.text("id"): each for each in campaigns if each.has("id")}
    referral = []
    for campaign in campaigns:
        kind = campaign.choice("campaign_type", TYPES)
        if kind == "REFERRAL_PROGRAM":
            referral.append(campaign)
        elif kind:
            draft.leave_out(
                f"campaign {campaign.text('name') or campaign.path}", f"is no referral programme but {kind}"
            )
    if not referral and not any(campaign.faults for campaign in campaigns):
        refuse(file, "holds no campaign whose campaign_type is REFERRAL_PROGRAM")
    for campaign in referral:
        _campaign(draft, campaign, rewards, known)


def _campaign(draft: Draft, campaign: Fields, rewards: list[Fields], known: dict[str, Fields]) -> None:
    """Add a programme for one referral campaign."""
    wanted = campaign.text("name") or "referral"
    body = {**starter_programme(), "qualify": {}, "clawback": ["refund"]}
    name = draft.add_programme(wanted, body)
    if name is None:
        return
    if len(draft.scenario["programmes"]) == 1:
        draft.scenario["name"] = name
    draft.assume(
        f"{name}: who is asked when, how many share, with whom and how (as in the template `starter`)"
    )
    draft.assume(
        f"{name}: rewards cost their face value; a refund before payment cancels them; nothing is held back"
    )
    _qualify(draft, name, campaign)
    _validity(draft, name, campaign)
    referrer = [made for reward in rewards for made in _reward(draft, reward, known)]
    if not rewards:
        why = "Voucherify keeps it apart, as rewards of referral tiers; put them under `rewards`"
        draft.leave_out(f"what the referrer of {name} gets", why)
    else:
        draft.assume(
            f"{name}: every friend who counts earns each of the referrer's rewards (the API has no tiers)"
        )
    _quantity(draft, campaign, referrer)
    draft.add_rewards(name, "referrer", referrer)
    draft.add_rewards(
        name, "referee", [*_discount(draft, campaign.part("voucher")), *_referee(draft, campaign)]
    )


def _qualify(draft: Draft, name: str, campaign: Fields) -> None:
    """Say what makes a friend count."""
    programme = campaign.part("referral_program")
    if programme is None:
        campaign.fault("referral_program", "is missing: it says what makes a friend count")
        return
    key = "conversion_event_type" if "conversion_event_type" in programme.data else "conversion_event"
    event = programme.choice(key, ("redemption", "custom_event"))
    meant = "purchase"
    if event == "custom_event":
        custom = programme.part("custom_event")
        called = "" if custom is None else custom.text("name")
        lower = called.lower()
        found = [word for word, signs in _EVENTS.items() if any(sign in lower for sign in signs)]
        meant = found[0] if found else "activation"
        draft.assume(f"{name}: the custom event {called or 'without a name'} is read as: {meant}")
    elif event:
        draft.assume(f"{name}: a redemption of the code is the friend's first purchase")
    draft.put(("programmes", name, "qualify", "event"), meant, programme.at(key))


def _validity(draft: Draft, name: str, campaign: Fields) -> None:
    """Carry over from when to when the campaign is on; name what else limits it."""
    if campaign.data.get("active") is False:
        draft.leave_out(
            campaign.at("active"), "the campaign is switched off; the programme is played as if it were on"
        )
    for key, why in _NOT_CARRIED.items():
        if campaign.has(key) and campaign.data[key] not in ([], {}):
            draft.leave_out(campaign.at(key), why)
    if campaign.has("activity_duration_after_publishing"):
        why = "a code does not run out so long after it was handed out"
        draft.leave_out(campaign.at("activity_duration_after_publishing"), why)
    if campaign.data.get("type") == "STATIC" and campaign.has("vouchers_count"):
        draft.leave_out(campaign.at("vouchers_count"), "the number of customers who may refer is not limited")
    start, end = _day(campaign, "start_date"), _day(campaign, "expiration_date")
    if start is None or end is None:
        if end is not None:
            draft.leave_out(
                campaign.at("expiration_date"), "without a start_date there is no day on which it ends"
            )
        return
    days = (end - start).total_seconds() / 86400
    if days <= 0:
        campaign.fault("expiration_date", "must be later than start_date")
    elif days < 365:
        off = {"programmes": {name: {"enabled": False}}}
        draft.scenario.setdefault("timeline", []).append(
            {"day": f"{days:.10g} d", "note": f"{name} expires", "set": off}
        )
        row = len(draft.scenario["timeline"]) - 1
        draft.source(
            ("timeline", row, "day"), f"imported from Voucherify, {draft.file}: expiration_date - start_date"
        )


def _day(campaign: Fields, key: str) -> datetime | None:
    text = campaign.text(key)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        campaign.fault(key, "must be a date of ISO 8601, such as 2026-01-31T00:00:00Z")
        return None


def _quantity(draft: Draft, campaign: Fields, referrer: list[Reward]) -> None:
    """Cap the referrer's rewards at the redemptions of a code."""
    voucher = campaign.part("voucher")
    redemption = None if voucher is None else voucher.part("redemption")
    if redemption is None:
        return
    quantity = redemption.whole("quantity", 0, 10**9)
    if quantity is None:
        return
    if not referrer:
        draft.leave_out(
            redemption.at("quantity"), "it limits friends by code; without a referrer's reward nothing does"
        )
    for body, fields in referrer:
        body["cap"] = {"count": quantity}
        fields["cap.count"] = redemption.at("quantity")
    if referrer:
        draft.assume(f"{redemption.at('quantity')} caps what a referrer earns; friends beyond it still come")


# --------------------------------------------------------------------------- rewards


def _discount(draft: Draft, voucher: Fields | None) -> list[Reward]:
    """Return what a voucher takes off, as a reward."""
    discount = None if voucher is None else voucher.part("discount")
    if discount is None:
        return []
    kind = discount.choice("type", DISCOUNTS)
    for key in ("amount_limit", "aggregated_amount_limit"):
        if discount.number(key, 0, MAX_CENTS):
            draft.leave_out(discount.at(key), "a reward has no upper limit by order")
    if any(discount.has(key) for key in discount.data if key.endswith("_formula")):
        draft.leave_out(discount.path, "the model works out no formula")
        return []
    if kind in ("UNIT", "FIXED"):
        draft.leave_out(
            discount.path,
            "free units have no price here" if kind == "UNIT" else "a price that is set is no reward",
        )
        return []
    field = "amount_off" if kind == "AMOUNT" else "percent_off"
    amount = discount.number(field, 0, MAX_CENTS if kind == "AMOUNT" else 100) if kind else None
    if kind and amount is None and not discount.has(field):
        discount.fault(field, "is missing: a discount says how much")
    if not amount:
        return []
    value = draft.money(amount, discount.at(field)) if kind == "AMOUNT" else percent(amount)
    return [({"value": value, "type": "discount"}, {"value": discount.at(field)})] if value else []


def _referee(draft: Draft, campaign: Fields) -> list[Reward]:
    """Return the credit or the points that a friend gets."""
    programme = campaign.part("referral_program")
    reward = None if programme is None else programme.part("referee_reward")
    if reward is None or not reward.data:
        return []
    kind = reward.choice("type", ("LOYALTY_CARD", "GIFT_VOUCHER"))
    return _credit(draft, reward, "amount", kind == "GIFT_VOUCHER") if kind else []


def _credit(draft: Draft, part: Fields, key: str, is_money: bool) -> list[Reward]:
    amount = part.whole(key, 0, MAX_CENTS if is_money else MAX_POINTS)
    if amount is None and not part.has(key):
        part.fault(key, "is missing: a reward says how much")
    if not amount:
        return []
    cents = Decimal(amount) if is_money else amount * POINT
    if not is_money:
        draft.assume(f"{part.at(key)}: a point is worth 0.01")
    body = {"value": draft.money(cents, part.at(key)), "type": "gift_card" if is_money else "points"}
    return [(body, {"value": part.at(key)})] if body["value"] else []


def _reward(draft: Draft, reward: Fields, known: dict[str, Fields]) -> list[Reward]:
    """Return a reward object as a reward of the referrer."""
    kind = reward.choice("type", ("CAMPAIGN", "COIN", "MATERIAL"))
    if kind in ("COIN", "MATERIAL"):
        why = "a product has no price here" if kind == "MATERIAL" else "points are not exchanged for orders"
        draft.leave_out(f"reward {reward.text('name') or reward.path}", why)
        return []
    parameters = reward.part("parameters")
    campaign = None if parameters is None else parameters.part("campaign")
    if not kind:
        return []
    if campaign is None:
        reward.fault("parameters", "must name its campaign: {campaign: {id, type, balance}}")
        return []
    source = campaign.choice("type", ("DISCOUNT_COUPONS", "GIFT_VOUCHERS", "LOYALTY_PROGRAM"))
    if source != "DISCOUNT_COUPONS":
        return _credit(draft, campaign, "balance", source == "GIFT_VOUCHERS") if source else []
    coupons = known.get(campaign.text("id"))
    if coupons is None:
        why = "what its coupons are worth stands in another campaign; put that one under `campaigns` as well"
        draft.leave_out(f"reward {reward.text('name') or reward.path}", why)
        return []
    return _discount(draft, coupons.part("voucher"))


# --------------------------------------------------------------------------- export of vouchers


def _is_export(row: Fields) -> bool:
    return "Code" in row.data and "campaign_type" not in row.data


def _of_vouchers(draft: Draft, rows: list[Fields]) -> list[Fields]:
    """Return the campaigns that exported vouchers belong to, in the form of the API."""
    by_campaign: dict[str, list[Fields]] = {}
    for row in rows:
        by_campaign.setdefault(row.text("Campaign") or "referral", []).append(row)
    draft.assume("what makes a friend count is not in an export of vouchers: the redemption of the code")
    return [_of_export(draft, name, group) for name, group in by_campaign.items()]


def _of_export(draft: Draft, name: str, rows: list[Fields]) -> Fields:
    first = rows[0]
    said = Counter((row.text("Discount Type"), row.text("Value")) for row in rows)
    (kind, value), n_alike = said.most_common(1)[0]
    if n_alike < len(rows):
        draft.leave_out(
            f"{len(rows) - n_alike} vouchers of {name}", "their discount differs from that of most others"
        )
    voucher: dict[str, Any] = {}
    if kind:
        amount = money_text(value)
        if amount is None or not 0 <= amount <= 10**10:
            first.fault("Value", "must be an amount or a number of per cent")
        else:
            field = "percent_off" if kind == "PERCENT" else "amount_off"
            voucher["discount"] = {"type": kind, field: str(amount if kind == "PERCENT" else amount * 100)}
    limit = next((key for key in ("Redemption Limit", "Redemption Quantity") if first.has(key)), None)
    if limit is not None and first.whole(limit, 0, 10**9) is not None:
        voucher["redemption"] = {"quantity": first.whole(limit, 0, 10**9)}
    data: dict[str, Any] = {
        "campaign_type": "REFERRAL_PROGRAM",
        "name": name,
        "referral_program": {"conversion_event_type": "redemption"},
        "voucher": voucher,
    }
    for key, column in (("start_date", "Start Date"), ("expiration_date", "Expiration Date")):
        if first.has(column):
            data[key] = first.text(column)
    return Fields(data, first.file, f"vouchers of {name}", first.faults)
