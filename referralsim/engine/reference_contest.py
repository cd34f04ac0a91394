"""Contests: at the end of each period those who brought most friends earn a prize."""

from __future__ import annotations

from referralsim.engine.contract import PaysOn
from referralsim.engine.reference_reward import Claim, earn
from referralsim.engine.reference_state import Credit
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind


def begin_contests(world: World) -> None:
    """Set all contests going on day 0."""
    for rule in world.reward_rules[0]:
        if rule.on == PaysOn.LEADERBOARD:
            world.begin(contest(world, rule.row, rule.board_days))


def contest(world: World, row: int, board_days: float) -> Process:
    """Hold a contest period by period; it keeps the calendar it began with."""
    ended = 1
    while (yield from world.wait(ended * board_days, Kind.LEADERBOARD, row, -1, ended)):
        award(world, row, ended)
        ended += 1


def award(world: World, row: int, ended: int) -> None:
    """Give the prizes of the period that has just ended; it is number ``ended - 1``."""
    rule = world.reward(row)
    wins = world.standings.pop((row, ended - 1), {})
    if not world.is_open(rule.programme) or not rule.present or rule.value_cents == 0:
        return
    first = sorted(wins, key=lambda receiver: (-wins[receiver], receiver))[: rule.board_places]
    credit = Credit(programme=rule.programme)
    for receiver in first:
        claim = Claim(world.people[receiver], None, credit, serial=ended)
        earn(world, rule, claim, rule.value_cents)
