"""Files that are no scenario files, and options on top of one."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

import pytest

from referralsim.errors import Fault, ScenarioError, UsageError
from referralsim.scenario import read
from referralsim.scenario.load import load_study
from referralsim.scenario.resolve import dump
from referralsim.scenario.templates import template_summary, template_text

BASE = """\
referralsim: 1
population: {segments: {a: {share: 1}}}
programmes: {p: {asks: [{trigger: purchase}], rewards: {referrer: {value: 20.00}}}}
timeline: [{day: 50 d, set: {product: {brand: 0.2}}}]
designs: {low: {product: {brand: 0.3}}, same: {}}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(BASE, encoding="utf-8")
    return path


def message(path: Path | str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        load_study(path, overrides)
    return str(raised.value).replace(str(path), "FILE")


def test_folder(tmp_path: Path) -> None:
    assert message(tmp_path) == "FILE: is a folder, not a scenario file"


def test_missing_file(tmp_path: Path) -> None:
    assert message(tmp_path / "x.yaml") == "FILE: there is no such file"


def test_name_that_no_file_can_have() -> None:
    assert message("a\0b").endswith("cannot be read: embedded null byte")


def test_pipe(tmp_path: Path) -> None:
    # Reading a pipe would wait for ever.
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == "FILE: is not a regular file"


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"referralsim: 1\nname: caf\xe9\n")
    assert message(tmp_path / "x.yaml") == "FILE:2:10: is not UTF-8 text: byte 0xe9; save the file as UTF-8"


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfreferralsim: 1\n")
    assert load_study(tmp_path / "x.yaml").base.seed == 1


def test_huge_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("referralsim: 1\n" + "# x\n" * 300_000)
    assert "larger than 1 MiB" in message(tmp_path / "x.yaml")


def test_huge_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_NODES", 1_000)
    (tmp_path / "x.yaml").write_text("referralsim: 1\nx: [" + "1," * 1_200 + "1]\n")
    assert "more than 1,000 values" in message(tmp_path / "x.yaml")


def test_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    (tmp_path / "x.yaml").write_text("\n".join(lines))
    start = time.perf_counter()
    assert "with aliases written out" in message(tmp_path / "x.yaml")
    assert time.perf_counter() - start < 2.0


