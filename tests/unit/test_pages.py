"""Memory on large pages is the same memory: zeros, aligned, writable, refused as Python refuses memory."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from referralsim.engine import pages

RECORD = np.dtype([("day", np.float64), ("who", np.int32), ("rest", np.int32)])


@pytest.mark.parametrize("length", [0, 1, 1000, 40_000, 300_000])
@pytest.mark.parametrize("advice", [True, False])
def test_zeros_that_begin_at_a_line(length, advice, monkeypatch):
    if not advice:
        monkeypatch.setattr(pages, "_ADVICE", None)
    table = pages.zeros(length, RECORD)
    assert table.shape == (length,)
    assert table.dtype == RECORD
    assert length == 0 or table.ctypes.data % pages.LINE_BYTES == 0
    assert not table["day"].any()
    table["who"] = np.arange(length)  # writable to the last record
    assert table["who"].sum() == length * (length - 1) // 2


def test_two_tables_share_nothing():
    one, other = pages.zeros(100_000, np.int64), pages.zeros(100_000, np.int64)
    one[:] = 7
    assert not other.any()


def test_a_refused_advice_changes_nothing(monkeypatch):
    monkeypatch.setattr(pages, "_ADVICE", 10**6)  # no system knows it
    table = pages.zeros(100_000, np.int64)
    assert len(table) == 100_000
    assert not table.any()


def test_too_much_is_a_memory_error():
    """A run that does not fit is given up by itself because of this error's type."""
    code = (
        "import resource; from referralsim.engine.pages import zeros\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))\n"
        "try:\n    zeros(2**34, 'u1')\nexcept MemoryError as error:\n    print('refused:', error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("refused:"), (done, resource.RLIMIT_AS)
