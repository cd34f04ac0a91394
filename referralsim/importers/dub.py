"""Dub Partners: programmes, partner groups, rewards, discounts; exports of partners and of commissions.

The formats are those of Dub's API and exports as its own published source has them (github.com/dubinc/dub,
August 2026): ``apps/web/lib/zod/schemas/rewards.ts``, ``discount.ts``, ``groups.ts``, ``programs.ts``,
``partners.ts`` and ``commissions.ts``; ``apps/web/prisma/schema/reward.prisma`` and ``discount.prisma`` for
the units; its pages dub.co/help/article/sale-rewards, lead-rewards and dub.co/docs/concepts/attribution.

Units. ``amountInCents`` is in hundredths of a dollar, ``amountInPercentage`` from 0 to 100; a discount's
``amount`` is one or the other by its ``type``; an older reward has ``amount`` instead. ``maxDuration`` is in
months: 0 pays once, null for ever. ``holdingPeriodDays`` is in days. Exports show money as text in major
units (``$1,234.56``).

What a file may hold: a partner group or a list of groups, a programme (with ``rewards`` and ``discounts``, or
with ``groups``), one reward, or an export of partners or commissions (``dub_exports``). A group becomes a
programme of the kind ``affiliate``.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from referralsim.errors import Fault, ScenarioError
from referralsim.importers.draft import Draft, percent
from referralsim.importers.dub_exports import Totals, add_commissions, add_totals, is_commissions, is_partners
from referralsim.importers.dub_modifiers import Terms, split_by_modifiers
from referralsim.importers.reading import Fields, read_data, refuse, rows_of

MAX_CENTS = 99_999_999
MAX_MONTHS = 600
MAX_HOLD_DAYS = 364  # Dub offers up to 90; longer than the horizon nothing is paid
WINDOW = "90 d"
CHANNEL = "partner_link"

_REWARDS = ("clickReward", "leadReward", "saleReward", "referralReward")
_EVENTS = ("click", "lead", "sale", "referral")
_LIMIT_EVERY = {"day": "1 d", "week": "7 d", "month": "1 mo"}


def import_dub(path: Path, currency: str = "USD") -> Draft:
    """Read settings or an export of Dub Partners.

    Raises
    ------
    ScenarioError
        With all faults of the file; exit code 3.
    """
    data = read_data(path)
    draft = Draft(path, "Dub", currency)
    faults: list[Fault] = []
    name = str(path)
    if isinstance(data, list):
        _list(draft, rows_of(data, name, "", faults), name)
    elif isinstance(data, dict):
        _object(draft, Fields(data, name, "", faults), name)
    else:
        refuse(name, "must be a JSON object or list, or CSV")
    if faults:
        raise ScenarioError(faults)
    return draft


def _list(draft: Draft, rows: list[Fields], file: str) -> None:
    if not rows:
        refuse(file, "holds no object: there is nothing to import")
    if is_commissions(rows[0]):
        name = _affiliate(draft, "partners", Totals())
        if name:
            add_commissions(draft, name, rows)
    elif is_partners(rows[0]):
        name = _affiliate(draft, "partners", add_totals(draft, rows))
        draft.leave_out(
            "rewards", "an export of partners has none; import the group, or give them in the scenario"
        )
        if name:
            _source_number(draft, name, "partners in the file")
    elif "event" in rows[0].data:
        _programme(draft, "partners", rows, None, Fields({}, file, "", rows[0].faults))
    else:
        for row in rows:
            _group(draft, row, file)


def _object(draft: Draft, data: Fields, file: str) -> None:
    if "event" in data.data:
        _programme(draft, "partners", [data], None, Fields({}, file, "", data.faults))
        return
    listed = next((key for key in ("data", "groups", "partners", "commissions") if key in data.data), None)
    programme = data.part("program") or data
    if "minPayoutAmount" in programme.data and programme.number("minPayoutAmount", 0, 10**12):
        draft.leave_out("minPayoutAmount", "the model pays every reward by itself, however small")
    if programme.has("name"):
        draft.scenario["name"] = _name(programme) or draft.scenario["name"]
    if listed is not None:
        _list(draft, data.rows(listed), file)
    elif "rewards" in programme.data or "discounts" in programme.data:
        discounts = programme.rows("discounts")
        for extra in discounts[1:]:
            draft.leave_out(extra.path, "a programme gives a friend one discount; the first is taken")
        _programme(draft, _name(programme), programme.rows("rewards"), _first(discounts), programme)
    else:
        _group(draft, data, file)


def _first(rows: list[Fields]) -> Fields | None:
    return rows[0] if rows else None


def _name(data: Fields) -> str:
    return data.text("name") or data.text("slug") or "partners"


def _group(draft: Draft, group: Fields, file: str) -> None:
    """Add one partner group."""
    if not any(key in group.data for key in (*_REWARDS, "discount", "holdingPeriodDays")):
        refuse(
            file,
            f"{group.path or 'the object'} is neither a partner group nor a programme nor a reward of Dub",
        )
    rewards = [reward for key in _REWARDS if (reward := group.part(key)) is not None]
    if group.has("moveRules"):
        draft.leave_out(group.at("moveRules"), "partners do not move from one programme to another")
    _programme(draft, _name(group), rewards, group.part("discount"), group)


def _programme(
    draft: Draft, wanted: str, rewards: list[Fields], discount: Fields | None, group: Fields
) -> None:
    """Add a programme of a group's rewards, its discount and its partners."""
    totals = (
        add_totals(draft, [group]) if group.has("totalPartners") or group.has("totalClicks") else Totals()
    )
    number = group.whole("totalPartners", 0, 100_000)
    name = _affiliate(draft, wanted, totals if number is None else totals._replace(n_partners=number))
    if name is None:
        return
    if number is not None:
        _source_number(draft, name, group.at("totalPartners"))
    days = group.whole("holdingPeriodDays", 0, MAX_HOLD_DAYS)
    if days is not None:
        draft.put(("programmes", name, "hold"), f"{days} d", group.at("holdingPeriodDays"))
    paid: list[tuple[dict[str, Any], dict[str, str]]] = []
    seen: set[str] = set()
    for reward in rewards:
        event = reward.choice("event", _EVENTS)
        if not event:
            _terms(draft, reward, "sale")  # for its faults, that all are told at once
        elif event in seen:
            draft.leave_out(reward.path, f"a second reward for a {event}: import its group by itself")
        else:
            seen.add(event)
            paid += _paid(draft, reward, event)
    draft.add_rewards(name, "referrer", paid)
    given = [] if discount is None else _discount(draft, discount)
    draft.add_rewards(name, "referee", given)
    if not paid and not given:
        draft.leave_out(f"rewards of {name}", "none of them can be paid in the model, so it pays nothing")


