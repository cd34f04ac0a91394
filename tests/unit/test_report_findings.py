"""Findings: what was said, beside what comes out, in the report and after a store."""

import math
from pathlib import Path

import pytest

from referralsim import load_study, plan, run_experiment
from referralsim.experiment.findings import (
    ASSUMED,
    EMERGES,
    FAILS,
    NOT_KNOWN,
    TOO_CLOSE,
    found_in,
    verdict_of,
)
from referralsim.experiment.store import load_experiment, save_experiment
from referralsim.metrics.intervals import Interval
from referralsim.report.data import report_data
from referralsim.report.html import render_html
from referralsim.report.markdown import render_markdown
from tests.worlds import SCENARIOS


@pytest.fixture(scope="module")
def experiment():  # type: ignore[no-untyped-def]
    study = load_study(SCENARIOS / "claims" / "k_above_one_sustains.yaml", replications=10)
    return run_experiment(plan(study), workers=1)


def test_a_claim_is_held_against_what_comes_out(experiment) -> None:  # type: ignore[no-untyped-def]
    """K of .8 ends after five customers for each that began: 100 in all is in the interval."""
    above, below = found_in(experiment)
    assert above.verdict == ASSUMED
    assert above.assumed == ("programmes.loop.contact.invites",)
    assert below.value.low < 100 < below.value.high
    assert below.verdict == TOO_CLOSE


def test_findings_survive_a_store_and_stand_in_every_report(experiment, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    save_experiment(experiment, tmp_path)
    again = load_experiment(tmp_path)
    assert found_in(again) == found_in(experiment)
    data = report_data(again)
    for text in (render_html(data), render_markdown(data)):
        assert "the tenfold number of customers is passed" in text
        assert "assumed by programmes.loop.contact.invites" in text


@pytest.mark.parametrize(
    ("value", "least", "most", "reported", "assumed", "verdict"),
    [
        (Interval(1.3, 1.1, 1.5, 20), 1.0, math.inf, math.nan, False, EMERGES),
        (Interval(1.3, 1.1, 1.5, 20), 1.0, math.inf, math.nan, True, ASSUMED),
        (Interval(0.7, 0.6, 0.8, 20), 1.0, math.inf, math.nan, True, FAILS),
        (Interval(1.0, 0.9, 1.1, 20), 1.0, math.inf, math.nan, False, TOO_CLOSE),
        (Interval(1.6, 1.5, 1.7, 20), -math.inf, math.inf, 1.6, False, EMERGES),
        (Interval(1.3, math.nan, math.nan, 1), 1.0, math.inf, math.nan, False, NOT_KNOWN),
    ],
)
def test_the_verdict_is_that_of_the_whole_interval(value, least, most, reported, assumed, verdict) -> None:  # type: ignore[no-untyped-def]
    assert verdict_of(value, least, most, reported, assumed=assumed) == verdict
