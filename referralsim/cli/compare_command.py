"""``referralsim compare``."""

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


@click.command("compare")
@run_options
@precision_options
@output_options
@fresh_option
def command(
    precision: str | None,
    most: int | None,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    fresh: bool,
    **options: Any,
) -> None:
    """Run all designs of a scenario in the same worlds, and compare them pair by pair.

    Example: referralsim compare scenarios/dropbox.yaml --graph friends.txt.gz
    """
    from referralsim.cli.work import play

    wanted = RunOptions(**options)
    play(
        wanted.plan(),
        wanted.command("compare"),
        workers,
        out,
        as_json,
        quiet,
        precision=asked_precision(wanted, precision, most),
        fresh=fresh,
    )
