"""Parts of the compiled engine on their own: the order of a log, the choice of contacts, what is loaded."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.engine import kernel_contact, kernel_sort
from referralsim.engine.fast import sort_log
from referralsim.eventlog.kinds import LOG_DTYPE, in_order


def random_log(n_events, n_times, seed):
    """Return a log in the order of time, with many equal times and some equal keys."""
    rng = np.random.default_rng(seed)
    log = np.zeros(n_events, LOG_DTYPE)
    log["time"] = np.sort(rng.integers(0, n_times, n_events))
    for name in ("kind", "actor", "target", "attempt"):
        log[name] = rng.integers(0, 3, n_events)
    log["amount_cents"] = np.arange(n_events)
    return log


@pytest.mark.parametrize(("n_events", "n_times"), [(0, 1), (1, 1), (2000, 400), (2000, 20), (500, 1)])
def test_sorting_runs_is_sorting_everything(n_events, n_times):
    """Short runs, long runs and equal events come out as the stable sort by the whole key puts them."""
    log = random_log(n_events, n_times, n_events + n_times)
    expected = in_order(log)
    assert sort_log(log, kernel_sort).tobytes() == expected.tobytes()


def test_a_log_out_of_time_is_sorted_all_the_same():
    """An event dated before one that is already written must not spoil the order."""
    log = random_log(300, 50, 1)[::-1].copy()
    expected = in_order(log)
    assert sort_log(log, kernel_sort).tobytes() == expected.tobytes()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.data())
def test_selection_finds_the_smallest(values, data):
    """The m-th smallest of any list, equal values included."""
    m = data.draw(st.integers(1, len(values)))
    assert kernel_contact._smallest(np.array(values), len(values), m) == sorted(values)[m - 1]


def test_import_of_the_driver_does_not_load_the_kernel():
    """A command that runs nothing does not pay for the kernel."""
    program = (
        "import sys, referralsim.engine.fast; "
        "print(any('kernel' in name for name in sys.modules), 'numba' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
