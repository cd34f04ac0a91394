"""The K family against hand-made cases, a slow second implementation and known limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers_logs import Story, forest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.metrics import growth, over_time, virality
from referralsim.metrics.joins import joins_of
from referralsim.metrics.offspring import longest, offspring_of
from referralsim.metrics.virality import k_of

lives = st.lists(
    st.tuples(st.integers(-1, 30), st.integers(0, 19), st.sampled_from(sorted(virality.BRINGING_LOOPS))),
    min_size=1,
    max_size=25,
)


def story_of(draws) -> Story:
    """Everybody joins at or after the parent, within [0, 20)."""
    story = Story(len(draws), 20.0, tuple(i % 3 for i in range(len(draws))))
    days: list[float] = []
    for person, (parent, day, loop) in enumerate(draws):
        parent = parent % person if parent >= 0 and person else -1
        days.append(max(day, days[parent]) if parent >= 0 else float(day))
        story.join(person, days[-1], parent, loop if parent >= 0 else None, channel=person % 2)
    return story


def brute_k(joins, window, parents=None):
    """Mean cumulative function, friend by friend and customer by customer."""
    members = range(joins.n) if parents is None else parents
    total = 0.0
    for child in range(joins.n):
        parent = joins.parent[child]
        if parent < 0 or parent not in members:
            continue
        age = joins.joined_days[child] - joins.joined_days[parent]
        if age <= window:
            seen = joins.record.horizon_days - joins.joined_days
            total += 1 / sum(seen[i] >= age for i in members)
    return total


@settings(max_examples=60, deadline=None)
@given(lives, st.floats(0.5, 20))
def test_k_is_the_mean_cumulative_function(draws, window):
    joins = joins_of(story_of(draws).record())
    k = k_of(joins, window)
    found = virality.k_offspring(k)
    if joins.observed_days.max() < window:
        assert math.isnan(found.value)
        assert found.n == 0
    else:
        assert found.value == pytest.approx(brute_k(joins, window), rel=1e-12, abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(lives)
def test_every_split_adds_up_to_the_whole(draws):
    k = k_of(joins_of(story_of(draws).record()), 5.0)
    table = virality.k_by_table(k)
    whole = virality.k_offspring(k).value
    assert set(table["split"]) == {"loop", "channel", "programme", "segment", "referrer_segment"}
    for _, part in table.groupby("split"):
        assert part["k"].sum(skipna=False) == pytest.approx(whole, rel=1e-12, abs=1e-15, nan_ok=True)


def test_split_names_the_part_that_brought_the_friend():
    story = Story(4, segments=(0, 1, 1, 0))
    story.join(0, 0.0)
    story.join(1, 1.0, parent=0, loop=Loop.COLLABORATION, channel=1)
    story.join(2, 2.0, parent=0, loop=Loop.PROGRAMME)
    story.join(3, 3.0, parent=1, loop=Loop.VISIBILITY)
    whole = virality.k_by_table(k_of(joins_of(story.record()), 10.0)).set_index(["split", "part"])
    assert whole["n_others"].sum() == 0  # every friend was brought by a customer
    assert whole["n_offspring"].groupby("split").sum().tolist() == [3] * 5
    table = whole["k"]
    assert table["loop", "collaboration"] == pytest.approx(1 / 4)
    assert table["loop", "programme"] == pytest.approx(1 / 4)
    assert table["loop", "visibility"] == pytest.approx(1 / 4)
    assert table["channel", "mail"] == pytest.approx(1 / 4)
    assert table["programme", "none"] == pytest.approx(2 / 4)
    assert table["segment", "neutral"] == pytest.approx(2 / 4)
    assert table["referrer_segment", "loyal"] == pytest.approx(2 / 4)


def test_whom_no_customer_brought_is_counted_by_channel_where_there_is_one():
    """Person 3 is an agent (of no segment), who brings 1 by the first channel; 2 has a code without one."""
    story = Story(4, segments=(0, 0, 0, -1))
    story.join(0, 0.0)
    story.join(1, 1.0, parent=3, channel=0)
    for kind in (Kind.SIGNED_UP, Kind.ACTIVATED):
        origin = Origin.ORGANIC_ARRIVAL if kind == Kind.SIGNED_UP else 0
        story.add(kind, 2.0, 2, attempt=origin, loop=Loop.PROGRAMME, programme=0)
    table = virality.k_by_table(k_of(joins_of(story.record()), 10.0)).set_index(["split", "part"])["n_others"]
    assert table["channel"].to_dict() == {"link": 1, "mail": 0}
    assert table["loop", "programme"] == table["programme", "friends"] == table["segment", "loyal"] == 2
    assert table["referrer_segment"].sum() == 0


def test_censored_customers_are_not_counted_as_zero():
    """Two customers bring one friend each at age 10; all who joined late were not yet that old."""
    record = forest([-1, -1, 0, 1, -1, -1], days=[0, 0, 10, 10, 19.5, 19.5], horizon=20.0)
    joins = joins_of(record)
    k = virality.k_offspring(k_of(joins, 10.0))
    assert k.value == pytest.approx(2 / 4)  # four were seen to age 10
    assert (k.n, k.part, k.whole) == pytest.approx((6, 4.1 / 2, 4 + 0.5 / 10 + 0.5 / 10))
    assert virality.k_offspring_naive(joins, 10.0).value == pytest.approx(2 / 6)
    table = virality.k_by_table(k_of(joins, 10.0)).set_index(["split", "part"])
    assert table.loc[("loop", "programme"), "n_offspring"] == 2  # the window holds its last instant
    assert virality.k_offspring(k_of(joins, 20.0)).value == pytest.approx(2 / 4)  # seen from day 0 to 20
    assert math.isnan(virality.k_offspring(k_of(joins, 20.1)).value)


def test_true_k_of_a_growing_process_is_found_where_the_naive_one_is_biased():
    """Everybody brings two friends exactly 3 days after joining: K = 2, whatever the horizon cuts off."""
    parents, days = [-1], [0.0]
    for person in range(63):
        parents += [person, person]
        days += [days[person] + 3] * 2
    joins = joins_of(forest(parents, days, horizon=20.0))
    assert len(parents) == 2**7 - 1  # generations on days 0, 3, ..., 18; the next would be after the horizon
    k = k_of(joins, 5.0)
    assert virality.k_offspring(k).value == pytest.approx(2.0, rel=1e-12)
    assert virality.k_offspring_naive(joins, 5.0).value < 1.05
    assert growth.growth_rate(k).value == pytest.approx(math.log(2) / 3, rel=1e-9)
    assert growth.doubling_time(growth.growth_rate(k)).value == pytest.approx(3.0, rel=1e-9)
    assert [scalar.value for scalar in growth.cycle_time(k)] == pytest.approx([3.0, 3.0])


def test_k_is_undefined_when_nobody_was_watched_long_enough():
    k = k_of(joins_of(forest([-1, 0], days=[15.0, 16.0], horizon=20.0)), 10.0)
    assert virality.k_offspring(k).n == 0
    assert virality.k_by_table(k)["k"].isna().all()
    assert virality.k_part(k, (Loop.PROGRAMME,))[:2] == pytest.approx((math.nan, 0), nan_ok=True)


def test_generations_are_counted_and_their_ratios_taken():
    table = virality.k_generation_table(joins_of(forest([-1, -1, 0, 0, 0, 2, 2, 5])))
    assert table["customers"].tolist() == [2, 3, 2, 1]
    assert table["k"].tolist() == pytest.approx([3 / 2, 2 / 3, 1 / 2, 0])
    assert virality.k_generation(table, 1)[:2] == pytest.approx((2 / 3, 3))
    assert virality.k_generation(table, 2)[:2] == pytest.approx((1 / 2, 2))
    assert virality.k_generation(table, 3) == (0.0, 1, 0.0, 1.0)
    assert virality.k_generation(table, 4) == pytest.approx((math.nan, 0, 0.0, 0.0), nan_ok=True)
    one = virality.k_generation_table(joins_of(forest([-1, 0, 0])))
    assert one["k"].tolist() == [2.0, 0.0]


def test_next_generation_matrix_of_two_types_has_the_known_spectral_radius():
    """Rows are parents, M = [[.3, .2], [.5, .4]]: the radius is .670156."""
    parents, segments = [-1] * 20, [0] * 10 + [1] * 10
    for mother, brings in ((0, (3, 2)), (10, (5, 4))):
        for segment, count in enumerate(brings):
            parents += [mother] * count
            segments += [segment] * count
    story = Story(len(parents), 20.0, tuple(segments))
    for person, parent in enumerate(parents):  # friends join too late to be watched to the age of 1
        story.join(person, 0.0 if parent < 0 else 19.5, parent, Loop.PROGRAMME if parent >= 0 else None)
    matrix, _ = virality.next_generation_matrix(k_of(joins_of(story.record()), 20.0))
    block = matrix[matrix["loop"] == "initial"][["loyal / programme", "neutral / programme"]].to_numpy()
    assert block == pytest.approx(np.array([[0.3, 0.2], [0.5, 0.4]]))
    assert np.abs(np.linalg.eigvals(block)).max() == pytest.approx(0.670156, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(lives)
def test_next_generation_rows_are_the_mean_cumulative_functions_of_the_types(draws):
    joins = joins_of(story_of(draws).record())
    matrix, radius = virality.next_generation_matrix(k_of(joins, 5.0))
    for _, row in matrix.iterrows():
        members = {
            i
            for i in range(joins.n)
            if joins.record.segment_names[joins.segment[i]] == row["segment"]
            and Loop(joins.loop[i]).name.lower() == row["loop"]
        }
        assert row.iloc[4:].sum() == pytest.approx(brute_k(joins, 5.0, members), abs=1e-12)
    if radius.n:
        assert radius.value == pytest.approx(np.abs(np.linalg.eigvals(matrix.iloc[:, 4:])).max())


def test_radius_of_a_chain_is_the_k_of_its_links_not_of_its_seed():
    """The seed brings one; of thirty links all but the last, watched for five days, bring one."""
    parents, days = [-1, *range(30)], [i / 2 for i in range(31)]
    story = Story(31, 20.0)
    for person, parent in enumerate(parents):
        story.join(person, days[person], parent)
    _, radius = virality.next_generation_matrix(k_of(joins_of(story.record()), 4.0))
    assert radius.value == pytest.approx(29 / 30)


def test_cohorts_are_censored_one_by_one():
    record = forest([-1, -1, 0, 0, 1, 4], days=[0, 0, 1, 2, 8, 9.5], horizon=10.0)
    table = over_time.cohort_table(k_of(joins_of(record), 5.0)).set_index("cohort_start_days")
    assert table.loc[0, "k_offspring"] == pytest.approx(1.0)
    assert table.loc[0, "k_so_far"] == pytest.approx(3 / 2)
    assert math.isnan(table.loc[8, "k_offspring"])
    assert table.loc[8, "k_so_far"] == pytest.approx(1.0)
    assert table["customers"].sum() == 6
    assert math.isnan(table.loc[5, "k_so_far"])
    assert table["observed_days"].dropna().to_dict() == {0.0: 10.0, 1.0: 9.0, 2.0: 8.0, 8.0: 2.0, 9.0: 0.5}


@pytest.mark.parametrize(
    ("horizon", "edges", "second"),
    [
        *(
            (0.5, 11, 0.05),
            (1.0, 2, 1.0),
            (26.0, 27, 1.0),
            (27.0, 5, 7.0),
            (182.0, 27, 7.0),
            (183.0, 8, 30.0),
        ),
        *((780.0, 27, 30.0), (781.0, 10, 90.0), (2340.0, 27, 90.0), (2341.0, 8, 365.0)),
        *((9490.0, 27, 365.0), (9500.0, 27, 9500 / 26)),
    ],
)
def test_periods_are_the_shortest_of_which_26_suffice(horizon, edges, second):
    found = over_time.period_edges(horizon)
    assert (len(found), found[1]) == (edges, pytest.approx(second))


def test_a_cohort_seen_for_exactly_the_window_has_a_k():
    table = over_time.cohort_table(k_of(joins_of(forest([-1, -1, 1], days=[0, 5, 9], horizon=10.0)), 5.0))
    assert table["k_offspring"].dropna().to_dict() == {0: 0.0, 5: 1.0}


@settings(max_examples=30, deadline=None)
@given(lives)
def test_exposure_in_cells_of_time_and_age_is_exact(draws):
    joins = joins_of(story_of(draws).record())
    times, ages = np.linspace(0, 20, 5), np.linspace(0, 7, 4)
    cells = over_time._exposure(joins.joined_days, times, ages)
    for t in range(4):
        for a in range(3):
            lived = sum(
                max(0.0, min(times[t + 1], day + ages[a + 1]) - max(times[t], day + ages[a]))
                for day in joins.joined_days
            )
            assert cells[t, a] == pytest.approx(lived, abs=1e-9)


def test_period_k_is_k_times_seen_over_expected_and_averages_to_k():
    rng = np.random.default_rng(3)
    parents = [-1] * 5 + [int(rng.integers(0, i)) for i in range(5, 400)]
    days = [0.0] * 5
    for person in range(5, 400):
        days.append(float(rng.uniform(days[parents[person]], 60.0)))
    k = k_of(joins_of(forest(parents, days, horizon=60.0)), 30.0)
    table = over_time.k_t_table(k)
    whole = virality.k_offspring(k).value
    assert (table["k"] * table["n_expected"]).sum() / table["n_expected"].sum() == pytest.approx(whole)
    assert table["n_expected"].sum() == pytest.approx(table["n_offspring"].sum())
    assert table["customers"].tolist() == [sum(day < end for day in days) for end in table["end_days"]]
    assert table["penetration"].iloc[-1] == 1.0


def test_k_of_two_days_by_hand():
    """Window 1 day, cells of 1/30 day; the only friend within it came at age .51, in the cell from .5.

    Three were seen at that age: K = 1/3. In that cell 0 lived 1/30 day on the first day; 1 lived 1/30 and 2
    until the horizon .02 on the second. The friend came on the first.
    """
    k = k_of(joins_of(forest([-1, 0, 0], days=[0.0, 0.51, 1.48], horizon=2.0)), 1.0)
    lived = np.array([1 / 30, 1 / 30 + 0.02])
    expected = lived / lived.sum()
    table = over_time.k_t_table(k)
    assert table["n_expected"].tolist() == pytest.approx(expected.tolist())
    assert table["k"].tolist() == pytest.approx([1 / 3 / expected[0], 0.0])
    assert table["n_offspring"].tolist() == [1, 0]
    assert table[["start_days", "day", "end_days"]].to_numpy().tolist() == [[0, 0.5, 1], [1, 1.5, 2]]
    assert table["customers"].tolist() == [2, 3]
    assert table["penetration"].tolist() == pytest.approx([2 / 3, 1.0])


@pytest.mark.parametrize(
    ("ages", "weights", "rate"),
    [
        ([1.0], [2.0], 0.693147180559945),
        ([1.0, 1.0], [0.25, 0.25], -0.693147180559945),
        ([3.0], [1.0], 0.0),
        ([0.0, 2.0], [0.5, 1.0], math.log(2) / 2),
    ],
)
def test_euler_lotka_with_fixed_delays(ages, weights, rate):
    assert growth.euler_lotka(np.array(ages), np.array(weights)) == pytest.approx(rate, abs=1e-11)


@pytest.mark.parametrize(("shape", "rate"), [(2, 0.828427), (1, 1.0)])
def test_euler_lotka_with_gamma_delays_of_mean_one_and_k_two(shape, rate):
    from scipy.stats import gamma

    ages = gamma.ppf((np.arange(200_000) + 0.5) / 200_000, shape, scale=1 / shape)
    assert growth.euler_lotka(ages, np.full(200_000, 2 / 200_000)) == pytest.approx(rate, abs=2e-5)


@pytest.mark.parametrize(("ages", "weights"), [([], []), ([0.0], [0.5]), ([0.0, 1.0], [1.0, 1.0])])
def test_no_finite_growth_rate_is_undefined(ages, weights):
    assert math.isnan(growth.euler_lotka(np.array(ages), np.array(weights)))


def test_cycle_time_histogram_counts_friends_within_the_window():
    k = k_of(joins_of(forest([-1, 0, 0, 0], days=[0, 1, 2, 50], horizon=100.0)), 30.0)
    table = growth.cycle_time_table(k)
    assert table["count"].sum() == 2
    assert table["share"].sum() == pytest.approx(1.0)
    assert table.loc[1, "count"] == 1


@pytest.mark.parametrize("rate", [-0.5, 0.0])
def test_who_does_not_grow_never_doubles(rate):
    doubled = growth.doubling_time(virality.Scalar(rate, 3))
    assert math.isnan(doubled.value)
    assert doubled.n == 0


def test_cycle_time_histogram_holds_what_runs_are_pooled_by():
    """Window 30 in 30 bins; four customers seen for the whole of it, a friend each at age 1 and 2."""
    k = k_of(joins_of(forest([-1, 0, 0, 0], days=[0, 1, 2, 50], horizon=100.0)), 30.0)
    table = growth.cycle_time_table(k)
    assert table["days_low"].tolist() == pytest.approx(list(range(30)))
    assert table["days_high"].tolist() == pytest.approx(list(range(1, 31)))
    assert table["windows"].tolist() == [4.0] * 30
    assert table["friends"].tolist() == pytest.approx([0.0, 1.0, 1.0] + [0.0] * 27)
    assert table["friend_days"].tolist() == pytest.approx([0.0, 1.0, 2.0] + [0.0] * 27)
    unseen = growth.cycle_time_table(k_of(k.joins, 101.0))
    assert unseen["count"].sum() == 3
    assert unseen[["windows", "friends", "friend_days"]].to_numpy().tolist() == [[0.0] * 3] * 30


def test_cycle_times_of_three_friends():
    """At ages 1, 2 and 9: the middle one is 2, the mean 4; of four the lower of the middle two counts."""
    median, mean = growth.cycle_time(k_of(joins_of(forest([-1, 0, 0, 0], days=[0, 1, 2, 9])), 20.0))
    assert median[:2] == (2.0, 3)
    assert mean == pytest.approx((4.0, 3, 12.0, 3.0))
    even = growth.cycle_time(k_of(joins_of(forest([-1, 0, 0, 0, 0], days=[0, 1, 2, 4, 9])), 20.0))
    assert even[0][:2] == (2.0, 4)


def test_without_friends_a_cycle_takes_no_known_time_but_the_run_counts():
    median, mean = growth.cycle_time(k_of(joins_of(forest([-1, -1]))))
    assert math.isnan(median.value)
    assert math.isnan(mean.value)
    assert (median.n, mean.n) == (0, 0)
    assert (mean.part, mean.whole) == (0.0, 0.0)


@pytest.mark.parametrize("horizon", [0.5, 1.0, 20.0, 90.0, 365.0, 3650.0, 20_000.0])
def test_periods_cover_the_horizon_and_are_few(horizon):
    edges = over_time.period_edges(horizon)
    assert edges[0] == 0
    assert edges[-1] == horizon
    assert (np.diff(edges) > 0).all()
    assert 2 <= len(edges) <= 27


def test_who_is_in_no_group_is_watched_for_no_group():
    assert longest(np.array([9.0, 3.0, 4.0]), np.array([-1, 0, 0]), 1).tolist() == [4.0]
    assert longest(np.array([9.0]), np.array([-1]), 2).tolist() == [-math.inf, -math.inf]


def test_who_brings_a_friend_before_being_active_does_so_at_age_nothing():
    """Signed up on day 0, active on day 5; a friend joins on day 3."""
    story = Story(2, 20.0)
    story.join(0, 5.0, signed_up=0.0)
    story.join(1, 3.0, parent=0)
    assert offspring_of(joins_of(story.record())).age_days.tolist() == [0.0]
