"""Files that are there whole or not at all, and files that are made from the code."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to write a file with; the file takes its place when all of it is on the disk.

    Until then, and whatever goes wrong, an earlier file of that name stays as it is.

    Parameters
    ----------
    path : pathlib.Path
        Its folder must exist.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left beside it.
    """
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(partial, 0o666 & ~_umask())  # a temporary file is for its owner alone, a result is not
        os.replace(partial, path)
    except BaseException as error:
        Path(partial).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, reason(error), str(path)) from error  # not the name of the partial
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def reason(error: OSError) -> str:
    """Return why the system would not, in its own words and without the rest of the message.

    Examples
    --------
    >>> reason(OSError(28, "[Errno 28] Error writing bytes to file. Detail: [errno 28] ..."))
    'No space left on device'
    """
    return os.strerror(error.errno) if error.errno else str(error)


def write_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8 with the line ends of the text, whole or not at all."""
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))


def write_or_check(made: Iterable[tuple[Path, str]], root: Path, script: str, check: bool) -> int:
    """Write files that are made from the code where they differ, or only say which do.

    Parameters
    ----------
    made : iterable of (path, text)
        What each file should hold.
    root : pathlib.Path
        Files are named from here.
    script : str
        What makes them, for the message.
    check : bool
        Write nothing.

    Returns
    -------
    int
        The exit code: 1 if something differs and nothing may be written.
    """
    stale = 0
    for path, text in made:
        if path.exists() and path.read_bytes() == text.encode("utf-8"):
            continue
        stale += 1
        if not check:
            write_whole(path, text)
        verdict = f"differs from what the code makes; run {script}" if check else "written"
        sys.stdout.write(f"{path.relative_to(root)}: {verdict}\n")
    return 1 if check and stale else 0
