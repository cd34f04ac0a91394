"""What ``run`` and ``compare`` leave in a folder: results, report, the record if asked for, and the lock."""

from __future__ import annotations

import re
from pathlib import Path

from referralsim.eventlog.store import write_log
from referralsim.experiment.lock import FILE as LOCK
from referralsim.experiment.lock import Asked, write_lock
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import Experiment, RunKey
from referralsim.experiment.rows import FILE as ROWS
from referralsim.experiment.store import save_experiment
from referralsim.report.build import FORMATS, build_report

RECORD_FILES = {"full": "log.parquet", "joins": "log.parquet", "summary": "tally.parquet"}
"""Where ``--log`` keeps the record of a run: a summary holds no events, and must not be taken for a log."""

_OURS = "|".join(map(re.escape, (*FORMATS, *set(RECORD_FILES.values()), ROWS, LOCK)))
_HALF_WRITTEN = re.compile(rf"\.(?:{_OURS})\.[a-z0-9_]+\.partial")


def write_outputs(plan: Plan, experiment: Experiment, folder: Path, asked: Asked) -> Path:
    """Write everything, each file whole or not at all; return the page to open."""
    (folder / LOCK).unlink(missing_ok=True)  # until all is written, it would speak of other files
    results = save_experiment(experiment, folder)
    for name in RECORD_FILES.values():
        (folder / name).unlink(missing_ok=True)  # one from an earlier run would not belong here
    first = RunKey(next(iter(plan.study.designs)), 0)
    if asked.keeps_log and experiment.digests[first.design][first.replication]:
        write_log(plan.record(first), folder / RECORD_FILES[plan.level])
    pages = build_report(experiment, folder)
    written = [*results.iterdir(), *pages, *(folder / name for name in RECORD_FILES.values())]
    names = {file.relative_to(folder).as_posix() for file in written if file.is_file()}
    write_lock(plan, experiment, folder, asked, sorted(names))
    return pages[0]


def sweep_half_written(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left; nobody else writes there now."""
    for file in folder.iterdir():
        if _HALF_WRITTEN.fullmatch(file.name) and file.is_file():
            file.unlink(missing_ok=True)
