"""The page is safe, closed, the same every time, and readable: what a customer would trip over."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser

import pandas as pd
import plotly.graph_objects as go
import pytest
from helpers_experiment import make_experiment
from plotly.offline import get_plotlyjs

from referralsim import files
from referralsim.report import build
from referralsim.report.cash_figure import plot_cash
from referralsim.report.data import report_data
from referralsim.report.drawing import plotly_script
from referralsim.report.figures import (
    plot_differences,
    plot_funnel,
    plot_funnel_rates,
    plot_money,
    plot_series,
    plot_split,
)
from referralsim.report.html import figures, json_for_script, render_html
from referralsim.report.json_report import render_json
from referralsim.report.markdown import escaped, render_markdown
from referralsim.report.tree_figure import plot_tree

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'`&{{7*7}}{% raw %}${1}%{x}<!--",
    "עברית \u202e evil \u2028 line\r\nbreak",
    "long " * 60,
)


class Page(HTMLParser):
    """Elements of a page with their attributes, and the text of scripts by id."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self._at = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._at = [dict(attrs), ""]
            self.scripts.append(self._at)

    def handle_endtag(self, tag):
        if tag == "script":
            self._at = None

    def handle_data(self, data):
        if self._at is not None:
            self._at[1] += data


@pytest.fixture(scope="module")
def data():
    return report_data(make_experiment())


@pytest.fixture(scope="module")
def page(data):
    return render_html(data)


@pytest.fixture(scope="module")
def hostile():
    made = make_experiment(HOSTILE, replications=2)
    text = " ".join(HOSTILE)
    fields = dict.fromkeys(("name", "question", "description", "command", "engine"), text)
    fields["currency"] = HOSTILE[0]
    fields["designs"] = {name: {HOSTILE[1]: {HOSTILE[2]: name}} for name in HOSTILE}
    fields["sources"] = {HOSTILE[1]: HOSTILE[0]}
    tables = {key: table.copy() for key, table in made.tables.items()}
    for key, column in (("k_by", "part"), ("funnel", "step"), ("money", "side"), ("money", "state")):
        tables[key][column] = HOSTILE[0]
    trees = {name: tree.assign(loop=HOSTILE[1]) for name, tree in made.trees.items()}
    fields |= {"tables": tables, "trees": trees, "population": {HOSTILE[0]: HOSTILE[1]}}
    return report_data(type(made)(**{**vars(made), **fields}))


def test_only_our_two_scripts_run_and_the_policy_names_both_by_digest(page, hostile):
    for text in (page, render_html(hostile)):
        found = Page(text)
        running = [body for attributes, body in found.scripts if attributes.get("type") != "application/json"]
        assert len(running) == 2
        policy = next(
            a["content"] for t, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy.count("'sha256-") == 2
        assert "script-src 'unsafe" not in policy
        assert policy.startswith("default-src 'none'")


def test_the_policy_digests_fit_the_scripts_as_a_browser_reads_them(page):
    import base64
    import hashlib

    found = Page(page)
    policy = next(a["content"] for t, a in found.elements if "http-equiv" in a)
    for attributes, body in found.scripts:
        if attributes.get("type") != "application/json":
            assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy


def test_scenario_text_makes_no_element_attribute_or_handler(hostile):
    found = Page(render_html(hostile))
    assert not [tag for tag, _ in found.elements if tag in ("img", "iframe", "object", "link", "form")]
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]


def test_scenario_text_is_shown_as_written_and_templates_in_it_are_not_run(hostile):
    text = render_html(hostile)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{7*7}}" in text
    assert "49" not in hostile.designs[2].name


def test_data_in_scripts_is_json_whatever_the_names(hostile):
    found = Page(render_html(hostile))
    data = [body for attributes, body in found.scripts if attributes.get("type") == "application/json"]
    assert len(data) >= 8
    for body in data:
        assert json.loads(body)["layout"]
        assert "<" not in body
        assert "\u2028" not in body


def test_figures_show_markup_in_names_as_text(hostile):
    drawn = plot_series(hostile.adoption)._asdict()
    names = [trace["name"] for trace in drawn["data"] if "name" in trace]
    assert names[0] == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert len(set(names)) == len(names)
    assert not [name for name in names if "%{" in name or "<" in name]
    assert all(len(name) < 80 for name in names)


def test_direction_overrides_are_removed(hostile):
    for text in (render_html(hostile), render_markdown(hostile)):
        assert "\u202e" not in text


def test_markdown_keeps_hostile_text_out_of_its_markup(hostile):
    text = render_markdown(hostile)
    assert re.search(r"(?<!\\)<script", text) is None or "    " in text
    for line in text.splitlines():
        if not line.startswith("    "):
            assert re.search(r"(?<!\\)<(script|img)", line) is None


def test_the_page_asks_the_network_for_nothing(page):
    for _, attributes in Page(page).elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "#").startswith("#")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_link_leads_to_a_part_of_the_page_and_ids_are_unique(page):
    elements = Page(page).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {a["href"][1:] for _, a in elements if "href" in a} <= set(ids)


