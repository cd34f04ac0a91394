"""Tally and lives in a form for a file: cells packed into text, people as columns, and back, checked."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import LOG_DTYPE
from referralsim.eventlog.tally import Lives, Tally, empty_tally

LIFE_DTYPE = np.dtype(
    [
        ("status", np.int8),
        ("origin", np.int8),
        ("signed_up_day", np.float64),
        ("active_day", np.float64),
        ("churn_day", np.float64),
        ("churn_number", np.int32),
        ("parent", np.int32),
        ("loop", np.int8),
        ("channel", np.int8),
        ("programme", np.int8),
    ]
)
"""What a summary says of a person; see :class:`referralsim.eventlog.tally.Lives`."""

_CELL = np.dtype("<i8")
_ROW = LOG_DTYPE.newbyteorder("<")


def packed(data: bytes) -> str:
    """Return bytes as text that is short where they repeat."""
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def unpacked(text: str, n_bytes: int) -> bytes:
    """Return the bytes again; never more than one beyond what is expected, whatever the text holds.

    Raises
    ------
    ValueError, zlib.error
        If it is no such text, or holds another number of bytes.
    """
    data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), n_bytes + 1)
    if len(data) != n_bytes:
        raise ValueError(f"{len(data)} bytes where {n_bytes} belong")
    return data


def pack_tally(tally: Tally) -> dict[str, str]:
    """Return the cells of a tally as text; their shape follows from the names beside them."""
    return {name: packed(cells.astype(_CELL).tobytes()) for name, cells in tally._asdict().items()}


def unpack_tally(texts: dict[str, str], sizes: tuple[int, int, int]) -> Tally:
    """Return a tally of so many channels, programmes and segments.

    Raises
    ------
    KeyError, ValueError, zlib.error
        If a part is missing or has another size.
    """
    parts = {}
    for name, zeros in empty_tally(*sizes)._asdict().items():
        data = unpacked(texts[name], zeros.nbytes)
        parts[name] = np.frombuffer(data, _CELL).astype(np.int64).reshape(zeros.shape)
    return Tally(**parts)


def misfit(tally: Tally, sizes: tuple[int, int, int]) -> str:
    """Return the name of the part of a tally that has not the shape for these sizes, or an empty text."""
    pairs = zip(tally._asdict().items(), empty_tally(*sizes), strict=True)
    return next((name for (name, cells), zeros in pairs if cells.shape != zeros.shape), "")


def unpack_lives(people: npt.NDArray[np.void], values: dict[str, Any]) -> Lives:
    """Return lives from their people and from what :func:`pack_phases` gave."""
    phases = values["phases"]
    return Lives(
        people,
        np.array(phases["starts"], dtype=np.float64),
        np.array(phases["paid_cost_cents"], dtype=np.int64),
        np.frombuffer(unpacked(phases["again"], phases["n_again"] * _ROW.itemsize), _ROW).astype(LOG_DTYPE),
    )


def pack_phases(lives: Lives) -> dict[str, Any]:
    """Return what lives hold besides people, as plain numbers and text."""
    return {
        "starts": lives.starts.tolist(),
        "paid_cost_cents": lives.paid_cost_cents.tolist(),
        "again": packed(lives.again.astype(_ROW).tobytes()),
        "n_again": len(lives.again),
    }
