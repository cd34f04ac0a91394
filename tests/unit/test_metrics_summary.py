"""Records that hold less than every event, made by hand."""

from __future__ import annotations

import numpy as np
from helpers_logs import forest

from referralsim.eventlog.kinds import Kind, Origin
from referralsim.eventlog.tally import Lives, joins_log
from referralsim.measures import MEASURES
from referralsim.metrics.events import events_of
from referralsim.metrics.measure import measure_run
from referralsim.metrics.summary import unsupported, whole_tally, why_undefined, with_joins

PERSON = np.dtype(
    [(name, np.int8) for name in ("status", "origin", "loop", "channel", "programme")]
    + [(name, np.float64) for name in ("signed_up_day", "active_day", "churn_day")]
    + [(name, np.int32) for name in ("parent", "churn_number")]
)


def told(record):
    """Return a summary of a full record of sign-ups and activations: people and tally, no log."""
    people = np.zeros(len(record.segment), PERSON)
    for e in record.log:
        person = people[e["actor"]]
        person["status"] = max(person["status"], {Kind.SIGNED_UP: 1, Kind.ACTIVATED: 2}[Kind(e["kind"])])
        person["signed_up_day" if e["kind"] == Kind.SIGNED_UP else "active_day"] = e["time"]
        for name in ("loop", "channel", "programme"):
            person[name] = e[name]
        person["parent"] = e["target"]
        if e["kind"] == Kind.SIGNED_UP:
            person["origin"] = e["attempt"]
    lives = Lives(people, np.zeros(1), np.zeros(1, np.int64))
    return record._replace(log=record.log[:0], tally=whole_tally(record), lives=lives)


def test_a_summary_tells_the_joins_and_the_same_measures():
    full = forest([-1, 0, 0, 1, 3], days=[0.0, 1.0, 2.5, 4.0, 50.0])
    summary = told(full)
    assert len(summary.log) == 0
    assert with_joins(summary).log.tobytes() == full.log.tobytes()
    missing = unsupported("summary")
    expected = measure_run(full).scalars
    for name, scalar in measure_run(summary).scalars.items():
        if name not in missing:
            assert np.array_equal(scalar, expected[name], equal_nan=True), name
    assert set(missing) == {name for name, measure in MEASURES.items() if measure.needs == "full"}


def test_a_full_record_needs_no_joins_made_up():
    full = forest([-1, 0])
    assert with_joins(full) is full
    assert whole_tally(full).total(Kind.ACTIVATED, 0) == whole_tally(told(full)).total(Kind.ACTIVATED, 0) == 2
    assert events_of(full).number_of(Kind.ACTIVATED) == 2


def test_people_who_were_bought_cost_what_they_cost_on_their_day():
    people = np.zeros(3, PERSON)
    people["status"], people["origin"], people["parent"] = [1, 3, 1], Origin.PAID, -1
    people["signed_up_day"], people["active_day"], people["churn_day"] = [1.0, 2.0, 3.0], 2.5, 9.0
    people["churn_number"], people["loop"], people["channel"], people["programme"] = 4, 2, -1, -1
    log = joins_log(Lives(people, np.array([0.0, 2.0]), np.array([100, 250])))
    joined = log[log["kind"] == Kind.SIGNED_UP]
    assert joined["margin_cents"].tolist() == [-100, -250, -250]
    gone = log[log["kind"] == Kind.CHURNED]
    assert gone[["time", "actor", "attempt"]].tolist() == [(9.0, 1, 4)]


def test_why_a_measure_is_undefined_is_said_only_if_the_level_is_the_reason():
    assert why_undefined("k_offspring", "summary") == ""
    assert why_undefined("payback_day", "full") == ""
    assert why_undefined("payback_day", "joins") == "not recorded at this level ('joins'); needs 'full'"
    assert unsupported("joins") == unsupported("summary")
    assert {"payback_day", "k_basic"} <= set(unsupported("joins"))
