"""Laws of strangers: people who never meet do not feel each other, and one more changes nobody."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given

from referralsim.engine import contract as c
from referralsim.engine import reference_contact, world
from referralsim.engine.fast import FastEngine
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import Kind, in_order
from referralsim.randomness import Chance
from tests.helpers_laws import (
    N_PEOPLE,
    NAMES_A_RULE,
    assert_same,
    falls,
    keep_ties,
    law,
    on_both_engines,
    played,
    seeds,
    uncoupled,
    wild,
)

# ------------------------------------------------------------------------------- people who never meet


def check_apart(engine, seed):
    """Two groups without a tie between them: the log of the world is the logs of its groups."""
    whole = uncoupled(wild(c.GraphKind.TIES, seed))
    border = 3 * (1 + seed % (N_PEOPLE // 3 - 1))  # households are threes
    apart = keep_ties(whole, lambda a, b: (a < border) == (b < border))
    parts = []
    for is_first in (True, False):
        inside = lambda i, first=is_first: (i < border) == first  # noqa: E731
        alone = keep_ties(apart, lambda a, b, inside=inside: inside(a) & inside(b))
        alone = alone._replace(initial=alone.initial[inside(alone.initial)])
        log = played(engine, alone, seed)
        parts.append(log[inside(log["actor"])])
    assert_same(played(engine, apart, seed), in_order(np.concatenate(parts)))
    assert min(map(len, parts)) > 0


@on_both_engines
@law
@given(seeds)
def test_two_groups_that_never_meet_add_up(engine, seed):
    """The log of both groups together is theirs put together, each played with the other group without
    ties and first customers.

    What couples strangers is switched off (:func:`tests.helpers_laws.uncoupled`). Breaks if anything else
    is counted in one place for all: a generator with a state, a serial number of events, a wrong index.
    """
    check_apart(engine, seed)


def test_a_generator_with_a_state_breaks_that_law():
    class Sequence(Chance):
        """Names draws by how many there were."""

        count = 0

        def word(self, purpose, who, whom, attempt):
            self.count += 1
            return super().word(purpose, 0, 0, self.count)

    def faulty():
        return ReferenceEngine(Sequence)

    assert falls(check_apart, [(faulty, seed) for seed in range(3)])


def test_a_budget_for_all_breaks_that_law(monkeypatch):
    """The same worlds with the one thing that the law excludes: half of them then differ."""
    monkeypatch.setitem(globals(), "uncoupled", lambda inputs: inputs._replace(agents=inputs.agents[:0]))
    assert falls(check_apart, [(FastEngine, seed) for seed in range(5)])


def named(log, n_people):
    """Count the events of a world of fresh contacts, people named by the invitations that led to them."""
    name = {i: str(i) for i in range(-n_people, n_people)}
    lines = []
    for e in log:
        if e["target"] >= n_people and e["kind"] in (Kind.TOLD, Kind.INVITED):
            name.setdefault(int(e["target"]), f"{name[int(e['actor'])]}/{e['attempt']}")
        target = str(e["target"]) if e["kind"] in NAMES_A_RULE else name[int(e["target"])]
        lines.append((name[int(e["actor"])], target, *e.item()[:5], *e.item()[7:]))
    return Counter(lines)


def fresh_tree(engine, inputs, initial, seed):
    log = played(engine, inputs._replace(initial=np.array(initial, np.int32)), seed)
    return named(log, inputs.n_people)


def check_fresh(engine, seed):
    """Two first customers among fresh contacts: their trees, put together, are the world of both."""
    inputs = uncoupled(wild(c.GraphKind.FRESH, seed, horizon_days=8.0))
    first, second = (fresh_tree(engine, inputs, [i], seed) for i in (1, 2))
    assert fresh_tree(engine, inputs, [1, 2], seed) == first + second
    assert first
    assert second


@on_both_engines
@law
@given(seeds)
def test_trees_of_fresh_contacts_add_up(engine, seed):
    """Fresh contacts get their numbers in the order in which they are met, but their luck by a key of
    their own, so two trees grow in one world as they grow alone.

    Breaks if a draw is addressed by the number of a fresh contact in place of the key.
    """
    check_fresh(engine, seed)


def test_luck_by_number_instead_of_key_breaks_that_law(monkeypatch):
    new_person = world.World.new_person

    def numbered(self, key):
        person = new_person(self, key)
        person.key = person.index
        return person

    monkeypatch.setattr(world.World, "new_person", numbered)
    assert falls(check_fresh, [(ReferenceEngine, seed) for seed in range(5)])


# ------------------------------------------------------------------------------- one more


def check_lonely(engine, seed, with_agents=False):
    """One more person without ties, who does not come by himself."""
    inputs = wild(c.GraphKind.TIES, seed)
    inputs = inputs._replace(arrival_rate=inputs.arrival_rate * [1.0, 1.0, 0.0])
    if not with_agents:
        inputs = inputs._replace(agents=inputs.agents[:0])
    more = inputs._replace(
        n_people=inputs.n_people + 1,
        offsets=np.append(inputs.offsets, inputs.offsets[-1]).astype(np.int32),
        segment=np.append(inputs.segment, 1).astype(np.int8),
        activity=np.append(inputs.activity, 5.0),
        payer=np.append(inputs.payer, inputs.n_people).astype(np.int32)
        if len(inputs.payer)
        else inputs.payer,
    )
    assert_same(played(engine, more, seed), played(engine, inputs, seed))


@on_both_engines
@law
@given(seeds)
def test_one_more_lonely_person_changes_nobody(engine, seed):
    """A person without ties changes no life by a bit, whatever rules are in force, budgets and contests
    included; only agents, whose audience is everybody, may notice.

    Breaks if a draw or a number depends on how many people there are.
    """
    check_lonely(engine, seed)


def test_luck_that_depends_on_how_many_there_are_breaks_that_law(monkeypatch):
    """Planted: the random order of friends is taken relative to the number of people."""
    plain = reference_contact.top_bits
    counted = []

    class Counted(world.World):
        def __init__(self, inputs, *rest):
            counted.append(inputs.n_people)
            super().__init__(inputs, *rest)

    monkeypatch.setattr("referralsim.engine.reference.World", Counted)
    monkeypatch.setattr(
        reference_contact, "top_bits", lambda word: 1 + plain(word) * counted[-1] % (2**31 - 1)
    )
    assert falls(check_lonely, [(ReferenceEngine, seed) for seed in range(3)])


def test_agents_notice_everybody():
    """The exception that docs/model.md names: agents are numbered after the last person and address
    anybody, so with one more person their luck is another."""
    assert falls(check_lonely, [(FastEngine, seed, True) for seed in range(5)])
