"""Experiments on disk: a folder of Parquet tables and one JSON file, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from referralsim.errors import UsageError
from referralsim.experiment.result import Experiment

FORMAT = 1
_FOLDER = "results"
_PLAIN = "experiment.json"
_FRAMES = ("runs", "estimates", "comparisons")
_DICTS = ("tables", "trees")


def save_experiment(experiment: Experiment, folder: Path) -> Path:
    """Store an experiment under ``folder/results``, replacing an earlier one as a whole.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    final = results_folder(folder)
    partial = folder / f".{_FOLDER}.{os.getpid()}.partial"
    old = folder / f".{_FOLDER}.{os.getpid()}.old"
    try:
        partial.mkdir(parents=True)
        _write(experiment, partial)
        if final.exists():
            os.replace(final, old)
        os.replace(partial, final)
    except OSError as error:
        if old.exists() and not final.exists():
            os.replace(old, final)  # the earlier results are better than none
        raise UsageError(f"cannot write results to {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return final


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
        If there are no results, or they are broken or of another format.
    """
    place = folder / _FOLDER
    if not (place / _PLAIN).is_file():
        raise UsageError(f"{folder} holds no results; run `referralsim compare` with --out {folder} first")
    try:
        plain = json.loads((place / _PLAIN).read_text(encoding="utf-8"))
        found = plain.pop("format")
        if found != FORMAT:
            raise UsageError(f"{place} has format {found!r}; this version reads {FORMAT}")
        for name in _FRAMES:
            plain[name] = pd.read_parquet(place / f"{name}.parquet")
        for name in _DICTS:
            frames = [pd.read_parquet(place / f"{name}-{k}.parquet") for k in range(len(plain[name]))]
            plain[name] = dict(zip(plain[name], frames, strict=True))
        plain["digests"] = {name: tuple(values) for name, values in plain["digests"].items()}
        return Experiment(**plain)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"the results in {place} cannot be read: {error}") from None
