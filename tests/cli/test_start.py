"""What commands load before they do anything: the time to wait for help is the time to import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from worlds import SCENARIOS, plan_of

from referralsim.cli.work import _enough
from referralsim.experiment.precision import read_precision

HEAVY = {"numba", "pandas", "plotly", "scipy", "pyarrow", "networkx", "jinja2", "simpy", "rustworkx"}
RUN = """\
import sys
from referralsim.cli import cli
from referralsim.cli.failing import run_safely
sys.argv = ["referralsim", *sys.argv[1:]]
code = run_safely(cli)
print("loaded", code, *(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


def loaded(*words: str, cwd: object = None) -> set[str]:
    """Return the top-level modules that a command has loaded, after checking that it went well."""
    command = [sys.executable, "-c", RUN, *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60)
    last = done.stderr.strip().splitlines()[-1].split()
    assert last[:2] == ["loaded", "0"], done.stderr
    return set(last[2:])


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], ["run", "--help"], ["compare", "--help"], ["templates"]],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(words):
    """A newcomer's first keystrokes: not even numpy, and no scenario is parsed."""
    modules = loaded(*words)
    assert not modules & (HEAVY | {"numpy", "pydantic", "ruamel"})


def test_init_and_check_load_no_engine(tmp_path):
    """Writing and checking a file needs neither compiler nor tables."""
    assert not loaded("init", "mine.yaml", cwd=tmp_path) & (HEAVY | {"numpy", "pydantic"})
    assert not loaded("check", "mine.yaml", cwd=tmp_path) & HEAVY
    assert not loaded("check", str(SCENARIOS / "dropbox.yaml"), "--resolved") & HEAVY
    assert not loaded("schema") & HEAVY


def test_a_broken_scenario_is_refused_before_anything_heavy_is_loaded(tmp_path):
    """Somebody who corrects a file does so many times."""
    (tmp_path / "bad.yaml").write_text("referralsim: 1\nhorizn: 3 d\n", encoding="utf-8")
    program = RUN.replace('"loaded", code', '"loaded"')
    command = [sys.executable, "-c", program, "check", "bad.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "horizon" in done.stderr
    assert not set(done.stderr.split()) & HEAVY


def test_a_run_loads_no_package_of_optimisers_or_distributions(tmp_path):
    """Two subpackages of scipy take longer to load than a small run takes to play; so do plotly's classes."""
    program = (
        "import sys, referralsim.cli.work, referralsim.report.html as html\nhtml.page_parts()\n"
        "never = {'scipy.optimize', 'scipy.stats', 'networkx', 'simpy', 'plotly.graph_objs', 'narwhals'}\n"
        "print(*(never & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.skipif(not hasattr(os, "times"), reason="needs processor time")
def test_help_takes_little_processor_time():
    """Three tenths of a second on an idle machine; processor time, so that a busy one does not matter."""
    program = "import time\nfrom referralsim.cli import cli\nfrom referralsim.cli.failing import run_safely\n"
    program += "import sys; sys.argv = ['referralsim', '--help']; run_safely(cli)\n"
    program += "print(time.process_time(), file=sys.stderr)"
    spent = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        spent.append(float(done.stderr.split()[-1]))
    assert min(spent) < 0.6


@pytest.mark.parametrize(
    ("sets", "size", "engine", "expected"),
    [
        ((), 3000, "fast", 1),
        (("replications=200",), 3000, "fast", None),
        ((), 30_000, "fast", None),
        ((), 3000, "reference", None),
    ],
)
def test_short_work_is_played_without_other_processes(sets, size, engine, expected):
    """To make two workers takes longer than ten runs of 3,000 people; who names a number gets it."""
    plan = plan_of(SCENARIOS / "dropbox.yaml", engine, ("replications=10", *sets), size).only(None)
    assert _enough(plan, None, None) == expected
    assert _enough(plan, 3, None) == 3
    assert _enough(plan, None, read_precision("k_offspring=0.1", 400, 100)) is None
