"""Everything that can go wrong for a reason the user can act on: one tree, each with its exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple


class ReferralsimError(Exception):
    """A failure that the user can cure; it is shown without a traceback.

    Parameters
    ----------
    where : str
        The file, option or step at fault; empty if there is no such place.
    what : str
        What is wrong, in one sentence without a final stop.
    cure : str
        What to do about it; empty if that is plain.

    Examples
    --------
    >>> str(ReferralsimError("--size", "must be at least 1", "give a number of people"))
    '--size: must be at least 1; give a number of people'
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, where: str = "", what: str = "", cure: str = "") -> None:
        self.where = where
        self.what = what
        self.cure = cure
        super().__init__(where, what, cure)

    def __str__(self) -> str:
        sentence = "; ".join(part for part in (self.what, self.cure) if part)
        return ": ".join(part for part in (self.where, sentence) if part)


class Fault(NamedTuple):
    """One thing wrong in a scenario.

    ``line`` and ``column`` count from 1; 0 means that the fault belongs to the file as a whole.
    """

    file: str
    line: int
    column: int
    path: str  # dotted path of the key, empty at the top
    message: str
    got: str = ""  # what was written there
    suggestion: str = ""  # the nearest valid name

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: "
        path = f"{self.path}: " if self.path else ""
        got = f" (got {self.got})" if self.got else ""
        hint = f"; did you mean `{self.suggestion}`?" if self.suggestion else ""
        line = f"{place}{path}{self.message}{got}{hint}"
        return "".join(letter if letter.isprintable() else "?" for letter in line)


class CheckFailed(ReferralsimError):  # noqa: N818
    """A simulated number is not what it should be."""

    exit_code: ClassVar[int] = 1


class ScenarioError(ReferralsimError):
    """A scenario with faults: all of them, in the order of the file.

    Parameters
    ----------
    faults : iterable of Fault
        At least one; repeats are dropped.
    """

    exit_code = 3

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(self.faults[0].file, "the scenario has faults", "")

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class UsageError(ReferralsimError):
    """A command or function was given something it cannot work with."""

    exit_code = 2


class RunFailed(ReferralsimError):  # noqa: N818
    """A run reached a limit of the engine and was given up."""

    exit_code = 1


class SomeRunsFailed(ReferralsimError):  # noqa: N818
    """Some replications failed; the others are in the results."""

    exit_code = 4


class ThresholdMissed(ReferralsimError):  # noqa: N818
    """A measure misses a threshold that the scenario sets."""

    exit_code = 99
