"""``--level``: less is kept, the numbers are the same, and what is missing says why."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from helpers_cli import files, referralsim
from worlds import SCENARIOS

from referralsim.eventlog.store import read_log, record_digest
from referralsim.metrics.measure import measure_run
from referralsim.metrics.summary import unsupported

DROPBOX = str(SCENARIOS / "dropbox.yaml")
QUICK = ("--size", "400", "--horizon", "60 d", "--replications", "3", "--workers", "2", "--json")
LEVELS = ("full", "joins", "summary")
NOTE = "not recorded at this level"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One design of a shipped scenario at the three levels, with its record."""
    folder = tmp_path_factory.mktemp("levels")
    said = {}
    for level in LEVELS:
        words = ("run", DROPBOX, *QUICK, "--log", "--level", level, "--out", level)
        said[level] = json.loads(referralsim(*words, cwd=folder).stdout)
    return folder, said


@pytest.mark.parametrize("level", LEVELS[1:])
def test_numbers_are_the_same_at_each_level_that_has_them(runs, level):
    """To the last bit, intervals too; what is missing is null with a note, never 0 and never dropped."""
    full, less = (next(iter(runs[1][each]["designs"].values()))["measures"] for each in ("full", level))
    assert list(less) == list(full)
    for measure, numbers in full.items():
        found = dict(less[measure])
        if measure not in unsupported(level):
            assert found == numbers, measure
            continue
        assert NOTE in found.pop("note")
        assert found == {"mean": None, "low": None, "high": None, "n": 0}
    assert full["customers"]["mean"] > 10
    assert "note" not in full["payback_day"]


def test_every_level_says_which_it_is_and_how_to_get_it_again(runs):
    for level, result in runs[1].items():
        assert result["level"] == result["provenance"]["level"] == level
        assert (f"--level {level}" in result["provenance"]["command"]) is (level != "full")


def test_digests_are_of_what_is_kept(runs):
    """Joins and summary say the same, so they have one digest; it is that of the stored record."""
    digests = {
        level: next(iter(result["designs"].values()))["log_digest"] for level, result in runs[1].items()
    }
    assert digests["joins"] == digests["summary"]
    assert not set(digests["full"]) & set(digests["joins"])
    assert len(set(digests["joins"])) == 3
    for level, name in zip(LEVELS, ("log", "log", "tally"), strict=True):
        assert record_digest(read_log(runs[0] / level / f"{name}.parquet")) == digests[level][0]


def test_a_summary_stores_its_tallies_and_no_event_log(runs):
    """The stored record gives the measures again, and holds no event."""
    stored = {level: [path.name for path in (runs[0] / level).glob("*.parquet")] for level in LEVELS}
    assert stored == {"full": ["log.parquet"], "joins": ["log.parquet"], "summary": ["tally.parquet"]}
    assert "kind" not in pq.read_schema(runs[0] / "summary" / "tally.parquet").names
    measures = [
        measure_run(read_log(path)).scalars
        for path in (runs[0] / "joins" / "log.parquet", runs[0] / "summary" / "tally.parquet")
    ]
    assert repr(measures[0]) == repr(measures[1])


@pytest.mark.parametrize("level", LEVELS[1:])
def test_reports_say_what_was_not_recorded(runs, level):
    folder = runs[0] / level
    row = next(line for line in (folder / "report.md").read_text().splitlines() if "Payback day" in line)
    assert row.endswith(f"| {NOTE} |")
    assert NOTE in (folder / "report.html").read_text()
    figures = json.loads((folder / "report.json").read_text())["designs"][0]["all_figures"]
    noted = [figure["measure"] for figure in figures if figure["note"]]
    assert noted == [f["measure"] for f in figures if f["measure"] in unsupported(level)]
    assert "payback_day" in noted
    assert NOTE not in (runs[0] / "full" / "report.md").read_text()
    referralsim("report", level, "--out", f"{level} again", cwd=runs[0])
    again = files(runs[0] / f"{level} again")
    assert len(again) == 3
    assert all((folder / name).read_bytes() == text for name, text in again.items())


def test_a_record_of_another_level_is_not_left_beside_the_results(tmp_path):
    for level, name in (("full", "log"), ("summary", "tally"), ("joins", "log")):
        referralsim("run", DROPBOX, *QUICK, "--log", "--level", level, "--out", "o", cwd=tmp_path)
        assert [path.name for path in (tmp_path / "o").glob("*.parquet")] == [f"{name}.parquet"]


def test_compare_has_levels_too(tmp_path):
    done = referralsim("compare", DROPBOX, *QUICK, "--level", "summary", "--out", "o", cwd=tmp_path)
    rows = [row for row in json.loads(done.stdout)["comparisons"] if row["measure"] == "payback_day"]
    assert rows
    assert all(row["difference"] is None and row["verdict"] == "not known" for row in rows)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--level", "summary", "--engine", "reference"), "reference engine keeps every event"),
        (("--level", "some"), "some"),
        (("--level", "joins", "--set", "thresholds=[{measure: payback_day, at_most: 30}]"), "payback_day"),
    ],
)
def test_what_a_level_cannot_do_is_refused_before_the_work(words, names, tmp_path):
    done = referralsim("run", DROPBOX, *QUICK, *words, "--out", "o", cwd=tmp_path, code=2)
    assert names in done.stderr
    assert files(tmp_path) == {}
