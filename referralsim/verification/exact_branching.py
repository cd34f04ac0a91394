"""Exact answers about lines of customers who never run out of strangers to ask."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from referralsim.engine.memory import available_memory, in_words
from referralsim.eventlog.kinds import Kind
from referralsim.theory import branching, delays, diffusion, growth, offspring
from referralsim.theory.delays import DelayLaw
from referralsim.theory.offspring import OffspringLaw
from referralsim.verification.arithmetic import Sample, average, equal, share, spread
from referralsim.verification.check import Check, Effort, Efforts, Session, SkippedCheck, World
from referralsim.verification.reading import alive_by_tree, customers, in_generation, of_kind, tree_sizes

_INITIAL = "acquisition.initial.customers"
_INVITES = "programmes.lines.contact.invites"
_FEW_CELLS = 25
"""A share is only read where so many cases are expected: its error is then nearly normal."""

_HARRIS = "Harris 1963, The Theory of Branching Processes"
_DWASS = "Dwass 1969, doi:10.2307/3212112 (Borel for Poisson)"
_KENDALL = "Kendall 1949, J. R. Stat. Soc. B 11:230-282"
_WALLINGA = "Wallinga & Lipsitch 2007, doi:10.1098/rspb.2006.3754"
_SKOK = "D. Skok, Lessons Learned - Viral Marketing"


def lines(fast: int, reference: int, more: int = 5) -> Efforts:
    """Return efforts in which the customers of the first day start so many lines, five runs on `fast`."""
    at = f"{_INITIAL}={{}}"
    return Efforts(
        Effort(5, (at.format(fast // 5),)),
        Effort(1, (at.format(reference),)),
        Effort(5 * more, (at.format(fast // 5),)),
        Effort(more, (at.format(reference),)),
    )


class Member(NamedTuple):
    """A law of how many friends a customer brings, as theory and as a scenario know it."""

    id: str
    law: OffspringLaw
    sets: tuple[str, ...]


def _invites(text: str) -> tuple[str, ...]:
    return (f"{_INVITES}={text}",)


SUBCRITICAL = (
    Member("poisson_05", offspring.poisson(0.5), _invites("{poisson: 0.5}")),
    Member("poisson_08", offspring.poisson(0.8), _invites("{poisson: 0.8}")),
    Member(
        "negative_binomial_06",
        offspring.negative_binomial(0.6, 0.5),
        _invites("{negative_binomial: {mean: 0.6, k: 0.5}}"),
    ),
    Member("binomial_3_02", offspring.binomial(3, 0.2), _invites("{binomial: {n: 3, p: 0.2}}")),
    Member("geometric_04", offspring.geometric(0.4), _invites("{geometric: {mean: 0.4}}")),
    Member(
        "thinned_poisson",
        offspring.poisson(0.5),
        (
            *_invites("{poisson: 5}"),
            "programmes.lines.response.accept=20 %",
            "channels.link.delivered.probability=80 %",
            "channels.link.clicked.probability=62.5 %",
        ),
    ),
    Member(
        "thinned_fixed",
        offspring.binomial(4, 0.15),
        (*_invites("4"), "programmes.lines.response.accept=15 %"),
    ),
)
SUPERCRITICAL = (
    Member("poisson_15", offspring.poisson(1.5), _invites("{poisson: 1.5}")),
    Member("poisson_2", offspring.poisson(2.0), _invites("{poisson: 2}")),
    Member("geometric_2", offspring.geometric(2.0), _invites("{geometric: {mean: 2}}")),
    Member(
        "negative_binomial_15",
        offspring.negative_binomial(1.5, 1.0),
        _invites("{negative_binomial: {mean: 1.5, k: 1}}"),
    ),
    Member("binomial_2_075", offspring.binomial(2, 0.75), _invites("{binomial: {n: 2, p: 0.75}}")),
)


def progeny(member: Member) -> Check:
    """Return the check of how large lines become that die out for certain."""
    world, law = World("lines.yaml", sets=member.sets), member.law

    def measure(session: Session) -> list[Sample]:
        found = [customers(record) for record in session.runs(world)]
        sizes = np.concatenate([tree_sizes(each) for each in found])
        second = np.concatenate([in_generation(each, 1) for each in found])
        n = len(sizes)
        pmf = {size: branching.total_progeny_pmf(law, size) for size in (1, 2, 3, 4)}
        samples = [
            share(f"P({size} in the line)", int((sizes == size).sum()), n, p).at(size)
            for size, p in pmf.items()
            if p * n >= _FEW_CELLS
        ]
        mean, variance = branching.total_progeny_mean(law), branching.total_progeny_variance(law)
        samples.append(average("customers a line", sizes, mean, variance))
        samples.append(average("friends of a first customer", second, law.mean, law.variance))
        if session.engine == "fast":  # the variance of a heavy tail needs many lines
            samples.append(spread("variance of customers a line", sizes, variance))
        return samples

    return Check(
        f"progeny.{member.id}",
        "exact",
        f"Total progeny of a line with {law.name} friends a customer",
        _DWASS,
        measure,
        lines(20_000, 300),
        (world,),
    )


def extinction(member: Member) -> Check:
    """Return the check of how many lines end although they grow on average."""
    law = member.law
    last = {"fast": 9 if law.mean < 2 else 6, "reference": 4}
    world = World("lines.yaml", sets=member.sets)

    def measure(session: Session) -> list[Sample]:
        generation = last[session.engine]
        mine = world._replace(sets=(*world.sets, f"horizon={generation + 0.5} d"))
        found = [customers(record) for record in session.runs(mine)]
        samples = []
        for g in (1, generation // 2, generation):
            alive = np.concatenate([in_generation(each, g) for each in found])
            exact = branching.extinct_by(law, g)
            samples.append(
                share(f"lines ended by generation {g}", int((alive == 0).sum()), len(alive), exact).at(g)
            )
        if session.engine == "fast":
            limit = branching.extinction_probability(law)
            tolerance = limit - branching.extinct_by(law, generation)
            samples.append(
                share("lines ended in the end", int((alive == 0).sum()), len(alive), limit, tolerance)
            )
        size = np.concatenate([in_generation(each, 3) for each in found])
        samples.append(
            average(
                "customers of a line in generation 3",
                size,
                branching.generation_mean(law, 3),
                branching.generation_variance(law, 3),
            )
        )
        return samples

    return Check(
        f"extinction.{member.id}",
        "exact",
        f"Lines that die out with {law.name} friends a customer",
        _HARRIS,
        measure,
        lines(1_500, 100),
        (world,),
    )


_MOST_USERS = {
    ("fast", True): 100_000,
    ("fast", False): 2_700_000,
    ("reference", True): 700,
    ("reference", False): 21_000,
}
"""Users that Skok's formula may come to, by engine and quick or not: the horizon follows."""

