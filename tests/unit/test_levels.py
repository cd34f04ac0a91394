"""Record levels: what is kept of a run may be less, what it says is the same, bit for bit."""

from __future__ import annotations

import dataclasses
import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from referralsim.engine.contract import GraphKind, Played
from referralsim.engine.fast import FastEngine
from referralsim.errors import UsageError
from referralsim.eventlog.kinds import LOG_DTYPE, QUEUED_ONLY, Kind, Side
from referralsim.eventlog.record import RunRecord
from referralsim.eventlog.store import LogError, log_frame, read_log, record_digest, write_log
from referralsim.eventlog.tally import EXPIRED_UNPAID, JOINS, PAID_LATER, empty_tally, joins_log, tally_of
from referralsim.experiment import plan as plan_module
from referralsim.experiment.result import RunKey
from referralsim.measures import MEASURES
from referralsim.metrics.measure import measure_run
from referralsim.metrics.summary import unsupported, why_undefined
from tests import helpers_inputs as worlds
from tests.helpers_grammar import wild_inputs
from tests.worlds import plan_of, write

LESS = ("joins", "summary")


def world(kind: int, seed: int = 1):
    """Return a world in which every rule is at work, and rewards are earned, capped, paid and reversed."""
    inputs = worlds.rich_inputs(40 if kind == GraphKind.FRESH else 150, kind, seed)
    offers = inputs.programmes.copy()
    terms = inputs.rewards.copy()
    terms["value_cents"], terms["percent"], terms["hold_days"] = [700, 300] * 3, 0.0, 4.0
    terms["cap_count"] = [1, -1] * 3
    offers["clawback_refund"], offers["clawback_churn"] = 1, 1
    base = inputs.world.copy()
    base["paid_cost_cents"] = [250, 400]
    paid = inputs.arrival_rate.copy()
    paid[:, 1] = 0.5
    return inputs._replace(
        programmes=offers,
        rewards=terms,
        world=base,
        arrival_rate=paid,
        churn_rate=4.0 * inputs.churn_rate,
        horizon_days=15.0,
    )


def record_of(inputs, played: Played) -> RunRecord:
    """Wrap a run as the measures see it."""
    n_segments, n_channels, n_programmes = (
        table.shape[1] for table in (inputs.segments, inputs.channels, inputs.programmes)
    )
    return RunRecord(
        played.log,
        played.segment,
        inputs.horizon_days,
        tuple(f"s{i}" for i in range(n_segments)),
        tuple(f"c{i}" for i in range(n_channels)),
        tuple(f"p{i}" for i in range(n_programmes)),
        inputs.graph_kind != GraphKind.FRESH,
        played.tally,
        played.lives,
    )


WILD = ("wild ties", "wild fresh", "wild unbound")


def wild(name: str):
    """Return a world of the whole grammar with agents, leaderboards and winback."""
    kind = GraphKind.FRESH if name == "wild fresh" else GraphKind.TIES
    fresh = kind == GraphKind.FRESH
    inputs = wild_inputs(int(kind), 7 if fresh else 8, 20 if fresh else 120, 15.0)
    if name == "wild unbound":
        segments = inputs.segments.copy()
        segments["winback_maximum"] = 0
        inputs = inputs._replace(segments=segments)
    return inputs


@pytest.fixture(scope="module", params=[*GraphKind, *WILD], ids=lambda kind: getattr(kind, "name", kind))
def levels(request):
    """Return one run at the three levels."""
    inputs = wild(request.param) if request.param in WILD else world(int(request.param))
    return {level: record_of(inputs, FastEngine(level).run(inputs, 7)) for level in ("full", *LESS)}


def test_levels_are_told_apart(levels):
    """A record taken for a full one would give wrong numbers, not missing ones."""
    assert [record.level for record in levels.values()] == ["full", "joins", "summary"]
    assert len(levels["summary"].log) == 0


@pytest.mark.parametrize("level", LESS)
def test_kernel_keeps_the_tally_of_the_full_log(levels, level):
    """An event that is not counted, counted twice or under another credit shows in a cell."""
    full = levels["full"]
    sizes = (len(full.channel_names), len(full.programme_names), len(full.segment_names))
    expected = tally_of(full.log, full.segment, *sizes)
    for name, cells in expected._asdict().items():
        assert np.array_equal(cells, getattr(levels[level].tally, name)), name


def test_people_tell_of_all_joins(levels):
    """The log written out of the people is that part of the full log, to the last bit."""
    full = levels["full"].log
    kept = full[np.isin(full["kind"], JOINS)].tobytes()
    assert levels["joins"].log.tobytes() == kept
    assert joins_log(levels["summary"].lives).tobytes() == kept