def test_deep_nesting(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: " + "[" * 2_000)
    assert "nested more than 32 deep" in message(tmp_path / "x.yaml")


def test_long_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"referralsim: 1\nname: {'x' * 10_001}\n")
    assert message(tmp_path / "x.yaml") == "FILE:2:7: name: is longer than 10,000 characters"


def test_fault_lines_cannot_be_forged(tmp_path: Path) -> None:
    # A name with a line break must not look like another fault or steer the terminal.
    (tmp_path / "x.yaml").write_text('referralsim: 1\n"a\\nb\\e[31m": 1\n')
    assert all(letter.isprintable() for letter in message(tmp_path / "x.yaml").replace("\n", "", 1))
    assert len(message(tmp_path / "x.yaml").splitlines()) == 1


def test_faults_survive_pickling() -> None:
    # Faults found in a worker process must reach the user.
    error = ScenarioError([Fault("f", 1, 2, "a.b", "is wrong", "3", "4")])
    assert str(pickle.loads(pickle.dumps(error))) == "f:1:2: a.b: is wrong (got 3); did you mean `4`?"


def test_faults_are_in_the_order_of_the_file() -> None:
    faults = [
        Fault("f", 10, 1, "", "c"),
        Fault("f", 9, 5, "", "b"),
        Fault("f", 9, 1, "", "a"),
        Fault("f", 9, 1, "", "a"),
    ]
    assert [fault.message for fault in ScenarioError(faults).faults] == ["a", "b", "c"]


# --------------------------------------------------------------------------- --set


def test_set_changes_base_and_designs(scenario: Path) -> None:
    study = load_study(scenario, ["programmes.p.asks.0.probability=50 %", "product.moments.happy=0.4"])
    for world in (study.base, *study.designs.values()):
        assert world.programmes["p"].asks[0].probability == 0.5
        assert world.product.moments.happy == 0.4
        assert world.population.segments["a"].product.moments.happy == 0.4
    assert study.designs["low"].product.brand == 0.3


def test_set_reads_yaml_values(scenario: Path) -> None:
    study = load_study(
        scenario,
        [
            "channels.link.opened.delay={exponential: 3 d}",
            "population.graph={complete: {}}",
            "programmes.p.rewards.referrer=null",
            "designs.low.product.brand=0.1",
            "loops.visibility={probability: 2 %}",
            "channels.mail={}",
        ],
    )
    assert study.base.channels["link"].opened.delay_days.a == 3.0
    assert study.base.population.graph.kind == "complete"
    assert study.base.programmes["p"].rewards.referrer == ()
    assert study.designs["low"].product.brand == 0.1
    assert study.base.loops.visibility is not None
    assert list(study.base.channels) == ["link", "mail"]


def test_set_may_say_what_the_file_says(scenario: Path) -> None:
    # Making the base equal to a design is an experiment, not a slip.
    assert load_study(scenario, ["product.brand=0.3"]).designs["low"].product.brand == 0.3


def test_set_reaches_what_a_design_takes_from_the_base(scenario: Path) -> None:
    """Also where the overlay says nothing of that part; lists are changed in the design alone."""
    study = load_study(
        scenario,
        [
            "designs.low.channels.link.tie_effect=0.7",
            "designs.low.programmes.p.share=1 %",
            "designs.low.programmes.p.asks.0.probability=0.25",
            "designs.low.programmes.q={}",
        ],
    )
    low, base = study.designs["low"], study.base
    assert (low.channels["link"].tie_effect, low.programmes["p"].share_probability) == (0.7, 0.01)
    assert low.programmes["p"].asks[0] == base.programmes["p"].asks[0].model_copy(
        update={"probability": 0.25}
    )
    assert base.programmes["p"].asks[0].probability != 0.25
    assert base.programmes["p"].share_probability != 0.01
    assert list(low.programmes) == ["p", "q"]
    assert low.product.brand == 0.3


@pytest.mark.parametrize("override", ["designs.low=null", "designs.new=null", "designs={low: null}"])
def test_set_does_not_pretend_to_take_a_design_away(scenario: Path, override: str) -> None:
    said = message(scenario, override)
    assert "null takes no design away" in said
    assert override.split("=")[0] in said
    assert list(load_study(scenario, ["designs.new={}"]).designs) == ["low", "same", "new"]


@pytest.mark.parametrize(
    ("path", "too_much", "most"),
    [
        ("product.use.rate", "10001 per day", "10000 per day"),
        ("product.purchases.rate", "1e9 per day", "1 per day"),
        ("product.purchases.every", "1e-5 d", "1 d"),
        ("product.churn.rate", "1e5 per day", "10000 per day"),
        ("programmes.p.asks.0.rate", "2e4 per day", "1e4 per day"),
        ("programmes.p.asks.0.every", "1e-6 d", "1e-4 d"),
        ("population.segments.a.product.use.rate", "1e5 per day", "1 per day"),
        ("designs.low.product.use.rate", "1e5 per day", "1 per day"),
    ],
)
def test_what_nobody_can_do_so_often_is_refused_at_its_place(
    scenario: Path, path: str, too_much: str, most: str
) -> None:
    """A slip of a unit would keep a machine busy for ever."""
    said = message(scenario, f"{path}={too_much}")
    assert said.startswith(f"--set:1:{len(path) + 2}: {path}: must be at ")
    assert "10,000 a day for one person" in said
    load_study(scenario, [f"{path}={most}"])


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (
            "product.brand=5",
            "--set:1:15: product.brand: must be between 0 and 1, or 0 % and 100 % (got 5); "
            "did you mean `5 %`?",
        ),
        (
            "product.brnad=0.5",
            "--set:1:9: product.brnad: names nothing in the scenario; did you mean `brand`?",
        ),
        ("channels.mial.tie_effect=1", "--set:1:10: channels.mial: names nothing in the scenario"),
        (
            "programmes.p.asks.3.probability=1",
            "--set:1:19: programmes.p.asks.3: names nothing in the scenario",
        ),
        (
            "designs.low.programmes.pp.share=1",
            "--set:1:24: designs.low.programmes.pp: names nothing in the scenario; did you mean `p`?",
        ),
        (
            "designs.lwo.product.brand=1",
            "--set:1:9: designs.lwo: names nothing in the scenario; did you mean `low`?",
        ),
        ("product.brand.x=1", "--set:1:15: product.brand.x: names nothing in the scenario"),
        ("horizon=30", "--set:1:9: horizon: needs a unit of time (got 30); did you mean `30 d`?"),
        ("product={brnad: 1}", "--set:1:10: product.brnad: unknown key; did you mean `brand`?"),
        ("product.brand=[1", "--set:1:17: is not valid YAML: a bracket or quote is not closed"),
    ],
)
def test_set_faults(scenario: Path, override: str, expected: str) -> None:
    assert message(scenario, override) == expected


