"""Ratios over replications: sums over sums, where a mean of ratios is biased; and the spreadsheet's K."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers_logs import Story, forest
from scipy import stats

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.experiment.pool import pooled_parts
from referralsim.experiment.result import RunKey, outcome_of
from referralsim.metrics.growth import pooled_growth_rates
from referralsim.metrics.intervals import mean_interval, paired_difference, pooled_ratio
from referralsim.metrics.measure import measure_run
from referralsim.metrics.summary import pooled_values
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio

RATE, LEAVING, HORIZON = 0.3, 0.2, 10.0
TRUE_K = RATE * (1 - math.exp(-LEAVING * HORIZON / 2)) / LEAVING
"""Friends within the window of 5 days of one who brings .3 a day and leaves at .2 a day: .948."""


def birth_death(random: np.random.Generator):
    """Play a linear birth-death process from one customer."""
    parents, days, person = [-1], [0.0], 0
    while person < len(parents):
        end = min(HORIZON, days[person] + random.exponential(1 / LEAVING))
        day = days[person] + random.exponential(1 / RATE)
        while day < end:
            parents.append(person)
            days.append(day)
            day += random.exponential(1 / RATE)
        person += 1
    return forest(parents, days, HORIZON)


@pytest.fixture(scope="module")
def runs():
    random = np.random.default_rng(4)
    measured = (measure_run(birth_death(random)) for _ in range(400))
    return [outcome_of(RunKey("a", r), "", 0, found) for r, found in enumerate(measured)]


def test_k_of_runs_with_few_customers_is_the_true_one(runs):
    """n = 400, true K .948: the mean of ratios is .53, 16 standard errors off; pooled it is within three.

    A bias of .1 would be caught.
    """
    plain = mean_interval([run.scalars["k_offspring"].value for run in runs])
    pooled = mean_interval([part["k_offspring"] for part in pooled_parts(runs)])
    error = (pooled.high - pooled.low) / 2 / stats.t.ppf(0.975, pooled.n - 1)
    assert plain.mean == pytest.approx(0.53, abs=0.06)
    assert abs(pooled.mean - TRUE_K) < 3 * error
    assert error < 0.034
    assert pooled.n == 400


def test_parts_of_k_still_add_up_when_pooled(runs):
    means = {
        name: np.mean([part[name] for part in pooled_parts(runs)])
        for name in ("k_offspring", "k_programme", "k_organic", "k_word_of_mouth")
    }
    assert sum(list(means.values())[1:]) == pytest.approx(means["k_offspring"])


def test_growth_is_that_of_all_runs_together(runs):
    """The rate that solves Euler-Lotka within the window, though most runs have none of their own."""
    ages = (np.arange(2000) + 0.5) / 2000 * HORIZON / 2
    birth = RATE * np.exp(-LEAVING * ages) * HORIZON / 2 / 2000
    low, high = -1.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (birth * np.exp(-middle * ages)).sum() > 1 else (low, middle)
    found = mean_interval([part["growth_rate_per_day"] for part in pooled_parts(runs)])
    error = (found.high - found.low) / 2 / stats.t.ppf(0.975, found.n - 1)
    assert abs(found.mean - low) < 3 * error
    undefined = sum(math.isnan(run.scalars["growth_rate_per_day"].value) for run in runs)
    assert undefined > 100


def test_counts_are_averaged_as_they_are(runs):
    assert [part["customers"] for part in pooled_parts(runs)] == [
        run.scalars["customers"].value for run in runs
    ]


def test_a_single_run_is_its_own_estimate(runs):
    for name, value in pooled_parts(runs[:1])[0].items():
        assert value == pytest.approx(runs[0].scalars[name].value, nan_ok=True), name


def test_the_mean_of_the_parts_is_the_ratio_of_sums_and_their_spread_the_jackknifes():
    part, whole = np.array([1.0, 4.0, 0.0, 9.0, 3.0]), np.array([2.0, 5.0, 1.0, 7.0, 0.0])
    found = pooled_ratio(part, whole)
    n = len(part)
    without = np.array([(part.sum() - part[r]) / (whole.sum() - whole[r]) for r in range(n)])
    error = math.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    assert found.mean() == pytest.approx(part.sum() / whole.sum(), rel=1e-12)
    assert found.std(ddof=1) / math.sqrt(n) == pytest.approx(error, rel=1e-12)


def test_the_interval_of_a_pooled_ratio_covers_the_truth():
    """400 experiments of 30 runs with few observations each: 95 % +- 3 standard errors of 1.1 %."""
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        whole = random.poisson(3, 30) + 1
        found = mean_interval(pooled_ratio(random.poisson(0.6 * whole), whole))
        covered += found.low <= 0.6 <= found.high
    assert 0.917 < covered / 400 < 0.983


def test_runs_without_a_denominator_stay_in():
    """Their numerator counts, and so does that they had nothing to divide by."""
    found = pooled_values([ratio(2, 4), Scalar(math.nan, 0, 1.0, 0.0), ratio(1, 4)])
    assert len(found) == 3
    assert found.mean() == pytest.approx(4 / 8)
    assert pooled_values([ratio(0, 0), ratio(0, 0)]) == pytest.approx([math.nan] * 2, nan_ok=True)


def test_two_runs_are_pooled_and_one_or_plain_counts_are_taken_as_they_are():
    assert pooled_values([ratio(2, 4), ratio(1, 8)]).mean() == pytest.approx(3 / 12)
    assert pooled_values([Scalar(0.1, 3, 0.1 * 3, 3.0)]).tolist() == [0.1]  # not .3 / 3, which differs
    assert pooled_values([Scalar(3.0, 1), Scalar(5.0, 1)]).tolist() == [3.0, 5.0]


def test_a_run_that_cannot_know_the_measure_is_left_out():
    found = pooled_values([ratio(2, 4), UNDEFINED, ratio(1, 4)])
    assert math.isnan(found[1])
    assert np.nanmean(found) == pytest.approx(3 / 8)


def test_a_single_run_with_all_of_the_denominator_gives_no_interval():
    found = mean_interval(pooled_ratio([3.0, 0.0, 0.0], [4.0, 0.0, 0.0]))
    assert (found.mean, found.n) == (0.75, 1)
    assert math.isnan(found.low)


def test_equal_ratios_have_no_spread():
    """Rounding must not look like chance: a deterministic scenario has the same K in every run."""
    found = pooled_ratio([0.3, 0.6, 0.9], [1.0, 2.0, 3.0])
    assert np.ptp(found) == 0
    assert paired_difference(found, found)[:3] == (0.0, 0.0, 0.0)


def test_growth_of_equal_runs_is_their_own():
    friends, days = np.array([[2.0, 0.0]] * 3), np.array([[6.0, 0.0]] * 3)
    assert pooled_growth_rates(friends, days, np.ones(3)) == pytest.approx([math.log(2) / 3] * 3)


def doubling(days: int) -> Story:
    """Everybody invites four people on joining, of whom two join after two days: K = 2 in Skok's sense."""
    horizon = float(days)
    story = Story(6 * 2 ** (days // 2 + 1), horizon)
    story.join(0, 0.0)
    born, n = [(0, 0.0)], 1
    while born:
        person, day = born.pop(0)
        for place in range(4):
            friend = n if place < 2 else len(story.segments) - 1  # some are asked in vain
            row = {"target": friend, "loop": Loop.PROGRAMME, "programme": 0, "channel": 0}
            story.add(Kind.INVITED, day, person, attempt=64 * place, **row)
            if place < 2:
                n += 1
                if day + 2 < horizon:
                    story.join(friend, day + 2, parent=person)
                    born.append((friend, day + 2))
    return story


def test_spreadsheet_k_is_not_the_share_of_referred_customers():
    """Half of all customers joined last, their friends are under way: plain ratios cancel to below 1."""
    found = measure_run(doubling(11).record()).scalars
    assert found["invites_per_customer"].value == pytest.approx(4.0)
    assert found["settled_conversion"].value == pytest.approx(0.5)
    assert found["k_basic"].value == pytest.approx(2.0)
    assert found["referred_share"].value < 1
    assert found["conversion_per_invite"].value < 0.26


def test_an_invitation_wins_only_whom_its_sender_gets_the_credit_for():
    tale = Story(5, 100.0)
    for person in (0, 1):
        tale.join(person, 0.0)
    row = {"loop": Loop.PROGRAMME, "programme": 0, "channel": 0}
    for day, inviter, friend in ((1.0, 0, 2), (5.0, 1, 2), (3.0, 0, 2), (9.0, 0, 2), (4.0, 0, 3)):
        tale.add(Kind.INVITED, day, inviter, target=friend, **row)
    tale.join(2, 8.0, parent=0, signed_up=7.0)
    found = measure_run(tale.record(), 10.0).scalars
    assert found["settled_conversion"][:2] == pytest.approx((1 / 5, 5))
    assert measure_run(tale.record(), 4.0).scalars["settled_conversion"].value == 0  # it took 5 days


def test_nobody_invited_is_a_k_of_zero_and_nobody_there_is_none():
    assert measure_run(forest([-1, -1])).scalars["k_basic"][:2] == (0.0, 2)
    assert math.isnan(measure_run(Story().record()).scalars["k_basic"].value)
    conversion = measure_run(forest([-1, -1])).scalars["settled_conversion"]
    assert conversion == pytest.approx((math.nan, 0, 0.0, 0.0), nan_ok=True)  # stays in when pooled


def test_what_agents_send_is_no_invitation_of_a_customer():
    """Of the customer's two one wins a friend; the one that the agent (4, of no segment) sends does too."""
    tale = Story(5, 100.0, (0, 0, 0, 0, -1))
    tale.join(0, 0.0)
    for sender, friend in ((0, 1), (0, 2), (4, 3)):
        row = {"target": friend, "loop": Loop.PROGRAMME, "programme": 0, "channel": 0}
        tale.add(Kind.INVITED, 1.0, sender, **row)
    tale.join(1, 2.0, parent=0)
    tale.join(3, 2.0, parent=4)
    assert measure_run(tale.record()).scalars["settled_conversion"][:2] == pytest.approx((1 / 2, 2))


def test_an_invitation_that_had_no_time_yet_says_nothing():
    """Sent on day 95 of 100: over 10 days nothing is known of it, over 5 days it failed."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0)
    tale.add(Kind.INVITED, 95.0, 0, target=1, loop=Loop.PROGRAMME, programme=0, channel=0)
    assert measure_run(tale.record(), 10.0).scalars["settled_conversion"].n == 0
    assert measure_run(tale.record(), 5.0).scalars["settled_conversion"][:2] == (0.0, 1)


def test_conversion_is_pooled_by_the_windows_that_invitations_were_observed():
    """Window 10: two are seen for it all, one for half of it; one won at age 5, when all three were seen."""
    tale = Story(5, 100.0)
    tale.join(0, 0.0)
    for day, friend in ((1.0, 1), (20.0, 2), (95.0, 3)):
        tale.add(Kind.INVITED, day, 0, target=friend, loop=Loop.PROGRAMME, programme=0, channel=0)
    tale.join(1, 6.0, parent=0, signed_up=1.0)
    found = measure_run(tale.record(), 10.0).scalars["settled_conversion"]
    assert found == pytest.approx((1 / 3, 3, 2.5 / 3, 2.5))


def test_a_single_invitation_that_wins_is_a_k_of_a_half():
    """Of the two customers one invites, once; the mean number of invitations is 1/2, each wins one."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0)
    tale.add(Kind.INVITED, 1.0, 0, target=1, loop=Loop.PROGRAMME, programme=0, channel=0)
    tale.join(1, 6.0, parent=0)
    assert measure_run(tale.record()).scalars["k_basic"] == pytest.approx((1 / 2, 2, 1.0, 2.0))


def test_growth_that_one_run_alone_has_seen_has_no_interval():
    """Without the only run with windows, or the only one with friends, no rate is left: no spread."""
    friends, days = np.array([[2.0], [0.0]]), np.array([[2.0], [0.0]])
    for windows in ([1.0, 0.0], [1.0, 3.0]):
        found = pooled_growth_rates(friends, days, np.array(windows))
        expected = math.log(2.0 / sum(windows))  # all friends at age 1: K exp(-r) = 1
        assert found[0] == pytest.approx(expected, abs=1e-11)
        assert math.isnan(found[1])


def test_growth_without_a_window_is_not_known_whoever_has_friends():
    """Without run 0 there is a friend and no window; with it, three friends of half a day to one window."""
    found = pooled_growth_rates(np.array([[2.0], [1.0]]), np.array([[1.0], [0.5]]), np.array([1.0, 0.0]))
    assert found[0] == pytest.approx(math.log(3.0) / 0.5, abs=1e-10)
    assert math.isnan(found[1])


def test_growth_of_runs_is_jackknifed():
    """All friends of a run at one age: then r = ln(friends / windows) / (friend days / friends)."""
    friends, days, windows = np.array([2.0, 5.0, 3.0]), np.array([4.0, 5.0, 9.0]), np.array([1.0, 2.0, 1.5])

    def rate(runs):
        return math.log(friends[runs].sum() / windows[runs].sum()) * friends[runs].sum() / days[runs].sum()

    without = np.array([rate([1, 2]), rate([0, 2]), rate([0, 1])])
    expected = rate([0, 1, 2]) + 2 * (without.mean() - without)
    assert pooled_growth_rates(friends[:, None], days[:, None], windows) == pytest.approx(expected)


def test_growth_without_friends_is_not_known():
    nothing = np.zeros((2, 3))
    assert np.isnan(pooled_growth_rates(nothing, nothing, np.array([1.0, 1.0]))).all()
