"""The scenario that an import makes: complete, with the source of every imported number.

What the foreign file does not say (people, product, how they respond) is that of the template `starter`, and
the draft says so. Nothing is written before the scenario has been loaded and found right.
"""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from referralsim.errors import Fault, ScenarioError, UsageError
from referralsim.importers.reading import clean
from referralsim.scenario.canonical import to_yaml
from referralsim.scenario.quantity import currency_decimals
from referralsim.scenario.read import parse_text
from referralsim.scenario.templates import template_text
from referralsim.scenario.tree import plain

MAX_PROGRAMMES = 16
MAX_REWARDS = 16

_ORDER = (
    *("referralsim", "name", "question", "description", "horizon", "currency", "seed", "replications"),
    *("population", "acquisition", "product", "programmes", "channels", "timeline", "designs", "sources"),
)

_REPLACED = ("programmes", "designs", "description")


class Draft:
    """A scenario in the making.

    Attributes
    ----------
    scenario : dict
        Plain data in the human form.
    missing : list of str
        What could not be carried over, and why.
    assumed : list of str
        What the file does not say and had to be assumed.
    """

    def __init__(self, path: Path, platform: str, currency: str) -> None:
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise UsageError("--currency", "must be an ISO 4217 code of three capital letters", "such as EUR")
        self.file = path.name
        self.platform = platform
        self.currency = currency
        self.missing: list[str] = []
        self.assumed: list[str] = []
        self.sources: dict[str, str] = {}
        self.scenario: dict[str, Any] = _starter()
        self.scenario["currency"] = currency
        self.scenario["name"] = safe_name(path.stem, "imported")
        self.scenario["question"] = "What does the imported programme add, and at what cost?"
        self.scenario["programmes"] = {}
        self.assumed.append(
            "people, acquisition, product, rates and delays: those of the template `starter`; put your own in"
        )

    def put(self, path: tuple[str | int, ...], value: Any, field: str) -> None:
        """Put an imported value at a path and remember the field it came from."""
        at: Any = self.scenario
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = value
        self.source(path, f"imported from {self.platform}, {clean(self.file)}: {clean(field)}")

    def source(self, path: tuple[str | int, ...], source: str) -> None:
        """Say where a value comes from."""
        self.sources[".".join(map(str, path))] = source

    def add_programme(self, wanted: str, body: dict[str, Any]) -> str | None:
        """Add a programme and return the name it got; None if there are too many."""
        programmes = self.scenario["programmes"]
        if len(programmes) >= MAX_PROGRAMMES:
            self.leave_out(f"programme {wanted}", f"a draft holds at most {MAX_PROGRAMMES}")
            return None
        base = safe_name(wanted, "imported")
        name = next(n for n in _numbered(base) if n not in programmes)
        programmes[name] = body
        return name

    def add_rewards(self, name: str, side: str, rewards: list[tuple[dict[str, Any], dict[str, str]]]) -> None:
        """Give a side of a programme its rewards, each with the fields that its values came from."""
        if len(rewards) > MAX_REWARDS:
            self.leave_out(f"{len(rewards) - MAX_REWARDS} rewards", f"a side has at most {MAX_REWARDS}")
            rewards = rewards[:MAX_REWARDS]
        if not rewards:
            return
        bodies = [body for body, _ in rewards]
        at: tuple[str | int, ...] = ("programmes", name, "rewards", side)
        self.scenario["programmes"][name].setdefault("rewards", {})[side] = (
            bodies if len(bodies) > 1 else bodies[0]
        )
        for index, (_, fields) in enumerate(rewards):
            start = (*at, index) if len(bodies) > 1 else at
            for key, field in fields.items():
                said = f"imported from {self.platform}, {clean(self.file)}: {clean(field)}"
                self.source((*start, *key.split(".")), said)

    def leave_out(self, what: str, why: str) -> None:
        """Note what could not be carried over."""
        note = f"{clean(what)}: {why}"
        if note not in self.missing:
            self.missing.append(note)

    def assume(self, what: str) -> None:
        """Note what had to be assumed."""
        if what not in self.assumed:
            self.assumed.append(what)

    def money(self, cents: Decimal | int, what: str) -> Decimal:
        """Return hundredths of a major unit, as both platforms write amounts, in the scenario's currency."""
        places = currency_decimals(self.currency)
        amount = Decimal(cents) / 100
        rounded = amount.quantize(Decimal(1).scaleb(-places))
        if rounded != amount:
            self.assume(f"{clean(what)} is rounded from {amount.normalize():f} to {rounded} {self.currency}")
        return rounded

    def text(self) -> str:
        """Return the scenario as a file, with what it lacks and what was assumed at its head."""
        data = {**self.scenario, "sources": dict(sorted(self.sources.items()))}
        names = list(data["programmes"])
        off = {name: {"enabled": False} for name in names}
        data["designs"] = {"without": {"programmes": off}, "imported": {}}
        ordered = {key: data[key] for key in _ORDER if key in data}
        head = [f"Made from {self.platform} settings: {clean(self.file)}.", "", "Not carried over:"]
        head += [f"- {note}" for note in self.missing] or ["- nothing"]
        head += ["", "Assumed:"] + [f"- {note}" for note in self.assumed]
        comments = "\n".join(f"# {clean(line, 400)}".rstrip() for line in head)
        return f"{comments}\n{to_yaml(ordered)}"

    def checked_text(self) -> str:
        """Return the scenario as a file, after loading it.

        Raises
        ------
        ScenarioError
            If it has faults: the settings contradict each other in a way that no field shows.
        """
        from referralsim.scenario.load import load_study

        if not self.scenario["programmes"]:
            what = "; ".join(self.missing) or "there is no programme in it"
            raise ScenarioError([Fault(self.file, 0, 0, "", f"nothing can be carried over: {what}")])
        text = self.text()
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder) / "imported.yaml"
            trial.write_text(text, encoding="utf-8")
            try:
                load_study(trial)
            except ScenarioError as error:
                faults = [fault._replace(file=self.file, line=0, column=0) for fault in error.faults]
                raise ScenarioError(faults) from None
        return text


@cache
def _template() -> dict[str, Any]:
    tree, _ = parse_text(template_text("starter"), "starter")
    data: dict[str, Any] = plain(tree)
    return data


def _starter() -> dict[str, Any]:
    """Return the template `starter` without its programme and designs."""
    kept = {key: part for key, part in _template().items() if key not in _REPLACED}
    return {**copy.deepcopy(kept), "horizon": "1 y"}


def starter_programme() -> dict[str, Any]:
    """Return how customers are asked, share and respond in the template `starter`."""
    (programme,) = _template()["programmes"].values()
    return copy.deepcopy({key: programme[key] for key in ("asks", "ask_cooldown", "share", "contact")})


def safe_name(text: str, default: str) -> str:
    """Return a text as a name that a scenario may use.

    Examples
    --------
    >>> safe_name("VIP: gold & more", "x"), safe_name("!", "x")
    ('VIP_gold_more', 'x')
    """
    name = re.sub(r"[^\w\-]+", "_", clean(text, 200)).strip("_-")[:48].strip("_-")
    return name or default


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def percent(value: Decimal) -> str:
    """Write a number of per cent as a file holds it.

    Examples
    --------
    >>> percent(Decimal("20.0")), percent(Decimal(100))
    ('20 %', '100 %')
    """
    return f"{value.normalize():f} %"
