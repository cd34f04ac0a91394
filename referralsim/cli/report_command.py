"""``referralsim report``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="[default: the same folder]")
def command(folder: Path, out: Path | None) -> None:
    """Write the report again from stored results; nothing is simulated.

    Example: referralsim report out/dropbox
    """
    from referralsim.experiment.store import load_experiment
    from referralsim.report.build import build_report

    for path in build_report(load_experiment(folder), out or folder):
        click.echo(path)
