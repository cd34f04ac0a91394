"""Every value of the resolved scenario with where it comes from; what the designs change comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from referralsim.report.infos import Assumption, AssumptionGroup
from referralsim.report.vocabulary import words
from referralsim.report.wording import clean, number, quoted
from referralsim.scenario.checks_uncertain import design_of
from referralsim.scenario.doubt import DoubtLaw

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

ASSUMED = "assumed"
ABSENT = "not present"
BELOW = "see below"
DIFFERING = "What the designs change"
_PROSE = frozenset(
    {
        "referralsim",
        "name",
        "question",
        "description",
        "sources",
        "designs",
        "decision",
        "thresholds",
        "uncertain",
        "seed",
        "replications",
    }
)


def value_text(value: Any) -> str:
    """Write a value of a scenario as text.

    Examples
    --------
    >>> value_text(0.25), value_text(12000), value_text(True), value_text(None), value_text([1, "a"])
    ('0.25', '12,000', 'yes', 'none', '1, a')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value, 0)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{clean(str(key))}: {value_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value))
    return clean(str(value))


def flatten(tree: dict[str, Any], before: str = "") -> dict[str, str]:
    """Return ``path -> value`` for every leaf of a resolved scenario; empty parts are left out.

    Examples
    --------
    >>> flatten({"a": {"b": 1, "c": []}, "asks": [{"delay": "1 d"}]})
    {'a.b': '1', 'asks.0.delay': '1 d'}
    """
    leaves: dict[str, str] = {}
    for key, value in tree.items():
        path = f"{before}{key}"
        if isinstance(value, dict):
            leaves.update(flatten(value, f"{path}."))
        elif isinstance(value, list | tuple) and any(isinstance(inner, dict) for inner in value):
            leaves.update(flatten({str(i): inner for i, inner in enumerate(value)}, f"{path}."))
        elif not isinstance(value, list | tuple) or value:
            leaves[path] = value_text(value)
    return leaves


def source_of(path: str, sources: dict[str, str], designs: tuple[str, ...] = ()) -> str:
    """Return the source given for a path or for the nearest part that holds it, else ``assumed``.

    Parameters
    ----------
    designs : tuple of str
        Designs that may have set the value: sources given for ``designs.NAME...`` are looked at as well.

    Examples
    --------
    >>> source_of("product.brand", {"product": "survey"})
    'survey'
    >>> source_of("product.brand", {"designs": "a paper"}, ("weak", "strong"))
    'a paper'
    """
    for start in (path, *(f"designs.{name}.{path}" for name in designs)):
        part = start
        while part:
            if part in sources:
                return clean(sources[part])
            part = part.rpartition(".")[0]
    return ASSUMED


def _value(leaves: dict[str, str], path: str) -> str:
    if path in leaves:
        return leaves[path]
    return BELOW if any(other.startswith(f"{path}.") for other in leaves) else ABSENT


def doubt_of(path: str, values: dict[str, str], experiment: Experiment) -> str:
    """Return what else a value may be by the scenario, with the source of that; empty if it is known.

    Parameters
    ----------
    path : str
    values : dict of str to str
        The value in each design.
    """
    said = []
    for entry in experiment.uncertain:
        own = design_of(entry["path"])
        place = entry["path"] if own is None else own[1]
        if path != place and not path.startswith(f"{place}."):
            continue
        words = clean(DoubtLaw.model_validate(entry["law"]).words)
        source = f" ({clean(entry['source'])})" if entry["source"] else ""
        design = f"{quoted(own[0])}: " if own is not None and own[0] in values and len(values) > 1 else ""
        said.append(f"{design}{words}{source}")
    return "; ".join(said)


def assumptions(experiment: Experiment) -> tuple[AssumptionGroup, ...]:
    """Return all assumptions in groups: those in which the designs differ, then one group a part."""
    flat = {
        name: flatten({key: value for key, value in scenario.items() if key not in _PROSE})
        for name, scenario in experiment.designs.items()
    }
    paths = list(dict.fromkeys(path for leaves in flat.values() for path in leaves))
    groups: dict[str, list[Assumption]] = {DIFFERING: []}
    for path in paths:
        values = {name: _value(leaves, path) for name, leaves in flat.items()}
        differs = len(set(values.values())) > 1
        source = source_of(path, experiment.sources, tuple(flat) if differs else ())
        row = Assumption(path, values, source, differs, doubt_of(path, values, experiment))
        group = DIFFERING if differs else words(path.partition(".")[0]) if "." in path else "General"
        groups.setdefault(group, []).append(row)
    return tuple(AssumptionGroup(name, tuple(rows)) for name, rows in groups.items() if rows)
