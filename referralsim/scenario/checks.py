"""What a schema cannot say: parts that must fit together. Every check yields all it finds."""

from __future__ import annotations

from collections.abc import Iterator

from referralsim.laws import CountLaw
from referralsim.scenario.checks_rewards import check_rewards
from referralsim.scenario.checks_study import check_study
from referralsim.scenario.found import Found, names_of
from referralsim.scenario.quantity import nearest, shortest
from referralsim.scenario.schema import MOST_PEOPLE, Agents, Contact, Product, Programme, Scenario
from referralsim.scenario.tree import Path

MAX_SEGMENTS = 60
MAX_PROGRAMMES = 50
MAX_CHANNELS = 100
MAX_ASKS = 16
MAX_TIERS = 5
MAX_HOUSEHOLD = 8
MAX_DESIGNS = 100

MOST_A_DAY = 10_000
"""Of anything one person does: one in nine seconds, day and night. More is a slip, and would run for ever."""

_BY_MEAN_DEGREE = ("erdos_renyi", "scale_free", "small_world", "communities", "geometric")
_LOOPS = ("collaboration", "visibility", "progress", "word_of_mouth", "complaints")


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
        *_incidents(scenario),
        *_timeline(scenario),
        *check_study(scenario),
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
    yield from _households(scenario)
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


def _households(scenario: Scenario) -> Iterator[Found]:
    households, at = scenario.population.households, ("population", "households")
    if households is None:
        return
    if scenario.population.graph.kind == "fresh_contacts":
        message = "need people who are known in advance; a graph of the kind `fresh_contacts` has none"
        yield Found(at, message, got=False)
    if households.size.law == CountLaw.ALL:
        yield Found((*at, "size"), "must be a number or a law")
    elif households.size.law == CountLaw.FIXED_COUNT and not 1 <= households.size.a <= MAX_HOUSEHOLD:
        yield Found((*at, "size"), f"must be between 1 and {MAX_HOUSEHOLD}")


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
        message = f"there is no channel `{contact.channel[:64]}`; there are {names_of(known)}"
        yield Found((*at, "channel"), message, hint, got=False)
    everybody = scenario.population.graph.kind == "fresh_contacts" and contact.invites.law == CountLaw.ALL
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
                    message = f"there is no such segment; there are {names_of(segments)}"
                    yield Found((*at, "asks", index, "segments", position), message, hint)
            yield from _rate(ask.rate_per_day, (*at, "asks", index, "rate"))
            yield from _period(ask.every_days, (*at, "asks", index, "every"))
            no_delay = ask.delay_days.kind == "fixed" and ask.delay_days.a == 0
            if ask.trigger in ("calendar", "random") and not no_delay:
                message = f"has no meaning for a `{ask.trigger}` ask, which follows no occasion; remove it"
                yield Found((*at, "asks", index, "delay"), message)
            if ask.max_tenure_days is not None and ask.max_tenure_days < ask.min_tenure_days:
                least = shortest(ask.min_tenure_days)
                yield Found((*at, "asks", index, "max_tenure"), f"must not be below `min_tenure`, {least} d")
            if ask.decides == "payer" and scenario.population.households is None:
                message = "needs people who pay for others: set `population: {households: {size: 2}}`"
                yield Found((*at, "asks", index, "decides"), message)
            if ask.trigger == "random" and ask.rate_per_day == 0:
                message = "is missing: a `random` ask needs a rate, such as `0.1 per day`"
                yield Found((*at, "asks", index, "rate"), message, got=False)
        yield from _response(programme, at)
        yield from check_rewards(scenario, programme, at)
        yield from _kind(programme, at)


def _kind(programme: Programme, at: Path) -> Iterator[Found]:
    """Find what belongs to customers in a programme of agents, and the other way round."""
    if programme.kind == "customer_referral":
        if programme.agents is not None:
            message = "belong to the kinds `affiliate` and `partner`; here customers bring friends"
            yield Found((*at, "agents"), message, got=False)
        return
    if programme.agents is None:
        message = f"is missing: the kind `{programme.kind}` needs agents, such as `{{number: 20}}`"
        yield Found((*at, "agents"), message, got=False)
    else:
        yield from _tiers(programme.agents, (*at, "agents", "tiers"))
    if programme.asks:
        message = f"have no meaning in the kind `{programme.kind}`, whose agents nobody asks; remove them"
        yield Found((*at, "asks"), message, got=False)


def _tiers(agents: Agents, at: Path) -> Iterator[Found]:
    if agents.tiers is None:
        return
    limits, factors = agents.tiers.at, agents.tiers.post_factor
    if not limits:
        yield Found((*at, "at"), "is missing: what tier 1 asks for, as in `[5, 20]`", got=False)
    if len(limits) > MAX_TIERS:
        yield Found((*at, "at"), f"has {len(limits)} entries; there are {MAX_TIERS} tiers above 0", got=False)
    for index, (low, high) in enumerate(zip((0.0, *limits), limits, strict=False)):
        if high <= low:
            yield Found((*at, "at", index), f"must be above {shortest(low)}: tiers ask for more and more")
    if factors and len(factors) != len(limits) + 1:
        message = f"needs one factor for each tier from 0 to {len(limits)}, or none; here are {len(factors)}"
        yield Found((*at, "post_factor"), message, got=False)
    for index, factor in enumerate(factors):
        if factor < 0:
            yield Found((*at, "post_factor", index), "must not be negative")


def _response(programme: Programme, at: Path) -> Iterator[Found]:
    if programme.response.mode != "table":
        return
    for key in ("share", "accept"):
        if getattr(programme.response, key) is None:
            message = "is missing: the mode `table` needs the probabilities of both `share` and `accept`"
            yield Found((*at, "response", key), message, got=False)


def _incidents(scenario: Scenario) -> Iterator[Found]:
    before = 0.0
    for index, incident in enumerate(scenario.incidents):
        if incident.day_days < before:
            message = f"must not come before the entry above it, on day {shortest(before)}"
            yield Found(("incidents", index, "day"), message)
        before = max(before, incident.day_days)


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