def test_the_order_is_question_answer_designs_k_funnel_adoption_tree_money_assumptions_run(page):
    marks = ["<h1", 'class="sentence"', *(f'<section id="{name}"' for name in
             ("designs", "k", "funnel", "adoption", "tree", "money", "assumptions", "run"))]  # fmt: skip
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_plotly_is_in_the_page_once(page):
    assert page.count("* plotly.js v") == 1


def test_equal_experiments_give_equal_bytes(page):
    assert render_html(report_data(make_experiment())) == page


def test_report_json_has_the_same_numbers_and_null_for_the_unknown(data):
    found = json.loads(render_json(data))
    assert found["schema"] == 1
    card = found["designs"][2]
    assert card["headline"][0]["estimate"]["mean"] == data.designs[2].headline[0].estimate.mean
    assert found["designs"][0]["headline"][2]["estimate"]["mean"] is None
    assert found["answer"]["sentence"] == data.answer.sentence
    assert "NaN" not in render_json(data)


def test_markdown_says_the_same_answer_and_shows_the_command(data):
    text = render_markdown(data)
    assert escaped(data.answer.sentence) in text
    assert f"    {data.run.command}" in text


def checked(figure):
    """Return a figure as plotly's classes hold it, which refuse every name and value they do not know."""
    return go.Figure(figure.data, figure.layout)


def drawings(data):
    yield from (plot_series(info) for info in (data.k_by_generation, data.k_by_cohort))
    yield from (
        plot_series(info, bands=True) for info in (data.k_by_day, data.k_by_penetration, data.adoption)
    )
    yield from map(plot_split, data.k_splits)
    yield from map(plot_funnel, data.funnels)
    yield from map(plot_funnel_rates, data.funnels)
    yield from map(plot_differences, data.differences)
    yield plot_money(data.money_flows)
    yield plot_tree(data.tree)
    yield plot_cash(data.cash)


def all_figures(data):
    yield from map(checked, drawings(data))


def test_plotly_knows_every_name_in_a_figure_and_would_hold_the_same(data):
    """Figures are drawn as plain dictionaries; plotly's classes drop what is empty and change the rest."""
    for drawing in drawings(data):
        held = checked(drawing).to_plotly_json()
        assert json_for_script(held) == json_for_script(drawing._asdict())


def test_plotlys_script_is_the_one_it_writes_itself():
    assert plotly_script() == get_plotlyjs()


def test_every_figure_has_a_title_and_named_axes(data):
    drawn = list(all_figures(data))
    assert len(drawn) >= 15
    for figure in drawn:
        assert len(figure.layout.title.text) > 10
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text


def test_quantities_on_axes_carry_their_unit(data):
    titles = {figure.layout.xaxis.title.text for figure in all_figures(data)}
    for unit in ("(days)", "(%", "(USD", "(customers", "(mean number a run)"):
        assert any(unit in title for title in titles)


def test_bands_follow_the_interval(data):
    line = data.adoption.series[0]
    band = checked(plot_series(data.adoption, bands=True)).data[0]
    assert list(band.y[: len(line.high)]) == list(line.high)
    assert list(band.y[len(line.low) :]) == list(reversed(line.low))


def test_the_leak_is_drawn_in_another_colour(data):
    funnel = data.funnels[0]
    colours = checked(plot_funnel(funnel)).data[0].marker.color
    assert [funnel.steps[i] for i, c in enumerate(colours) if colours.count(c) == 1] == ["shares"]


@pytest.mark.parametrize("designs", [("both sides",), ("no programme",), ("no programme", "both sides")])
@pytest.mark.parametrize("replications", [1, 2])
def test_small_experiments_have_a_whole_report(designs, replications):
    data = report_data(make_experiment(designs, replications))
    for render in build.FORMATS.values():
        text = render(data)
        assert "nan" not in re.sub(r"<script>.*?</script>", "", text, flags=re.S).lower().split()


def test_an_experiment_in_which_nothing_happened_is_reported_in_words():
    made = make_experiment(("A", "B"), replications=2)
    blank = made.estimates.assign(mean=math.nan, low=math.nan, high=math.nan, n=0)
    unknown = made.runs.assign(value=math.nan, n=0)
    none = made.comparisons.iloc[:0]
    nothing = type(made)(
        **{
            **vars(made),
            "runs": unknown,
            "estimates": blank,
            "comparisons": none,
            "tables": {},
            "trees": {"A": pd.DataFrame()},
        }
    )
    data = report_data(nothing)
    text = render_html(data)
    assert {key for key, drawn in figures(data).items() if drawn} == set()
    for words in (
        "no answer",
        "there is no funnel",
        "Nobody became a customer",
        "No tree to draw",
        "No reward",
    ):
        assert words in text
    assert render_markdown(data)
    assert json.loads(render_json(data))


def test_build_report_writes_three_files_and_nothing_else(tmp_path, data):
    experiment = make_experiment(("both sides",), 1)
    out = tmp_path / "new" / "folder"
    written = build.build_report(experiment, out)
    assert [path.name for path in written] == ["report.html", "report.json", "report.md"]
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in written)


def test_a_failed_write_leaves_the_old_report_and_no_rubbish(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        build.build_report(make_experiment(), tmp_path)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
