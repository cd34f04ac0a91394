"""A log of the whole grammar that no engine made, and ways to spoil it in one place."""

from __future__ import annotations

import numpy as np

from referralsim.engine.replay_fate import settled_events
from referralsim.engine.replay_rules import Rules, key_parts
from referralsim.eventlog.kinds import LOG_DTYPE, Kind, Side, in_order
from tests.helpers_logs import whole_grammar

SEED = 14
INPUTS = whole_grammar()
LOG = np.array([tuple(e) for e in settled_events(Rules(INPUTS), SEED)], LOG_DTYPE)  # no engine is trusted
AGENTS = range(INPUTS.n_people, INPUTS.n_people + len(INPUTS.agents))
N_KNOWN = AGENTS.stop
SECOND_PHASE = float(INPUTS.starts[1])
HORIZON = INPUTS.horizon_days


def rows_of(kind, **columns):
    """Return the rows of a kind with these values."""
    mask = LOG["kind"] == kind
    for name, value in columns.items():
        mask &= LOG[name] == value
    return np.flatnonzero(mask)


def first(kind, **columns):
    """Return the first of those rows."""
    return int(rows_of(kind, **columns)[0])


def day_of(kind, actor):
    """Return when the first event of a kind of a person is, or infinity."""
    rows = rows_of(kind, actor=actor)
    return LOG["time"][rows[0]] if len(rows) else np.inf


def placed(rows, event):
    """Return the log with an event put in its place, and that place."""
    log = in_order(np.append(rows, np.array([event], LOG_DTYPE)))
    return log, int(np.flatnonzero([row.tobytes() == event.tobytes() for row in log])[-1])


def changed(row, **columns):
    """Return the log with one row changed and put in its place, and that place."""
    event = LOG[row].copy()
    for name, value in columns.items():
        event[name] = value
    return placed(np.delete(LOG, row), event)


def added(row, **columns):
    """Return the log with a changed copy of one row added, and its place."""
    event = LOG[row].copy()
    for name, value in columns.items():
        event[name] = value
    return placed(LOG, event)


def with_rule(table, name, value, **where):
    """Return inputs in which one number of some rows of a table of rules is another."""
    rules = getattr(INPUTS, table).copy()
    mask = np.ones(rules.shape, bool)
    for column, wanted in where.items():
        mask &= rules[column] == wanted
    rules[name][mask] = value
    return INPUTS._replace(**{table: rules})


def reward_rows(kind, programme, side, place, **columns):
    """Return the rows of a kind of reward event of one rule."""
    rows = rows_of(kind, programme=programme, **columns)
    return [int(row) for row in rows if key_parts(int(LOG["attempt"][row]))[:2] == (side, place)]


def names(kind):
    """Return who, about whom and which: what the events of a kind have in common with their like."""
    return set(LOG[LOG["kind"] == kind][["actor", "target", "attempt"]].tolist())


def name(row):
    """Return the same of one event."""
    return LOG[["actor", "target", "attempt"]][row].item()


def left_on(person, before):
    """Return whether somebody is away at a time."""
    gone = rows_of(Kind.CHURNED, actor=person)
    back = rows_of(Kind.WON_BACK, actor=person)
    return (LOG["time"][gone] < before).sum() > (LOG["time"][back] < before).sum()


def pick(rows, test):
    """Return the first of some rows that passes a test."""
    return next(int(row) for row in rows if test(LOG[row]))


def of_customers_who_left(kind):
    """Return a row of somebody who leaves later, and the day on which they do."""
    row = pick(
        rows_of(kind),
        lambda e: (
            day_of(Kind.CHURNED, e["actor"]) < day_of(Kind.WON_BACK, e["actor"]) - 0.5
            and day_of(Kind.CHURNED, e["actor"]) < HORIZON - 1.0
        ),
    )
    return row, day_of(Kind.CHURNED, LOG["actor"][row])


def a_prospect():
    """Return somebody who never signs up."""
    return next(i for i in range(INPUTS.n_people) if not len(rows_of(Kind.SIGNED_UP, actor=i)))


def a_stranger_to(person):
    """Return somebody whom a person has no tie with."""
    known = INPUTS.neighbours[INPUTS.offsets[person] : INPUTS.offsets[person + 1]]
    return next(i for i in range(INPUTS.n_people) if i not in known and i != person)


def twice():
    return np.insert(LOG, 100, LOG[100]), 101


def after_leaving(kind, later=0.5):
    row, left = of_customers_who_left(kind)
    return added(row, time=left + later, attempt=10_000)


def first_offender(table, column, value, kind, test=lambda e: True, where=(), **columns):
    """Return the log, the first of some rows that passes a test, and inputs with a stricter rule."""
    return LOG, pick(rows_of(kind, **columns), test), with_rule(table, column, value, **dict(where))


def put_off():
    """Return a reward that was paid later than its hold, because its receiver was away."""
    for row in reward_rows(Kind.REWARD_PAID, 1, Side.REFEREE, 0):
        actor, target, attempt = name(row)
        earned = first(Kind.REWARD_EARNED, actor=actor, target=target, attempt=attempt)
        due = LOG["time"][earned] + 0.2
        if LOG["time"][row] != due:
            return row, due
    raise AssertionError
