"""The face value of a reward: an amount, or a share of the qualifying basket."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    SerializationInfo,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core.core_schema import CoreSchema

from referralsim.scenario.laws import Json, context_decimals
from referralsim.scenario.quantity import format_money, is_number, parse_money, wrong


class RewardValue(BaseModel):
    """Face value of a reward: a fixed amount, or a share of the qualifying basket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cents: int = 0
    percent: float = 0.0

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(data, cls):
            return data
        if isinstance(data, str) and data.strip().endswith("%"):
            try:
                share = Decimal(data.strip()[:-1].strip()) / 100
            except ArithmeticError:
                raise wrong(
                    "must be an amount, such as 20.00, or a share of the basket, such as `20 %`"
                ) from None
            if not 0 <= share <= 1:
                raise wrong("must be between 0 % and 100 % of the basket")
            return {"percent": float(share)}
        if not is_number(data):
            raise wrong("must be an amount, such as 20.00, or a share of the basket, such as `20 %`")
        return {"cents": parse_money(data, context_decimals(info))}

    @model_serializer(mode="plain")
    def _write(self, info: SerializationInfo) -> Any:
        if self.percent > 0:
            return percent_text(self.percent)
        return format_money(self.cents, context_decimals(info))

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        options = [{"human": "Money"}, {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"}]
        return {"anyOf": options, "description": "an amount such as 20.00, or a share of the basket: 20 %"}


def percent_text(share: float) -> str:
    """Write a share as a percentage that reads back to the same float.

    Examples
    --------
    >>> percent_text(0.2), percent_text(0.075)
    ('20 %', '7.5 %')
    """
    percent = (Decimal(repr(share)) * 100).normalize()
    return f"{percent:f} %"
