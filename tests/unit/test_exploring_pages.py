"""Pictures and tables of sweeps, sensitivity and search hold the numbers they were given, and say units."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from referralsim.experiment.axes import Axis
from referralsim.experiment.search import Found, Goal, Tried
from referralsim.experiment.sensitivity import Effect, Flip, Share, Split
from referralsim.experiment.sweep import Sweep
from referralsim.metrics.intervals import Difference, Interval
from referralsim.report.exploring_figures import plot_heat, plot_lines, plot_tornado, plot_trials
from referralsim.report.page import page_html, page_markdown
from referralsim.report.search_page import search_page, trials, varied_text
from referralsim.report.sensitivity_page import chance, flips, shares, tornado
from referralsim.report.sweep_page import heat, lines, sweep_page
from referralsim.report.wording import Money

USD = Money("USD", 100)
SHARE = Axis("programmes.refer.share", ("10 %", "30 %"))
VALUE = Axis("programmes.refer.value", ("5", "2"))
WORD = Axis("product.kind", ("weak", "strong"))
CAUSED = "incremental_profit"


def swept(axes, values, measures=("k_offspring",), designs=("off", "on")):
    """Return a sweep in which ``values[measure, design, point]`` are the runs' values."""
    points = [{axes[0].path: a} for a in axes[0].values]
    if len(axes) == 2:
        points = [{**point, axes[1].path: b} for point in points for b in axes[1].values]
    rows = [
        (point, design, run, measure, value)
        for point in range(len(points))
        for design in designs
        for measure in measures
        for run, value in enumerate(values[measure, design, point])
    ]
    frame = pd.DataFrame(rows, columns=["point", "design", "replication", "measure", "value"])
    return Sweep(tuple(axes), tuple(points), designs, measures, frame, 2)


@pytest.fixture
def along():
    """Two runs each: mean ± half has an interval of 12.706 halves to either side (t with 1 degree)."""
    values = {
        ("k_offspring", "off", 0): (0.2, 0.4),
        ("k_offspring", "off", 1): (0.5, 0.5),
        ("k_offspring", "on", 0): (0.9, 1.3),
        ("k_offspring", "on", 1): (math.nan, math.nan),
        (CAUSED, "off", 0): (-100.0, -300.0),
        (CAUSED, "off", 1): (0.0, 0.0),
        (CAUSED, "on", 0): (5000.0, 7000.0),
        (CAUSED, "on", 1): (800.0, 800.0),
    }
    return swept((SHARE,), values, ("k_offspring", CAUSED))


def across(cells, measure="k_offspring", axes=(SHARE, VALUE)):
    """Return a sweep over two axes; ``cells`` are one number a point, the last axis fastest."""
    values = {(measure, "on", point): (value, value) for point, value in enumerate(cells)}
    return swept(axes, values, (measure,), ("on",))


def test_lines_are_the_means_and_intervals_of_each_design(along):
    found = lines(SHARE, along.table(), "k_offspring", USD, along.designs)
    assert found.x.places == (10.0, 30.0)
    assert found.x.title == "programmes.refer.share (%)"
    assert [line.design for line in found.lines] == ["off", "on"]
    off, on = found.lines
    assert off.mean == pytest.approx((0.3, 0.5))
    assert off.low == pytest.approx((0.3 - 1.27062, 0.5), abs=1e-5)
    assert off.high == pytest.approx((0.3 + 1.27062, 0.5), abs=1e-5)
    assert on.mean == pytest.approx((1.1, math.nan), nan_ok=True)
    assert on.n == (2, 0)
    assert found.has_one


def test_lines_of_money_are_in_major_units_and_have_no_line_at_one(along):
    found = lines(SHARE, along.table(), CAUSED, USD, along.designs)
    assert [line.mean for line in found.lines] == [(-2.0, 0.0), (60.0, 8.0)]
    assert (found.y_title, found.has_one) == ("USD", False)
    assert not plot_lines(found).layout.shapes


