"""The picture of cash: curve, band, deepest point and payback day, with their distribution over runs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from helpers_experiment import make_experiment

from referralsim.experiment.result import Experiment
from referralsim.report.cash import cash_curve, spread_of, spread_text
from referralsim.report.cash_figure import plot_cash
from referralsim.report.data import worth
from referralsim.report.infos import DesignCard, Figure
from referralsim.report.style import colour
from referralsim.report.wording import Estimate

DAYS = (0.0, 10.0, 20.0, 30.0)
RUNS = (  # cash in minor units, deepest point, its day, day out of the red
    ((0.0, -900.0, -300.0, 200.0), -900.0, 10.0, 25.0),
    ((0.0, -500.0, -100.0, 400.0), -500.0, 10.0, 22.0),
    ((0.0, -700.0, -800.0, -600.0), -800.0, 20.0, math.nan),
)


def made(runs=RUNS, designs=("none", "paid")) -> Experiment:
    """Return an experiment in which the first design moves no cash and the others move what is given."""
    cash, rows = [], []
    for design in designs:
        for r, (curve, lowest, day, payback) in enumerate(runs):
            idle = design == "none"
            cash += [(design, r, d, 0.0 if idle else c) for d, c in zip(DAYS, curve, strict=True)]
            values = (0.0, math.nan, math.nan) if idle else (lowest, day, payback)
            names = ("cash_lowest", "cash_lowest_day", "cash_payback_day")
            rows += [(design, r, name, v, 1) for name, v in zip(names, values, strict=True)]
    experiment = make_experiment(designs, replications=len(runs))
    return dataclasses.replace(
        experiment,
        tables=experiment.tables
        | {"cash": pd.DataFrame(cash, columns=["design", "replication", "day", "cash"])},
        runs=pd.DataFrame(rows, columns=["design", "replication", "measure", "value", "n"]),
    )


def test_the_curve_is_the_mean_and_its_marks_are_those_of_runs() -> None:
    """The mean curve is lowest at -7.00; half of the runs are deeper than -8.00, which it never is."""
    (line,) = cash_curve(made(), "paid").lines
    assert (line.name, line.place, line.n) == ("paid", 1, 3)
    assert line.days == DAYS
    assert line.mean == pytest.approx((0.0, -7.0, -4.0, 0.0))
    assert line.lowest[:3] == pytest.approx((-8.0, -9.0, -5.0))
    assert line.lowest_day[:3] == (10.0, 10.0, 20.0)
    assert line.payback[:2] == (25.0, 22.0)
    assert math.isnan(line.payback.high)  # one run of three is not out of the red
    assert (line.payback.n_known, line.payback.n_runs) == (2, 3)


def test_the_title_says_what_came_out() -> None:
    title = cash_curve(made(), "paid").title
    assert title == (
        "\u201cpaid\u201d typically goes $8.00 into the red, and is out of it from day 25 on "
        "(2 of 3 runs by the end)"
    )


@pytest.mark.parametrize(
    ("payback", "words"),
    [
        ((math.nan,) * 3, "is not out of it by the end in any of 3 runs"),
        ((25.0, math.nan, math.nan), "is out of it by the end in only 1 of 3 runs"),
        ((25.0, 22.0, 29.0), "(all 3 runs by the end)"),
    ],
)
def test_the_title_when_few_runs_pay_back(payback: tuple[float, ...], words: str) -> None:
    runs = tuple((*run[:3], day) for run, day in zip(RUNS, payback, strict=True))
    assert words in cash_curve(made(runs), "paid").title


def test_runs_that_are_never_in_the_red_do_not_count_as_not_paid_back() -> None:
    gain = ((0.0, 100.0, 200.0, 300.0), 0.0, math.nan, math.nan)
    info = cash_curve(made((gain, gain, RUNS[0])), "paid")
    assert info.title == "\u201cpaid\u201d goes into the red in 33\u00a0% of runs"
    assert (info.lines[0].payback.n_known, info.lines[0].payback.n_runs) == (1, 1)
    assert "never in the red" in cash_curve(made((gain, gain)), "paid").title


def test_where_no_cash_moves_or_none_is_recorded_there_is_no_line() -> None:
    assert cash_curve(made(designs=("none",)), "none").lines == ()
    assert cash_curve(make_experiment(), "both sides").lines == ()


def test_a_spread_takes_days_of_runs_and_never_stays_never() -> None:
    assert spread_of(np.array([10.0, 20.0, 30.0]), 3)[:3] == (20.0, 10.0, 30.0)
    assert spread_of(np.array([]), 4).n_known == 0
    assert spread_text(spread_of(np.array([]), 4)) == "never"
    assert spread_text(spread_of(np.array([5.0]), 4)) == "later than the end"


def test_the_picture_marks_deepest_point_and_payback_in_the_colour_of_the_design() -> None:
    figure = go.Figure(*plot_cash(cash_curve(made(), "paid")))
    marks = {trace.marker.symbol: trace for trace in figure.data if trace.mode == "markers"}
    low, square = marks["triangle-down"], marks["square"]
    assert (low.x, low.y) == ((10.0,), (-8.0,))
    assert (square.x, square.y) == ((25.0,), (0.0,))
    assert square.error_x.array == (5.0,)  # up to the last day: nobody knows when the third pays back
    assert {low.marker.color, square.marker.color} == {colour(1)}
    assert figure.layout.yaxis.range[0] < -9.0
    assert figure.layout.title.text == cash_curve(made(), "paid").title


def cards(**values: float) -> tuple[DesignCard, ...]:
    figures = tuple(
        Figure(name, name, "money", "", Estimate(value, math.nan, math.nan, 1), 2, "")
        for name, value in values.items()
    )
    return (DesignCard("a", True, (), (), figures),)


def test_the_cost_before_is_shown_beside_the_cost_after_even_if_it_is_nothing() -> None:
    (table,) = worth(cards(customers=5.0, cac_blended=500.0, cac_blended_without=0.0, cac_gross=math.nan))
    assert (table.title, table.places) == ("What a customer costs", (2, 1))


def test_where_nothing_is_spent_and_nothing_sold_there_is_no_table() -> None:
    assert worth(cards(cac_blended=0.0, ltv=0.0, cac_gross=math.nan)) == ()
    assert worth(()) == ()
