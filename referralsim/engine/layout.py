"""How the named things of a study are numbered: alike in all its designs, so that their draws match."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from referralsim.engine import contract as c
from referralsim.errors import UsageError
from referralsim.eventlog.kinds import PLACES
from referralsim.scenario.resolve import phases
from referralsim.scenario.schema import Scenario


class Layout(NamedTuple):
    """Names of what is numbered, common to all designs of a study so that their draws match."""

    segments: tuple[str, ...]
    channels: tuple[str, ...]
    programmes: tuple[str, ...]
    n_asks: tuple[int, ...]  # ask rules of each programme, at most over the designs
    n_rewards: tuple[tuple[int, int], ...]  # reward rules of its referrers and referees, likewise
    n_agents: tuple[int, ...]  # agents of each programme, likewise


def layout_of(scenarios: Iterable[Scenario]) -> Layout:
    """Return the numbering for a set of designs: first seen, first numbered."""
    segments: dict[str, None] = {}
    channels: dict[str, None] = {}
    sizes: dict[str, tuple[int, int, int, int]] = {}
    for scenario in scenarios:
        for _, phase in phases(scenario):
            segments.update(dict.fromkeys(phase.population.segments))
            channels.update(dict.fromkeys(phase.channels))
            for name, programme in phase.programmes.items():
                rewards = programme.rewards
                n_agents = programme.agents.number if programme.agents else 0
                now = (len(programme.asks), len(rewards.referrer), len(rewards.referee), n_agents)
                before = sizes.get(name, (0, 0, 0, 0))
                sizes[name] = (
                    max(before[0], now[0]),
                    max(before[1], now[1]),
                    max(before[2], now[2]),
                    max(before[3], now[3]),
                )
    return Layout(
        tuple(segments),
        tuple(channels),
        tuple(sizes),
        tuple(size[0] for size in sizes.values()),
        tuple((size[1], size[2]) for size in sizes.values()),
        tuple(size[3] for size in sizes.values()),
    )


def check_layout(layout: Layout) -> None:
    """Refuse a study with more rules than an address can name.

    Raises
    ------
    UsageError
    """
    if len(layout.programmes) > c.STREAMS - c.Stream.PROGRAMME or max(layout.n_asks, default=0) > c.ASKS:
        raise UsageError(
            f"a study has at most {c.STREAMS - c.Stream.PROGRAMME} programmes of {c.ASKS} asks each"
        )
    if max((n for sides in layout.n_rewards for n in sides), default=0) > PLACES:
        raise UsageError(f"a programme has at most {PLACES} rewards a side")
