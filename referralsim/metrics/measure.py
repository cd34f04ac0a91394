"""All measures of one run: one record in, every name of the glossary out."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from referralsim.eventlog.grouped import ByKind
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.record import RunRecord
from referralsim.eventlog.tally import AMOUNT_CENTS, EVENTS
from referralsim.measures import MEASURES, PAIRED
from referralsim.metrics import (
    abuse,
    adoption,
    agents,
    cascade,
    economics,
    funnel,
    growth,
    honesty,
    invitations,
    loyalty,
    over_time,
    virality,
    worth,
)
from referralsim.metrics.events import Events, events_of
from referralsim.metrics.joins import BRINGING_LOOPS, Joins, joins_of
from referralsim.metrics.summary import unsupported, with_joins
from referralsim.metrics.virality import UNDEFINED, K, Scalar, ratio

ORGANIC_LOOPS = (Loop.COLLABORATION, Loop.VISIBILITY, Loop.PROGRESS)


class RunMeasures(NamedTuple):
    """What one replication comes to."""

    scalars: dict[str, Scalar]  # by name, for every name in MEASURES and in that order
    tables: dict[str, pd.DataFrame]  # by name; columns are described where each is made
    tree: pd.DataFrame  # the largest tree, see cascade.largest_tree
    window_days: float  # w of the K family


def measure_run(
    record: RunRecord, window_days: float | None = None, grouped: ByKind | None = None
) -> RunMeasures:
    """Compute every measure and table of one run.

    Parameters
    ----------
    record : RunRecord
        Of any level; a full log in the total order.
    window_days : float, optional
        Window w of the K family, > 0. Default: the record's, or half the horizon where it has none.
    grouped : ByKind, optional
        The rows of its log by kind, to save time; not for a record without a log.

    Returns
    -------
    RunMeasures
        A measure that the run, or the level of its record, cannot give is NaN with n = 0; so are those
        that need a second run (:data:`referralsim.measures.PAIRED`). Tables:
        generation, cohort, k_t, k_by, next_generation, funnel, funnel_by_programme, funnel_by_segment,
        funnel_besides, adoption, cascade_size, cycle_time, money, margin_by_source.
    """
    level, record = record.level, with_joins(record)
    events = events_of(record, grouped)
    joins = joins_of(record, events)
    k = virality.k_of(joins, window_days)
    trees = cascade.trees_of(joins)
    counts = funnel.step_counts(events)
    generation = virality.k_generation_table(joins)
    matrix, radius = virality.next_generation_matrix(k)
    scalars = _virality_scalars(k, generation, radius) | _customer_scalars(events) | _speed_scalars(k)
    scalars |= cascade.cascade_scalars(joins, trees) | funnel.funnel_scalars(events, counts)
    scalars |= _mood_scalars(events) | economics.money_scalars(events) | _invitation_scalars(events, joins, k)
    scalars |= honesty.honesty_scalars(events) | agents.agent_scalars(events, joins)
    scalars |= loyalty.loyalty_scalars(events) | worth.worth_scalars(events, joins, k.window_days)
    scalars |= abuse.abuse_scalars(events)
    scalars |= dict.fromkeys((*unsupported(level), *PAIRED), UNDEFINED)
    tables = {
        "generation": generation,
        "cohort": over_time.cohort_table(k),
        "k_t": over_time.k_t_table(k),
        "k_by": virality.k_by_table(k),
        "next_generation": matrix,
        "funnel": funnel.funnel_table(counts, record.channel_names),
        "funnel_by_programme": funnel.funnel_by_programme_table(counts, record.programme_names),
        "funnel_by_segment": funnel.funnel_by_segment_table(events),
        "funnel_besides": honesty.besides_table(events),
        "adoption": adoption.adoption_table(joins),
        "cascade_size": cascade.cascade_size_table(trees),
        "cycle_time": growth.cycle_time_table(k),
        "money": economics.money_table(events),
        "margin_by_source": economics.margin_by_source_table(events, joins),
    }
    ordered = {name: scalars.pop(name) for name in MEASURES}
    if scalars:
        raise AssertionError(f"measures without a definition: {sorted(scalars)}")
    return RunMeasures(ordered, tables, cascade.largest_tree(joins, trees), k.window_days)


def _virality_scalars(k: K, generation: pd.DataFrame, radius: Scalar) -> dict[str, Scalar]:
    return {
        "k_offspring": virality.k_offspring(k),
        "k_programme": virality.k_part(k, (Loop.PROGRAMME,)),
        "k_organic": virality.k_part(k, ORGANIC_LOOPS),
        "k_word_of_mouth": virality.k_part(k, (Loop.WORD_OF_MOUTH,)),
        "k_generation_0": virality.k_generation(generation, 0),
        "k_generation_1": virality.k_generation(generation, 1),
        "k_next_generation": radius,
    }


def _customer_scalars(events: Events) -> dict[str, Scalar]:
    record, brought = events.record, economics.brought
    signed_up, active = events.counts[Kind.SIGNED_UP], events.counts[Kind.ACTIVATED]
    customers, sign_ups = int(active.sum()), int(signed_up.sum())
    referred, credited = int(brought(active).sum()), int(active[list(BRINGING_LOOPS)].sum())
    invites, left = events.number_of(Kind.INVITED), events.number_of(Kind.CHURNED)
    numbers = {
        "customers": customers,
        "active_customers": customers - left + events.number_of(Kind.WON_BACK),
        "churned_customers": left,
        "sign_ups": sign_ups,
        "referred_sign_ups": int(brought(signed_up).sum()),
        "referred_customers": referred,
        "unasked_customers": credited - referred,
    }
    return {name: Scalar(float(value), 1) for name, value in numbers.items()} | {
        "conversion_per_invite": ratio(referred, invites),
        "amplification": ratio(customers, customers - referred),
        "referred_share": ratio(referred, customers),
        "penetration": ratio(customers, record.n_people if record.limited_graph else 0),
    }


def _invitation_scalars(events: Events, joins: Joins, k: K) -> dict[str, Scalar]:
    each = invitations.invites_per_customer(events, joins.n)
    conversion = invitations.settled_conversion(events, joins, k.window_days)
    return {
        "k_basic": invitations.spreadsheet_k(each, conversion),
        "invites_per_customer": each,
        "settled_conversion": conversion,
    }


def _speed_scalars(k: K) -> dict[str, Scalar]:
    median, mean = growth.cycle_time(k)
    rate = growth.growth_rate(k)
    return {
        "cycle_time_median_days": median,
        "cycle_time_mean_days": mean,
        "growth_rate_per_day": rate,
        "doubling_time_days": growth.doubling_time(rate),
    }


def _mood_scalars(events: Events) -> dict[str, Scalar]:
    told, balance = (events.tally.total(Kind.TOLD, what) for what in (EVENTS, AMOUNT_CENTS))
    numbers = {
        "happy_moments": events.number_of(Kind.DELIGHTED),
        "unhappy_moments": events.number_of(Kind.LET_DOWN),
        "told_well": (told + balance) // 2,
        "told_badly": (told - balance) // 2,
    }
    return {name: Scalar(float(value), 1) for name, value in numbers.items()}
