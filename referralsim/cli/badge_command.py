"""``referralsim badge``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("badge")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--label", default="referralsim", show_default=True, help="What stands on the left.")
def command(folder: Path, label: str) -> None:
    """Write badge.json (an endpoint for shields) and badge.svg beside stored results.

    Example: referralsim badge out/dropbox
    """
    from referralsim.cli.badge import badge_of, write_badge
    from referralsim.experiment.lock import read_lock, study_of
    from referralsim.experiment.store import load_experiment

    experiment, study = load_experiment(folder), study_of(read_lock(folder))
    for path in write_badge(badge_of(experiment, study.thresholds, label), folder):
        click.echo(path)
