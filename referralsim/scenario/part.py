"""What all parts of the schema have in common, and values that are written as one or as several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WrapSerializer


class Model(BaseModel):
    """Base of all parts: frozen, closed to unknown keys, written by alias."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OneOrMany:
    """Marks a list of parts that may also be written as one part, without the list."""


def _rows(data: Any) -> Any:
    return data if isinstance(data, list | tuple) else () if data is None else [data]


def _shortest(rows: Any, write: Callable[[Any], Any]) -> Any:
    written = write(rows)
    return written if len(written) > 1 else written[0] if written else None


ONE_OR_MANY = (OneOrMany(), BeforeValidator(_rows), WrapSerializer(_shortest))
"""Notes of a field that holds a tuple of parts: none is written as null, one without a list."""
