"""Thresholds written as a text: ``k_offspring.low >= 0.3``, ``two > one on profit with 0.9``.

=====================================  ==================================================================
text                                   meaning
=====================================  ==================================================================
``k_offspring >= 0.3``                 the mean, in every design
``k_offspring.low >= 0.3``             the low end of its 95 % interval
``two_sided.customers.mean >= 500``    in one design
``two > one on profit with 0.9``       the chance that two's mean is above one's, from paired differences
=====================================  ==================================================================

Signs are ``>=``, ``<=``, ``>`` and ``<``, for a comparison the last two; a number may be a percentage;
without ``with`` the chance asked for is 0.95.
"""

from __future__ import annotations

import math
import re
from typing import Any

from referralsim.measures import MEASURES
from referralsim.scenario.quantity import nearest, wrong

ENDS = ("mean", "low", "high")
_BOUND = {">=": "at_least", "<=": "at_most", ">": "more_than", "<": "less_than"}
_AGAINST = {">": "above", "<": "below"}
_SIDES = re.compile(r"\s*(?P<left>.+?)\s*(?P<sign>>=|<=|>|<)\s*(?P<right>.+?)\s*", re.DOTALL)
_OTHER = re.compile(r"(?P<design>.+?)\s+on\s+(?P<measure>\S+?)(?:\s+with\s+(?P<chance>.+))?", re.DOTALL)
_HELP = "write it as `k_offspring.low >= 0.3` or `one > other on profit with 0.9`"


def expand_threshold(data: Any) -> Any:
    """Return the long form of a threshold that is written as a text; anything else as it is.

    Raises
    ------
    PydanticCustomError
        If the text is no threshold, or names an end that there is not.

    Examples
    --------
    >>> expand_threshold("two.customers >= 500")
    {'measure': 'customers', 'design': 'two', 'end': 'mean', 'at_least': 500.0}
    >>> expand_threshold("two > one on profit with 90 %")
    {'measure': 'profit', 'design': 'two', 'above': 'one', 'chance': 0.9}
    """
    if not isinstance(data, str):
        return data
    sides = _SIDES.fullmatch(data)
    if sides is None:
        raise wrong(f"must hold one of >=, <=, > and <; {_HELP}")
    left, sign, right = sides.group("left", "sign", "right")
    other = _OTHER.fullmatch(right)
    if other is None:
        return {**_measured(left), _BOUND[sign]: _number(right)}
    if sign not in _AGAINST:
        raise wrong("must compare two designs with > or <; their means are never exactly equal")
    found = {"measure": other["measure"], "design": left, _AGAINST[sign]: other["design"]}
    return found if other["chance"] is None else found | {"chance": _number(other["chance"])}


def _measured(text: str) -> dict[str, Any]:
    """Split ``design.measure.end``; a misspelt part is taken for what it looks most like."""
    parts = text.split(".")
    end = "mean"
    if len(parts) > 1 and parts[-1] not in MEASURES:
        last = parts[-1]
        if last in ENDS:
            end = parts.pop()
        elif parts[-2] in MEASURES or (nearest(last, ENDS) and not nearest(last, MEASURES)):
            raise wrong(f"there is no end `{last[:40]}`; there are {', '.join(ENDS)}", nearest(last, ENDS))
    design = ".".join(parts[:-1])
    return {"measure": parts[-1], **({"design": design} if design else {}), "end": end}


def _number(text: str) -> float:
    plain = text.strip()
    percent = plain.endswith("%")
    try:
        value = float(plain.removesuffix("%").strip()) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in plain:
        raise wrong(f"must end with a number, not `{plain[:40]}`; {_HELP}")
    return value
