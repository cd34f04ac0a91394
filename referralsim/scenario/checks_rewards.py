"""Checks of rewards: terms that contradict each other, or can never apply."""

from __future__ import annotations

from collections.abc import Iterator

from referralsim.laws import CountLaw, Law
from referralsim.scenario.found import Found
from referralsim.scenario.laws import AmountLaw
from referralsim.scenario.quantity import shortest
from referralsim.scenario.schema import Programme, Reward, Scenario
from referralsim.scenario.tree import Path

MAX_REWARDS = 16
SIDES = ("referrer", "referee")


def check_rewards(scenario: Scenario, programme: Programme, at: Path) -> Iterator[Found]:
    """Yield what is wrong with what a programme pays, and for what."""
    products = [segment.product for segment in scenario.population.segments.values()]
    free = all(_is_nothing(product.purchases.basket_cents) for product in products)
    for side in SIDES:
        rewards: tuple[Reward, ...] = getattr(programme.rewards, side)
        if len(rewards) > MAX_REWARDS:
            message = f"has {len(rewards)} entries; at most {MAX_REWARDS} can be simulated"
            yield Found((*at, "rewards", side), message, got=False)
        for place, reward in enumerate(rewards):
            row: Path = (*at, "rewards", side, place)
            yield from _basket(programme, reward, free, row)
            yield from _purchases_only(reward, row)
            yield from _leaderboard(reward, side, row)
            yield from _ranges(programme, reward, row)
            yield from _chances(reward, row)
    yield from _budget(programme, at)
    yield from _qualify(programme, at)
    if programme.abuse.fake.count.law == CountLaw.ALL:
        yield Found((*at, "abuse", "fake", "count"), "must be a number or a law: there is no end of fakes")


def _is_nothing(law: AmountLaw) -> bool:
    """Say whether an amount is always 0."""
    return law.law == Law.FIXED and law.a == 0.0


def _shares(reward: Reward, row: Path) -> Iterator[Path]:
    """Yield where a reward is a share of the basket."""
    if reward.value_cents.percent > 0:
        yield (*row, "value")
    if reward.later is not None and reward.later.value_cents.percent > 0:
        yield (*row, "later", "value")


def _basket(programme: Programme, reward: Reward, free: bool, row: Path) -> Iterator[Found]:
    """Find percentages and minima of baskets that there are not."""
    bought = reward.on == "purchase" or (reward.on, programme.qualify.event) == ("qualified", "purchase")
    if bought and not free:
        return
    if bought:
        for path in _shares(reward, row):
            yield Found(path, "is a share of nothing: set `product: {purchases: {basket: 30.00}}`")
        return
    cure = "set `qualify: {event: purchase}`" if reward.on == "qualified" else "set `on: purchase`"
    for path in _shares(reward, row):
        yield Found(path, f"a share of the basket needs a basket: {cure}")
    if reward.minimum_cents > 0:
        yield Found((*row, "minimum"), f"the smallest basket needs a basket: {cure}")


def _purchases_only(reward: Reward, row: Path) -> Iterator[Found]:
    if reward.on == "purchase":
        return
    message = "counts only with `on: purchase`; set that, or remove this"
    if reward.for_days is not None:
        yield Found((*row, "for"), message)
    if reward.later is not None:
        yield Found((*row, "later"), message, got=False)


def _leaderboard(reward: Reward, side: str, row: Path) -> Iterator[Found]:
    if reward.on != "leaderboard":
        if reward.leaderboard is not None:
            message = "counts only with `on: leaderboard`; set that, or remove this"
            yield Found((*row, "leaderboard"), message, got=False)
        return
    if side == "referee":
        yield Found((*row, "on"), "a contest is among referrers; move this reward there")
    if reward.leaderboard is None:
        message = "is missing: a contest needs its period, as in `{every: 30 d, places: 3}`"
        yield Found((*row, "leaderboard"), message, got=False)


def _ranges(programme: Programme, reward: Reward, row: Path) -> Iterator[Found]:
    for key, part in (("friends", reward.friends), ("tiers", reward.tiers)):
        if part.last is not None and part.last < part.first:
            yield Found((*row, key, "to"), f"must not be below `from`, which is {part.first}")
    tiers = programme.agents.tiers if programme.agents else None
    highest = len(tiers.at) if tiers else 0
    if reward.tiers.first > highest:
        reason = f"`agents.tiers.at` names {highest} above tier 0" if tiers else "the programme has no tiers"
        yield Found((*row, "tiers", "from"), f"there is no such tier: {reason}")


def _chances(reward: Reward, row: Path) -> Iterator[Found]:
    """Find prizes without a draw, caps of nothing, and rewards that are void before they are used."""
    if reward.type == "sweepstake" and reward.prize_probability is None:
        message = "is missing: a sweepstake needs the chance that a ticket wins"
        yield Found((*row, "prize_probability"), message, got=False)
    if reward.type != "sweepstake" and reward.prize_probability is not None:
        yield Found(
            (*row, "prize_probability"), "counts only with `type: sweepstake`; set that, or remove this"
        )
    if reward.cap is not None and reward.cap.count is None and reward.cap.value_cents is None:
        yield Found((*row, "cap"), "needs `count`, `value` or both", got=False)
    redeem = reward.redeem
    if redeem is not None and redeem.expire_days is not None:
        fixed = redeem.delay_days.law == Law.FIXED
        if fixed and redeem.delay_days.a > redeem.expire_days:
            delay = shortest(redeem.delay_days.a)
            message = f"must not be below the `delay` of {delay} d: it is void before anybody uses it"
            yield Found((*row, "redeem", "expire"), message)


def _budget(programme: Programme, at: Path) -> Iterator[Found]:
    if programme.budget is None:
        return
    costs = []
    for side in SIDES:
        for reward in getattr(programme.rewards, side):
            if reward.value_cents.percent > 0:
                return
            if reward.value_cents.cents > 0:
                costs.append(round(reward.value_cents.cents * reward.cost) + reward.fee_cents)
    if costs and programme.budget.amount_cents < min(costs):
        yield Found((*at, "budget", "amount"), "does not reach for a single reward")


def _qualify(programme: Programme, at: Path) -> Iterator[Found]:
    if programme.qualify.event == "purchase":
        return
    for key, is_set in (
        ("minimum", programme.qualify.minimum_cents > 0),
        ("purchases", programme.qualify.purchases > 1),
    ):
        if is_set:
            message = "counts only with `event: purchase`; set that, or remove this"
            yield Found((*at, "qualify", key), message)
