"""Measure rows, print a table, write the page.

python -m benchmarks                         all rows; the largest sizes only with --full
python -m benchmarks --full                  everything at the size of its goal; half an hour
python -m benchmarks --quick                 small sizes, seconds, no verdicts; writes nothing without --out
python -m benchmarks --only cascade          one row; the page keeps what was measured of the others
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from benchmarks import (
    row_cascade,
    row_cores,
    row_decision,
    row_dropbox,
    row_limit,
    row_memory,
    row_scaling,
    row_start,
)
from benchmarks.page import Result, load_results, machine, now, save_results, write_page
from benchmarks.plot import draw
from benchmarks.row import ROOT, Measure, Mode, Setting

ROWS: dict[str, Measure] = {
    "dropbox": row_dropbox.measure,
    "cascade": row_cascade.measure,
    "cascade_large": row_cascade.measure_large,
    "memory_limit": row_limit.measure,
    "decision": row_decision.measure,
    "cores": row_cores.measure,
    "start": row_start.measure,
    "scaling": row_scaling.measure,
    "memory": row_memory.measure,
    "ten_million": row_memory.measure_ten_million,
}


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print(result: Result) -> None:
    for line in result.row.lines:
        verdict = {True: "met", False: "missed", None: ""}[line.met]
        click.echo(
            f"{result.row.name} | {line.against} | {line.ours} | {line.theirs} | {line.shown} | {verdict}"
        )
        click.echo(f"    {line.note}")


@click.command(help=(__doc__ or "").replace("\n\n", "\n\n\b\n"))
@click.option("--quick", "mode", flag_value="quick", help="Small sizes, in seconds, without verdicts.")
@click.option("--full", "mode", flag_value="full", help="Every row at the size of its goal.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(ROWS)), help="Measure this row; may be repeated."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the page and its data."
)
@click.option("--peers-python", default=sys.executable, help="Interpreter in which the peers are installed.")
def main(mode: Mode | None, only: tuple[str, ...], out: Path | None, peers_python: str) -> None:
    """Measure the rows that are asked for."""
    if Path(peers_python).exists():
        peers_python = os.path.abspath(peers_python)  # not resolved: a link is what makes an environment
    setting = Setting(mode or "normal", peers_python, _say)
    if out is None and setting.mode != "quick":
        out = ROOT / "docs"
    results = {} if out is None else load_results(out)
    for name in only or ROWS:
        if setting.mode == "quick" and name == "ten_million" and name not in only:
            continue
        begun = machine()
        setting.earlier.update({row: result.row.raw for row, result in results.items()})
        result = Result(ROWS[name](setting), setting.mode, now(), begun)
        _print(result)
        results[name] = result
        if out is not None:
            save_results(out, results)
            plotted = draw(out, results, peers_python, _say)
            write_page(out, [results[row] for row in ROWS if row in results], plotted)


if __name__ == "__main__":
    main()