@pytest.mark.parametrize("override", ["product.brand", "=5", "a..b=1", ""])
def test_set_of_wrong_form(scenario: Path, override: str) -> None:
    with pytest.raises(UsageError, match="path=value") as raised:
        load_study(scenario, [override])
    assert raised.value.exit_code == 2


def test_faults_of_file_and_set_come_together(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("referralsim: 1\nproduct: {brand: 7}\n")
    lines = message(path, "seed=-1", "horizon=soon").splitlines()
    assert [line.split(": ")[0] for line in lines] == ["--set:1:6", "--set:2:9", "FILE:2:18"]


# --------------------------------------------------------------------------- options


def test_options_hold_in_every_design(scenario: Path, tmp_path: Path) -> None:
    ties = tmp_path / "elsewhere.txt"
    ties.write_text("1 2\n")
    study = load_study(scenario, graph_file=ties, size=200, horizon="90 d", replications=3, seed=9)
    for world in (study.base, *study.designs.values()):
        assert (world.population.size, world.horizon_days, world.replications, world.seed) == (
            200,
            90.0,
            3,
            9,
        )
        assert (world.population.graph.kind, world.population.graph.file) == ("edge_list", str(ties))


def test_shorter_horizon_drops_later_changes(scenario: Path, tmp_path: Path) -> None:
    study = load_study(scenario, horizon="40 d")
    assert study.base.timeline == ()
    (tmp_path / "again.yaml").write_text(dump(study))
    assert load_study(tmp_path / "again.yaml").designs == study.designs


def test_bad_options(scenario: Path) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_study(scenario, size=0, horizon="soon", seed=-1)
    assert str(raised.value).splitlines() == [
        "--horizon: horizon: must be a duration with a unit, such as `30 d`, `12 h` or `1 y` (got soon)",
        "--seed: seed: must be at least 0 (got -1)",
        "--size: population.size: must be at least 1 (got 0)",
    ]
    with pytest.raises(UsageError, match="no such file"):
        load_study(scenario, graph_file=Path("nowhere.txt"))


def test_unknown_template() -> None:
    for ask in (template_text, template_summary):
        with pytest.raises(UsageError, match="starter"):
            ask("../starter")


def test_extends_cannot_leave_the_folder_by_a_link(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.yaml").write_text("referralsim: 1\nsecret: 1\n")
    (inner / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (inner / "x.yaml").write_text("extends: link.yaml\n")
    text = message(inner / "x.yaml")
    assert text == "FILE:1:10: extends: must lie in the folder of the scenario or below it (got link.yaml)"


def test_fault_in_an_extended_file_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("referralsim: 1\nproduct: {brand: 7}\n")
    (tmp_path / "x.yaml").write_text("extends: base.yaml\nseed: 2\n")
    assert message(tmp_path / "x.yaml").startswith(
        f"{tmp_path}/base.yaml:2:18: product.brand: must be between"
    )


def test_a_folder_is_no_graph(scenario: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        load_study(scenario, graph_file=tmp_path)
    with pytest.raises(UsageError, match="there is no such file"):
        load_study(scenario, graph_file=tmp_path / "none")