_JOINS_BYTES_A_USER = 300
"""What a run of fresh contacts takes at record level ``joins``, with the copies made as it grows."""


def skok(k: int, cycle_days: float, days: float, initial: int = 10) -> Check:
    """Return the check of Skok's formula, cycle by cycle up to a day or a number of users."""
    world = World(
        "skok.yaml",
        sets=(
            f"programmes.viral.contact.invites={k}",
            f"channels.cycle.signed_up.delay={cycle_days} d",
            f"{_INITIAL}={initial}",
        ),
    )

    def measure(session: Session) -> list[Sample]:
        most = _MOST_USERS[session.engine, session.quick]
        all_cycles = range(round(days / cycle_days) + 1)
        expected = [users for n in all_cycles if (users := growth.skok(initial, k, n)) <= most]
        return _skok_rows(session, world, expected, cycle_days)

    return Check(
        f"skok.k{k}_cycle_{cycle_days:g}_days",
        "exact",
        f"Skok's formula: {initial} users, K = {k}, a cycle of {cycle_days:g} days",
        _SKOK,
        measure,
        Efforts(*[Effort(1)] * 4),
        (world,),
    )


def skok_by_the_million(days: int = 20, initial: int = 10) -> Check:
    """Return the check of Skok's formula for K = 2 and a cycle of a day, to the last day of his table."""
    # those of the last day are counted and ask nobody: their friends would be forty million people more
    last = f"{{day: {days - 0.5} d, set: {{programmes: {{viral: {{response: {{share: 0 %}}}}}}}}}}"
    sets = ("channels.cycle.signed_up.delay=1 d", f"timeline=[{last}]")
    world = World("skok.yaml", sets=sets, level="joins")
    expected = [growth.skok(initial, 2, n) for n in range(days + 1)]

    def measure(session: Session) -> list[Sample]:
        needed, room = expected[-1] * _JOINS_BYTES_A_USER, available_memory()
        if room is not None and room < needed:
            raise SkippedCheck(f"needs {in_words(needed)} of memory, and {in_words(room)} are available")
        return _skok_rows(session, world, expected, 1.0)

    return Check(
        f"skok.day_{days}",
        "exact",
        f"Skok's formula to the end of his table: {initial} users, K = 2, a cycle of a day, "
        f"{expected[-1]:,.0f} users on day {days}",
        _SKOK,
        measure,
        Efforts(Effort(0), Effort(0), Effort(1), Effort(0)),
        (world,),
    )


