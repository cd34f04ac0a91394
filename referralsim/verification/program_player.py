"""Plays cascades with another program, in whatever interpreter has it: started as a file, by its path.

Reads one JSON object from standard input: ``program`` (``"eon"`` or ``"ndlib"``), ``n_people``, ``ties``
(pairs of people), ``probability``, ``mean_delay_days``, ``n_cascades`` and ``seed``. Writes one JSON object:
``{"version": ..., "reached": [...], "days": [[...], ...]}`` with the people that each cascade reached and, of
a program with a clock, the days on which they came, in order; or ``{"missing": ...}``. It imports nothing of
this package, which that interpreter may not have.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
from importlib.metadata import version as installed
from typing import Any

import numpy as np


def eon(task: dict[str, Any]) -> dict[str, Any]:
    """Play with EoN's ``fast_nonMarkov_SIR``: each tie draws on its own whether it infects, and when.

    Nobody recovers. ``fast_SIR`` is another law: there the ties of one person end together, on his
    recovery, and depend on each other.
    Source: Miller & Ting, JOSS 4(44), 2019, doi:10.21105/joss.01731.
    """
    program: Any = importlib.import_module("EoN")
    graph, random = _graph(task), np.random.default_rng(task["seed"])
    probability, mean_days = task["probability"], task["mean_delay_days"]

    def delay_days(_infected: int, _friend: int) -> float:
        return float(random.exponential(mean_days)) if random.random() < probability else math.inf

    days = []
    for start in random.integers(task["n_people"], size=task["n_cascades"]).tolist():
        found = program.fast_nonMarkov_SIR(
            graph, delay_days, lambda _person: math.inf, initial_infecteds=[start], rng=random
        )
        days.append(np.asarray(found[0]).tolist())
    return {"version": f"EoN {installed('EoN')}", "reached": [len(each) for each in days], "days": days}


def ndlib(task: dict[str, Any]) -> dict[str, Any]:
    """Play with ndlib's ``IndependentCascades``: rounds without delays.

    Source: Rossetti et al., Int. J. Data Science and Analytics 5, 2018, doi:10.1007/s41060-017-0086-6.
    """
    epidemics: Any = importlib.import_module("ndlib.models.epidemics")
    rules: Any = importlib.import_module("ndlib.models.ModelConfig").Configuration()
    graph, random = _graph(task), np.random.default_rng(task["seed"])
    for tie in graph.edges():
        rules.add_edge_configuration("threshold", tie, task["probability"])
    rules.add_model_initial_configuration("Infected", [0])
    model: Any = epidemics.IndependentCascadesModel(graph)
    model.set_initial_status(rules)
    np.random.seed(task["seed"] % 2**32)  # the generator that ndlib draws from
    reached = []
    for start in random.integers(task["n_people"], size=task["n_cascades"]).tolist():
        model.reset(infected_nodes=[start])
        while (counts := model.iteration(node_status=False)["node_count"])[1]:
            pass
        reached.append(int(counts[2]))
    return {"version": f"ndlib {installed('ndlib')}", "reached": reached, "days": []}


def _graph(task: dict[str, Any]) -> Any:
    graph: Any = importlib.import_module("networkx").Graph()
    graph.add_nodes_from(range(task["n_people"]))
    graph.add_edges_from(task["ties"])
    return graph


def main() -> None:
    """Answer one task."""
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr  # whatever a program prints is no answer
    task = json.load(sys.stdin)
    try:
        found = {"eon": eon, "ndlib": ndlib}[task["program"]](task)
    except ImportError as why:
        found = {"missing": str(why)}
    json.dump(found, answers)
    answers.close()


if __name__ == "__main__":
    main()
