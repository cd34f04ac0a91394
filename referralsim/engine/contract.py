"""What an engine is given and what it gives back: flat arrays in, one sorted log out.

Rules are tables with one row a timeline phase (first axis), so that any number may change on a day.
``compile`` fills them from a scenario; nothing behind this line knows of YAML, units or names.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.tally import Lives, Tally

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.void]


class GraphKind(IntEnum):
    """How contacts are found."""

    TIES = 0  # compressed rows: the contacts of i are neighbours[offsets[i]:offsets[i + 1]]
    COMPLETE = 1  # everybody knows everybody: contacts are drawn with replacement
    FRESH = 2  # every contact is a person nobody has met before


class Trigger(IntEnum):
    """What occasions an ask."""

    HAPPY_MOMENT = 0
    UNHAPPY_MOMENT = 1
    PURCHASE = 2
    SIGNUP = 3
    ACTIVATION = 4
    CALENDAR = 5
    RANDOM = 6


class Stream(IntEnum):
    """Contact streams: each keeps its own round through a person's ties. Programme p is PROGRAMME + p."""

    COLLABORATION = 0
    VISIBILITY = 1
    PROGRESS = 2
    WORD_OF_MOUTH = 3
    COMPLAINTS = 4
    PROGRAMME = 5


STREAMS = 64
"""Streams an address tells apart: the attempt of an invitation is ``round * STREAMS + stream``."""

ASKS = 16
"""Ask rules an address tells apart in one programme: number = ``programme * ASKS + place``."""


class TieOrder(IntEnum):
    """Whom a contact stream prefers."""

    RANDOM = 0
    STRONG_FIRST = 1
    WEAK_FIRST = 2


class QualifyOn(IntEnum):
    """The event that qualifies a referral."""

    SIGNUP = 0
    ACTIVATION = 1
    PURCHASE = 2


class Mode(IntEnum):
    """Response mode."""

    LOGIT = 0
    TABLE = 1


class Rule(IntEnum):
    """Attribution rule."""

    LAST_TOUCH = 0
    FIRST_TOUCH = 1


def _law(name: str) -> list[tuple[str, type]]:
    return [(f"{name}_law", np.int64), (f"{name}_a", np.float64), (f"{name}_b", np.float64)]


def _f(*names: str) -> list[tuple[str, type]]:
    return [(name, np.float64) for name in names]


def _i(*names: str) -> list[tuple[str, type]]:
    return [(name, np.int64) for name in names]


WORLD = np.dtype(
    _i("paid_cost_cents", "paid_budget_cents")  # budget -1: none
    + _f("balance_effect", "balance_limit")
)

SEGMENT = np.dtype(
    _f("brand", "activation_probability")
    + _law("activation_delay")
    + _f("happy_probability", "unhappy_probability")
    + _f("purchase_every_days", "purchase_first_days")  # every 0: at random, by purchase_rate
    + _law("basket")  # in cents
    + _f("margin", "refund_probability")
    + _law("refund_delay")
    + _f("unhappy_purchase_factor", "unhappy_churn_factor", "unhappy_half_life_days")
    + _f("early_until_days", "early_factor", "share_log_factor")
)

STREAM = np.dtype(
    _i("enabled", "loop", "programme")  # loop: eventlog.kinds.Loop; programme -1 for the others
    + _f("probability")
    + _law("count")  # distributions.CountLaw
    + _i("tie_order", "channel")
    + _f("cooldown_days", "weight")  # cooldown inf: never again
)