def _skok_rows(session: Session, world: World, expected: list[float], cycle_days: float) -> list[Sample]:
    """Return the users after each cycle, who must be exactly those expected."""
    horizon_days = (len(expected) - 0.75) * cycle_days
    (record,) = session.runs(world._replace(sets=(*world.sets, f"horizon={horizon_days} d")))
    joined = of_kind(record, Kind.ACTIVATED)["time"]
    return [
        equal(f"users on day {n * cycle_days:g}", (joined <= (n + 0.125) * cycle_days).sum(), users).at(
            n * cycle_days
        )
        for n, users in enumerate(expected)
    ]


class Delay(NamedTuple):
    """A law of the time from joining to a friend's joining, as theory and as a scenario know it."""

    id: str
    law: DelayLaw
    text: str


DELAYS = (
    Delay("fixed", delays.fixed(1.0), "1 d"),
    Delay("gamma_2", delays.gamma(1.0, 2.0), "{gamma: {mean: 1 d, shape: 2}}"),
    Delay("exponential", delays.exponential(1.0), "{exponential: 1 d}"),
    Delay("lognormal", delays.lognormal(1.0, mean=1.0), "{lognormal: {median: 0.606530659713 d, sigma: 1}}"),
)
_AT = "channels.link.signed_up.delay"


def euler_lotka(delay: Delay, k: float, days: float) -> Check:
    """Return the check of the growth of a world whose friends join after random delays."""
    sets = (f"programmes.viral.contact.invites={{poisson: {k}}}", f"{_AT}={delay.text}", f"horizon={days} d")
    world = World("growth.yaml", sets=sets)
    from_day, to_day = days - 2.25, days - 0.25  # a whole number of fixed cycles apart

    def measure(session: Session) -> list[Sample]:
        found = [customers(record) for record in session.runs(world)]
        by_day = {
            day: np.concatenate([tree_sizes(each, day) for each in found])
            for day in (from_day - 1, from_day, to_day - 1, to_day)
        }
        early, late = by_day[from_day] - by_day[from_day - 1], by_day[to_day] - by_day[to_day - 1]
        exact = {day: growth.expected_reached(k, delay.law, day) for day in by_day}
        rate, apart = growth.growth_rate(k, delay.law), to_day - from_day
        # the slope of the logarithm of who joins in a day; its error is linearised over lines
        slope = math.log(late.mean() / early.mean()) / apart
        influence = (late / late.mean() - early / early.mean()) / apart
        error = float(influence.std(ddof=1)) / math.sqrt(len(influence))
        first, second = exact[from_day] - exact[from_day - 1], exact[to_day] - exact[to_day - 1]
        finite = abs(math.log(second / first) / apart - rate)
        return [
            Sample("growth rate a day", rate, slope, len(late), error, finite, degrees=len(late) - 1),
            average(f"customers a line on day {to_day:g}", by_day[to_day], exact[to_day]),
        ]

    return Check(
        f"growth.{delay.id}_k{k:g}",
        "exact",
        f"Growth solves K E[exp(-a delay)] = 1: K = {k:g}, {delay.id} delay of mean 1 day",
        _WALLINGA,
        measure,
        # a few early friends decide how large a line is: of 20 lines, one suite in 60 was beyond 5 "errors"
        lines(1_500, 100),
        (world,),
    )


