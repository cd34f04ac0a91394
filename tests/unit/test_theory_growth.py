"""Delays and growth: closed forms against quadrature, lattices, matrix exponentials and chance."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.linalg import expm

from referralsim.metrics.growth import euler_lotka
from referralsim.theory import delays, growth, lattice

GAMMA = delays.gamma(3.0, shape=2.5)
BROAD = delays.lognormal(1.4, median=2.0)
DENSITIES = [
    (delays.exponential(2.0), stats.expon(scale=2.0)),
    (GAMMA, stats.gamma(2.5, scale=3.0 / 2.5)),
    (BROAD, stats.lognorm(1.4, scale=2.0)),
    (delays.lognormal(0.5, mean=4.0), stats.lognorm(0.5, scale=4.0 * math.exp(-0.125))),
    (
        delays.from_cdf(lambda t: 1 - math.exp(-((t / 2) ** 1.5)), mean=1.805490585),
        stats.weibull_min(1.5, scale=2.0),
    ),
]
IDS = [law.name for law, _ in DENSITIES]
LAWS = [law for law, _ in DENSITIES] + [delays.fixed(1.5)]


def by_lattice(law):
    """The same law through the general method, which knows only its distribution function."""
    return delays.from_cdf(law.cdf, law.mean)


@pytest.mark.parametrize("law, exact", DENSITIES, ids=IDS)
def test_mean_distribution_and_transform_by_scipy(law, exact):
    assert law.mean == pytest.approx(exact.mean(), rel=1e-8)
    for t in (-1.0, 0.0, 0.1, 2.0, 30.0):
        assert law.cdf(t) == pytest.approx(exact.cdf(t), abs=1e-12)
    for a in (0.0, 0.05, 0.7, 4.0):
        by_parts, _ = quad(lambda q, a=a: math.exp(-a * exact.ppf(q)), 0, 1, limit=200, epsabs=1e-10)
        assert law.laplace(a) == pytest.approx(by_parts, abs=2e-8)


@pytest.mark.parametrize("law, exact", DENSITIES[:2], ids=IDS[:2])
def test_transform_left_of_zero(law, exact):
    grown, _ = quad(lambda t: math.exp(0.2 * t) * exact.pdf(t), 0, 200, limit=200)
    assert law.laplace(-0.2) == pytest.approx(grown, rel=1e-8)


@pytest.mark.parametrize("law, exact", DENSITIES, ids=IDS)
def test_two_delays_in_a_row_by_quadrature(law, exact):
    for t in (0.5, 3.0, 11.0):
        both, _ = quad(lambda s, t=t: exact.pdf(s) * exact.cdf(t - s), 0, t, limit=200, epsabs=1e-12)
        assert law.convolved_cdf(2, t) == pytest.approx(both, abs=1e-8)


@pytest.mark.parametrize("n", [1, 3, 5, 12])
def test_gamma_sums_by_the_lattice(n):
    for t in (4.0, 25.0):
        assert by_lattice(GAMMA).convolved_cdf(n, t) == pytest.approx(GAMMA.convolved_cdf(n, t), abs=3e-9)


@pytest.mark.parametrize("shape", [0.4, 0.8, 1.3])
def test_densities_that_are_infinite_at_zero_or_start_steeply(shape):
    law = delays.gamma(2.0, shape)
    assert by_lattice(law).convolved_cdf(3, 5.0) == pytest.approx(law.convolved_cdf(3, 5.0), abs=2e-8)
    assert by_lattice(law).reached(0.8, 9.0) == pytest.approx(law.reached(0.8, 9.0), abs=2e-7)


def test_growth_by_many_powers_of_ten_keeps_its_digits():
    assert by_lattice(GAMMA).reached(4.0, 40.0) == pytest.approx(GAMMA.reached(4.0, 40.0), rel=1e-8)
    assert GAMMA.reached(4.0, 40.0) > 1e10


def test_lognormal_sums_by_chance():
    """Four delays within 20 days: exact .6580, n = 200,000, standard error .0011; .0033 is caught."""
    rng = np.random.default_rng(7)
    drawn = rng.lognormal(math.log(2.0), 1.4, (200_000, 4)).sum(axis=1)
    assert abs(BROAD.convolved_cdf(4, 20.0) - float((drawn <= 20).mean())) < 0.0033


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_no_delay_and_no_time(law):
    assert law.cdf(0.0) == 0.0
    assert law.cdf(1000.0) == pytest.approx(1.0, abs=1e-5)
    assert law.convolved_cdf(0, 5.0) == law.convolved_cdf(0, 0.0) == 1.0
    assert law.convolved_cdf(0, -1.0) == law.convolved_cdf(3, 0.0) == law.convolved_cdf(1, -1.0) == 0.0
    assert law.reached(0.5, -1.0) == 0.0
    assert law.reached(0.5, 0.0) == law.reached(0.0, 9.0) == 1.0
    assert law.name in repr(law)


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
@pytest.mark.parametrize("k", [0.35, 0.9, 1.0, 1.6])
def test_reached_is_the_sum_over_generations(law, k):
    generations = math.fsum(k**g * law.convolved_cdf(g, 7.0) for g in range(60))
    assert law.reached(k, 7.0) == pytest.approx(generations, rel=1e-7)


@pytest.mark.parametrize("k", [0.5, 0.95, 1.3])
def test_gamma_reached_by_the_lattice(k):
    assert by_lattice(GAMMA).reached(k, 40.0) == pytest.approx(GAMMA.reached(k, 40.0), rel=5e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 3.0), st.floats(0.01, 30.0))
def test_exponential_reached_by_the_series(k, t):
    series = delays.gamma(2.0, 1.0).reached(k, t)
    assert delays.exponential(2.0).reached(k, t) == pytest.approx(series, rel=1e-11)


@pytest.mark.parametrize("k", [0.6, 1.0, 1.8])
def test_two_stages_by_a_matrix_exponential(k):
    """Gamma of shape 2 and mean 3: invited friends pass two exponential stages of 1.5 days each."""
    rate = 2 / 3.0
    stages = np.array([[-rate, k * rate, 0], [rate, -rate, 0], [0, rate, 0]])
    for t in (0.7, 5.0, 20.0):
        joined = (expm(stages * t) @ np.array([k, 0.0, 0.0]))[2]
        assert delays.gamma(3.0, 2.0).reached(k, t) == pytest.approx(1.0 + joined, rel=1e-10)


def test_many_generations_need_many_terms():
    """Past 256 generations: the limit is the renewal theorem's t / m + (1 + c**2) / 2 for K = 1."""
    law = delays.gamma(1.0, 4.0)
    assert law.reached(1.0, 600.0) == pytest.approx(600 + (1 + 1 / 4) / 2, abs=1e-8)


