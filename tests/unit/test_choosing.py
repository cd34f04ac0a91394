"""Which design to ship: chances, losses, dominance, verdicts."""

import math

import numpy as np
import pytest

from referralsim.experiment.choosing import CLEAR, NOT_KNOWN, NOT_WORTH, TOO_CLOSE, choose


def designs(gap: float, spread: float = 1.0, n: int = 20) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    luck = random.normal(100.0, 10.0, n)
    return {"a": luck, "b": luck + gap + random.normal(0.0, spread, n)}


def test_a_clear_lead_is_clear_and_costs_nothing() -> None:
    choice = choose("customers", designs(5.0), "higher")
    assert choice.verdict == CLEAR
    assert [option.design for option in choice.options] == ["b", "a"]
    assert choice.options[0].chance_best > 0.999
    assert choice.options[0].expected_loss < 0.001
    assert choice.options[1].expected_loss == pytest.approx(5.0, abs=0.5)
    assert choice.runs_needed is None


def test_lower_is_better_for_costs() -> None:
    assert choose("cac_gross", designs(5.0), "lower").options[0].design == "a"


def test_a_narrow_lead_is_too_close_and_says_how_many_runs_would_settle_it() -> None:
    values = designs(0.1, n=12)
    choice = choose("customers", values, "higher")
    assert choice.verdict == TOO_CLOSE
    assert choice.runs_needed is None or choice.runs_needed > 12


def test_the_runs_that_are_said_to_be_needed_settle_it_four_times_in_five() -> None:
    """400 repeats with a true difference of .3 standard deviations.

    Exact: .82 at the 93 runs that are said after 40; n = 400, standard error .02. A rule without room for
    chance (46 runs) would succeed every second time, so a bias of .07 is caught.
    """
    wave = np.sin(np.arange(40))
    gap = 0.3 + (wave - wave.mean()) / wave.std(ddof=1)
    said = choose("customers", {"a": gap, "b": gap * 0}, "higher")
    assert said.verdict == TOO_CLOSE
    assert said.runs_needed is not None
    random = np.random.default_rng(5)
    settled = 0
    for _ in range(400):
        again = random.normal(0.3, 1.0, said.runs_needed)
        settled += choose("customers", {"a": again, "b": again * 0}, "higher").verdict == CLEAR
    assert settled / 400 == pytest.approx(0.8, abs=0.07)


def test_an_answer_for_which_runs_were_added_is_held_to_every_look() -> None:
    """t = 2.5 at n = 20: clear of Student's interval, and not of the one that survives peeking."""
    wave = np.sin(np.arange(20))
    gap = 1.0 + math.sqrt(20) / 2.5 * (wave - wave.mean()) / wave.std(ddof=1)
    assert choose("customers", {"a": gap, "b": gap * 0}, "higher").verdict == CLEAR
    assert choose("customers", {"a": gap, "b": gap * 0}, "higher", peeked=True).verdict == TOO_CLOSE


def test_designs_that_are_the_same_share_the_chance() -> None:
    same = designs(1.0)["a"]
    choice = choose("customers", {"a": same, "b": same.copy(), "c": same - 50}, "higher")
    assert [option.chance_best for option in choice.options] == pytest.approx([0.5, 0.5, 0.0])
    assert choice.options[0].expected_loss == pytest.approx(0.0)
    assert choice.options[2].dominated_by == ("a", "b")


def test_a_difference_too_small_to_matter_is_not_worth_having() -> None:
    assert choose("customers", designs(0.5, spread=0.1), "higher", smallest=2.0).verdict == NOT_WORTH
    assert choose("customers", designs(0.5, spread=0.1), "higher").verdict == CLEAR


def test_replications_in_which_somebody_is_unknown_do_not_count() -> None:
    values = designs(5.0)
    values["a"][3] = math.nan
    assert choose("customers", values, "higher").n == 19


def test_one_run_says_nothing() -> None:
    choice = choose("customers", {"a": np.array([1.0]), "b": np.array([2.0])}, "higher")
    assert choice.verdict == NOT_KNOWN
    assert math.isnan(choice.options[0].chance_best)


def test_the_chance_is_that_of_student() -> None:
    """Two designs: the chance best is Student's t distribution function at d / s.e.

    n = 20,000 draws; four standard errors are .014, the smallest error this would see.
    """
    from referralsim.metrics.intervals import paired_difference

    values = designs(0.3, n=8)
    choice = choose("customers", values, "higher")
    chance = {option.design: option.chance_best for option in choice.options}
    exact = paired_difference(values["b"], values["a"]).p_a_better
    assert chance["b"] == pytest.approx(exact, abs=0.014)
