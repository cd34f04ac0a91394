"""Where files may be kept that can always be made again: the user's cache folder, if it is safe."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def user_cache() -> Path:
    """Return the user's cache folder for this software; it need not exist."""
    import platformdirs

    return platformdirs.user_cache_path("referralsim")


def temporary_cache() -> Path:
    """Return a folder of the user's own among the temporary ones; it need not exist."""
    owner = str(os.getuid()) if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"referralsim-{owner}"


def is_private(folder: Path) -> bool:
    """Make a folder and say whether it is writable and nobody else's.

    What lies in a cache is loaded and trusted, so a folder in which others can write is no cache.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        found = folder.stat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
