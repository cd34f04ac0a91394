"""Experiments made up for tests of the report: plausible, small, quick, and the same every time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from referralsim.experiment.compare import compare, estimate
from referralsim.experiment.result import Experiment

HORIZON_DAYS = 360.0
WINDOW_DAYS = 90.0
POPULATION = 4_000
STEPS = (
    ("asks", 1.0),
    ("shares", 0.22),
    ("invites", 3.1),
    ("delivered", 0.9),
    ("opens", 0.55),
    ("clicks", 0.4),
)
LATER_STEPS = (("sign_ups", 0.3), ("activations", 0.7), ("qualified", 0.6), ("rewarded", 1.0))
K_OF_DESIGN = {"no programme": 0.14, "referrer only": 0.36, "both sides": 0.43}
REWARD_CENTS = {"no programme": (0, 0), "referrer only": (2000, 0), "both sides": (1000, 1000)}


def _customers(k: float, random: np.random.Generator) -> pd.DataFrame:
    """Play a small branching process: one row a customer."""
    arrivals = np.append(np.zeros(60), np.sort(random.uniform(0, HORIZON_DAYS, 300)))
    rows = [
        (person, -1, float(day), 0, "initial" if person < 60 else "organic_arrival", "")
        for person, day in enumerate(arrivals)
    ]
    at = 0
    while at < len(rows):
        person, _, joined, generation, _, _ = rows[at]
        at += 1
        wearing = 1 - len(rows) / POPULATION
        for _ in range(random.poisson(max(0.0, k * wearing))):
            day = joined + random.gamma(2.0, 14.0)
            if day < HORIZON_DAYS:
                organic = random.uniform() < 0.14 / k
                loop = "collaboration" if organic else "programme"
                channel = "link" if organic else str(random.choice(["e-mail", "messenger"]))
                rows.append((len(rows), person, day, generation + 1, loop, channel))
    return pd.DataFrame(rows, columns=["person", "parent", "joined_days", "generation", "loop", "channel"])


def _k(customers: pd.DataFrame, young: pd.DataFrame) -> float:
    """Mean offspring within the window of those who were observed for it."""
    joined, parent = customers["joined_days"].to_numpy(), customers["parent"].to_numpy()
    observed = np.zeros(len(customers) + 1, dtype=bool)
    observed[young["person"]] = young["joined_days"] < HORIZON_DAYS - WINDOW_DAYS
    brought = observed[parent] & (joined - joined[parent] <= WINDOW_DAYS)
    return float(brought.sum() / observed.sum()) if observed.any() else math.nan


def _tables(customers: pd.DataFrame, rewards: tuple[int, int]) -> dict[str, pd.DataFrame]:
    sizes = np.bincount(customers["generation"])
    generation = pd.DataFrame(
        {"generation": range(len(sizes)), "customers": sizes, "k": np.append(sizes[1:], 0) / sizes}
    )
    edges = np.arange(0.0, HORIZON_DAYS, 30.0)
    cohorts = [
        customers[(customers["joined_days"] >= e) & (customers["joined_days"] < e + 30)] for e in edges
    ]
    cohort = pd.DataFrame(
        {
            "cohort_start_days": edges,
            "customers": [len(c) for c in cohorts],
            "k_offspring": [_k(customers, c) for c in cohorts],
        }
    )
    reached = [float((customers["joined_days"] < e + 30).sum()) / POPULATION for e in edges]
    k, brought = _k(customers, customers), customers[customers["generation"] > 0]
    k_t = pd.DataFrame(
        {
            "day": edges + 15,
            "penetration": reached,
            "k": [math.nan, *(k * (1.1 - share) for share in reached[1:])],
        }
    )
    by = [
        (split, part, k * float((brought[split] == part).mean()) if len(brought) else 0.0)
        for split, parts in (
            ("loop", ("collaboration", "word_of_mouth", "programme")),
            ("channel", ("link", "e-mail", "messenger")),
        )
        for part in parts
    ]
    days = np.linspace(0.0, HORIZON_DAYS, 61)
    adoption = [
        (float(day), str(loop), int(count))
        for loop, group in customers.groupby("loop")
        for day, count in zip(
            days, np.searchsorted(np.sort(group["joined_days"]), days, side="right"), strict=True
        )
    ]
    paid = [("referrer", rewards[0]), ("referee", rewards[1])]
    programme = int((customers["loop"] == "programme").sum())
    money = [
        (side, state, round(cents * programme * share))
        for side, cents in paid
        for state, share in (
            ("earned", 0.6),
            ("paid", 0.5),
            ("reversed", 0.03),
            ("capped", 0.02),
            ("held", 0.07),
            ("cost", 0.4),
        )
    ]
    return {
        "generation": generation,
        "cohort": cohort,
        "k_t": k_t,
        "k_by": pd.DataFrame(by, columns=["split", "part", "k"]),
        "funnel": _funnel(customers),
        "adoption": pd.DataFrame(adoption, columns=["day", "loop", "customers"]),
        "money": pd.DataFrame(money, columns=["side", "state", "amount"]),
    }


def _funnel(customers: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for loop in ("collaboration", "programme"):
        brought = customers[customers["loop"] == loop]
        for channel in sorted(set(brought["channel"])):
            n = int((brought["channel"] == channel).sum())
            count = n / 0.7 / 0.3 / 0.4 / 0.55 / 0.9 / 3.1 / 0.22
            for step, share in (*STEPS, *LATER_STEPS):
                count *= share
                if loop == "programme" or step not in ("asks", "shares", "qualified", "rewarded"):
                    rows.append((loop, "" if step in ("asks", "shares") else channel, step, round(count)))
    order = [step for step, _ in (*STEPS, *LATER_STEPS)]
    frame = pd.DataFrame(rows, columns=["loop", "channel", "step", "count"])
    return frame.sort_values("step", key=lambda column: column.map(order.index), kind="stable")


def _scalars(customers: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    money = tables["money"].set_index(["side", "state"])["amount"]
    cost = float(money["referrer"]["cost"] + money["referee"]["cost"])
    programme = int((customers["loop"] == "programme").sum())
    return {
        "k_offspring": _k(customers, customers),
        "customers": float(len(customers)),
        "referred_share": float((customers["generation"] > 0).mean()),
        "cycle_time_median_days": 23.0 + 0.01 * len(customers),
        "reward_paid": float(money["referrer"]["paid"] + money["referee"]["paid"]),
        "reward_cost": cost,
        "cost_per_referred_customer": cost / programme if programme else math.nan,
        "ltv": 4_310.0 + len(customers) / 7,
    }


def _largest_tree(customers: pd.DataFrame) -> pd.DataFrame:
    root = customers["person"].to_numpy().copy()
    for row, parent in enumerate(customers["parent"]):
        root[row] = root[parent] if parent >= 0 else row
    largest = np.bincount(root).argmax()
    return customers[root == largest].sort_values("generation", kind="stable").reset_index(drop=True)


def scenario_of(design: str) -> dict[str, Any]:
    """Return a resolved scenario as it would be dumped, cut down to a few parts."""
    referrer, referee = REWARD_CENTS.get(design, (1000, 1000))
    programme = {
        "enabled": bool(referrer),
        "share": 0.1,
        "asks": [{"trigger": "happy_moment", "probability": 1.0, "delay": "1 d"}],
        "rewards": {
            "referrer": {"value": referrer / 100, "cap": 32} if referrer else None,
            "referee": {"value": referee / 100, "cap": None} if referee else None,
        },
    }
    return {
        "referralsim": 1,
        "name": "worked example",
        "question": "?",
        "horizon": "360 d",
        "window": "90 d",
        "currency": "USD",
        "population": {"size": POPULATION, "graph": {"kind": "small_world", "mean_degree": 12.0}},
        "product": {"brand": 0.6, "use": {"rate": "0.2 per day"}, "purchases": {"basket": {"fixed": 43.0}}},
        "programmes": {"friends": programme},
        "channels": {
            "e-mail": {
                "opened": {"probability": 0.55, "delay": {"lognormal": {"mean": "1.5 d", "sd": "5.5 d"}}}
            }
        },
    }


def make_experiment(
    designs: tuple[str, ...] = ("no programme", "referrer only", "both sides"),
    replications: int = 6,
    k: dict[str, float] | None = None,
    **changes: Any,
) -> Experiment:
    """Make up an experiment.

    Parameters
    ----------
    designs : tuple of str
        Names; those of :data:`K_OF_DESIGN` have their K, others 0.4, unless ``k`` says otherwise.
    changes
        Fields of :class:`Experiment` to set at the end.
    """
    level = {name: K_OF_DESIGN.get(name, 0.4) for name in designs} | (k or {})
    runs, stacked, trees = [], {}, {}
    for replication in range(replications):
        for design in designs:
            customers = _customers(level[design], np.random.default_rng(1000 + replication))
            tables = _tables(customers, REWARD_CENTS.get(design, (1000, 1000)))
            for name, table in tables.items():
                stacked.setdefault(name, []).append(table.assign(design=design, replication=replication))
            runs += [(design, replication, m, v, 1) for m, v in _scalars(customers, tables).items()]
            if replication == 0:
                trees[design] = _largest_tree(customers)
    frame = pd.DataFrame(runs, columns=["design", "replication", "measure", "value", "n"])
    fields: dict[str, Any] = {
        "name": "worked example",
        "question": "Should we pay the customer who refers, or both sides?",
        "description": "A subscription sold to friends, with 20 dollars to give away a qualified friend.",
        "currency": "USD",
        "minor_per_major": 100,
        "horizon_days": HORIZON_DAYS,
        "seed": 7,
        "replications": replications,
        "engine": "reference",
        "command": "referralsim compare scenarios/example.yaml --seed 7 --replications 6",
        "designs": {name: scenario_of(name) for name in designs},
        "sources": {
            "product.brand": "Own survey of 400 customers",
            "channels.e-mail": "Vendor benchmark, not independent",
        },
        "digests": {name: tuple(f"{i:064x}" for i in range(replications)) for name in designs},
        "runs": frame,
        "estimates": estimate(frame),
        "comparisons": compare(frame),
        "tables": {name: pd.concat(parts, ignore_index=True) for name, parts in stacked.items()},
        "trees": trees,
        "population": {"people": POPULATION, "ties": 24_000, "mean_degree": 12.0, "dropped_self_loops": 0},
        "provenance": {"software": {"referralsim": "0.1.0", "numpy": "2.4.0"}, "scenario_digest": "ab" * 32},
    }
    return Experiment(**(fields | changes))
