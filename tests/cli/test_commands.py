"""Every command as a user meets it: help, wrong use, what goes to which stream, and the same bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import jsonschema
import pytest
from helpers_cli import files, referralsim
from worlds import SCENARIOS

from referralsim.cli import COMMANDS

QUICK = ("--size", "150", "--horizon", "40 d", "--replications", "3")
LOOPS = str(SCENARIOS / "loops.yaml")
STARTER_DESIGNS = ["no_programme", "referrer_only", "friend_only", "both"]
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "scenario", "seed", "engine", "level", "designs", "comparisons", "decision", "risk"),
        "provenance",
    ],
    "properties": {
        "schema": {"const": 1},
        "scenario": {"type": "string"},
        "seed": {"type": "integer"},
        "engine": {"enum": ["fast", "reference"]},
        "level": {"enum": ["full", "joins", "summary"]},
        "designs": {
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "required": ["log_digest", "measures"],
                "properties": {
                    "log_digest": {
                        "type": "array",
                        "items": {"type": "string"},
                        "minItems": 3,
                        "maxItems": 3,
                    },
                    "measures": {
                        "minProperties": 20,
                        "additionalProperties": {
                            "type": "object",
                            "required": ["mean", "low", "high", "n"],
                            "additionalProperties": {"type": ["number", "null"]},
                        },
                    },
                },
            },
        },
        "comparisons": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["measure", "a", "b", "difference", "low", "high", "p_a_better", "verdict"],
            },
        },
        "decision": {
            "type": ["object", "null"],
            "required": ["measure", "options", "verdict", "runs_needed", "smallest", "n"],
        },
        "risk": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["design", "budget_cents", "over_budget", "out_of_budget", "tails"],
            },
        },
        "provenance": {"type": "object", "required": ["software", "command", "seed", "engine"]},
    },
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """One comparison of the starter scenario, for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("compared")
    referralsim("init", "mine.yaml", cwd=folder)
    done = referralsim("compare", "mine.yaml", *QUICK, "--workers", "1", "--out", "one", "--json", cwd=folder)
    return folder, done


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_gives_an_example(name, tmp_path):
    """An example is what people copy."""
    done = referralsim(name, "--help", cwd=tmp_path)
    assert f"Example: referralsim {name}" in " ".join(done.stdout.split())
    assert re.fullmatch(r"(Graph: [^\n]*\n)?", done.stderr)


@pytest.mark.parametrize(
    ("words", "code", "names"),
    [
        (["simulate"], 2, "simulate"),
        (["run"], 2, "SCENARIO"),
        (["run", LOOPS, "--replicatons", "3"], 2, "--replications"),
        (["run", LOOPS, "--replications", "0"], 2, "--replications"),
        (["run", LOOPS, "--workers", "0"], 2, "--workers"),
        (["run", LOOPS, "--engine", "quick"], 2, "quick"),
        (["run", LOOPS, "--design", "nobody"], 2, "nobody"),
        (["report", "nowhere"], 2, "nowhere"),
        (["templates", "nonsense"], 2, "nonsense"),
        (["init", "--template", "nonsense"], 2, "nonsense"),
        (["check", "missing.yaml"], 3, "missing.yaml"),
        (["run", "missing.yaml"], 3, "missing.yaml"),
        (["compare", LOOPS, "--set", "horizn=3 d"], 3, "horizn"),
        (["compare", LOOPS, "--graph", "missing.txt"], 2, "missing.txt"),
        (["compare", LOOPS, "--smallest", "500"], 2, "MEASURE=DIFFERENCE"),
        (["compare", LOOPS, "--smallest", "custmers=5"], 3, "customers"),
        (["compare", LOOPS, "--level", "joins", "--set", "decision.measure=payback_day"], 2, "payback_day"),
    ],
)
def test_what_is_wrong_is_named_with_its_exit_code(words, code, names, tmp_path):
    """2 for the command, 3 for the scenario; the culprit by name on stderr; nothing written anywhere."""
    done = referralsim(*words, cwd=tmp_path, code=code)
    assert names in done.stderr
    assert done.stdout == ""
    assert files(tmp_path) == {}


