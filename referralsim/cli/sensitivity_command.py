"""``referralsim sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from referralsim.cli.exploring import exploring_options


@click.command("sensitivity")
@exploring_options
@click.option("--measure", default="k_offspring", show_default=True, help="Which result.")
@click.option("--design", help="Of which design  [default: the best]")
@click.option("--against", help="Which other design the decision is about  [default: the second best]")
@click.option(
    "--method",
    type=click.Choice(["tornado", "morris", "sobol"]),
    default="tornado",
    show_default=True,
    help="One at a time; screening over all ranges; shares of variance over all ranges.",
)
@click.option("--points", type=click.IntRange(min=2), help="Trajectories (morris) or base samples (sobol).")
def command(
    varied: tuple[str, ...],
    measure: str,
    design: str | None,
    against: str | None,
    method: str,
    points: int | None,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say which assumptions matter, which would flip the decision, and what is chance and what ignorance.

    What the scenario lists under `uncertain` is varied by its law; --vary adds to it, or takes its place.

    Example: referralsim sensitivity scenarios/dropbox.yaml --vary 'programmes.storage.share=10 %..30 %'
    """
    from referralsim.cli.exploring import explore, finish, refuse_measure
    from referralsim.cli.files import default_out, usable
    from referralsim.cli.progress import progress
    from referralsim.experiment.assumptions import study_assumptions
    from referralsim.report.sensitivity_page import sensitivity_page

    ready = explore(options, varied, [name for name in (design, against) if name], workers, True)
    refuse_measure(measure)
    folder = usable(default_out(ready.name, "sensitivity") if out is None else out)
    with progress(ready.name, quiet) as done:
        found = study_assumptions(
            ready.plan,
            ready.load,
            ready.axes,
            measure,
            design,
            against,
            method,
            points,
            ready.workers,
            done,
        )
    more = [part for text in varied for part in ("--vary", text)]
    more += ["--measure", measure, "--method", method] + ([] if points is None else ["--points", str(points)])
    more += ["--design", design] if design else []
    more += ["--against", against] if against else []
    line = ready.wanted.command("sensitivity", *more)
    page = sensitivity_page(found, ready.money, ready.name, ready.plan.study.base.question, line)
    data = {"schema": 1, "command": line, "found": found}
    finish(folder, "sensitivity", page, data, {}, as_json, quiet)
