"""What changed between two experiments, as text, as Markdown and as JSON."""

from __future__ import annotations

import math
from typing import Any

from referralsim.experiment.differences import Differences, Shift
from referralsim.measures import MEASURES

_ASSUMED = ("assumption", "old", "new")
_RESULTS = ("design", "measure", "old", "new", "difference", "95 % interval", "")
Table = list[tuple[str, ...]]


def as_text(found: Differences, minor_per_major: int, all_measures: bool, markdown: bool) -> str:
    """Return what changed in words and tables; money in major units.

    Parameters
    ----------
    all_measures : bool
        Also those that are the same.
    markdown : bool
        Tables with bars, for a page, instead of columns, for a terminal.
    """
    table = _bars if markdown else _columns
    parts = []
    for words, names in (("Designs that are gone", found.designs_gone), ("New designs", found.designs_new)):
        if names:
            parts.append(f"{words}: {', '.join(names)}")
    assumed = [(_place(row.design, row.path), _plain(row.old), _plain(row.new)) for row in found.assumptions]
    parts.append("Assumptions:" if assumed else "No assumption changed.")
    if assumed:
        parts.append(table([_ASSUMED, *assumed]))
    shifts = [row for row in found.results if all_measures or _is_other(row)]
    how = "paired: the same seed and world" if found.paired else "independent runs: another seed or world"
    if found.peeked:
        how += "; intervals hold although runs were added until one was precise"
    parts.append(f"Results ({how}; * where the interval leaves 0 out):" if shifts else "No result changed.")
    if shifts:
        parts.append(table([_RESULTS, *(_cells(row, minor_per_major) for row in shifts)]))
    return "\n\n".join(parts)


def as_plain(found: Differences) -> dict[str, Any]:
    """Return what changed as data for JSON; what is not known is null, money is in minor units."""

    def known(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {
        "schema": 1,
        "paired": found.paired,
        "peeked": found.peeked,
        "designs_gone": list(found.designs_gone),
        "designs_new": list(found.designs_new),
        "assumptions": [row._asdict() for row in found.assumptions],
        "results": [
            {name: known(value) for name, value in row._asdict().items()} | {"is_clear": row.is_clear}
            for row in found.results
        ],
    }


def _is_other(row: Shift) -> bool:
    return row.difference != 0 and not (math.isnan(row.old) and math.isnan(row.new))


def _place(design: str, path: str) -> str:
    return f"{design}: {path}" if design else path


def _plain(value: Any) -> str:
    return "-" if value is None else str(value)


def _cells(row: Shift, minor_per_major: int) -> tuple[str, ...]:
    scale = minor_per_major if MEASURES[row.measure].unit == "money" else 1

    def number(value: float) -> str:
        return "-" if math.isnan(value) else f"{value / scale:.4g}"

    interval = "-" if math.isnan(row.low) else f"{number(row.low)} to {number(row.high)}"
    numbers = (number(row.old), number(row.new), number(row.difference), interval)
    return row.design, row.measure, *numbers, "*" if row.is_clear else ""


def _columns(rows: Table) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _bars(rows: Table) -> str:
    lines = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _escaped(cell: str) -> str:
    for letter in "\\|*_`<[":
        cell = cell.replace(letter, "\\" + letter)
    return cell.replace("\n", " ")
