"""Quantities with units: what is read, what is refused, and that writing loses no bit."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from referralsim.distributions import CountLaw, Law, draw, draw_count
from referralsim.randomness import address
from referralsim.scenario.canonical import to_yaml
from referralsim.scenario.counts import CountLawSpec
from referralsim.scenario.laws import AmountLaw, DelayLaw, FactorLaw
from referralsim.scenario.quantity import (
    format_duration,
    format_money,
    format_rate,
    minor_per_major,
    parse_duration,
    parse_money,
    parse_number,
    parse_rate,
    parse_share,
    parse_whole,
)
from referralsim.scenario.read import parse_text
from referralsim.scenario.reward_value import RewardValue
from referralsim.scenario.tree import plain

positive = st.floats(min_value=1e-6, max_value=1e6, allow_nan=False)


def reread(value: object) -> object:
    """Write a value as YAML and read it back."""
    return plain(parse_text(to_yaml({"key": value}), "")[0])["key"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("30 d", 30),
        ("30d", 30),
        ("12 h", 0.5),
        ("90 min", 0.0625),
        ("2 w", 14),
        ("1 y", 365),
        ("2 years", 730),
        ("1 mo", 365 / 12),
        ("1e1 d", 10),
        (".5 d", 0.5),
        ("0 d", 0),
        (0, 0),
        (0.0, 0),
        (" 1 day ", 1),
        ("1 D", 1),
    ],
)
def test_duration(text: object, days: float) -> None:
    assert parse_duration(text) == days


@pytest.mark.parametrize(
    "text", [30, "30", "d", "1 d 2 h", "1:30", "-1 d", "1e9 y", "nan d", math.nan, None, True, []]
)
def test_duration_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("0.3 per day", 0.3),
        ("2 per week", 2 / 7),
        ("3 % per month", 0.03 / (365 / 12)),
        ("1 per 10 d", 0.1),
        ("24 per hour", 576),
        (0, 0),
        ({"share": 0.5, "per": "10 d"}, math.log(2) / 10),
    ],
)
def test_rate(text: object, per_day: float) -> None:
    assert parse_rate(text) == pytest.approx(per_day, rel=1e-15)


def test_yearly_share_lost_is_the_published_monthly_hazard() -> None:
    # A defection of 19 % and 7 % a year is a monthly hazard of 1.741 % and 0.603 % in discrete months.
    for share, monthly in ((0.19, 0.01741), (0.07, 0.00603)):
        hazard = parse_rate({"share": share, "per": "year"})
        assert 1 - math.exp(-hazard * 365 / 12) == pytest.approx(monthly, abs=5e-6)


@pytest.mark.parametrize(
    "text", [0.3, "0.3", "3 d", "-1 per day", "1 per 0 d", "5 %", {"share": 1, "per": "day"}, None]
)
def test_rate_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "share"), [(0.3, 0.3), ("30 %", 0.3), ("30%", 0.3), (1, 1), (0, 0), ("0.07 %", 0.0007)]
)
def test_share(text: object, share: float) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", [math.nan, -0.1, 1.1, "101 %", "half", True, None, "0.3", math.inf])
def test_share_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_share(text)


@pytest.mark.parametrize(
    ("amount", "decimals", "cents"),
    [(20.0, 2, 2000), (19.99, 2, 1999), (0.29, 2, 29), (500, 0, 500), (1.125, 3, 1125), (1e5, 2, 10**7)],
)
def test_money_is_exact(amount: float, decimals: int, cents: int) -> None:
    assert parse_money(amount, decimals) == cents


@pytest.mark.parametrize(
    ("amount", "decimals"),
    [(19.999, 2), (0.5, 0), (-1, 2), (math.nan, 2), (math.inf, 2), (1e300, 2), ("20", 2), (True, 2)],
)
def test_money_refused(amount: object, decimals: int) -> None:
    with pytest.raises(PydanticCustomError):
        parse_money(amount, decimals)


@pytest.mark.parametrize("value", [True, "3", None, math.nan, math.inf, 1.5])
def test_whole_number_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_whole(value)


def test_huge_whole_number_is_refused_not_a_crash() -> None:
    value = plain(parse_text("9" * 5000, "")[0])
    with pytest.raises(PydanticCustomError):
        parse_number(value)
    assert parse_whole(1e6) == 1_000_000


def test_currencies() -> None:
    assert [minor_per_major(code) for code in ("USD", "JPY", "KWD")] == [100, 1, 1000]


@given(st.floats(min_value=0, max_value=1e6))
def test_duration_survives_writing(days: float) -> None:
    assert parse_duration(reread(format_duration(days))) == days


@given(st.floats(min_value=0, max_value=1e9))
def test_rate_survives_writing(rate: float) -> None:
    assert parse_rate(reread(format_rate(rate))) == rate


@given(st.floats(min_value=0, max_value=1))
def test_share_survives_writing(share: float) -> None:
    assert parse_share(reread(share)) == share


@given(st.integers(0, 10**12), st.sampled_from([0, 2, 3]))
def test_money_survives_writing(cents: int, decimals: int) -> None:
    assert parse_money(reread(format_money(cents, decimals)), decimals) == cents


@given(
    st.one_of(
        st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2)),
        st.floats(min_value=0, max_value=1).map(lambda share: f"{share * 100!r} %"),
    )
)
def test_reward_survives_writing(value: object) -> None:
    try:
        reward = RewardValue.model_validate(value)
    except ValidationError:  # a percentage a hair above 100 after multiplication
        return
    assert RewardValue.model_validate(reread(reward.model_dump())) == reward


def amounts(mean: float) -> float:
    return round(mean + 0.01, 2)


@given(
    st.sampled_from([DelayLaw, AmountLaw, FactorLaw]),
    st.integers(0, 8),
    positive,
    st.floats(min_value=0, max_value=1e3),
    st.floats(min_value=1e-3, max_value=9.5),
)
def test_law_survives_writing(kind: type, form: int, mean: float, more: float, shape: float) -> None:
    def unit(number: float) -> object:
        return f"{number!r} d" if kind is DelayLaw else amounts(number) if kind is AmountLaw else number

    data = [
        unit(mean),
        {"exponential": unit(mean)},
        {"lognormal": {"mean": unit(mean), "sd": unit(more)}},
        {"lognormal": {"median": unit(mean), "sigma": shape}},
        {"gamma": {"mean": unit(mean), "shape": shape}},
        {"uniform": {"low": unit(mean / 2), "high": unit(mean)}},
        {"weibull": {"scale": unit(mean), "shape": shape}},
        {"pareto": {"minimum": unit(mean), "exponent": shape}},
        {"empirical": [unit(mean), unit(more)]},
    ][form]
    law = kind.model_validate(data)
    again = kind.model_validate(reread(law.model_dump()))
    assert again == law
    assert (again.law, again.a, again.b) == (law.law, law.a, law.b)


def test_laws_have_the_moments_they_are_written_with() -> None:
    # 20,000 addressed draws; the largest standard error of a mean below is 0.03 d, so 0.15 is five of them.
    words = [address(7, person, 0, 0) for person in range(20_000)]
    for data, mean, sd in (
        ({"exponential": "3 d"}, 3, 3),
        ({"lognormal": {"mean": "3 d", "sd": "2 d"}}, 3, 2),
        ({"gamma": {"mean": "3 d", "shape": 4}}, 3, 1.5),
        ({"uniform": {"low": "1 d", "high": "5 d"}}, 3, 4 / math.sqrt(12)),
        ({"weibull": {"scale": "3 d", "shape": 1}}, 3, 3),
        ({"pareto": {"minimum": "2 d", "exponent": 6}}, 2.4, math.sqrt(4 * 6 / (25 * 4))),
        ("3 d", 3, 0),
    ):
        law = DelayLaw.model_validate(data)
        drawn = np.array([draw(word, law.law, law.a, law.b, np.zeros(0)) for word in words])
        assert drawn.mean() == pytest.approx(mean, abs=0.15)
        assert drawn.std() == pytest.approx(sd, abs=0.25)


def test_median_and_sigma_of_lognormal() -> None:
    law = DelayLaw.model_validate({"lognormal": {"median": "2 d", "sigma": 0.5}})
    assert (law.law, law.a, law.b) == (Law.LOGNORMAL, math.log(2), 0.5)


def test_empirical_rows_are_sorted_and_counted() -> None:
    law = AmountLaw.model_validate({"empirical": [30, 10.5, 20]})
    assert law.values == (1050.0, 2000.0, 3000.0)
    assert (law.law, law.b) == (Law.EMPIRICAL, 3.0)


@pytest.mark.parametrize(
    ("data", "law", "a", "b"),
    [
        (3, CountLaw.FIXED_COUNT, 3, 0),
        ("all", CountLaw.ALL, 0, 0),
        ({"poisson": 2}, CountLaw.POISSON, 2, 0),
        ({"geometric": {"mean": 1.5}}, CountLaw.GEOMETRIC, 1.5, 0),
        ({"negative_binomial": {"mean": 2, "k": 0.5}}, CountLaw.NEGATIVE_BIN, 2, 0.5),
        ({"binomial": {"n": 10, "p": 0.3}}, CountLaw.BINOMIAL, 10, 0.3),
    ],
)
def test_count_laws(data: object, law: int, a: float, b: float) -> None:
    count = CountLawSpec.model_validate(data)
    assert (count.law, count.a, count.b) == (law, a, b)
    assert CountLawSpec.model_validate(reread(count.model_dump())) == count


def test_counts_that_are_accepted_can_be_drawn() -> None:
    # The draw walks up from P(0): where that underflows it would answer 1 for everything.
    for data, mean in (
        ({"poisson": 500}, 500),
        ({"binomial": {"n": 700, "p": 0.6}}, 420),
        ({"geometric": 500}, 500),
    ):
        count = CountLawSpec.model_validate(data)
        drawn = [draw_count(address(3, who, 0, 0), count.law, count.a, count.b) for who in range(400)]
        assert sum(drawn) / 400 == pytest.approx(mean, rel=0.2)
    with pytest.raises(ValidationError, match="too certain"):
        CountLawSpec.model_validate({"binomial": {"n": 550, "p": 0.9}})


def test_internal_parameters_cannot_be_written() -> None:
    # A file must not reach the fields behind the human form.
    for kind, data in (
        (DelayLaw, {"kind": "fixed"}),
        (CountLawSpec, {"law": 1}),
        (RewardValue, {"cents": 5}),
    ):
        with pytest.raises(ValidationError):
            kind.model_validate(data)
