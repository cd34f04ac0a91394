"""referralsim: try out referral programmes before you spend a cent on one.

>>> import referralsim
>>> study = referralsim.load_study("scenarios/loops.yaml")          # doctest: +SKIP
>>> experiment = referralsim.run_experiment(referralsim.plan(study))  # doctest: +SKIP
>>> referralsim.build_report(experiment, Path("out/loops"))         # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from referralsim.errors import ReferralsimError, ScenarioError
    from referralsim.eventlog.record import RunRecord
    from referralsim.experiment.result import Experiment, RunKey
    from referralsim.experiment.run import run_experiment
    from referralsim.experiment.runner import plan
    from referralsim.experiment.store import load_experiment, save_experiment
    from referralsim.metrics.measure import measure_run
    from referralsim.report.build import build_report
    from referralsim.scenario.load import load_study

_WHERE = {
    "ReferralsimError": "errors",
    "ScenarioError": "errors",
    "RunRecord": "eventlog.record",
    "Experiment": "experiment.result",
    "RunKey": "experiment.result",
    "run_experiment": "experiment.run",
    "plan": "experiment.runner",
    "load_experiment": "experiment.store",
    "save_experiment": "experiment.store",
    "measure_run": "metrics.measure",
    "build_report": "report.build",
    "load_study": "scenario.load",
}

__all__ = [
    "Experiment",
    "ReferralsimError",
    "RunKey",
    "RunRecord",
    "ScenarioError",
    "build_report",
    "load_experiment",
    "load_study",
    "measure_run",
    "plan",
    "run_experiment",
    "save_experiment",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``referralsim --help`` stays quick."""
    if name not in _WHERE:
        raise AttributeError(f"module 'referralsim' has no attribute {name!r}")
    return getattr(importlib.import_module(f"referralsim.{_WHERE[name]}"), name)
