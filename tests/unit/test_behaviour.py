"""Behaviour functions: known values, limits, and the orders they must give."""

from __future__ import annotations

import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from referralsim.behaviour import moments, rates, response
from referralsim.scenario.schema import Response


def channel(**changed):
    rules = {
        "signed_up_logit": 0.0,
        "tie_effect": 0.0,
        "brand_effect": 0.0,
        "exposure_curve": 0,
        "exposure_effect": 0.0,
        "exposure_offers": 3.0,
    }
    return SimpleNamespace(**(rules | changed))


@pytest.mark.parametrize(("work", "day"), [(0.5, 0.5), (2.0, 2.0), (2.5, 3.0), (3.0, 4.0), (3.1, math.inf)])
def test_waiting_integrates_through_phases(work, day):
    table = np.array([[1.0], [0.5], [0.0]])
    assert rates.next_time(0.0, work, table, 0, 1.0, np.array([0.0, 2.0, 4.0])) == pytest.approx(day)


def test_a_rate_that_rises_again_is_waited_for():
    table = np.array([[0.0], [2.0]])
    assert rates.next_time(1.0, 1.0, table, 0, 1.0, np.array([0.0, 5.0])) == 5.5


@pytest.mark.parametrize(("day", "phase"), [(0.0, 0), (1.999, 0), (2.0, 1), (100.0, 1)])
def test_phases_are_half_open(day, phase):
    assert rates.phase_at(day, np.array([0.0, 2.0])) == phase


def test_only_the_latest_moment_counts():
    numbers = (3.0, 2.0, 0.2, 7.0)
    assert moments.moment_factor(moments.HAPPY, 0.0, *numbers) == 3.0
    assert moments.moment_factor(moments.UNHAPPY, 0.0, *numbers) == pytest.approx(0.2)
    assert moments.moment_factor(moments.NO_MOMENT, 0.0, *numbers) == 1.0
    assert moments.moment_factor(moments.HAPPY, 1e6, *numbers) == pytest.approx(1.0)


def test_mean_lift_under_an_exponential_ask_delay():
    """Exact answer: E[w] = 1 + A tau / (tau + m)."""
    half_life, mean = 2.0, 1.5
    tau = half_life / math.log(2)
    value, _ = quad(
        lambda t: moments.moment_factor(1, t, 3.0, half_life, 0.2, 7.0) * math.exp(-t / mean) / mean, 0, 200
    )
    assert value == pytest.approx(1 + 2.0 * tau / (tau + mean), rel=1e-6)


@given(st.floats(-700, 700))
def test_expit_and_logit_are_inverse(x):
    p = response.expit(x)
    assert 0.0 <= p <= 1.0
    if 1e-12 < p < 1 - 1e-3:
        assert response.logit(p) == pytest.approx(x, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("form", "value", "effect"),
    [(0, 1, 0.8), (0, 5000, 0.8), (0, 0, 0.0), (1, 1000, 0.8 * math.log(2)), (2, 500, 0.4), (2, 9e9, 0.8)],
)
def test_reward_curves(form, value, effect):
    assert response.reward_effect(form, 0.8, 1000.0, float(value)) == pytest.approx(effect)


def test_single_peaked_exposure_peaks_where_it_says():
    gains = [response.exposure(response.SINGLE_PEAKED, 1.0, 2.0, n) for n in range(1, 12)]
    assert gains[0] == 0.0
    assert int(np.argmax(gains)) + 1 == 2


def test_saturating_exposure_levels_off():
    gains = [response.exposure(response.SATURATING, 1.0, 3.0, n) for n in range(1, 40)]
    assert gains[0] == 0.0
    assert all(b > a for a, b in pairwise(gains))
    assert gains[-1] == pytest.approx(1.0, abs=1e-4)


def test_word_of_mouth_is_limited_both_ways():
    heard = [response.heard_log_odds(channel(), 1, b, 0.2, 5.0) for b in (-100.0, -5.0, 0.0, 5.0, 100.0)]
    assert heard == [-1.0, -1.0, 0.0, 1.0, 1.0]


def test_sure_steps_stay_sure_whatever_is_added():
    assert response.accept_probability(channel(signed_up_logit=math.inf), -9.0, 0.0, 0.0, -9.0) == 1.0
    assert response.accept_probability(channel(signed_up_logit=-math.inf), 9.0, 1.0, 1.0, 9.0) == 0.0


def defaults(referrer, referee):
    r = Response()
    effect = {True: 1.0, False: 0.0}
    return SimpleNamespace(
        mode=0,
        share_base=response.logit(0.1),
        own_effect=r.to_own_reward.effect * effect[referrer],
        friend_effect=r.to_friends_reward.effect * effect[referee],
        one_sided=float(referrer and not referee),
        log_fatigue=0.0,
        **{
            name: getattr(r, name)
            for name in (
                "own_base",
                "own_weak_brand",
                "own_weak_tie",
                "friend_base",
                "friend_brand",
                "friend_tie",
                "cost_brand",
                "cost_tie",
            )
        },
    ), r.to_offer.effect * effect[referee]


