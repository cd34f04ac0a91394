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
    from referralsim.experiment.store import ResultsError, load_experiment
    from referralsim.report.build import build_report

    experiment = load_experiment(folder)
    try:
        paths = build_report(experiment, out or folder)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # whatever lies in the folder may have been changed by hand, deeper than a check of types sees
        what = f"the results in {folder} do not fit together ({type(error).__name__}: {error})"
        raise ResultsError(what, cure="run them again") from error
    for path in paths:
        click.echo(path)
