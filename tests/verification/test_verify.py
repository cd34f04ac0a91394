"""`referralsim verify`: it holds, a wrong answer or a wrong engine fails, and the arithmetic is right."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers_cli import referralsim

from referralsim.cli.verifying import command_line
from referralsim.engine.contract import EngineInputs
from referralsim.errors import UsageError
from referralsim.report.markdown import escaped
from referralsim.theory import branching, growth, offspring
from referralsim.verification import exact_branching
from referralsim.verification.arithmetic import (
    Sample,
    average,
    chance_of_failing,
    equal,
    false_alarm,
    judge,
    ratio_of_sums,
    share,
    spread,
    within,
)
from referralsim.verification.check import (
    ASSUMED,
    FAILS,
    FAMILIES,
    HOLDS,
    NOT_REACHABLE,
    REPRODUCED,
    SKIPPED,
    Session,
    rows_of,
    seed_of,
)
from referralsim.verification.pictures import curves, page_of, scores
from referralsim.verification.playing import ordinary, tampered
from referralsim.verification.suite import all_checks, run_check, run_suite
from referralsim.verification.telling import LIMITS, as_data, markdown_text, sentence


def test_z_and_the_smallest_bias_of_a_share():
    """50 of 100 where .4 are due: s.e. sqrt(.24 / 100) = .04899, z = 2.0412, caught 5 s.e. = .24495."""
    sample = share("hits", 50, 100, 0.4)
    found = judge(sample)
    assert found.z == pytest.approx(2.0412, abs=1e-4)
    assert found.smallest_bias == pytest.approx(0.24495, abs=1e-5)
    assert found.holds
    assert not judge(share("hits", 66, 100, 0.4)).holds  # z = 5.3
    assert judge(share("hits", 66, 100, 0.4, tolerance=0.02)).holds  # z = 4.9


@pytest.mark.parametrize(("sign", "z"), [(1, 4.0), (-1, -4.0)])
def test_tolerance_is_taken_off_before_z(sign, z):
    assert judge(Sample("x", 10.0, 10.0 + sign * 5.0, 9, 1.0, 1.0)).z == z
    assert judge(Sample("x", 10.0, 10.0 + sign * 0.5, 9, 1.0, 1.0)).z == 0


def test_without_chance_only_equality_holds():
    assert judge(equal("users", 630, 630)).holds
    assert judge(equal("users", 630, 630)).smallest_bias == 0
    for off in (629, 631, 630.001):
        assert not judge(equal("users", off, 630)).holds
    assert judge(equal("sum", 0.1 + 0.2, 0.3)).holds  # the last bit


def test_a_band_must_be_clear_by_five_errors():
    assert judge(within("x", 0.5, 0.05, 9, 0.0, 1.0)).holds
    assert judge(within("x", 0.5, 0.05, 9, 0.0, 1.0)).smallest_bias == pytest.approx(0.25)
    assert not judge(within("x", 0.5, 0.11, 9, 0.0, 1.0)).holds
    assert not judge(within("x", 1.5, 0.01, 9, 0.0, 1.0)).holds


@pytest.mark.parametrize("empty", [average("x", [], 1.0), average("x", [1.0], 1.0), share("x", 0, 0, 0.5)])
def test_nothing_measured_never_holds(empty):
    assert not judge(empty).holds


def test_moments_of_samples():
    values = np.array([1.0, 2.0, 3.0, 6.0])
    assert average("x", values, 3.0).standard_error == pytest.approx(math.sqrt(14 / 3 / 4))
    assert average("x", values, 3.0, variance=4.0).standard_error == 1.0
    assert average("x", values, 3.0).degrees == 3
    assert spread("x", values, 1.0).simulated == pytest.approx(14 / 3)
    assert ratio_of_sums([1, 3], [2, 2]) == (1.0, pytest.approx(math.sqrt(2 * 2) / 4))


def test_an_estimated_error_makes_false_alarms_likelier():
    """Student's t with 3 degrees of freedom is beyond 5 in 1.5 % of cases, the normal law in 5.7e-7."""
    assert false_alarm(3.0) == pytest.approx(0.0154, abs=1e-4)
    assert false_alarm(math.inf) == pytest.approx(5.73e-7, rel=1e-3)


