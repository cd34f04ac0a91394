"""``compare --uncertain`` and ``sensitivity`` with what a scenario says is uncertain, as a user runs them."""

from __future__ import annotations

import json

import pytest
from helpers_cli import files, referralsim

from referralsim.experiment.plan import plan
from referralsim.experiment.result import COMPANIONS, RunKey
from referralsim.experiment.store import load_experiment
from referralsim.scenario.load import load_study

SMALL = """
referralsim: 1
name: small
question: Which?
horizon: 60 d
population: {size: 300, graph: {erdos_renyi: {mean_degree: 6}}}
acquisition: {initial: {customers: 40}}
product: {purchases: {rate: 1 per month, basket: 20.00, margin: 40 %}}
programmes:
  refer:
    asks: [{trigger: signup}]
    share: 50 %
    rewards: {referrer: {value: 5.25}}
replications: 4
designs:
  alpha: {}
  beta: {programmes: {refer: {rewards: {referrer: {value: 2.00}, referee: {value: 2.00}}}}}
  none: {programmes: {refer: null}}
uncertain:
  - {path: programmes.refer.share, law: {pert: {low: 20 %, likely: 50 %, high: 80 %}}, source: "a pilot"}
  - {path: product.purchases.rate, law: {lognormal: {median: 1 per month, sigma: 0.4}}}
  - {path: designs.beta.programmes.refer.rewards.referee.value, law: {uniform: {low: 1.00, high: 3.00}}}
"""
QUICK = ("--quiet", "--uncertain")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One worker in `one`, two in `two`, and without drawing in `known`."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "s.yaml").write_text(SMALL)
    (folder / "plain.yaml").write_text(SMALL[: SMALL.index("uncertain:")])
    referralsim("compare", "s.yaml", *QUICK, "--workers", "1", "--out", "one", cwd=folder)
    referralsim("compare", "s.yaml", *QUICK, "--workers", "2", "--out", "two", cwd=folder)
    for name in ("s", "plain"):
        out = ("--workers", "1", "--out", f"known_{name}")
        referralsim("compare", f"{name}.yaml", "--quiet", *out, cwd=folder)
    return folder


def test_the_bytes_are_the_same_for_any_number_of_workers(made):
    assert files(made / "one") == files(made / "two")


def test_nothing_is_drawn_unless_it_is_asked_for(made):
    known, plain = (load_experiment(made / f"known_{name}") for name in ("s", "plain"))
    assert known.digests == plain.digests
    assert known.runs.equals(plain.runs)
    assert known.ignorance == []
    drawn = load_experiment(made / "one")
    assert drawn.digests["alpha"] != known.digests["alpha"]
    assert len(drawn.digests["alpha"]) == 4


def test_what_is_drawn_is_the_same_for_all_designs_and_for_the_world_without_programmes(made):
    ready = plan(load_study(made / "s.yaml"), draws=True)
    rates = set()
    for draw in range(3):
        here, second = (ready.drawn(RunKey("alpha", draw + more)) for more in (0, COMPANIONS))
        assert here is second  # a draw and its companion
        designs = here.study.designs
        worlds = [*designs.values(), *(group.scenario for group in here.groups.values())]
        assert len({world.product.purchases.rate_per_day for world in worlds}) == 1
        rates.add(worlds[0].product.purchases.rate_per_day)
        shares = [designs[name].programmes["refer"].share_probability for name in ("alpha", "beta")]
        assert shares[0] == shares[1] != 0.5
        assert designs["beta"].programmes["refer"].rewards.referee[0].value_cents.cents != 200
    assert len(rates) == 3
    seeds = {ready.world(RunKey("alpha", number))[1] for number in (0, COMPANIONS)}
    assert len(seeds) == 2
    experiment = load_experiment(made / "one")
    assert (experiment.values("none", "incremental_customers") == 0).all()


