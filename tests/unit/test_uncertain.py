"""Uncertain numbers: laws of ignorance, where they reach, and what leaves a study as it is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from worlds import write

from referralsim.errors import ScenarioError
from referralsim.experiment.axes import declared_axes, read_axes
from referralsim.scenario.digest import scenario_digest, study_digest
from referralsim.scenario.doubt import DoubtLaw
from referralsim.scenario.draws import clashes, drawn_values, with_values
from referralsim.scenario.load import load_study
from referralsim.scenario.resolve import dump

CASE = Path(__file__).parents[1] / "scenario_cases" / "valid" / "uncertain.yaml"
N = 4096


def law(name: str, **parameters: object) -> DoubtLaw:
    return DoubtLaw.model_validate({name: parameters})


def cut(inner: stats.rv_continuous, low: float, high: float) -> tuple[float, float]:
    """Return mean and sd of a law cut off at both ends, by integration over its quantiles."""
    share = (np.arange(200_000) + 0.5) / 200_000
    values = inner.ppf(inner.cdf(low) + share * (inner.cdf(high) - inner.cdf(low)))
    return float(values.mean()), float(values.std())


LOG = math.sqrt(math.log1p(0.25))
LAWS = {
    "uniform": (law("uniform", low="5 %", high="12 %"), 8.5, 7 / math.sqrt(12)),
    "triangular": (law("triangular", low=1, likely=2, high=6), 3.0, math.sqrt(21 / 18)),
    "pert": (law("pert", low=0, likely=1, high=6), 10 / 6, math.sqrt((10 / 6) * (6 - 10 / 6) / 7)),
    "normal": (law("normal", mean="3 d", sd="1 d"), 3.0, 1.0),
    "normal cut": (law("normal", mean=3, sd=1, low=2, high=3.5), *cut(stats.norm(3, 1), 2, 3.5)),
    "lognormal": (law("lognormal", median=2, sigma=0.5), 2 * math.exp(0.125),
                  2 * math.exp(0.125) * math.sqrt(math.exp(0.25) - 1)),
    "lognormal by mean": (law("lognormal", mean=2, sd=1), 2.0, 1.0),
    "lognormal cut": (law("lognormal", mean=2, sd=1, high=3),
                      *cut(stats.lognorm(LOG, scale=2 / math.sqrt(1.25)), 0, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_quantiles_have_the_mean_and_spread_of_their_law(name: str) -> None:
    """4,096 quantiles at even shares: within .2 % of the mean and 1 % of the sd (tails cut at 1/8192)."""
    drawn, mean, sd = LAWS[name]
    values = np.array([drawn.quantile((i + 0.5) / N) for i in range(N)])
    assert np.all(np.diff(values) >= 0)
    assert values.mean() == pytest.approx(mean, rel=2e-3)
    assert values.std() == pytest.approx(sd, rel=1e-2)


@pytest.mark.parametrize("name", LAWS)
def test_no_share_leads_outside_the_ends(name: str) -> None:
    drawn = LAWS[name][0]
    for share in (0.0, 1.0, 2.0**-60, 1 - 2.0**-53):
        value = drawn.quantile(share)
        assert math.isfinite(value)
        assert drawn.numbers.get("low", -math.inf) <= value <= drawn.numbers.get("high", math.inf)


def test_draws_by_address_have_the_moments_of_their_laws() -> None:
    """800 draws: uniform 5..12 % has mean 8.5 (s.e. .071), one of two words .5 (s.e. .018); 4 s.e. allowed.

    Seen would be a mean that is off by .29 points. Draws of two numbers have no correlation (s.e. .035).
    """
    study = load_study(CASE)
    draws = [drawn_values(study, 7, draw) for draw in range(800)]
    first = np.array([float(d["channels.mail.signed_up.probability"].removesuffix(" %")) for d in draws])
    assert first.mean() == pytest.approx(8.5, abs=4 * 7 / math.sqrt(12 * 800))
    words = np.array([d["programmes.friends.contact.ties"] == "weak_first" for d in draws])
    assert words.mean() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(800))
    other = np.array([float(d["programmes.friends.share"].removesuffix(" %")) for d in draws])
    assert abs(np.corrcoef(first, other)[0, 1]) < 4 / math.sqrt(800)
    assert all(float(d["product.purchases.basket"]) % 1 == 0 for d in draws)  # yen


def test_a_draw_depends_on_its_number_and_path_alone(tmp_path: Path) -> None:
    study = load_study(CASE)
    fewer = "\n".join(line for line in CASE.read_text().splitlines() if "sigma: 0.5" not in line)
    other = load_study(write(tmp_path, fewer))
    late = drawn_values(study, 7, 12)
    assert late == drawn_values(study, 7, 12)
    assert late.items() > drawn_values(other, 7, 12).items()
    assert late != drawn_values(study, 7, 13) != drawn_values(study, 8, 13)


def test_what_is_uncertain_changes_no_run(tmp_path: Path) -> None:
    text = CASE.read_text()
    without = load_study(write(tmp_path, text[: text.index("uncertain:\n")].replace("name: uncertain", "")))
    study = load_study(CASE)
    assert study_digest(study) == study_digest(without)
    assert all(design.uncertain == () for design in study.designs.values())


def test_a_number_of_the_base_reaches_all_that_says_the_same() -> None:
    """Segments follow the base product, designs the base; what says otherwise keeps its own."""
    study = load_study(CASE)
    moved = with_values(
        study,
        {
            "product.churn.rate": "3 % per month",
            "product.moments.happy": "0.2",
            "programmes.friends.rewards.referrer.value": "700",
        },
    )
    one, generous = moved.designs["one_sided"], moved.designs["generous"]
    segments = one.population.segments
    assert {s.product.churn.rate_per_day for s in segments.values()} == {one.product.churn.rate_per_day}
    assert one.product.churn.rate_per_day == pytest.approx(0.03 * 12 / 365)
    assert segments["loyal"].product.moments.happy == 0.3
    assert segments["others"].product.moments.happy == 0.2
    assert one.programmes["friends"].rewards.referrer[0].value_cents.cents == 700
    assert generous.programmes["friends"].rewards.referrer[0].value_cents.cents == 900
    kept = study.designs["one_sided"]
    assert scenario_digest(kept) != scenario_digest(one)


def test_a_design_has_uncertain_numbers_of_its_own() -> None:
    path = "designs.generous.programmes.friends.rewards.referrer.value"
    moved = with_values(load_study(CASE), {path: "850"})
    values = [d.programmes["friends"].rewards.referrer[0].value_cents.cents for d in moved.designs.values()]
    assert values == [500, 850]


def test_the_resolved_form_draws_the_same(tmp_path: Path) -> None:
    study = load_study(CASE)
    again = load_study(write(tmp_path, dump(study)))
    values = drawn_values(study, 3, 5)
    assert drawn_values(again, 3, 5) == values
    for name, design in with_values(study, values).designs.items():
        assert scenario_digest(with_values(again, values).designs[name]) == scenario_digest(design)


def test_values_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    text = (
        "referralsim: 1\nproduct: {moments: {happy: 50 %, unhappy: 30 %}}\n"
        "uncertain:\n  - {path: product.moments.happy, law: {uniform: {low: 40 %, high: 90 %}}}\n"
    )
    study = load_study(write(tmp_path, text))
    found = clashes(study)
    assert [fault.path for fault in found] == ["product.moments.happy"]
    assert found[0].message.startswith("cannot be 90 %: ")
    with pytest.raises(ScenarioError, match="happy"):
        with_values(study, {"product.moments.happy": "90 %"})
    assert clashes(load_study(CASE)) == []


def test_set_changes_what_is_uncertain() -> None:
    study = load_study(CASE, overrides=["uncertain.0.law={uniform: {low: 1 %, high: 2 %}}"])
    assert study.base.uncertain[0].law.words == "1 % to 2 %"
    with pytest.raises(ScenarioError, match="must be between 0 and 1"):
        load_study(CASE, overrides=["uncertain.0.law={uniform: {low: 1 %, high: 200 %}}"])
    assert load_study(CASE, overrides=["uncertain=[]"]).base.uncertain == ()


def test_axes_are_those_of_the_scenario_unless_another_range_is_given() -> None:
    study = load_study(CASE)

    def load(more):  # type: ignore[no-untyped-def]
        return load_study(CASE, overrides=tuple(more))

    declared = declared_axes(study)
    assert [axis.path for axis in declared] == [entry.path for entry in study.base.uncertain]
    assert declared[0].values == ("5 %", "6.75 %", "8.5 %", "10.25 %", "12 %")
    assert declared[2].at(0.4) == "20 %"  # as likely below as (20 - 10) / (35 - 10)
    assert declared[5].at(0.7) == "weak_first"
    axes = read_axes(["programmes.friends.share=1 %..3 %", "product.brand=0.1..0.9"], load, declared)
    assert len(axes) == len(declared) + 1
    assert {axis.path: axis.at(0.5) for axis in axes}["programmes.friends.share"] == "2 %"


def test_a_law_without_ends_is_shown_from_its_fifth_to_its_last_but_fifth_percentile() -> None:
    delay = next(
        axis for axis in declared_axes(load_study(CASE)) if axis.path.endswith("delay.lognormal.mean")
    )
    low, high = 12 * math.exp(-0.5 * 1.644854), 12 * math.exp(0.5 * 1.644854)
    assert delay.values[0] == f"{low:.6g} h"
    assert delay.values[-1] == f"{high:.6g} h"
    assert delay.level(0.0) == delay.at(0.05)
    assert delay.along(0.5) == f"{(low + high) / 2:.6g} h"
