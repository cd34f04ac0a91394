"""What ``run`` and ``compare`` share: play, store, report, show."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path

import rich_click as click

from referralsim.cli.files import default_out, usable
from referralsim.cli.progress import progress
from referralsim.cli.show import as_json_text, graph_line, show_summary
from referralsim.errors import ThresholdMissed
from referralsim.eventlog.store import write_log
from referralsim.experiment.precision import Precision, read_precision
from referralsim.experiment.result import RunKey
from referralsim.experiment.run import run_experiment
from referralsim.experiment.runner import Plan
from referralsim.experiment.store import results_folder, save_experiment
from referralsim.experiment.thresholds import missed, refuse_unrecorded
from referralsim.report.build import build_report
from referralsim.scenario.units import minor_per_major

RECORD_FILES = {"full": "log.parquet", "joins": "log.parquet", "summary": "tally.parquet"}
"""Where ``--log`` keeps the record of a run: a summary holds no events, and must not be taken for a log."""


def play(
    plan: Plan,
    command: str,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    keep_log: bool = False,
    precision: tuple[str | None, int] = (None, 0),
) -> None:
    """Play a plan, write results and report to a folder, and show what came out."""
    wanted = _precision(plan, *precision)
    if wanted is not None:
        command += shlex.join(["", "--precision", wanted.text, "--most", str(wanted.most)])
    refuse_unrecorded(plan)
    folder = usable(default_out(plan.study.base.name) if out is None else out)
    results_folder(folder)  # refused before the work rather than after
    if not quiet and plan.graph.kind == "ties":
        click.echo(graph_line(plan.graph), err=True)
    say = None if quiet else partial(click.echo, err=True)
    with progress(plan.study.base.name, quiet) as done:
        experiment = run_experiment(plan, workers, command, done, say, wanted)
    save_experiment(experiment, folder)
    for name in RECORD_FILES.values():
        (folder / name).unlink(missing_ok=True)  # one from an earlier run would not belong here
    if keep_log:
        write_log(plan.record(RunKey(next(iter(plan.study.designs)), 0)), folder / RECORD_FILES[plan.level])
    paths = build_report(experiment, folder)
    lacking = missed(experiment, plan.study.thresholds)
    if as_json:
        click.echo(json.dumps(as_json_text(experiment), indent=2, sort_keys=True, allow_nan=False))
    elif not quiet:
        show_summary(experiment, paths[0])
    if lacking:
        raise ThresholdMissed("thresholds", "; ".join(lacking))


def _precision(plan: Plan, text: str | None, most: int) -> Precision | None:
    if text is None:
        return None
    return read_precision(text, most, minor_per_major(plan.study.base.currency))
