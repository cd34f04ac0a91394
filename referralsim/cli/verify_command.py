"""``referralsim verify``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("verify")
@click.option(
    "--quick/--full",
    default=True,
    show_default=True,
    help="Under a minute with fixed seeds, or many more runs with fresh ones.",
)
@click.option(
    "--engine",
    "engines",
    type=click.Choice(["fast", "reference"]),
    multiple=True,
    help="Which engine, repeatable  [default: both]",
)
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Checks by name, part of a name or family, as in 'skok.*'; repeatable.",
)
@click.option(
    "--faults/--no-faults",
    default=None,
    help="Plant faults in the program, one at a time, and see whether their checks notice; some minutes  "
    "[default: with --full]",
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the suite  [default: quick 1, full fresh]")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes  [default: all cores]")
@click.option(
    "--peers-python",
    type=click.Path(exists=True, dir_okay=False),
    help="Interpreter that has EoN and ndlib  [default: this one, if it has them]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the table.")
@click.option("--list", "as_list", is_flag=True, help="Name the checks and make none.")
@click.option("--quiet", is_flag=True, help="No progress, no table; the exit code says it.")
def command(
    quick: bool,
    engines: tuple[str, ...],
    only: tuple[str, ...],
    faults: bool | None,
    seed: int | None,
    workers: int | None,
    peers_python: str | None,
    as_json: bool,
    html: Path | None,
    markdown: Path | None,
    as_list: bool,
    quiet: bool,
) -> None:
    """Hold both engines to mathematics and to published findings; exit code 1 if a row fails.

    Example: referralsim verify --quick --only 'skok.*'
    """
    from referralsim.cli.progress import progress
    from referralsim.cli.verifying import finish, refuse_unwritable, show_list
    from referralsim.experiment.runner import default_workers
    from referralsim.verification.planting import faults_of, plant_all
    from referralsim.verification.suite import ENGINES, run_suite

    if as_list:
        show_list(only, as_json)
        return
    refuse_unwritable(html, markdown)
    with progress("verify", quiet) as done:
        n_workers = workers or default_workers()
        suite = run_suite(quick, engines or ENGINES, only, seed, done, n_workers, peers_python)
    if faults or (faults is None and not quick):
        with progress("plant", quiet) as done:
            suite = suite._replace(planted=tuple(plant_all(faults_of(only), n_workers, done)))
    finish(suite, only, as_json, html, markdown, quiet, with_peers=peers_python is not None)
