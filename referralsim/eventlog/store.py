"""The record on disk (Parquet), its digest, its check, and a form for reading.

A file holds the log as columns (at the level ``summary``, which has none, the people) and everything else
of a :class:`~referralsim.eventlog.record.RunRecord` in its metadata, so that it explains itself; the segments
of all people and the tally are packed there as well.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from referralsim.errors import ReferralsimError
from referralsim.eventlog.kinds import LOG_DTYPE, ORDER, QUEUED_ONLY, REWARD_KINDS, Kind, Loop, Origin
from referralsim.eventlog.packed import (
    LIFE_DTYPE,
    misfit,
    pack_phases,
    pack_tally,
    packed,
    unpack_lives,
    unpack_tally,
    unpacked,
)
from referralsim.eventlog.record import RunRecord
from referralsim.eventlog.tally import joins_log
from referralsim.files import whole_file

SCHEMA_VERSION = 2
_KEY = b"referralsim"
_CHUNK = 1_000_000
_LAYOUT: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": False,
    "store_schema": False,
}
_CODED = ("kind", "loop", "channel", "programme", "status", "origin")
_CANONICAL = LOG_DTYPE.newbyteorder("<")

Log = npt.NDArray[np.void]
Mask = npt.NDArray[np.bool_]


class LogError(ReferralsimError):
    """A log or a stored record that no run can have written."""


def log_digest(log: Log) -> str:
    """Return the SHA-256 of a log's bytes (little-endian rows of LOG_DTYPE), as 64 hexadecimal digits.

    Equal logs have equal digests on every machine; one changed bit or a changed order gives another.
    """
    digest = hashlib.sha256()
    for start in range(0, len(log), _CHUNK):
        rows = np.ascontiguousarray(log[start : start + _CHUNK], dtype=_CANONICAL)
        digest.update(rows.view(np.uint8).data)
    return digest.hexdigest()


def record_digest(record: RunRecord) -> str:
    """Return the SHA-256 of what is kept of a run, as 64 hexadecimal digits.

    At the level ``full`` it is that of the log. At ``joins`` and ``summary``, which say the same in two
    ways, it is one and the same: that of the log of joins and of the tally's cells (little-endian, each
    after its shape). Equal runs have equal digests at each level; a ``full`` one is never equal to another's.
    """
    if record.tally is None:
        return log_digest(record.log)
    digest = hashlib.sha256(f"joins {log_digest(_joins_at_least(record))}".encode("ascii"))
    for name, cells in record.tally._asdict().items():
        digest.update(f" {name} {cells.shape}".encode("ascii"))
        digest.update(cells.astype("<i8", copy=False).tobytes())
    return digest.hexdigest()


def _joins_at_least(record: RunRecord) -> Log:
    return record.log if record.lives is None else joins_log(record.lives)


def write_log(record: RunRecord, path: Path | str) -> None:
    """Write a record of any level as Parquet; equal records give equal bytes.

    The rows are events, or people at the level ``summary``; the tally is in the metadata. The file appears
    whole or not at all.

    Parameters
    ----------
    record : RunRecord
    path : path of the file; its folder must exist.

    Raises
    ------
    LogError
        If the record holds together in no way that could be read again; nothing is written then.
    OSError
        If the file cannot be written.
    """
    metadata = _metadata(record)
    rows, dtype = (record.log, LOG_DTYPE) if record.lives is None else (record.lives.people, LIFE_DTYPE)
    names = list(dtype.names or ())
    columns = [pa.array(np.ascontiguousarray(rows[name], dtype=dtype[name])) for name in names]
    table = pa.Table.from_arrays(columns, names=names)
    coded = [name for name in _CODED if name in names]
    with (
        whole_file(Path(path)) as file,
        pq.ParquetWriter(file, table.schema, use_dictionary=coded, **_LAYOUT) as writer,
    ):
        writer.write_table(table, row_group_size=_CHUNK)
        writer.add_key_value_metadata({_KEY: metadata})


def _metadata(record: RunRecord) -> bytes:
    values: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "level": record.level,
        "horizon_days": record.horizon_days,
        "segment_names": list(record.segment_names),
        "channel_names": list(record.channel_names),
        "programme_names": list(record.programme_names),
        "limited_graph": record.limited_graph,
        "window_days": record.window_days,
        "n_people": record.n_known,  # agents included
        "segment": packed(np.ascontiguousarray(record.segment, dtype=np.int8).tobytes()),
    }
    if record.tally is not None:
        if odd := misfit(record.tally, _sizes(values)):
            raise LogError("record", f"the tally's {odd} does not fit the names of the record")
        values["tally"] = pack_tally(record.tally)
    if record.lives is not None:
        if record.tally is None or len(record.log) or len(record.lives.people) != record.n_known:
            raise LogError("record", "lives need a tally, no log, and one entry for each person and agent")
        values["phases"] = pack_phases(record.lives)
    return json.dumps(values, sort_keys=True, ensure_ascii=True).encode("ascii")


def _sizes(values: dict[str, Any]) -> tuple[int, int, int]:
    channels, programmes, segments = (
        len(values[f"{name}_names"]) for name in ("channel", "programme", "segment")
    )
    return channels, programmes, segments


def read_log(path: Path | str) -> RunRecord:
    """Read a record that :func:`write_log` wrote.

    Raises
    ------
    LogError
        If the file is not such a record, is of another version, or was cut short.
    OSError
        If the file cannot be read.
    """
    try:
        table = pq.read_table(path)
        values = json.loads((table.schema.metadata or {})[_KEY])
        if values["schema"] != SCHEMA_VERSION:
            found = f"a log of version {values['schema']}, this program reads {SCHEMA_VERSION}"
            raise LogError(str(path), found)
        return _record(table, values)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LogError(str(path), f"the metadata of the event log cannot be read ({error})") from error
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError, TypeError) as error:
        raise LogError(str(path), f"not a stored event log ({error})") from error
    except (ValueError, zlib.error) as error:
        raise LogError(str(path), f"the stored event log is damaged ({error})") from error


def _record(table: Any, values: dict[str, Any]) -> RunRecord:
    level, n_people = values["level"], int(values["n_people"])
    rows = np.empty(table.num_rows, dtype=LIFE_DTYPE if level == "summary" else LOG_DTYPE)
    for name in rows.dtype.names or ():
        rows[name] = table.column(name).to_numpy()
    record = RunRecord(
        rows,
        np.frombuffer(unpacked(values["segment"], n_people), dtype=np.int8).copy(),
        float(values["horizon_days"]),
        tuple(map(str, values["segment_names"])),
        tuple(map(str, values["channel_names"])),
        tuple(map(str, values["programme_names"])),
        bool(values["limited_graph"]),
        window_days=values["window_days"],
    )
    if level == "full":
        return record
    record = record._replace(tally=unpack_tally(values["tally"], _sizes(values)))
    if level == "joins":
        return record
    if len(rows) != n_people:
        raise ValueError(f"entries of {len(rows)} people, not of {n_people}")
    return record._replace(log=np.empty(0, LOG_DTYPE), lives=unpack_lives(rows, values))


def validate_log(
    log: Log,
    n_people: int,
    horizon_days: float,
    n_channels: int | None = None,
    n_programmes: int | None = None,
) -> None:
    """Check that a log is in the total order and that every row is possible by itself.

    Parameters
    ----------
    log : array of LOG_DTYPE, shape (n_events,)
    n_people : int
        People and agents.
    horizon_days : float
    n_channels, n_programmes : int, optional
        If given, indices of channels and programmes must lie below them.

    Raises
    ------
    LogError
        Names the first bad row, what is wrong with it, and what it holds.
    """
    if log.dtype != LOG_DTYPE:
        raise LogError("log", f"must have the columns {LOG_DTYPE.names}, got {log.dtype}")
    first, reason = len(log), ""
    for words, bad in _faults(log, n_people, horizon_days, n_channels, n_programmes):
        if bad.any() and int(np.argmax(bad)) < first:
            first, reason = int(np.argmax(bad)), words
    if reason:
        raise LogError(f"row {first}", f"{reason}: {_spelled(log[first])}")


def _spelled(row: np.void) -> str:
    kind = int(row["kind"])
    name = Kind(kind).name if kind in Kind.__members__.values() else f"kind {kind}"
    rest = ", ".join(f"{column} {row[column]}" for column in (LOG_DTYPE.names or ()) if column != "kind")
    return f"{name} ({rest})"


_OF_AGENTS = (Kind.APPLIED, Kind.REJECTED, Kind.ENLISTED, Kind.POSTED, Kind.TIER_REVIEWED)
_COUNTED = (
    *(Kind.SHARED, Kind.FAKED, Kind.POSTED),
    *(Kind.POINTS_EARNED, Kind.POINTS_REDEEMED, Kind.POINTS_EXPIRED),
)
"""Kinds whose amount is a number of things, at least one."""

_FEES = (Kind.APPLIED, Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED)
_COSTS = (
    *(Kind.REWARD_PAID, Kind.REWARD_REDEEMED, Kind.POINTS_REDEEMED),
    *(Kind.RECOVERED, Kind.GIFTED, Kind.WON_BACK),
)


def _faults(
    log: Log, n_people: int, horizon_days: float, n_channels: int | None, n_programmes: int | None
) -> list[tuple[str, Mask]]:
    kind, actor, target, attempt = log["kind"], log["actor"], log["target"], log["attempt"]
    amount, margin, loop = log["amount_cents"], log["margin_cents"], log["loop"]
    to_rule = np.isin(kind, (Kind.ASKED, Kind.SHARED, Kind.FAKED))
    rewards, agents = np.isin(kind, REWARD_KINDS), np.isin(kind, _OF_AGENTS)
    invited = np.isin(kind, (Kind.INVITED, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.REMINDED))
    signed_up, told, bought = kind == Kind.SIGNED_UP, kind == Kind.TOLD, kind == Kind.PURCHASED
    refunded = kind == Kind.REFUNDED
    counted, fees = np.isin(kind, _COUNTED), np.isin(kind, _FEES)
    costs = signed_up | np.isin(kind, _COSTS)
    has_amount = rewards | counted | told | bought | refunded | fees | (kind == Kind.TIER_REVIEWED)
    has_amount &= kind != Kind.APPLIED
    has_margin = bought | refunded | costs | fees
    nobody = rewards & (target == -2 - log["programme"].astype(np.int64))
    unasked = (loop == Loop.PROGRAMME) & (log["channel"] < 0)
    return [
        ("kind is not one that is written", ~np.isin(kind, [int(k) for k in Kind if k not in QUEUED_ONLY])),
        ("time is outside [0, horizon)", ~((log["time"] >= 0) & (log["time"] < horizon_days))),
        ("not in the order (time, kind, actor, target, attempt), or the same event twice", _not_after(log)),
        ("loop is unknown", (loop < -1) | (loop > max(Loop))),
        ("channel is unknown", _outside(log["channel"], n_channels)),
        ("programme is unknown", _outside(log["programme"], n_programmes)),
        ("actor is nobody", (actor < 0) | (actor >= n_people)),
        ("target is nobody", ((target < -1) & ~rewards) | (~to_rule & (target >= n_people))),
        ("needs a target", (target < 0) & (invited | told | to_rule)),
        ("the other of a reward is a person, or -2 - programme", rewards & (target < 0) & ~nobody),
        ("actor and target are the same person", (target == actor) & ~to_rule & (actor >= 0)),
        ("attempt is negative", attempt < 0),
        ("origin is unknown", signed_up & (attempt > max(Origin))),
        ("an invitation needs a loop that brings people", invited & (loop < Loop.COLLABORATION)),
        ("a complaint invites nobody", invited & (loop == Loop.COMPLAINTS)),
        ("an invitation needs a channel", (invited | (kind == Kind.POSTED)) & (log["channel"] < 0)),
        (
            "needs a programme",
            (to_rule | rewards | agents | (kind == Kind.QUALIFIED)) & (log["programme"] < 0),
        ),
        (
            "credit and parent do not agree",
            signed_up & ~unasked & ((target >= 0) != (loop >= Loop.COLLABORATION)),
        ),
        ("credit without a channel has no parent", signed_up & unasked & (target >= 0)),
        ("amount has the wrong sign", ((bought & (amount < 0)) | (refunded & (amount > 0)))),
        ("amount must be positive", (rewards | counted) & (amount <= 0)),
        ("word of mouth is +1 or -1", told & (np.abs(amount) != 1)),
        ("has no amount", ~has_amount & (amount != 0)),
        ("has no margin", ~has_margin & (margin != 0)),
        ("a cost is not positive", costs & (margin > 0)),
        ("a fee is not negative", fees & (margin < 0)),
    ]


def _outside(index: npt.NDArray[np.int8], n: int | None) -> Mask:
    bad: Mask = index < -1
    return bad if n is None else bad | (index >= n)


def _not_after(log: Log) -> Mask:
    """Say of each row whether its key is not above that of the row before."""
    bad = np.zeros(len(log), dtype=bool)
    equal = np.ones(max(0, len(log) - 1), dtype=bool)
    for name in ORDER:
        before, after = log[name][:-1], log[name][1:]
        bad[1:] |= equal & (after < before)
        equal &= after == before
    bad[1:] |= equal
    return bad


def log_frame(record: RunRecord) -> pd.DataFrame:
    """Return the log as a table for reading, with names instead of codes; of a summary, the log of joins.

    Returns
    -------
    pandas.DataFrame
        time_days, kind, loop, channel, programme (names in small letters; empty: none), actor, target (a
        person, or the ask rule for asked, shared and faked; below 0: none), attempt, amount_cents,
        margin_cents.
    """
    log = _joins_at_least(record)
    kinds = [""] * (max(Kind) + 1)
    for kind in Kind:
        kinds[kind] = kind.name.lower()
    names = {
        "kind": tuple(kinds),
        "loop": tuple(loop.name.lower() for loop in Loop),
        "channel": record.channel_names,
        "programme": record.programme_names,
    }
    frame = pd.DataFrame({name: np.ascontiguousarray(log[name]) for name in LOG_DTYPE.names or ()})
    for column, words in names.items():
        known = list(dict.fromkeys((*words, "")))
        codes = np.array([known.index(word) for word in (*words, "")], dtype=np.int64)[log[column]]
        frame[column] = pd.Categorical.from_codes(codes, categories=pd.Index(known))
    return frame.rename(columns={"time": "time_days"})