def test_few_hits_make_false_alarms_likelier():
    """100 draws at .0625: s.e. .0242, off by 5 from 19 hits on; P(X >= 19) by adding up the binomial law."""
    found = chance_of_failing(share("ended", 12, 100, 0.0625))
    by_hand = sum(math.comb(100, k) * 0.0625**k * 0.9375 ** (100 - k) for k in range(19, 101))
    assert found == pytest.approx(by_hand, rel=1e-9)
    assert found > 20 * false_alarm(math.inf)


def test_a_band_near_its_edge_fails_by_luck_more_often():
    """Where the truth lies 7 errors inside, 2 errors of bad luck are enough: .0228; 15 inside: never."""
    assert chance_of_failing(within("x", 7.0, 1.0, 100, low=0.0)) == pytest.approx(0.02275, abs=1e-5)
    assert chance_of_failing(within("x", 15.0, 1.0, 100, low=0.0)) < 1e-20
    assert chance_of_failing(equal("x", 1.0, 1.0)) == 0


@pytest.mark.parametrize("quick", [True, False])
def test_growing_lines_are_enough_for_their_error(quick):
    """An error found from 20 skewed lines is often too small: 6 of 400 honest suites failed, of 100 none."""
    for check in all_checks():
        if check.id.startswith("growth."):
            for engine in check.engines:
                n_runs, (lines,) = check.efforts.of(engine, quick)
                assert n_runs * int(lines.partition("=")[2]) >= 100


def test_every_check_is_whole():
    checks = all_checks()
    assert {check.family for check in checks} >= {"exact", "estimators", "published"}
    for check in checks:
        assert check.claim, check.id
        assert check.source, check.id
        assert check.standing in (HOLDS, REPRODUCED, ASSUMED, NOT_REACHABLE)
        assert (check.standing == HOLDS) == (not check.reason), check.id
        for world in check.worlds:
            assert world.path.is_file(), world.file


def test_all_fourteen_answers_and_all_limits_are_there():
    families = {check.id.split(".")[0] for check in all_checks()}
    assert families >= {
        "skok", "cascade", "virality", "progeny", "extinction", "growth", "birth_death", "percolation",
        "two_types", "bass", "inflow", "exposures", "moment", "cap", "reached", "estimators",
    }  # fmt: skip


def test_seeds_are_each_checks_own():
    seeds = {seed_of(1, check.id) for check in all_checks()}
    assert len(seeds) == len(all_checks())
    assert seed_of(1, "skok") != seed_of(2, "skok")


def test_rows_are_the_same_for_any_number_of_workers():
    only = ("progeny.poisson_05", "skok.k1*")
    assert repr(run_suite(only=only).rows) == repr(run_suite(only=only, workers=2).rows)


CHEAP = ("skok.k1", "virality", "progeny.poisson_05", "cap.2", "moment.happy_3", "uncertain")


@pytest.fixture(scope="module")
def cheap():
    return run_suite(only=CHEAP)


def test_a_quick_run_holds(cheap):
    assert len(cheap.rows) > 40
    assert not cheap.failed, cheap.failed
    assert {row.engine for row in cheap.rows if row.n} == {"fast", "reference"}
    assert 0 < cheap.false_alarm < 1e-3


def test_a_wrong_exact_value_fails(monkeypatch):
    """Skok's formula with one cycle too many, and K of the law a fifth too high."""
    right = growth.skok
    monkeypatch.setattr(growth, "skok", lambda u, k, n: right(u, k, n + 1))
    assert {row.verdict for row in run_check("skok.k2_cycle_2_days")} == {FAILS}
    pmf = branching.total_progeny_pmf
    monkeypatch.setattr(branching, "total_progeny_pmf", lambda law, n: pmf(offspring.poisson(0.6), n))
    assert any(row.verdict == FAILS for row in run_check("progeny.poisson_05"))


