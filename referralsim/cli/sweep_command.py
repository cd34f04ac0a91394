"""``referralsim sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from referralsim.cli.exploring import exploring_options


@click.command("sweep")
@exploring_options
@click.option("--design", "designs", multiple=True, help="Which designs, repeatable  [default: all]")
@click.option(
    "--measure",
    "measures",
    multiple=True,
    help="Which measures, repeatable  [default: k_offspring, customers]",
)
@click.option("--sample", type=click.IntRange(min=2), help="Draw so many points instead of a grid.")
def command(
    varied: tuple[str, ...],
    designs: tuple[str, ...],
    measures: tuple[str, ...],
    sample: int | None,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Play a comparison over a grid, or over drawn points, of a scenario's numbers.

    Writes sweep.csv (one tidy table), a page with lines or heat maps (K = 1 drawn), Markdown and JSON.

    Example: referralsim sweep scenarios/dropbox.yaml --vary 'programmes.storage.share=5 %..35 %:7'
    """
    from referralsim.cli.exploring import explore, finish, refuse_measure
    from referralsim.cli.files import default_out, usable
    from referralsim.cli.progress import progress
    from referralsim.experiment import sweep as sweeps
    from referralsim.report.sweep_page import sweep_page

    ready = explore(options, varied, designs, workers)
    names = [refuse_measure(name) for name in measures] or ["k_offspring", "customers"]
    points = (
        sweeps.grid(ready.axes)
        if sample is None
        else sweeps.sample(ready.axes, sample, ready.plan.study.base.seed)
    )
    folder = usable(default_out(ready.name, "sweep") if out is None else out)
    with progress(f"{ready.name}: {len(points)} points", quiet) as done:
        found = sweeps.run_sweep(
            ready.plan, ready.wanted.load, ready.axes, points, ready.designs, names, ready.workers, done
        )
    more = [part for text in varied for part in ("--vary", text)]
    more += [part for name in designs for part in ("--design", name)]
    more += [part for name in measures for part in ("--measure", name)]
    more += [] if sample is None else ["--sample", str(sample)]
    line = ready.wanted.command("sweep", *more)
    table = found.table()
    page = sweep_page(found, ready.money, ready.name, ready.plan.study.base.question, line)
    data = {"schema": 1, "command": line, "rows": table.to_dict("records")}
    finish(folder, "sweep", page, data, {"sweep.csv": table.to_csv(index=False)}, as_json, quiet)