def test_lines_are_drawn_as_they_are_and_what_is_not_known_is_a_gap(along):
    found = lines(SHARE, along.table(), "k_offspring", USD, along.designs)
    off, on = plot_lines(found).data
    assert list(off.x) == [10.0, 30.0]
    assert list(off.y) == list(found.lines[0].mean)
    low, high = found.lines[0].low, found.lines[0].high
    assert [y - e for y, e in zip(off.y, off.error_y.arrayminus, strict=True)] == pytest.approx(low)
    assert [y + e for y, e in zip(off.y, off.error_y.array, strict=True)] == pytest.approx(high)
    assert on.y[1] is None
    assert plot_lines(found).layout.shapes[0].y0 == 1.0


def test_words_are_places_too():
    values = {("k_offspring", "on", point): (0.5, 0.7) for point in range(2)}
    made = swept((WORD,), values, designs=("on",))
    found = lines(WORD, made.table(), "k_offspring", USD, ("on",))
    assert found.x == ("product.kind", ("weak", "strong"))


def test_a_heat_map_has_the_first_axis_across_and_values_in_the_order_given():
    made = across((0.2, 0.4, 0.8, 1.6))
    found = heat(made.axes, made.table(), "k_offspring", USD, "on")
    assert (found.x.places, found.y.places) == ((10.0, 30.0), (5.0, 2.0))
    assert found.cells == ((0.2, 0.8), (0.4, 1.6))
    assert found.has_one
    assert not found.is_flat
    drawn = plot_heat(found)
    assert [list(row) for row in drawn.data[0].z] == [[0.2, 0.8], [0.4, 1.6]]
    assert (list(drawn.data[0].x), list(drawn.data[0].y)) == ([10.0, 30.0], [5.0, 2.0])
    assert len(drawn.data) == 2


@pytest.mark.parametrize(
    ("cells", "measure", "axes"),
    [
        ((0.2, 0.4, 0.8, 0.9), "k_offspring", (SHARE, VALUE)),  # below 1 everywhere
        ((0.2, 0.4, 0.8, 1.6), "amplification", (SHARE, VALUE)),  # not K
        ((0.2, 0.4, 0.8, 1.6), "k_offspring", (SHARE, WORD)),  # nothing lies between two words
    ],
)
def test_the_line_of_one_is_drawn_for_k_alone_where_it_goes_through(cells, measure, axes):
    made = across(cells, measure, axes)
    found = heat(axes, made.table(), measure, USD, "on")
    assert not found.has_one
    assert "K = 1" not in found.caption
    assert len(plot_heat(found).data) == 1


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ((1250.0,) * 4, "The same at all 4 points: $12.50 (in every run)."),
        ((0.0,) * 4, "The same at all 4 points: $0."),
        (
            (1250.0, math.nan, 1250.0, 1250.0),
            "Defined at 3 of 4 points, and the same at each of these: $12.50 (in every run).",
        ),
        ((math.nan,) * 4, "Not defined at any of 4 points."),
    ],
)
def test_what_is_the_same_everywhere_is_said_and_not_coloured(cells, says):
    made = across(cells, "reward_cost")
    found = heat(made.axes, made.table(), "reward_cost", USD, "on")
    assert (found.is_flat, found.caption) == (True, says)
    with pytest.raises(ValueError, match="nothing differs"):
        plot_heat(found)
    page = sweep_page(made, USD, "name", "", "command")
    assert [part.drawn for part in page.parts] == [None, None]
    assert says in page_html(page)
    assert page_html(page).count("<table>") == 1
    assert f"## Cost of rewards of on\n\n{says}" in page_markdown(page).replace("\\", "")


def test_nearly_the_same_is_not_the_same():
    made = across((1250.0, 1250.0, 1250.0, 1250.1), "reward_cost")
    assert not heat(made.axes, made.table(), "reward_cost", USD, "on").is_flat


