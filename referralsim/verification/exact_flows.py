"""Exact answers about inflow, two kinds of customers, moments and caps."""

from __future__ import annotations

import math

import numpy as np

from referralsim.eventlog.kinds import Kind
from referralsim.metrics.measure import measure_run
from referralsim.theory import delays, growth, moments, multitype, offspring
from referralsim.theory.offspring import OffspringLaw
from referralsim.verification.arithmetic import Sample, average, share
from referralsim.verification.check import Check, Effort, Efforts, Session, World, runs
from referralsim.verification.reading import Floats, customers, of_kind, sign_ups_between

MATRIX = ((0.3, 0.2), (0.5, 0.4))
"""Friends of kind a and b of a customer of kind a (first row) and b: what two_types.yaml says."""

_RENEWAL = "renewal equation (Feller 1971, vol. 2, ch. XI)"
_REFERRED = "share of sign-ups that was referred"
_STRANGERS = "acquisition.organic.rate={} per day"
_CUSTOMERS = "acquisition.initial.customers={}"


def steady_inflow(k: float, delay: str) -> Check:
    """Return the check of a steady inflow with K below one, once the first friends of friends have come."""
    from_day, to_day = 25.0, 60.0
    sets = (f"programmes.loop.response.accept={k / 2}", f"channels.link.signed_up.delay={delay}")
    world = World("inflow.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        counts = np.array([sign_ups_between(record, from_day, to_day) for record in session.runs(world)])
        rate = _rate_of(session)
        expected = growth.steady_inflow(rate, k)
        days, (n_all, n_referred) = (to_day - from_day) * len(counts), counts.sum(axis=0)
        # strangers come as a Poisson process, and each starts a line of Borel's law: E[S^2] = 1 / (1 - K)^3
        per_day = math.sqrt(rate / (1 - k) ** 3 / days)
        of_share = math.sqrt(k * (1 - k) / (rate * days))
        return [
            Sample(
                f"sign-ups a day, {rate:g} of them strangers",
                expected.sign_ups,
                n_all / days,
                int(n_all),
                per_day,
            ),
            Sample(_REFERRED, expected.referred_share, n_referred / n_all, int(n_all), of_share),
        ]

    return Check(
        f"inflow.steady_k{round(100 * k)}_{_short(delay)}",
        "exact",
        "Steady inflow of strangers: 1 / (1 - K) times as many sign up, share K referred; "
        f"K = {k:g}, delay {delay}",
        _RENEWAL,
        measure,
        Efforts(
            Effort(20, (_STRANGERS.format(40),)),
            Effort(1, (_STRANGERS.format(12),)),
            Effort(200, (_STRANGERS.format(40),)),
            Effort(10, (_STRANGERS.format(40),)),
        ),
        (world,),
    )


def _rate_of(session: Session) -> float:
    """Return how many strangers come a day."""
    return float(session.effort.sets[0].partition("=")[2].split()[0])


def _short(delay: str) -> str:
    return delay.strip("{}").split(":")[0].replace(" ", "_")


def growing_inflow(k: float, delay: str, law: delays.DelayLaw, tolerance: float = 0.0) -> Check:
    """Return the check of the referred share while the inflow grows by 5 % a day, in steps of a day."""
    sets = (f"programmes.loop.response.accept={k / 2}", f"channels.link.signed_up.delay={delay}")
    world = World("growing_inflow.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        last = 80 if session.engine == "fast" else 40
        mine = world._replace(sets=(*world.sets, f"horizon={last} d"))
        counts = np.array([sign_ups_between(record, last - 20, last) for record in session.runs(mine)])
        n_all, n_referred = counts.sum(axis=0)
        exact = growth.referred_share(k, law, 0.05)
        error = math.sqrt(exact * (1 - exact) / n_all / (1 - k))  # as for a steady inflow
        return [Sample(_REFERRED, exact, n_referred / n_all, int(n_all), error, tolerance)]

    return Check(
        f"inflow.growing_k{round(100 * k)}_{_short(delay)}",
        "exact",
        f"Inflow that grows by 5 % a day: share K E[exp(-r delay)] referred; K = {k:g}, delay {delay}",
        _RENEWAL,
        measure,
        Efforts(Effort(3), Effort(1), Effort(100), Effort(10)),
        (world,),
    )


def two_types() -> Check:
    """Return the check of two kinds of customers who bring different friends."""
    world = World("two_types.yaml")

    def measure(session: Session) -> list[Sample]:
        friends, parents, radii = np.zeros((2, 2)), np.zeros(2), []
        for record in session.runs(world):
            found = customers(record)
            row = np.full(record.n_known, -1, dtype=np.int64)
            row[found.person] = np.arange(len(found.person))
            child = found.parent >= 0
            np.add.at(friends, (found.segment[row[found.parent[child]]], found.segment[child]), 1)
            parents += np.bincount(found.segment, minlength=2)
            radii.append(measure_run(record).scalars["k_next_generation"].value)
        samples = [
            # Poisson numbers: the variance of one customer's friends of a kind is their mean
            Sample(
                f"friends of kind {'ab'[j]} of one of kind {'ab'[i]}",
                MATRIX[i][j],
                friends[i, j] / parents[i],
                int(parents[i]),
                math.sqrt(MATRIX[i][j] / parents[i]),
            )
            for i in range(2)
            for j in range(2)
        ]
        exact = multitype.spectral_radius(MATRIX)
        error = _radius_error(parents)
        return [
            *samples,
            Sample("k_next_generation", exact, float(np.mean(radii)), int(parents.sum()), error),
        ]

    return Check(
        "two_types.matrix",
        "exact",
        "Two kinds of customers: mean friends of each, and the spectral radius",
        "Mode 1971, Multitype Branching Processes",
        measure,
        Efforts(Effort(12), Effort(2, (_CUSTOMERS.format(250),)), Effort(60), Effort(10)),
        (world,),
    )


def _radius_error(parents: Floats) -> float:
    """Return the standard error of the spectral radius, linearised in the cells, which are Poisson means."""
    matrix = np.array(MATRIX)
    values, right = np.linalg.eig(matrix)
    others, left = np.linalg.eig(matrix.T)
    r, l_ = right[:, np.argmax(values.real)].real, left[:, np.argmax(others.real)].real
    slope = np.outer(l_, r) / float(l_ @ r)
    return float(np.sqrt((slope**2 * matrix / parents[:, None]).sum()))


def moment(kind: str, peak: float, half_life_days: float, mean_delay_days: float) -> Check:
    """Return the check of how many share some time after a happy (or an unhappy) moment."""
    rule = "programmes.referral"
    sets = (
        f"{rule}.moment.{kind}_factor={peak}",
        f"{rule}.moment.{kind}_half_life={half_life_days} d",
        *(f"{rule}.asks.{i}.delay={{exponential: {mean_delay_days} d}}" for i in range(2)),
        f"product.moments.happy={int(kind == 'happy')}",
        f"product.moments.unhappy={int(kind == 'unhappy')}",
    )
    world, base = World("moment.yaml", sets=sets), 0.2

    def measure(session: Session) -> list[Sample]:
        hits = n = 0
        for record in session.runs(world):
            felt = of_kind(record, Kind.DELIGHTED if kind == "happy" else Kind.LET_DOWN)["actor"]
            single = np.bincount(felt, minlength=record.n_known) == 1
            asked = of_kind(record, Kind.ASKED)["actor"]
            shared = np.unique(of_kind(record, Kind.SHARED)["actor"])
            n += int(single[asked].sum())
            hits += int(single[shared].sum())
        factor = moments.happy_moment_mean(1.0, peak - 1.0, half_life_days / math.log(2), mean_delay_days)
        return [share("share of the asked who share", hits, n, base * factor)]

    return Check(
        f"moment.{kind}_{peak:g}_half_life_{half_life_days:g}_delay_{mean_delay_days:g}",
        "exact",
        f"Sharing after a {kind} moment: factor {peak:g}, half-life {half_life_days:g} days, asked after "
        f"{mean_delay_days:g} days on average: w0 + A tau / (tau + m)",
        "closed form; Jung et al. 2020, ISR, for the decay",
        measure,
        runs(6, 1),
        (world,),
    )


def capped(cap: int, law: OffspringLaw, text: str) -> Check:
    """Return the check of rewards earned under a cap."""
    sets = (f"programmes.friends.contact.invites={text}", f"programmes.friends.rewards.referrer.cap={cap}")
    world = World("cap.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        earned = []
        for record in session.runs(world):
            actor = of_kind(record, Kind.REWARD_EARNED)["actor"]
            first = int(session.effort.sets[0].partition("=")[2])
            earned.append(np.bincount(actor[actor < first], minlength=first))
        return [average("rewards a referrer", np.concatenate(earned), moments.capped_mean(law, cap))]

    return Check(
        f"cap.{cap}_{law.name.split('(')[0].strip().replace(' ', '_')}",
        "exact",
        f"Rewards under a cap of {cap}: E[min(X, {cap})], X {law.name}",
        "closed form",
        measure,
        Efforts(
            Effort(2, (_CUSTOMERS.format(4000),)),
            Effort(1, (_CUSTOMERS.format(300),)),
            Effort(10, (_CUSTOMERS.format(4000),)),
            Effort(2, (_CUSTOMERS.format(4000),)),
        ),
        (world,),
    )


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [
        steady_inflow(0.5, "{exponential: 2 d}"),
        steady_inflow(0.25, "3 d"),
        steady_inflow(0.6, "{lognormal: {mean: 1.5 d, sd: 3 d}}"),
        growing_inflow(0.5, "2 d", delays.fixed(2.0)),
        # steps of a day in place of a smooth rise: K r^2 / 8 at most
        growing_inflow(0.4, "{exponential: 3 d}", delays.exponential(3.0), 0.4 * 0.05**2 / 8),
        two_types(),
        moment("happy", 3, 2, 2),
        moment("happy", 4, 7, 1),
        moment("unhappy", 0.2, 7, 3),
        capped(2, offspring.poisson(3.0), "{poisson: 3}"),
        capped(1, offspring.geometric(2.0), "{geometric: {mean: 2}}"),
        capped(5, offspring.binomial(10, 0.4), "{binomial: {n: 10, p: 0.4}}"),
    ]