def more_invites(inputs: EngineInputs) -> EngineInputs:
    streams = inputs.streams.copy()
    streams["count_a"] *= 1.2
    return inputs._replace(streams=streams)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_fault_in_the_rules_is_seen(engine):
    """A fifth more invitations: sizes of lines are off by 5 errors and more on either engine."""
    play = tampered(more_invites)
    assert any(row.verdict == FAILS for row in run_check("progeny.poisson_05", "fast", play=play))
    if engine == "reference":
        rows = run_check("progeny.poisson_05", engine, quick=False, play=play)
        assert any(row.verdict == FAILS for row in rows)


def test_a_play_function_sees_the_worlds():
    seen = []

    def play(world, engine, n_runs, seed):
        seen.append((world.file, engine, n_runs, seed))
        return ordinary(world, engine, n_runs, seed)

    assert run_check("cap.2_Poisson", play=play)
    assert seen == [("cap.yaml", "fast", 2, seed_of(1, "cap.2_Poisson"))]


def test_what_cannot_be_reached_says_why():
    (row,) = run_check("uncertain_rewards")
    assert row.verdict == NOT_REACHABLE
    assert "face value" in row.reason


def test_what_only_the_full_suite_makes_is_not_silently_left_out():
    (row,) = run_suite(only=("skok.day_20",)).rows
    assert (row.verdict, row.engine, row.n) == (SKIPPED, "fast", 0)
    assert "--full makes it" in row.reason
    with pytest.raises(UsageError, match="none of these checks is made on reference"):
        run_suite(only=("skok.day_20",), engines=("reference",))


def test_too_little_memory_is_no_failure(monkeypatch):
    """Twenty million users take 6 GB; where they are not, the check says so and plays nothing."""
    monkeypatch.setattr("referralsim.verification.exact_branching.available_memory", lambda: 2**32)
    played = []
    (row,) = run_check("skok.day_20", quick=False, play=lambda *world: played.append(world))
    assert row.verdict == SKIPPED
    assert row.reason == "needs 5.9 GiB of memory, and 4.0 GiB are available"
    assert not played


def test_users_by_the_million_are_counted_cycle_by_cycle():
    """The same check to day 9, small enough to play here; a horizon a day too early fails its last row."""
    check = exact_branching.skok_by_the_million(days=9)
    rows = rows_of(check, Session("fast", False, 1, check.efforts.full_fast, ordinary))
    assert [int(row.simulated) for row in rows][-3:] == [2550, 5110, 10230]
    assert {row.verdict for row in rows} == {HOLDS}
    wrong = tampered(lambda inputs: inputs._replace(horizon_days=inputs.horizon_days - 1.0))
    rows = rows_of(check, Session("fast", False, 1, check.efforts.full_fast, wrong))
    assert [row.verdict for row in rows] == [HOLDS] * 9 + [FAILS]


def test_an_assumed_finding_that_fails_is_no_longer_assumed():
    check = next(c for c in all_checks() if c.id == "schmitt.roi")
    wrong = replace(check, measure=lambda session: [equal("return", 0.5, 0.6)])
    session = Session("fast", True, 1, check.efforts.quick_fast, ordinary)
    assert [row.verdict for row in rows_of(wrong, session)] == [FAILS]


