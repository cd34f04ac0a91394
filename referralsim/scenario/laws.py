"""Laws of delays, amounts and factors: what a planner writes, kept exactly as written.

A law remembers the parameters in the form in which they were given (``mean`` and ``sd``, or ``median``
and ``sigma``), so that writing it out and reading it again changes no bit; the parameters ``a`` and ``b``
of :mod:`referralsim.distributions` are worked out from them.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    SerializationInfo,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema

from referralsim.laws import Law
from referralsim.scenario.quantity import (
    format_duration,
    format_money,
    inside_of,
    nearest,
    parse_duration,
    parse_money,
    parse_number,
    wrong,
)

Json = dict[str, Any]

FORMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "fixed": (("value",),),
    "exponential": (("mean",),),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
    "gamma": (("mean", "shape"),),
    "uniform": (("low", "high"),),
    "weibull": (("scale", "shape"),),
    "pareto": (("minimum", "exponent"),),
}
"""Parameters of each law; where there are two forms either may be written."""

PURE = frozenset({"sigma", "shape", "exponent"})
"""Parameters without a unit."""

MAX_EMPIRICAL = 10_000


def context_decimals(info: ValidationInfo | SerializationInfo) -> int:
    """Return the decimals of the scenario's currency, 2 unless the context says otherwise."""
    context = info.context or {}
    return int(context.get("decimals", 2))


class _Law(BaseModel):
    """A law as written: its name, its parameters in base units, or the rows of an empirical one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = "fixed"
    parameters: tuple[tuple[str, float], ...] = (("value", 0.0),)
    values: tuple[float, ...] = ()

    example: ClassVar[str] = ""

    @classmethod
    def _parse(cls, value: Any, decimals: int) -> float:
        raise NotImplementedError

    @classmethod
    def _format(cls, value: float, decimals: int) -> Any:
        raise NotImplementedError

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any, info: ValidationInfo) -> Any:
        decimals = context_decimals(info)
        if isinstance(data, cls):
            return data
        if not isinstance(data, dict):
            return {"kind": "fixed", "parameters": (("value", cls._parse(data, decimals)),)}
        if len(data) != 1:
            raise wrong(f"must be one law with its parameters, such as `{cls.example}`")
        name, body = next(iter(data.items()))
        if name == "empirical":
            return {"kind": name, "parameters": (), "values": cls._rows(body, decimals)}
        if name not in FORMS:
            known = [*FORMS, "empirical"]
            raise wrong(f"unknown law; there are {', '.join(known)}", nearest(str(name), known), (name,))
        return {"kind": name, "parameters": cls._parameters(name, body, decimals)}

    @classmethod
    def _rows(cls, body: Any, decimals: int) -> tuple[float, ...]:
        if not isinstance(body, list | tuple) or not body:
            raise wrong("must be a list of at least one observed value", at=("empirical",))
        if len(body) > MAX_EMPIRICAL:
            raise wrong(f"has more than {MAX_EMPIRICAL:,} values", at=("empirical",))
        rows = []
        for index, row in enumerate(body):
            try:
                rows.append(cls._parse(row, decimals))
            except PydanticCustomError as error:
                raise inside_of(("empirical", index), error) from None
        return tuple(sorted(rows))

    @classmethod
    def _parameters(cls, name: str, body: Any, decimals: int) -> tuple[tuple[str, float], ...]:
        forms = FORMS[name]
        if not isinstance(body, dict):
            if len(forms[0]) > 1:
                raise wrong(f"needs {either(forms)}", at=(name,))
            body = {forms[0][0]: body}
        known = sorted({parameter for form in forms for parameter in form})
        for key in body:
            if key not in known:
                raise wrong(
                    f"unknown parameter; {name} has {either(forms)}", nearest(key, known), (name, key)
                )
        form = next((form for form in forms if set(form) == set(body)), None)
        if form is None:
            raise wrong(f"needs {either(forms)}", at=(name,))
        found = {}
        for key in form:
            try:
                found[key] = parse_number(body[key]) if key in PURE else cls._parse(body[key], decimals)
            except PydanticCustomError as error:
                raise inside_of((name, key), error) from None
        _check(name, found)
        return tuple(found.items())

    @model_serializer(mode="plain")
    def _write(self, info: SerializationInfo) -> Any:
        decimals = context_decimals(info)
        if self.kind == "empirical":
            return {"empirical": [self._format(row, decimals) for row in self.values]}
        if self.kind == "fixed":
            return self._format(self.parameters[0][1], decimals)
        body = {k: v if k in PURE else self._format(v, decimals) for k, v in self.parameters}
        return {self.kind: body}

    @property
    def law(self) -> int:
        """The law's number, a :class:`referralsim.distributions.Law`."""
        return int(Law[self.kind.upper()])

    @property
    def a(self) -> float:
        """First parameter of :func:`referralsim.distributions.draw`."""
        return self._ab()[0]

    @property
    def b(self) -> float:
        """Second parameter of :func:`referralsim.distributions.draw`."""
        return self._ab()[1]

    def _ab(self) -> tuple[float, float]:
        given = dict(self.parameters)
        match self.kind:
            case "fixed":
                return given["value"], 0.0
            case "exponential":
                return given["mean"], 0.0
            case "lognormal" if "median" in given:
                return math.log(given["median"]), given["sigma"]
            case "lognormal":
                variance = math.log1p((given["sd"] / given["mean"]) ** 2)
                return math.log(given["mean"]) - variance / 2, math.sqrt(variance)
            case "gamma":
                return given["shape"], given["mean"] / given["shape"]
            case "uniform":
                return given["low"], given["high"]
            case "weibull":
                return given["shape"], given["scale"]
            case "pareto":
                return given["exponent"], given["minimum"]
        return 0.0, float(len(self.values))

    @classmethod
    def _plain_schema(cls) -> Json:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        plain = cls._plain_schema()
        number = {"type": "number", "exclusiveMinimum": 0}
        laws = [law_schema("empirical", {"type": "array", "items": plain, "minItems": 1})]
        for name, forms in FORMS.items():
            bodies: list[Json] = [plain] if len(forms[0]) == 1 else []
            for form in forms:
                fields = {key: number if key in PURE else plain for key in form}
                bodies.append(object_schema(fields))
            laws.append(law_schema(name, bodies[0] if len(bodies) == 1 else {"anyOf": bodies}))
        return {"anyOf": [plain, *laws], "description": f"a fixed value or a law, such as {cls.example}"}


