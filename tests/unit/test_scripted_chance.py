"""With scripted draws a life goes exactly as written down."""

from __future__ import annotations

import pytest
from worlds import plan_of, write

from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind
from referralsim.experiment.result import RunKey
from referralsim.randomness import Purpose, ScriptedChance

PAIR = """
referralsim: 1
horizon: 30 d
population: {graph: {edge_list: {file: graph.txt}}, strength: {kind: equal}}
acquisition: {initial: {customers: 1}}
product: {use: {rate: 1 per day}, moments: {happy: 50 %, unhappy: 20 %}}
programmes:
  refer:
    asks: [{trigger: happy_moment}]
    response: {mode: table, share: 50 %, accept: 50 %}
    contact: {invites: 1}
    moment: {happy_factor: 1}
    rewards: {referrer: {value: 3.00}}
"""


@pytest.fixture
def world(tmp_path):
    write(tmp_path, "0 1\n", "graph.txt")
    ready = plan_of(write(tmp_path, PAIR), "reference")
    inputs, seed = ready.world(RunKey("base", 0))
    return inputs._replace(initial=inputs.initial * 0), seed


def played(world, script):
    inputs, seed = world
    luck = ScriptedChance(seed, script)
    log = ReferenceEngine(lambda _: luck).run(inputs, seed).log
    return log, luck.unused


# the first use is on day -log(1 - .5) = .693; it delights; the ask falls on open ears; the friend accepts
HAPPY = {
    (Purpose.USE_GAP, 0, 0, 0): 0.5,
    (Purpose.MOMENT, 0, 0, 0): 0.1,
    (Purpose.SHARE, 0, 16, 0): 0.49,
    (Purpose.SIGNED_UP, 0, 1, 5): 0.49,
}


def test_a_life_as_written(world):
    log, unused = played(world, HAPPY)
    assert not unused
    assert [Kind(kind).name for kind in log["kind"][:14]] == [
        "SIGNED_UP",
        "ACTIVATED",
        # all of one instant, in the total order: by kind
        "SIGNED_UP",
        "ACTIVATED",
        "DELIGHTED",
        "QUALIFIED",
        "REWARD_EARNED",
        "REWARD_PAID",
        "ASKED",
        "SHARED",
        "INVITED",
        "DELIVERED",
        "OPENED",
        "CLICKED",
    ]
    assert log["time"][2] == pytest.approx(0.693147, abs=1e-6)
    assert log["amount_cents"][log["kind"] == Kind.REWARD_EARNED].tolist() == [300]


@pytest.mark.parametrize(
    ("place", "draw", "missing"),
    [
        ((Purpose.MOMENT, 0, 0, 0), 0.6, Kind.DELIGHTED),
        ((Purpose.SHARE, 0, 16, 0), 0.51, Kind.SHARED),
        ((Purpose.SIGNED_UP, 0, 1, 5), 0.51, Kind.QUALIFIED),
    ],
)
def test_a_draw_just_past_its_probability_changes_the_life(world, place, draw, missing):
    log, _ = played(world, {**HAPPY, place: draw})
    early = log[log["time"] < 0.7]
    assert missing not in early["kind"]
