"""Exports of Dub Partners: partners with their totals, and commissions, as CSV or as lists of the API.

Columns: github.com/dubinc/dub, ``exportPartnerColumns`` in ``apps/web/lib/zod/schemas/partners.ts`` (Clicks,
Leads, Conversions, Sales, Revenue, ...) and ``COMMISSION_EXPORT_COLUMNS`` in ``commissions.ts``, which an
export names by their ids. Money is text in major units in an export and a whole number of cents in the API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from referralsim.importers.draft import Draft, percent
from referralsim.importers.reading import Fields, money_text
from referralsim.scenario.quantity import currency_decimals

CHANNEL = "partner_link"
MEAN_SALE = "the mean sale holds for everybody; how much sales vary (gamma, shape 2) is assumed"
VOID = ("refunded", "duplicate", "fraud", "canceled")
_LABELS = {
    "totalClicks": "Clicks",
    "totalLeads": "Leads",
    "totalConversions": "Conversions",
    "totalSales": "Sales",
    "totalSaleAmount": "Revenue",
}
_COMMISSION_LABELS = {
    "type": "Type",
    "amount": "Amount",
    "earnings": "Earnings",
    "currency": "Currency",
    "status": "Status",
    "quantity": "Quantity",
    "partnerId": "Partner ID",
}


class Totals(NamedTuple):
    """What partners brought together."""

    n_partners: int | None = None


class Commission(NamedTuple):
    """One row of an export."""

    type: str
    cents: Decimal  # of the sale
    earned: Decimal  # by the partner, in cents
    quantity: int
    void: bool


def is_partners(row: Fields) -> bool:
    """Say whether a row is a partner with its totals."""
    names = row.data.keys()
    return "Clicks" in names or ("totalClicks" in names and "holdingPeriodDays" not in names)


def is_commissions(row: Fields) -> bool:
    """Say whether a row is a commission."""
    return {"type", "earnings"} <= row.data.keys() or {"Type", "Earnings"} <= row.data.keys()


def _key(row: Fields, key: str, labels: dict[str, str]) -> str:
    return labels[key] if labels.get(key, "") in row.data else key


def _cents(row: Fields, key: str, currency: str = "USD") -> Decimal | None:
    """Return money in hundredths: text is in major units, a number in cents of the currency."""
    value = row.data.get(key)
    if isinstance(value, str) and value.strip():
        major = money_text(value)
        if major is None or abs(major) > 10**12:
            row.fault(key, "must be an amount of money, such as $1,234.56")
            return None
        return major * 100
    cents = row.number(key, -(10**14), 10**14)
    return None if cents is None else cents / 10 ** currency_decimals(currency) * 100


def add_totals(draft: Draft, rows: list[Fields]) -> Totals:
    """Set what the totals of partners tell: sign-ups of visitors, customers of sign-ups, the basket."""
    sums: Counter[str] = Counter()
    cents = Decimal(0)
    n_partners = 0
    for row in rows:
        n_partners += str(row.data.get("Status", row.data.get("status", "approved"))).lower() == "approved"
        for key in ("totalClicks", "totalLeads", "totalConversions", "totalSales"):
            sums[key] += row.whole(_key(row, key, _LABELS), 0, 10**12) or 0
        cents += _cents(row, _key(row, "totalSaleAmount", _LABELS)) or 0
    signed_up = _share(sums["totalLeads"], sums["totalClicks"])
    if signed_up:
        channel = draft.scenario["channels"].setdefault(CHANNEL, {})
        channel["signed_up"] = {}
        draft.put(("channels", CHANNEL, "signed_up", "probability"), signed_up, "leads / clicks")
        channel |= {"tie_effect": 0, "brand_effect": 0}
        draft.assume(
            "leads / clicks holds for a visitor of any brand; a discount for the friend raises it further, "
            "though it was measured with the discount that there was"
        )
    active = _share(sums["totalConversions"], sums["totalLeads"])
    if active:
        draft.put(("product", "activation", "probability"), active, "conversions / leads")
        draft.assume("conversions / leads of partners' friends is the chance of activation of everybody")
    if sums["totalSales"]:
        _basket(draft, cents / sums["totalSales"], "revenue / sales")
    return Totals(min(n_partners, 100_000))


def _share(part: int, whole: int) -> str:
    """Return a share as a scenario writes it; empty where it says nothing."""
    return percent((Decimal(part) / whole * 100).quantize(Decimal("0.01"))) if 0 < part <= whole else ""


# --------------------------------------------------------------------------- commissions


def add_commissions(draft: Draft, name: str, rows: list[Fields]) -> None:
    """Work out from what was paid what the rewards are."""
    found = _of_one_currency(draft, rows)
    partners = {row.data.get(key) for row in rows for key in ("partnerId", "Partner ID") if row.has(key)}
    partners = {partner for partner in partners if isinstance(partner, str)}
    if partners:
        number = min(len(partners), 100_000)
        draft.put(("programmes", name, "agents", "number"), number, "distinct partners")
        draft.assumed = [note for note in draft.assumed if note != f"{name}: 10 partners"]
    rewards: list[tuple[dict[str, Any], dict[str, str]]] = []
    for event in ("sale", "lead"):
        good = [row for row in found if row.type == event and not row.void and row.earned > 0]
        value = _terms(draft, event, good)
        if value:
            body = {"value": value, "on": "purchase" if event == "sale" else "signup", "type": "cash"}
            rewards.append((body, {"value": f"{len(good)} commissions for a {event}"}))
    for event in ("click", "referral", "custom"):
        if any(row.type == event for row in found):
            draft.leave_out(
                f"commissions for a {event}", "the model pays for friends and their purchases only"
            )
    draft.add_rewards(name, "referrer", rewards)
    if rewards:
        draft.assume("how long a sale reward is paid for one customer is not in the export: for ever")
    sales = [row for row in found if row.type == "sale" and row.cents > 0]
    if sales:
        total = sum((row.cents for row in sales), Decimal(0))
        _basket(draft, total / len(sales), "mean amount of a sale")


def _basket(draft: Draft, cents: Decimal, field: str) -> None:
    """Set the mean sale."""
    mean = draft.money(cents, field)
    if mean > 0:
        draft.put(("product", "purchases", "basket"), {"gamma": {"mean": mean, "shape": 2}}, field)
        draft.assume(MEAN_SALE)


def _of_one_currency(draft: Draft, rows: list[Fields]) -> list[Commission]:
    """Return the rows of the commonest currency, which becomes the scenario's."""
    named = [str(row.data.get(_key(row, "currency", _COMMISSION_LABELS)) or "USD").upper() for row in rows]
    usable = Counter(each for each in named if len(each) == 3 and each.isascii() and each.isalpha())
    if usable:
        draft.currency = draft.scenario["currency"] = usable.most_common(1)[0][0]
    others = sum(each != draft.currency for each in named)
    if others:
        draft.leave_out(f"{others} commissions", f"they are not in {draft.currency}")
    kept = (row for row, each in zip(rows, named, strict=True) if each == draft.currency)
    return list(_read(kept, draft.currency))


