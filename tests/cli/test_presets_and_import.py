"""The commands `templates` and `import` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from referralsim.scenario.presets import preset_names
from referralsim.scenario.templates import template_names

FILES = Path(__file__).parents[1] / "imports"
GROUP = str(FILES / "dub_group.json")
CAMPAIGN = str(FILES / "voucherify_campaign.json")


def referralsim(*words: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder of its own and check how it ends; no traceback in any case."""
    command = [sys.executable, "-m", "referralsim", *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


def test_the_list_has_every_template_and_preset(tmp_path):
    """What is not listed will not be found."""
    listed = referralsim("templates", "list", cwd=tmp_path).stdout
    names = {line.split()[0] for line in listed.splitlines() if line.startswith("  ")}
    assert names == {*template_names(), *preset_names()}


def test_a_preset_is_shown_with_sources_ranges_and_its_caveat(tmp_path):
    """All that a planner must know before he trusts a number, on one screen."""
    shown = referralsim("templates", "show", "industry_retail", cwd=tmp_path).stdout
    for words in (
        "not independent",
        "programmes.*.share: 7.7 %",
        "range   4.8 % to 26 %",
        "grade   S",
        "extole.com",
    ):
        assert words in shown
    told = json.loads(referralsim("templates", "show", "industry_retail", "--json", cwd=tmp_path).stdout)
    assert {number["path"]: number["range"] for number in told["numbers"]}["programmes.*.share"] == [
        "4.8 %",
        "26 %",
    ]
    assert len(json.loads(referralsim("templates", "list", "--json", cwd=tmp_path).stdout)) == len(
        preset_names()
    )


def test_a_template_is_shown_as_it_is(tmp_path):
    """`show NAME` and the older form give the same file."""
    assert (
        referralsim("templates", "show", "saas", cwd=tmp_path).stdout
        == referralsim("templates", "saas", cwd=tmp_path).stdout
    )


@pytest.mark.parametrize(
    "words", [("show", "industry_retial"), ("show",), ("list", "all"), ("show", "saas", "starter")]
)
def test_wrong_use_of_templates_is_told(words, tmp_path):
    """The nearest name, or how the command is used."""
    said = referralsim("templates", *words, cwd=tmp_path, code=2).stderr
    assert "industry_retail" in said or "list" in said or "starter" in said


@pytest.mark.parametrize(("platform", "file"), [("dub", GROUP), ("voucherify", CAMPAIGN)])
def test_an_import_is_a_scenario_that_passes_and_runs(platform, file, tmp_path):
    """The whole way: settings in, report out; what was left out stands on the screen and in the file."""
    done = referralsim("import", platform, file, "-o", "mine.yaml", cwd=tmp_path)
    assert "Not carried over:" in done.stdout
    assert "Assumed:" in done.stdout
    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    for line in done.stdout.splitlines():
        assert not line.startswith("- ") or line in text
    assert "fine. 2 designs: without, imported" in referralsim("check", "mine.yaml", cwd=tmp_path).stdout
    small = ("--size", "150", "--horizon", "60 d", "--replications", "2", "--quiet")
    referralsim("compare", "mine.yaml", *small, "--out", "out", cwd=tmp_path)
    page = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").glob("report.*"))
    assert f"imported from {platform.capitalize()}, {Path(file).name}" in page


def test_without_a_file_the_scenario_alone_goes_to_the_screen(tmp_path):
    """So that it can be piped: notes belong on stderr then."""
    done = referralsim("import", "voucherify", CAMPAIGN, cwd=tmp_path)
    (tmp_path / "piped.yaml").write_text(done.stdout, encoding="utf-8")
    referralsim("check", "piped.yaml", cwd=tmp_path)
    assert "Not carried over:" in done.stderr


def test_an_import_does_not_overwrite_and_leaves_nothing_half_written(tmp_path):
    """Neither a file that is there, nor a scrap of one that could not be made."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("precious", encoding="utf-8")
    assert "--force" in referralsim("import", "dub", GROUP, "-o", "mine.yaml", cwd=tmp_path, code=2).stderr
    assert mine.read_text(encoding="utf-8") == "precious"
    referralsim("import", "dub", GROUP, "-o", "mine.yaml", "--force", cwd=tmp_path)
    assert mine.read_text(encoding="utf-8").startswith("# Made from Dub")
    (tmp_path / "bad.json").write_text('{"holdingPeriodDays": -1, "discount": 5}', encoding="utf-8")
    said = referralsim("import", "dub", "bad.json", "-o", "new.yaml", cwd=tmp_path, code=3).stderr
    assert len(said.strip().splitlines()) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "bad.json"}


@pytest.mark.parametrize("words", [("salesforce", GROUP), ("dub",), ("dub", GROUP, "--currency", "dollars")])
def test_wrong_use_of_import_is_told(words, tmp_path):
    """An unknown platform, no file, no currency."""
    referralsim("import", *words, cwd=tmp_path, code=2)


def test_a_preset_in_a_scenario_is_a_source_in_the_report(tmp_path):
    """The reader of a report sees whose number it is; all else says assumed."""
    (tmp_path / "mine.yaml").write_text("extends: starter\npreset: garnefeld_referrers\n", encoding="utf-8")
    small = ("--size", "150", "--horizon", "60 d", "--replications", "2", "--quiet")
    referralsim("compare", "mine.yaml", *small, "--out", "out", cwd=tmp_path)
    page = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").glob("report.*"))
    assert "doi:10.1509/jm.11.0423" in page
    assert "(preset garnefeld_referrers)" in page