@pytest.mark.parametrize("tie", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("brand", "low", "high"), [(0.0, 0.75, 0.98), (1.0, 1.25, 9.9)])
def test_default_curves_give_the_published_orders(brand, low, high, tie):
    """Sharing times accepting, two-sided over one-sided: a little below 1 if weak, clearly above if strong.

    Ryu and Feick 2007, at equal total payout.
    """
    values = []
    for referrer, referee in ((True, True), (True, False)):
        programme, offer = defaults(referrer, referee)
        share = response.share_probability(programme, brand, tie, 0.0, 1.0, 0)
        values.append(share * response.accept_probability(channel(), offer, tie, brand, 0.0))
    if brand == 1.0 or tie <= 0.5:  # a strong tie leans to both sides even for a weak brand
        assert low < values[0] / values[1] < high


def test_any_reward_raises_the_likelihood_to_share_for_weak_and_strong():
    for brand in (0.0, 1.0):
        for tie in (0.0, 1.0):
            nothing, sender = (
                response.share_probability(defaults(paid, False)[0], brand, tie, 0.0, 1.0, 0)
                for paid in (False, True)
            )
            assert sender > nothing


def test_independent_offers_add_nothing():
    assert [response.exposure(response.INDEPENDENT, 5.0, 3.0, n) for n in (1, 2, 50)] == [0.0, 0.0, 0.0]


def test_exposure_of_the_second_offer_by_hand():
    """1 - exp(-1/3) of the effect, and (2/4) e^(1 - 2/4) - (1/4) e^(1 - 1/4)."""
    assert response.exposure(response.SATURATING, 2.0, 3.0, 2) == pytest.approx(2 * (1 - math.exp(-1 / 3)))
    expected = 2 * (0.5 * math.exp(0.5) - 0.25 * math.exp(0.75))
    assert response.exposure(response.SINGLE_PEAKED, 2.0, 4.0, 2) == pytest.approx(expected)


def test_acceptance_adds_up_what_speaks_for_it():
    """Tie and brand count from the middle: both in the middle leave the planner's probability alone."""
    rules = channel(signed_up_logit=0.3, tie_effect=0.8, brand_effect=-0.6)
    middle = response.accept_probability(rules, 0.0, 0.5, 0.5, 0.0)
    assert response.logit(middle) == pytest.approx(0.3)
    found = response.accept_probability(rules, 0.2, 0.75, 0.1, -0.05)
    assert response.logit(found) == pytest.approx(0.3 + 0.2 + 0.8 * 0.25 + -0.6 * -0.4 - 0.05)


def table_of(**changed):
    written = {"table_share_weak": 0.2, "table_share_strong": 0.6, "log_fatigue": math.log(0.5), "mode": 1}
    accepted = {"table_accept_weak": 0.1, "table_accept_strong": 0.5}
    return SimpleNamespace(**(written | accepted | changed))


@pytest.mark.parametrize(
    ("tie", "log_factor", "moment", "n_asks", "share"),
    [
        (0.0, 0.0, 1.0, 0, 0.2),
        (1.0, 0.0, 1.0, 0, 0.6),
        (0.25, 0.0, 1.0, 0, 0.3),
        (0.0, 0.0, 3.0, 0, 0.6),
        (0.0, 0.0, 1.0, 2, 0.05),
        (0.0, math.log(2.0), 1.0, 1, 0.2),
        (1.0, 0.0, 3.0, 0, 1.0),
    ],
)
def test_a_tables_share_is_multiplied_and_cut_off_at_one(tie, log_factor, moment, n_asks, share):
    found = response.share_probability(table_of(), 0.3, tie, log_factor, moment, n_asks)
    assert found == pytest.approx(share)


@pytest.mark.parametrize(("tie", "heard", "accept"), [(0.0, 0.0, 0.1), (1.0, 0.0, 0.5), (0.5, 0.0, 0.3)])
def test_a_tables_acceptance_lies_between_weak_and_strong(tie, heard, accept):
    assert response.table_accept_probability(table_of(), tie, heard) == pytest.approx(accept)


def test_what_is_heard_moves_the_log_odds_of_a_tables_acceptance():
    found = response.table_accept_probability(table_of(), 0.0, 1.5)
    assert response.logit(found) == pytest.approx(math.log(0.1 / 0.9) + 1.5)


