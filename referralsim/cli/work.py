"""What ``run`` and ``compare`` share: play, store, report, show."""

from __future__ import annotations

import json
import shlex
from contextlib import closing
from functools import partial
from pathlib import Path

import rich_click as click

from referralsim.cli.files import default_out, usable
from referralsim.cli.notices import show_notices
from referralsim.cli.outputs import sweep_half_written, write_outputs
from referralsim.cli.progress import progress
from referralsim.cli.show import as_json_text, graph_line, show_summary
from referralsim.errors import SomeRunsFailed, ThresholdMissed
from referralsim.experiment.busy import alone_in
from referralsim.experiment.lock import Asked
from referralsim.experiment.plan import Plan
from referralsim.experiment.precision import Precision, read_precision
from referralsim.experiment.result import Experiment, RunKey
from referralsim.experiment.rows import Rows
from referralsim.experiment.run import keys_of, run_experiment
from referralsim.experiment.store import results_folder
from referralsim.experiment.thresholds import missed, refuse_unrecorded, table_of
from referralsim.scenario.units import minor_per_major

SHORT_WORK_RUNS, SHORT_WORK_PERSON_DAYS = 40, 20_000_000
"""Up to here one process has played all runs (some 20 ms each) before others are made and at work."""


def play(
    plan: Plan,
    command: str,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    keep_log: bool = False,
    precision: tuple[str | None, int] = (None, 0),
    fresh: bool = False,
    design: str | None = None,
) -> None:
    """Play a plan, write results and report to a folder, and show what came out."""
    wanted = _precision(plan, *precision)
    if wanted is not None:
        command += shlex.join(["", "--precision", wanted.text, "--most", str(wanted.most)])
    refuse_unrecorded(plan)
    folder = usable(default_out(plan.study.base.name) if out is None else out)
    results_folder(folder)  # refused before the work rather than after
    if not quiet:
        show_notices(plan.study.notices)
    if not quiet and plan.graph.kind == "ties":
        click.echo(graph_line(plan.graph), err=True)
    with alone_in(folder):
        sweep_half_written(folder)
        experiment = _played(plan, folder, fresh, _enough(plan, workers, wanted), command, quiet, wanted)
        asked = Asked(
            design=design,
            precision=None if wanted is None else wanted.text,
            most=0 if wanted is None else wanted.most,
            keeps_log=keep_log,
            uncertain=plan.draws,
        )
        page = write_outputs(plan, experiment, folder, asked)
    if as_json:
        click.echo(json.dumps(as_json_text(experiment), indent=2, sort_keys=True, allow_nan=False))
    elif not quiet:
        show_summary(experiment, page)
    _judge(plan, experiment)


def _enough(plan: Plan, workers: int | None, wanted: Precision | None) -> int | None:
    """Return how many worker processes play a plan: those asked for, one for short work, else None for all.

    What comes out is the same. Fresh contacts may become many, and the reference engine is slow.
    """
    base = plan.study.base
    runs = len(keys_of(plan, range(base.replications)))
    person_days = runs * plan.graph.n_people * base.horizon_days
    is_short = runs <= SHORT_WORK_RUNS and person_days <= SHORT_WORK_PERSON_DAYS
    quick = plan.engine == "fast" and plan.graph.kind != "fresh" and wanted is None
    return 1 if workers is None and is_short and quick else workers


def _played(
    plan: Plan,
    folder: Path,
    fresh: bool,
    workers: int | None,
    command: str,
    quiet: bool,
    wanted: Precision | None,
) -> Experiment:
    """Play what is not there yet, and keep every run as it finishes."""
    say = None if quiet else partial(click.echo, err=True)
    with closing(Rows(folder, plan, fresh)) as rows:
        try:
            with progress(plan.study.base.name, quiet) as done:
                experiment = run_experiment(plan, workers, command, done, say, wanted, rows)
        except KeyboardInterrupt:
            click.echo(f"Runs that are done are kept in {rows.path}; the same command goes on.", err=True)
            raise
        keys = sorted(keys_of(plan, range(experiment.replications)), key=partial(_place, plan))
        rows.tidy(keys)
        if say is not None and rows.n_reused:
            say(f"{rows.n_reused} of {len(keys)} runs were there from earlier work; --fresh plays them anew")
    return experiment


def _place(plan: Plan, key: RunKey) -> tuple[int, int]:
    return list(plan.study.designs).index(key.design), key.replication


def _judge(plan: Plan, experiment: Experiment) -> None:
    """End with the exit code of what is wrong with the results, now that they are all written."""
    lacking = missed(experiment, plan.study.thresholds)
    table = f"{len(lacking)} missed\n{table_of(lacking)}"
    if failed := experiment.failures:
        if lacking:
            click.echo(f"thresholds: {table}", err=True)
        lines = [f"{row['design']}, replication {row['replication']}: {row['error']}" for row in failed]
        n = experiment.replications * len(experiment.designs)
        raise SomeRunsFailed("\n".join([f"{len(failed)} of {n} runs failed", *lines]))
    if lacking:
        raise ThresholdMissed("thresholds", table)


def _precision(plan: Plan, text: str | None, most: int) -> Precision | None:
    if text is None:
        return None
    return read_precision(text, most, minor_per_major(plan.study.base.currency))
