"""Quantities with units as people write them, and back: durations, rates, shares, money.

Every ``parse_*`` takes what the YAML reader found and returns a number in base units (days, per day,
1, minor units) or raises a :class:`pydantic_core.PydanticCustomError` that says what to write instead.
Every ``format_*`` gives a text or number that the parser reads back to exactly the same value.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

DAYS = {
    "second": 1 / 86400,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365 / 12,
    "year": 365.0,
}
"""Length of each unit in days: a year has 365 days, a month a twelfth of that."""

_NAMES = {
    **{name: name for name in DAYS},
    **{name + "s": name for name in DAYS},
    "s": "second",
    "sec": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_RATE = re.compile(rf"({_NUMBER})\s*(%?)\s*per\s+(?:({_NUMBER})\s*)?([A-Za-z]+)")

MAX_DAYS = 1e6
MAX_CENTS = 10**15

_NO_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def wrong(message: str, suggestion: str = "", at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """Return the error of a value that cannot be used.

    Parameters
    ----------
    message : str
        What is wrong and what to write instead.
    suggestion : str
        The nearest valid name, if there is one.
    at : tuple
        Path from the value to the part of it that is at fault.
    """
    context = {"message": message, "suggestion": suggestion, "at": at}
    return PydanticCustomError("scenario", "{message}", context)


def inside_of(at: tuple[str | int, ...], error: PydanticCustomError) -> PydanticCustomError:
    """Return an error of :func:`wrong` as it reads from outside: a part further down is at fault."""
    context = error.context or {}
    return wrong(context["message"], context["suggestion"], (*at, *context["at"]))


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the valid name that looks most like ``name``, or an empty text.

    Examples
    --------
    >>> nearest("chanels", ["channels", "currency"])
    'channels'
    """
    known = list(names)
    lower = {known_name.lower(): known_name for known_name in reversed(known)}
    matches = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    if not matches and len(name) >= 3:
        matches = [known_name for known_name in lower if known_name.startswith(name.lower())]
    return lower[matches[0]] if matches else ""


def currency_decimals(currency: str) -> int:
    """Return the number of decimals of a currency (ISO 4217): 0, 2 or 3.

    Examples
    --------
    >>> currency_decimals("USD"), currency_decimals("JPY")
    (2, 0)
    """
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2


def minor_per_major(currency: str) -> int:
    """Return how many minor units make one major unit of a currency: 1, 100 or 1000."""
    return int(10 ** currency_decimals(currency))


def is_number(value: Any) -> bool:
    """Say whether a value is a number; true and false are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def shortest(value: float) -> str:
    """Write a float in the shortest way that reads back to the same bits.

    Examples
    --------
    >>> shortest(30.0), shortest(0.1)
    ('30', '0.1')
    """
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def bare_number(value: Any) -> str:
    """Return the number in a text that is more than a number: quoted, grouped, or with a currency.

    Examples
    --------
    >>> bare_number("10,000"), bare_number("$20"), bare_number("many")
    ('10000', '20', '')
    """
    text = value.strip() if isinstance(value, str) else ""
    grouped = re.sub(r"(?<=\d)[_, ](?=\d{3}(?:\D|$))", "", text)
    match = re.fullmatch(rf"(?:[A-Z]{{3}}|[$€£¥])?\s*({_NUMBER})\s*(?:[A-Z]{{3}}|[$€£¥])?", grouped)
    return match[1] if match else ""


def parse_number(value: Any) -> float:
    """Read a finite number without a unit."""
    if not is_number(value):
        raise wrong("must be a number, such as 0.5", bare_number(value))
    number = float(value)
    if not math.isfinite(number):
        raise wrong("must be a finite number")
    return number


def parse_whole(value: Any) -> int:
    """Read a whole number; ``1e6`` is one, ``1.5`` and ``true`` are not."""
    if not is_number(value):
        raise wrong("must be a whole number, such as 3", bare_number(value))
    if not math.isfinite(value) or value != int(value):
        raise wrong("must be a whole number")
    return int(value)


def parse_flag(value: Any) -> bool:
    """Read true or false; YAML 1.2 takes `yes`, `no`, `on` and `off` for words."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    raise wrong(
        "must be true or false", {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(word, "")
    )


def _unit(word: str, example: str) -> float:
    name = _NAMES.get(word) or _NAMES.get(word.lower())
    if name is None:
        hint = nearest(word, [known for known in _NAMES if len(known) > 2])
        raise wrong(
            f"has an unknown unit of time `{word}`; use min, h, d, w, mo or y, as in `{example}`", hint
        )
    return DAYS[name]


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise wrong("is too large")
    return number


