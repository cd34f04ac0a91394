"""Presets: every number has a source and a range, the file wins, and nothing is set where nobody looks."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from referralsim.errors import ScenarioError
from referralsim.presets import GROUPS, group_text
from referralsim.report.assumptions import source_of
from referralsim.scenario.load import load_study
from referralsim.scenario.presets import GRADES, MAX_PRESETS, preset, preset_names
from referralsim.scenario.quantity import parse_duration, parse_rate
from referralsim.scenario.read import parse_text
from referralsim.scenario.resolve import Study, dump
from referralsim.scenario.tree import plain, shape_at

NUMBERS = [(name, number) for name in preset_names() for number in preset(name).numbers]
IDS = [f"{name}:{'.'.join(number.path)}" for name, number in NUMBERS]
ROOM = """\
referralsim: 1
programmes: {p: {asks: [{trigger: purchase}]}}
"""


def study(folder: Path, text: str) -> Study:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def fault(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        study(folder, text)
    return str(raised.value).replace(str(folder / "mine.yaml"), "FILE")


def size(value: object) -> float:
    """Return a number of a preset as a float, whatever its unit."""
    if isinstance(value, dict):
        (kind, inside), *_ = value.items()
        return parse_rate(value) if kind == "share" else size(inside)
    if isinstance(value, str):
        return float(value[:-1]) if value.endswith("%") else parse_duration(value)
    assert isinstance(value, int | float)
    return float(value)


# --------------------------------------------------------------------------- what is in them


@pytest.mark.parametrize("group", GROUPS)
def test_the_files_are_read_without_a_fault(group):
    """A key written twice would silently lose a number."""
    tree, faults = parse_text(group_text(group), group)
    assert faults == []
    assert tree.value["presets"].value


@pytest.mark.parametrize(("name", "number"), NUMBERS, ids=IDS)
def test_every_number_has_a_place_a_source_a_grade_and_a_range_around_it(name, number):
    """A number that cannot be traced, or lies outside its own range, misleads a planner."""
    path = tuple(
        0 if key == "*" and before == "asks" else key
        for before, key in zip(("", *number.path), number.path, strict=False)
    )
    assert shape_at(path) is not None
    assert number.grade in GRADES
    assert len(number.source) > 10
    value = plain(number.value)
    if isinstance(value, str) and not value[:1].isdigit():
        assert number.low is None
        return
    low, middle, high = (size(each) for each in (number.low, value, number.high))
    spread = isinstance(value, dict) and "lognormal" in value
    assert low <= middle <= high or spread
    assert number.range_is


@pytest.mark.parametrize(("name", "number"), NUMBERS, ids=IDS)
def test_what_is_not_assumed_names_a_publication(name, number):
    """An effect size without a paper (or a vendor who says it) is invented."""
    published = "doi:" in number.source or ".com/" in number.source
    assert published or number.grade == "assumed"
    assert number.told(name).startswith("assumed") == (number.grade == "assumed")


def numbers_of(name: str) -> dict[str, object]:
    return {".".join(number.path): plain(number.value) for number in preset(name).numbers}


def test_derived_numbers_are_what_they_are_derived_from():
    """A slip in a division would pass every other check here."""
    reported = {
        "b2b": (4.8, 7.0, 1.3),
        "education": (14.8, 6.8, 4.1),
        "insurance": (26.0, 8.9, 6.6),
        "retail": (7.7, 16.2, 10.8),
        "travel": (7.3, 10.6, 2.2),
    }
    for industry, (share, signed_up, converted) in reported.items():
        numbers = numbers_of(f"industry_{industry}")
        assert size(numbers["programmes.*.share"]) == share
        assert size(numbers["channels.*.signed_up.probability"]) == signed_up
        assert size(numbers["product.activation.probability"]) == pytest.approx(
            100 * converted / signed_up, abs=0.05
        )
    garnefeld = numbers_of("garnefeld_referrers")
    assert size(garnefeld["product.referrer.churn_factor"]) == pytest.approx(
        math.log(0.93) / math.log(0.81), abs=5e-4
    )
    assert size(numbers_of("schmitt_bank")["product.referred.margin_gap"]) == pytest.approx(
        7.6 / 30, abs=5e-4
    )
    assert size(numbers_of("gershon_jiang_contagion")["product.referred.share_factor"]) == (1.31 + 1.57) / 2
    offers = size(numbers_of("leskovec_dvds")["channels.*.exposure.offers"])
    assert 1 - math.exp(-9 / offers) == pytest.approx(0.95, abs=0.005)


def test_the_vendor_is_called_one_wherever_his_numbers_go():
    """Benchmarks of somebody who sells the thing are not to pass for research."""
    for industry in (name for name in preset_names() if name.startswith("industry_")):
        assert "not independent" in preset(industry).about
        assert all("not independent" in number.told(industry) for number in preset(industry).numbers)


# --------------------------------------------------------------------------- where they go


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_used_and_written_out(name, tmp_path):
    """Values are read by the schema, not only by eye; and the explicit form needs no preset any more."""
    found = study(tmp_path, f"{ROOM}preset: {name}\n")
    assert any(f"(preset {name})" in source for source in found.base.sources.values())
    (tmp_path / "again.yaml").write_text(dump(found), encoding="utf-8")
    again = load_study(tmp_path / "again.yaml")
    assert again.base == found.base
    assert "preset:" not in dump(found)


def test_the_file_wins_and_its_own_number_is_not_given_a_foreign_source(tmp_path):
    """A planner's number that is shown with a paper's name would be a lie."""
    text = f"{ROOM}preset: garnefeld_referrers\nproduct: {{referrer: {{churn_factor: 0.5}}}}\n"
    base = study(tmp_path, text).base
    assert base.product.referrer.churn_factor == 0.5
    assert source_of("product.referrer.churn_factor", base.sources) == "assumed"
    assert base.product.churn.rate_per_day == pytest.approx(-math.log(0.81) / 365, rel=1e-12)
    assert "10.1509/jm.11.0423" in source_of("product.churn.rate", base.sources)


def test_a_preset_lies_over_what_the_file_extends_and_under_the_file(tmp_path):
    """Under the template it would do nothing, since a template says everything itself."""
    base = study(tmp_path, "extends: starter\npreset: industry_retail\n").base
    assert base.programmes["friends"].share_probability == 0.077
    assert base.channels["messenger"].signed_up.probability == 0.162
    written = "extends: starter\npreset: industry_retail\nprogrammes: {friends: {share: 3 %}}\n"
    assert study(tmp_path, written).base.programmes["friends"].share_probability == 0.03


def test_of_two_presets_the_later_wins(tmp_path):
    """The order of a list is the only thing that a planner has to say which one is meant."""
    text = f"{ROOM}preset: [industry_retail, industry_b2b]\n"
    assert study(tmp_path, text).base.programmes["p"].share_probability == 0.048
    text = f"{ROOM}preset: [industry_b2b, industry_retail]\n"
    assert study(tmp_path, text).base.programmes["p"].share_probability == 0.077


def test_a_file_below_may_have_presets_of_its_own(tmp_path):
    """Each file lays its own values over its own presets."""
    (tmp_path / "below.yaml").write_text(f"{ROOM}preset: [industry_b2b, schmitt_bank]\n", encoding="utf-8")
    base = study(tmp_path, "extends: below.yaml\npreset: industry_retail\n").base
    assert base.programmes["p"].share_probability == 0.077
    assert base.product.referred.churn_factor == 0.82


def test_a_null_of_the_file_hides_what_a_preset_sets(tmp_path):
    """Null means: the default, not the preset."""
    text = f"{ROOM}preset: schmitt_bank\nproduct: {{referred: null}}\n"
    assert study(tmp_path, text).base.product.referred.churn_factor == 1.0
    text = "referralsim: 1\nprogrammes: {p: {asks: [{framing: null}, {}]}}\npreset: jung_pro_social\n"
    first, second = study(tmp_path, text).base.programmes["p"].asks
    assert first.framing is None
    assert second.framing is not None
    assert second.framing.effect == 0.3


def test_lists_and_programmes_of_a_design_are_not_forgotten(tmp_path):
    """A design that replaces the asks would silently play without the framing of all others."""
    text = f"""{ROOM}preset: [jung_pro_social, industry_retail]
