"""Work that is stopped at any moment goes on, and ends in the same bytes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest
from helpers_cli import files, referralsim

DRIVER = '''
"""Import everything once, then start, kill and start again: 20 kills would else be 20 times the imports."""
import os, random, shutil, signal, sys, time
from pathlib import Path
from referralsim.cli import cli
from referralsim.cli.failing import run_safely
import referralsim.cli.compare_command, referralsim.cli.work, plotly.graph_objects, referralsim.engine.fast

def start(out, workers):
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    sys.argv = ["referralsim", "compare", "s.yaml", "--quiet", "--workers", workers, "--out", out]
    os._exit(run_safely(cli))

def finish(pid):
    assert os.waitpid(pid, 0)[1] == 0, "the command failed"

began = time.monotonic()
finish(start("warm", "1"))
began = time.monotonic()
finish(start("whole", "1"))
seconds = time.monotonic() - began
chance = random.Random(20)
whole = {f.relative_to("whole"): f.read_bytes() for f in Path("whole").rglob("*") if f.is_file()}
kills = finished = halfway = 0
while kills < 20 or not finished:
    pid = start("cut", chance.choice("12"))
    end = time.monotonic() + chance.uniform(0, seconds) if kills < 20 else float("inf")
    while (done := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.001)
    if done == (0, 0):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        kills += 1
        rows = Path("cut/runs.rows")
        halfway += rows.exists() and 0 < rows.stat().st_size < len(whole[Path("runs.rows")])
        continue
    assert done[1] == 0, "a resumed command failed"
    there = {f.relative_to("cut"): f.read_bytes() for f in Path("cut").rglob("*") if f.is_file()}
    different = sorted(str(f) for f in {*whole, *there} if whole.get(f) != there.get(f))
    assert not different, different
    finished += 1
    shutil.rmtree("cut")
print(kills, finished, halfway)
'''
SMALL = """
referralsim: 1
name: small
question: Which?
horizon: 60 d
population: {size: 400, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 40}}
programmes:
  refer: {asks: [{trigger: signup}], share: 50 %, rewards: {referrer: {value: 5.00}}}
replications: 20
designs:
  alpha: {}
  beta: {programmes: {refer: {share: 80 %}}}
"""
GROWING = """
referralsim: 1
name: growing
horizon: 60 d
population: {graph: fresh_contacts}
acquisition: {initial: {customers: 5}}
product: {use: {rate: 1 per day}}
loops: {collaboration: {probability: 2 %, invites: 2}}
channels: {link: {signed_up: {probability: 60 %}}}
replications: 6
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks and signals of POSIX")
def test_killed_at_twenty_moments_it_ends_in_the_same_bytes(tmp_path):
    """SIGKILL at seeded moments, with one worker or two; files are compared whenever it gets to the end."""
    (tmp_path / "s.yaml").write_text(SMALL)
    command = [sys.executable, "-W", "ignore", "-c", DRIVER]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    kills, finished, halfway = map(int, done.stdout.split())
    assert kills == 20
    assert finished >= 1
    assert halfway >= 1  # some of the kills were in the middle of the runs


def test_looks_go_on_as_well(tmp_path):
    """With --precision: the same looks, the same bytes, and no run twice."""
    (tmp_path / "s.yaml").write_text(SMALL)
    words = ("compare", "s.yaml", "--precision", "k_offspring=0.0001", "--workers", "1")
    referralsim("compare", "s.yaml", "--replications", "7", "--out", "cut", "--workers", "1", cwd=tmp_path)
    resumed = referralsim(*words, "--most", "15", "--out", "cut", cwd=tmp_path)
    assert "14 of 30 runs were there" in resumed.stderr
    referralsim(*words, "--most", "15", "--out", "whole", cwd=tmp_path)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--precision", "customers=5", "--replications", "3"), "cannot be given with --precision"),
        (("--most", "7"), "says nothing without --precision"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(words, says, tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL)
    for command in ("compare", "run"):
        assert says in referralsim(command, "s.yaml", *words, cwd=tmp_path, code=2).stderr
    assert set(files(tmp_path)) == {"s.yaml"}


def test_that_a_precision_was_not_reached_is_said(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL)
    words = ("compare", "s.yaml", "--precision", "k_offspring=0.0001", "--most", "12", "--workers", "1")
    assert "k_offspring=0.0001 was not reached" in referralsim(*words, cwd=tmp_path).stdout
    stored = json.loads(referralsim(*words, "--json", cwd=tmp_path).stdout)
    assert (stored["stopping"]["reached"], stored["stopping"]["looks"]) == (False, [10, 12])


LIMITED = """
import sys
from referralsim.engine import compile
compile.MAX_PEOPLE = int(sys.argv.pop(1))
from referralsim.__main__ import main
main()
"""


def test_failed_replications_end_with_4_after_all_is_written(tmp_path):
    """Past the limit in some replications: the others are reported, the errors shown, and tried again."""
    (tmp_path / "s.yaml").write_text(GROWING + "thresholds: [{measure: customers, at_least: 1e9}]\n")

    def run(limit, *words):
        command = [sys.executable, "-c", LIMITED, str(limit), "run", "s.yaml", "--workers", "1", "--out", "o"]
        return subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    limit = 30  # people: two of the six worlds grow past it
    done = run(limit, "--quiet")
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    n_failed = int(re.search(r"(\d+) of 6 runs failed", done.stderr)[1])
    assert done.stderr.count(f"more than {limit} people") == n_failed
    assert {"report.html", "report.json", "report.md", "runs.rows"} <= set(files(tmp_path / "o"))
    before = files(tmp_path / "o")
    assert run(limit).returncode == 4
    assert files(tmp_path / "o") == before
    again = run(1_000_000)
    assert again.returncode == 99  # now all are there, and the threshold can be judged
    assert f"{6 - n_failed} of 6 runs were there" in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_two_at_once_in_one_folder_the_second_is_refused(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL)
    words = ["run", "s.yaml", "--replications", "5000", "--engine", "reference", "--workers", "1"]
    first = subprocess.Popen(
        [sys.executable, "-m", "referralsim", *words, "--quiet", "--out", "o"], cwd=tmp_path
    )
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "o" / ".busy").exists() and time.monotonic() < end:
            time.sleep(0.05)
        done = referralsim("compare", "s.yaml", "--out", "o", cwd=tmp_path, code=2)
        assert f"process {first.pid} is at work in this folder" in done.stderr
    finally:
        first.kill()
        first.wait()
    assert os.path.exists(tmp_path / "o" / ".busy")
    referralsim("run", "s.yaml", "--replications", "2", "--out", "o", "--fresh", cwd=tmp_path)
    assert not os.path.exists(tmp_path / "o" / ".busy")
