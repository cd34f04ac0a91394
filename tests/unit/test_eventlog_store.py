"""The record on disk and its check: nothing may be lost, and nothing impossible may pass."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers_logs import Story

from referralsim import files
from referralsim.eventlog import store
from referralsim.eventlog.kinds import LOG_DTYPE, Kind, Loop, Side, in_order
from referralsim.eventlog.store import LogError, log_digest, log_frame, read_log, validate_log, write_log

CREDIT = {"loop": Loop.PROGRAMME, "programme": 0, "channel": 1}


def story() -> Story:
    tale = Story(5, 30.0, (0, 1, 0, 2, 0))
    tale.join(0, 0.0)
    tale.join(1, 4.0, parent=0, channel=1)
    tale.add(Kind.ASKED, 1.0, 0, target=9, loop=Loop.PROGRAMME, programme=0)
    tale.add(Kind.SHARED, 1.0, 0, target=9, loop=Loop.PROGRAMME, programme=0, amount_cents=1)
    tale.add(Kind.INVITED, 1.0, 0, target=1, attempt=5, **CREDIT)
    tale.add(Kind.TOLD, 2.0, 0, target=2, loop=Loop.COMPLAINTS, channel=0, amount_cents=-1)
    tale.add(Kind.QUALIFIED, 4.0, 1, target=0, **CREDIT)
    tale.add(Kind.REWARD_EARNED, 4.0, 0, target=1, attempt=Side.REFERRER, amount_cents=2**40, **CREDIT)
    tale.add(Kind.PURCHASED, 5.0, 1, amount_cents=900, margin_cents=300, **CREDIT)
    return tale


RECORD = story().record()


def equal(a, b) -> bool:
    return all(
        np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y for x, y in zip(a, b, strict=True)
    )


def test_written_record_comes_back_bit_for_bit(tmp_path):
    record = RECORD._replace(channel_names=("link", "<b>☃</b>\n"), limited_graph=False)
    write_log(record, tmp_path / "log.parquet")
    again = read_log(tmp_path / "log.parquet")
    assert equal(again, record)
    assert again.log.dtype == LOG_DTYPE
    assert again.segment.dtype == np.int8


def test_empty_log_of_nobody_comes_back(tmp_path):
    record = RECORD._replace(log=RECORD.log[:0], segment=np.empty(0, np.int8))
    write_log(record, tmp_path / "log.parquet")
    assert equal(read_log(tmp_path / "log.parquet"), record)


def test_equal_records_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_log(story().record(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_failed_write_leaves_the_old_file_and_no_scraps(tmp_path, monkeypatch):
    path = tmp_path / "log.parquet"
    write_log(RECORD, path)
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_log(RECORD._replace(horizon_days=31.0), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"not parquet at all")
    with pytest.raises(LogError, match=r"x\.parquet: not a stored event log"):
        read_log(path)
    pq.write_table(pa.table({"time": [1.0]}), path)
    with pytest.raises(LogError, match="not a stored event log"):
        read_log(path)
    with pytest.raises(FileNotFoundError):
        read_log(tmp_path / "absent.parquet")


def test_file_of_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SCHEMA_VERSION", 3)
    write_log(RECORD, tmp_path / "log.parquet")
    monkeypatch.undo()
    with pytest.raises(LogError, match="version 3, this program reads 2"):
        read_log(tmp_path / "log.parquet")


def test_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "log.parquet"
    write_log(RECORD, path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LogError):
        read_log(path)


def test_digest_is_the_hash_of_little_endian_rows(monkeypatch):
    expected = hashlib.sha256(RECORD.log.astype(LOG_DTYPE.newbyteorder("<")).tobytes()).hexdigest()
    assert log_digest(RECORD.log) == expected
    assert log_digest(RECORD.log.astype(LOG_DTYPE.newbyteorder(">"))) == expected
    monkeypatch.setattr(store, "_CHUNK", 2)
    assert log_digest(RECORD.log) == expected


def test_digest_sees_one_bit_and_the_order():
    changed = RECORD.log.copy()
    changed["time"][2] = np.nextafter(changed["time"][2], 9.0)
    digests = {log_digest(log) for log in (RECORD.log, changed, RECORD.log[::-1], RECORD.log[:-1])}
    assert len(digests) == 4


def test_digest_does_not_depend_on_the_process():
    script = (
        "import numpy as np; from referralsim.eventlog.kinds import LOG_DTYPE;"
        "from referralsim.eventlog.store import log_digest; print(log_digest(np.zeros(3, LOG_DTYPE)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == log_digest(np.zeros(3, LOG_DTYPE))


def test_possible_log_passes():
    validate_log(RECORD.log, 5, 30.0, n_channels=2, n_programmes=1)
    validate_log(RECORD.log[:0], 0, 30.0)


def row_of(kind: Kind) -> int:
    return int(np.flatnonzero(RECORD.log["kind"] == kind)[0])


@pytest.mark.parametrize(
    ("kind", "column", "value", "words"),
    [
        (Kind.ASKED, "time", np.nan, "time is outside"),
        (Kind.PURCHASED, "time", 30.0, "time is outside"),
        (Kind.PURCHASED, "kind", Kind.USED, "not one that is written"),
        (Kind.PURCHASED, "kind", 77, "not one that is written"),
        (Kind.PURCHASED, "time", 0.5, "not in the order"),
        (Kind.PURCHASED, "loop", 9, "loop is unknown"),
        (Kind.PURCHASED, "channel", 2, "channel is unknown"),
        (Kind.PURCHASED, "programme", 1, "programme is unknown"),
        (Kind.PURCHASED, "actor", 5, "actor is nobody"),
        (Kind.INVITED, "target", 5, "target is nobody"),
        (Kind.INVITED, "target", -1, "needs a target"),
        (Kind.INVITED, "target", 0, "same person"),
        (Kind.INVITED, "attempt", -1, "attempt is negative"),
        (Kind.INVITED, "loop", Loop.PAID, "needs a loop that brings people"),
        (Kind.INVITED, "loop", Loop.COMPLAINTS, "complaint invites nobody"),
        (Kind.INVITED, "channel", -1, "needs a channel"),
        (Kind.INVITED, "amount_cents", 1, "has no amount"),
        (Kind.ASKED, "programme", -1, "needs a programme"),
        (Kind.ASKED, "margin_cents", 1, "has no margin"),
        (Kind.SIGNED_UP, "attempt", 4, "origin is unknown"),
        (Kind.SIGNED_UP, "target", 3, "credit and parent"),
        (Kind.SIGNED_UP, "margin_cents", 1, "a cost is not positive"),
        (Kind.REWARD_EARNED, "target", -1, "other of a reward"),
        (Kind.REWARD_EARNED, "margin_cents", -1, "has no margin"),
        (Kind.REWARD_EARNED, "programme", -1, "needs a programme"),
        (Kind.REWARD_EARNED, "amount_cents", 0, "amount must be positive"),
        (Kind.SHARED, "amount_cents", 0, "amount must be positive"),
        (Kind.TOLD, "amount_cents", 0, "word of mouth"),
        (Kind.PURCHASED, "amount_cents", -1, "wrong sign"),
    ],
)
def test_planted_fault_is_found_at_its_row(kind, column, value, words):
    log = RECORD.log.copy()
    row = row_of(kind)
    log[column][row] = value
    with pytest.raises(LogError, match=rf"row {row}: .*{words}"):
        validate_log(log, 5, 30.0, n_channels=2, n_programmes=1)


def test_credit_that_nobody_gave_has_neither_channel_nor_parent():
    """A leaked code: the programme is credited, and no person."""
    tale = Story(3, 30.0)
    leak = {"loop": Loop.PROGRAMME, "programme": 0, "attempt": 1}
    tale.add(Kind.SIGNED_UP, 1.0, 0, **leak)
    tale.add(Kind.QUALIFIED, 2.0, 0, loop=Loop.PROGRAMME, programme=0)
    tale.add(Kind.REWARD_EARNED, 2.0, 0, target=-2, attempt=33, amount_cents=5, loop=8, programme=0)
    validate_log(tale.record().log, 3, 30.0)
    tale.add(Kind.SIGNED_UP, 3.0, 1, target=0, **leak)
    with pytest.raises(LogError, match="credit without a channel"):
        validate_log(tale.record().log, 3, 30.0)


def test_the_same_event_twice_is_refused():
    with pytest.raises(LogError, match=r"row 1: .*same event twice"):
        validate_log(in_order(np.concatenate([RECORD.log, RECORD.log])), 5, 30.0)


def test_the_first_of_two_faults_is_named():
    log = RECORD.log.copy()
    log["attempt"][3] = -1
    log["time"][-1] = 99.0
    with pytest.raises(LogError, match=r"row 3: attempt is negative: [A-Z_]+ \(time "):
        validate_log(log, 5, 30.0)


def test_rows_of_another_shape_are_refused():
    with pytest.raises(LogError, match="columns"):
        validate_log(np.zeros(2), 5, 30.0)


def test_frame_reads_in_names():
    frame = log_frame(RECORD)
    row = frame[frame["kind"] == "invited"].iloc[0]
    assert (row["time_days"], row["loop"], row["channel"], row["programme"]) == (
        1.0,
        "programme",
        "mail",
        "friends",
    )
    assert frame["programme"].iloc[0] == ""
    assert len(frame) == len(RECORD.log)