designs:
  other_ask: {{programmes: {{p: {{asks: [{{trigger: signup}}]}}}}}}
  another: {{programmes: {{q: {{asks: [{{trigger: signup}}]}}}}}}
  its_own: {{programmes: {{q: {{share: 9 %}}}}}}
  no_programme: {{programmes: null}}
"""
    designs = study(tmp_path, text).designs
    (ask,) = designs["other_ask"].programmes["p"].asks
    assert ask.framing is not None
    assert designs["other_ask"].programmes["p"].share_probability == 0.077
    assert designs["another"].programmes["q"].share_probability == 0.077
    (ask,) = designs["another"].programmes["q"].asks
    assert ask.framing is not None
    assert designs["its_own"].programmes["q"].share_probability == 0.09
    assert not designs["no_programme"].programmes


def test_a_design_does_not_get_back_what_the_base_says_itself(tmp_path):
    """The base's own number holds in all designs that only touch something else of that programme."""
    text = (
        "referralsim: 1\npreset: industry_retail\nprogrammes: {p: {share: 3 %}}\n"
        "designs: {a: {programmes: {p: {fatigue: 0.5}}}}\n"
    )
    assert study(tmp_path, text).designs["a"].programmes["p"].share_probability == 0.03


def test_a_channel_of_a_preset_does_not_take_the_default_one_away(tmp_path):
    """A file without channels contacts by `link`; one more channel must not break it."""
    base = study(tmp_path, f"{ROOM}preset: channel_email\n").base
    assert set(base.channels) == {"link", "email"}
    assert base.channels["email"].opened.probability == 0.2271


