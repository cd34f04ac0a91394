"""Every worked case and every claim runs: the same log on both engines, possible by the rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from referralsim.engine.replay import replay
from referralsim.experiment.result import RunKey
from referralsim.metrics.measure import measure_run
from referralsim.scenario.load import load_study
from tests.worlds import SCENARIOS, plan_of

CASES = sorted([*(SCENARIOS / "gallery").glob("*.yaml"), *(SCENARIOS / "claims").glob("*.yaml")])
N_PEOPLE = 300


def test_there_are_cases() -> None:
    assert len(list((SCENARIOS / "gallery").glob("*.yaml"))) >= 14
    assert len(list((SCENARIOS / "claims").glob("*.yaml"))) >= 12


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_runs_alike_on_both_engines(path: Path) -> None:
    """The last design, which has most in it, in a small world."""
    design = list(load_study(path).designs)[-1]
    size = None if "fresh_contacts" in path.read_text() else N_PEOPLE
    initial = min(load_study(path).base.acquisition.initial.customers, N_PEOPLE // 6)
    sets: tuple[str, ...] = () if size is None else (f"acquisition.initial.customers={initial}",)
    if "{communities:" in path.read_text():
        sets += ("population.graph.communities=4",)  # so few people do not fit into forty of them
    ready = {name: plan_of(path, name, sets, size) for name in ("reference", "fast")}
    records = {name: plan.record(RunKey(design, 0)) for name, plan in ready.items()}
    assert np.array_equal(records["reference"].log, records["fast"].log)
    assert len(records["fast"].log) > 0
    inputs, seed = ready["fast"].world(RunKey(design, 0))
    replay(records["fast"].log, inputs, seed)
    assert measure_run(records["fast"]).scalars["customers"].value > 0


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_asks_a_question_and_names_what_it_is_held_against(path: Path) -> None:
    base = load_study(path).base
    assert base.question.endswith("?")
    assert base.description
    if path.parent.name == "claims":
        assert base.findings
