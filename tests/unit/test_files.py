"""Files are whole or not there, and what is made from the code is written or checked."""

from __future__ import annotations

import os
import stat

import pytest

from referralsim import files
from referralsim.files import whole_file, write_or_check, write_whole


def test_a_file_that_fails_half_way_leaves_the_old_one_and_no_scraps(tmp_path):
    path = tmp_path / "report.md"
    write_whole(path, "old")
    with pytest.raises(OSError, match="no room"):
        _half_of(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def _half_of(path):
    with whole_file(path) as stream:
        stream.write(b"half of the new")
        stream.flush()
        assert path.read_text() == "old"
        raise OSError("no room")


def test_a_file_that_cannot_take_its_place_leaves_no_scraps(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "a", "text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_file_may_be_read_by_whom_the_user_lets(tmp_path):
    """A temporary file is its owner's alone; one that stays so cannot be served or shared."""
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", "line\r\n☃\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert (tmp_path / "a").read_bytes() == "line\r\n☃\n".encode()


def test_what_differs_is_named_and_only_written_when_it_may_be(tmp_path, capsys):
    made = [(tmp_path / "same", "1\n"), (tmp_path / "stale", "2\n"), (tmp_path / "new", "3\n")]
    (tmp_path / "same").write_bytes(b"1\n")
    (tmp_path / "stale").write_bytes(b"2\r\n")
    assert write_or_check(made, tmp_path, "make.py", check=True) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{name}: differs from what the code makes; run make.py" for name in ("stale", "new")
    ]
    assert (tmp_path / "stale").read_bytes() == b"2\r\n"
    assert write_or_check(made, tmp_path, "make.py", check=False) == 0
    assert capsys.readouterr().out.splitlines() == ["stale: written", "new: written"]
    assert write_or_check(made, tmp_path, "make.py", check=True) == 0