def reached(delay: Delay, k: float) -> Check:
    """Return the check of what part of a line that dies out has come by a day."""
    sets = (f"programmes.viral.contact.invites={{poisson: {k}}}", f"{_AT}={delay.text}", "horizon=60 d")
    world = World("growth.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        found = [customers(record) for record in session.runs(world)]
        samples = []
        for day in (0.5, 1.5, 4.0):
            sizes = np.concatenate([tree_sizes(each, day) for each in found])
            exact = growth.fraction_reached(k, delay.law, day)
            found_part = average(f"part of all reached by day {day:g}", sizes * (1 - k), exact)
            samples.append(found_part.at(day))
        return samples

    return Check(
        f"reached.{delay.id}_k{k:g}",
        "exact",
        f"Part of all customers of a line that have come by a day: K = {k:g}, {delay.id} delay",
        "renewal equation; EVIDENCE 11 and Harris 1963, ch. VI",
        measure,
        lines(10_000, 500),
        (world,),
    )


def birth_death(birth: float, death: float, days: float) -> Check:
    """Return the check of customers who invite for as long as they stay."""
    sets = (f"product.use.rate={birth} per day", f"product.churn.rate={death} per day", f"horizon={days} d")
    world = World("birth_death.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        alive = _joined(alive_by_tree(record) for record in session.runs(world))
        mean, variance, gone = (
            theory(birth, death, days)
            for theory in (
                diffusion.birth_death_mean,
                diffusion.birth_death_variance,
                diffusion.birth_death_extinct,
            )
        )
        samples = [
            average("customers left of a line", alive, mean, variance),
            share("lines with nobody left", int((alive == 0).sum()), len(alive), gone),
        ]
        return samples + ([spread("variance of a line", alive, variance)] if session.engine == "fast" else [])

    return Check(
        f"birth_death.b{birth:g}_d{death:g}_day{days:g}",
        "exact",
        f"Inviting at rate {birth:g} and leaving at rate {death:g} a day, on day {days:g}",
        _KENDALL,
        measure,
        lines(10_000, 500),
        (world,),
    )


def _joined(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(parts))


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [
        skok(2, 2, 20),
        skok(2, 1, 20),
        skok(1, 2, 20),
        skok(3, 0.5, 3),
        skok(5, 7, 28, initial=4),
        skok_by_the_million(),
        *map(progeny, SUBCRITICAL),
        *map(extinction, SUPERCRITICAL),
        *(euler_lotka(delay, 2.0, days) for delay, days in zip(DELAYS, (5.5, 5.0, 4.0, 4.0), strict=True)),
        euler_lotka(DELAYS[2], 1.5, 6.0),
        *(reached(delay, 0.5) for delay in DELAYS),
        reached(DELAYS[3], 0.8),
        birth_death(0.3, 0.2, 10),
        birth_death(0.2, 0.3, 5),
        birth_death(0.25, 0.25, 8),
    ]
