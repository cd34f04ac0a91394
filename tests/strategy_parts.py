"""Small values that a drawn scenario is made of: days from a coarse grid, chances, money, laws, parts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ABSENT = object()
ODDS = 3  # to one, that a part is there and that a switch is on: what is off hides all that hangs on it

one_of = st.sampled_from
days = one_of(["0 d", "0.5 d", "1 d", "1 d", "2 d"])
some_days = one_of(["0.5 d", "1 d", "2 d", "4 d"])
chances = one_of([1.0, 0.8, 0.5, 0.2, 0.0])
rates = one_of(["0.1 per day", "0.4 per day", "1 per day", "0 per day"])
money = one_of([5, 12.5, 20, 33.33, 0])


def mostly(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """Return a strategy that now and then gives something else instead."""
    is_there = st.integers(0, ODDS).map(bool)
    return is_there.flatmap(lambda there: strategy if there else st.just(otherwise))


def part(
    always: dict[str, st.SearchStrategy[Any]] | None = None, **usually: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a part of a scenario: keys that are always there, and keys that may be left out."""
    keys = {**(always or {}), **{key: mostly(value, ABSENT) for key, value in usually.items()}}
    drawn = st.fixed_dictionaries(keys)
    return drawn.map(lambda found: {key: value for key, value in found.items() if value is not ABSENT})


def seldom(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a value of a part that is more often left out than there: it keeps others from happening."""
    return st.one_of(st.just(ABSENT), strategy)


def laws(plain: st.SearchStrategy[Any], some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return fixed values (as often as all laws together) and each of the laws."""
    exact = st.fixed_dictionaries
    shapes = one_of([0.5, 1, 2.5])
    return st.one_of(
        plain,
        st.one_of(
            exact({"exponential": some}),
            exact({"lognormal": exact({"mean": some, "sd": some})}),
            exact({"lognormal": exact({"median": some, "sigma": one_of([0, 0.5, 1.5])})}),
            exact({"gamma": exact({"mean": some, "shape": shapes})}),
            exact({"weibull": exact({"scale": some, "shape": shapes})}),
            exact({"pareto": exact({"minimum": some, "exponent": one_of([1.5, 3])})}),
            exact({"empirical": st.lists(plain, min_size=1, max_size=4)}),
        ),
    )


delays = laws(days, some_days) | st.just({"uniform": {"low": "0 d", "high": "2 d"}})
amounts = laws(money, one_of([5, 20, 60])) | st.just({"uniform": {"low": 0, "high": 40}})
factors = laws(one_of([0, 1, 1.5]), one_of([0.5, 1]))
counts = one_of(
    [
        *(0, 1, 1, 2, 3, "all"),
        *(
            {"poisson": 1.5},
            {"geometric": 1},
            {"binomial": {"n": 3, "p": 0.5}},
            {"binomial": {"n": 2, "p": 1}},
        ),
        {"negative_binomial": {"mean": 1.5, "k": 0.5}},
    ]
)
steps = part(probability=one_of([1.0, 1.0, 1.0, 0.9, 0.6, 0.0]), delay=delays)
