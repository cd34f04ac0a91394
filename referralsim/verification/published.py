"""Published findings: what the model reproduces, what a scenario puts in, and what the model cannot say.

*Reproduced* means that the finding comes out of the mechanism, from numbers that do not state it. *Assumed*
means that a number of the scenario says as much: the row then shows that the rules do what they say.
"""

from __future__ import annotations

import math

import numpy as np

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.record import RunRecord
from referralsim.theory import delays, growth, moments, offspring, virality
from referralsim.verification.arithmetic import (
    Sample,
    average,
    equal,
    mean_within,
    ratio_of_sums,
    share,
    within,
)
from referralsim.verification.check import (
    ASSUMED,
    NOT_REACHABLE,
    REPRODUCED,
    Check,
    Effort,
    Efforts,
    Pattern,
    Session,
    World,
    runs,
)
from referralsim.verification.reading import Floats, Ints, customers, of_kind, sign_ups_between, tree_sizes

_INITIAL = "acquisition.initial.customers={}"


def goel() -> Check:
    """Return the check of the three bands of small cascades at one K."""
    world = World("lines.yaml", sets=("programmes.lines.contact.invites={poisson: 0.15}",))
    law = offspring.poisson(0.15)

    def measure(session: Session) -> list[Sample]:
        found = [customers(record) for record in session.runs(world)]
        sizes = np.concatenate([tree_sizes(each) for each in found])
        generation = np.concatenate([each.generation for each in found])
        deep = np.concatenate([np.unique(each.root[each.generation == 2]) for each in found])
        n, n_all = len(sizes), len(generation)
        exact = (virality.one_node_share(law), virality.deeper_than_one_share(law), 0.15**2)
        counts = (int((sizes == 1).sum()), len(deep), int((generation >= 2).sum()))
        names = ("cascades of one", "cascades that pass one degree", "adoptions further than one degree")
        bands, totals = ((0.70, 0.95), (0.01, 0.04), (0.01, 0.06)), (n, n, n_all)
        samples = []
        for name, count, total, p, (low, high) in zip(names, counts, totals, exact, bands, strict=True):
            # members of one line adopt together: twice the error of independent people covers it
            error = math.sqrt(p * (1 - p) / total) * (2 if total == n_all else 1)
            if session.engine == "fast":
                samples.append(within(f"share of {name}", count / total, error, total, low, high))
            samples.append(Sample(f"share of {name}, exactly", p, count / total, total, error))
        return samples

    at = (_INITIAL.format(6000), _INITIAL.format(1000))
    return Check(
        "goel.k15",
        "published",
        "At K = .15 all three shares of small cascades lie in the bands of seven services",
        "Goel, Watts & Goldstein 2012, doi:10.1145/2229012.2229058",
        measure,
        Efforts(Effort(5, at[:1]), Effort(1, at[1:]), Effort(25, at[:1]), Effort(2, at[1:])),
        (world,),
        REPRODUCED,
        "K is chosen; that one K meets three bands at once follows from the branching",
    )


def leskovec_shape(design: str, claim: str) -> Check:
    """Return the check of the chance to buy by the number of recommendations."""
    n_offers = 12
    ties = tuple((i, 0) for i in range(1, n_offers + 1))

    def world(copies: int) -> World:
        pattern = Pattern("listener", ties, n_offers + 1, copies)
        return World("exposure_curve.yaml", design, (_INITIAL.format(copies * n_offers),), pattern)

    def measure(session: Session) -> list[Sample]:
        trials, hits = np.zeros(n_offers + 1), np.zeros(n_offers + 1)
        for record in session.runs(world(3000 if session.engine == "fast" else 200)):
            heard = of_kind(record, Kind.CLICKED)["target"]
            n_heard = np.bincount(heard, minlength=record.n_known)
            bought = of_kind(record, Kind.SIGNED_UP)
            bought = bought["actor"][bought["target"] >= 0]
            trials += np.array([(n_heard >= n).sum() for n in range(n_offers + 1)])
            hits += np.bincount(n_heard[bought], minlength=n_offers + 1)
        rates = hits[1:] / trials[1:]
        exact = _exposed(design, np.arange(1, n_offers + 1))
        samples = [
            share(f"chance at recommendation {n}", int(hits[n]), int(trials[n]), float(exact[n - 1])).at(n)
            for n in (1, 2, 3, 5, 8, 10, 12)
            if trials[n] * exact[n - 1] > 10
        ]
        errors = np.sqrt(exact * (1 - exact) / trials[1:])
        return samples + (_orders(design, rates, errors, int(trials[1])) if session.engine == "fast" else [])

    return Check(
        f"leskovec.{design}",
        "published",
        claim,
        "Leskovec, Adamic & Huberman 2007, doi:10.1145/1232722.1232727",
        measure,
        runs(5, 1),
        (world(4000),),
        ASSUMED,
        "the exposure curve of the channel has this shape; its height is not published",
    )


