"""``referralsim check``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("check")
@click.argument("scenarios", type=click.Path(path_type=Path), metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--resolved", is_flag=True, help="Print the explicit form, with nothing implicit.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change any value.")
def command(scenarios: tuple[Path, ...], resolved: bool, overrides: tuple[str, ...]) -> None:
    """Check scenario files and name every fault in them.

    Example: referralsim check scenarios/dropbox.yaml --resolved
    """
    from referralsim.cli.notices import show_notices
    from referralsim.errors import Fault, ScenarioError, UsageError
    from referralsim.scenario.draws import clashes
    from referralsim.scenario.load import load_study
    from referralsim.scenario.resolve import dump

    if resolved and len(scenarios) > 1:
        raise UsageError("--resolved", "prints one scenario", "name one file")
    faults: list[Fault] = []
    for scenario in scenarios:
        try:
            study = load_study(scenario, overrides=overrides)
        except ScenarioError as error:
            faults += error.faults
            continue
        show_notices(study.notices)
        if clashing := clashes(study):
            faults += clashing
            continue
        n, names = len(study.designs), ", ".join(study.designs)
        line = f"{scenario}: fine. {n} design{'s' if n > 1 else ''}: {names}"
        click.echo(dump(study) if resolved else line, nl=not resolved)
    if faults:
        raise ScenarioError(faults)
