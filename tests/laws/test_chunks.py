"""How the compiled engine's work is cut, and how much memory it starts with, shows in no log."""

from __future__ import annotations

import pytest
from worlds import SCENARIOS, plan_of

from referralsim.engine.fast import FastEngine
from referralsim.experiment.result import RunKey

WORLDS = (
    ("clothing_club", "club_offer", 3000, ("horizon=60 d",)),
    ("bass", "bass", 300, ()),
    ("loops", "both", None, ("horizon=90 d", "acquisition.initial.customers=80")),
)
"""Ties, a complete graph and fresh contacts."""


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: world[0])
def world(request):
    name, design, size, sets = request.param
    plan = plan_of(SCENARIOS / f"{name}.yaml", "fast", sets, size)
    return plan.world(RunKey(design, 0))


def played(world, **cut):
    run = FastEngine(**cut).run(*world)
    return run.log.tobytes(), run.segment.tobytes()


@pytest.mark.parametrize("events_per_call", [1, 2, 7, 1000, 10**9])
@pytest.mark.parametrize("small_memory", [False, True])
def test_chunks_and_buffers_change_no_log(world, events_per_call, small_memory):
    whole = played(world)
    assert len(whole[0]) > 500 * 40
    assert played(world, events_per_call=events_per_call, small_memory=small_memory) == whole


@pytest.mark.parametrize("events_per_call", [1, 1000])
def test_chunks_and_buffers_change_no_joins(world, events_per_call):
    whole = played(world, level="joins")
    assert 0 < len(whole[0]) < len(played(world)[0])
    assert played(world, level="joins", events_per_call=events_per_call, small_memory=True) == whole