@pytest.mark.parametrize("level", LESS)
def test_every_measure_is_the_same_number(levels, level):
    """What a level supports equals the full log's number exactly; what it does not is undefined."""
    full, less = measure_run(levels["full"]), measure_run(levels[level])
    for name, scalar in less.scalars.items():
        if name in unsupported(level):
            assert math.isnan(scalar.value)
            assert scalar.n == 0
            continue
        expected = full.scalars[name]
        assert scalar.n == expected.n, name
        assert np.float64(scalar.value).tobytes() == np.float64(expected.value).tobytes(), name
    for name, table in full.tables.items():
        pd.testing.assert_frame_equal(table, less.tables[name], check_exact=True, obj=name)
    pd.testing.assert_frame_equal(full.tree, less.tree, check_exact=True)


def test_the_worlds_compared_have_every_reward_and_every_way_in():
    """The comparisons above say nothing of what never happens."""
    inputs = world(int(GraphKind.TIES))
    tally = FastEngine("summary").run(inputs, 7).tally
    happened = set(np.flatnonzero(tally.counts.sum(axis=(1, 2, 3))).tolist())
    assert happened == set(Kind) - QUEUED_ONLY - worlds.WITH_GRAMMAR
    assert tally.total(Kind.SIGNED_UP, 2) < 0
    assert tally.rewarded.sum() > 0
    assert (tally.by_side[Kind.REWARD_EARNED, :, 0] > 0).all()


def test_the_wild_worlds_compared_have_agents_prizes_returns_and_what_is_paid_later():
    """As above, of the whole grammar: rewards of all fates, and every reason to leave something out."""
    seen: set[int] = set()
    for name in WILD:
        played = FastEngine("summary").run(wild(name), 7)
        seen |= set(np.flatnonzero(played.tally.counts.sum(axis=(1, 2, 3))).tolist())
        assert (played.segment < 0).sum() > 0
        assert len(played.lives.again) > 0 or name == "wild unbound"
    assert seen >= {Kind.WON_BACK, Kind.POSTED, Kind.FAKED, Kind.REWARD_REDEEMED, Kind.REWARD_EXPIRED}
    assert played.tally.by_side[PAID_LATER, :, 0].sum() > 0


def test_rewards_are_told_apart_by_what_became_of_them():
    """An expiry before payment, a payment that costs later, a prize without a friend: each by hand."""
    log = np.zeros(6, LOG_DTYPE)
    log["loop"] = log["channel"] = -1
    log["kind"] = [Kind.REWARD_EARNED, Kind.REWARD_PAID, Kind.REWARD_EXPIRED] * 2
    log["actor"], log["attempt"] = [0, 0, 0, 1, 1, 1], [2, 2, 2, 33, 33, 65]
    log["target"] = [-2, -2, -2, 2, 2, 2]
    log["amount_cents"], log["margin_cents"][1] = [5, 5, 5, 7, 7, 9], -4
    tally = tally_of(log, np.array([0, 0, -1], np.int8), 1, 1, 1)
    assert tally.by_side[EXPIRED_UNPAID].tolist() == [[0, 0, 0], [1, 9, 0]]
    assert tally.by_side[PAID_LATER].tolist() == [[0, 0, 0], [1, 7, 0]]
    assert tally.by_side[Kind.REWARD_PAID].tolist() == [[1, 5, -4], [1, 7, 0]]
    assert tally.rewarded.sum() == 1
    assert tally.by_segment[Kind.REWARD_EARNED].tolist() == [0]


def test_a_wrong_cell_is_a_wrong_measure(levels):
    """Measures read the tally: one more invitation in it is one more invitation."""
    record = levels["summary"]
    cells = record.tally.by_credit.copy()
    cells[Kind.INVITED, 8, 0, 0, 0] += 1
    changed = measure_run(record._replace(tally=record.tally._replace(by_credit=cells)))
    assert changed.scalars["invites"].value == measure_run(record).scalars["invites"].value + 1


def test_measures_that_need_every_event_say_so():
    """Only what the list of measures says is missing at a level is missing."""
    assert unsupported("full") == ()
    for level in LESS:
        assert unsupported(level) == tuple(n for n, m in MEASURES.items() if m.needs == "full")
    assert "'full'" in why_undefined("payback_day", "joins")
    assert why_undefined("k_offspring", "summary") == ""


