"""``referralsim run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from referralsim.cli.options import (
    RunOptions,
    asked_precision,
    fresh_option,
    output_options,
    precision_options,
    run_options,
)


@click.command("run")
@run_options
@click.option("--design", help="Which design to run  [default: the first]")
@click.option(
    "--log",
    is_flag=True,
    help="Keep the record of replication 0: the events as log.parquet; at --level summary, which has none, "
    "counts and people as tally.parquet.",
)
@precision_options
@output_options
@fresh_option
def command(
    design: str | None,
    log: bool,
    precision: str | None,
    most: int | None,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    fresh: bool,
    **options: Any,
) -> None:
    """Run one design and report what it does.

    Example: referralsim run scenarios/dropbox.yaml --design two_sided --replications 5
    """
    from referralsim.cli.files import default_out
    from referralsim.cli.work import play

    wanted = RunOptions(**options)
    plan = wanted.plan().only(design)
    name = next(iter(plan.study.designs))
    folder = default_out(plan.study.base.name, name) if out is None else out
    play(
        plan,
        wanted.command("run", "--design", name),
        workers,
        folder,
        as_json,
        quiet,
        keep_log=log,
        precision=asked_precision(wanted, precision, most),
        fresh=fresh,
        design=name,
    )