EFFECTS = (
    Effect(
        "b.value", "2", "10", Interval(4000.0, 3000.0, 5000.0, 9), Interval(-2000.0, -2500.0, -1500.0, 9),
        Difference(-6000.0, -7000.0, -5000.0, 9, 0.0),
    ),
    Effect(
        "a.share", "0 %", "60 %", Interval(500.0, 400.0, 600.0, 9), Interval(2500.0, 2000.0, 3000.0, 9),
        Difference(2000.0, 1500.0, 2500.0, 9, 1.0),
    ),
)  # fmt: skip


def test_a_tornado_goes_from_the_base_to_either_end_largest_on_top():
    found = tornado(EFFECTS, 1000.0, CAUSED, USD)
    assert found.base == 10.0
    assert found.bars == (("b.value", 40.0, -20.0), ("a.share", 5.0, 25.0))
    low, high = plot_tornado(found).data
    assert list(low.y) == list(high.y) == ["a.share", "b.value"]  # plotly fills from below
    assert (low.name, [low.base + x for x in low.x]) == ("low end", [5.0, 40.0])
    assert (high.name, [high.base + x for x in high.x]) == ("high end", [25.0, -20.0])


def test_the_table_of_the_tornado_says_the_same():
    found = tornado(EFFECTS, 1000.0, CAUSED, USD)
    assert found.rows[1] == (
        "a.share",
        "0 %: $5.00 ($4.00 to $6.00)",
        "60 %: $25.00 ($20.00 to $30.00)",
        "$20.00 ($15.00 to $25.00)",
    )


@pytest.mark.parametrize(
    ("measure", "end"),
    [(CAUSED, "to contribution the programmes caused"), ("k_programme", "to K of the referral programmes")],
)
def test_a_title_inside_a_sentence_has_a_small_first_letter_but_k_stays(measure, end):
    assert tornado(EFFECTS, 0.0, measure, USD).title.endswith(end)


def test_flips_name_the_value_with_its_unit_and_the_lead_at_both_ends():
    gaps = tuple(Difference(d, d - 1, d + 1, 9, 1.0) for d in (30.0, 5.0, -20.0))
    sure = tuple(Difference(d, d - 1, d + 1, 9, 1.0) for d in (30.0, 20.0, 10.0))
    found = flips(
        (
            Flip("a.share", ("0 %", "5 %", "10 %"), gaps, (6.0,), "%"),
            Flip("b", ("1", "2", "3"), sure, (), ""),
        ),
        "on",
        "off",
        "customers",
        USD,
    )
    assert found.rows == (
        ("a.share", "6.000 %", "30.0 (29.0 to 31.0)", "\u221220.0 (\u221221.0 to \u221219.0)"),
        ("b", "nothing within its range", "30.0 (29.0 to 31.0)", "10.0 (9.0 to 11.0)"),
    )
    assert found.caption.startswith("Lead of “on” over “off” in customers won")


def test_shares_have_their_half_widths_and_the_head_of_their_method():
    given = (Share("a", 0.5, 0.125, 0.75, math.nan), Share("b", math.nan, 0.1, 0.25, 0.0625))
    found = shares(given, "sobol")
    assert found.rows == (("a", "0.500 ± 0.125", "0.750"), ("b", "not known", "0.250 ± 0.062"))
    assert found.head == ("assumption", "alone", "with all interactions")
    assert shares(given, "morris").head == ("assumption", "mean absolute effect", "spread")


def test_chance_and_ignorance_are_told_apart():
    found = chance(Split(20_000.0, 400.0, 3_000.0, 10_000.0, 35_000.0, 32, 9), CAUSED, USD)
    assert [value for _, value in found.rows] == ["$200.00", "$4.00", "$30.00", "$100.00 and $350.00"]
    assert "over 9 replications" in found.rows[1][0]
    assert found.title == "Chance and ignorance in contribution the programmes caused"