def test_the_factor_of_contagion_is_held_to_its_error():
    """K1 / K0 = 1.43 within .027, 10 runs of 4,000 first customers: odds of 1.2, not 1.6, are z = -10."""
    factor = run_check("gershon_jiang.contagion")[0]
    assert factor.exact == pytest.approx(1 / 0.7)
    assert factor.standard_error == pytest.approx(0.0271, abs=0.0006)
    assert factor.smallest_bias_share < 0.1
    assert factor.verdict == ASSUMED

    def weaker(world, engine, n_runs, seed):
        sets = (*world.sets, "product.referred.share_factor=1.2")
        return ordinary(world._replace(sets=sets), engine, n_runs, seed)

    assert run_check("gershon_jiang.contagion", play=weaker)[0].verdict == FAILS


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    done = referralsim("verify", "--only", "skok.k1*", "--html", "no/folder/v.html", cwd=tmp_path, code=2)
    assert "no/folder is no folder that can be written to" in done.stderr
    assert not done.stdout


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="nothing matches"):
        run_suite(only=("no_such",))
    with pytest.raises(UsageError, match="there is no"):
        run_check("no_such_check")


def test_an_engine_named_twice_is_one():
    suite = run_suite(engines=("reference", "reference"), only=("skok.k1_cycle_2_days",))
    assert suite.engines == ("reference",)
    assert len(suite.rows) == 11
    assert command_line(suite, ()) == "referralsim verify --quick --seed 1 --engine reference"


def test_the_command_that_repeats_a_suite_says_whether_faults_were_planted():
    suite = run_suite(engines=("reference",), only=("skok.k1_cycle_2_days",))
    assert "faults" not in command_line(suite, ())
    assert "--full --seed 1 --engine reference --no-faults" in command_line(suite._replace(quick=False), ())


def test_the_error_of_a_large_cascade_counts_that_people_are_reached_together():
    """Erdos-Renyi, c = 1.5: n times the variance is 1.7363, not S (1 - S) = .2432; 40 graphs."""
    (row,) = run_check("percolation.erdos_renyi_5_t30")
    assert (row.n, row.verdict) == (40, HOLDS)
    assert row.standard_error == pytest.approx(math.sqrt(1.73625 / 20_000 / 40), rel=1e-5)


def test_close_to_the_threshold_the_graphs_themselves_say_how_far_they_spread():
    """Theory's n times variance, 16.5, is that of far larger graphs; 40 graphs give it within a third."""
    (row,) = run_check("percolation.erdos_renyi_5_t22")
    assert row.standard_error == pytest.approx(math.sqrt(16.5113 / 20_000 / 40), rel=0.33)
    assert row.false_alarm > 1e-5  # an error that is estimated


def test_each_run_has_a_graph_of_its_own():
    seeds = []

    def play(world, engine, n_runs, seed):
        seeds.append(seed)
        assert n_runs == 1
        return ordinary(world, engine, n_runs, seed)

    check = next(c for c in all_checks() if c.id == "percolation.regular_3_t75")
    few = Session("fast", True, 1, check.efforts.quick_fast._replace(runs=3), play)
    rows_of(check, few)
    assert len(set(seeds)) == 3


def test_pictures_hold_theory_and_dots(cheap):
    found = curves(cheap.rows)
    assert found[0].title.split(":")[0] == "Skok's formula, user by user"
    skok = found[0].lines[0]
    assert skok.theory[:3] == (10.0, 20.0, 30.0)
    assert {dot[1] for dot in skok.dots if dot[0] == 4.0} == {30.0}
    spread_of = scores(cheap.rows)
    assert spread_of is not None
    exact = [r for r in cheap.rows if r.is_statistical and not math.isnan(r.exact) and not r.tolerance]
    assert sum(spread_of.counts) == len(exact)
    assert sum(spread_of.expected) == pytest.approx(len(exact), rel=1e-5)


def test_scores_are_spread_about_zero_and_few_of_them_prove_nothing(cheap):
    """Two rows of .1 are chance; 200 checks all 3 off one way are not, though they hardly differ."""
    row = next(r for r in cheap.rows if r.is_statistical and not math.isnan(r.exact) and not r.tolerance)
    few = scores([row._replace(z=0.1), row._replace(z=-0.1)])
    one_way = scores([row._replace(check=f"check.{i}", z=3.0 + 0.5 * (-1) ** i) for i in range(200)])
    assert few is not None
    assert few.title.startswith("Chance explains all that is off")
    assert one_way is not None
    assert one_way.title.startswith("Chance does not explain it: 200 rows are 3.04 ")