def test_lognormal_fraction_by_chance():
    """K = .5 within 6 days: exact .7845, n = 40,000 lines, standard error .0026; a bias of .008 is caught."""
    rng, n = np.random.default_rng(11), 40_000
    joined, reached = np.zeros(n), n
    while len(joined):
        friends = np.repeat(joined, rng.poisson(0.5, len(joined)))
        joined = friends + rng.lognormal(math.log(2.0), 1.4, len(friends))
        joined = joined[joined <= 6.0]
        reached += len(joined)
    assert abs(growth.fraction_reached(0.5, BROAD, 6.0) - 0.5 * reached / n) < 0.0078


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_fraction_rises_from_its_start_to_one(law):
    found = [growth.fraction_reached(0.6, law, t) for t in (0.0, 0.5, 2.0, 8.0, 30.0, 2000.0)]
    assert found[0] == 0.4
    assert all(later >= before - 1e-8 for before, later in pairwise(found))
    assert found[-1] == pytest.approx(1.0, abs=1e-4)


def test_fraction_by_the_known_closed_forms():
    assert delays.fixed(1.5).cdf(1.49) == 0.0
    for k in (0.1, 0.7):
        for t in (0.0, 0.9, 3.0, 10.0):
            exponential = growth.fraction_reached(k, delays.exponential(2.0), t)
            assert exponential == pytest.approx(1 - k * math.exp(-(1 - k) * t / 2), abs=1e-14)
            fixed = growth.fraction_reached(k, delays.fixed(0.1), t)
            assert fixed == pytest.approx(1 - k ** (round(t * 10) + 1), abs=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 5.0), st.floats(0.3, 8.0), st.floats(0.2, 4.0))
