"""Which worker plays which runs: every run once, those of a draw together, and nobody idle for long."""

from __future__ import annotations

import heapq

import pytest

from referralsim.experiment.agenda import MOST_RUNS_PER_TASK, Agenda
from referralsim.experiment.result import COMPANIONS, RunKey


def keys_of(n_draws, n_designs):
    return [RunKey(f"d{d}", r) for r in range(n_draws) for d in range(n_designs)]


def played(keys, workers):
    """Give tasks to workers that are all equally fast; return each one's tasks, and when each was done.

    A run takes 1, and so does the world without programmes of a draw that a worker has not just had.
    """
    agenda = Agenda(keys, workers)
    tasks = [[] for _ in range(workers)]
    done = [0.0] * workers
    waiting = [(0.0, worker) for worker in range(workers)]
    while waiting:
        now, worker = heapq.heappop(waiting)
        task = agenda.next_for(worker)
        if not task:
            continue
        had = {key.draw for earlier in tasks[worker] for key in earlier}
        done[worker] = now + len(task) + len({key.draw for key in task} - had)
        tasks[worker].append(task)
        heapq.heappush(waiting, (done[worker], worker))
    return tasks, done


@pytest.mark.parametrize(
    ("n_draws", "n_designs", "workers"),
    [(1, 1, 2), (1, 9, 2), (7, 1, 2), (40, 4, 2), (13, 5, 3), (900, 1, 2)],
)
def test_every_run_is_given_out_once_in_small_tasks(n_draws, n_designs, workers):
    """A run that is forgotten would leave the experiment waiting; one given twice costs its time again."""
    keys = keys_of(n_draws, n_designs)
    tasks, _ = played(keys, workers)
    found = [key for mine in tasks for task in mine for key in task]
    assert sorted(found) == sorted(keys)
    assert max(len(task) for mine in tasks for task in mine) <= MOST_RUNS_PER_TASK


def test_alone_a_worker_plays_in_the_order_of_the_keys():
    """Runs of one draw follow each other, as they do without worker processes."""
    keys = keys_of(11, 3)
    tasks, _ = played(keys, 1)
    assert [key for task in tasks[0] for key in task] == keys


@pytest.mark.parametrize("n_draws", [6, 40])
def test_the_designs_of_a_replication_stay_with_one_worker(n_draws):
    """Else the world without programmes is played twice: a quarter more work with four designs."""
    tasks, _ = played(keys_of(n_draws, 4), 2)
    draws = [{key.draw for task in mine for key in task} for mine in tasks]
    assert len(draws[0] & draws[1]) <= 1


def test_a_companion_stays_with_its_draw():
    """Both are played by the same compiled rules."""
    keys = [RunKey("a", r + place) for r in range(6) for place in (0, COMPANIONS)]
    tasks, _ = played(keys, 2)
    draws = [{key.draw for task in mine for key in task} for mine in tasks]
    assert len(draws[0] & draws[1]) <= 1


@pytest.mark.parametrize(("n_draws", "n_designs"), [(1, 12), (3, 4), (5, 4), (7, 2), (40, 4), (41, 4)])
def test_nobody_is_idle_for_long(n_draws, n_designs):
    """The last worker ends at most three runs after the other, however badly the draws divide."""
    _, done = played(keys_of(n_draws, n_designs), 2)
    assert max(done) - min(done) <= 3
