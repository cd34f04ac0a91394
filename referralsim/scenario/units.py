"""The types of the schema's fields: read from the human form, written back to it.

Inside, durations are days, rates are per day, money is whole minor units, shares are in [0, 1].
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializationInfo, ValidationInfo, WithJsonSchema

from referralsim.scenario.counts import CountLawSpec
from referralsim.scenario.laws import AmountLaw, DelayLaw, FactorLaw, context_decimals
from referralsim.scenario.quantity import (
    format_duration,
    format_money,
    format_rate,
    minor_per_major,
    nearest,
    parse_duration,
    parse_flag,
    parse_money,
    parse_number,
    parse_rate,
    parse_share,
    parse_whole,
    wrong,
)
from referralsim.scenario.reward_value import RewardValue

__all__ = [
    "AmountLaw",
    "CountLawSpec",
    "DelayLaw",
    "DurationDays",
    "FactorLaw",
    "Flag",
    "MoneyCents",
    "Number",
    "Probability",
    "RatePerDay",
    "RewardValue",
    "Share",
    "WeakStrong",
    "Whole",
    "minor_per_major",
]


def _money(value: Any, info: ValidationInfo) -> int:
    return parse_money(value, context_decimals(info))


def _money_text(cents: int, info: SerializationInfo) -> Any:
    return format_money(cents, context_decimals(info))


def _weak_strong(value: Any) -> tuple[float, float]:
    if isinstance(value, tuple | list) and len(value) == 2:
        return parse_share(value[0], at=(0,)), parse_share(value[1], at=(1,))
    if not isinstance(value, dict):
        share = parse_share(value)
        return share, share
    for key in value:
        if key not in ("weak", "strong"):
            hint = nearest(key, ("weak", "strong"))
            raise wrong("unknown key; a probability by tie has `weak` and `strong`", hint, (key,))
    if len(value) != 2:
        raise wrong("must have both `weak` and `strong`, or be one probability for both")
    return parse_share(value["weak"], at=("weak",)), parse_share(value["strong"], at=("strong",))


def _weak_strong_text(value: tuple[float, float]) -> dict[str, float]:
    return {"weak": value[0], "strong": value[1]}


def _defined(name: str) -> WithJsonSchema:
    return WithJsonSchema({"human": name})


Number = Annotated[float, BeforeValidator(parse_number)]
"""A finite number without a unit."""

Whole = Annotated[int, BeforeValidator(parse_whole)]
"""A whole number; ``1e6`` is one."""

Flag = Annotated[bool, BeforeValidator(parse_flag)]
"""true or false, not yes or no."""

DurationDays = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(format_duration), _defined("Duration")
]
"""Days, written with a unit: ``30 d``, ``12 h``, ``90 min``, ``2 w``, ``1 mo``, ``1 y``."""

RatePerDay = Annotated[float, BeforeValidator(parse_rate), PlainSerializer(format_rate), _defined("Rate")]
"""Per day, written ``0.3 per day``, ``3 % per month`` or ``{share: 19 %, per: year}``."""

Probability = Annotated[float, BeforeValidator(parse_share), _defined("Share")]
"""In [0, 1], written ``0.3`` or ``30 %``."""

Share = Annotated[float, BeforeValidator(parse_share), _defined("Share")]
"""In [0, 1], written ``0.3`` or ``30 %``."""

MoneyCents = Annotated[int, BeforeValidator(_money), PlainSerializer(_money_text), _defined("Money")]
"""Whole minor units, written in major units: ``20.00``."""

WeakStrong = Annotated[
    tuple[float, float],
    BeforeValidator(_weak_strong),
    PlainSerializer(_weak_strong_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"human": "Share"},
                {
                    "type": "object",
                    "properties": {"weak": {"human": "Share"}, "strong": {"human": "Share"}},
                    "required": ["weak", "strong"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""Probabilities over a weak and a strong tie: one number, or ``{weak: 0.1, strong: 0.3}``."""
