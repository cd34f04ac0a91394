"""Making an experiment again from its lock, and comparing every byte."""

from __future__ import annotations

import hashlib
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import rich_click as click

from referralsim.cli.outputs import write_outputs
from referralsim.cli.progress import progress
from referralsim.errors import ReferralsimError
from referralsim.experiment.first_difference import first_difference
from referralsim.experiment.lock import Asked, other_software, plan_of_lock, precision_of, read_lock
from referralsim.experiment.run import run_experiment

_ORDER = ("experiment.json", ".parquet", ".json", ".md", ".html")
"""Which of two files that differ says more."""


class NotReproduced(ReferralsimError):  # noqa: N818
    """What was made again is not what was made then."""


def reproduce(folder: Path, graph_file: Path | None, workers: int | None, quiet: bool) -> list[str]:
    """Make an experiment again and compare; return the names of the files that are the same.

    Raises
    ------
    NotReproduced
        With the first difference.
    LockError
        If the lock cannot be followed, as when an edge list is missing.
    """
    lock = read_lock(folder)
    for sentence in other_software(lock):
        click.echo(f"warning: {sentence}", err=True)
    plan = plan_of_lock(lock, graph_file)
    asked = Asked(**lock["asked"])
    say = None if quiet else partial(click.echo, err=True)
    with tempfile.TemporaryDirectory(prefix="referralsim-") as place:
        with progress(plan.study.base.name, quiet) as done:
            wanted = precision_of(lock, plan.study)
            experiment = run_experiment(plan, workers, lock["command"], done, say, wanted)
        write_outputs(plan, experiment, Path(place), asked)
        _compare(lock, folder, Path(place))
    return sorted(lock["files"])


def _compare(lock: dict[str, Any], folder: Path, again: Path) -> None:
    made = {str(file.relative_to(again).as_posix()): file for file in again.rglob("*") if file.is_file()}
    for name in sorted(lock["files"], key=_telling):
        if name not in made:
            raise NotReproduced(str(folder), f"{name} was written then, and is not now")
        new = made[name].read_bytes()
        there = folder / name
        if there.is_file() and (old := there.read_bytes()) != new:
            edited = hashlib.sha256(old).hexdigest() != lock["files"][name]
            note = "; the file is not the one that was written then" if edited else ""
            raise NotReproduced(str(folder), first_difference(name, old, new) + note)
        if hashlib.sha256(new).hexdigest() != lock["files"][name]:
            raise NotReproduced(str(folder), f"{name} has other bytes than the lock says")


def _telling(name: str) -> tuple[int, str]:
    return next((i for i, ending in enumerate(_ORDER) if name.endswith(ending)), len(_ORDER)), name