def _exposed(design: str, n: Floats | Ints) -> Floats:
    """Return the chance to buy at the n-th recommendation, from the curves' definition."""
    if design == "books":
        gained = 4.0 * (n / 2 * np.exp(1 - n / 2) - 0.5 * math.exp(0.5))
    else:
        gained = 2.0 * (1 - np.exp(-(n - 1) / 3))
    return np.asarray(1 / (1 + np.exp(-(math.log(0.03 / 0.97) + gained))), dtype=np.float64)


def _orders(design: str, rates: Floats, errors: Floats, n: int) -> list[Sample]:
    def gap(a: int, b: int, low: float = 0.0, high: float = math.inf) -> Sample:
        error = math.hypot(errors[a - 1], errors[b - 1])
        return within(f"chance at {a} less chance at {b}", rates[a - 1] - rates[b - 1], error, n, low, high)

    return [gap(2, 1), gap(2, 6)] if design == "books" else [gap(6, 1), gap(10, 8, -0.15, 0.15)]


def leskovec_conversion(kind: str, recommendations: int) -> Check:
    """Return the check of how many recommendations one purchase takes."""
    sets = (
        f"programmes.loop.response.accept={1 / recommendations}",
        "programmes.loop.contact.invites={poisson: 20}",
    )
    world, few = World("inflow.yaml", sets=sets), ("acquisition.organic.rate=2 per day",)

    def measure(session: Session) -> list[Sample]:
        invited = won = 0
        for record in session.runs(world):
            sent = of_kind(record, Kind.INVITED)["time"]
            invited += int(np.count_nonzero(sent < 40.0))
            won += _won_by(record, 40.0)
        return [share("purchases a recommendation", won, invited, 1 / recommendations)]

    return Check(
        f"leskovec.{kind}_conversion",
        "published",
        f"{recommendations} recommendations a purchase ({kind})",
        "Leskovec, Adamic & Huberman 2007, doi:10.1145/1232722.1232727",
        measure,
        Efforts(Effort(5), Effort(1, few), Effort(25), Effort(5, few)),
        (world,),
        ASSUMED,
        "the chance to accept is one in so many; that most invitations fail is put in",
    )


def _won_by(record: RunRecord, last_sent_day: float) -> int:
    """Return how many were won by invitations sent before a day; all are sent on joining."""
    found = customers(record)
    row = np.full(record.n_known, -1, dtype=np.int64)
    row[found.person] = np.arange(len(found.person))
    referred = found.parent >= 0
    return int(np.count_nonzero(found.days[row[found.parent[referred]]] < last_sent_day))


def ryu_feick(brand: str, better: str, worse: str, claim: str) -> Check:
    """Return the check of who should be paid, for a brand."""
    one, two = (World("brand.yaml", f"{brand}_{which}") for which in (better, worse))

    def measure(session: Session) -> list[Sample]:
        first, second = ([len(customers(r).person) for r in session.runs(world)] for world in (one, two))
        gain = np.array(first) - np.array(second)
        share_more = gain.mean() / np.mean(second)
        return [mean_within(f"more customers by {better} ({100 * share_more:+.1f} %)", gain, low=0.0)]

    return Check(
        f"ryu_feick.{brand}",
        "published",
        claim,
        "Ryu & Feick 2007, doi:10.1509/jmkg.71.1.084",
        measure,
        Efforts(Effort(100), Effort(0), Effort(400), Effort(0)),
        (one, two),
        ASSUMED,
        "the default response curves were chosen so that the order comes out; no slope is published",
    )


