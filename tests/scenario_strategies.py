"""Whole scenarios drawn over the schema, small and short, in which everything may happen at once.

Days come from a coarse grid and many delays are fixed or nothing, so that events coincide with each other,
with changes of the timeline and with the horizon.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from referralsim.experiment.runner import Plan, plan
from referralsim.scenario.load import load_study

DESIGNS = ("everything", "without_the_second")
MAX_FRESH_PEOPLE = 600

ABSENT = object()
ODDS = 3  # to one, that a part is there and that a switch is on: what is off hides all that hangs on it

one_of = st.sampled_from
days = one_of(["0 d", "0.5 d", "1 d", "1 d", "2 d"])
some_days = one_of(["0.5 d", "1 d", "2 d", "4 d"])
chances = one_of([1.0, 0.8, 0.5, 0.2, 0.0])
rates = one_of(["0.1 per day", "0.4 per day", "1 per day", "0 per day"])
money = one_of([5, 12.5, 20, 33.33, 0])


def mostly(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """Return a strategy that now and then gives something else instead."""
    is_there = st.integers(0, ODDS).map(bool)
    return is_there.flatmap(lambda there: strategy if there else st.just(otherwise))


def part(
    always: dict[str, st.SearchStrategy[Any]] | None = None, **usually: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a part of a scenario: keys that are always there, and keys that may be left out."""
    keys = {**(always or {}), **{key: mostly(value, ABSENT) for key, value in usually.items()}}
    drawn = st.fixed_dictionaries(keys)
    return drawn.map(lambda found: {key: value for key, value in found.items() if value is not ABSENT})


