"""Places of numbers in a scenario's explicit form: finding one by its path, and trying another value there.

A path is that of the resolved form, in which every default and every law is written out. A probability by
tie that is the same for both ties is one number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from referralsim.scenario.faults import message_of
from referralsim.scenario.quantity import nearest
from referralsim.scenario.schema import Model, Scenario
from referralsim.scenario.tree import Path, bare, dotted, inside, is_one_or_many, is_part
from referralsim.scenario.written import number_of

_WORD = "a word"
"""What no field for numbers takes."""


class Place(NamedTuple):
    """One value of a scenario."""

    path: Path  # in the explicit form
    value: Any  # what is there, as plain data
    model: type[Model]  # the part whose field holds it
    key: str  # of the field
    depth: int  # length of the field's own path
    whole: Any  # all that the field holds

    @property
    def is_number(self) -> bool:
        """Whether a number is there, perhaps with a unit, or one number for both ties."""
        return number_of(by_tie(self.value)) is not None and self.refused(_WORD, 2) is not None

    @property
    def is_plain(self) -> bool:
        """Whether a number, a word or a switch is there."""
        return isinstance(self.value, str | bool) or self.is_number

    @property
    def is_money(self) -> bool:
        """Whether the field is an amount of money: its name in the schema carries the unit."""
        own = (name for name, field in self.model.model_fields.items() if (field.alias or name) == self.key)
        return len(self.path) == self.depth and next(own, "").endswith("_cents")

    def refused(self, value: Any, decimals: int) -> str | None:
        """Return why a value cannot stand here, by the rules of its field alone; None if it can.

        Parameters
        ----------
        value : plain data
        decimals : int
            Of the currency.
        """
        tried = replaced(self.whole, self.path[self.depth :], value)
        try:
            _adapter(self.model, self.key).validate_python(tried, context={"decimals": decimals})
        except ValidationError as error:
            return message_of(error)
        return None


class Missing(NamedTuple):
    """A path that leads nowhere in a scenario."""

    suggestion: str  # the nearest path that does, or empty


def by_tie(value: Any) -> Any:
    """Return the one number that holds for weak and strong ties, or the value as it is."""
    if isinstance(value, dict) and set(value) == {"weak", "strong"} and value["weak"] == value["strong"]:
        return value["weak"]
    return value


def keys_in(text: str) -> Path:
    """Return the keys of a path that is written with dots."""
    return tuple(int(part) if part.isdigit() else part for part in text.split("."))


def place_of(data: dict[str, Any], text: str) -> Place | Missing:
    """Find a path in a scenario's explicit form.

    Parameters
    ----------
    data : dict
        See :func:`referralsim.scenario.canonical.canonical`.
    text : str
        Keys joined by dots; entries of a list by number.
    """
    here: Any = data
    shape: Any = Scenario
    path: list[str | int] = []
    field: tuple[type[Model], str, int, Any] | None = None
    for key in keys_in(text):
        if key == 0 and is_one_or_many(shape) and isinstance(here, dict):
            continue  # a part that stands alone is written without its list
        known = _keys(here)
        if key not in known:
            rest = text.split(".")[len(path) + 1 :]
            near = nearest(str(key), [str(name) for name in known])
            return Missing(dotted((*path, near, *rest)) if near else _nearest_number(data, text))
        below = inside(shape, key) if shape is not None else None
        here = here[key]
        if is_part(shape) and isinstance(key, str):
            field = (bare(shape), key, len(path) + 1, here)
        path.append(key)
        shape = below
    if field is None:
        return Missing("")
    model, name, depth, whole = field
    return Place(tuple(path), here, model, name, depth, whole)


def _nearest_number(data: dict[str, Any], text: str) -> str:
    """Return the number whose path looks most like a text; one that ends in it comes first."""
    known = [dotted(path) for path in numbers_below(data, ())]
    return next((path for path in known if path.endswith(f".{text}")), "") or nearest(text, known)


def _keys(here: Any) -> list[str | int]:
    if isinstance(here, dict):
        return list(here)
    return list(range(len(here))) if isinstance(here, list | tuple) else []


def numbers_below(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of all numbers in a part."""
    if number_of(by_tie(value)) is not None:
        yield path
    elif isinstance(value, dict | list | tuple):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers_below(below, (*path, key))


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return plain data with another value at a path that is there."""
    if not path:
        return new
    key = path[0]
    if isinstance(value, dict):
        return {**value, key: replaced(value[key], path[1:], new)}
    at = int(key)
    return [*value[:at], replaced(value[at], path[1:], new), *value[at + 1 :]]


@cache
def _adapter(model: type[Model], key: str) -> TypeAdapter[Any]:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            whole: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            return TypeAdapter(whole)
    raise KeyError(key)
