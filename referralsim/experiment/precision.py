"""How precise an answer should be, and when it is: the rule by which replications are added.

After each look (:func:`referralsim.experiment.sequential.batches`) the runs so far are judged: one
design by the half-width of its own interval, several by every pair: a pair is done when its interval
leaves 0 out or is as narrow as was asked. Intervals hold at all looks together and, over m pairs, with
alpha / m each (Bonferroni), so stopping early costs no honesty.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from referralsim.errors import UsageError
from referralsim.experiment.sequential import Look, look_at
from referralsim.measures import MEASURES
from referralsim.scenario.quantity import nearest

ALPHA = 0.05
FIRST_LOOK = 10
MOST = 1000


class Precision(NamedTuple):
    """What is asked for: a half-width of a measure's interval, in its unit or as a share of its value."""

    measure: str
    half_width: float
    is_share: bool
    most: int  # replications at most

    @property
    def text(self) -> str:
        """The words in which it is written."""
        width = f"{self.half_width * 100:g} %" if self.is_share else f"{self.half_width:g}"
        return f"{self.measure}={width}"


def read_precision(text: str, most: int, minor_per_major: int) -> Precision:
    """Return what ``MEASURE=WIDTH`` asks for; a width is a number (money in major units) or a percentage.

    Raises
    ------
    UsageError
        If there is no such measure, or the width is no number above 0.
    """
    name, sign, width = (part.strip() for part in text.partition("="))
    if not sign:
        raise UsageError("precision", f"{text!r} is not MEASURE=WIDTH", "for example 'k_offspring=0.01'")
    if name not in MEASURES:
        hint = nearest(name, MEASURES)
        raise UsageError(
            "precision", f"there is no measure {name!r}", f"did you mean {hint!r}?" if hint else ""
        )
    is_share = width.endswith("%")
    try:
        value = float(width.removesuffix("%")) / (100 if is_share else 1)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise UsageError("precision", f"{width!r} is no width", "a number above 0, or a percentage")
    if MEASURES[name].unit == "money" and not is_share:
        value *= minor_per_major
    return Precision(name, value, is_share, most)


def is_precise(runs: pd.DataFrame, wanted: Precision) -> bool:
    """Say whether the runs so far answer as precisely as was asked.

    Parameters
    ----------
    runs : DataFrame
        design, replication, measure, value.
    """
    rows = runs[runs["measure"] == wanted.measure]
    wide = rows.pivot(index="replication", columns="design", values="value").sort_index()
    designs = list(dict.fromkeys(rows["design"]))
    if len(designs) == 1:
        values = wide[designs[0]].to_numpy()
        return _narrow(look_at(values, ALPHA), float(np.nanmean(np.abs(values))), wanted)
    pairs = list(combinations(designs, 2))
    for a, b in pairs:
        look = look_at((wide[a] - wide[b]).to_numpy(), ALPHA / len(pairs))
        scale = float(np.nanmean(np.abs(wide[[a, b]].to_numpy())))
        if not (look.decided or _narrow(look, scale, wanted)):
            return False
    return True


def can_be_precise(runs: pd.DataFrame, wanted: Precision) -> bool:
    """Say whether every design has the measure in some run; else no number of runs would be enough.

    Parameters
    ----------
    runs : DataFrame
        design, replication, measure, value.
    """
    rows = runs[runs["measure"] == wanted.measure]
    return bool(rows.groupby("design")["value"].count().gt(0).all())


def _narrow(look: Look, scale: float, wanted: Precision) -> bool:
    width = wanted.half_width * scale if wanted.is_share else wanted.half_width
    return look.half_width <= width
