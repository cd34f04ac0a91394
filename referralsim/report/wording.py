"""Numbers and names as words: rounded to what is known, and safe wherever they land."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from referralsim.metrics.intervals import SAME

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
    def exact(self) -> bool:
        """Whether all replications gave the same value, but for rounding."""
        return self.has_interval and self.half_width <= SAME * abs(self.mean)

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

    Two significant digits of the half width of its interval. Where there is no interval, or one that is
    narrower than rounding errors, three digits of the value and all digits before the point; a whole value
    that is exact has no decimals.

    Examples
    --------
    >>> decimals(0.31273, 0.0123), decimals(12_345.0, 678.0), decimals(12_345.0), decimals(0.5)
    (3, -1, 0, 3)
    >>> decimals(7.0, 0.0), decimals(0.25, 1e-15)
    (0, 3)
    """
    if not math.isfinite(value) or (value == 0 and not half_width > 0):
        return 0
    if half_width > SAME * abs(value):
        return max(-12, min(12, 1 - math.floor(math.log10(half_width))))
    if math.isfinite(half_width) and math.isclose(value, round(value), rel_tol=SAME):
        return 0
    return max(0, min(12, 2 - math.floor(math.log10(abs(value)))))


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
    if money.minor_per_major == 1:
        return min(places, 0)
    return 2 if places > 0 or (scaled.exact and scaled.mean != 0) else places


def own_places(estimate: Estimate, unit: str, money: Money) -> int:
    """Return the decimals that an estimate's own interval supports, in the unit in which it is shown."""
    if not estimate.known:
        return 0
    scale = _shown_scale(unit, money)
    scaled = Estimate(estimate.mean * scale, estimate.low * scale, estimate.high * scale, estimate.n)
    return _places(scaled, unit, money)


def value_text(estimate: Estimate, unit: str, money: Money, places: int | None = None) -> str:
    """Write the mean alone, rounded to what its interval allows (or to given decimals)."""
    if places is None:
        places = own_places(estimate, unit, money)
    return quantity(estimate.mean * _shown_scale(unit, money), unit, money, places)


def interval_text(estimate: Estimate, unit: str, money: Money, places: int | None = None) -> str:
    """Write the interval as ``low to high``; an empty text where there is none, or where it is all zero."""
    if not estimate.has_interval:
        return ""
    if estimate.exact:
        return "in every run" if estimate.mean else ""
    if places is None:
        places = own_places(estimate, unit, money)
    scale = _shown_scale(unit, money)
    low, high = (quantity(part * scale, unit, money, places) for part in (estimate.low, estimate.high))
    return f"{low} to {high}"


def runs_note(estimate: Estimate, replications: int) -> str:
    """Return ``(in 49 of 200 runs)`` where a value is not known in all of them, else an empty text.

    Examples
    --------
    >>> runs_note(Estimate(1.0, 0.9, 1.1, 49), 200), runs_note(Estimate(1.0, 0.9, 1.1, 200), 200)
    ('(in 49 of 200 runs)', '')
    """
    if not estimate.known or estimate.n >= replications:
        return ""
    return f"(in {estimate.n} of {replications} runs)"


def span_text(estimate: Estimate, unit: str, money: Money, replications: int) -> str:
    """Write what stands under a value: its interval, and the runs it rests upon if those are not all."""
    note = runs_note(estimate, replications)
    interval = "" if note and estimate.exact else interval_text(estimate, unit, money)
    return " ".join(part for part in (interval, note) if part)


def cell_text(estimate: Estimate, unit: str, money: Money, replications: int) -> str:
    """Write a value on one line, with its interval in brackets and the runs it rests upon if not all."""
    note = runs_note(estimate, replications)
    interval = "" if note and estimate.exact else interval_text(estimate, unit, money)
    value = value_text(estimate, unit, money)
    return " ".join(part for part in (value, f"({interval})" if interval else "", note) if part)


def days_text(days: float) -> str:
    """Write a time span in words.

    Examples
    --------
    >>> days_text(182.5), days_text(5.25), days_text(1.0)
    ('182 days', '5.25 days', '1 day')
    """
    text = f"{days:,.0f}" if days >= 100 else f"{days:.3g}"
    return f"{text} day{'' if text == '1' else 's'}"


def with_interval(experiment: Experiment, row: pd.Series[float], measure: Measure) -> str:
    """Write one estimate for a terminal: the mean, and its interval in brackets where there is one.

    Parameters
    ----------
    row : pandas.Series
        mean, low, high and n, as in ``experiment.estimates``.
    """
    money = Money(experiment.currency, experiment.minor_per_major)
    estimate = Estimate(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]))
    return cell_text(estimate, measure.unit, money, experiment.replications)


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


def in_sentence(title: str) -> str:
    """Return a title as it stands inside a sentence: a small first letter, unless that is a word of its own.

    Examples
    --------
    >>> in_sentence("Contribution the programmes caused"), in_sentence("K of word of mouth")
    ('contribution the programmes caused', 'K of word of mouth')
    """
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


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


def chance_text(chance: float) -> str:
    r"""Return a chance as a percentage that never claims certainty.

    Examples
    --------
    >>> chance_text(0.9999), chance_text(0.25), chance_text(0.0)
    ('> 99\xa0%', '25\xa0%', '< 1\xa0%')
    """
    if not math.isfinite(chance):
        return "not known"
    if chance > 0.99 or chance < 0.01:
        return "> 99\u00a0%" if chance > 0.5 else "< 1\u00a0%"
    return f"{100 * chance:.0f}\u00a0%"
