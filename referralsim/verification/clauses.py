"""Clauses of a contract, each played without chance: every day and every cent is worked out by hand.

The world of ``clauses.yaml``: four customers of the first day are asked on day 1; each brings three friends,
who sign up on day 3 and start on day 4, which is when they count. A referrer's 2.50 is paid five days later,
on day 9, a friend's 1.25 two days later, on day 6. Friends are asked on day 101, beyond the horizon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from referralsim.eventlog.kinds import Kind, Side, side_of
from referralsim.eventlog.record import RunRecord
from referralsim.verification.arithmetic import Sample, equal, share
from referralsim.verification.check import Check, Effort, Efforts, Pattern, Session, World
from referralsim.verification.reading import of_kind

N_FIRST, N_FRIENDS = 4, 12
"""Customers of the first day in clauses.yaml, and the friends whom they bring."""

_RULES = "programmes.friends"
_REFERRER, _REFEREE = f"{_RULES}.rewards.referrer", f"{_RULES}.rewards.referee"
_ONE_SIDED = f"{_REFEREE}=null"
_COPIES = 25
_BY_HAND = "the contract itself, worked out by hand"


class Clause(NamedTuple):
    """One clause: what is changed of the world, and what must come out."""

    id: str
    claim: str
    sets: tuple[str, ...]
    read: Callable[[RunRecord], dict[str, tuple[float, float]]]  # quantity -> (found, expected)
    file: str = "clauses.yaml"
    pattern: Pattern | None = None


def number(record: RunRecord, kind: Kind, side: Side | None = None) -> int:
    """Return how many events of a kind there are, of rewards perhaps of one side only."""
    return len(_rewards(record, kind, side))


def first_day(record: RunRecord, kind: Kind, side: Side | None = None) -> float:
    """Return the day of the first event of a kind."""
    found = _rewards(record, kind, side)
    return float(found["time"][0]) if len(found) else float("nan")


def _rewards(record: RunRecord, kind: Kind, side: Side | None) -> np.ndarray:
    found = of_kind(record, kind)
    if side is None:
        return found
    mine: np.ndarray = found[np.array([side_of(int(key)) == side for key in found["attempt"]], dtype=bool)]
    return mine


def _cents(record: RunRecord, kind: Kind) -> int:
    return int(of_kind(record, kind)["amount_cents"].sum())


def _margin(record: RunRecord, kind: Kind) -> int:
    return int(of_kind(record, kind)["margin_cents"].sum())


def _hold(record: RunRecord) -> dict[str, tuple[float, float]]:
    return {
        "day on which friends count": (first_day(record, Kind.QUALIFIED), 4.0),
        "day of the first payment to a friend": (first_day(record, Kind.REWARD_PAID, Side.REFEREE), 6.0),
        "day of the first payment to a referrer": (first_day(record, Kind.REWARD_PAID, Side.REFERRER), 9.0),
        "payments": (number(record, Kind.REWARD_PAID), 2 * N_FRIENDS),
        "cents paid": (_cents(record, Kind.REWARD_PAID), N_FRIENDS * (250 + 125)),
        "effect on contribution in cents": (_margin(record, Kind.REWARD_PAID), -N_FRIENDS * (250 + 125)),
    }


def _horizon(record: RunRecord) -> dict[str, tuple[float, float]]:
    return {
        "payments to friends": (number(record, Kind.REWARD_PAID, Side.REFEREE), N_FRIENDS),
        "payments to referrers": (number(record, Kind.REWARD_PAID, Side.REFERRER), 0),
    }


def _earned(earned: int, kind: Kind, refused: int) -> Callable[[RunRecord], dict[str, tuple[float, float]]]:
    def read(record: RunRecord) -> dict[str, tuple[float, float]]:
        return {
            "rewards earned": (number(record, Kind.REWARD_EARNED), earned),
            f"rewards {kind.name.removeprefix('REWARD_').lower()}": (number(record, kind), refused),
        }

    return read


def _percentage(record: RunRecord) -> dict[str, tuple[float, float]]:
    # 12.5 % of 20.20 is 2.525: half to even gives 2.52, and 80 % of that with a fee of .10 costs 2.12 (2.116)
    return {
        "day on which friends count": (first_day(record, Kind.QUALIFIED), 11.0),
        "cents of one reward": (float(of_kind(record, Kind.REWARD_PAID)["amount_cents"].max(initial=0)), 252),
        "cost of one in cents": (
            -float(of_kind(record, Kind.REWARD_PAID)["margin_cents"].min(initial=0)),
            212,
        ),
    }


def _one_each(record: RunRecord) -> dict[str, tuple[float, float]]:
    earned = of_kind(record, Kind.REWARD_EARNED)["actor"]
    return {
        "referrers paid": (len(np.unique(earned)), N_FIRST),
        "rewards a referrer": (len(earned) / N_FIRST, 1),
    }


def _expiry(record: RunRecord) -> dict[str, tuple[float, float]]:
    return {
        "rewards expired": (number(record, Kind.REWARD_EXPIRED), N_FRIENDS),
        "day of the first": (first_day(record, Kind.REWARD_EXPIRED), 16.0),
        "cost in cents": (-_margin(record, Kind.REWARD_PAID) - _margin(record, Kind.REWARD_EXPIRED), 0),
    }


def _asks(days: tuple[float, ...]) -> Callable[[RunRecord], dict[str, tuple[float, float]]]:
    def read(record: RunRecord) -> dict[str, tuple[float, float]]:
        asked = of_kind(record, Kind.ASKED)
        found = asked["time"][asked["actor"] == 0].tolist()
        last = found[-1] if found else float("nan")
        return {"asks of one": (len(found), len(days)), "day of the last": (last, days[-1])}

    return read


def _credit(to: int) -> Callable[[RunRecord], dict[str, tuple[float, float]]]:
    def read(record: RunRecord) -> dict[str, tuple[float, float]]:
        won = of_kind(record, Kind.ACTIVATED)
        won = won[won["target"] >= 0]
        hits = int(np.count_nonzero(won["target"] % 3 == to))
        return {
            "friends won": (len(won), _COPIES),
            "of them credited as the rule says": (hits, _COPIES),
        }

    return read


def _invited(days: tuple[float, ...]) -> Callable[[RunRecord], dict[str, tuple[float, float]]]:
    def read(record: RunRecord) -> dict[str, tuple[float, float]]:
        sent = of_kind(record, Kind.INVITED)
        found = sent["time"][sent["actor"] == 0].tolist()
        last = found[-1] if found else float("nan")
        return {"invitations over one tie": (len(found), len(days)), "day of the last": (last, days[-1])}

    return read


TWO_FRIENDS_OF_ONE = Pattern("two_to_one", ((0, 2, 1.0), (1, 2, 1.0)), 3, _COPIES)
_KNOWN = (f"acquisition.initial.customers={2 * _COPIES}", "acquisition.organic.bass_p=0 per day")
ONE_OF_THREE_FRIENDS = Pattern("one_to_three", ((0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0)), 4, _COPIES)
_CERTAIN = ("programmes.exposure.response.accept=100 %", "channels.tie.signed_up.probability=100 %")
_REPEATED = (
    "programmes.exposure.asks=[{trigger: calendar, first: 1 d, every: 5 d}]",
    "programmes.exposure.ask_maximum=12",
    "programmes.exposure.ask_cooldown=0 d",
    "programmes.exposure.fatigue=1",
    "programmes.exposure.response.accept=0 %",
    "horizon=30 d",
)


def _sent(record: RunRecord) -> dict[str, tuple[float, float]]:
    return {"invitations": (number(record, Kind.INVITED), 2 * _COPIES)}


CLAUSES = (
    Clause("hold", "Friends count when they start, and rewards are paid after their hold", (), _hold),
    Clause("horizon", "What falls on the horizon itself is outside", ("horizon=9 d",), _horizon),
    Clause(
        "cap",
        "A cap of two rewards for three friends",
        (_ONE_SIDED, f"{_REFERRER}.cap=2"),
        _earned(8, Kind.REWARD_CAPPED, 4),
    ),
    Clause(
        "cap_of_value",
        "A cap of 5.00 on rewards of 2.50: what reaches it is within it",
        (_ONE_SIDED, f"{_REFERRER}.cap={{value: 5.00}}"),
        _earned(8, Kind.REWARD_CAPPED, 4),
    ),
    Clause(
        "budget",
        "A budget of 10.00 pays for four rewards of 2.50, and no more",
        (_ONE_SIDED, f"{_RULES}.budget={{amount: 10.00}}"),
        _earned(4, Kind.REWARD_UNFUNDED, 8),
    ),
    Clause(
        "percentage",
        "A share of the basket, rounded half to even; its cost with a fee; friends count when they have paid",
        (
            _ONE_SIDED,
            f"{_RULES}.qualify={{event: purchase, minimum: 20.00}}",
            f"{_REFERRER}={{value: 12.5 %, cost: 80 %, fee: 0.10, hold: 0 d}}",
            "product.purchases={every: 7 d, first_after: 7 d, basket: 20.20}",
        ),
        _percentage,
    ),
    Clause(
        "every_third",
        "A reward for every third friend",
        (_ONE_SIDED, f"{_REFERRER}.friends={{from: 1, every: 3}}"),
        _one_each,
    ),
    Clause(
        "every_second",
        "A reward for every second friend: of three, one",
        (_ONE_SIDED, f"{_REFERRER}.friends={{from: 1, every: 2}}"),
        _one_each,
    ),
    Clause(
        "expiry",
        "What is not used within ten days of payment is void, and costs nothing",
        (f"{_REFERRER}=null", f"{_REFEREE}.redeem={{probability: 0 %, expire: 10 d}}"),
        _expiry,
    ),
    Clause(
        "ask_maximum",
        "Three asks at most",
        (f"{_RULES}.asks=[{{trigger: calendar, first: 1 d, every: 2 d}}]", f"{_RULES}.ask_maximum=3",
         f"{_RULES}.ask_cooldown=0 d"),
        _asks((1.0, 3.0, 5.0)),
    ),
    Clause(
        "ask_cooldown",
        "Five days between two asks, where an ask would come every other day; on the day itself it may come",
        (f"{_RULES}.asks=[{{trigger: calendar, first: 1 d, every: 2.5 d}}]", f"{_RULES}.ask_maximum=12",
         f"{_RULES}.ask_cooldown=5 d"),
        _asks((1.0, 6.0, 11.0, 16.0)),
    ),
    Clause(
        "last_touch",
        "Of two invitations followed at one instant the order of events decides: last touch",
        (*_KNOWN, *_CERTAIN, "attribution.rule=last_touch"),
        _credit(1),
        "exposures.yaml",
        TWO_FRIENDS_OF_ONE,
    ),
    Clause(
        "first_touch",
        "Of two invitations followed at one instant the order of events decides: first touch",
        (*_KNOWN, *_CERTAIN, "attribution.rule=first_touch"),
        _credit(0),
        "exposures.yaml",
        TWO_FRIENDS_OF_ONE,
    ),
    Clause(
        "invites",
        "Of three friends two are invited",
        (f"acquisition.initial.customers={_COPIES}", _KNOWN[1], "programmes.exposure.contact.invites=2"),
        _sent,
        "exposures.yaml",
        ONE_OF_THREE_FRIENDS,
    ),
    Clause(
        "contact_cooldown",
        "The same friend is invited again only after twelve days",
        (*_KNOWN, *_REPEATED, "programmes.exposure.contact.cooldown=12 d"),
        _invited((1.0, 16.0)),
        "exposures.yaml",
        TWO_FRIENDS_OF_ONE,
    ),
)  # fmt: skip


def clause(mine: Clause) -> Check:
    """Return the check of a clause."""
    world = World(mine.file, sets=mine.sets, pattern=mine.pattern)

    def measure(session: Session) -> list[Sample]:
        found = mine.read(next(iter(session.runs(world))))
        return [equal(quantity, value, expected) for quantity, (value, expected) in found.items()]

    once = Effort(1)
    return Check(
        f"clause.{mine.id}",
        "clauses",
        mine.claim,
        _BY_HAND,
        measure,
        Efforts(once, once, once, once),
        (world,),
    )


def fatigue() -> Check:
    """Return the check of how each ask wears the next one out."""
    sets = (
        f"{_RULES}.asks=[{{trigger: calendar, first: 1 d, every: 2 d}}]",
        f"{_RULES}.ask_maximum=3",
        f"{_RULES}.ask_cooldown=0 d",
        f"{_RULES}.fatigue=0.5",
        f"{_RULES}.response.share=80 %",
        f"{_RULES}.response.accept=0 %",
    )
    world = World("clauses.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        n, hits = np.zeros(3), np.zeros(3)
        for record in session.runs(world):
            for kind, counts in ((Kind.ASKED, n), (Kind.SHARED, hits)):
                counts += np.bincount((of_kind(record, kind)["time"] - 1.0).astype(int) // 2, minlength=3)
        return [
            share(f"share of the asked who share, ask {k + 1}", int(hits[k]), int(n[k]), 0.8 * 0.5**k).at(
                k + 1
            )
            for k in range(3)
        ]

    at = "acquisition.initial.customers={}"
    return Check(
        "clause.fatigue",
        "clauses",
        "Each ask halves the chance of the next",
        "closed form",
        measure,
        Efforts(
            Effort(1, (at.format(5000),)),
            Effort(1, (at.format(1000),)),
            Effort(5, (at.format(5000),)),
            Effort(1, (at.format(5000),)),
        ),
        (world,),
    )


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [*(clause(mine) for mine in CLAUSES), fatigue()]