def sourced(value: Json) -> Json:
    """Return the JSON Schema of a value that is written with its source."""
    return {
        "type": "object",
        "properties": {"value": value, "source": {"type": "string"}},
        "required": ["value", "source"],
        "additionalProperties": False,
    }


def object_schema(fields: Json) -> Json:
    """Return the JSON Schema of a mapping that has exactly these keys."""
    return {
        "type": "object",
        "properties": {key: {"anyOf": [field, sourced(field)]} for key, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def law_schema(name: str, body: Json) -> Json:
    """Return the JSON Schema of a law: its name over its parameters."""
    return object_schema({name: body})


def either(forms: tuple[tuple[str, ...], ...]) -> str:
    """Name the parameters of a law in words."""
    return ", or ".join(" and ".join(f"`{key}`" for key in form) for form in forms)


def _check(name: str, found: dict[str, float]) -> None:
    """Refuse parameters for which the law does not exist or cannot be drawn from."""
    for key, value in found.items():
        if name == "fixed" or key == "low":
            continue
        if value <= 0 and not (name == "uniform" or key in ("sd", "sigma")):
            raise wrong("must be greater than 0", at=(name, key))
        if value < 0:
            raise wrong("must not be negative", at=(name, key))
        if key in PURE and not (value == 0 or 1e-3 <= value <= 1e6):
            raise wrong("must be between 0.001 and 1,000,000", at=(name, key))
    if found.get("sigma", 0.0) > 10:
        raise wrong("must not exceed 10: the values would span more than any clock", at=(name, "sigma"))
    if name == "uniform" and found["low"] > found["high"]:
        raise wrong("`low` must not exceed `high`", at=(name,))


class DelayLaw(_Law):
    """A delay: fixed, or drawn from a law; parameters in days."""

    example: ClassVar[str] = "{lognormal: {mean: 1.5 d, sd: 5.5 d}}"

    @classmethod
    def none(cls) -> Self:
        """Return the delay of no time at all."""
        return cls.model_validate(0)

    @classmethod
    def _parse(cls, value: Any, decimals: int) -> float:
        return parse_duration(value)

    @classmethod
    def _format(cls, value: float, decimals: int) -> Any:
        return format_duration(value)

    @classmethod
    def _plain_schema(cls) -> Json:
        return {"human": "Duration"}


class AmountLaw(_Law):
    """An amount of money: fixed, or drawn from a law; parameters in minor units."""

    example: ClassVar[str] = "{gamma: {mean: 35.00, shape: 2}}"

    @classmethod
    def zero(cls) -> Self:
        """Return the amount of nothing."""
        return cls.model_validate(0)

    @classmethod
    def _parse(cls, value: Any, decimals: int) -> float:
        return float(parse_money(value, decimals))

    @classmethod
    def _format(cls, value: float, decimals: int) -> Any:
        return format_money(int(value), decimals)

    @classmethod
    def _plain_schema(cls) -> Json:
        return {"human": "Money"}


class FactorLaw(_Law):
    """A positive factor without a unit: fixed, or drawn from a law."""

    example: ClassVar[str] = "{gamma: {mean: 1, shape: 0.5}}"

    @classmethod
    def one(cls) -> Self:
        """Return the factor that changes nothing."""
        return cls.model_validate(1)

    @classmethod
    def _parse(cls, value: Any, decimals: int) -> float:
        number = parse_number(value)
        if number < 0:
            raise wrong("must not be negative")
        return number + 0.0

    @classmethod
    def _format(cls, value: float, decimals: int) -> Any:
        return value

    @classmethod
    def _plain_schema(cls) -> Json:
        return {"type": "number", "minimum": 0}