def laws(plain: st.SearchStrategy[Any], some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return fixed values (as often as all laws together) and each of the laws."""
    exact = st.fixed_dictionaries
    shapes = one_of([0.5, 1, 2.5])
    return st.one_of(
        plain,
        st.one_of(
            exact({"exponential": some}),
            exact({"lognormal": exact({"mean": some, "sd": some})}),
            exact({"lognormal": exact({"median": some, "sigma": one_of([0, 0.5, 1.5])})}),
            exact({"gamma": exact({"mean": some, "shape": shapes})}),
            exact({"weibull": exact({"scale": some, "shape": shapes})}),
            exact({"pareto": exact({"minimum": some, "exponent": one_of([1.5, 3])})}),
            exact({"empirical": st.lists(plain, min_size=1, max_size=4)}),
        ),
    )


delays = laws(days, some_days) | st.just({"uniform": {"low": "0 d", "high": "2 d"}})
amounts = laws(money, one_of([5, 20, 60])) | st.just({"uniform": {"low": 0, "high": 40}})
factors = laws(one_of([0, 1, 1.5]), one_of([0.5, 1]))
counts = one_of(
    [
        *(0, 1, 1, 2, 3, "all"),
        *(
            {"poisson": 1.5},
            {"geometric": 1},
            {"binomial": {"n": 3, "p": 0.5}},
            {"binomial": {"n": 2, "p": 1}},
        ),
        {"negative_binomial": {"mean": 1.5, "k": 0.5}},
    ]
)
steps = part(probability=one_of([1.0, 1.0, 1.0, 0.9, 0.6, 0.0]), delay=delays)

products = part(
    {
        "use": part({"rate": one_of(["1 per day", "2 per day", "0.5 per day", "0 per day"])}),
        "moments": part({"happy": one_of([0.6, 0.3, 0.1]), "unhappy": one_of([0.3, 0.2, 0])}),
    },
    brand=one_of([0, 0.3, 0.9, 1]),
    activation=part(probability=one_of([1.0, 1.0, 0.7]), delay=delays),
    after_unhappy=part(purchase_factor=one_of([0, 0.4, 1]), churn_factor=one_of([3, 1]), half_life=some_days),
    churn=part(rate=rates, early_until=days, early_factor=one_of([2, 0.5, 0])),
)
refunds = part({"probability": one_of([0.5, 0.2, 1.0, 0.0])}, delay=delays)
purchases = st.one_of(
    part({"rate": rates}, first_after=days, basket=amounts, margin=chances, refund=refunds),
    part({"every": some_days, "basket": amounts}, first_after=days, margin=chances, refund=refunds),
)

contacts = {
    "invites": counts,
    "ties": one_of(["random", "strong_first", "weak_first"]),
    "channel": one_of(["mail", "talk"]),
    "cooldown": mostly(days),
}
sometimes = {"probability": one_of([0.5, 0.3, 0.1, 0.0])}
organic = mostly(part(sometimes, **contacts))
telling = mostly(part(sometimes, **contacts, weight=one_of([2, 0.5, 0])))
loops = part(
    {"collaboration": organic, "visibility": organic, "progress": organic},
    word_of_mouth=telling,
    complaints=telling,
    balance_effect=one_of([2, 0.5, 0]),
    balance_limit=one_of([3, 1]),
)

occasions = one_of(["happy_moment", "unhappy_moment", "purchase", "signup", "activation"])
asks = st.one_of(
    part(
        {"trigger": occasions, "min_tenure": mostly(st.just("0 d"), "1 d")}, probability=chances, delay=delays
    ),
    part({"trigger": st.just("calendar"), "every": some_days, "first": days}, probability=chances),
    part(
        {"trigger": st.just("random"), "rate": one_of(["1 per day", "0.2 per day"])},
        probability=chances,
        min_tenure=days,
    ),
)
passing = one_of([0.9, 0.6, 0.3, 1.0])
by_tie = passing | part({"weak": passing, "strong": passing})
conditional = by_tie | part({"none": by_tie, "referrer": by_tie, "referee": by_tie, "both": by_tie})
curves = part(form=one_of(["presence", "log", "linear"]), effect=one_of([-0.5, 0, 1]), scale=st.just(10))
responses = st.one_of(
    part(to_own_reward=curves, to_friends_reward=curves, to_offer=curves, cost_brand=one_of([0, 1])),
    part({"mode": st.just("table"), "share": conditional, "accept": conditional}),
)
caps = one_of([1, 2, None, 0])
clawbacks = one_of([["refund", "churn"], ["churn"], ["refund"], []])
gains = mostly(part({"value": money, "cost": chances}, cap=caps))
rewards = part({"referrer": gains, "referee": gains})
percentages = part({"value": one_of(["10 %", "33 %"])}, cap=caps)
bought = part({"event": st.just("purchase")}, minimum=money, purchases=one_of([1, 2]))
qualifying = part({"event": one_of(["activation", "signup"])}) | bought
programmes = part(
    {
        "asks": st.lists(asks, min_size=1, max_size=3),
        "contact": part(**contacts),
        "qualify": qualifying,
        "rewards": rewards,
        "share": one_of([0.9, 0.6, 0.3]),
        "ask_cooldown": one_of(["1 d", "0.5 d", "0 d"]),
        "ask_maximum": one_of([5, 2, 1]),
        "hold": days,
        "clawback": clawbacks,
        "enabled": mostly(st.just(True), False),
    },
    fatigue=one_of([0.5, 1]),
    response=responses,
    moment=part(happy_half_life=some_days, unhappy_factor=one_of([0.2, 1])),
)
channels = part(
    {"signed_up": part({"probability": one_of([0.7, 0.4, 1.0])}, delay=delays)},
    delivered=steps,
    opened=steps,
    clicked=steps,
    exposure=part(
        {
            "curve": one_of(["saturating", "single_peaked", "independent"]),
            "effect": one_of([-1, 0.5]),
            "offers": one_of([1, 3]),
        }
    ),
    tie_effect=one_of([1, 0]),
    brand_effect=one_of([-1, 0]),
)
graphs = one_of(
    [
        *({"erdos_renyi": {"mean_degree": 4}}, {"small_world": {"mean_degree": 4, "rewiring": 0.3}}),
        *({"scale_free": {"mean_degree": 4}}, {"configuration": {"degrees": [0, 1, 1, 4]}}),
        *(
            {"power_law": {"exponent": 2.5, "min_degree": 1, "max_degree": 5}},
            {"geometric": {"mean_degree": 4}},
        ),
        {"communities": {"mean_degree": 3, "communities": 2, "within": 0.8}},
        *(
            {"kind": "edge_list", "file": "ties.txt", "directed": True},
            {"kind": "edge_list", "file": "ties.txt"},
        ),
        *({"kind": "complete"}, {"kind": "complete"}, {"kind": "fresh_contacts"}, {"kind": "fresh_contacts"}),
    ]
)
strengths = one_of(
    [
        *(
            {"kind": "by_share", "strong": 0.4},
            {"kind": "equal", "value": 0.5},
            {"kind": "equal", "value": 0.2},
        ),
        {"kind": "embeddedness", "strong": 0.5},
    ]
)
acquisitions = part(
    {"initial": part({"customers": one_of([8, 12, 3, 0])})},
    paid=part({"rate": rates, "cost": money}, budget=one_of([66.66, 40, None, 0])),
    organic=part(rate=rates, bass_p=one_of(["0 per day", "0.02 per day"])),
)


class Drawn(NamedTuple):
    """A drawn scenario: the text of its file, and that of the edge list beside it."""

    text: str
    ties: str

    def __repr__(self) -> str:
        return f"# scenario.yaml\n{self.text}\n# ties.txt\n{self.ties}"

    def plan(self, folder: Path, engine: str = "fast") -> Plan:
        """Write the files and load them as a user's would be."""
        (folder / "ties.txt").write_text(self.ties, encoding="utf-8")
        path = folder / "scenario.yaml"
        path.write_text(self.text, encoding="utf-8")
        # an option makes the loader accept overlays that happen to change nothing
        return plan(load_study(path, replications=1), engine)


def _changes(draw: st.DrawFn, data: dict[str, Any], horizon: str) -> list[dict[str, Any]]:
    """Draw what changes on some days: numbers of every part."""
    entries = []
    inside = [day for day in ("0.5 d", "1 d", "2 d", "3 d") if float(day[:-2]) < float(horizon[:-2])]
    for day in sorted(draw(st.lists(one_of(inside), max_size=2, unique=True))):
        change: dict[str, Any] = draw(part(product=products, channels=part(mail=channels)))
        wanted = part(share=chances, enabled=mostly(st.just(True), False), hold=days, clawback=clawbacks)
        for name, programme in data["programmes"].items():
            asks_now = [{**ask, "probability": draw(chances)} for ask in programme["asks"]]
            change.setdefault("programmes", {})[name] = {**draw(wanted), "asks": asks_now}
        if draw(st.booleans()):
            change["acquisition"] = draw(part(paid=part(rate=rates, cost=money), organic=part(rate=rates)))
        entries.append({"day": day, "set": {key: value for key, value in change.items() if value}})
    return entries


def _fit(data: dict[str, Any]) -> None:
    """Take out what cannot stand together in a valid scenario."""
    kind = data["population"]["graph"].get("kind")
    fresh = kind == "fresh_contacts"
    if kind in ("fresh_contacts", "complete") and data["population"]["strength"]["kind"] == "embeddedness":
        data["population"]["strength"] = {"kind": "equal", "value": 0.7}
    parts = [*data["loops"].values(), *(p["contact"] for p in data["programmes"].values())]
    for contact in parts:
        if isinstance(contact, dict):
            contact.setdefault("channel", "mail")
            if fresh and contact.get("invites") == "all":
                contact["invites"] = 2
    if fresh:
        data["acquisition"].get("organic", {}).pop("bass_p", None)


@st.composite
def scenarios(draw: st.DrawFn) -> Drawn:
    """Draw a scenario of at most 40 people and 12 days, with its edge list."""
    size = draw(one_of([12, 25, 40]))
    horizon = draw(one_of(["5 d", "8 d", "12 d", "4 d", "2 d"]))
    data: dict[str, Any] = {
        "referralsim": 1,
        "horizon": horizon,
        "seed": draw(st.integers(0, 2**64 - 1)),
        "population": {
            "size": size,
            "graph": dict(draw(graphs)),
            "strength": draw(strengths),
            "segments": {"calm": {"share": 0.6}, "eager": {"share": 0.4, "product": draw(products)}},
            "activity": draw(factors),
        },
        "acquisition": draw(acquisitions),
        "product": {**draw(products), "purchases": draw(purchases)},
        "loops": draw(loops),
        "programmes": {name: draw(programmes) for name in ("first", "second")[: draw(one_of([1, 2, 2, 0]))]},
        "channels": {"mail": draw(channels), "talk": draw(channels)},
        "attribution": draw(part(rule=one_of(["first_touch", "last_touch"]), window=days)),
    }
    for programme in data["programmes"].values():
        if programme["qualify"]["event"] == "purchase" and draw(st.booleans()):
            programme["rewards"] = {side: draw(percentages) for side in ("referrer", "referee")}
        for ask in programme["asks"]:
            if draw(one_of([False, False, False, True])):
                ask["segments"] = ["eager"]
    _fit(data)
    data["timeline"] = _changes(draw, data, horizon)
    data["designs"] = {DESIGNS[0]: {}}
    if "second" in data["programmes"]:
        data["designs"][DESIGNS[1]] = {"programmes": {"second": None}}
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(
        lambda pair: pair[0] != pair[1]
    )
    ties = (
        draw(st.lists(pairs, min_size=1, max_size=40, unique=True))
        if "file" in data["population"]["graph"]
        else []
    )
    # JSON is YAML 1.2
    return Drawn(json.dumps(data, indent=1), "".join(f"{a} {b}\n" for a, b in ties))
