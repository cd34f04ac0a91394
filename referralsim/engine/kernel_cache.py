"""Loading the compiled engine, and knowing whether it has been compiled before."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from referralsim.compiled import compiled_folder, kept_here


def is_compiled() -> bool:
    """Whether the compiled engine lies in the cache already."""
    return any(compiled_folder().rglob("kernel.play-*.nbc"))


def load_compiled(*names: str) -> list[ModuleType]:
    """Import modules with compiled entry points so that their code is kept in the cache."""
    if all(name in sys.modules for name in names):
        return [import_module(name) for name in names]
    with kept_here():
        return [import_module(name) for name in names]
