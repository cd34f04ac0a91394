"""What a drawn programme pays for, what becomes of it, and who is paid for strangers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from strategy_parts import chances, counts, days, delays, money, mostly, one_of, part, seldom, some_days

caps = one_of(
    [
        *(1, 2, None, 0),
        *(
            {"value": 30},
            {"count": 1, "window": "period", "every": "1 d"},
            {"value": 20, "window": "rolling"},
        ),
        {"count": 2, "value": 40, "window": "rolling", "every": "2 d"},
    ]
)
friends = one_of(
    [{"to": 1}, {"from": 2}, {"every": 2}, {"from": 2, "to": 3}, {"from": 1, "to": 5, "every": 3}]
)
terms = {
    "cost": chances,
    "fee": one_of([0.5, 0]),
    "cap": seldom(caps),
    "friends": seldom(friends),
    "hold": days,
    "needs_active": seldom(st.just(True)),
    "pending": part(retry=some_days, maximum=one_of(["0 d", "1 d", "4 d"])),
    "redeem": part(
        probability=chances, delay=one_of(["0 d", "0.5 d", {"exponential": "1 d"}]), expire=some_days
    ),
}
shares = one_of(["10 %", "33 %"])
worth = one_of([20, 5, 33.33, 12.5, 20, 5, 0])
plain = part({"value": worth}, **terms)
tickets = part(
    {"value": worth, "type": st.just("sweepstake"), "prize_probability": one_of([0.5, 0.1])}, **terms
)
for_sign_up = part({"value": worth, "on": st.just("signup")}, **terms)
commissions = part(
    {"value": worth | shares, "on": st.just("purchase")},
    later=part({"value": worth | shares, "after": some_days}),
    minimum=seldom(st.just(15)),
    **{"for": some_days},
    **terms,
)
contests = part(
    {
        "value": worth,
        "on": st.just("leaderboard"),
        "leaderboard": part({"every": one_of(["0.5 d", "1 d"]), "places": one_of([1, 2, 5])}),
    },
    **terms,
)
for_friends = st.one_of(plain, plain, tickets, for_sign_up, commissions)


def rewards_of(more: st.SearchStrategy[Any] = for_friends) -> st.SearchStrategy[dict[str, Any]]:
    """Return rewards of both sides: none, one, or a list of some."""
    own = st.one_of(more, st.lists(st.one_of(more, contests), min_size=1, max_size=3))
    return part(
        {"referrer": mostly(own), "referee": mostly(st.one_of(more, st.lists(more, min_size=1, max_size=2)))}
    )


policing = {
    "priority": one_of([1, 2]),
    "window": days,
    # more than any single reward costs, or the scenario is refused
    "budget": seldom(part({"amount": one_of([40, 90, 200])}, every=some_days, when_spent=st.just("stop"))),
    "reminder": part(
        probability=chances,
        delay=delays,
        accept_factor=one_of([0.5, 2, 0]),
        activation_factor=one_of([0.5, 1.5, 0]),
    ),
    "abuse": part(
        self_referral=one_of([0.3, 0.5]),
        leak=one_of([0.3, 0.5]),
        fake=part({"probability": one_of([0.3, 1.0])}, count=counts.filter(lambda count: count != "all")),
        detect=part(true_positive=chances, false_positive=one_of([0.2, 0.5])),
    ),
    "dispute": st.just(True),
}
"""Budgets, reminders and abuse; any programme may have some of it."""


@st.composite
def _agents(draw: st.DrawFn) -> dict[str, Any]:
    at = draw(one_of([[1], [1, 3], [2, 3, 4, 5, 6]]))
    tiers = part(
        {"at": st.just(at), "review": some_days},
        by=one_of(["customers", "revenue"]),
        post_factor=st.just([1, 2, 0, 0.5, 3, 1][: len(at) + 1]),
    )
    body = part(
        {
            "number": one_of([1, 2, 3, 0]),
            "audience": one_of([9, 4, {"pareto": {"minimum": 2, "exponent": 1.5}}]),
            "posts": one_of(["1 per day", "0.4 per day"]),
            "visit_share": one_of([0.5, 0.2]),
        },
        join=seldom(days),
        chasers=one_of([0.5, 1]),
        chaser_effect=one_of([-2, 1]),
        admission=seldom(part(fee=money, screening=chances, course=chances, delay=days)),
        tiers=mostly(tiers),
    )
    found: dict[str, Any] = draw(body)
    highest = len(at) if found.get("tiers") else 0
    ranges = one_of([{"from": 0, "to": 0}, {"from": min(1, highest)}, {"to": 2}])
    tiered = st.one_of(plain, commissions).flatmap(
        lambda row: ranges.map(lambda tier: {**row, "tiers": tier})
    )
    return {"agents": found, "rewards": draw(rewards_of(st.one_of(for_friends, tiered)))}


agents = st.tuples(
    _agents(),
    part(
        {
            "kind": one_of(["affiliate", "partner"]),
            "contact": part({"channel": one_of(["mail", "talk"])}),
            "qualify": part({"event": one_of(["activation", "signup", "purchase"])}),
            "hold": days,
            "clawback": one_of([["refund", "churn"], []]),
        },
        **policing,
    ),
).map(lambda halves: {**halves[0], **halves[1]})
"""A programme of agents."""