def schmitt() -> Check:
    """Return the check of what a reward earns on itself."""
    world = World("roi.yaml")

    def measure(session: Session) -> list[Sample]:
        (record,) = session.runs(world)
        bought, paid = of_kind(record, Kind.PURCHASED), of_kind(record, Kind.REWARD_PAID)
        gained = int(bought["margin_cents"][bought["loop"] == Loop.PROGRAMME].sum())
        cost = -int(paid["margin_cents"].sum())
        return [
            equal("return on the rewards", (gained - cost) / cost, moments.schmitt_roi(40.0, 25.0)),
            equal("rewards paid", len(paid), 200),
        ]

    return Check(
        "schmitt.roi",
        "published",
        "A value gap of EUR 40 over a reward of EUR 25 is a return of 60 %",
        "Schmitt, Skiera & Van den Bulte 2011, doi:10.1509/jm.75.1.46",
        measure,
        runs(1, 1, full=1),
        (world,),
        ASSUMED,
        "value and reward are put in; that every cent is booked once is what the row shows",
    )


def garnefeld() -> Check:
    """Return the check of defection with and without having referred."""
    worlds = [World("stays.yaml", design) for design in ("nobody_refers", "everybody_refers")]

    def measure(session: Session) -> list[Sample]:
        samples, n = [], int(session.effort.sets[0].partition("=")[2])
        for world, exact in zip(worlds, (0.19, 0.07), strict=True):
            left = total = 0
            for record in session.runs(world):
                left += int(np.count_nonzero(of_kind(record, Kind.CHURNED)["actor"] < n))
                total += n
            samples.append(
                share(f"left within a year, {world.design}".replace("_", " "), left, total, exact, 2e-4)
            )
        return samples

    sizes = (_INITIAL.format(6000),), (_INITIAL.format(1000),)
    return Check(
        "garnefeld.defection",
        "published",
        "Who refers defects at 7 % a year instead of 19 %",
        "Garnefeld et al. 2013, doi:10.1509/jm.11.0423",
        measure,
        Efforts(Effort(1, sizes[0]), Effort(1, sizes[1]), Effort(5, sizes[0]), Effort(2, sizes[1])),
        tuple(worlds),
        ASSUMED,
        "the factor on the hazard of who has referred is put in",
    )


def hazard_ratio() -> Check:
    """Return the check of the lower hazard of the referred, and of when it ends."""
    world = World("referred.yaml")

    def measure(session: Session) -> list[Sample]:
        days, departures = np.zeros(2), np.zeros(2)
        for record in session.runs(world):
            found, left = customers(record), np.full(record.n_known, 600.0)
            events = of_kind(record, Kind.CHURNED)
            left[events["actor"]] = events["time"]
            friend = found.parent >= 0
            joined, end, alone = found.days[friend], left[found.person[friend]], left[found.parent[friend]]
            days += np.maximum(0.0, np.minimum(end, alone) - joined).sum(), np.maximum(0.0, end - alone).sum()
            gone = end < 600.0
            departures += np.count_nonzero(gone & (end <= alone)), np.count_nonzero(gone & (end > alone))
        names = ("while the referrer stays", "after he has left")
        return [
            Sample(f"hazard ratio {name}", ratio, n / d / 0.002, int(n), ratio / math.sqrt(0.002 * ratio * d))
            for name, ratio, n, d in zip(names, (0.82, 1.0), departures, days, strict=True)
        ]

    sizes = (_INITIAL.format(5000),), (_INITIAL.format(1000),)
    return Check(
        "van_den_bulte.hazard_ratio",
        "published",
        "Referred customers leave at .82 of the hazard while their referrer stays",
        "Van den Bulte et al. 2018, doi:10.1509/jmr.14.0653",
        measure,
        Efforts(Effort(1, sizes[0]), Effort(1, sizes[1]), Effort(5, sizes[0]), Effort(2, sizes[1])),
        (world,),
        ASSUMED,
        "the ratio is put in; that it ends with the referrer is how lives are coupled",
    )


