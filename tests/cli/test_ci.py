"""What runs in pull requests, as plain shell in a repository made for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from helpers_cli import files, referralsim
from ruamel.yaml import YAML
from worlds import ROOT

ACTION = ROOT / ".github" / "actions" / "referralsim"
STEPS = ("check", "play", "base", "summary", "hold")
SCENARIO = """
referralsim: 1
name: small
question: Which?
horizon: 60 d
population: {size: 300, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 40}}
programmes:
  refer: {asks: [{trigger: signup}], share: 50 %, rewards: {referrer: {value: 5.00}}}
replications: 3
designs:
  alpha: {}
  beta: {programmes: {refer: {share: 80 %}}}
"""


def git(folder, *words):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def repository(tmp_path):
    """A repository whose branch `main` holds a scenario, and a folder with the command on the path."""
    place = tmp_path / "repository"
    (place / "scenarios").mkdir(parents=True)
    (place / "scenarios" / "s.yaml").write_text(SCENARIO)
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "add", ".")
    git(place, "commit", "--quiet", "-m", "first")
    git(place, "switch", "--quiet", "-c", "change")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "referralsim"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m referralsim "$@"\n')
    command.chmod(0o755)
    return place


def steps(place, scenario="scenarios/s.yaml", base="main", stop_at_failure=True):
    """Run the steps as the action does; return the code of each and what they said."""
    path = os.pathsep.join([str(place.parent / "bin"), os.environ["PATH"]])
    here = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    inputs = {
        "RS_SCENARIO": scenario,
        "RS_ARGUMENTS": "--workers 1",
        "RS_BASE": base,
        "RS_OUT": "ci",
        "GITHUB_STEP_SUMMARY": str(place / "summary"),
        "GITHUB_OUTPUT": str(place / "output"),
    }
    codes, said = {}, ""
    for step in STEPS:
        done = subprocess.run(
            ["bash", str(ACTION / f"{step}.sh")],
            cwd=place,
            env=os.environ | inputs | {"PATH": path, "PYTHONPATH": here},
            capture_output=True,
            text=True,
            timeout=600,
        )
        codes[step] = done.returncode
        said += done.stdout + done.stderr
        if done.returncode and stop_at_failure:
            break
    return codes, said


def test_a_pull_request_is_checked_played_compared_summed_up_and_held(repository):
    changed = SCENARIO.replace("80 %", "60 %") + "thresholds: [beta.customers >= 1e6]\n"
    (repository / "scenarios" / "s.yaml").write_text(changed)
    codes, said = steps(repository)
    assert codes == {"check": 0, "play": 0, "base": 0, "summary": 0, "hold": 99}, said
    summary = (repository / "summary").read_text()
    assert "**A threshold is missed.**" in summary
    assert re.search(r"customers of beta +>= 1e\+06 +\d", summary)
    assert r"beta: programmes.refer.share | 0.8 | 0.6" in summary
    assert "paired: the same seed and world" in summary
    assert (repository / "ci" / "head" / "report.md").read_text() in summary
    assert (repository / "output").read_text() == "code=99\n"
    assert json.loads((repository / "ci" / "head" / "badge.json").read_text())["color"] == "red"
    assert {"head/report.html", "head/badge.svg", "base/run.lock.json"} <= set(files(repository / "ci"))
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    assert "80 %" in git(repository, "show", "main:scenarios/s.yaml")


def test_a_fault_stops_the_job_with_3_and_its_place(repository):
    (repository / "scenarios" / "s.yaml").write_text(SCENARIO + "horizn: 3 d\n")
    codes, said = steps(repository)
    assert codes == {"check": 3}
    assert "scenarios/s.yaml:14:1: horizn: unknown key" in said


def test_a_new_scenario_has_nothing_to_be_compared_with(repository):
    (repository / "scenarios" / "new.yaml").write_text(SCENARIO)
    codes, said = steps(repository, "scenarios/new.yaml")
    assert codes == dict.fromkeys(STEPS, 0), said
    summary = (repository / "summary").read_text()
    assert "The scenario is new: main does not have it." in summary
    assert "**Fine.**" in summary


def test_the_action_runs_these_scripts_with_all_they_read():
    action = YAML(typ="safe").load((ACTION / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    run = [step for step in action["runs"]["steps"] if ".sh" in step.get("run", "")]
    named = [re.search(r"(\w+)\.sh", step["run"])[1] for step in run]
    assert named == list(STEPS)
    for step, name in zip(run, named, strict=True):
        read = set(re.findall(r"\bRS_\w+", (ACTION / f"{name}.sh").read_text()))
        assert read <= set(step["env"])
        assert "${{" not in step["run"]  # inputs go through the environment, never into the script
        for value in step["env"].values():
            assert all(word in action["inputs"] for word in re.findall(r"inputs\.(\w+)", value))


def test_hooks_check_every_scenario_they_are_given(tmp_path):
    (hook,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert re.search(hook["files"], "scenarios/dropbox.yaml")
    assert not re.search(hook["files"], "notes/dropbox.yaml")
    words = hook["entry"].split()[1:]
    (tmp_path / "a.yaml").write_text("referralsim: 1\nhorizn: 3 d\n")
    (tmp_path / "b.yaml").write_text(SCENARIO)
    (tmp_path / "c.yaml").write_text("referralsim: 1\nsede: 3\n")
    done = referralsim(*words, "a.yaml", "b.yaml", "c.yaml", cwd=tmp_path, code=3)
    assert "a.yaml:2:1: horizn" in done.stderr
    assert "c.yaml:2:1: sede" in done.stderr
    assert "b.yaml: fine" in done.stdout


def test_exit_codes_of_the_page_are_those_of_the_program():
    page = (ROOT / "docs" / "CI.md").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    from referralsim import errors
    from referralsim.cli.failing import INTERRUPTED

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert told == {0, INTERRUPTED} | {kind.exit_code for kind in kinds}
