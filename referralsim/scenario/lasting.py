"""What lasts from the first day to the last, though the numbers beside it may change on a day."""

from __future__ import annotations

from collections.abc import Iterator

from referralsim.scenario.schema import Agents, Programme, Scenario
from referralsim.scenario.tree import Path

_THERE = "cannot change on a day: the people are there from the start"
_AGENTS = "cannot change on a day: the agents are there from the start"


def unchangeable(now: Scenario, after: Scenario) -> Iterator[tuple[Path, str]]:
    """Yield each place that an entry of the timeline changes though it may not, and why it may not.

    Parameters
    ----------
    now, after : Scenario
        The scenario before and after the entry, with the same programmes.
    """
    homes_now, homes_after = (world.population.households for world in (now, after))
    if (homes_now and homes_now.size) != (homes_after and homes_after.size):
        yield ("population", "households", "size"), _THERE
    for name, programme in after.programmes.items():
        yield from _programme(now.programmes[name], programme, ("programmes", name))


def _programme(now: Programme, after: Programme, at: Path) -> Iterator[tuple[Path, str]]:
    if now.kind != after.kind:
        yield (*at, "kind"), "cannot change on a day: begin with another programme that is not enabled"
    agents_now, agents_after = now.agents or Agents(number=0), after.agents or Agents(number=0)
    for key in ("number", "audience", "join_days", "chasers"):
        if getattr(agents_now, key) != getattr(agents_after, key):
            yield (*at, "agents", key.removesuffix("_days")), _AGENTS
    for side in ("referrer", "referee"):
        pairs = zip(getattr(now.rewards, side), getattr(after.rewards, side), strict=False)
        for place, (reward_now, reward_after) in enumerate(pairs):
            row: Path = (*at, "rewards", side, place)
            board_now, board_after = reward_now.leaderboard, reward_after.leaderboard
            if reward_now.on != reward_after.on:
                yield (*row, "on"), "cannot change on a day; add another reward to the list"
            elif board_now and board_after and board_now.every_days != board_after.every_days:
                yield (*row, "leaderboard", "every"), "cannot change on a day: a contest keeps its calendar"