def test_memory_of_a_summary_does_not_grow_with_events():
    """Four times the events, the same bytes in what comes back."""

    def bytes_of(horizon_days):
        inputs = world(int(GraphKind.TIES))._replace(horizon_days=horizon_days)
        played = FastEngine("summary").run(inputs, 3)
        n_events = int(played.tally.counts.sum())
        return n_events, sum(part.nbytes for part in (played.log, *played.tally, played.lives.people))

    (few, small), (many, large) = bytes_of(5.0), bytes_of(30.0)
    assert many > 4 * few
    assert small == large


@pytest.mark.parametrize("events_per_call", [1, 1000])
def test_chunks_and_buffers_change_no_summary(events_per_call):
    """Growing every buffer from nothing counts no event twice."""
    inputs = world(int(GraphKind.FRESH), 2)
    whole = FastEngine("summary").run(inputs, 1)
    cut = FastEngine("summary", events_per_call, small_memory=True).run(inputs, 1)
    for name, cells in whole.tally._asdict().items():
        assert np.array_equal(cells, getattr(cut.tally, name)), name
    assert joins_log(whole.lives).tobytes() == joins_log(cut.lives).tobytes()


def test_sums_of_large_amounts_are_exact():
    """Sums in floating point would lose the last cent of amounts near 2**60."""
    log = np.zeros(3, LOG_DTYPE)
    log["kind"] = Kind.PURCHASED
    log["loop"] = log["channel"] = log["programme"] = -1
    log["amount_cents"] = [2**60, 1, 1]
    tally = tally_of(log, np.zeros(1, np.int8), 1, 1, 1)
    assert tally.total(Kind.PURCHASED, 1) == 2**60 + 2


def test_nothing_happened_is_a_tally_of_zeros():
    """An empty log is no error."""
    tally = tally_of(np.zeros(0, LOG_DTYPE), np.zeros(1, np.int8), 2, 1, 1)
    for cells, zeros in zip(tally, empty_tally(2, 1, 1), strict=True):
        assert np.array_equal(cells, zeros)


# --------------------------------------------------------------------------- on disk


@pytest.mark.parametrize("level", ["full", *LESS])
def test_a_record_of_each_level_comes_back(levels, level, tmp_path):
    """Tally and people are in the file; whoever reads it gets the same measures and the same digest."""
    write_log(levels[level], tmp_path / "a.parquet")
    again = read_log(tmp_path / "a.parquet")
    assert again.level == level
    assert again.n_events == levels["full"].n_events
    assert record_digest(again) == record_digest(levels[level])
    for name, table in measure_run(levels[level]).tables.items():
        pd.testing.assert_frame_equal(measure_run(again).tables[name], table, check_exact=True)
    assert repr(measure_run(again).scalars) == repr(measure_run(levels[level]).scalars)
    write_log(again, tmp_path / "b.parquet")
    assert (tmp_path / "b.parquet").read_bytes() == (tmp_path / "a.parquet").read_bytes()