def contagion() -> Check:
    """Return the check of what comes of referred customers who refer more."""
    world, k0 = World("contagion.yaml"), 0.2 * 5 * 0.4
    k1 = 0.2 * 1.6 / (0.8 + 0.2 * 1.6) * 5 * 0.4

    def measure(session: Session) -> list[Sample]:
        found = [customers(record) for record in session.runs(world)]
        n = [np.array([np.count_nonzero(each.generation == g) for each in found]).sum() for g in range(3)]
        sizes = np.concatenate([tree_sizes(each) for each in found])
        ratio = (n[2] / n[1]) / (n[1] / n[0])
        # who shares, with chance s, asks five, of whom two come: offspring 2 s, its square s (1.2 + 4)
        var0, var1 = (s * 5.2 - (2 * s) ** 2 for s in (0.2, k1 / 2))
        error = k1 / k0 * math.sqrt(var1 / (k1**2 * n[1]) + var0 * n[0] / n[1] ** 2)
        factor = Sample("referred customers refer more by the factor", k1 / k0, ratio, int(n[1]), error)
        whole = average("adopters a seed", sizes, 1 + k0 / (1 - k1))
        if session.engine == "reference":  # bounds need more runs
            return [whole]
        return [
            factor,
            whole,
            within(
                "adopters a seed beyond those without contagion",
                float(sizes.mean()) - 1 / (1 - k0),
                float(sizes.std() / math.sqrt(len(sizes))),
                len(sizes),
                0.0,
            ),
        ]

    sizes = (_INITIAL.format(4000),), (_INITIAL.format(800),)
    return Check(
        "gershon_jiang.contagion",
        "published",
        "Referred customers refer 31 to 57 % more, here 43 %: adopters a seed are 1 + K0 / (1 - K1)",
        "Gershon & Jiang 2024, J. Marketing Research",
        measure,
        Efforts(Effort(10, sizes[0]), Effort(1, sizes[1]), Effort(50, sizes[0]), Effort(5, sizes[1])),
        (world,),
        ASSUMED,
        "the odds of the referred (x 1.6, 43 % more shares) are put in; what they add up to is not",
    )


def dropbox() -> Check:
    """Return the check of the lift of a programme over an organic loop."""
    both, alone = (World("two_programmes.yaml", design) for design in ("both", "folders_only"))

    def measure(session: Session) -> list[Sample]:
        n = [
            np.array([sign_ups_between(record, 40.0, 60.0) for record in session.runs(world)])
            for world in (both, alone)
        ]
        lift, error = ratio_of_sums(n[0][:, 0], n[1][:, 0])
        exact = moments.lift_of_loops(0.2, 0.3)
        total, referred = n[0].sum(axis=0)
        of_share = math.sqrt(0.5 * 0.5 / (40.0 * 20.0 * len(n[0])))
        return [
            Sample("lift of sign-ups", exact, lift, int(total), error, degrees=len(n[0]) - 1),
            Sample("share of sign-ups that was referred", 0.5, referred / total, int(total), of_share),
        ]

    return Check(
        "dropbox.lift",
        "published",
        "K .20 of folders and .30 of a programme: sign-ups rise by 60 %, half are referred",
        "Dropbox 2010 (Houston): +60 %; 35 % + 20 % of daily sign-ups referred",
        measure,
        Efforts(Effort(20), Effort(0), Effort(200), Effort(20)),
        (both, alone),
        ASSUMED,
        "the two K are chosen for this lift (with 30 % + 20 % of sign-ups, as in 2011, half are referred); "
        "that loops add in K and multiply in sign-ups is the mechanism",
    )


