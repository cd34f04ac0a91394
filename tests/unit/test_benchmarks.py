"""The benchmarks compare equal work, say what they could not compare, and leave a page; no time is judged."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.__main__ import ROWS as MEASURED  # noqa: E402
from benchmarks.__main__ import main  # noqa: E402
from benchmarks.memory_limit import play, trace_of  # noqa: E402
from benchmarks.page import Result, load_results, machine, save_results, write_page  # noqa: E402
from benchmarks.peers import Peer, PeerFailedError, PeerMissingError, save_graph  # noqa: E402
from benchmarks.row import Line, Row, Setting  # noqa: E402
from benchmarks.row_cascade import lasting  # noqa: E402
from benchmarks.timing import WorkDiffersError, interleave, same_size  # noqa: E402
from benchmarks.worlds import CASCADE, cascade_study, run, signed_up  # noqa: E402
from referralsim.engine.fast import FastEngine  # noqa: E402
from referralsim.eventlog.kinds import Kind  # noqa: E402
from referralsim.experiment.plan import plan  # noqa: E402

ROWS = tuple(name for name in MEASURED if name != "ten_million")  # which only a full run has time for


@pytest.fixture(scope="module")
def cascade():
    ready = plan(cascade_study(600))
    inputs, seed = run(ready, CASCADE, 0)
    return ready, inputs, seed, FastEngine().run(inputs, seed)


def test_a_quick_run_measures_every_row_and_leaves_a_page(tmp_path, capsys):
    # each row raises if its two sides computed different things, and the command then ends with 1
    done = CliRunner().invoke(main, ["--quick", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.exception
    with capsys.disabled():
        print("\n" + done.stdout)
    data = json.loads((tmp_path / "performance.json").read_text(encoding="utf-8"))
    assert sorted(data) == sorted(ROWS)
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    for name in ROWS:
        lines = data[name]["row"]["lines"]
        assert f"### {name}" in page
        assert lines
        assert all(line["met"] is None for line in lines), "a quick run passes no verdict"
    assert "the two logs are equal, bit for bit" in page
    simpy = [line for line in data["cascade"]["row"]["lines"] if "SimPy" in line["against"]]
    assert simpy[0]["value"] > 0.0
    assert "people reached: mean" in simpy[0]["note"]


def test_sides_take_turns():
    order = []

    def side(name):
        return lambda repeat: (order.append((name, repeat)), (1.0, 2.0))[1]

    measured = interleave({"a": side("a"), "b": side("b")}, 2)
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert measured["b"].seconds == [1.0, 1.0]


def test_a_short_side_runs_twice_and_the_second_run_counts():
    taken = {"short": iter([0.5, 0.3, 0.4, 0.2]), "long": iter([9.0, 8.0])}

    def side(name):
        return lambda repeat: (next(taken[name]), 1.0)

    measured = interleave({name: side(name) for name in taken}, 2)
    assert measured["short"].seconds == [0.3, 0.2]
    assert measured["long"].seconds == [9.0, 8.0]


def test_unequal_work_is_no_comparison():
    assert same_size([1000.0, 1010.0, 990.0], [1004.0, 1012.0, 996.0]).startswith("mean 1,000 against 1,004")
    with pytest.raises(WorkDiffersError, match="standard errors apart"):
        same_size([1000.0, 1010.0, 990.0], [900.0, 905.0, 910.0])
    with pytest.raises(WorkDiffersError):
        same_size([1000.0], [850.0])  # a repeat a side: 2 % stand in for the noise


@pytest.mark.parametrize("only_waits", [False, True])
def test_the_bare_loop_does_what_the_cascade_did(cascade, only_waits):
    _, inputs, seed, played = cascade
    trace = trace_of(inputs, seed, played.log, only_waits)
    n_joined = signed_up(played)
    n_invited = int(np.count_nonzero(played.log["kind"] == Kind.INVITED))
    assert n_joined > 300
    assert play(trace) == len(trace.times) == len(trace.begin) + len(trace.pushed)
    assert len(trace.touched) == len(trace.times) + n_invited  # its own record, and those of the invited
    on_way = len(trace.times) - len(trace.begin)
    if only_waits:
        assert n_joined - len(trace.begin) <= on_way < n_invited
    else:
        assert on_way > 5 * (n_joined - len(trace.begin))


def test_the_bare_loop_refuses_a_log_that_is_not_its_own(cascade):
    _, inputs, seed, played = cascade
    with pytest.raises(ValueError, match="not those of its invitations"):
        trace_of(inputs, seed + 1, played.log, True)


def test_the_bare_loop_notices_a_wrong_order(cascade):
    _, inputs, seed, played = cascade
    trace = trace_of(inputs, seed, played.log, True)
    with pytest.raises(ValueError, match="did not follow"):
        play(trace._replace(times=trace.times[::-1].copy()))


def test_a_peer_that_is_not_installed_is_named(cascade, tmp_path):
    file = save_graph(cascade[0].graph, tmp_path)
    with pytest.raises(PeerMissingError, match="cynetdiff"):
        Peer("cynetdiff", sys.executable, file, 0.15)
    with pytest.raises(PeerMissingError):
        Peer("eon", str(tmp_path / "no-python"), file, 0.15)


def test_a_peer_that_breaks_down_is_no_result(cascade, tmp_path):
    file = save_graph(cascade[0].graph, tmp_path)
    with Peer("simpy", sys.executable, file, 0.15) as peer:
        assert peer.run([0, 1, 2], 1)[1] >= 3
        assert peer.run([0, 1, 2], 1)[1] == peer.run([0, 1, 2], 1)[1]
        with pytest.raises(PeerFailedError):
            peer.run([10**9], 1)


def test_the_goal_of_the_larger_cascade_is_that_ratios_last():
    setting = Setting("normal", sys.executable, str)
    line = Line("peer", "1 s", "30 s", 30.0, "30.0 times faster", "≥ 50 times faster", False)
    assert lasting(line, {"value": 40.0}, setting).met is True
    fallen = lasting(line, {"value": 60.0}, setting)
    assert fallen.met is False
    assert fallen.shown == "30.0 times faster, 0.50 of the ratio at the first size"
    assert lasting(line, None, setting).met is None


def test_the_page_keeps_rows_of_earlier_runs_and_shows_misses(tmp_path):
    missed = Line("a | peer", "1 s", "2 s", 2.0, "2 times faster", "≥ 3 times", False, "checked")
    old = Result(Row("cascade", "the work", [missed], {}), "full", "2001-02-03", machine())
    save_results(tmp_path, {"cascade": old})
    assert load_results(tmp_path) == {"cascade": old}
    write_page(tmp_path, [old], plotted=False)
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| a \\| peer | 1 s | 2 s | 2 times faster | ≥ 3 times | **missed** |" in page
    assert "measured 2001-02-03, full run" in page
    assert ".svg" not in page