def test_growth_rates_in_closed_form(k, mean, shape):
    fixed, exponential = math.log(k) / mean, (k - 1) / mean
    gamma = shape / mean * (k ** (1 / shape) - 1)
    assert growth.growth_rate(k, delays.fixed(mean)) == pytest.approx(fixed, abs=1e-10)
    assert growth.growth_rate(k, delays.exponential(mean)) == pytest.approx(exponential, abs=1e-10)
    assert growth.growth_rate(k, delays.gamma(mean, shape)) == pytest.approx(gamma, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("law", [GAMMA, BROAD, DENSITIES[4][0]], ids=["gamma", "lognormal", "Weibull"])
def test_customers_do_grow_at_that_rate(law):
    rate = growth.growth_rate(1.8, law)
    grown = growth.expected_reached(1.8, law, 34.0) / growth.expected_reached(1.8, law, 24.0)
    assert math.log(grown) / 10 == pytest.approx(rate, rel=3e-3)
    assert growth.doubling_time(rate) * rate == pytest.approx(math.log(2))


def test_rate_at_one_and_none_under_a_heavy_tail():
    assert growth.growth_rate(1.0, BROAD) == 0.0
    with pytest.raises(ValueError, match="no exponential rate exists"):
        growth.growth_rate(0.9, BROAD)


@pytest.mark.parametrize("k", [0.5, 1.7])
@pytest.mark.parametrize("law, exact", DENSITIES[:2], ids=IDS[:2])
def test_theory_and_measure_agree_on_the_rate(law, exact, k):
    """The measure is given 200,000 friends at the law's quantiles; their cut tail moves the rate by 7e-4."""
    age = exact.ppf((np.arange(200_000) + 0.5) / 200_000)
    measured = euler_lotka(age, np.full(200_000, k / 200_000))
    assert measured == pytest.approx(growth.growth_rate(k, law), rel=1e-3)


@pytest.mark.parametrize("k", [0.5, 1.0, 3.0])
def test_theory_and_measure_agree_on_fixed_delays(k):
    assert euler_lotka(np.array([2.5]), np.array([k])) == pytest.approx(
        growth.growth_rate(k, delays.fixed(2.5)), abs=1e-12
    )


def test_skok_by_doing_it():
    for k in (0.0, 0.7, 1.0, 2.0):
        new = total = 10.0
        for n in range(12):
            assert growth.skok(10, k, n) == pytest.approx(total, rel=1e-13)
            new *= k
            total += new


@pytest.mark.parametrize("rise", [-0.02, 0.0, 0.03])
def test_inflow_by_playing_it(rise):
    """Day by day for 3,000 days: friends come 1 to 4 days later with chances .1, .2, .3, .4."""
    chances, k = np.array([0.1, 0.2, 0.3, 0.4]), 0.6
    sign_ups = np.zeros(3000)
    for day in range(3000):
        past = sign_ups[max(0, day - 4) : day][::-1]
        referred = k * float(chances[: len(past)] @ past)
        sign_ups[day] = 40.0 * math.exp(rise * (day - 3000)) + referred
    # a mixture of fixed delays has the mixture of their transforms
    mixed = [
        growth.referred_share(k, delays.fixed(d), rise) * c
        for d, c in zip((1, 2, 3, 4), chances, strict=True)
    ]
    assert referred / sign_ups[-1] == pytest.approx(sum(mixed), rel=1e-9)
    if rise == 0.0:
        assert growth.steady_inflow(40.0, k) == pytest.approx((sign_ups[-1], referred / sign_ups[-1]))


def test_chain_by_chance():
    """Three ties of .8 within 9 days: exact .2809, n = 200,000, standard error .0010; .003 is caught."""
    rng = np.random.default_rng(3)
    carried = (rng.random((200_000, 3)) < 0.8).all(axis=1)
    in_time = rng.gamma(2.5, 3.0 / 2.5, (200_000, 3)).sum(axis=1) <= 9.0
    exact = growth.reached_along_path(3, 0.8, GAMMA, 9.0)
    assert abs(exact - float((carried & in_time).mean())) < 0.003


def test_power_on_the_lattice_is_repeated_multiplication():
    f = np.array([0.2, 0.5, 0.3, 0.0, 0.0, 0.0])
    product = np.eye(1, 6)[0]
    for n in range(1, 10):
        product = np.convolve(product, f)[:6]
        assert lattice.power(f, n) == pytest.approx(product, abs=1e-15)


@pytest.mark.parametrize("k", [0.0, 0.6, 1.0, 1.7, 4.9])
def test_renewals_on_the_lattice_one_by_one(k):
    f, exact = np.array([0.2, 0.5, 0.3, 0.0, 0.0, 0.0, 0.0]), np.zeros(7)
    for n in range(7):
        exact[n] = (float(n == 0) + k * sum(f[i] * exact[n - i] for i in range(1, n + 1))) / (1 - k * f[0])
    assert lattice.renewals(f, k) == pytest.approx(exact, rel=1e-11, abs=1e-13)


def test_what_the_lattice_cannot_do_is_said():
    with pytest.raises(ValueError, match="more than one friend within a step"):
        lattice.renewals(np.array([0.2, 0.5, 0.3]), 5.0)
    steps = delays.from_cdf(lambda t: math.floor(t) / 4 if t < 4 else 1.0, mean=2.5)
    with pytest.raises(ArithmeticError, match="the law of delays jumps"):
        steps.convolved_cdf(2, 5.0)
    with pytest.raises(ArithmeticError, match="too narrow for a time of 1000"):
        delays.lognormal(1e-3, median=1.0).reached(0.5, 1000.0)
    with pytest.raises(ArithmeticError, match="no smooth law"):
        lattice.extrapolated(lambda steps: float(steps.bit_length() % 2))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: delays.fixed(0.0), "value must be finite and above 0"),
        (lambda: delays.exponential(-1.0), "mean must be finite and above 0"),
        (lambda: delays.gamma(1.0, 0.0), "shape must be finite and above 0"),
        (lambda: delays.lognormal(0.0, mean=1.0), "sigma must be finite and above 0"),
        (lambda: delays.lognormal(1.0), "exactly one of mean and median"),
        (lambda: delays.lognormal(1.0, mean=1.0, median=1.0), "exactly one of mean and median"),
        (lambda: delays.from_cdf(lambda t: 1.0, mean=1.0), "a delay must be above 0"),
        (lambda: delays.from_cdf(lambda t: 0.0, mean=math.inf), "mean must be finite"),
        (lambda: delays.exponential(1.0).laplace(-1.0), "infinite at a = -1.0"),
        (lambda: BROAD.laplace(-0.1), "infinite at a = -0.1"),
        (lambda: GAMMA.convolved_cdf(-1, 2.0), "g must be at least 0"),
        (lambda: BROAD.convolved_cdf(-1, 2.0), "g must be at least 0"),
        (lambda: GAMMA.reached(-0.1, 2.0), "k must be finite and at least 0"),
        (lambda: growth.growth_rate(0.0, GAMMA), "k must be finite and above 0"),
        (lambda: growth.doubling_time(0.0), "rate must be finite and above 0"),
        (lambda: growth.skok(1, 2, -1), "n_cycles must be at least 0"),
        (lambda: growth.skok(-1, 2, 1), "initial must be finite and at least 0"),
        (lambda: growth.steady_inflow(1.0, 1.0), "no steady state"),
        (lambda: growth.steady_inflow(-1.0, 0.5), "rate must be finite and at least 0"),
        (lambda: growth.referred_share(0.9, delays.fixed(5.0), -0.1), "outgrows the inflow"),
        (lambda: growth.expected_reached(0.5, GAMMA, -1.0), "t must be finite and at least 0"),
        (lambda: growth.fraction_reached(1.0, GAMMA, 1.0), "no finite total"),
        (lambda: growth.reached_along_path(2, 1.1, GAMMA, 1.0), "step_probability must be between"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
