"""Files the command line writes: whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from referralsim.errors import UsageError
from referralsim.files import reason, write_whole


def write_new(file: Path, text: str, force: bool) -> None:
    """Write a text file atomically; refuse to overwrite one unless told to.

    Raises
    ------
    UsageError
        If the file is there already and ``force`` is not given, or cannot be written.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} is there already; use --force to overwrite it")
    try:
        write_whole(file, text)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {reason(error)}") from None


def default_out(name: str, design: str = "") -> Path:
    """Return the default folder for results; text from a scenario is never trusted in a path.

    A design run alone has a folder of its own, so that it never replaces a comparison.
    """
    whole = f"{name}-{design}" if design else name
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in whole)[:80]
    return Path("out") / (safe or "scenario")


def usable(folder: Path) -> Path:
    """Make a folder for results and return it; better refused before the work than after.

    Raises
    ------
    UsageError
        If it cannot be made or written.
    """
    if str(folder) in ("", "."):
        raise UsageError("--out", "must name a folder of its own", "for example --out out/first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UsageError(str(folder), f"cannot be written: {reason(error)}", "name another --out") from None
