"""Checks of the numbers that are said to be uncertain: that they are there, and take what they may be."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from referralsim.scenario.canonical import canonical
from referralsim.scenario.doubt import ENDLESS, TAIL, DoubtLaw, plain_text
from referralsim.scenario.found import Found
from referralsim.scenario.places import Missing, Place, numbers_below, place_of
from referralsim.scenario.quantity import currency_decimals, nearest
from referralsim.scenario.read import scalar
from referralsim.scenario.schema import Scenario, Uncertain
from referralsim.scenario.tree import Path, dotted

SHARED = frozenset(
    {"referralsim", "name", "question", "description", "horizon", "window", "currency", "seed"}
    | {"replications", "designs", "thresholds", "findings", "uncertain", "sources"}
)
"""What says what is simulated and asked, and is known."""

WORLD = frozenset({"size", "graph", "strength"})
"""Parts of the population on which all runs play."""

_DRAWN = ("low", "likely", "high", "mean", "median")
"""Parameters that are values of the number itself."""


def check_uncertain(scenario: Scenario) -> Iterator[Found]:
    """Yield what is wrong with the uncertain numbers of the base of a study."""
    if not scenario.uncertain:
        return
    data = canonical(scenario)
    seen: set[str] = set()
    for index, entry in enumerate(scenario.uncertain):
        at: Path = ("uncertain", index)
        own = design_of(entry.path)
        if own is not None and own[0] in scenario.designs:
            key = entry.path  # what a design holds is looked at when all designs are known
        elif own is not None:
            near = nearest(own[0], scenario.designs)
            hint = dotted(("designs", near, own[1])) if near else ""
            yield Found((*at, "path"), f"there is no design `{own[0]}`", hint)
            continue
        else:
            place = place_of(data, entry.path)
            yield from check_entry(entry, place, at, currency_decimals(scenario.currency))
            key = entry.path if isinstance(place, Missing) else dotted(place.path)
        if key in seen:
            yield Found((*at, "path"), "is uncertain already; a number has one law")
        seen.add(key)


def check_design(scenario: Scenario, name: str, entries: tuple[Uncertain, ...]) -> Iterator[Found]:
    """Yield what is wrong with the uncertain numbers of one design.

    Parameters
    ----------
    scenario : Scenario
        The design, resolved.
    entries : tuple of Uncertain
        All of the study.
    """
    data: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        own = design_of(entry.path)
        if own is not None and own[0] == name:
            data = data or canonical(scenario)
            decimals = currency_decimals(scenario.currency)
            yield from check_entry(
                entry, place_of(data, own[1]), ("uncertain", index), decimals, f"designs.{name}."
            )


def design_of(path: str) -> tuple[str, str] | None:
    """Return the design whose own number a path names, and the path in that design; None: the base's.

    Examples
    --------
    >>> design_of("designs.both.product.brand"), design_of("product.brand")
    (('both', 'product.brand'), None)
    """
    first, _, rest = path.partition(".")
    name, _, inner = rest.partition(".")
    return (name, inner) if first == "designs" and inner else None


def check_entry(
    entry: Uncertain, place: Place | Missing, at: Path, decimals: int, before: str = ""
) -> Iterator[Found]:
    """Yield what is wrong with one uncertain number.

    Parameters
    ----------
    place : Place or Missing
        Where its path leads.
    at : tuple
        Where the entry is written.
    decimals : int
        Of the currency.
    before : str
        Put before a path that is suggested.
    """
    if isinstance(place, Missing):
        hint = f"{before}{place.suggestion}" if place.suggestion else ""
        yield Found((*at, "path"), "names nothing in the scenario", hint)
        return
    top = [str(key) for key in place.path[:2]]
    if top[0] in SHARED or (top[0] == "population" and top[-1] in WORLD):
        yield Found((*at, "path"), "is the same for all that is simulated, and cannot be uncertain")
        return
    if not (place.is_number or (entry.law.kind == "one_of" and place.is_plain)):
        first = next(numbers_below(place.value, place.path), None)
        what = "is not one number; name one below it" if first else "is not a number"
        yield Found((*at, "path"), what, before + dotted(first) if first else "")
        return
    found = list(_values(entry.law, place, (*at, "law"), decimals))
    yield from found
    if not found and entry.law.kind in ENDLESS:
        yield from _reach(entry.law, place, (*at, "law"), decimals)


def _values(law: DoubtLaw, place: Place, at: Path, decimals: int) -> Iterator[Found]:
    """Look at every value that a law names."""
    for index, word in enumerate(law.values):
        if why := place.refused(_ready(word), decimals):
            yield Found((*at, "one_of", index), why)
    written = dict(law.parameters)
    for key in _DRAWN:
        if key in written:
            value: Any = written[key]
            if key in ("mean", "median"):  # what is drawn is rounded, these need not be
                value = scalar(law.number_text(law.numbers[key], decimals_of(law, place, decimals)))
            if why := place.refused(_ready(value), decimals):
                yield Found((*at, law.kind, key), why)


def _reach(law: DoubtLaw, place: Place, at: Path, decimals: int) -> Iterator[Found]:
    """Look at how far a law reaches where it is not cut off."""
    for key, share in (("low", TAIL), ("high", 1 - TAIL)):
        if key in law.numbers:
            continue
        text = law.text(share, decimals_of(law, place, decimals))
        if why := place.refused(_ready(scalar(text)), decimals):
            yield Found((*at, law.kind), f"can come to {text}, which {why}; give `{key}`", got=False)


def decimals_of(law: DoubtLaw, place: Place, decimals: int) -> int | None:
    """Return to how many decimals values of a law must be written at a place; None: to any.

    Money has the decimals of its currency, and a count has none.
    """
    if law.kind == "one_of":
        return None
    low, high = law.span
    value = low + 0.5123456 * (high - low)
    for tried in (None, decimals, 0):
        if place.refused(_ready(scalar(law.number_text(value, tried))), decimals) is None:
            return tried
    return None


def value_at(law: DoubtLaw, place: Place, share: float, decimals: int) -> Any:
    """Return the value of a law at a share of all chance, as plain data for its place."""
    return _ready(scalar(law.text(share, decimals_of(law, place, decimals))))


def _ready(value: Any) -> Any:
    """Return a plain value as the reader of scenario files gives it."""
    if isinstance(value, Decimal):
        return float(value)
    return scalar(plain_text(value)) if isinstance(value, str) else value
