"""``referralsim check``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from referralsim.cli.options import scenario_argument


@click.command("check")
@scenario_argument
@click.option("--resolved", is_flag=True, help="Print the explicit form, with nothing implicit.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change any value.")
def command(scenario: Path, resolved: bool, overrides: tuple[str, ...]) -> None:
    """Check a scenario file and name every fault in it.

    Example: referralsim check scenarios/dropbox.yaml --resolved
    """
    from referralsim.scenario.load import load_study
    from referralsim.scenario.resolve import dump

    study = load_study(scenario, overrides=overrides)
    if resolved:
        click.echo(dump(study), nl=False)
    else:
        names = ", ".join(study.designs)
        n = len(study.designs)
        click.echo(f"{scenario}: fine. {n} design{'s' if n > 1 else ''}: {names}")