PATH = VALUE.path
FOUND = Found(
    (
        Tried({PATH: "8"}, {CAUSED: 1000.0}, 40, True, False),
        Tried({PATH: "2.50"}, {CAUSED: 6000.0}, 40, True, False),
        Tried({PATH: "4"}, {CAUSED: -500.0}, 10, True, True),
        Tried({PATH: "5"}, {CAUSED: math.nan}, 40, True, False),
        Tried({PATH: "3"}, {CAUSED: 9000.0}, 40, False, False),
    ),
    (),
    {CAUSED: Interval(5500.0, 5000.0, 6000.0, 39)},
    Difference(700.0, 500.0, 900.0, 39, 1.0),
)
FOUND = FOUND._replace(best=(FOUND.tried[1],))
GOAL = Goal(CAUSED, is_raised=True)


def places(info):
    return {group.kind: [(dot.x, dot.y) for dot in group.dots] for group in info.groups}


def test_one_varied_number_is_the_axis_of_the_points_tried():
    found = trials(FOUND, [GOAL], USD, {PATH})
    assert places(found) == {
        "best": [(2.5, 60.0)],
        "allowed": [(8.0, 10.0), (4.0, -5.0)],
        "broken": [(3.0, 90.0)],
    }
    assert found.title == f"Contribution the programmes caused against {PATH}"
    assert (found.x_title, found.y_title) == (f"{PATH} (USD)", "Contribution the programmes caused (USD)")
    assert found.groups[0].dots[0].text == f"{PATH} = $2.50"


def test_dots_are_drawn_where_they_are():
    found = trials(FOUND, [GOAL], USD, {PATH})
    for trace, group in zip(plot_trials(found).data, found.groups, strict=True):
        assert list(zip(trace.x, trace.y, strict=True)) == [(dot.x, dot.y) for dot in group.dots]
        assert (trace.name, list(trace.text)) == (group.label, [dot.text for dot in group.dots])


def test_one_varied_word_is_an_axis_and_several_numbers_are_in_the_order_tried():
    def tried(values, mean):
        return Tried(values, {"customers": mean}, 5, True, False)

    goal = Goal("customers", is_raised=True)
    words = Found((tried({"a": "weak"}, 3.0), tried({"a": "strong"}, 4.0)), (), {}, None)
    assert places(trials(words, [goal], USD)) == {"allowed": [("weak", 3.0), ("strong", 4.0)]}
    both = Found((tried({"a": "1", "b": "2"}, 3.0), tried({"a": "2", "b": "2"}, 4.0)), (), {}, None)
    found = trials(both, [goal], USD)
    assert (found.x_title, places(found)) == ("point tried", {"allowed": [(1, 3.0), (2, 4.0)]})


def test_a_front_is_one_goal_against_the_other_each_in_its_unit():
    points = tuple(
        Tried({PATH: str(i)}, {CAUSED: 100.0 * i, "customers": 50.0 - i}, 5, i < 3, False) for i in range(4)
    )
    found = Found(points, points[1:3], {}, None)
    info = trials(found, [GOAL, Goal("customers", is_raised=True)], USD)
    assert places(info) == {
        "best": [(49.0, 1.0), (48.0, 2.0)], "allowed": [(50.0, 0.0)], "broken": [(47.0, 3.0)],
    }  # fmt: skip
    assert info.title == "Contribution the programmes caused against customers won"
    assert (info.x_title, info.y_title) == ("Customers won", "Contribution the programmes caused (USD)")
    assert info.groups[0].label == "on the front"


def test_the_page_of_a_search_says_units_and_how_many_replications():
    page = search_page(FOUND, [GOAL], USD, "name", "", "command", {PATH})
    assert f"is best at {PATH} = $2.50: $55.00" in page.sentence
    assert page.parts[1].rows == (("$2.50", "$60.00"),)
    assert page.notes[1] == (
        "5 points in 40 replications each; 1 given up early as hopeless, after 10 replications."
    )
    assert "39 fresh replications" in page.notes[2]


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [(PATH, "2", "$2"), (PATH, "10 %", "10 %"), (PATH, "none", "none"), ("other", "2", "2")],
)
def test_only_a_bare_amount_of_money_is_given_the_currency(path, value, text):
    assert varied_text(path, value, USD, {PATH}) == text
