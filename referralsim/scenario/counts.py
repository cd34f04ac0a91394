"""Laws of whole numbers: how many people are contacted at a time."""

from __future__ import annotations

import math
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema

from referralsim.laws import CountLaw
from referralsim.scenario.laws import Json, either, law_schema, object_schema
from referralsim.scenario.quantity import (
    inside_of,
    is_number,
    nearest,
    parse_number,
    parse_whole,
    shortest,
    wrong,
)

COUNT_FORMS = {
    "poisson": ("mean",),
    "geometric": ("mean",),
    "negative_binomial": ("mean", "k"),
    "binomial": ("n", "p"),
}
MAX_MEAN_COUNT = 500.0
MAX_FIXED_COUNT = 1_000_000


class CountLawSpec(BaseModel):
    """How many: a whole number, ``all``, or a law of whole numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    law: int = int(CountLaw.FIXED_COUNT)
    a: float = 1.0
    b: float = 0.0

    @classmethod
    def one(cls) -> Self:
        """Return the law that always gives one."""
        return cls.model_validate(1)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        if data == "all":
            return {"law": int(CountLaw.ALL), "a": 0.0}
        if is_number(data):
            count = parse_whole(data)
            if not 0 <= count <= MAX_FIXED_COUNT:
                raise wrong("must be between 0 and 1,000,000; write `all` for every contact")
            return {"law": int(CountLaw.FIXED_COUNT), "a": float(count)}
        if not isinstance(data, dict):
            raise wrong("must be a number, `all`, or a law such as `{poisson: 2}`")
        if len(data) != 1:
            raise wrong("must be one law with its parameters, such as `{poisson: 2}`")
        name, body = next(iter(data.items()))
        if name not in COUNT_FORMS:
            hint = nearest(str(name), COUNT_FORMS)
            raise wrong(f"unknown law of counts; there are {', '.join(COUNT_FORMS)}", hint, (name,))
        first, second = _count_parameters(name, body)
        return {"law": int(_COUNT_LAWS[name]), "a": first, "b": second}

    @model_serializer(mode="plain")
    def _write(self) -> Any:
        if self.law == CountLaw.ALL:
            return "all"
        if self.law == CountLaw.FIXED_COUNT:
            return int(self.a)
        name = next(name for name, law in _COUNT_LAWS.items() if law == self.law)
        values = [int(self.a) if name == "binomial" else self.a, self.b]
        return {name: dict(zip(COUNT_FORMS[name], values, strict=False))}

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        number = {"type": "number", "minimum": 0}
        options: list[Json] = [{"type": "integer", "minimum": 0}, {"const": "all"}]
        for name, keys in COUNT_FORMS.items():
            whole = object_schema(dict.fromkeys(keys, number))
            options.append(law_schema(name, {"anyOf": [number, whole]} if len(keys) == 1 else whole))
        return {"anyOf": options, "description": "a whole number, all, or a law such as {poisson: 2}"}


_COUNT_LAWS = {
    "poisson": CountLaw.POISSON,
    "geometric": CountLaw.GEOMETRIC,
    "negative_binomial": CountLaw.NEGATIVE_BIN,
    "binomial": CountLaw.BINOMIAL,
}


def _count_parameters(name: str, body: Any) -> tuple[float, float]:
    keys = COUNT_FORMS[name]
    if not isinstance(body, dict):
        if len(keys) > 1:
            raise wrong(f"needs {either((keys,))}", at=(name,))
        body = {"mean": body}
    for key in body:
        if key not in keys:
            raise wrong(f"unknown parameter; {name} has {either((keys,))}", nearest(key, keys), (name, key))
    if set(body) != set(keys):
        raise wrong(f"needs {either((keys,))}", at=(name,))
    found = []
    for key in keys:
        try:
            found.append(float(parse_whole(body[key])) if key == "n" else parse_number(body[key]))
        except PydanticCustomError as error:
            raise inside_of((name, key), error) from None
        if found[-1] < 0 or (key == "k" and found[-1] < 1e-3):
            raise wrong("must be greater than 0" if key == "k" else "must not be negative", at=(name, key))
    first, second = found[0], found[1] if len(found) > 1 else 0.0
    _check_count(name, first, second)
    return first + 0.0, second + 0.0


def _check_count(name: str, first: float, second: float) -> None:
    """Refuse counts whose first probability would underflow: the draw walks up from it."""
    if name == "binomial" and second > 1:
        raise wrong("must be between 0 and 1", at=(name, "p"))
    mean = first * second if name == "binomial" else first
    if mean > MAX_MEAN_COUNT:
        raise wrong(
            f"has a mean of {shortest(mean)}; at most 500 contacts at a time can be drawn", at=(name,)
        )
    if name == "binomial" and second < 1 and -first * math.log1p(-second) > 690:
        raise wrong(
            "is too certain to be drawn: with this `n` and `p` 0 is as good as impossible; lower `n`",
            at=(name,),
        )
