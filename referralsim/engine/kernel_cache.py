"""Loading the compiled engine, and knowing whether it has been compiled before."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from types import ModuleType

from referralsim.compiled import compiled_folder, kept_here

_DONE = ("plain.compiled", "grammar.compiled")
"""Files that say of each of the two kernels that it lies in the cache: numba's own do not tell them apart."""


def is_compiled(grammar: bool) -> bool:
    """Whether the kernel of plain worlds, or that of the whole grammar, lies in the cache already."""
    return (compiled_folder() / _DONE[grammar]).is_file()


def note_compiled(grammar: bool) -> None:
    """Remember that a kernel is compiled now."""
    with suppress(OSError):  # then it is said once more that it takes long
        (compiled_folder() / _DONE[grammar]).touch()


def load_compiled(*names: str) -> list[ModuleType]:
    """Import modules with compiled entry points so that their code is kept in the cache."""
    if all(name in sys.modules for name in names):
        return [import_module(name) for name in names]
    with kept_here():
        return [import_module(name) for name in names]
