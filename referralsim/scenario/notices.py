"""What fits together and yet is hardly what the planner meant: notices, which stop nothing.

What lies beyond the horizon is a fault in a file, and only a notice where an option has cut the horizon.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from referralsim.laws import CountLaw, Law
from referralsim.scenario.found import Found
from referralsim.scenario.laws import FactorLaw
from referralsim.scenario.quantity import shortest
from referralsim.scenario.schema import Agents, Product, Programme, Reward, Scenario
from referralsim.scenario.tree import Path

SIDES = ("referrer", "referee")


def notices(scenario: Scenario) -> Iterator[Found]:
    """Yield what can never happen in a scenario although it is written.

    Parameters
    ----------
    scenario : Scenario
        Valid; the first phase is looked at.
    """
    for name, programme in scenario.programmes.items():
        at: Path = ("programmes", name)
        yield from _purchases(scenario, programme, at)
        yield from _reminder(programme, at)
        yield from _fakes(programme, at)
        if programme.agents is not None:
            yield from _tiers(programme.agents, (*at, "agents", "tiers", "at"))
        for side in SIDES:
            for place, reward in enumerate(getattr(programme.rewards, side)):
                yield from _reward(programme, reward, (*at, "rewards", side, place))
    for name, segment in scenario.population.segments.items():
        yield from _loyalty(segment.product, ("population", "segments", name, "product", "loyalty"))


def beyond_horizon(scenario: Scenario) -> Iterator[Found]:
    """Yield what would happen only after the horizon."""
    horizon = scenario.horizon_days
    for index, incident in enumerate(scenario.incidents):
        if incident.day_days >= horizon:
            message = f"must lie before the horizon of {shortest(horizon)} d"
            yield Found(("incidents", index, "day"), message)
    message = f"is longer than the horizon of {shortest(horizon)} d: nothing is ever paid"
    for name, programme in scenario.programmes.items():
        at: Path = ("programmes", name)
        if programme.hold_days > horizon:
            yield Found((*at, "hold"), message)
        for side in SIDES:
            for place, reward in enumerate(getattr(programme.rewards, side)):
                row: Path = (*at, "rewards", side, place)
                if reward.hold_days is not None and reward.hold_days > horizon:
                    yield Found((*row, "hold"), message)
                if reward.leaderboard is not None and reward.leaderboard.every_days >= horizon:
                    longer = f"is no shorter than the horizon of {shortest(horizon)} d: no contest ever ends"
                    yield Found((*row, "leaderboard", "every"), longer)


def _purchases(scenario: Scenario, programme: Programme, at: Path) -> Iterator[Found]:
    for segment in scenario.population.segments.values():
        purchases = segment.product.purchases
        if purchases.rate_per_day > 0 or purchases.every_days is not None:
            return
    if any("purchases" in entry.set.get("product", {}) for entry in scenario.timeline):
        return
    if programme.qualify.event == "purchase":
        yield Found((*at, "qualify", "event"), "never happens: nobody buys; set `product: {purchases: …}`")
    for side in SIDES:
        for place, reward in enumerate(getattr(programme.rewards, side)):
            if reward.on == "purchase":
                path = (*at, "rewards", side, place, "on")
                yield Found(path, "never happens: nobody buys; set `product: {purchases: …}`")


def _reminder(programme: Programme, at: Path) -> Iterator[Found]:
    reminder = programme.reminder
    if reminder is None:
        return
    if programme.kind != "customer_referral":
        yield Found((*at, "reminder"), "reminds nobody: agents do not know whom they reached", got=False)
    elif reminder.accept_factor == 0 and reminder.activation_factor == 0:
        yield Found((*at, "reminder"), "changes nobody's mind: both factors are 0", got=False)


def _fakes(programme: Programme, at: Path) -> Iterator[Found]:
    if programme.abuse.fake.probability > 0 and not programme.asks:
        yield Found(
            (*at, "abuse", "fake"), "never happens: fakes follow an ask, and nobody is asked", got=False
        )


def _reward(programme: Programme, reward: Reward, row: Path) -> Iterator[Found]:
    if reward.cap is not None and 0 in (reward.cap.count, reward.cap.value_cents):
        yield Found((*row, "cap"), "pays nothing: a cap of 0; null is no cap", got=False)
    hold = programme.hold_days if reward.hold_days is None else reward.hold_days
    if reward.needs_active and reward.pending.maximum_days < hold:
        message = f"is shorter than the hold of {shortest(hold)} d: a receiver who has left is not waited for"
        yield Found((*row, "pending", "maximum"), message)
    count = programme.contact.invites
    if programme.kind == "customer_referral" and count.law == CountLaw.FIXED_COUNT:
        most = int(count.a) * programme.ask_maximum
        if reward.friends.first > most:
            message = f"is never reached: {programme.ask_maximum} asks bring at most {most} invitations"
            yield Found((*row, "friends", "from"), message)


def _tiers(agents: Agents, at: Path) -> Iterator[Found]:
    """Find tiers that an agent with an audience of mean size cannot reach by visits, let alone customers."""
    tiers, mean = agents.tiers, mean_of(agents.audience)
    if tiers is None or tiers.by != "customers" or not math.isfinite(mean):
        return
    factor = max((1.0, *tiers.post_factor))
    visits = agents.posts_per_day * factor * tiers.review_days * mean * agents.visit_share
    for index, limit in enumerate(tiers.at):
        if limit > visits:
            message = (
                f"is hardly ever reached: a mean audience sends {visits:,.0f} visits from review to review"
            )
            yield Found((*at, index), message)


def mean_of(law: FactorLaw) -> float:
    """Return the mean of a law; infinity where it has none."""
    match law.law:
        case Law.FIXED | Law.EXPONENTIAL:
            return law.a
        case Law.LOGNORMAL:
            return math.exp(law.a + law.b**2 / 2)
        case Law.GAMMA:
            return law.a * law.b
        case Law.UNIFORM:
            return (law.a + law.b) / 2
        case Law.WEIBULL:
            return law.b * math.gamma(1 + 1 / law.a)
        case Law.PARETO:
            return law.a * law.b / (law.a - 1) if law.a > 1 else math.inf
    return sum(law.values) / len(law.values)


def _loyalty(product: Product, at: Path) -> Iterator[Found]:
    loyalty = product.loyalty
    if loyalty is None:
        return
    earned = loyalty.points_per_spend + loyalty.points_per_friend + loyalty.points_per_review > 0
    if earned and (loyalty.redeem_at is None or loyalty.redeem_probability == 0):
        yield Found(at, "gives points that can never be redeemed", got=False)
