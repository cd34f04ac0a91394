"""What an invitation is worth once it has had its time: the second factor of the spreadsheet's K.

A spreadsheet multiplies invitations per customer by customers won per invitation. Late in a run many
invitations are still under way, so the plain ratio of counts is too low, and in it the invitations cancel:
the product is then only the share of customers who were referred, below 1 whatever the true K. Here each
invitation counts only as long as it was observed (the estimator of K, with invitations in the place of
customers, see :mod:`referralsim.metrics.offspring`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import Kind
from referralsim.metrics.events import Events, Floats
from referralsim.metrics.joins import Joins
from referralsim.metrics.offspring import weights
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio


def invites_per_customer(events: Events, customers: int) -> Scalar:
    """Return invitations sent by customers, per customer; those of agents are not among them."""
    return ratio(int(events.tally.by_segment[Kind.INVITED].sum()), customers)


def settled_conversion(events: Events, joins: Joins, window_days: float) -> Scalar:
    """Return customers won per invitation of a customer within the window, censoring handled.

    A customer is won by the last invitation that the one who gets the credit had sent by the time of the
    sign-up. From a full log.
    """
    record, invited = joins.record, events.of(Kind.INVITED)
    if record.n_people < record.n_known:  # agents invite as well
        invited = invited.take(np.flatnonzero(record.segment[invited["actor"]] >= 0))
    sent = np.ascontiguousarray(invited["time"])
    observed = record.horizon_days - sent
    if not len(sent):
        return ratio(0, 0)
    if observed.max() < window_days:
        return UNDEFINED
    age = _ages_of_success(invited, joins)
    none = np.zeros(len(age), dtype=np.int64)
    weight = weights(age, none, observed, np.zeros(len(sent), dtype=np.int64), 1, window_days)
    value, windows = float(weight.sum()), float(np.minimum(observed, window_days).sum()) / window_days
    return Scalar(value, len(sent), value * windows, windows)


def _ages_of_success(invited: npt.NDArray[np.void], joins: Joins) -> Floats:
    """Return for each customer who was won by an invitation how old it was when he joined.

    Parameters
    ----------
    invited : array of LOG_DTYPE, shape (n_invitations,)
        In order of time.
    """
    n = joins.record.n_known
    credited = np.full(n, -1, dtype=np.int32)  # as in the log, and half the memory to look about in
    signed_up, last = np.full(n, np.nan), np.full(n, np.nan)
    credited[joins.person], signed_up[joins.person] = joins.credited, joins.signed_up_days
    mine = invited.take(np.flatnonzero(credited[invited["target"]] == invited["actor"]))
    friend, sent = mine["target"], mine["time"]
    before = sent <= signed_up[friend]
    last[friend[before]] = sent[before]  # the last one stays
    age: Floats = joins.joined_days - last[joins.person]
    return age[~np.isnan(age)]


def spreadsheet_k(per_customer: Scalar, conversion: Scalar) -> Scalar:
    """Return the product of the two; 0 where nobody was invited. Runs are pooled by customers."""
    value = 0.0 if per_customer.part == 0 else per_customer.value * conversion.value
    if not per_customer.n:
        return per_customer
    return UNDEFINED if np.isnan(value) else ratio(value * per_customer.n, per_customer.n)
