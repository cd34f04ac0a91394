"""Case files: valid ones survive a round trip, invalid ones say exactly what is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from referralsim.errors import ScenarioError
from referralsim.scenario.digest import scenario_digest
from referralsim.scenario.json_schema import json_schema
from referralsim.scenario.load import load_study
from referralsim.scenario.read import parse_text
from referralsim.scenario.resolve import as_plain, dump, phases
from referralsim.scenario.templates import template_names, template_summary, template_text
from referralsim.scenario.tree import plain

CASES = Path(__file__).parents[1] / "scenario_cases"
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
VALID = sorted((CASES / "valid").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_there_are_enough_cases() -> None:
    # A glob that finds nothing would let every test below pass.
    assert len(INVALID) >= 80
    assert len(VALID) >= 12
    assert {path.stem for path in INVALID} == {path.stem for path in (CASES / "invalid").glob("*.expected")}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_file_gets_exactly_its_message(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(ScenarioError) as raised:
        load_study(path.name)
    assert str(raised.value) + "\n" == path.with_suffix(".expected").read_text(encoding="utf-8")
    assert raised.value.exit_code == 3


def round_trip(path: Path, folder: Path) -> None:
    study = load_study(path)
    written = folder / "resolved.yaml"
    written.write_text(dump(study), encoding="utf-8")
    again = load_study(written)
    assert dump(again) == dump(study)
    assert again.base == study.base
    assert again.designs == study.designs
    assert list(again.designs) == list(study.designs)
    for name, design in study.designs.items():
        assert scenario_digest(again.designs[name]) == scenario_digest(design)
        written.write_text(dump(design), encoding="utf-8")
        alone = load_study(written)
        assert alone.base == design
        assert phases(alone.base) == phases(design)
        json.dumps(as_plain(design), allow_nan=False)
    VALIDATOR.validate(plain(parse_text(dump(study), "resolved")[0]))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_file_survives_being_written_out(path: Path, tmp_path: Path) -> None:
    shutil.copy(CASES / "valid" / "ties.csv", tmp_path)
    round_trip(path, tmp_path)
    VALIDATOR.validate(plain(parse_text(path.read_text(encoding="utf-8"), path.name)[0]))


@pytest.mark.parametrize("name", template_names())
def test_template_is_a_valid_scenario_with_designs_to_compare(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(template_text(name), encoding="utf-8")
    study = load_study(path)
    assert study.base.name == name
    assert study.base.question.endswith("?")
    assert len({scenario_digest(design) for design in study.designs.values()}) == len(study.designs) >= 3
    assert template_summary(name)
    VALIDATOR.validate(plain(parse_text(template_text(name), name)[0]))
    round_trip(path, tmp_path)


def test_every_resolved_case_says_everything(tmp_path: Path) -> None:
    # Nothing implicit: a scenario that is written out names every key that a scenario can have.
    text = dump(load_study(CASES / "valid" / "minimal.yaml"))
    data = plain(parse_text(text, "minimal")[0])
    assert set(data) == set(json_schema()["properties"]) - {"extends", "preset"}
    assert set(data["product"]) == set(json_schema()["$defs"]["Product"]["properties"])
    assert data["population"]["segments"]["everyone"]["product"] == data["product"]


@pytest.mark.parametrize(
    "text",
    [
        "chanels: {}",
        "horizon: 30",
        "product: {brand: 1.5}",
        "population: {graph: {kind: tree}}",
        "designs: {a: {seed: x}}",
        "channels: {link: {opened: {delay: {lognormal: {mean: 1 d}}}}}",
    ],
)
def test_editors_see_what_is_wrong(text: str) -> None:
    assert not VALIDATOR.is_valid(plain(parse_text(text, "")[0]))
