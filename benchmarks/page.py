"""The page: what was measured, on which machine, with which versions, when."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.row import Line, Row, row_of

PAGE, DATA, PLOT = "performance.md", "performance.json", "performance.svg"
REMARKS = Path(__file__).parent / "remarks.md"
_VERDICTS = {True: "met", False: "**missed**", None: ""}
_SOFTWARE = ("referralsim", "numba", "numpy", "simpy", "pandas")


class Result(NamedTuple):
    """A row with the circumstances under which it was measured."""

    row: Row
    mode: str
    date: str
    machine: dict[str, Any]


def now() -> str:
    """Return the present day, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Return what decides speed: processor, cores, memory, versions, and how busy the machine is already."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "software": {name: version(name) for name in _SOFTWARE},
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def load_results(folder: Path) -> dict[str, Result]:
    """Return what earlier runs left in a folder, by row."""
    file = folder / DATA
    if not file.exists():
        return {}
    stored = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: Result(row_of(data["row"]), data["mode"], data["date"], data["machine"])
        for name, data in stored.items()
    }


def save_results(folder: Path, results: dict[str, Result]) -> None:
    """Keep all results beside the page, so that one row can be measured again alone."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        name: {"row": r.row.plain(), "mode": r.mode, "date": r.date, "machine": r.machine}
        for name, r in results.items()
    }
    text = json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / DATA).write_text(text, encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table_line(row: Row, line: Line) -> str:
    cells = (row.name, line.against, line.ours, line.theirs, line.shown, line.goal, _VERDICTS[line.met])
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _machine_text(facts: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in facts["software"].items())
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']}, "
        f"Python {facts['python']}, {versions}"
    )


def _circumstances(results: list[Result]) -> list[str]:
    lines = []
    for text in dict.fromkeys(_machine_text(result.machine) for result in results):
        names = ", ".join(f"`{r.row.name}`" for r in results if _machine_text(r.machine) == text)
        lines.append(f"- {text}: {names}")
    return lines


def _details(result: Result) -> list[str]:
    row = result.row
    lines = [f"### {row.name}", "", row.work + ".", ""]
    lines += [f"- {line.against}: {line.note}" for line in row.lines if line.note]
    lines += [f"- measured {result.date}, {result.mode} run, load {result.machine['load']} when it began", ""]
    return lines


_METHOD = """\
Times are processor seconds, medians over interleaved repeats (ABAB), except for `decision`, `cores` and
`start`, which are wall-clock time. Making the graph, compiling, and the first run of a side are not counted,
for anyone. Both sides get the same graph and the same first customers; how much came out is compared, and the
command fails where two sides did not do the same work. Setting a peer's state back between two cascades is
not counted; everything the engine does in a run is, from its inputs to the sorted log. A side that takes
less than a second runs each repeat twice, and the second is counted, for anyone: replications follow upon
each other in practice, and what the other side left in the caches is no part of the work. A date, a size and
a load stand beside each piece of work: the load is that of the whole machine when the row was begun. Where
it is above 0.5, other work was going on, and times, though less so their ratios, are too long."""

_AGAIN = """\
```
python3 -m venv .peers && .peers/bin/python -m pip install -r benchmarks/requirements.txt
python -m benchmarks --full --peers-python .peers/bin/python
```"""


def write_page(folder: Path, results: list[Result], plotted: bool) -> None:
    """Write the page from all results at hand."""
    parts = ["# Performance", "", "<!-- Made by `python -m benchmarks`: run it again, do not edit. -->", ""]
    parts += [
        "| work | against | engine | the other side | result | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    parts += [_table_line(result.row, line) for result in results for line in result.row.lines]
    if plotted:
        parts += ["", f"![Cost of an event against the number of people, both logarithmic]({PLOT})"]
    parts += [
        "",
        "## How it was measured",
        "",
        _METHOD,
        "",
        *_circumstances(results),
        "",
        "Again:",
        "",
        _AGAIN,
        "",
    ]
    parts += ["## Each piece of work", ""]
    for result in results:
        parts += _details(result)
    if REMARKS.exists():
        parts += [REMARKS.read_text(encoding="utf-8").strip(), ""]
    (folder / PAGE).write_text("\n".join(parts), encoding="utf-8")