def test_the_log_odds_of_sharing_term_by_term():
    """The equation at the head of behaviour.response, with every term another number."""
    programme = SimpleNamespace(
        mode=0,
        share_base=-0.4,
        own_effect=0.7,
        friend_effect=1.1,
        one_sided=1.0,
        log_fatigue=-0.2,
        own_base=0.9,
        own_weak_brand=0.3,
        own_weak_tie=0.25,
        friend_base=-0.15,
        friend_brand=0.8,
        friend_tie=0.35,
        cost_brand=0.45,
        cost_tie=0.55,
    )
    brand, tie = 0.3, 0.8
    w = 0.9 + 0.3 * (1 - brand) + 0.25 * (1 - tie)
    v = -0.15 + 0.8 * brand + 0.35 * tie
    cost = 0.45 * brand + 0.55 * tie
    expected = -0.4 + math.log(2.5) + 3 * -0.2 + 0.7 * w + 1.1 * v - cost + 0.05
    found = response.share_probability(programme, brand, tie, 0.05, 2.5, 3)
    assert response.logit(found) == pytest.approx(expected)
    programme.one_sided = 0.0
    found = response.share_probability(programme, brand, tie, 0.05, 2.5, 3)
    assert response.logit(found) == pytest.approx(expected + cost)


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize("form", [response.PRESENCE, response.LOG, response.LINEAR])
def test_no_reward_has_no_effect(form, value):
    assert response.reward_effect(form, 0.8, 1000.0, value) == 0.0


def test_a_reward_of_half_a_cent_is_there():
    assert response.reward_effect(response.PRESENCE, 0.8, 1000.0, 0.5) == 0.8


@pytest.mark.parametrize(
    ("p", "x"), [(-0.1, -math.inf), (0.0, -math.inf), (1.0, math.inf), (1.1, math.inf), (0.2, math.log(0.25))]
)
def test_logit_at_and_beyond_its_ends(p, x):
    assert response.logit(p) == pytest.approx(x)


def test_log_odds_of_heard_words_add_to_those_of_earlier_offers():
    rules = channel(exposure_curve=1, exposure_effect=2.0)
    found = response.heard_log_odds(rules, 4, -2.0, 0.3, 5.0)
    assert found == pytest.approx(2.0 * (1 - math.exp(-1.0)) - 0.6)


@pytest.mark.parametrize(
    ("now", "least", "tick"),
    [(0.0, 0, 0), (15.0, 0, 0), (15.1, 0, 1), (45.0, 0, 1), (0.0, 3, 3), (100.0, 4, 4)],
)
def test_the_next_day_of_a_calendar(now, least, tick):
    assert rates.calendar_tick(now, 15.0, 30.0, least) == tick


def test_a_calendar_day_is_never_past_whatever_is_rounded():
    """Quotients of days are rounded: the tick that they give may begin a hair before the present."""
    corrected = 0
    for first in (0.1, 0.3, 0.7, 1.1):
        for every in (0.1, 0.7, 0.01):
            for k in range(1, 200):
                now = math.nextafter(first + k * every, math.inf)
                tick = rates.calendar_tick(now, first, every, 0)
                assert first + tick * every >= now
                assert first + (tick - 2) * every < now
                corrected += tick > max(0, math.ceil((now - first) / every))
    assert corrected > 0
    past_the_18th = math.nextafter(0.1 + 18 * 0.1, math.inf)  # its quotient is rounded down to 18
    assert rates.calendar_tick(past_the_18th, 0.1, 0.1, 0) == 19


def test_the_latest_phase_counts_at_its_very_start_and_a_rate_is_for_a_person():
    table = np.array([[1.0, 9.0], [0.5, 9.0]])
    starts = np.array([0.0, 2.0])
    assert rates.next_time(2.0, 1.0, table, 0, 1.0, starts) == 4.0
    assert rates.next_time(2.0, 1.0, table, 0, 4.0, starts) == 2.5
    assert rates.next_time(0.5, 3.0, table, 0, 2.0, starts) == 2.0
    assert rates.next_time(0.5, 3.0, table, 0, 0.0, starts) == math.inf
    assert rates.next_time(0.0, 4.5, table, 1, 1.0, starts) == 0.5


def test_moods_fade_by_halves_to_one_and_effects_to_nothing():
    assert [moments.fading(5.0, 3.0, d) for d in (0.0, 3.0, 6.0)] == pytest.approx([5.0, 3.0, 2.0])
    assert [moments.fading(0.2, 3.0, d) for d in (0.0, 3.0)] == pytest.approx([0.2, 0.6])
    assert [moments.decaying(-4.0, 3.0, d) for d in (0.0, 3.0, 9.0)] == pytest.approx([-4.0, -2.0, -0.5])


def test_the_names_of_curves_are_the_curves():
    """What compiles a scenario uses the names, what runs it the numbers."""
    curves = [response.reward_effect(f, 1.0, 100.0, 50.0) for f in (response.PRESENCE, response.LOG)]
    assert curves == pytest.approx([1.0, math.log(1.5)])
    assert response.reward_effect(response.LINEAR, 1.0, 100.0, 50.0) == 0.5
    moods = (moments.NO_MOMENT, moments.HAPPY, moments.UNHAPPY)
    assert [moments.moment_factor(m, 0.0, 3.0, 1.0, 0.25, 1.0) for m in moods] == [1.0, 3.0, 0.25]
