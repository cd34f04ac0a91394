"""``referralsim optimise``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from referralsim.cli.exploring import exploring_options
from referralsim.errors import ReferralsimError


class NoPoint(ReferralsimError):  # noqa: N818
    """No point of a search keeps all conditions: there is no answer."""


@click.command("optimise")
@exploring_options
@click.option(
    "--goal",
    "goals",
    multiple=True,
    required=True,
    metavar="[+|-]MEASURE",
    help="What is to be best; a second --goal asks for the front of both. The sign says which way, if the "
    "measure's own is not meant.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="MEASURE>=NUMBER",
    help="A condition (>= or <=), repeatable; money in major units.",
)
@click.option("--design", help="Which design is changed  [default: the last]")
@click.option(
    "--trials", type=click.IntRange(min=2, max=10_000), default=60, show_default=True, help="Points tried."
)
def command(
    varied: tuple[str, ...],
    goals: tuple[str, ...],
    keep: tuple[str, ...],
    design: str | None,
    trials: int,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Find the values of some numbers that are best for a goal, and write them as a scenario that runs.

    Example: referralsim optimise scenarios/dropbox.yaml --vary 'programmes.storage.share=5 %..35 %'
    --goal incremental_profit --keep 'customers>=500' --design two_sided
    """
    from referralsim.cli.exploring import explore, finish
    from referralsim.cli.files import default_out, usable
    from referralsim.cli.progress import progress
    from referralsim.experiment.search import read_condition, read_goal
    from referralsim.experiment.searching import best_scenario, search
    from referralsim.report.search_page import search_page

    ready = explore(options, varied, [design] if design else [], workers)
    wanted = [read_goal(text) for text in goals]
    conditions = [read_condition(text, ready.money.minor_per_major) for text in keep]
    folder = usable(default_out(ready.name, "optimise") if out is None else out)
    with progress(f"{ready.name}: {trials} points", quiet) as done:
        found = search(
            ready.plan,
            ready.wanted.load,
            ready.axes,
            ready.designs[-1],
            wanted,
            conditions,
            trials,
            ready.workers,
            done,
        )
    more = [part for text in varied for part in ("--vary", text)]
    more += [part for text in goals for part in ("--goal", text)]
    more += [part for text in keep for part in ("--keep", text)]
    more += ["--trials", str(trials)] + (["--design", design] if design else [])
    line = ready.wanted.command("optimise", *more)
    page = search_page(
        found, wanted, ready.money, ready.name, ready.plan.study.base.question, line, ready.money_paths
    )
    data = {"schema": 1, "command": line, "found": found}
    answers = best_scenario(ready.wanted.load, found)
    finish(folder, "optimise", page, data, answers, as_json, quiet)
    for old in (folder / "best.yaml", *folder.glob("front-[0-9]*.yaml")):
        if old.name not in answers:  # of an earlier search: it would be taken for this one's answer
            old.unlink(missing_ok=True)
    if not found.best:
        raise NoPoint(
            "optimise", "no point that was tried keeps all conditions", "widen --vary, or --keep less"
        )
