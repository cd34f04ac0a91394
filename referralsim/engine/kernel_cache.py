"""Where compiled code is kept: one folder for each state of the sources and of what compiles them.

Numba notices a change in the file of a compiled function, not in the files of functions it calls. So
the folder carries a digest of them all, and a change of any of them starts an empty one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

_LOADING = Lock()
_SOURCES = (
    "randomness.py",
    "distributions.py",
    "behaviour/*.py",
    "engine/contract.py",
    "engine/kernel*.py",
    "eventlog/kinds.py",
)


def sources_digest() -> str:
    """Return a digest of everything that decides what the compiled engine is."""
    digest = hashlib.sha256()
    for number in (sys.version, *map(version, ("numba", "llvmlite", "numpy"))):
        digest.update(number.encode() + b"\0")
    package = Path(__file__).parent.parent
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _usable(folder: Path) -> bool:
    """Make a folder and return whether it is writable and nobody else's: code is loaded from it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            owned = True
    except OSError:
        return False
    if hasattr(os, "getuid"):
        found = folder.stat()
        owned = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return owned


def cache_folder() -> Path:
    """Return a private, writable folder for compiled code: the user's cache, else a temporary one."""
    import platformdirs

    digest = sources_digest()
    named = "referralsim-" + (str(os.getuid()) if hasattr(os, "getuid") else "user")
    for base in (platformdirs.user_cache_path("referralsim"), Path(tempfile.gettempdir()) / named):
        folder = base / "compiled" / digest
        if _usable(folder) and _usable(base / "compiled"):
            return folder
    return Path(tempfile.mkdtemp(prefix="referralsim-"))


def is_compiled() -> bool:
    """Whether the compiled engine lies in the cache already."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(named) / sources_digest() if named else cache_folder()
    return any(folder.rglob("kernel.play-*.nbc"))


def load_compiled(*names: str) -> list[ModuleType]:
    """Import modules with compiled entry points so that their code is kept in :func:`cache_folder`.

    A folder the user has named in ``NUMBA_CACHE_DIR`` takes its place.
    """
    if all(name in sys.modules for name in names):
        return [import_module(name) for name in names]
    from numba import config

    settings: Any = config
    with _LOADING:
        before = settings.CACHE_DIR
        settings.CACHE_DIR = os.path.join(before, sources_digest()) if before else str(cache_folder())
        try:
            return [import_module(name) for name in names]
        finally:
            settings.CACHE_DIR = before