def test_more_replications_never_change_earlier_ones(made):
    more = ("--replications", "6", "--workers", "2", "--out", "more")
    referralsim("compare", "s.yaml", *QUICK, *more, cwd=made)
    few, many = load_experiment(made / "one"), load_experiment(made / "more")
    for design, digests in few.digests.items():
        assert many.digests[design][:4] == digests
    earlier = many.runs[many.runs["replication"] < 4]
    for column in ("design", "replication", "measure", "value"):
        assert earlier[column].reset_index(drop=True).equals(few.runs[column])


def test_work_goes_on_where_it_was_stopped(made):
    """Of 3 designs x 6 draws x 2, the first 24 runs are there; the result is that of one go."""
    again = ("--workers", "1", "--out", "resumed")
    referralsim("compare", "s.yaml", "--uncertain", "--quiet", *again, cwd=made)
    said = referralsim("compare", "s.yaml", "--uncertain", "--replications", "6", *again, cwd=made)
    assert "24 of 36 runs were there" in said.stderr
    fresh = ("--workers", "2", "--out", "fresh")
    referralsim("compare", "s.yaml", *QUICK, "--replications", "6", *fresh, cwd=made)
    assert files(made / "resumed") == files(made / "fresh")


def test_it_is_made_again_from_its_lock(made, tmp_path):
    lock = json.loads((made / "one" / "run.lock.json").read_text())
    assert lock["asked"]["uncertain"] is True
    said = referralsim("reproduce", str(made / "one"), cwd=tmp_path)
    assert "same to the last byte" in said.stdout


def test_the_result_says_what_is_luck_and_what_is_not_known(made):
    said = referralsim("compare", "s.yaml", *QUICK, "--json", "--workers", "1", "--out", "one", cwd=made)
    rows = json.loads(said.stdout)["ignorance"]
    assert {(row["a"], row["b"]) for row in rows} >= {("alpha", None), ("alpha", "beta")}
    assert all(row["n"] == 4 for row in rows)
    known = [row for row in rows if row["share"] is not None]
    assert all(0 <= row["low"] <= row["share"] <= row["high"] <= 1 for row in known)
    text = (made / "one" / "report.md").read_text()
    assert "is what nobody knows" in text
    assert "### Luck, and what is not known" in text
    assert "Every replication drew 3 uncertain numbers anew" in text
    page = (made / "one" / "report.html").read_text()
    assert "Luck, and what is not known" in page


def test_the_assumptions_say_what_may_be_another(made):
    for folder in ("one", "known_s"):
        text = (made / folder / "report.md").read_text()
        row = next(line for line in text.splitlines() if line.startswith("| programmes.refer.share"))
        assert "20 % to 80 %, most likely 50 % (pert) (a pilot)" in row
    assert "May be" not in (made / "known_plain" / "report.md").read_text()


def test_there_must_be_something_to_draw(made):
    said = referralsim("compare", "plain.yaml", "--uncertain", cwd=made, code=2)
    assert "the scenario says of no number that it is uncertain" in said.stderr


def test_sensitivity_varies_what_is_uncertain(made):
    out = ("--workers", "1", "--json", "--quiet", "--out", "sens", "--replications", "2", "--against", "none")
    said = referralsim("sensitivity", "s.yaml", *out, "--design", "alpha", cwd=made)
    effects = {row["path"]: row for row in json.loads(said.stdout)["found"]["effects"]}
    assert set(effects) == {entry.path for entry in load_study(made / "s.yaml").base.uncertain}
    assert effects["programmes.refer.share"]["high_text"] == "80 %"
    vary = ("--vary", "programmes.refer.share=40 %..45 %", "--vary", "product.brand=0.2..0.8")
    said = referralsim("sensitivity", "s.yaml", *out, *vary, cwd=made)
    effects = {row["path"]: row for row in json.loads(said.stdout)["found"]["effects"]}
    assert len(effects) == 4
    assert effects["programmes.refer.share"]["high_text"] == "45 %"