def _affiliate(draft: Draft, wanted: str, totals: Totals) -> str | None:
    """Add a programme of affiliates with what is assumed of them."""
    number = totals.n_partners
    body: dict[str, Any] = {
        "kind": "affiliate",
        "agents": {"number": 10 if number is None else number},
        "contact": {"channel": CHANNEL},
        "qualify": {"event": "purchase"},
        "window": WINDOW,
        "clawback": ["refund"],
    }
    name = draft.add_programme(wanted, body)
    if name is None:
        return None
    cookie = "Dub's default of 90 days for its cookie, dub.co/docs/concepts/attribution"
    draft.source(("programmes", name, "window"), cookie)
    draft.scenario["channels"].pop("messenger", None)  # the template's; partners have their own
    draft.scenario["channels"].setdefault(CHANNEL, {})
    if number is None:
        draft.assume(f"{name}: 10 partners")
    draft.assume(
        f"{name}: the audience of a partner, how often it posts and how many follow (the model's defaults)"
    )
    draft.assume(
        f"{name}: a friend qualifies by the first purchase; a refund during the hold cancels the reward"
    )
    return name


def _source_number(draft: Draft, name: str, field: str) -> None:
    number = draft.scenario["programmes"][name]["agents"]["number"]
    draft.put(("programmes", name, "agents", "number"), number, field)


# --------------------------------------------------------------------------- rewards


