"""The runs of an experiment on disk, one row each, so that work that was stopped goes on.

A file of frames, appended as runs finish::

    magic · length · CRC-32 of all that follows · digest of what the run depends on · the packed outcome

A process that is killed, or a disk that is full, leaves whole frames and at most one torn one at the end,
which is cut off when the file is next opened. When all runs are there, the file is written once more,
whole or not at all: the runs of this experiment and no others, in their order; so it is the same bytes
however often the work was stopped.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import IO

from referralsim.errors import ReferralsimError, UsageError
from referralsim.experiment.packing import pack, unpack
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey, RunOutcome
from referralsim.experiment.rowkeys import RowKeys
from referralsim.files import reason, whole_file

FILE = "runs.rows"
_MAGIC = b"rsrow1\n\0"
_HEAD = struct.Struct("<8sII")
_DIGEST_BYTES = 32


class RowsError(ReferralsimError):
    """Runs that cannot be kept."""


def _frame(digest: bytes, packed: bytes) -> bytes:
    body = digest + packed
    return _HEAD.pack(_MAGIC, len(body), zlib.crc32(body)) + body


class Rows:
    """Runs kept in a folder, for one process at a time (:mod:`referralsim.experiment.busy`).

    Parameters
    ----------
    folder : Path
        Must exist.
    plan : Plan
        Says what the rows depend on; rows of anything else are not given out.
    fresh : bool
        Forget what is there.

    Raises
    ------
    UsageError
        If a file of that name is there that is none of ours.
    RowsError
        If it cannot be read or written.
    """

    def __init__(self, folder: Path, plan: Plan, fresh: bool = False) -> None:
        self.path = folder / FILE
        self._keys = RowKeys(plan)
        self.n_reused = 0
        self._places: dict[bytes, tuple[int, int]] = {}  # of each frame: where it begins, how long it is
        try:
            self._stream = open(self.path, "a+b", buffering=0)  # noqa: SIM115
            self._size = self._read(fresh)
            self._stream.truncate(self._size)
        except OSError as error:
            raise self._failed(error) from None

    def _read(self, fresh: bool) -> int:
        """Find all whole frames and return where they end."""
        self._stream.seek(0)
        start = self._stream.read(len(_MAGIC))
        if not _MAGIC.startswith(start):
            self._stream.close()
            what = "is there already and holds no runs of ours"
            raise UsageError(str(self.path), what, "name another --out")
        if fresh:
            return 0
        self._stream.seek(0)
        end = 0
        for digest, size in _frames(self._stream):
            self._places[digest] = (end, size)
            end += size
        return end

    def _failed(self, error: OSError) -> RowsError:
        return RowsError(f"cannot keep runs in {self.path}: {reason(error)}")

    def _frame_at(self, place: tuple[int, int]) -> bytes:
        self._stream.seek(place[0])
        return self._stream.read(place[1])

    def get(self, key: RunKey) -> RunOutcome | None:
        """Return a run that was kept; None if there is none, or it failed and is to be tried again."""
        place = self._places.get(self._keys[key])
        if place is None:
            return None
        try:
            outcome = unpack(self._frame_at(place)[_HEAD.size + _DIGEST_BYTES :], key)
        except ValueError:
            return None
        if outcome.error:
            return None
        self.n_reused += 1
        return outcome

    def add(self, outcome: RunOutcome) -> None:
        """Keep a run.

        Raises
        ------
        RowsError
            If the disk does not take it; the earlier rows stay.
        """
        digest = self._keys[outcome.key]
        frame = _frame(digest, pack(outcome))
        try:
            left = memoryview(frame)
            while left:  # a disk that is nearly full takes a part, and then says so
                left = left[self._stream.write(left) :]
        except OSError as error:
            self._stream.truncate(self._size)
            raise self._failed(error) from None
        self._places[digest] = (self._size, len(frame))
        self._size += len(frame)

    def tidy(self, keys: Sequence[RunKey]) -> None:
        """Leave these runs and no others, in this order. Nothing can be added afterwards."""
        places = [self._places[digest] for digest in dict.fromkeys(self._keys[key] for key in keys)]
        starts = accumulate((size for _, size in places), initial=0)
        if all(place[0] == start for place, start in zip(places, starts, strict=False)) and (
            sum(size for _, size in places) == self._size
        ):
            return
        try:
            with whole_file(self.path) as stream:
                for place in places:
                    stream.write(self._frame_at(place))
                self._stream.close()  # some systems do not replace a file that is open
        except OSError as error:
            raise self._failed(error) from None

    def close(self) -> None:
        """Let go of the file; an empty one is not left behind."""
        self._stream.close()
        if self._size == 0:
            with contextlib.suppress(OSError):
                self.path.unlink()


def _frames(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Give digest and length of each frame, up to the first that is not whole."""
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        magic, length, check = _HEAD.unpack(head)
        if magic != _MAGIC or length < _DIGEST_BYTES:
            return
        body = stream.read(length)
        if len(body) != length or zlib.crc32(body) != check:
            return
        yield body[:_DIGEST_BYTES], _HEAD.size + length
