"""Where compiled code is kept: one folder for each state of the sources and of what compiles them.

Numba notices a change in the file of a compiled function, not in the files of functions it calls. So
the folder carries a digest of them all, and a change of any of them starts an empty one.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, cast

from referralsim.folders import is_private, temporary_cache, user_cache

F = TypeVar("F", bound=Callable[..., Any])

_LOADING = RLock()
_SOURCES = (
    "randomness.py",
    "distributions.py",
    "behaviour/*.py",
    "engine/contract.py",
    "engine/kernel*.py",
    "eventlog/counting.py",
    "eventlog/kinds.py",
    "population/agents.py",
    "population/households.py",
    "population/people.py",
    "population/rows.py",
    "population/strength.py",
)


@cache
def sources_digest() -> str:
    """Return a digest of everything that decides what compiled code is."""
    digest = hashlib.sha256()
    for number in (sys.version, *map(version, ("numba", "llvmlite", "numpy"))):
        digest.update(number.encode() + b"\0")
    package = Path(__file__).parent
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def compiled_folder() -> Path:
    """Return the folder for compiled code: the one named in ``NUMBA_CACHE_DIR``, else one of our own."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    return Path(named) / sources_digest() if named else _own_folder()


@cache
def _own_folder() -> Path:
    """Return a private, writable folder: in the user's cache, else among the temporary ones."""
    for base in (user_cache(), temporary_cache()):
        folder = base / "compiled" / sources_digest()
        if is_private(folder) and is_private(base / "compiled"):
            return folder
    return Path(tempfile.mkdtemp(prefix="referralsim-"))


@contextmanager
def kept_here() -> Iterator[None]:
    """Let functions that are decorated inside keep their compiled code in :func:`compiled_folder`.

    Numba's setting is for the whole process, so it is put back: other packages keep their own place.
    """
    from numba import config

    settings: Any = config
    with _LOADING:
        before = settings.CACHE_DIR
        settings.CACHE_DIR = str(compiled_folder())
        try:
            yield
        finally:
            settings.CACHE_DIR = before


def compiled(function: F) -> F:
    """Compile a function when it is first called, and keep the code for later processes."""
    from numba import njit

    with kept_here():
        made: Any = njit(cache=True)(function)
    return cast("F", made)
