"""One process a folder: who works in it holds a lock that goes when the process goes, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from referralsim.errors import UsageError

FILE = ".busy"

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # past the number, which others read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        # a lock of the process, not of the open file: forked workers do not hold it on
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for this process.

    The file holds the number of the process, for the message; the lock is the system's, so a file that a
    killed process has left holds nobody up.

    Raises
    ------
    UsageError
        If another process is at work there.
    """
    path = folder / FILE
    handle = _locked(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()  # before the lock goes, so that nobody else's is removed
        os.close(handle)


def _locked(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _try_lock(handle)
        except (BlockingIOError, PermissionError):
            who = os.read(handle, 20).decode("ascii", "replace").strip()
            os.close(handle)
            what = f"process {who or 'unknown'} is at work in this folder"
            raise UsageError(str(path.parent), what, "wait for it, or name another --out") from None
        except OSError:
            pass  # a file system without locks: nothing can be said, and nothing should be in the way
        if _is_still_there(handle, path):
            os.truncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode("ascii"))
            return handle
        os.close(handle)


def _is_still_there(handle: int, path: Path) -> bool:
    """Say whether the name is still that of the file we hold; its last owner may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
