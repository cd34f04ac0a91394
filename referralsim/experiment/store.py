"""Experiments on disk: a folder of Parquet tables and one JSON file, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from referralsim.errors import ReferralsimError, UsageError
from referralsim.experiment.checked import checked
from referralsim.experiment.result import Experiment
from referralsim.files import reason

FORMAT = 1
_FOLDER = "results"
_PLAIN = "experiment.json"
_FRAMES = ("runs", "estimates", "comparisons")
_DICTS = ("tables", "trees")
_LEFT = re.compile(r"\.results\.(?P<pid>[0-9]+)\.(?P<what>partial|old)")


class ResultsError(ReferralsimError):
    """Stored results that cannot be written, or that are not what was written."""


def save_experiment(experiment: Experiment, folder: Path) -> Path:
    """Store an experiment under ``folder/results``, replacing an earlier one as a whole.

    Raises
    ------
    UsageError
        If there is something at that place that is not a stored experiment.
    ResultsError
        If the folder cannot be written.
    """
    final = results_folder(folder)
    partial = folder / f".{_FOLDER}.{os.getpid()}.partial"
    old = folder / f".{_FOLDER}.{os.getpid()}.old"
    try:
        sweep(folder)
        partial.mkdir(parents=True)
        _write(experiment, partial)
        if final.exists():
            os.replace(final, old)
        os.replace(partial, final)
    except OSError as error:
        if old.exists() and not final.exists():
            os.replace(old, final)  # the earlier results are better than none
        raise ResultsError(f"cannot write results to {folder}: {reason(error)}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return final


def sweep(folder: Path) -> None:
    """Remove what a save that was killed has left in a folder; results it had put aside come back.

    Only folders that hold nothing but files of ours, and whose process is gone, are touched.
    """
    for place in sorted(folder.glob(f".{_FOLDER}.*")):
        found = _LEFT.fullmatch(place.name)
        if found is None or not _is_ours(place) or _is_alive(int(found["pid"])):
            continue
        final = folder / _FOLDER
        if found["what"] == "old" and not final.exists() and (place / _PLAIN).is_file():
            os.replace(place, final)
        else:
            shutil.rmtree(place, ignore_errors=True)


def _is_ours(place: Path) -> bool:
    if place.is_symlink() or not place.is_dir():
        return False
    try:
        return all(file.name == _PLAIN or file.suffix == ".parquet" for file in place.iterdir())
    except OSError:  # somebody else's, or swept by another save at this moment
        return False


def _is_alive(process: int) -> bool:
    """Say whether a process is there, other than this one, which has only begun to save."""
    if process == os.getpid():
        return False
    if sys.platform == "win32":
        return True  # there, to ask is to kill
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def results_folder(folder: Path) -> Path:
    """Return where results go in a folder; what somebody else has put there is never replaced.

    Raises
    ------
    UsageError
        If there is something at that place that is not a stored experiment.
    """
    final = folder / _FOLDER
    if final.exists() and not (final / _PLAIN).is_file():
        raise UsageError(str(final), "is there already and holds no results of ours", "name another --out")
    return final


def _write(experiment: Experiment, folder: Path) -> None:
    plain: dict[str, Any] = {"format": FORMAT}
    for name, value in vars(experiment).items():
        if name in _FRAMES:
            value.to_parquet(folder / f"{name}.parquet", index=False)
        elif name in _DICTS:
            plain[name] = list(value)
            for number, frame in enumerate(value.values()):
                frame.to_parquet(folder / f"{name}-{number}.parquet", index=False)
        else:
            plain[name] = value
    text = json.dumps(plain, indent=1, ensure_ascii=False, default=list)
    (folder / _PLAIN).write_text(text + "\n", encoding="utf-8")


def load_experiment(folder: Path) -> Experiment:
    """Read a stored experiment back.

    Parameters
    ----------
    folder : Path
        The folder given as ``--out``.

    Raises
    ------
    UsageError
        If there are no results.
    ResultsError
        If they are broken or of another format.
    """
    place = folder / _FOLDER
    if not (place / _PLAIN).is_file():
        raise UsageError(f"{folder} holds no results; run `referralsim compare` with --out {folder} first")
    try:
        plain = json.loads((place / _PLAIN).read_text(encoding="utf-8"))
        found = plain.pop("format") if isinstance(plain, dict) else None
        if found != FORMAT:
            raise ResultsError(f"the results in {place} have format {found!r}; this version reads {FORMAT}")
        for name in _FRAMES:
            plain[name] = pd.read_parquet(place / f"{name}.parquet")
        for name in _DICTS:
            frames = [pd.read_parquet(place / f"{name}-{k}.parquet") for k in range(len(plain[name]))]
            plain[name] = dict(zip(plain[name], frames, strict=True))
        if isinstance(plain["digests"], dict):
            plain["digests"] = {name: tuple(values) for name, values in plain["digests"].items()}
        return checked(Experiment(**plain))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"the results in {place} cannot be read: {error}") from None