def _read(rows: Iterable[Fields], currency: str) -> Iterable[Commission]:
    for row in rows:
        event = row.choice(
            _key(row, "type", _COMMISSION_LABELS), ("click", "lead", "sale", "referral", "custom")
        )
        cents = _cents(row, _key(row, "amount", _COMMISSION_LABELS), currency) or Decimal(0)
        earned = _cents(row, _key(row, "earnings", _COMMISSION_LABELS), currency)
        quantity = row.whole(_key(row, "quantity", _COMMISSION_LABELS), 0, 10**9)
        void = row.text(_key(row, "status", _COMMISSION_LABELS)) in VOID
        if event and earned is not None:
            yield Commission(event, cents, earned, 1 if quantity is None else max(quantity, 1), void)


def _terms(draft: Draft, event: str, rows: list[Commission]) -> Any:
    """Return what a reward must be for partners to have earned so much; None without rows."""
    if not rows:
        return None
    each = [row.earned / row.quantity for row in rows]
    flat = median(each)
    if event == "lead" or (
        sum(one == flat for one in each) >= 0.95 * len(each) and len({r.cents for r in rows}) > 1
    ):
        if any(one != flat for one in each):
            draft.assume(f"{event}: commissions differ; their median is taken")
        return draft.money(flat, f"{event} commission")
    priced = [row for row in rows if row.cents > 0]
    if not priced:
        return draft.money(flat, f"{event} commission")
    share = median(row.earned / row.cents for row in priced)
    rate = (share * 100).quantize(Decimal("0.01"))
    unlike = sum(abs(row.earned - row.cents * rate / 100) > 1 for row in priced)
    if unlike:
        draft.assume(f"{event}: {unlike} of {len(priced)} commissions are not {rate} % of the sale: a median")
    return percent(min(rate, Decimal(100))) if rate > 0 else None
