"""The reader's words for the simulator's names."""

from __future__ import annotations

import math

from referralsim.measures import MEASURES, WINDOWED
from referralsim.report.wording import clean, days_text

PRIMARY = "k_offspring"
"""The measure that a report answers with, wherever it tells the designs apart."""

SPLITS = {
    "loop": "loop",
    "channel": "channel",
    "programme": "programme",
    "segment": "segment of the new customer",
    "referrer_segment": "segment of the referrer",
}
"""Splits of K, with the words for them; those after the channel are shown where there is a choice."""

_LOOPS = {
    "initial": "Customers at launch",
    "organic_arrival": "Came by themselves",
    "organic": "Came by themselves",
    "paid": "Paid acquisition",
    "collaboration": "Collaboration",
    "visibility": "Visibility",
    "progress": "Shared progress",
    "word_of_mouth": "Word of mouth",
    "complaints": "Complaints",
    "programme": "Referral programme",
}


_STEPS = {"sign_ups": "Sign-ups", "invites": "Invitations"}


_BESIDES = {
    "reminded": "Reminders sent",
    "fake_accounts": "Fake accounts",
    "capped": "Rewards refused by a cap",
    "unfunded": "Rewards refused by the budget",
    "abuse_refused": "Rewards refused to fraud",
    "genuine_refused": "Rewards refused to real friends",
}

ONLY_IF_USED = ("Abuse and refusals", "Affiliates and partners", "Loyalty and care")
"""Groups of measures that are shown only where something of them happened."""

COST_TABLE = (
    *("cac_blended_without", "cac_blended", "cac_gross", "cac_fully_loaded", "cac_marginal"),
    *("cac_marginal_last", "cost_per_referred_customer", "cost_per_incremental_customer"),
)
"""What a customer costs, before the programmes and with them."""

_WORTH = "Value by source"
WORTH_TABLE = (
    *("ltv", "ltv_referred", "ltv_unreferred", "value_of_referred"),
    *(name for name, measure in MEASURES.items() if measure.group == _WORTH),
)
"""What a customer is worth, by how they came."""

_PARTS = frozenset(
    {"reminded", "reminder_conversion", "won_back", "unasked_customers", "reward_redeemed", "reward_expired"}
    | {"reward_lost", "reward_disputed", "reward_unfunded", "reward_liability", "breakage", "partner_fees"}
)


def only_if_used(name: str) -> bool:
    """Say whether a measure is left out where it is zero or undefined in every run of every design."""
    return name in MEASURES and (name in _PARTS or MEASURES[name].group in (*ONLY_IF_USED, _WORTH))


def besides_title(what: str) -> str:
    """Return the reader's word for what happens beside the steps of the funnel."""
    return _BESIDES.get(what, words(what))


def words(name: object) -> str:
    """Turn a name with underscores into words.

    Examples
    --------
    >>> words("sign_ups"), words("edge_list")
    ('Sign-ups', 'Edge list')
    """
    if str(name) in _STEPS:
        return _STEPS[str(name)]
    text = clean(str(name)).replace("_", " ").strip()
    return text[:1].upper() + text[1:] if text else "(none)"


def loop_title(name: object) -> str:
    """Return the reader's name of a loop; unknown names are turned into words."""
    return _LOOPS.get(str(name).lower(), words(name))


def measure_title(name: str, window_days: float = math.nan) -> str:
    """Return a measure's title; a measure nobody defined is shown under its own name.

    Parameters
    ----------
    window_days : float
        Window of the K family, named in the titles of the measures that depend on it.

    Examples
    --------
    >>> measure_title("k_offspring", 90.0), measure_title("k_programme", 90.0)
    ('Customers brought by one customer in 90 days (K)', 'K of the referral programmes in 90 days')
    """
    known = MEASURES.get(name)
    if not known:
        return words(name)
    if name not in WINDOWED or not math.isfinite(window_days):
        return known.title
    days = days_text(window_days)
    if "the window" in known.title:
        return known.title.replace("the window", days)
    plain, bracket, rest = known.title.partition(" (")
    return f"{plain} in {days}{bracket}{rest}"


def measure_unit(name: str) -> str:
    """Return a measure's unit; an empty text where it has none."""
    known = MEASURES.get(name)
    return known.unit if known else ""


def measure_definition(name: str) -> str:
    """Return a measure's definition."""
    known = MEASURES.get(name)
    return known.definition if known else ""