def test_init_does_not_overwrite_unless_told_to(tmp_path):
    """Somebody's afternoon of work may be in that file."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("precious", encoding="utf-8")
    done = referralsim("init", "mine.yaml", cwd=tmp_path, code=2)
    assert "--force" in done.stderr
    assert mine.read_text(encoding="utf-8") == "precious"
    referralsim("init", "mine.yaml", "--force", cwd=tmp_path)
    assert mine.read_text(encoding="utf-8").startswith("#")


def test_every_template_is_a_valid_scenario(tmp_path):
    """The first file a newcomer has must not need mending."""
    names = [line.split()[0] for line in referralsim("templates", cwd=tmp_path).stdout.splitlines()]
    assert "starter" in names
    for name in names:
        referralsim("init", f"{name}.yaml", "--template", name, cwd=tmp_path)
        assert "fine" in referralsim("check", f"{name}.yaml", cwd=tmp_path).stdout


def test_the_resolved_form_is_a_scenario_that_means_the_same(tmp_path):
    """What `check --resolved` prints can be fed back, and comes out as it went in."""
    first = referralsim("check", LOOPS, "--resolved", cwd=tmp_path).stdout
    (tmp_path / "again.yaml").write_text(first, encoding="utf-8")
    assert referralsim("check", "again.yaml", "--resolved", cwd=tmp_path).stdout == first


def test_schema_is_a_json_schema(tmp_path):
    """Editors load it."""
    schema = json.loads(referralsim("schema", cwd=tmp_path).stdout)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    assert "programmes" in json.dumps(schema)


def test_json_is_what_is_documented(compared):
    """Only JSON on stdout, with the documented keys; NaN is null."""
    result = json.loads(compared[1].stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    jsonschema.validate(result, RESULT)
    assert sorted(result["designs"]) == sorted(STARTER_DESIGNS)
    pairs = {(row["a"], row["b"]) for row in result["comparisons"]}
    assert len(pairs) == 6


def test_the_same_bytes_for_any_number_of_workers_and_without_the_cache(compared):
    """Results, report and standard output: nothing tells how they were made."""
    folder, one = compared
    words = ("compare", "mine.yaml", *QUICK, "--workers", "2", "--no-cache", "--out", "two", "--json")
    two = referralsim(*words, cwd=folder)
    assert two.stdout == one.stdout
    assert len(files(folder / "one")) > 10
    assert files(folder / "two") == files(folder / "one")


def test_report_gives_the_same_bytes_as_compare(compared):
    """A report can be had again from results alone."""
    folder, _ = compared
    done = referralsim("report", "one", "--out", "again", cwd=folder)
    again = files(folder / "again")
    assert sorted(again) == ["report.html", "report.json", "report.md"]
    assert all((folder / "one" / name).read_bytes() == text for name, text in again.items())
    assert len(done.stdout.splitlines()) == 3


def test_quiet_is_quiet_and_the_log_is_kept_on_request(compared):
    """Nothing on either stream; the files are all there."""
    folder, _ = compared
    done = referralsim("run", "mine.yaml", *QUICK, "--quiet", "--log", "--out", "hush", cwd=folder)
    assert (done.stdout, done.stderr) == ("", "")
    assert {"report.html", "report.json", "report.md", "log.parquet"} <= set(files(folder / "hush"))


def test_the_summary_goes_to_stdout_and_nothing_else_does(compared):
    """`referralsim run … > answer.txt` keeps the answer, not the progress."""
    folder, _ = compared
    done = referralsim("run", "mine.yaml", *QUICK, "--design", "both", "--out", "plain", cwd=folder)
    assert "Report: plain" in done.stdout
    assert "both" in done.stdout
    assert re.fullmatch(r"(Graph: [^\n]*\n)?", done.stderr)
    assert "\x1b" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_everything_with_a_word_and_130(compared):
    """The terminal signals the whole group; no traceback, no results, nothing but the runs that are done."""
    folder, _ = compared
    words = ["run", "mine.yaml", "--replications", "5000", "--engine", "reference", "--workers", "2"]
    command = [sys.executable, "-m", "referralsim", *words, "--out", "never"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    end = time.monotonic() + 30
    while count_of(process.pid) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Stopped" in errors
    assert output == ""
    assert set(files(folder / "never")) <= {"runs.rows"}
    assert count_of(process.pid) == 0


def count_of(leader: int) -> int:
    """Return how many processes of a session are alive."""
    found = subprocess.run(["ps", "-o", "stat=", "-s", str(leader)], capture_output=True, text=True).stdout
    return sum(not line.startswith("Z") for line in found.split())


def test_a_folder_of_the_users_own_is_never_replaced(tmp_path):
    (tmp_path / "results").mkdir()
    mine = tmp_path / "results" / "thesis.csv"
    mine.write_text("precious")
    referralsim("init", "mine.yaml", cwd=tmp_path)
    done = referralsim("run", "mine.yaml", "--out", str(tmp_path), cwd=tmp_path, code=2)
    assert "holds no results of ours" in done.stderr
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("wrong", [("--out", ""), ("--horizon", ""), ("--set", "seed=")])
def test_an_empty_value_is_refused(tmp_path, wrong):
    referralsim("init", "mine.yaml", cwd=tmp_path)
    done = referralsim("run", "mine.yaml", *wrong, cwd=tmp_path, code=2)
    assert wrong[0] in done.stderr


def test_a_difference_not_worth_having_reaches_terminal_json_and_report(tmp_path, compared):
    """The same runs, with a smallest difference that no lead can reach."""
    folder, before = compared
    words = ("compare", "mine.yaml", *QUICK, "--out", "worth", "--smallest", "customers=100000")
    verdict = "no difference worth having"
    said = referralsim(*words, cwd=folder).stdout
    assert f"Any of them: {verdict} (below 100,000) in customers won." in " ".join(said.split())
    found = json.loads(referralsim(*words, "--json", cwd=folder).stdout)
    assert found["decision"]["verdict"] == verdict
    assert found["decision"]["smallest"] == 100000
    assert json.loads(before.stdout)["decision"]["verdict"] != verdict
    assert (
        found["designs"]["both"]["log_digest"] == json.loads(before.stdout)["designs"]["both"]["log_digest"]
    )
    for page in ("report.html", "report.md", "report.json"):
        assert verdict in (folder / "worth" / page).read_text(encoding="utf-8")
    assert "decision.smallest=100000" in found["provenance"]["command"]


def test_a_missed_threshold_ends_with_99_and_the_output_is_there(tmp_path):
    text = "extends: starter\nthresholds: [{measure: k_offspring, at_least: 5}]\n"
    (tmp_path / "high.yaml").write_text("referralsim: 1\n" + text)
    words = ("run", "high.yaml", "--design", "both", *QUICK, "--out", "o")
    done = referralsim(*words, cwd=tmp_path, code=99)
    assert "k_offspring of both" in done.stderr
    assert (tmp_path / "o" / "report.html").is_file()


def test_a_design_run_alone_leaves_the_comparison_alone(tmp_path):
    referralsim("init", "mine.yaml", cwd=tmp_path)
    referralsim("run", "mine.yaml", "--design", "both", *QUICK, cwd=tmp_path)
    assert [folder.name for folder in (tmp_path / "out").iterdir()] == ["starter-both"]


def test_the_set_example_of_the_readme_fits_the_starter(tmp_path):
    readme = (SCENARIOS.parent / "README.md").read_text(encoding="utf-8")
    path, value = re.search(r"--set (\S+)='([^']*)'", readme).groups()
    referralsim("init", "mine.yaml", cwd=tmp_path)
    referralsim("check", "mine.yaml", "--set", f"{path}={value}", cwd=tmp_path)


def test_ctrl_c_while_the_commands_are_loaded_is_quiet(tmp_path):
    """The first tenths of a second go into imports; an interrupt there must not show the inside."""
    slow = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)\n"
    (tmp_path / "rich_click.py").write_text(slow)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    for program in (
        ["-m", "referralsim", "templates"],
        ["-c", "from referralsim.__main__ import main; main()"],
    ):
        command = [sys.executable, *program]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_installed_command_is_the_one_that_heeds_ctrl_c():
    project = tomllib.loads((SCENARIOS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"referralsim": "referralsim.__main__:main"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("horizon_days", "long", "horizon_days"),
        ("designs", "both", "designs"),
        ("designs", {"no_programme": {"window": [1]}}, "do not fit together"),
    ],
)
def test_results_changed_by_hand_are_refused_with_a_sentence(tmp_path, compared, name, value, words):
    """However deep the change lies: one sentence, exit code 1, the old report untouched."""
    shutil.copytree(compared[0] / "one", tmp_path / "o")
    plain = tmp_path / "o" / "results" / "experiment.json"
    stored = json.loads(plain.read_text())
    if isinstance(value, dict):
        value = stored["designs"] | value
    plain.write_text(json.dumps(stored | {name: value}))
    before = files(tmp_path)
    done = referralsim("report", "o", cwd=tmp_path, code=1)
    assert words in done.stderr
    assert done.stdout == ""
    assert files(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_is_full_is_said_plainly(tmp_path, compared):
    """A limit on the size of files stands for the disk: results cannot be written, nothing is left."""
    shutil.copy(compared[0] / "mine.yaml", tmp_path)  # and the engine is compiled by now
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
        "from referralsim.__main__ import main; main()"
    )
    words = ["run", "mine.yaml", *QUICK, "--workers", "1", "--no-cache", "--out", "o"]
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "cannot keep runs in o/runs.rows: File too large"
    assert "Traceback" not in done.stderr
    assert files(tmp_path / "o") == {}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_output_that_nothing_takes_is_said_plainly(tmp_path):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "referralsim", "templates"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "No space left on device\n")
