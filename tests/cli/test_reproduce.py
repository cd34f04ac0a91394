"""Results that can be made again from their lock, what changed between two, and the badge."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest
from helpers_cli import files, referralsim

from referralsim.experiment.first_difference import first_difference
from referralsim.experiment.lock import file_digest

SMALL = """
referralsim: 1
name: small
question: Which?
horizon: 60 d
population: {size: 300, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 40}}
programmes:
  refer:
    asks: [{trigger: signup}]
    share: {value: 50 %, source: "a guess"}
    rewards: {referrer: {value: 5.25}}
replications: 4
thresholds: [customers >= 41]
designs:
  alpha: {}
  beta: {programmes: {refer: {share: {value: 80 %, source: "another"}}}}
"""
QUICK = ("--workers", "1", "--quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a comparison in `old` and one with another share and margin in `new`."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "s.yaml").write_text(SMALL)
    referralsim("compare", "s.yaml", *QUICK, "--out", "old", cwd=folder)
    sets = ("--set", "designs.beta.programmes.refer.share=60 %", "--set", "product.use.rate=1 per day")
    referralsim("compare", "s.yaml", *sets, *QUICK, "--out", "new", cwd=folder)
    return folder


def test_the_lock_names_every_file_by_its_bytes(made):
    lock = json.loads((made / "old" / "run.lock.json").read_text())
    left_out = {"run.lock.json", "runs.rows"}
    assert lock["files"].keys() == files(made / "old").keys() - left_out
    assert all(file_digest(made / "old" / name) == digest for name, digest in lock["files"].items())
    assert {"python", "numpy", "numba", "pandas", "referralsim"} <= lock["software"].keys()
    assert lock["designs"]["beta"]["programmes"]["refer"]["share"] == 0.8
    assert str(made) not in json.dumps(lock)


def test_results_are_made_again_from_the_lock_alone(made, tmp_path):
    """The scenario is not there, and neither are the files: the digests of the lock are enough."""
    (tmp_path / "o").mkdir()
    shutil.copy(made / "old" / "run.lock.json", tmp_path / "o")
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path)
    assert "the same to the last byte" in done.stdout
    assert done.stderr == ""
    assert set(files(tmp_path)) == {"o/run.lock.json"}


def test_a_file_that_is_gone_is_named(made, tmp_path):
    shutil.copytree(made / "old", tmp_path / "o")
    (tmp_path / "o" / "report.md").unlink()
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path)
    assert done.stdout.endswith("; not in the folder any more: report.md\n")


def test_a_run_of_one_design_with_its_log_and_looks_is_made_again(made, tmp_path):
    words = (
        "--design",
        "beta",
        "--precision",
        "k_offspring=0.5",
        "--most",
        "12",
        "--log",
        "--level",
        "joins",
    )
    referralsim("run", "s.yaml", *words, *QUICK, "--out", str(tmp_path / "one"), cwd=made)
    lock = json.loads((tmp_path / "one" / "run.lock.json").read_text())
    assert "log.parquet" in lock["files"]
    assert lock["designs"]["beta"]["sources"]["programmes.refer.share"] == "another"
    referralsim("reproduce", "one", *QUICK, cwd=tmp_path)


def edit_json(file, change):
    stored = json.loads(file.read_text())
    change(stored)
    file.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n")


def test_the_first_difference_is_told_in_words(made, tmp_path):
    shutil.copytree(made / "old", tmp_path / "o")
    edit_json(tmp_path / "o" / "report.json", lambda stored: stored.update(schema=99))
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path, code=1)
    assert "report.json, at schema: 99 then, 1 now" in done.stderr
    assert "the file is not the one that was written then" in done.stderr


def test_a_lock_changed_in_what_was_assumed_is_not_reproduced(made, tmp_path):
    shutil.copytree(made / "old", tmp_path / "o")

    def change(lock):
        lock["scenario"] = lock["scenario"].replace("share: 0.5\n", "share: 0.4\n")

    edit_json(tmp_path / "o" / "run.lock.json", change)
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path, code=1)
    assert "results/experiment.json, at " in done.stderr
    assert " then, " in done.stderr


def test_other_versions_are_a_warning(made, tmp_path):
    shutil.copytree(made / "old", tmp_path / "o")
    edit_json(tmp_path / "o" / "run.lock.json", lambda lock: lock["software"].update(numpy="1.0"))
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path)
    assert "warning: numpy is " in done.stderr
    assert " here and was 1.0 then" in done.stderr


def test_an_edge_list_is_named_and_its_change_is_said(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL.replace("size: 300, ", ""))
    lines = [f"{a} {(a + step) % 200}" for a in range(200) for step in (1, 7)]
    edges = tmp_path / "friends.csv"
    edges.write_text("\n".join(lines) + "\n")
    words = ("--graph", "friends.csv", "--set", "replications=2", *QUICK)
    referralsim("compare", "s.yaml", *words, "--out", "o", cwd=tmp_path)
    lock = json.loads((tmp_path / "o" / "run.lock.json").read_text())
    assert lock["graph"]["edge_list"] == {"file": "friends.csv", "sha256": file_digest(edges)}
    referralsim("reproduce", "o", *QUICK, cwd=tmp_path)
    edges.rename(tmp_path / "moved.csv")
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path, code=1)
    assert "the edge list friends.csv that the lock names is not here" in done.stderr
    referralsim("reproduce", "o", "--graph", "moved.csv", *QUICK, cwd=tmp_path)
    edges.write_text("\n".join(lines[1:]) + "\n")
    done = referralsim("reproduce", "o", *QUICK, cwd=tmp_path, code=1)
    assert "friends.csv has changed" in done.stderr


def test_no_lock_is_wrong_use(tmp_path):
    assert "run.lock.json" in referralsim("reproduce", ".", cwd=tmp_path, code=2).stderr


def test_diff_names_assumptions_and_paired_results(made):
    found = json.loads(referralsim("diff", "old", "new", "--json", cwd=made).stdout)
    assumed = {(row["design"], row["path"]): (row["old"], row["new"]) for row in found["assumptions"]}
    assert assumed["beta", "programmes.refer.share"] == (0.8, 0.6)
    assert assumed["", "product.use.rate"] == ("0.2 per day", "1 per day")
    assert ("alpha", "programmes.refer.share") not in assumed
    assert found["paired"] is True
    runs = [pd.read_parquet(made / name / "results" / "runs.parquet") for name in ("old", "new")]
    old, new = (
        frame[(frame["design"] == "beta") & (frame["measure"] == "sign_ups")]["value"].to_numpy()
        for frame in runs
    )
    row = next(row for row in found["results"] if (row["design"], row["measure"]) == ("beta", "sign_ups"))
    assert row["difference"] == pytest.approx((new - old).mean())
    half = 3.182446 * (new - old).std(ddof=1) / 2  # Student's t, 3 degrees of freedom, four pairs
    assert row["high"] - row["low"] == pytest.approx(2 * half, rel=1e-6)
    text = referralsim("diff", "old", "new", cwd=made).stdout
    assert "beta: programmes.refer.share" in text
    assert "paired: the same seed and world" in text
    table = referralsim("diff", "old", "new", "--markdown", cwd=made).stdout
    assert "| design | measure | old | new | difference | 95 % interval |" in table


def test_diff_of_another_seed_is_not_paired(made, tmp_path):
    out = str(tmp_path / "seed")
    referralsim("compare", "s.yaml", "--seed", "9", *QUICK, "--out", out, cwd=made)
    found = json.loads(referralsim("diff", "old", out, "--json", cwd=made).stdout)
    assert found["paired"] is False
    assert any(row["path"] == "seed" and row["design"] == "" for row in found["assumptions"])


def test_diff_of_runs_added_until_precise_keeps_intervals_that_survive_it(made):
    """The ordinary intervals are shorter than what a sample of a chosen size can promise."""
    precise = ("--precision", "customers=1 %", "--most", "15")
    referralsim("compare", "s.yaml", *precise, *QUICK, "--out", "precise", cwd=made)
    found = json.loads(referralsim("diff", "old", "precise", "--json", cwd=made).stdout)
    assert found["peeked"]
    words = " ".join(referralsim("diff", "old", "precise", "--all", cwd=made).stdout.split())
    assert "runs were added until one was precise" in words
    assert not json.loads(referralsim("diff", "old", "new", "--json", cwd=made).stdout)["peeked"]


def test_diff_of_the_same_says_that_nothing_changed(made):
    text = referralsim("diff", "old", "old", cwd=made).stdout
    assert text == "No assumption changed.\n\nNo result changed.\n"


def test_the_badge_is_an_endpoint_and_a_picture(made):
    referralsim("badge", "old", cwd=made)
    badge = json.loads((made / "old" / "badge.json").read_text())
    assert badge == {
        "schemaVersion": 1,
        "label": "referralsim",
        "message": "thresholds held",
        "color": "brightgreen",
    }
    picture = ElementTree.parse(made / "old" / "badge.svg").getroot()
    assert picture.tag.endswith("svg")
    assert "thresholds held" in "".join(picture.itertext())
    for name in ("badge.json", "badge.svg"):
        (made / "old" / name).unlink()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("a.json", b'{"a": {"b": 1}}', b'{"a": {"b": 1, "c": 2}}', "at a.c: there only now"),
        ("a.json", b"[1, 2]", b"[1]", "at : 2 entries then, 1 now"),
        ("a.json", b"not json", b"{}", "byte 0 (8 bytes then, 2 now)"),
        ("a.md", b"a\nb\n", b"a\nb", "3 lines then, 2 now"),
        (
            "a.html",
            b"x\n" + b"a" * 500 + b"b",
            b"x\n" + b"a" * 500 + b"c",
            "line 2: '" + "a" * 20 + "b' then",
        ),
    ],
)
def test_differences_in_words(name, old, new, words):
    assert words in first_difference(name, old, new)


def test_a_difference_in_a_table_is_a_cell(tmp_path):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, value in zip(paths, (1.5, 2.5), strict=True):
        pd.DataFrame({"k": [0.0, value]}).to_parquet(path)
    found = first_difference("runs.parquet", *(path.read_bytes() for path in paths))
    assert found == "runs.parquet, row 1, column k: 1.5 then, 2.5 now"
