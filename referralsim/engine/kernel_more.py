"""What the compiled engine keeps beyond the plain kernel, and how it chooses between two texts.

Most scenarios use a small part of the programme grammar. The kernel is therefore compiled for two kinds of
world. In a plain one (``World.grammar`` is None) none of the records below exist and each function made by
:func:`either` is its plain text, so nothing is paid for what is not used, neither in time, nor in memory,
nor in compilation. In all others it is the text that follows ``docs/model.md`` to the letter.

Indices in these records that are 0 where there is nothing are one more than the index they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import types
from numba.extending import overload

from referralsim.engine.kernel_state import ENLISTED, State, World, compiled, whole

F = TypeVar("F", bound=Callable[..., Any])

MORE = np.dtype(
    [
        ("touch_window_days", np.float64),
        ("purchase_day", np.float64),  # of the last purchase
        ("ask_day", np.float64),  # of the last ask of any programme
        ("qualified_day", np.float64),
        ("first_active_day", np.float64),  # active_day is that of the present life
        ("churn_day", np.float64),
        ("spent_cents", np.int64),
        ("bought_cents", np.int64),  # amount of the last purchase
        ("points", np.int64),
        ("touch_priority", np.int32),
        ("life", np.int32),
        ("n_purchases", np.int32),
        ("n_asks", np.int32),  # of all programmes
        ("n_customers", np.int32),  # friends who became customers
        ("n_earned", np.int32),  # times points were earned
        ("serial", np.int32),  # of the membership
        ("friend_number", np.int32),
        ("churn_number", np.int32),
        ("last_grant", np.int32),  # of those received
        ("first_for", np.int32),  # grant earned for this friend
        ("last_for", np.int32),
        ("member", np.int8),
        ("abuse", np.int8),
        ("rewarded", np.int8),  # as a friend: a side has earned
        ("refused", np.int8),  # as a friend, when qualified
        ("spare", np.int8, (4,)),
    ]
)
"""A person or agent, beyond :data:`.kernel_state.PERSON`. In worlds with this record the fields of a
departure are here only, so that those they share memory with outlive it."""

BOND = np.dtype([("n_qualified", np.int32), ("n_fakes", np.int32)])
"""A person or agent and a programme."""

SCORE = np.dtype([("period", np.int64), ("n", np.int32), ("n_before", np.int32)])
"""Friends qualified in a period of a leaderboard, and in the one before."""

WORK = np.dtype([("tier", np.int64), ("n_customers", np.int64), ("revenue_cents", np.int64)])
"""An agent: the counts are since the last review."""

BUDGET = np.dtype(
    [("booked_cents", np.int64), ("period", np.int64), ("resting", np.int64), ("rest_period", np.int64)]
)
"""A programme's budget in the period of the last booking, and whether and in which period it rests."""

GRANT = np.dtype(
    [
        ("day", np.float64),
        ("amount_cents", np.int64),
        ("booked_cents", np.int64),
        ("period", np.int64),  # of the budget in which it was booked
        ("row", np.int32),  # of the reward rule
        ("receiver", np.int32),
        ("other", np.int32),
        ("key", np.int32),
        ("friend", np.int32),  # or -1
        ("earlier", np.int32),  # grant of the same receiver
        ("later_for", np.int32),  # grant for the same friend
        ("state", np.int8),
        ("refunded", np.int8),  # the very purchase that it pays for was sent back
        ("loop", np.int16),  # of its events
    ]
)
"""A reward that was earned."""

PENDING, PAID, LOST, REVERSED, DISPUTED = 0, 1, 2, 3, 4


def either(plain: F, grammar: F) -> F:
    """Return a function that is ``plain`` in plain worlds and ``grammar`` in others, chosen when compiled.

    Both have the same parameters, of which the world is the first.
    """

    def chosen(world: World, *arguments: Any) -> Any:
        return (plain if world.grammar is None else grammar)(world, *arguments)

    @overload(chosen, strict=False)
    def _compiled(world: Any, *_arguments: Any) -> Callable[..., Any]:
        fields = world.tuple_type
        is_plain = isinstance(fields.types[fields.fields.index("grammar")], types.NoneType)
        return plain if is_plain else grammar

    return chosen  # type: ignore[return-value]


@compiled
def is_agent(world: World, person: int) -> bool:
    """Return whether a number that stands for somebody stands for an agent."""
    return world.n_people <= person < world.n_people + len(world.agents)


@compiled
def is_enlisted(state: State, person: int) -> bool:
    """Return whether somebody, or -1, is an agent at work."""
    return person >= 0 and state.people[person].status == ENLISTED


@compiled
def payer_of(world: World, person: int) -> int:
    """Return who pays for a person: himself, unless he belongs to the household of another."""
    return whole(world.payer[person]) if person < len(world.payer) else person


@compiled
def tier_of(world: World, state: State, person: int) -> int:
    """Return the tier of an agent; persons are in tier 0."""
    return whole(state.agents[person - world.n_people].tier) if is_agent(world, person) else 0


@compiled
def period_of(time: float, length_days: float) -> int:
    """Return the number of the period of this length that a time falls into."""
    return math.floor(time / length_days)


@compiled
def _plain_is_open(world: World, _state: State, _time: float, phase: int, programme: int) -> bool:
    return world.programmes[phase, programme].enabled != 0  # type: ignore[no-any-return]


@compiled
def _is_open(world: World, state: State, time: float, phase: int, programme: int) -> bool:
    rules = world.programmes[phase, programme]
    if rules.enabled == 0:
        return False
    budget = state.budgets[programme]
    return bool(budget.resting == 0 or period_of(time, rules.budget_days) != budget.rest_period)


is_open = either(_plain_is_open, _is_open)
"""Whether a programme is enabled and does not rest."""
