"""referralsim: try out referral programmes before you spend a cent on one.

A whole comparison::

    study = referralsim.load_study("scenarios/loops.yaml")
    experiment = referralsim.run_experiment(referralsim.plan(study))
    experiment.estimates                                 # a tidy pandas frame
    referralsim.build_report(experiment, Path("out/loops"))

One run, on a graph of your own::

    ready = referralsim.plan(study, graph=referralsim.from_networkx(friends))
    record = ready.record(referralsim.RunKey("organic", 0))
    referralsim.log_frame(record)                        # every event, a row each
    referralsim.measure_run(record).scalars["k_offspring"]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from referralsim.errors import ReferralsimError, ScenarioError
    from referralsim.eventlog.record import RunRecord
    from referralsim.eventlog.store import log_frame, read_log, write_log
    from referralsim.experiment.plan import Plan, plan
    from referralsim.experiment.result import Experiment, RunKey
    from referralsim.experiment.run import run_experiment
    from referralsim.experiment.store import load_experiment, save_experiment
    from referralsim.metrics.measure import measure_run
    from referralsim.population.adapters import from_igraph, from_networkx, to_networkx
    from referralsim.report.build import build_report
    from referralsim.scenario.load import load_study

_WHERE = {
    "ReferralsimError": "errors",
    "ScenarioError": "errors",
    "RunRecord": "eventlog.record",
    "Experiment": "experiment.result",
    "RunKey": "experiment.result",
    "run_experiment": "experiment.run",
    "Plan": "experiment.plan",
    "plan": "experiment.plan",
    "from_igraph": "population.adapters",
    "from_networkx": "population.adapters",
    "to_networkx": "population.adapters",
    "log_frame": "eventlog.store",
    "read_log": "eventlog.store",
    "write_log": "eventlog.store",
    "load_experiment": "experiment.store",
    "save_experiment": "experiment.store",
    "measure_run": "metrics.measure",
    "build_report": "report.build",
    "load_study": "scenario.load",
}

__all__ = [
    "Experiment",
    "Plan",
    "ReferralsimError",
    "RunKey",
    "RunRecord",
    "ScenarioError",
    "build_report",
    "from_igraph",
    "from_networkx",
    "load_experiment",
    "load_study",
    "log_frame",
    "measure_run",
    "plan",
    "read_log",
    "run_experiment",
    "save_experiment",
    "to_networkx",
    "write_log",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``referralsim --help`` stays quick."""
    if name not in _WHERE:
        raise AttributeError(f"module 'referralsim' has no attribute {name!r}")
    return getattr(importlib.import_module(f"referralsim.{_WHERE[name]}"), name)
