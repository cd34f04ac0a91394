"""A real specification, clause by clause, followed through the log of `gallery/free_month`."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from referralsim.eventlog.kinds import Kind, Side, side_of
from tests.worlds import SCENARIOS, plan_of

SCENARIO = SCENARIOS / "gallery" / "free_month.yaml"
DESIGN = "free_month_and_affiliates"
NAMES = plan_of(SCENARIO, "fast").layout.programmes
FREE_MONTH, AFFILIATES = NAMES.index("free_month"), NAMES.index("affiliates")
WINDOW_DAYS, MOST_REWARDS, PENDING_DAYS = 30.0, 12, 360.0


@cache
def events(sets: tuple[str, ...] = ()) -> list[np.ndarray]:
    """Return the logs of some replications."""
    from referralsim.experiment.result import RunKey

    ready = plan_of(SCENARIO, "fast", sets)
    return [ready.record(RunKey(DESIGN, r)).log for r in range(4)]


def of(log: np.ndarray, *kinds: Kind, programme: int | None = None, side: Side | None = None) -> np.ndarray:
    rows = np.isin(log["kind"], kinds)
    if programme is not None:
        rows &= log["programme"] == programme
    if side is not None:
        rows &= side_of(log["attempt"]) == side
    return log[rows]


def first_purchases(log: np.ndarray) -> dict[int, float]:
    bought = of(log, Kind.PURCHASED)
    bought = bought[bought["amount_cents"] > 0]
    return {int(e["actor"]): float(e["time"]) for e in bought[::-1]}


def test_only_the_first_paid_period_qualifies() -> None:
    n = 0
    for log in events():
        paid = first_purchases(log)
        for e in of(log, Kind.QUALIFIED):
            assert paid[int(e["actor"])] == e["time"]
            n += 1
    assert n > 300


def test_a_trial_or_a_zero_invoice_does_not_qualify() -> None:
    for log in events(("product.purchases.basket=0.00",)):
        assert len(of(log, Kind.PURCHASED)) > 0
        assert len(of(log, Kind.QUALIFIED)) == 0


def clicks(log: np.ndarray) -> dict[int, list[tuple[float, int, int]]]:
    """For each friend the clicks before signing up: day, inviter, programme."""
    found: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for e in of(log, Kind.CLICKED):
        found[int(e["target"])].append((float(e["time"]), int(e["actor"]), int(e["programme"])))
    return found


def touch_at(day: float, clicked: list[tuple[float, int, int]]) -> tuple[int, int] | None:
    """Return inviter and programme that hold the claim on a day, by the words of the specification."""
    held: tuple[float, int, int] | None = None
    for click in clicked:
        if click[0] > day:
            break
        stale = held is None or click[0] - held[0] > WINDOW_DAYS
        goes_before = held is not None and click[2] == FREE_MONTH and held[2] == AFFILIATES
        if stale or goes_before:
            held = click
    return None if held is None or day - held[0] > WINDOW_DAYS else held[1:]


def test_a_click_counts_for_thirty_days_the_oldest_wins_and_a_friend_goes_before_an_affiliate() -> None:
    n, n_both, n_stale = 0, 0, 0
    for log in events():
        clicked = clicks(log)
        for e in of(log, Kind.SIGNED_UP):
            mine = clicked.get(int(e["actor"]), [])
            claim = touch_at(float(e["time"]), mine)
            if claim is not None:
                assert (e["target"], e["programme"]) == claim
                n += 1
                n_both += len({programme for _, _, programme in mine}) == 2
            elif e["programme"] == -1:
                n_stale += bool(mine)
            else:  # the claim that was held has lapsed; the invitation that was accepted has not
                valid = [click[1:] for click in mine if 0 <= e["time"] - click[0] <= WINDOW_DAYS]
                assert (e["target"], e["programme"]) in valid
    assert n > 300
    assert n_both > 0
    assert n_stale > 0


def test_who_has_an_account_is_no_new_account() -> None:
    for log in events():
        signed = {int(e["actor"]): float(e["time"]) for e in of(log, Kind.SIGNED_UP)}
        for e in of(log, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED):
            assert e["time"] <= signed.get(int(e["target"]), np.inf)
        actors = of(log, Kind.SIGNED_UP)["actor"]
        assert len(np.unique(actors)) == len(actors)


@pytest.mark.parametrize("most", [MOST_REWARDS, 1])
def test_a_capped_friend_is_recorded_and_still_gets_his_month(most: int) -> None:
    n_capped = 0
    for log in events((f"programmes.free_month.rewards.referrer.cap={most}",)):
        held: dict[int, int] = defaultdict(int)
        rewarded = {
            (int(e["actor"]), float(e["time"]))
            for e in of(log, Kind.REWARD_EARNED, programme=FREE_MONTH, side=Side.REFEREE)
        }
        kinds = (Kind.REWARD_EARNED, Kind.REWARD_REVERSED, Kind.REWARD_CAPPED)
        for e in of(log, *kinds, programme=FREE_MONTH, side=Side.REFERRER):
            who = int(e["actor"])
            if e["kind"] == Kind.REWARD_CAPPED:
                assert held[who] == most
                assert (int(e["target"]), float(e["time"])) in rewarded
                n_capped += 1
            else:
                held[who] += 1 if e["kind"] == Kind.REWARD_EARNED else -1
                assert held[who] <= most
    assert most > 1 or n_capped > 20


def active_at(log: np.ndarray) -> dict[int, list[tuple[float, bool]]]:
    states: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for e in of(log, Kind.ACTIVATED, Kind.CHURNED, Kind.WON_BACK):
        states[int(e["actor"])].append((float(e["time"]), e["kind"] != Kind.CHURNED))
    return states


def test_the_senders_month_waits_while_he_is_away_and_is_lost_after_twelve() -> None:
    n_waited, n_lost = 0, 0
    for log in events(("product.churn.rate=12 % per month", "product.winback.probability=60 %")):
        states = active_at(log)
        earned = {
            (int(e["actor"]), int(e["target"])): float(e["time"])
            for e in of(log, Kind.REWARD_EARNED, programme=FREE_MONTH, side=Side.REFERRER)
        }
        for e in of(log, Kind.REWARD_PAID, programme=FREE_MONTH, side=Side.REFERRER):
            now = [is_active for day, is_active in states[int(e["actor"])] if day <= e["time"]]
            assert now[-1]
            n_waited += e["time"] > earned[(int(e["actor"]), int(e["target"]))] + 14.0
        for e in of(log, Kind.REWARD_EXPIRED, programme=FREE_MONTH, side=Side.REFERRER):
            assert e["time"] == earned[(int(e["actor"]), int(e["target"]))] + PENDING_DAYS
            n_lost += 1
    assert n_waited > 0
    assert n_lost > 0


def test_a_charge_back_cancels_what_waits_and_sends_what_is_applied_to_review() -> None:
    n_reversed, n_disputed = 0, 0
    for log in events(("product.purchases.refund.probability=15 %",)):
        refunds: dict[int, list[float]] = defaultdict(list)
        for e in of(log, Kind.REFUNDED):
            refunds[int(e["actor"])].append(float(e["time"]))
        kinds = (Kind.REWARD_PAID, Kind.REWARD_REVERSED, Kind.REWARD_DISPUTED)
        paid: dict[tuple[int, int, int], float] = {}
        for e in of(log, *kinds, programme=FREE_MONTH):
            name = (int(e["actor"]), int(e["target"]), int(e["attempt"]))
            friend = name[1] if side_of(name[2]) == Side.REFERRER else name[0]
            before = [day for day in refunds[friend] if day <= e["time"]]
            if e["kind"] == Kind.REWARD_PAID:
                assert not before
                paid[name] = float(e["time"])
            elif e["kind"] == Kind.REWARD_REVERSED:
                assert before
                assert name not in paid
                n_reversed += 1
            else:
                assert name in paid
                assert float(e["time"]) in refunds[friend]
                n_disputed += 1
    assert n_reversed > 20
    assert n_disputed > 20
