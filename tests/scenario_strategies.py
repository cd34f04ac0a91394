"""Whole scenarios drawn over the schema, small and short, in which everything may happen at once.

Days come from a coarse grid and many delays are fixed or nothing, so that events coincide with each other,
with changes of the timeline and with the horizon.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from reward_strategies import agents, policing, rewards_of
from strategy_parts import (
    amounts,
    chances,
    counts,
    days,
    delays,
    factors,
    money,
    mostly,
    one_of,
    part,
    rates,
    seldom,
    some_days,
    steps,
)

from referralsim.experiment.plan import Plan, plan
from referralsim.scenario.load import load_study

DESIGNS = ("everything", "without_the_second")
MAX_FRESH_PEOPLE = 600

care = {
    "after_happy": part(churn_factor=one_of([0.5, 0]), basket_factor=one_of([1.5, 0]), half_life=some_days),
    "recovery": part({"probability": chances}, delay=delays, success=chances, cost=money),
    "gifts": part({"rate": one_of(["0.5 per day", "0 per day"])}, cost=money),
    "winback": part({"probability": chances, "maximum": one_of([1, 2, 0])}, delay=delays, cost=money),
    "referred": part(
        churn_factor=one_of([0.5, 0]),
        share_factor=one_of([2, 0]),
        margin_gap=one_of([0.5, -0.5]),
        margin_gap_half_life=some_days,
    ),
    "referrer": part(churn_factor=one_of([0.5, 0])),
    "review_probability": chances,
    "loyalty": mostly(
        part(
            {"points_per_spend": one_of([1, 0.3, 0]), "redeem_at": one_of([10, 40, None])},
            points_per_friend=one_of([20, 0.5]),
            points_per_review=one_of([5, 2.5]),
            expire=some_days,
            redeem_probability=chances,
            point_cost=one_of([0.01, 0.333]),
            threshold=one_of([0, 15]),
            purchase_factor=one_of([1.5, 0.5, 0]),
            basket_factor=one_of([1.2, 0]),
            churn_factor=one_of([0.5, 0]),
        )
    ),
    "membership": mostly(
        part(
            {"probability": one_of([0.5, 1.0, 0.0]), "every": some_days},
            fee=money,
            renew=chances,
            purchase_factor=one_of([1.5, 0.5, 0]),
            basket_factor=one_of([1.2, 0]),
            churn_factor=one_of([0.5, 0]),
        )
    ),
}
products = part(
    {
        "use": part({"rate": one_of(["1 per day", "2 per day", "0.5 per day", "0 per day"])}),
        "moments": part({"happy": one_of([0.6, 0.3, 0.1]), "unhappy": one_of([0.3, 0.2, 0])}),
    },
    brand=one_of([0, 0.3, 0.9, 1]),
    activation=part(probability=one_of([1.0, 1.0, 0.7]), delay=delays),
    after_unhappy=part(
        purchase_factor=one_of([0, 0.4, 1]),
        churn_factor=one_of([3, 1]),
        basket_factor=one_of([0.5, 0]),
        half_life=some_days,
    ),
    churn=part(rate=rates, early_until=days, early_factor=one_of([2, 0.5, 0])),
    **care,
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

aimed = {
    "max_tenure": seldom(one_of(["4 d", "1 d"])),
    "min_purchases": seldom(one_of([1, 2])),
    "min_spent": seldom(st.just(15)),
    "priority": one_of([0, 1, 2]),
    "decides": one_of(["user", "payer"]),
    "framing": part(effect=one_of([1, -0.5]), half_life=some_days),
}
"""Who is asked, and how; every ask may have some of it."""

occasions = one_of(["happy_moment", "unhappy_moment", "purchase", "signup", "activation"])
asks = st.one_of(
    part(
        {"trigger": occasions, "min_tenure": mostly(st.just("0 d"), "1 d")},
        probability=chances,
        delay=delays,
        **aimed,
    ),
    part({"trigger": st.just("calendar"), "every": some_days, "first": days}, probability=chances, **aimed),
    part(
        {"trigger": st.just("random"), "rate": one_of(["1 per day", "0.2 per day"])},
        probability=chances,
        min_tenure=days,
        **{**aimed, "max_tenure": seldom(st.just("4 d"))},
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
clawbacks = one_of([["refund", "churn"], ["churn"], ["refund"], []])
bought = part({"event": st.just("purchase")}, minimum=money, purchases=one_of([1, 2]))
qualifying = part({"event": one_of(["activation", "signup"])}) | bought
programmes = part(
    {
        "asks": st.lists(asks, min_size=1, max_size=3),
        "contact": part(**contacts),
        "qualify": qualifying,
        "rewards": rewards_of(),
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
    **policing,
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
    {"initial": part({"customers": one_of([8, 12, 8, 12, 3, 0])})},
    paid=part({"rate": rates, "cost": money}, budget=one_of([66.66, 40, None, 0])),
    organic=part(rate=rates, bass_p=one_of(["0 per day", "0.02 per day"])),
)


households = part({"size": one_of([2, 3, {"poisson": 1.5}])}, consent=chances, pass_on=chances)
asking = part(one_ask=seldom(st.just(True)), rest=seldom(days), cross_fatigue=one_of([0.5, 2]))
reviews = part(effect=one_of([2, -1]), scale=one_of([2, 10]))
incidents = st.lists(part({"day": one_of(["0 d", "0.5 d", "1 d"]), "share": chances}), max_size=2)


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
            now = draw(wanted)
            if "asks" in programme:
                now["asks"] = [{**ask, "probability": draw(chances)} for ask in programme["asks"]]
            if draw(one_of([False, False, True])):
                now["rewards"] = {side: _changed(draw, rows) for side, rows in programme["rewards"].items()}
            change.setdefault("programmes", {})[name] = now
        change |= draw(part(asking=asking, reviews=reviews))
        if draw(st.booleans()):
            change["acquisition"] = draw(part(paid=part(rate=rates, cost=money), organic=part(rate=rates)))
        entries.append({"day": day, "set": {key: value for key, value in change.items() if value}})
    return entries


def _changed(draw: st.DrawFn, rows: Any) -> Any:
    """Draw what becomes of the rewards of a side: their values change, the last goes, or all go."""
    if not isinstance(rows, list):
        return draw(mostly(st.just(rows)))
    fewer = rows[: draw(st.integers(0, len(rows)))]
    return [{**row, "cost": draw(chances)} for row in fewer]


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
        data["population"].pop("households", None)
    for programme in data["programmes"].values():
        for ask in programme.get("asks", ()):
            if "households" not in data["population"]:
                ask.pop("decides", None)
    if _paid_by_share(data["programmes"]) and data["product"]["purchases"].get("basket", 0) in (0, {}):
        data["product"]["purchases"]["basket"] = 12.5


def _bought(draw: st.DrawFn, programme: dict[str, Any]) -> None:
    """Let some rewards for friends who buy be shares of their basket, or ask for a smallest one."""
    for rows in programme["rewards"].values():
        for row in rows if isinstance(rows, list) else [rows] if rows else []:
            if programme["qualify"]["event"] == "purchase" and row.get("on", "qualified") == "qualified":
                row |= draw(part(minimum=one_of([0, 15])))
                row["value"] = draw(one_of([row["value"], row["value"], "10 %", "33 %"]))


def _paid_by_share(programmes: dict[str, Any]) -> bool:
    """Say whether any reward is a share of the basket."""
    return '%"' in json.dumps([programme["rewards"] for programme in programmes.values()])


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
        "asking": draw(asking),
        "reviews": draw(reviews),
        "incidents": sorted(draw(incidents), key=lambda incident: float(incident["day"][:-2])),
        "channels": {"mail": draw(channels), "talk": draw(channels)},
        "attribution": draw(part(rule=one_of(["first_touch", "last_touch"]), window=days)),
    }
    for programme in data["programmes"].values():
        for ask in programme["asks"]:
            if draw(one_of([False, False, False, True])):
                ask["segments"] = ["eager"]
        _bought(draw, programme)
    if draw(one_of([False, True])):
        data["programmes"]["outsiders"] = draw(agents)
        _bought(draw, data["programmes"]["outsiders"])
    if draw(one_of([False, True])):
        data["population"]["households"] = draw(households)
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