def test_digests_see_one_cell_and_one_life(levels):
    """Joins and summary of one run have one digest; one count more, or a day, gives another."""
    joins, summary = levels["joins"], levels["summary"]
    assert record_digest(joins) == record_digest(summary) != record_digest(levels["full"])
    cells = summary.tally.by_segment.copy()
    cells[Kind.INVITED, 0] += 1
    people = summary.lives.people.copy()
    people["signed_up_day"][np.flatnonzero(people["status"] > 0)[-1]] += 1e-9
    changed = (
        summary._replace(tally=summary.tally._replace(by_segment=cells)),
        summary._replace(lives=summary.lives._replace(people=people)),
    )
    assert len({record_digest(record) for record in (summary, *changed)}) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record._replace(tally=None),
        lambda record: record._replace(segment=record.segment[:-1]),
        lambda record: record._replace(channel_names=(*record.channel_names, "pigeon")),
    ],
)
def test_a_record_that_could_not_be_read_again_is_refused_before_anything_is_written(levels, spoil, tmp_path):
    with pytest.raises(LogError):
        write_log(spoil(levels["summary"]), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_summary_is_read_as_the_log_of_its_joins(levels):
    """An empty table would say that nothing happened."""
    pd.testing.assert_frame_equal(log_frame(levels["summary"]), log_frame(levels["joins"]))


# --------------------------------------------------------------------------- in an experiment

BUSY = """
referralsim: 1
horizon: 20 d
population: {size: 500, graph: {erdos_renyi: {mean_degree: 4}}}
acquisition: {initial: {customers: 500}}
product: {use: {rate: 2 per day}, moments: {happy: 1.0, unhappy: 0.0}}
"""


def peak_of(plan: plan_module.Plan, monkeypatch) -> tuple[int, int, int]:
    """Return the events of a run, the bytes of its record when it is measured, and the most bytes held."""
    held = []

    def measured(record, grouped):
        arrays = [record.log, *(record.tally or ())]
        held.append(sum(array.nbytes for array in arrays))
        return measure_run(record, grouped=grouped)

    monkeypatch.setattr(plan_module, "measure_run", measured)
    plan.outcome(RunKey("base", 0))  # imports and compiled code are not part of a run
    tracemalloc.start()
    try:
        outcome = plan.outcome(RunKey("base", 0))
        return outcome.n_events, held[-1], tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def plan_at(file, rate, level):
    return dataclasses.replace(plan_of(file, "fast", (f"product.use.rate={rate} per day",)), level=level)


def test_memory_of_an_experiment_at_summary_does_not_grow_with_events(tmp_path, monkeypatch):
    """Ten times the events: the same bytes are measured, and the peak stays; a full log would show."""
    file = write(tmp_path, BUSY)
    found = {
        (level, rate): peak_of(plan_at(file, rate, level), monkeypatch)
        for level in ("full", "summary")
        for rate in (2, 20)
    }
    (few, small, low), (many, large, high) = found["summary", 2], found["summary", 20]
    assert many > 9 * few
    assert small == large
    assert high < 1.05 * low
    assert found["full", 20][0] == many
    assert found["full", 20][2] > 3 * found["full", 2][2]


def test_the_reference_engine_has_one_level(tmp_path):
    ready = plan_of(write(tmp_path, BUSY), "reference")
    with pytest.raises(UsageError, match="keeps every event"):
        dataclasses.replace(ready, level="joins").record(RunKey("base", 0))
    with pytest.raises(UsageError, match="keeps every event"):
        plan_module.plan(ready.study, "reference", level="summary")
    with pytest.raises(UsageError, match="there is no 'some'"):
        plan_module.plan(ready.study, level="some")


@pytest.mark.parametrize("name", ["loop", "channel", "programme"])
@pytest.mark.parametrize("value", [-2, 100])
def test_a_row_that_belongs_into_no_cell_is_refused(name, value):
    """Compiled code would write beside the table."""
    log = np.zeros(3, LOG_DTYPE)
    log[name][1] = value
    with pytest.raises(
        ValueError, match="row 1 of the log has a loop, channel or programme that there is not"
    ):
        tally_of(log, np.zeros(1, np.int8), 1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "who"), [(Kind.INVITED, "actor"), (Kind.QUALIFIED, "target"), (Kind.ASKED, "actor")]
)
def test_a_row_about_a_person_that_there_is_not_is_refused(kind, who):
    """Compiled code would read beside the segments; who invites in a row depends on its kind."""
    log = np.zeros(3, LOG_DTYPE)
    log["kind"], log[who][1] = kind, 1
    segment = np.zeros(9, np.int8)[:1]  # what lies behind it looks like one more
    with pytest.raises(ValueError, match="row 1 of the log has a person that there is not"):
        tally_of(log, segment, 1, 1, 1)
    log[who][1] = -1
    assert tally_of(log, segment, 1, 1, 1).by_segment[kind].tolist() == [2]


@pytest.mark.parametrize("kind", [-1, 100])
def test_a_row_of_a_kind_that_there_is_not_is_refused(kind):
    log = np.zeros(3, LOG_DTYPE)
    log["kind"][1] = kind
    with pytest.raises(ValueError, match="row 1 of the log is of a kind that there is not"):
        tally_of(log, np.zeros(1, np.int8), 1, 1, 1)


def test_a_friend_is_rewarded_once_and_with_the_credit_of_the_first_time():
    """Both sides earn for friend 1, a second programme earns for him again; a prize is for no friend."""
    log = np.zeros(5, LOG_DTYPE)
    log["kind"] = Kind.REWARD_EARNED
    log["programme"] = [1, 0, 0, 0, 1]
    log["actor"], log["target"] = [0, 1, 2, 0, 0], [1, 0, 1, -1, 2]
    log["attempt"] = [Side.REFERRER, Side.REFEREE, Side.REFERRER, Side.REFERRER, Side.REFERRER]
    tally = tally_of(log, np.array([0, 0, 1], np.int8), 1, 2, 2)
    assert tally.rewarded.sum(axis=(0, 1)).tolist() == [0, 2, 0]
    assert tally.by_segment[Kind.REWARD_EARNED].tolist() == [2, 0]
