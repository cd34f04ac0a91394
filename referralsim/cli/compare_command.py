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
@click.option(
    "--smallest",
    metavar="MEASURE=DIFFERENCE",
    help="Weigh the designs on this measure, and call a difference below this one not worth having (money in "
    "major units); short for --set decision.measure=… --set decision.smallest=…",
)
@click.option(
    "--uncertain",
    is_flag=True,
    help="Draw the numbers that the scenario lists under `uncertain` anew in each replication, and say what "
    "is luck and what is not known. Every draw is played twice.",
)
@precision_options
@output_options
@fresh_option
def command(
    smallest: str | None,
    uncertain: bool,
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

    wanted = RunOptions(**options).weighed(smallest)
    play(
        wanted.plan(uncertain),
        wanted.command("compare", *(["--uncertain"] if uncertain else [])),
        workers,
        out,
        as_json,
        quiet,
        precision=asked_precision(wanted, precision, most),
        fresh=fresh,
    )
