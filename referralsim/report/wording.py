"""Numbers and names as words: rounded to what is known, and safe wherever they land."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from referralsim.experiment.result import Experiment
    from referralsim.measures import Measure

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNKNOWN = "not known"


class Estimate(NamedTuple):
    """A mean over replications with its 95 % interval; NaN where it is not known."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval; NaN when there is none."""
        return (self.high - self.low) / 2

    @property
    def known(self) -> bool:
        """Whether there is a mean at all."""
        return math.isfinite(self.mean)

    @property
    def has_interval(self) -> bool:
        """Whether more than one replication stands behind the mean."""
        return math.isfinite(self.low) and math.isfinite(self.high)


class Money(NamedTuple):
    """How amounts in minor units are written."""

    currency: str
    minor_per_major: int

    @property
    def symbol(self) -> str:
        """Sign before the amount: a currency sign, or the code and a space."""
        code = clean(self.currency)
        return _SYMBOLS.get(code, f"{code}\u00a0")

    def major(self, minor: float) -> float:
        """Return an amount in minor units as major units."""
        return minor / self.minor_per_major


def decimals(value: float, half_width: float = math.nan) -> int:
    """Return how many decimals of a value are worth showing (negative: round to tens, hundreds).

    Two significant digits of the half width of its interval; three of the value where there is none.

    Examples
    --------
    >>> decimals(0.31273, 0.0123), decimals(12_345.0, 678.0), decimals(0.5), decimals(7.0, 0.0)
    (3, -1, 3, 2)
    """
    digits, scale = (2, half_width) if math.isfinite(half_width) and half_width > 0 else (3, abs(value))
    if not math.isfinite(scale) or scale == 0:
        return 0
    return max(-12, min(12, digits - 1 - math.floor(math.log10(scale))))


def number(value: float, places: int) -> str:
    r"""Write a number with thousands separators, a true minus sign and no trailing ``-0``.

    Examples
    --------
    >>> number(1234.567, 1), number(-0.001, 2), number(12345, -2), number(float("nan"), 2)
    ('1,234.6', '0.00', '12,300', 'not known')
    >>> ascii(number(-3, 0))
    "'\\u22123'"
    """
    if not math.isfinite(value):
        return _UNKNOWN
    text = f"{round(value, places):,.{max(0, places)}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else f"\u2212{text[1:]}"
    return text


def quantity(value: float, unit: str, money: Money, places: int) -> str:
    """Write a number with its unit; ``places`` counts decimals of the number as it is shown.

    ``money`` (minor units) becomes the scenario's currency and ``share`` a percentage.
    """
    if not math.isfinite(value):
        return _UNKNOWN
    if unit == "money":
        sign = "\u2212" if round(value, places) < 0 else ""
        return f"{sign}{money.symbol}{number(abs(value), places)}"
    if unit == "share":
        return f"{number(value, places)}\u00a0%"
    if unit == "days":
        return f"{number(value, places)} days"
    return number(value, places)


def _shown_scale(unit: str, money: Money) -> float:
    return 1 / money.minor_per_major if unit == "money" else 100.0 if unit == "share" else 1.0


def _places(scaled: Estimate, unit: str, money: Money) -> int:
    places = decimals(scaled.mean, scaled.half_width)
    if unit != "money":
        return places
    return min(places, 0) if money.minor_per_major == 1 or places <= 0 else 2


def shared_places(estimates: Iterable[Estimate], unit: str, money: Money) -> int:
    """Return the decimals that suit several estimates side by side: those of the least certain one."""
    scale = _shown_scale(unit, money)
    places = [
        _places(Estimate(one.mean * scale, one.low * scale, one.high * scale, one.n), unit, money)
        for one in estimates
        if one.known and (one.mean != 0 or one.half_width > 0)
    ]
    return min(places, default=0)


def value_text(estimate: Estimate, unit: str, money: Money, places: int | None = None) -> str:
    """Write the mean alone, rounded to what its interval allows (or to given decimals)."""
    if places is None:
        places = shared_places((estimate,), unit, money)
    return quantity(estimate.mean * _shown_scale(unit, money), unit, money, places)


def interval_text(estimate: Estimate, unit: str, money: Money, places: int | None = None) -> str:
    """Write the interval as ``low to high``; an empty text where there is none."""
    if not estimate.has_interval:
        return ""
    if places is None:
        places = shared_places((estimate,), unit, money)
    scale = _shown_scale(unit, money)
    low, high = (quantity(part * scale, unit, money, places) for part in (estimate.low, estimate.high))
    if low == high:
        return "in every run" if estimate.mean else ""
    return f"{low} to {high}"


def with_interval(experiment: Experiment, row: pd.Series[float], measure: Measure) -> str:
    """Write one estimate for a terminal: the mean, and its interval in brackets where there is one.

    Parameters
    ----------
    row : pandas.Series
        mean, low, high and n, as in ``experiment.estimates``.
    """
    money = Money(experiment.currency, experiment.minor_per_major)
    estimate = Estimate(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]))
    interval = interval_text(estimate, measure.unit, money)
    return value_text(estimate, measure.unit, money) + (f" ({interval})" if interval else "")


def short_number(value: float) -> str:
    """Write a bare value with three significant digits.

    Examples
    --------
    >>> short_number(0.31273), short_number(12345.6), short_number(0.0)
    ('0.313', '12,346', '0')
    """
    return number(value, max(0, decimals(value)))


def percent(share: float) -> str:
    r"""Write a share as a percentage with two significant digits.

    Examples
    --------
    >>> percent(0.0834), percent(0.5), percent(2.31)
    ('8.3\xa0%', '50\xa0%', '231\xa0%')
    """
    if not math.isfinite(share):
        return _UNKNOWN
    scaled = 100 * share
    return f"{number(scaled, max(0, decimals(scaled) - 1))}\u00a0%"


def clean(text: str, longest: int = 0) -> str:
    r"""Return a scenario's text on one line, without control or direction-override characters.

    Parameters
    ----------
    longest : int
        Cut to so many characters with an ellipsis; 0 keeps all.

    Examples
    --------
    >>> clean("two\nlines"), clean("abcdefgh", 5)
    ('two lines', 'abcd…')
    """
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or not (character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs"))
    )
    line = " ".join("".join(kept).split())
    return f"{line[: longest - 1].rstrip()}…" if longest and len(line) > longest else line


def quoted(name: str, longest: int = 60) -> str:
    """Quote a name for a sentence; one written from right to left is isolated from what follows."""
    line = clean(name, longest)
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line):
        line = f"\u2068{line}\u2069"
    return f"“{line}”"


def short_names(names: tuple[str, ...], longest: int = 28) -> dict[str, str]:
    """Return a short label for every name, different for different names.

    Examples
    --------
    >>> short_names(("both sides", "x" * 40, "x" * 41), 6)
    {'both sides': 'both…', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': 'xxxxx…', \
'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': 'xxxxx… (2)'}
    """
    labels: dict[str, str] = {}
    for name in names:
        first = label = clean(name, longest) or "(no name)"
        count = 1
        while label in labels.values():
            count += 1
            label = f"{first} ({count})"
        labels[name] = label
    return labels
