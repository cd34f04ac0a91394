"""Numbers that programmes must give: the cap of Poisson friends, hazards of who refers and who is
referred."""

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


STAYS = """
referralsim: 1
name: stays
horizon: 365 d
seed: 22
population: {size: 6000, graph: fresh_contacts, strength: {kind: equal, value: 0.5}}
acquisition: {initial: {customers: 6000}}
product:
  use: {rate: 0 per day}
  churn: {rate: 0.000572 per day}
  referrer: {churn_factor: 0.34635}
programmes:
  friends:
    asks: [{trigger: activation, delay: 0.3 d}]
    ask_maximum: 1
    share: 100 %
    contact: {invites: 1, channel: sure}
    qualify: {event: activation}
channels: {sure: {signed_up: {probability: 100 %}}}
timeline:
  - {day: 0.5 d, set: {programmes: {friends: {enabled: false}}}}
designs:
  nobody_refers: {programmes: {friends: {share: 0 %}}}
  everybody_refers: {}
"""


def test_who_refers_defects_at_seven_instead_of_nineteen_percent_a_year(tmp_path: Path) -> None:
    """Garnefeld et al. 2013: 19 % against 7 %; hazards of 1.741 % and .603 % a month are .000572 a day
    and .34635 of it.

    6,000 customers a design, s.e. .0051 and .0033, |z| < 3. Without the factor the second would be 19
    %: z = 36.
    """
    file = write(tmp_path, STAYS)
    for design, rate in (("nobody_refers", 0.000572), ("everybody_refers", 0.000572 * 0.34635)):
        left = of_kind(play(file, design, "fast"), Kind.CHURNED)["actor"]
        share = np.count_nonzero(left < 6000) / 6000
        exact = 1 - math.exp(-rate * 365)
        assert abs(exact - {"nobody_refers": 0.19, "everybody_refers": 0.07}[design]) < 0.002
        assert abs(share - exact) / math.sqrt(exact * (1 - exact) / 6000) < 3


REFERRED = """
referralsim: 1
name: referred
horizon: 600 d
seed: 23
population: {size: 5000, graph: fresh_contacts, strength: {kind: equal, value: 0.5}}
acquisition: {initial: {customers: 5000}}
product:
  use: {rate: 0 per day}
  churn: {rate: 0.002 per day}
  referred: {churn_factor: 0.82}
programmes:
  friends:
    asks: [{trigger: activation, delay: 0.3 d}]
    ask_maximum: 1
    share: 100 %
    contact: {invites: 1, channel: sure}
    qualify: {event: activation}
channels: {sure: {signed_up: {probability: 100 %}}}
timeline:
  - {day: 0.5 d, set: {programmes: {friends: {enabled: false}}}}
"""


def test_the_lower_hazard_of_the_referred_holds_only_while_their_referrer_stays(tmp_path: Path) -> None:
    """Hazard of friends per day of life: .82 of .002 while the parent stays, .002 after; Poisson rates,
    |z| < 3.

    About 3,300 departures over 1,900,000 days with the parent, s.e. 1.7 %; a factor of 1 would give z =
    12, and one that
    goes on after the parent has left z = -8.
    """
    log = play(write(tmp_path, REFERRED), engine="fast")
    joined = {int(e["actor"]): (float(e["time"]), int(e["target"])) for e in of_kind(log, Kind.ACTIVATED)}
    left = {int(e["actor"]): float(e["time"]) for e in of_kind(log, Kind.CHURNED)}
    days, departures = np.zeros(2), np.zeros(2)
    for person, (day, parent) in joined.items():
        if parent < 0:
            continue
        end, alone = left.get(person, 600.0), left.get(parent, 600.0)
        days += max(0.0, min(end, alone) - day), max(0.0, end - max(alone, day))
        if person in left:
            departures[int(end > alone)] += 1
    for happened, lived, rate in zip(departures, days, (0.002 * 0.82, 0.002), strict=True):
        expected = lived * rate
        assert expected > 500
        assert abs(happened - expected) / math.sqrt(expected) < 3
