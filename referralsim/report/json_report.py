"""The report's numbers for machines: sorted keys, exact floats, null where a number is not known."""

from __future__ import annotations

import json
import math
from typing import Any

from referralsim.report.infos import ReportData

SCHEMA = 1


def plain_value(value: Any) -> Any:
    """Return an info as dicts, lists, texts and numbers; NaN and infinities become None.

    Examples
    --------
    >>> plain_value((1.5, float("nan"), {"b": (2,)}))
    [1.5, None, {'b': [2]}]
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "_asdict"):
        return {name: plain_value(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {str(key): plain_value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(part) for part in value]
    return value


def render_json(data: ReportData) -> str:
    """Return ``report.json``. Floats are written with ``repr``: reading them gives the same bits."""
    return (
        json.dumps(
            {"schema": SCHEMA, **plain_value(data)},
            sort_keys=True,
            indent=1,
            ensure_ascii=False,
            allow_nan=False,
        )
        + "\n"
    )