def test_a_scenario_without_presets_is_what_it_was(tmp_path):
    """The step between extending and merging must not touch anybody else."""
    assert study(tmp_path, ROOM).base.sources == {}


# --------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "preset: industry_retial",
            "FILE:3:9: preset: there is no preset of that name; `referralsim templates list` shows all "
            "(got industry_retial); did you mean `industry_retail`?",
        ),
        (
            "preset: [ryu_feick, nobody]",
            "FILE:3:21: preset.1: there is no preset of that name; `referralsim templates list` shows all "
            "(got nobody)",
        ),
        ("preset: 3", "FILE:3:9: preset: must be the name of a preset, or a list of names (got 3)"),
        ("preset:", "FILE:3:1: preset: must be the name of a preset, or a list of names (got nothing)"),
        (
            "preset: [[ryu_feick]]",
            "FILE:3:10: preset.0: must be the name of a preset, or a list of names (got a list)",
        ),
    ],
)
def test_a_wrong_preset_is_named_where_it_stands(line, said, tmp_path):
    """With the nearest name, as every other unknown name."""
    assert fault(tmp_path, f"{ROOM}{line}\n") == said


def test_too_many_presets_are_refused(tmp_path):
    """A list of fifty thousand names is no scenario."""
    names = ", ".join(["ryu_feick"] * (MAX_PRESETS + 1))
    assert "at most 16" in fault(tmp_path, f"{ROOM}preset: [{names}]\n")


def test_a_preset_that_finds_nothing_to_set_says_so(tmp_path):
    """Silence would let a planner believe that the paper's numbers are in the run."""
    said = fault(tmp_path, "referralsim: 1\npreset: jung_pro_social\n")
    assert said.startswith(
        "FILE:2:9: preset: sets nothing in this scenario: there is no `programmes.*.asks.*"
    )


@pytest.mark.parametrize(
    "part", ["programmes: 3", "programmes: [1]", "designs: [a]", "designs: {a: 3}", "channels: x"]
)
def test_parts_that_are_no_parts_give_faults_not_tracebacks(part, tmp_path):
    """The preset walks through trees that nobody has checked yet."""
    fault(tmp_path, f"referralsim: 1\n{part}\npreset: [industry_retail, jung_pro_social, channel_email]\n")


def test_a_number_of_a_preset_that_clashes_is_found_in_the_preset(tmp_path):
    """`loops.visibility` of the preset goes by `link`, which this scenario does not have."""
    said = fault(tmp_path, "extends: starter\npreset: aral_walker\n")
    assert said.startswith("presets findings:")
    assert "loops.visibility" in said
