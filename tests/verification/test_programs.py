"""Cascades of other programs: the arithmetic of two samples, and what is said when a program is not there.

The programs themselves are played if this interpreter has them or PEERS_PYTHON names one that has.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from referralsim.errors import CheckFailed
from referralsim.verification.arithmetic import judge
from referralsim.verification.check import FAILS, HOLDS, SKIPPED
from referralsim.verification.playing import ordinary
from referralsim.verification.programs import (
    EON,
    NDLIB,
    PROBABILITY,
    SIZE_EDGES,
    played_by,
    small_world,
    two_sample_law,
    two_sample_mean,
)
from referralsim.verification.suite import run_check, run_suite
from referralsim.verification.telling import table_text

PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)


def _has(package: str) -> bool:
    if sys.executable == PYTHON:
        return importlib.util.find_spec(package) is not None
    return (
        subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, check=False).returncode == 0
    )


def test_two_samples_of_one_law_differ_by_a_standard_normal_z():
    """400 pairs of 300 geometric numbers: z has mean 0 (s.e. .05) and deviation 1 (s.e. .035); bias .25."""
    random = np.random.default_rng(1)
    pairs = [random.geometric(0.2, size=(2, 300)) for _ in range(400)]
    for z in (
        [two_sample_law("x", a, b, SIZE_EDGES).simulated for a, b in pairs],
        [judge(two_sample_mean("x", a, b)).z for a, b in pairs],
    ):
        assert abs(np.mean(z)) < 0.25
        assert abs(np.std(z) - 1) < 0.18


def test_laws_with_one_mean_are_told_apart():
    """1,000 of each: all 10, or half 5 and half 15."""
    ours, theirs = np.full(1000, 10), np.repeat([5, 15], 500)
    assert judge(two_sample_mean("x", ours, theirs)).holds
    assert not judge(two_sample_law("x", ours, theirs, (0, 5, 10, 20))).holds


def test_chi_square_by_hand():
    """40 : 60 against 60 : 40: chi-square 8 with one degree, p = .00468, and so z = 2.60."""
    ours, theirs = np.repeat([1, 2], [40, 60]), np.repeat([1, 2], [60, 40])
    found = two_sample_law("x", ours, theirs, (0, 1, 2))
    assert found.simulated == pytest.approx(2.600, abs=2e-3)
    assert "2 groups" in found.beside
    assert not judge(two_sample_law("x", ours, theirs, (0, 2))).holds  # one group says nothing


def test_everybody_has_a_friend_in_the_small_world():
    graph = small_world()
    assert {end for tie in graph.ties for end in tie} == set(range(graph.n_people))
    assert len(graph.ties) == 295


def test_a_program_that_is_not_there_is_skipped_with_a_word(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (row,) = run_check("programs.eon")
    assert row.verdict == SKIPPED
    assert "referralsim[verify]" in row.reason
    (row,) = run_check("programs.ndlib", peers_python=str(tmp_path / "nowhere"))
    assert row.verdict == SKIPPED
    assert "does not start" in row.reason


def test_an_interpreter_without_the_program_is_skipped_with_a_word(tmp_path):
    """The real player, in an interpreter that refuses to import EoN."""
    without = "import runpy, sys; sys.modules['EoN'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{without}" "$2"\n', encoding="utf-8")
    python.chmod(0o755)
    (row,) = run_check("programs.eon", peers_python=str(python))
    assert row.verdict == SKIPPED
    assert "not installed there (import of EoN halted" in row.reason


def test_a_program_that_breaks_is_no_success(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho it fell over >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    with pytest.raises(CheckFailed, match="exit code 3: it fell over"):
        played_by(EON, str(broken), 1, 1)


def test_a_broken_program_fails_its_own_rows_and_no_others(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho it fell over >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    suite = run_suite(
        engines=("fast",), only=("programs.eon", "skok.k1_cycle_2_days"), peers_python=str(broken)
    )
    assert {(row.check, row.verdict) for row in suite.rows} == {
        ("programs.eon", FAILS),
        ("skok.k1_cycle_2_days", HOLDS),
    }
    assert "FAILS: EoN: ended with exit code 3: it fell over" in table_text(suite)


def test_a_program_that_says_nothing_is_no_success(tmp_path):
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\ncat > /dev/null\n", encoding="utf-8")
    silent.chmod(0o755)
    with pytest.raises(CheckFailed, match="gave no answer"):
        played_by(EON, str(silent), 1, 1)


@pytest.mark.parametrize("program", [EON, NDLIB])
def test_another_program_plays_the_same_cascades(program):
    """1,000 cascades a side; a chance of a tie a tenth too high is z of about 8 in sizes."""
    if not _has(program.package):
        pytest.skip(f"{program.package} is not installed")
    check = f"programs.{program.id}"
    rows = run_check(check, peers_python=PYTHON)
    assert {row.verdict for row in rows} == {HOLDS}
    assert len(rows) == (6 if program is EON else 2)

    def likelier(world, engine, n_runs, seed):
        sets = (*world.sets, f"channels.tie.delivered.probability={1.1 * PROBABILITY}")
        return ordinary(world._replace(sets=sets), engine, n_runs, seed)

    wrong = {row.quantity: row for row in run_check(check, play=likelier, peers_python=PYTHON)}
    assert wrong["people reached"].verdict == FAILS
    assert wrong["people reached: law, as z"].verdict == FAILS


def test_slower_delays_are_seen_by_a_program_with_a_clock():
    """Delays of 1.25 days in place of 1 move the days by a quarter: z of about 9 at 1,000 cascades."""
    if not _has(EON.package):
        pytest.skip("EoN is not installed")

    def slower(world, engine, n_runs, seed):
        sets = (*world.sets, "channels.tie.delivered.delay={exponential: 1.25 d}")
        return ordinary(world._replace(sets=sets), engine, n_runs, seed)

    rows = {row.quantity: row for row in run_check("programs.eon", play=slower, peers_python=PYTHON)}
    assert rows["people reached"].verdict == HOLDS
    for name in ("half have come by day", "all have come by day"):
        assert rows[name].verdict == FAILS
