"""``run.lock.json``: what an experiment was made of, enough to make it again and compare every byte.

It holds the whole scenario in its explicit form, the designs played, the options that matter, the graph's
digest (and an edge list's name and digest), the versions of what computed it, and the SHA-256 of every
file that came out.
"""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from referralsim.errors import ReferralsimError, UsageError
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.precision import Precision, read_precision
from referralsim.experiment.result import Experiment
from referralsim.files import reason, write_whole
from referralsim.population.build import build_graph
from referralsim.provenance import software_version
from referralsim.scenario.gather import read_tree
from referralsim.scenario.resolve import Options, Study, dump, resolve
from referralsim.scenario.units import minor_per_major

FILE = "run.lock.json"
FORMAT = 1
_LIBRARIES = ("numba", "numpy", "pandas", "pyarrow")


class LockError(ReferralsimError):
    """A lock that cannot be read, or that does not fit what is there."""


class Asked(NamedTuple):
    """What was asked for beside the scenario."""

    design: str | None = None  # of `run`; None: all designs
    precision: str | None = None
    most: int = 0
    keeps_log: bool = False
    uncertain: bool = False  # whether the uncertain numbers were drawn


def software() -> dict[str, str]:
    """Return the versions of what computes and writes results."""
    names = {name: version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "referralsim": software_version()} | names


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _whole_text(study: Study) -> str:
    """Return the study as a scenario file, the designs that were not played among the rest."""
    nothing = study.base.model_copy(update={"sources": {}})
    designs = {name: study.designs.get(name, nothing) for name in study.base.designs}
    return dump(replace(study, designs=designs or study.designs))


def write_lock(plan: Plan, experiment: Experiment, folder: Path, asked: Asked, files: list[str]) -> Path:
    """Write the lock of an experiment whose files are written.

    Parameters
    ----------
    files : list of str
        Names of files below ``folder``.
    """
    edge_list = edge_list_of(plan)
    listed = None if edge_list is None else {"file": str(edge_list), "sha256": file_digest(edge_list)}
    lock = {
        "format": FORMAT,
        "command": experiment.command,
        "asked": asked._asdict(),
        "engine": plan.engine,
        "level": plan.level,
        "seed": plan.seed,
        "replications": experiment.replications,
        "software": software(),
        "graph": {"digest": plan.graph.digest(), "edge_list": listed},
        "scenario_file": str(plan.study.path),
        "scenario": _whole_text(plan.study),
        "designs": experiment.designs,
        "files": {name: file_digest(folder / name) for name in sorted(files)},
    }
    path = folder / FILE
    write_whole(path, json.dumps(lock, indent=1, ensure_ascii=False, default=list) + "\n")
    return path


def edge_list_of(plan: Plan) -> Path | None:
    """Return the file that a plan's graph was read from, as seen from the working folder."""
    graph = plan.study.base.population.graph
    if graph.kind != "edge_list" or not graph.file:
        return None
    return plan.graph_file or plan.study.path.parent / graph.file


def read_lock(folder: Path) -> dict[str, Any]:
    """Return the lock of a folder.

    Raises
    ------
    UsageError
        If there is none.
    LockError
        If it cannot be read, or is of another format.
    """
    path = folder / FILE
    if not path.is_file():
        raise UsageError(str(folder), f"holds no {FILE}", "name a folder that `compare` or `run` has written")
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
        if lock["format"] != FORMAT:
            raise LockError(str(path), f"has format {lock['format']!r}; this version reads {FORMAT}")
        Asked(**lock["asked"])
        for name in ("command", "engine", "level", "scenario", "scenario_file"):
            if not isinstance(lock[name], str):
                raise TypeError(f"{name} must be a text")
        for name in ("software", "graph", "designs", "files"):
            if not isinstance(lock[name], dict):
                raise TypeError(f"{name} must be a mapping")
    except OSError as error:
        raise LockError(str(path), f"cannot be read: {reason(error)}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise LockError(str(path), f"is no lock ({type(error).__name__}: {error})") from None
    return dict(lock)


def study_of(lock: dict[str, Any]) -> Study:
    """Return the study that a lock holds; of the folder it came from nothing is read."""
    with tempfile.TemporaryDirectory(prefix="referralsim-") as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(lock["scenario"], encoding="utf-8")
        tree, faults = read_tree(file)
        study, found = resolve(tree, file, Options(overridden=True, check_graph_file=False))
    if study is None or faults or found:
        raise LockError(FILE, f"its scenario cannot be read: {[*faults, *found][0].message}")
    return replace(study, path=Path(lock["scenario_file"]))


def plan_of_lock(lock: dict[str, Any], graph_file: Path | None = None) -> Plan:
    """Return the plan that a lock describes.

    Parameters
    ----------
    graph_file : Path, optional
        Where the edge list lies now, if not where the lock says.

    Raises
    ------
    LockError
        If the edge list is missing or is another.
    """
    study = study_of(lock)
    listed = lock["graph"].get("edge_list")
    file = None if listed is None else _edge_list(listed, graph_file)
    graph = None if file is None else build_graph(study.base.population, study.base.seed, Path(), file)
    asked = Asked(**lock["asked"])
    whole = plan(study, lock["engine"], graph=graph, level=lock["level"], draws=asked.uncertain)
    if whole.graph.digest() != lock["graph"]["digest"]:
        raise LockError("graph", "another graph is built today than was built for the lock")
    return replace(whole, graph_file=file) if asked.design is None else whole.only(asked.design)


def _edge_list(listed: dict[str, str], graph_file: Path | None) -> Path:
    file = graph_file or Path(listed["file"])
    if not file.is_file():
        what = f"the edge list {file} that the lock names is not here (SHA-256 {listed['sha256'][:16]}…)"
        raise LockError("graph", what, "say where it is with --graph FILE")
    if (found := file_digest(file)) != listed["sha256"]:
        what = f"the edge list {file} has changed: SHA-256 {listed['sha256'][:16]}… then, {found[:16]}… now"
        raise LockError("graph", what, "say with --graph FILE where the old one is")
    return file


def precision_of(lock: dict[str, Any], study: Study) -> Precision | None:
    """Return how precise the answer was to be, if that was asked for."""
    asked = Asked(**lock["asked"])
    if asked.precision is None:
        return None
    return read_precision(asked.precision, asked.most, minor_per_major(study.base.currency))


def other_software(lock: dict[str, Any]) -> list[str]:
    """Return a sentence for each version that differs from the lock's."""
    now = software()
    return [
        f"{name} is {now.get(name, 'missing')} here and was {then} then"
        for name, then in lock["software"].items()
        if now.get(name) != then
    ]