def long_tails() -> Check:
    """Return the check of lognormal against exponential delays of one mean."""
    k, sigma = 0.5, math.sqrt(math.log(1 + (5.5 / 1.5) ** 2))
    laws = (delays.lognormal(sigma, mean=1.5), delays.exponential(1.5))
    texts = ("{lognormal: {mean: 1.5 d, sd: 5.5 d}}", "{exponential: 1.5 d}")
    worlds = [
        World(
            "growth.yaml",
            sets=(
                f"programmes.viral.contact.invites={{poisson: {k}}}",
                "horizon=200 d",
                f"channels.link.signed_up.delay={text}",
            ),
        )
        for text in texts
    ]

    def measure(session: Session) -> list[Sample]:
        samples, parts = [], {}
        for name, world, law in zip(("lognormal", "exponential"), worlds, laws, strict=True):
            found = [customers(record) for record in session.runs(world)]
            for day in (0.5, 2.0, 20.0):
                sizes = np.concatenate([tree_sizes(each, day) for each in found]) * (1 - k)
                parts[name, day] = sizes
                exact = growth.fraction_reached(k, law, day)
                samples.append(average(f"{name}: part reached by day {day:g}", sizes, exact))
        early = parts["lognormal", 0.5] - parts["exponential", 0.5]
        late = parts["exponential", 20.0] - parts["lognormal", 20.0]
        if session.engine == "reference":  # bounds need more runs
            return samples
        ahead = mean_within("lognormal is ahead on day 0.5 by", early, low=0.0)
        return [*samples, ahead, mean_within("lognormal is behind on day 20 by", late, low=0.0)]

    at = (_INITIAL.format(4000),), (_INITIAL.format(600),)
    return Check(
        "iribarren_moro.delays",
        "published",
        "Broad delays of the same mean: the first half comes sooner, the last percents far later",
        "Iribarren & Moro 2009, doi:10.1103/PhysRevLett.103.038702",
        measure,
        Efforts(Effort(5, at[0]), Effort(1, at[1]), Effort(25, at[0]), Effort(2, at[1])),
        tuple(worlds),
        REPRODUCED,
        "only the law of one delay is put in",
    )


def _unreachable(name: str, claim: str, source: str, why: str) -> Check:
    nothing = Effort(0)
    return Check(
        name,
        "published",
        claim,
        source,
        lambda session: [],
        Efforts(nothing, nothing, nothing, nothing),
        standing=NOT_REACHABLE,
        reason=why,
    )


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [
        goel(),
        leskovec_shape("books", "The chance to buy a book is highest at the second recommendation"),
        leskovec_shape("dvds", "The chance to buy a DVD rises and levels off near the tenth recommendation"),
        *(
            leskovec_conversion(kind, n)
            for kind, n in (("book", 69), ("dvd", 108), ("music", 136), ("video", 203))
        ),
        ryu_feick("weak", "one_sided", "two_sided", "A weak brand does better to pay the sender alone"),
        ryu_feick("strong", "two_sided", "one_sided", "A strong brand does better to pay both"),
        schmitt(),
        garnefeld(),
        hazard_ratio(),
        contagion(),
        dropbox(),
        long_tails(),
        _unreachable(
            "uncertain_rewards",
            "An uncertain reward for the sender brings 20.9 % more referrals",
            "Management Science 2024.05685",
            "people respond to a reward's face value; that it is drawn by lot changes its cost only",
        ),
        _unreachable(
            "reward_size_selects",
            "Bigger rewards bring more, but less profitable, customers",
            "field experiment, more than 160,000 bank customers",
            "a friend's value does not depend on the reward that won him; write it as a margin gap",
        ),
        _unreachable(
            "aral_walker",
            "Passive features raise peer influence by 246 %, active invitations by 98 % more",
            "Aral & Walker 2011, doi:10.1287/mnsc.1110.1421",
            "they measure influence in a randomised experiment on one app; both loops exist here, but their "
            "rates are the planner's to set",
        ),
    ]