def test_pages_say_what_was_found(cheap):
    text = markdown_text(cheap, "referralsim verify --quick --seed 1")
    for row in cheap.rows:
        assert f"`{row.check}`" in text
    assert "What was not checked" in text
    page = page_of(cheap, "referralsim verify")
    assert page.sentence == sentence(cheap)
    assert sum(part.drawn is not None for part in page.parts) >= 3


def test_the_page_counts_what_fails_and_what_cannot_be_made(cheap):
    """One row of K = 1 is turned over; uncertain rewards are out of reach."""
    wrong = next(i for i, row in enumerate(cheap.rows) if row.check == "skok.k1_cycle_2_days")
    rows = [row._replace(verdict=FAILS) if i == wrong else row for i, row in enumerate(cheap.rows)]
    parts = {part.title: part for part in page_of(cheap._replace(rows=rows), "").parts}
    n_exact = len({row.check for row in rows if row.family == "exact"})
    assert parts[f"Exact answers: 1 of {n_exact} checks fail"].rows[0][1].endswith("FAILS")
    assert "Published findings: none made, 1 cannot be made" in parts
    long = parts["Exact answers, row by row"].rows
    assert len(long) == sum(row.family == "exact" for row in rows)
    assert sum(FAILS in row[4] for row in long) == 1


def test_the_written_page_lists_the_checks_that_there_are():
    """Names, claims and sources, in their order; the numbers are those of the day it was made."""
    root = Path(__file__).parent.parent.parent
    written = (root / "docs" / "verification.md").read_text(encoding="utf-8").splitlines()
    mine = [
        f"**`{check.id}`** {escaped(check.claim)}. *{escaped(check.source)}*"
        for family in FAMILIES
        for check in all_checks()
        if check.family == family
    ]
    assert [line for line in written if line.startswith("**`")] == mine, (
        "referralsim verify --full --markdown docs/verification.md, where EoN and ndlib are installed"
    )
    assert all(f"- {escaped(text)}" in written for text in LIMITS)


def test_the_data_is_whole(cheap):
    data = as_data(cheap, "referralsim verify")
    assert data["n_rows"] == len(data["rows"]) == len(cheap.rows)


def test_the_command_prints_json_and_ends_well(tmp_path):
    done = referralsim(
        "verify", "--only", "skok.k1*", "--json", "--html", "v.html", "--markdown", "v.md", cwd=tmp_path
    )
    data = json.loads(done.stdout)
    assert data["n_failed"] == 0
    assert {row["verdict"] for row in data["rows"]} == {"holds"}
    assert {row["check"] for row in data["rows"]} == {"skok.k1_cycle_2_days"}
    assert (tmp_path / "v.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "# Why believe the numbers" in (tmp_path / "v.md").read_text(encoding="utf-8")


def test_the_command_names_its_checks(tmp_path):
    listed = referralsim("verify", "--list", "--only", "bass", cwd=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["bass.p0.03_q0.38", "bass.p0.01_q0.5", "bass.p0.1_alone"]
    referralsim("verify", "--only", "no_such", cwd=tmp_path, code=2)


def test_the_command_ends_with_1_if_a_row_fails(monkeypatch, capsys):
    """In this process, so that a wrong formula can be planted."""
    from referralsim.cli import cli
    from referralsim.cli.failing import run_safely

    right = growth.skok
    monkeypatch.setattr(growth, "skok", lambda u, k, n: right(u, k, n) + 1)
    monkeypatch.setattr(
        "sys.argv", ["referralsim", "verify", "--only", "skok.k1*", "--workers", "1", "--quiet"]
    )
    assert run_safely(cli) == 1
    monkeypatch.undo()
    assert capsys.readouterr().out == ""