def _paid(draft: Draft, reward: Fields, event: str) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Return what a partner is paid for one event, each with the fields its values came from."""
    if event == "click":
        draft.leave_out(reward.path or "click reward", "the model pays for friends, not for clicks")
        return []
    if event == "referral":
        draft.leave_out(reward.path or "referral reward", "partners do not recruit partners in the model")
        return []
    terms = _terms(draft, reward, event)
    if terms is None:
        return []
    body: dict[str, Any] = {"type": "cash"}
    fields: dict[str, str] = {}
    if event == "lead":
        body["on"] = "signup"
        fields["on"] = reward.at("event")
        _spend_limit(draft, reward, body, fields)
    else:
        if reward.has("spendLimitAmount"):
            why = "Dub limits what a partner earns by one customer, the model what a person earns in all"
            draft.leave_out(reward.at("spendLimitAmount"), why)
        _duration(reward, body, fields)
    draft.assume(f"{reward.path or event}: the reward costs its face value; fees of the payout are not known")
    return [
        ({"value": part.value, **body, **part.body}, {"value": part.field, **fields, **part.fields})
        for part in split_by_modifiers(draft, reward, terms, event)
    ]


def _terms(draft: Draft, reward: Fields, event: str) -> Terms | None:
    """Return the value of a reward; None if it pays nothing or cannot be read."""
    kind = reward.choice("type", ("flat", "percentage"))
    field = "amountInCents" if kind == "flat" else "amountInPercentage"
    if field not in reward.data and "amount" in reward.data:
        field = "amount"
    if not kind:
        return None
    amount = reward.number(field, 0, MAX_CENTS if kind == "flat" else 100)
    if amount is None:
        if not reward.has(field):
            reward.fault(field, "is missing: a reward says how much")
        return None
    if amount == 0:
        draft.leave_out(reward.path or event, "pays nothing")
        return None
    if kind == "percentage" and event == "lead":
        draft.leave_out(reward.path or event, "a lead has no sale to take a percentage of")
        return None
    value = value_of(draft, amount, kind, reward.at(field))
    if not value:
        draft.leave_out(reward.path or event, f"is nothing in whole units of {draft.currency}")
        return None
    return Terms(value, reward.at(field))


def value_of(draft: Draft, amount: Decimal, kind: str, what: str) -> Any:
    """Return a value in the words of a scenario: money of cents, or a share of the basket."""
    return draft.money(amount, what) if kind == "flat" else percent(amount)


def _duration(terms: Fields, body: dict[str, Any], fields: dict[str, str]) -> None:
    """Set for how long a reward on sales is paid: once, for some months, or for ever."""
    months = terms.whole("maxDuration", 0, MAX_MONTHS)
    fields["on"] = terms.at("maxDuration")
    if months == 0:
        body["on"] = "qualified"
        return
    body["on"] = "purchase"
    if months is not None:
        body["for"] = f"{months} mo"
        fields["for"] = terms.at("maxDuration")


def _spend_limit(draft: Draft, reward: Fields, body: dict[str, Any], fields: dict[str, str]) -> None:
    """Cap what a partner earns for leads."""
    limit = reward.whole("spendLimitAmount", 1, MAX_CENTS)
    every = reward.choice("spendLimitInterval", ("allTime", *_LIMIT_EVERY), required=limit is not None)
    if limit is None or not every:
        return
    body["cap"] = {"value": draft.money(limit, reward.at("spendLimitAmount"))}
    if every != "allTime":
        body["cap"] |= {"window": "period", "every": _LIMIT_EVERY[every]}
    fields["cap.value"] = reward.at("spendLimitAmount")
    draft.assume(
        f"{reward.at('spendLimitAmount')}: Dub pays in part a reward that reaches the limit, the model does "
        "not pay it; periods begin on day 0"
    )


def _discount(draft: Draft, discount: Fields) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Return what the friend gets off."""
    kind = discount.choice("type", ("flat", "percentage"))
    amount = discount.number("amount", 0, 100 if kind == "percentage" else MAX_CENTS)
    if amount is None and not discount.has("amount"):
        discount.fault("amount", "is missing: a discount says how much")
    body: dict[str, Any] = {"type": "discount"}
    fields: dict[str, str] = {"value": discount.at("amount")}
    _duration(discount, body, fields)
    if not kind or not amount:
        return []
    value = value_of(draft, amount, kind, discount.at("amount"))
    if not value:
        draft.leave_out(discount.path, f"is nothing in whole units of {draft.currency}")
        return []
    draft.assume(f"{discount.path}: a discount costs its face value")
    return [({"value": value, **body}, fields)]