def parse_duration(value: Any) -> float:
    """Read a duration and return days.

    Examples
    --------
    >>> parse_duration("12 h"), parse_duration("2 w"), parse_duration(0)
    (0.5, 14.0, 0.0)
    """
    if is_number(value):
        if value == 0:
            return 0.0
        if not math.isfinite(value):
            raise wrong("must be a duration with a unit, such as `30 d`")
        raise wrong("needs a unit of time", f"{shortest(value)} d")
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise wrong("must be a duration with a unit, such as `30 d`, `12 h` or `1 y`")
    days = _finite(match[1]) * _unit(match[2], "30 d")
    if days < 0:
        raise wrong("must not be negative")
    if days > MAX_DAYS:
        raise wrong("is longer than a million days")
    return days + 0.0


def format_duration(days: float) -> str:
    """Write days so that :func:`parse_duration` reads back the same float."""
    return f"{shortest(days)} d"


def parse_rate(value: Any) -> float:
    """Read a rate and return it per day.

    ``{share: 19 %, per: year}`` is the hazard at which that share is gone after the period:
    ``-log(1 - share) / period``.

    Examples
    --------
    >>> parse_rate("14 per week"), round(parse_rate({"share": "19 %", "per": "year"}), 7)
    (2.0, 0.0005773)
    """
    if isinstance(value, dict):
        return _parse_hazard(value)
    if is_number(value):
        if value == 0:
            return 0.0
        raise wrong("must say per what: a rate is written as in `0.3 per day` or `3 % per month`")
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise wrong("must be a rate, such as `0.3 per day`, `2 per week` or `3 % per month`")
    amount = float(Decimal(match[1]) / 100) if match[2] else _finite(match[1])
    days = _unit(match[4], "0.3 per day") * (_finite(match[3]) if match[3] else 1.0)
    if amount < 0 or days <= 0:
        raise wrong("must not be negative")
    rate = amount / days
    if not math.isfinite(rate) or rate > 1e9:
        raise wrong("is too large")
    return rate + 0.0


def _parse_hazard(value: dict[str, Any]) -> float:
    for key in value:
        if key not in ("share", "per"):
            hint = nearest(str(key), ("share", "per"))
            raise wrong("unknown key; a share lost in a period has `share` and `per`", hint, (key,))
    if set(value) != {"share", "per"}:
        raise wrong("must have both `share` and `per`, as in `{share: 19 %, per: year}`")
    share = parse_share(value["share"], at=("share",))
    if share >= 1:
        raise wrong("must be below 100 %: nobody would be left", at=("share",))
    per = value["per"]
    if not isinstance(per, str):
        raise wrong("must be a unit of time, such as `month` or `30 d`", at=("per",))
    try:
        days = parse_duration(per) if per.strip()[:1].isdigit() else _unit(per.strip(), "per: year")
    except PydanticCustomError as error:
        raise inside_of(("per",), error) from None
    if days <= 0:
        raise wrong("must be longer than 0", at=("per",))
    return -math.log1p(-share) / days + 0.0


def format_rate(rate_per_day: float) -> str:
    """Write a rate so that :func:`parse_rate` reads back the same float."""
    return f"{shortest(rate_per_day)} per day"


def parse_share(value: Any, at: tuple[str | int, ...] = ()) -> float:
    """Read a share or probability: ``0.3`` or ``30 %``, in [0, 1].

    Examples
    --------
    >>> parse_share("30 %")
    0.3
    """
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None and not is_number(value):
        raise wrong("must be a share, such as 0.3 or `30 %`", at=at)
    share = float(Decimal(match[1]) / 100) if match else float(value)
    if math.isnan(share):
        raise wrong("must be a number from 0 to 1, or a percentage", at=at)
    if not 0 <= share <= 1:
        likely = f"{shortest(share)} %" if match is None and 1 < share <= 100 else ""
        raise wrong("must be between 0 and 1, or 0 % and 100 %", likely, at)
    return share + 0.0


def parse_money(value: Any, decimals: int = 2) -> int:
    """Read an amount in major units and return minor units, exactly.

    Examples
    --------
    >>> parse_money(20.0), parse_money(19.99), parse_money(500, decimals=0)
    (2000, 1999, 500)
    """
    if not is_number(value):
        raise wrong("must be an amount without sign or currency, such as 20 or 19.99", bare_number(value))
    amount = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not amount.is_finite():
        raise wrong("must be a finite amount")
    if amount < 0:
        raise wrong("must not be negative")
    if amount.scaleb(decimals) > MAX_CENTS:
        raise wrong("is too large an amount")
    cents = amount.scaleb(decimals)
    if cents != int(cents):
        has = "has no decimals" if decimals == 0 else f"has {decimals} decimals"
        raise wrong(f"is finer than the currency, which {has}")
    return int(cents)


def format_money(cents: int, decimals: int = 2) -> Decimal:
    """Write minor units as an amount in major units with the currency's decimals.

    Examples
    --------
    >>> str(format_money(2000)), str(format_money(500, 0))
    ('20.00', '500')
    """
    return Decimal(cents).scaleb(-decimals)
