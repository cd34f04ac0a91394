"""``referralsim diff``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--all", "all_measures", is_flag=True, help="Measures that are the same as well.")
@click.option("--markdown", is_flag=True, help="Tables for a page, such as a pull request's summary.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(old: Path, new: Path, all_measures: bool, markdown: bool, as_json: bool) -> None:
    """Say what changed between two experiments: assumptions, and results with their differences.

    Example: referralsim diff out/before out/after
    """
    import json

    from referralsim.cli.show_differences import as_plain, as_text
    from referralsim.experiment.differences import differences
    from referralsim.experiment.store import load_experiment

    before, after = load_experiment(old), load_experiment(new)
    found = differences(before, after)
    if as_json:
        click.echo(json.dumps(as_plain(found), indent=2, sort_keys=True, allow_nan=False))
    else:
        click.echo(as_text(found, after.minor_per_major, all_measures, markdown))
