"""Results that were read from a disk: whether they are of the types that results have."""

from __future__ import annotations

import math
import typing
from typing import Any

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from referralsim.experiment.result import Experiment

_WORDS = ("design", "measure", "a", "b", "verdict")
_COLUMNS = {
    "runs": ("design", "replication", "measure", "value", "n"),
    "estimates": ("design", "measure", "mean", "low", "high", "n"),
    "comparisons": ("measure", "a", "b", "difference", "low", "high", "n", "p_a_better", "verdict"),
}


def checked(experiment: Experiment) -> Experiment:
    """Return an experiment whose parts have the types of :class:`Experiment`.

    Raises
    ------
    ValueError
        Naming the first part that has another.
    """
    for name, kind in typing.get_type_hints(Experiment).items():
        value = getattr(experiment, name)
        if name in _COLUMNS:
            _frame(name, value, _COLUMNS[name])
        elif name in ("tables", "trees"):
            for title, frame in value.items():
                _frame(f"{name}.{title}", frame, ("design", "replication") if name == "tables" else ())
        else:
            _plain(name, value, kind)
    sizes = (experiment.horizon_days, experiment.replications, experiment.minor_per_major)
    if not all(math.isfinite(size) and size > 0 for size in sizes):
        raise ValueError("horizon_days, replications and minor_per_major must be above 0")
    if list(experiment.digests) != list(experiment.designs):
        raise ValueError("designs and digests do not name the same designs")
    return experiment


def _plain(name: str, value: object, kind: Any) -> None:
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, (name, *first["loc"])))
        raise ValueError(f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None


def _frame(name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in frame:
            raise ValueError(f"{name} has no column {column!r}")
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        if numeric == (column in _WORDS) and len(frame):
            raise ValueError(f"{name}.{column} must hold {'text' if numeric else 'numbers'}")
