"""A fingerprint of what a scenario means, whatever it is called and however it is written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from referralsim.scenario.canonical import canonical
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario

_NUMBERED = (("population", "segments"), ("channels",), ("programmes",))
"""Named parts whose place among the others is in the addresses of chance: another order, another run."""

_SAYS_NOTHING = (
    "name",
    "question",
    "description",
    "designs",
    "decision",
    "thresholds",
    "findings",
    "uncertain",
    "sources",
)


def study_digest(study: Study) -> str:
    """Return the SHA-256 of all designs of a study in their order, each by name and :func:`scenario_digest`.

    The first design numbers its parts first, so the order of designs counts as well.
    """
    digests = [(name, scenario_digest(scenario)) for name, scenario in study.designs.items()]
    return hashlib.sha256(json.dumps(digests).encode("ascii")).hexdigest()


def scenario_digest(scenario: Scenario) -> str:
    """Return the SHA-256 of a scenario's canonical form, 64 hexadecimal digits.

    Names, texts, sources, thresholds, notes and the order of keys do not count; any number does, and so does
    the order of segments, channels and programmes, which numbers the addresses of chance.

    Examples
    --------
    >>> scenario_digest(Scenario(name="a")) == scenario_digest(Scenario(name="b"))
    True
    >>> scenario_digest(Scenario(seed=1)) == scenario_digest(Scenario(seed=2))
    False
    """
    data = {key: value for key, value in canonical(scenario).items() if key not in _SAYS_NOTHING}
    data["incidents"] = [{"day": entry["day"], "share": entry["share"]} for entry in data["incidents"]]
    data["timeline"] = [{"day": entry["day"], "set": entry["set"]} for entry in data["timeline"]]
    data["order"] = [list(_part(data, path)) for path in _NUMBERED]
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, allow_nan=False, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _part(data: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        data = data[key]
    return data
