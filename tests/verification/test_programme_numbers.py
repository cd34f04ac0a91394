"""Numbers that programmes must give: nobody earns more than a cap, and the mean is that of capped friends."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from referralsim.eventlog.kinds import Kind
from tests.worlds import of_kind, play, write

CAP = """
referralsim: 1
name: cap
horizon: 1.5 d
seed: 21
population: {size: 4000, graph: fresh_contacts, strength: {kind: equal, value: 0.5}}
acquisition: {initial: {customers: 4000}}
product: {use: {rate: 0 per day}}
programmes:
  friends:
    asks: [{trigger: activation, delay: 1 d}]
    ask_maximum: 1
    share: 100 %
    contact: {invites: {poisson: 3}, channel: sure}
    qualify: {event: activation}
    rewards: {referrer: {value: 1.00, cap: 2}}
channels: {sure: {signed_up: {probability: 100 %}}}
"""


def test_a_cap_of_two_on_poisson_three_pays_what_it_must(tmp_path: Path) -> None:
    """E[min(X, 2)] = 2 - 4 e^-3 (1/2 + ...) = 1.751065 for X ~ Poisson(3); 4,000 referrers, s.e. .0087,
    |z| < 3.

    A cap of three instead of two would give 2.33: z = 66.
    """
    log = play(write(tmp_path, CAP), engine="fast")
    earned = np.bincount(of_kind(log, Kind.REWARD_EARNED)["actor"], minlength=4000)[:4000]
    exact = 2 - math.exp(-3) * (2 + 3)
    assert abs(exact - 1.751065) < 1e-6
    error = earned.std(ddof=1) / math.sqrt(len(earned))
    assert abs(earned.mean() - exact) / error < 3
    assert earned.max() == 2
