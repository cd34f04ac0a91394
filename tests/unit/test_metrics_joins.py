"""The table of customers: a mistake here is a mistake in every measure of virality."""

from __future__ import annotations

import numpy as np
import pytest
from helpers_logs import Story, forest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.metrics.joins import join_table, joins_of

parent_lists = st.lists(st.integers(-1, 60), max_size=60).map(
    lambda draws: [-1 if draw < 0 else draw % (i + 1) - 1 for i, draw in enumerate(draws)]
)


def walk_up(parents: list[int], person: int) -> list[int]:
    chain = [person]
    while parents[chain[-1]] >= 0:
        chain.append(parents[chain[-1]])
    return chain


@settings(max_examples=60, deadline=None)
@given(parent_lists)
def test_generation_and_root_agree_with_walking_up_one_by_one(parents):
    joins = joins_of(forest(parents))
    assert joins.generation.tolist() == [len(walk_up(parents, i)) - 1 for i in range(len(parents))]
    assert joins.person[joins.root].tolist() == [walk_up(parents, i)[-1] for i in range(len(parents))]


def test_child_sorted_before_its_parent_at_the_same_instant_still_hangs_under_it():
    """With zero delays a friend of lower index comes first in the log."""
    joins = joins_of(forest([2, -1, 1], days=[5.0, 0.0, 5.0]))
    assert joins.person.tolist() == [1, 0, 2]
    assert joins.generation.tolist() == [0, 2, 1]


def test_sign_up_that_never_became_a_customer_passes_its_friends_up():
    story = Story()
    story.join(0, 0.0)
    story.join(1, 1.0, parent=0, active=False)
    story.join(2, 2.0, parent=1)
    story.join(3, 1.0, active=False)
    story.join(4, 3.0, parent=3)
    joins = joins_of(story.record())
    assert joins.person.tolist() == [0, 2, 4]
    assert joins.parent.tolist() == [-1, 0, -1]
    assert joins.credited.tolist() == [-1, 1, 3]
    assert joins.generation.tolist() == [0, 1, 0]


def test_table_of_customers_has_names_days_and_departures():
    story = Story(segments=(1, 0) + (0,) * 18)
    story.join(0, 0.0)
    story.join(1, 4.5, parent=0, loop=Loop.VISIBILITY, signed_up=3.0, channel=1)
    story.add(Kind.CHURNED, 9.0, 1, target=0, loop=Loop.VISIBILITY, channel=1)
    row = join_table(joins_of(story.record())).iloc[1]
    assert (row["person"], row["parent"], row["root"]) == (1, 0, 0)
    assert (row["signed_up_days"], row["joined_days"], row["churned_days"]) == (3.0, 4.5, 9.0)
    assert (row["loop"], row["channel"], row["programme"]) == ("visibility", "mail", "")
    assert (row["origin"], row["segment"]) == ("invitation", "loyal")


def test_the_table_speaks_of_persons_and_not_of_rows():
    """1 was there, brings 2, who brings 0 at the same instant: rows are 1, 0, 2."""
    table = join_table(joins_of(forest([2, -1, 1], days=[5.0, 0.0, 5.0])))
    assert table[["person", "parent", "root", "credited"]].to_numpy().tolist() == [
        [1, -1, 1, -1],
        [0, 2, 1, 2],
        [2, 1, 1, 1],
    ]


def test_nobody_at_all_gives_an_empty_table():
    joins = joins_of(Story().record())
    assert joins.n == 0
    assert join_table(joins).empty


@pytest.mark.parametrize("active", [True, False])
def test_credit_in_a_circle_is_refused(active):
    story = Story()
    story.join(0, 1.0, parent=1, active=active)
    story.join(1, 1.0, parent=0, active=active)
    story.join(2, 2.0, parent=0)
    with pytest.raises(ValueError, match="in a circle"):
        joins_of(story.record())


def test_credit_to_oneself_is_a_circle():
    story = Story()
    story.join(0, 1.0, parent=0)
    with pytest.raises(ValueError, match="in a circle"):
        joins_of(story.record())


def test_days_are_contiguous_copies_and_do_not_change_the_log():
    record = forest([-1, 0])
    before = record.log.copy()
    joins_of(record).joined_days[:] = 7.0
    assert np.array_equal(record.log, before)
