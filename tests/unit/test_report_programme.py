"""What a report adds where programmes do more than ask and pay, and what it leaves out where they do not."""

from __future__ import annotations

import pandas as pd
import pytest
from helpers_experiment import make_experiment

from referralsim.experiment.compare import compare, estimate
from referralsim.report.data import report_data
from referralsim.report.html import render_html
from referralsim.report.markdown import render_markdown
from referralsim.report.series import k_splits

EVIL = "<img src=x onerror=alert(1)>|*"
DESIGNS = ("plain", EVIL)


@pytest.fixture(scope="module")
def used():
    """Return an experiment in which one design is named by a rogue, has agents and refuses friends."""
    made = make_experiment(DESIGNS, replications=2)
    values = {"agents_enlisted": 12.0, "commission_paid": 4200.0, "gifts": 0.0, "reward_disputed": 700.0}
    rows = [
        (design, r, name, value if design == EVIL else 0.0, 1)
        for design in DESIGNS
        for r in range(2)
        for name, value in values.items()
    ]
    runs = pd.concat([made.runs, pd.DataFrame(rows, columns=made.runs.columns)], ignore_index=True)
    counts = {"reminded": 40, "capped": 0, "genuine_refused": 7}
    besides = pd.DataFrame(
        [
            (design, r, "friends", what, n if design == EVIL else 0)
            for design in DESIGNS
            for r in range(2)
            for what, n in counts.items()
        ],
        columns=["design", "replication", "programme", "what", "count"],
    )
    fields = {
        "runs": runs,
        "estimates": estimate(runs),
        "comparisons": compare(runs),
        "tables": made.tables | {"funnel_besides": besides},
    }
    return report_data(type(made)(**{**vars(made), **fields}))


def test_only_what_is_used_gets_a_table(used):
    assert [info.title for info in used.further] == ["Affiliates and partners"]
    shown = {used.designs[0].all_figures[at].measure for at in used.further[0].places}
    assert shown == {"agents_enlisted", "commission_paid"}
    measures = {figure.measure for figure in used.designs[0].all_figures}
    assert "gifts" not in measures
    assert "reward_disputed" in measures


def test_reminders_and_refusals_stand_beside_the_funnel(used):
    programme = next(info for info in used.funnels if info.which == "programme")
    assert [(row.label, row.counts[EVIL]) for row in programme.besides] == [
        ("Reminders sent", 40.0),
        ("Rewards refused to real friends", 7.0),
    ]
    other = next(info for info in used.funnels if info.which != "programme")
    assert other.besides == ()


def test_a_plain_programme_has_neither(used):
    plain = report_data(make_experiment(("A",), 2))
    assert plain.further == ()
    page = render_html(plain)
    assert "Affiliates" not in page
    assert 'href="#further"' not in page
    assert "Beside the steps" not in page


def test_new_tables_trust_no_name(used):
    """A design's name is text from a scenario: in a page it stays text."""
    page, note = render_html(used), render_markdown(used)
    assert 'id="further"' in page
    assert 'href="#further"' in page
    assert "<img" not in page
    assert "Affiliates and partners" in note
    assert EVIL not in note
    assert "Reminders sent" in note


def test_parts_of_k_are_pooled_as_k_is():
    """Two runs, one with ten times the windows of the other: a plain mean would give the parts .5."""
    made = make_experiment(("A",), 2)
    rows = [(0, "loop", "programme", 0.1, 100.0), (1, "loop", "programme", 0.9, 10.0)]
    frame = pd.DataFrame(rows, columns=["replication", "split", "part", "k", "windows"]).assign(design="A")
    info = k_splits(type(made)(**{**vars(made), "tables": {"k_by": frame}}), "A")[0]
    assert info.k["A"]["programme"] == pytest.approx(19 / 110)
