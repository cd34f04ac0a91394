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


LIVES = 2**20
"""Uses, purchases, gifts and candidates to leave in life l have the numbers ``l * LIVES`` and up."""

ODD_OCCASION = 2**30
"""Occasions that are no use: gift k is ``ODD_OCCASION + k``, incident x ``ODD_OCCASION + LIVES + x``."""

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


class ProgrammeKind(IntEnum):
    """Who recommends, and why."""

    REFERRAL = 0  # customers, to people they know
    AGENTS = 1  # affiliates and partners, to an audience of strangers


class PaysOn(IntEnum):
    """The event for which a reward rule pays."""

    QUALIFIED = 0  # the friend qualifies
    PURCHASE = 1  # each purchase of a qualified friend, the qualifying one included
    SIGNUP = 2  # the friend signs up, qualified or not
    LEADERBOARD = 3  # a contest ends with the receiver among the first


class CapWindow(IntEnum):
    """Over what time a cap counts."""

    LIFETIME = 0
    PERIOD = 1  # calendar periods of ``cap_days``, the first beginning on day 0
    ROLLING = 2  # the last ``cap_days``


class Abuse(IntEnum):
    """Why a credited friend is no friend."""

    NONE = 0
    SELF_REFERRAL = 1  # refers himself by a second account
    LEAK = 2  # came unasked and used a code from a coupon page


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
    + _f("review_effect", "review_scale")  # log-odds of strangers at most; reviews of a 1 - 1/e effect
    + _i("one_ask")  # 1: an occasion leads to one ask at most, that of the highest priority
    + _f("ask_rest_days", "cross_log_fatigue")  # between asks of all programmes; per ask of another one
    + _f("consent_probability", "pass_on_probability")  # households: the payer agrees; feels with a user
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
    + _f("purchase_top")  # highest product of the factors on purchase_rate, >= 1
    + _f("happy_half_life_days", "happy_churn_factor", "happy_basket_factor", "unhappy_basket_factor")
    + _f("referred_churn_factor", "referrer_churn_factor", "referred_share_log")
    + _f("referred_margin_gap", "referred_margin_half_life_days")
    + _f("recovery_probability")
    + _law("recovery_delay")
    + _f("recovery_success")
    + _i("recovery_cost_cents", "gift_cost_cents", "winback_maximum", "winback_cost_cents")
    + _f("winback_probability")
    + _law("winback_delay")
    + _f("points_per_cent", "points_per_friend", "points_per_review", "points_expire_days")
    + _f("points_redeem_at", "points_redeem_probability", "points_cost_cents")  # cost of one point
    + _f("points_threshold", "points_purchase_factor", "points_basket_factor", "points_churn_factor")
    + _f("review_probability")
    + _f("member_probability", "member_days", "member_renew_probability")
    + _i("member_fee_cents")
    + _f("member_purchase_factor", "member_basket_factor", "member_churn_factor")
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
    + _i("clawback_refund", "clawback_churn", "dispute")
    + _i("kind", "priority")  # ProgrammeKind; a touch of higher priority replaces one of lower
    + _f("window_days")  # how long a touch of this programme counts
    + _i("budget_cents", "stop_when_spent")  # -1: none; 1: the programme rests until the next period
    + _f("budget_days")  # length of a budget period; inf: one budget for all time
    + _f("remind_probability")
    + _law("remind_delay")
    + _f("remind_accept_factor", "remind_activation_factor")
    + _f("self_referral_probability", "leak_probability", "fake_probability")
    + _law("fake_count")  # distributions.CountLaw
    + _f("detect_true", "detect_false")
    + _f("visit_share", "chaser_effect")  # agents: share of an audience a post sends; log-odds
    + _f("screening_probability", "course_probability")
    + _law("admission_delay")
    + _i("fee_cents", "tier_by_revenue")
    + _f("tier_review_days")  # inf: tiers are never reviewed
)

TIERS = 6
"""Tiers of agents: 0 to 5."""

REWARD = np.dtype(
    _i("present", "programme", "place", "side", "on")  # on: PaysOn; place as in reward_key
    + _i("value_cents", "later_value_cents")
    + _f("percent", "later_percent")  # > 0: share of the basket, in place of the value
    + _f("intro_days", "for_days")  # PURCHASE: how long the first terms hold; how long it pays at all
    + _i("from_friend", "to_friend", "every")  # which of the referrer's friends count; to -1: all
    + _i("from_tier", "to_tier")  # the receiver's tier (agents; everybody else is in tier 0)
    + _i("minimum_cents")
    + _i("cap_count", "cap_cents", "cap_window")  # -1: none
    + _f("cap_days")
    + _f("prize_probability")
    + _f("hold_days", "cost")  # cost as a share of face value
    + _i("fee_cents", "at_payment")  # at_payment 1: the cost falls due when paid, else when redeemed
    + _f("redeem_probability")
    + _law("redeem_delay")
    + _f("expire_days")  # unused for so long after payment it expires; inf: never
    + _i("needs_active")
    + _f("retry_days", "pending_days")  # an inactive receiver: asked again, and for how long in all
    + _f("board_days")
    + _i("board_places")
)

AGENT = np.dtype(_i("programme", "chaser") + _f("audience", "join_day"))

ASK = np.dtype(
    _i("number", "programme", "trigger", "segment_mask")  # number: its name in addresses and log
    #                                                       bit s of the mask: segment s is asked
    + _f("probability")
    + _law("delay")
    + _f("every_days", "first_days", "min_tenure_days", "max_tenure_days")
    + _i("min_purchases", "min_spent_cents", "priority", "payer")  # payer 1: who pays decides and shares
    + _f("framing_effect", "framing_half_life_days")  # log-odds right after a purchase, fading
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
    offsets: npt.NDArray[np.int32]  # (n + 1,), TIES only (else length 1)
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
    rewards: Table  # (P, R) reward rules, by programme, then side, then place
    agents: Table  # (A,) AGENT; agent a is person n_people + a, with no ties and no segment (-1)
    post_rate: Floats  # (P, Q) posts of one agent a day
    gift_rate: Floats  # (P, S) surprise gifts of one customer a day
    tier_at: Floats  # (P, Q, TIERS) customers, or revenue in cents, from which a tier is reached; [0] is 0
    tier_post_factor: Floats  # (P, Q, TIERS) on the posting rate
    incident_day: Floats  # (I,) ascending
    incident_share: Floats  # (I,) of customers who are hit
    payer: npt.NDArray[np.int32]  # (n,) who pays for each person, often himself; empty: no households


class Played(NamedTuple):
    """One replication as it happened."""

    log: npt.NDArray[np.void]  # LOG_DTYPE, in the total order (eventlog.kinds.in_order)
    segment: npt.NDArray[np.int8]  # (n + agents,) -1 for agents; longer still with fresh contacts
    tally: Tally | None = None  # counts and sums of all events, where the log does not hold them all
    lives: Lives | None = None  # what a log of joins would say, where there is no log


Progress = Callable[[float], None]
"""Called now and then with the simulated day reached."""


class Engine(Protocol):
    """A way to play a scenario. All engines give the same log, bit for bit."""

    name: str

    def run(self, inputs: EngineInputs, seed: int, progress: Progress | None = None) -> Played:
        """Play one replication."""
