"""Laws of what is not known: between which values a number of the scenario may lie, and how likely.

These are laws of ignorance, not of chance: a delay that differs from friend to friend has a law of its own
(:mod:`referralsim.scenario.laws`), whose mean may be uncertain in turn. Parameters are written as the
number itself is, with its unit; all of one law in one unit, in which it is drawn.

=============  ======================================  =============================================
law            parameters                              meaning
=============  ======================================  =============================================
``uniform``    low, high                               anything between, equally likely
``triangular`` low, likely, high                       density rises to ``likely`` and falls again
``pert``       low, likely, high                       the same, smoothly: beta law with mean
                                                       (low + 4 likely + high) / 6
``normal``     mean, sd; low, high if wanted           cut off at low and high
``lognormal``  mean and sd, or median and sigma;       cut off at low and high
               low, high if wanted
``one_of``     a list of values                        each as likely as the others
=============  ======================================  =============================================

Source of ``pert``: D. G. Malcolm, J. H. Roseboom, C. E. Clark & W. Fazar, *Operations Research*
7(5):646-669, 1959, doi:10.1287/opre.7.5.646.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema

from referralsim.scenario.laws import either, law_schema, object_schema
from referralsim.scenario.quantity import inside_of, nearest, parse_number, wrong
from referralsim.scenario.written import Number, number_of

Json = dict[str, Any]
Plain = str | int | float | bool
"""A value as it stands in a scenario file."""

FORMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "uniform": (("low", "high"),),
    "triangular": (("low", "likely", "high"),),
    "pert": (("low", "likely", "high"),),
    "normal": (("mean", "sd"),),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
}
"""Parameters that each law needs; where there are two forms either may be written."""

ENDLESS = frozenset({"normal", "lognormal"})
"""Laws that may be cut off by ``low``, ``high`` or both, and need not."""

ENDS = ("low", "high")
TAIL = 2.0**-53
"""Chance beyond the farthest value that can be drawn on either side."""

SHOWN = 0.05
"""Chance beyond the ends at which a law without ends of its own is shown and tried."""

_MOST_VALUES = 100
_LEAST_LEFT = 1e-6
_EXAMPLE = "{uniform: {low: 5 %, high: 12 %}}"


class DoubtLaw(BaseModel):
    """A law of what is not known, its parameters as they were written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    parameters: tuple[tuple[str, Plain], ...] = ()
    values: tuple[Plain, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        if not isinstance(data, dict) or len(data) != 1:
            raise wrong(f"must be one law with its parameters, such as `{_EXAMPLE}`")
        name, body = next(iter(data.items()))
        if name == "one_of":
            return {"kind": name, "values": _values(body)}
        if name not in FORMS:
            known = [*FORMS, "one_of"]
            raise wrong(f"unknown law; there are {', '.join(known)}", nearest(str(name), known), (name,))
        return {"kind": name, "parameters": tuple(_parameters(name, body).items())}

    @model_serializer(mode="plain")
    def _write(self) -> Any:
        return {self.kind: list(self.values) if self.kind == "one_of" else dict(self.parameters)}

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        plain: Json = {"type": ["number", "string"]}
        several = {"type": "array", "items": {"type": ["number", "string", "boolean"]}, "minItems": 2}
        laws = [law_schema("one_of", several)]
        for name, forms in FORMS.items():
            bodies = [object_schema(dict.fromkeys(form, plain)) for form in forms]
            for body in bodies if name in ENDLESS else ():
                body["properties"] |= object_schema(dict.fromkeys(ENDS, plain))["properties"]
            laws.append(law_schema(name, bodies[0] if len(bodies) == 1 else {"anyOf": bodies}))
        return {"anyOf": laws, "description": f"what the number may be, such as {_EXAMPLE}"}

    @property
    def unit(self) -> str:
        """The unit in which the law is written and drawn."""
        found = number_of(self.parameters[0][1]) if self.parameters else None
        return found.unit if found is not None else ""

    @property
    def numbers(self) -> dict[str, float]:
        """The parameters as numbers of :attr:`unit`."""
        return {key: found.value for key, value in self.parameters if (found := number_of(value)) is not None}

    @property
    def span(self) -> tuple[float, float]:
        """The ends between which the law is shown: its own, or where a chance of .05 lies beyond each."""
        given = self.numbers
        low = given["low"] if "low" in given else self.quantile(SHOWN)
        high = given["high"] if "high" in given else self.quantile(1 - SHOWN)
        return low, high

    def quantile(self, share: float) -> float:
        """Return the value below which lies a share of all chance; not for ``one_of``.

        Parameters
        ----------
        share : float in [0, 1]

        Examples
        --------
        >>> DoubtLaw.model_validate({"triangular": {"low": 0, "likely": 1, "high": 2}}).quantile(0.5)
        1.0
        """
        given = self.numbers
        if self.kind in ENDLESS:
            return _cut(self.kind, given, min(max(share, TAIL), 1 - TAIL))
        low, high = given["low"], given["high"]
        value = _within(self.kind, low, given.get("likely", low), high, min(max(share, 0.0), 1.0))
        return min(max(value, low), high)

    def text(self, share: float, decimals: int | None = None) -> str:
        """Return the value at a share of all chance as it would be written.

        Parameters
        ----------
        share : float in [0, 1]
        decimals : int, optional
            To which the number must be written; by default it has six digits.
        """
        if self.kind == "one_of":
            return plain_text(self.values[min(int(share * len(self.values)), len(self.values) - 1)])
        return self.number_text(self.quantile(share), decimals)

    def number_text(self, value: float, decimals: int | None = None) -> str:
        """Return a number in the unit of the law as it would be written."""
        return Number(value, self.unit, 0).text(decimals)

    @property
    def words(self) -> str:
        """The law in words.

        Examples
        --------
        >>> DoubtLaw.model_validate({"pert": {"low": "5 %", "likely": "8 %", "high": "12 %"}}).words
        '5 % to 12 %, most likely 8 % (pert)'
        """
        given = {key: plain_text(value) for key, value in self.parameters}
        if self.kind == "one_of":
            return f"one of {', '.join(map(plain_text, self.values))}"
        if self.kind == "uniform":
            return f"{given['low']} to {given['high']}"
        if self.kind not in ENDLESS:
            return f"{given['low']} to {given['high']}, most likely {given['likely']} ({self.kind})"
        ends = [f"{word} {given[key]}" for key, word in (("low", "from"), ("high", "to")) if key in given]
        centre = [f"{key} {value}" for key, value in given.items() if key not in ENDS]
        return f"{', '.join([*centre, *ends])} ({self.kind})"


def plain_text(value: Plain) -> str:
    """Return a plain value as it would be written in a scenario file."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _values(body: Any) -> tuple[Plain, ...]:
    if not isinstance(body, list | tuple) or not 2 <= len(body) <= _MOST_VALUES:
        raise wrong(f"must be a list of 2 to {_MOST_VALUES} values", at=("one_of",))
    for index, value in enumerate(body):
        if not isinstance(value, Plain):
            raise wrong("must be a plain value: a number, a word, true or false", at=("one_of", index))
        if value in body[:index]:
            raise wrong("is there already", at=("one_of", index))
    return tuple(map(_simplest, body))


def _simplest(value: Any) -> Any:
    """Return a whole number as such, so that 1.00 is the same whether it was written so or resolved."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _parameters(name: str, body: Any) -> dict[str, Plain]:
    forms = FORMS[name]
    words = either(forms) + (", and may have `low` and `high`" if name in ENDLESS else "")
    if not isinstance(body, dict):
        raise wrong(f"needs {words}", at=(name,))
    ends = ENDS if name in ENDLESS else ()
    known = sorted({*ends, *(key for form in forms for key in form)})
    for key in body:
        if key not in known:
            raise wrong(f"unknown parameter; {name} has {words}", nearest(str(key), known), (name, key))
    form = next((form for form in forms if set(form) <= set(body) <= {*form, *ends}), None)
    if form is None:
        raise wrong(f"needs {words}", at=(name,))
    given = {key: _simplest(body[key]) for key in (*form, *ends) if key in body}
    _check(name, given)
    return given


def _check(name: str, given: dict[str, Any]) -> None:
    """Refuse parameters that are no numbers of one unit, or for which there is no such law."""
    numbers: dict[str, float] = {}
    units: dict[str, str] = {}
    for key, value in given.items():
        if key == "sigma":
            numbers[key] = _sigma(value)
            continue
        found = number_of(value)
        if found is None or not math.isfinite(found.value):
            raise wrong("must be a number, written as in the scenario itself", at=(name, key))
        numbers[key], units[key] = found.value, found.unit
        first = next(iter(units.values()))
        if found.unit != first:
            unit = f"`{first}`" if first else "no unit"
            raise wrong(f"must be written in the unit of the others, {unit}", at=(name, key))
    if "sd" in numbers and numbers["sd"] <= 0:
        raise wrong("must be greater than 0", at=(name, "sd"))
    for key in ("mean", "median"):
        if name == "lognormal" and key in numbers and numbers[key] <= 0:
            raise wrong("must be greater than 0", at=(name, key))
    if "low" in numbers and "high" in numbers and not numbers["low"] < numbers["high"]:
        raise wrong("must be above `low`", at=(name, "high"))
    if "likely" in numbers and not numbers["low"] <= numbers["likely"] <= numbers["high"]:
        raise wrong("must lie between `low` and `high`", at=(name, "likely"))
    if name in ENDLESS and _left(name, numbers)[1] - _left(name, numbers)[0] < _LEAST_LEFT:
        raise wrong("leaves nothing between `low` and `high`", at=(name,))


def _sigma(value: Any) -> float:
    try:
        sigma = parse_number(value)
    except PydanticCustomError as error:
        raise inside_of(("lognormal", "sigma"), error) from None
    if not 1e-3 <= sigma <= 10:
        raise wrong("must be between 0.001 and 10", at=("lognormal", "sigma"))
    return sigma


def _within(kind: str, low: float, likely: float, high: float, share: float) -> float:
    """Return a quantile of a law that has both ends."""
    width = high - low
    if kind == "uniform":
        return low + share * width
    if kind == "triangular":
        rising = (likely - low) / width
        if share < rising:
            return low + width * math.sqrt(share * rising)
        return high - width * math.sqrt((1 - share) * (1 - rising))
    from scipy.special import betaincinv

    up, down = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
    return low + width * float(betaincinv(up, down, share))


def _centre(kind: str, given: dict[str, float]) -> tuple[float, float]:
    """Return mean and standard deviation of a normal law, or of the logarithm of a lognormal one."""
    if kind == "normal":
        return given["mean"], given["sd"]
    if "median" in given:
        return math.log(given["median"]), given["sigma"]
    variance = math.log1p((given["sd"] / given["mean"]) ** 2)
    return math.log(given["mean"]) - variance / 2, math.sqrt(variance)


def _left(kind: str, given: dict[str, float]) -> tuple[float, float]:
    """Return the chances below both ends of a law before it is cut off."""
    centre, spread = _centre(kind, given)
    chances = []
    for key, outside in zip(ENDS, (0.0, 1.0), strict=True):
        if key not in given:
            chances.append(outside)
        elif kind == "lognormal" and given[key] <= 0:
            chances.append(0.0)
        else:
            at = math.log(given[key]) if kind == "lognormal" else given[key]
            chances.append(0.5 * math.erfc((centre - at) / spread / math.sqrt(2)))
    return chances[0], chances[1]


def _cut(kind: str, given: dict[str, float], share: float) -> float:
    """Return a quantile of a normal or lognormal law between its ends."""
    centre, spread = _centre(kind, given)
    below, above = _left(kind, given)
    chance = min(max(below + share * (above - below), TAIL), 1 - TAIL)
    value = centre + spread * NormalDist().inv_cdf(chance)
    if kind == "lognormal":
        value = math.exp(value)
    return min(max(value, given.get("low", -math.inf)), given.get("high", math.inf))