PROGRAMME = np.dtype(
    _i("enabled")
    + _f("ask_cooldown_days")
    + _i("ask_maximum")
    + _f("log_fatigue")
    + _f("happy_factor", "happy_half_life_days", "unhappy_factor", "unhappy_half_life_days")
    + _i("mode")
    + _f("share_base")  # log-odds
    + _f("own_effect", "friend_effect", "offer_effect", "one_sided")
    + _f("own_base", "own_weak_brand", "own_weak_tie")
    + _f("friend_base", "friend_brand", "friend_tie", "cost_brand", "cost_tie")
    + _f("table_share_weak", "table_share_strong", "table_accept_weak", "table_accept_strong")
    + _i("qualify_on", "qualify_minimum_cents", "qualify_purchases")
    + _i("referrer_value_cents", "referee_value_cents")  # 0: no fixed reward
    + _f("referrer_percent", "referee_percent")  # share of the qualifying basket; 0: none
    + _f("referrer_cost", "referee_cost")  # cost as a share of face value
    + _i("referrer_cap", "referee_cap")  # -1: none
    + _f("hold_days")
    + _i("clawback_refund", "clawback_churn")
)

ASK = np.dtype(
    _i("number", "programme", "trigger", "segment_mask")  # number: its name in addresses and log
    #                                                       bit s of the mask: segment s is asked
    + _f("probability")
    + _law("delay")
    + _f("every_days", "first_days", "min_tenure_days")
)

CHANNEL = np.dtype(
    _f("delivered_probability")
    + _law("delivered_delay")
    + _f("opened_probability")
    + _law("opened_delay")
    + _f("clicked_probability")
    + _law("clicked_delay")
    + _f("signed_up_logit", "signed_up_probability")
    + _law("signed_up_delay")
    + _i("exposure_curve")
    + _f("exposure_effect", "exposure_offers", "tie_effect", "brand_effect")
)


class EngineInputs(NamedTuple):
    """Everything a run needs besides its seed. Arrays are read-only and may be shared by runs.

    Sizes: n people, m directed ties, P phases, S segments, C contact streams (5 + programmes),
    Q programmes, A ask rules, H channels.
    """

    horizon_days: float
    n_people: int
    graph_kind: int
    offsets: npt.NDArray[np.int64]  # (n + 1,), TIES only (else length 1)
    neighbours: npt.NDArray[np.int32]  # (m,)
    # (m,) in [0, 1], or (1,) if equal for all; in bytes where every tie is either weak, 0, or strong, 1
    strength: npt.NDArray[np.float32] | npt.NDArray[np.uint8]
    segment: npt.NDArray[np.int8]  # (n,)
    activity: Floats  # (n,)
    initial: npt.NDArray[np.int32]  # customers at day 0, ascending
    arrival_order: npt.NDArray[np.int32]  # (n,) who comes next; empty if no arrival stream
    starts: Floats  # (P,) first day of each phase
    world: Table  # (P,)
    segments: Table  # (P, S)
    streams: Table  # (P, C)
    programmes: Table  # (P, Q)
    asks: Table  # (P, A)
    channels: Table  # (P, H)
    use_rate: Floats  # (P, S) a day, before activity
    purchase_rate: Floats  # (P, S) a day, the highest possible
    churn_rate: Floats  # (P, S) a day, the highest possible
    arrival_rate: Floats  # (P, 3) a day: organic, paid, Bass hazard of each prospect
    ask_rate: Floats  # (P, A) a day, random trigger
    table: Floats  # rows of all empirical laws
    attribution_rule: int
    attribution_window_days: float
    fresh_shares: Floats  # (S,) cumulative shares of segments among fresh contacts
    fresh_strength: float  # tie strength to a fresh contact and in a complete graph
    activity_law: int
    activity_a: float
    activity_b: float
    max_people: int  # a run with fresh contacts that grows past this is an error


class Played(NamedTuple):
    """One replication as it happened."""

    log: npt.NDArray[np.void]  # LOG_DTYPE, in the total order (eventlog.kinds.in_order)
    segment: npt.NDArray[np.int8]  # (n,) of everybody; longer than the inputs' with fresh contacts
    tally: Tally | None = None  # counts and sums of all events, where the log does not hold them all
    lives: Lives | None = None  # what a log of joins would say, where there is no log


Progress = Callable[[float], None]
"""Called now and then with the simulated day reached."""


class Engine(Protocol):
    """A way to play a scenario. All engines give the same log, bit for bit."""

    name: str

    def run(self, inputs: EngineInputs, seed: int, progress: Progress | None = None) -> Played:
        """Play one replication."""
