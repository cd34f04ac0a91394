"""What a schema cannot say: parts that must fit together. Every check yields all it finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from referralsim.measures import MEASURES
from referralsim.scenario.quantity import nearest, shortest
from referralsim.scenario.schema import MOST_PEOPLE, Contact, Product, Programme, Scenario
from referralsim.scenario.tree import Path

MAX_SEGMENTS = 60
MAX_PROGRAMMES = 50
MAX_CHANNELS = 100
MAX_ASKS = 16
MAX_DESIGNS = 100

MOST_A_DAY = 10_000
"""Of anything one person does: one in nine seconds, day and night. More is a slip, and would run for ever."""

_BY_MEAN_DEGREE = ("erdos_renyi", "scale_free", "small_world", "communities", "geometric")
_LOOPS = ("collaboration", "visibility", "progress", "word_of_mouth", "complaints")


class Found(NamedTuple):
    """One thing that does not fit: where, what, the nearest valid name."""

    path: Path
    message: str
    suggestion: str = ""
    got: bool = True


def check(scenario: Scenario) -> list[Found]:
    """Return everything in a scenario that does not fit together.

    Parameters
    ----------
    scenario : Scenario
        Valid by the schema.
    """
    return [
        *_sizes(scenario),
        *_population(scenario),
        *_product(scenario.product, ("product",)),
        *_segments(scenario),
        *_contacts(scenario),
        *_programmes(scenario),
        *_timeline(scenario),
        *_thresholds(scenario),
    ]


def _sizes(scenario: Scenario) -> Iterator[Found]:
    currency = scenario.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        yield Found(("currency",), "must be a currency code of three capital letters, such as USD")
    if scenario.window_days is not None and not 0 < scenario.window_days < scenario.horizon_days:
        horizon = shortest(scenario.horizon_days)
        yield Found(("window",), f"must be longer than 0 d and shorter than the horizon of {horizon} d")
    if not scenario.channels:
        yield Found(("channels",), "needs at least one channel", got=False)
    for path, names, most in (
        (("population", "segments"), scenario.population.segments, MAX_SEGMENTS),
        (("programmes",), scenario.programmes, MAX_PROGRAMMES),
        (("channels",), scenario.channels, MAX_CHANNELS),
        (("designs",), scenario.designs, MAX_DESIGNS),
    ):
        if len(names) > most:
            yield Found(path, f"has {len(names)} entries; at most {most} can be simulated", got=False)
    for name, programme in scenario.programmes.items():
        n_asks = len(programme.asks)
        if n_asks > MAX_ASKS:
            message = f"has {n_asks} entries; at most {MAX_ASKS} can be simulated"
            yield Found(("programmes", name, "asks"), message, got=False)


def _population(scenario: Scenario) -> Iterator[Found]:
    population, graph = scenario.population, scenario.population.graph
    at: Path = ("population", "graph")
    if graph.kind == "edge_list" and not graph.file:
        yield Found((*at, "file"), "is missing: the kind `edge_list` needs the file of ties", got=False)
    if graph.kind == "configuration" and not graph.degrees:
        yield Found(
            (*at, "degrees"), "is missing: the kind `configuration` needs a list of degrees", got=False
        )
    if any(degree < 0 for degree in graph.degrees):
        yield Found((*at, "degrees"), "must not hold a negative degree", got=False)
    if graph.kind == "power_law" and graph.min_degree > graph.max_degree:
        yield Found((*at, "min_degree"), f"must not exceed `max_degree`, which is {graph.max_degree}")
    sized = graph.kind not in ("edge_list", "fresh_contacts")
    size = MOST_PEOPLE if population.size is None else population.size  # None: the edge list will say
    if graph.kind in _BY_MEAN_DEGREE and graph.mean_degree > size - 1:
        yield Found((*at, "mean_degree"), f"must be below the population of {size:,}")
    if graph.kind == "communities" and graph.communities > size:
        yield Found((*at, "communities"), f"must not exceed the population of {size:,}")
    if population.strength.kind == "weights" and graph.kind != "edge_list":
        message = "needs a graph of the kind `edge_list`, whose third column holds the weights"
        yield Found(("population", "strength", "kind"), message)
    if population.strength.kind == "embeddedness" and graph.kind in ("complete", "fresh_contacts"):
        message = f"needs ties that are known in advance; a graph of the kind `{graph.kind}` has none"
        yield Found(("population", "strength", "kind"), message)
    if population.placement == "clustered" and graph.kind in ("complete", "fresh_contacts"):
        message = f"needs ties that are known in advance; a graph of the kind `{graph.kind}` has none"
        yield Found(("population", "placement"), message)
    initial = scenario.acquisition.initial
    if sized and initial.customers > size:
        message = f"must not exceed the population of {size:,}"
        yield Found(("acquisition", "initial", "customers"), message)
    if initial.choose != "random" and graph.kind in ("complete", "fresh_contacts"):
        message = f"must be random: in a graph of the kind `{graph.kind}` nobody stands out"
        yield Found(("acquisition", "initial", "choose"), message)
    if graph.kind == "fresh_contacts" and scenario.acquisition.organic.bass_p_per_day > 0:
        message = "needs a fixed population; `fresh_contacts` has no limit, so use `rate`"
        yield Found(("acquisition", "organic", "bass_p"), message)


def _segments(scenario: Scenario) -> Iterator[Found]:
    segments = scenario.population.segments
    if not segments:
        yield Found(("population", "segments"), "needs at least one segment", got=False)
        return
    total = sum(segment.share for segment in segments.values())
    if abs(total - 1) > 1e-9:
        message = f"shares must add up to 1 (100 %), but add up to {shortest(round(total, 12))}"
        yield Found(("population", "segments"), message, got=False)
    for name, segment in segments.items():
        yield from _product(segment.product, ("population", "segments", name, "product"))


def _rate(per_day: float, path: Path) -> Iterator[Found]:
    if per_day > MOST_A_DAY:
        yield Found(path, f"must be at most {MOST_A_DAY:,} a day for one person")


def _period(days: float, path: Path) -> Iterator[Found]:
    if 0 < days < 1 / MOST_A_DAY:
        yield Found(
            path, f"must be at least {shortest(1 / MOST_A_DAY)} d: {MOST_A_DAY:,} a day for one person"
        )


def _product(product: Product, at: Path) -> Iterator[Found]:
    moments, purchases = product.moments, product.purchases
    yield from _rate(product.use.rate_per_day, (*at, "use", "rate"))
    yield from _rate(purchases.rate_per_day, (*at, "purchases", "rate"))
    yield from _rate(product.churn.rate_per_day, (*at, "churn", "rate"))
    yield from _period(purchases.every_days or 0.0, (*at, "purchases", "every"))
    if moments.happy + moments.unhappy > 1 + 1e-12:
        total = shortest(round(moments.happy + moments.unhappy, 12))
        yield Found(
            (*at, "moments"), f"`happy` and `unhappy` must not add up to more than 1; here {total}", got=False
        )
    if purchases.every_days is not None:
        if purchases.every_days <= 0:
            yield Found((*at, "purchases", "every"), "must be greater than 0")
        if purchases.rate_per_day > 0:
            message = (
                "cannot stand beside `rate`: purchases come at random, or `every` period; null the other"
            )
            yield Found((*at, "purchases", "every"), message, got=False)


def _contacts(scenario: Scenario) -> Iterator[Found]:
    for name in _LOOPS:
        contact = getattr(scenario.loops, name)
        if contact is not None:
            yield from _contact(scenario, contact, ("loops", name))
    for name, programme in scenario.programmes.items():
        yield from _contact(scenario, programme.contact, ("programmes", name, "contact"))


def _contact(scenario: Scenario, contact: Contact, at: Path) -> Iterator[Found]:
    if contact.channel not in scenario.channels:
        known = list(scenario.channels)
        hint = nearest(contact.channel, known)
        message = f"there is no channel `{contact.channel[:64]}`; there are {_names(known)}"
        yield Found((*at, "channel"), message, hint, got=False)
    everybody = scenario.population.graph.kind == "fresh_contacts" and contact.invites.law == 5
    if everybody:
        yield Found(
            (*at, "invites"), "must be a number or a law: with `fresh_contacts` there is no end of people"
        )


def _programmes(scenario: Scenario) -> Iterator[Found]:
    segments = list(scenario.population.segments)
    for name, programme in scenario.programmes.items():
        at: Path = ("programmes", name)
        for index, ask in enumerate(programme.asks):
            for position, segment in enumerate(ask.segments):
                if segment not in segments:
                    hint = nearest(segment, segments)
                    message = f"there is no such segment; there are {_names(segments)}"
                    yield Found((*at, "asks", index, "segments", position), message, hint)
            yield from _rate(ask.rate_per_day, (*at, "asks", index, "rate"))
            yield from _period(ask.every_days, (*at, "asks", index, "every"))
            no_delay = ask.delay_days.kind == "fixed" and ask.delay_days.a == 0
            if ask.trigger in ("calendar", "random") and not no_delay:
                message = f"has no meaning for a `{ask.trigger}` ask, which follows no occasion; remove it"
                yield Found((*at, "asks", index, "delay"), message)
            if ask.trigger == "random" and ask.rate_per_day == 0:
                message = "is missing: a `random` ask needs a rate, such as `0.1 per day`"
                yield Found((*at, "asks", index, "rate"), message, got=False)
        yield from _response(programme, at)
        yield from _rewards(programme, at)


def _response(programme: Programme, at: Path) -> Iterator[Found]:
    if programme.response.mode != "table":
        return
    for key in ("share", "accept"):
        if getattr(programme.response, key) is None:
            message = "is missing: the mode `table` needs the probabilities of both `share` and `accept`"
            yield Found((*at, "response", key), message, got=False)


def _rewards(programme: Programme, at: Path) -> Iterator[Found]:
    for side in ("referrer", "referee"):
        reward = getattr(programme.rewards, side)
        if reward is not None and reward.value_cents.percent > 0 and programme.qualify.event != "purchase":
            message = "a share of the basket needs a basket: set `qualify: {event: purchase}`"
            yield Found((*at, "rewards", side, "value"), message)
    if programme.qualify.event != "purchase":
        for key, is_set in (
            ("minimum", programme.qualify.minimum_cents > 0),
            ("purchases", programme.qualify.purchases > 1),
        ):
            if is_set:
                yield Found(
                    (*at, "qualify", key), "counts only with `event: purchase`; set that, or remove this"
                )


def _timeline(scenario: Scenario) -> Iterator[Found]:
    before = 0.0
    for index, entry in enumerate(scenario.timeline):
        at: Path = ("timeline", index, "day")
        if not 0 < entry.day_days < scenario.horizon_days:
            horizon = shortest(scenario.horizon_days)
            yield Found(at, f"must lie after day 0 and before the horizon of {horizon} d")
        elif entry.day_days < before:
            yield Found(at, f"must not come before the entry above it, on day {shortest(before)}")
        before = max(before, entry.day_days)


def _thresholds(scenario: Scenario) -> Iterator[Found]:
    designs = list(scenario.designs) or ["base"]
    for index, threshold in enumerate(scenario.thresholds):
        at: Path = ("thresholds", index)
        if threshold.measure not in MEASURES:
            hint = nearest(threshold.measure, MEASURES)
            more = "" if hint else "; the glossary lists them all"
            yield Found((*at, "measure"), f"there is no such measure{more}", hint)
        for key in ("design", "above", "below"):
            design = getattr(threshold, key)
            if design is not None and design not in designs:
                message = f"there is no such design; there are {_names(designs)}"
                yield Found((*at, key), message, nearest(design, designs))
        bounds = [threshold.at_least, threshold.at_most, threshold.more_than, threshold.less_than]
        rivals = [rival for rival in (threshold.above, threshold.below) if rival is not None]
        if rivals and (
            threshold.design in (None, *rivals)
            or len(rivals) > 1
            or any(bound is not None for bound in bounds)
        ):
            message = "a comparison needs `design`, one other in `above` or `below`, and no other bound"
            yield Found(at, message, got=False)
        low, high = threshold.at_least, threshold.at_most
        if not rivals and not any(bound is not None for bound in bounds):
            yield Found(at, "needs `at_least`, `at_most` or both", got=False)
        if low is not None and high is not None and low > high:
            yield Found((*at, "at_least"), f"must not exceed `at_most`, which is {shortest(high)}")


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown}, …" if len(names) > 8 else shown or "none"
