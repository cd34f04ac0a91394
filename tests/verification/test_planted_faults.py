"""Planted faults: each has its place and its check, and those that are quick to plant are seen."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from referralsim.verification.faults import FAULTS
from referralsim.verification.planting import FaultLostError, Planted, faults_of, faulty, is_compiled, plant
from referralsim.verification.suite import Suite, all_checks
from referralsim.verification.telling import fault_rows, sentence

BY_NAME = {fault.id: fault for fault in FAULTS}


def _source(fault):
    return Path(importlib.util.find_spec(fault.module).origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_every_fault_has_one_place_and_a_check_on_its_engine(fault):
    source = _source(fault)
    changed = faulty(source, fault)
    assert changed != source
    compile(changed, fault.module, "exec")
    check = next(check for check in all_checks() if check.id == fault.check)
    assert fault.engine in check.engines


def test_there_are_faults_of_every_part_and_no_name_twice():
    assert len(BY_NAME) == len(FAULTS) >= 25
    parts = {fault.id.partition(".")[0] for fault in FAULTS}
    assert parts == {"reference", "compiled", "tables", "law", "measure"}


def test_a_place_that_is_gone_is_said():
    fault = BY_NAME["reference.cap"]._replace(old="no such text")
    with pytest.raises(FaultLostError, match="0 times"):
        faulty(_source(fault), fault)


@pytest.mark.parametrize(
    "name", ["reference.hold", "compiled.cap", "tables.hold", "law.every", "measure.virality"]
)
def test_one_fault_of_each_part_is_seen_by_its_check(name):
    """The others are planted by ``referralsim verify --faults``; each takes some seconds."""
    planted = plant(BY_NAME[name])
    assert planted.sound, planted.by
    assert planted.is_caught, planted.by


def test_a_change_that_is_no_fault_is_not_seen():
    """Else every fault would be seen, whatever it is."""
    fault = BY_NAME["reference.cap"]
    harmless = fault._replace(new=fault.old + "  # the same")
    assert not is_compiled(harmless)
    from referralsim.verification import planting

    assert planting._made(harmless, planted=False) == (False, "the check holds")


def test_what_is_not_seen_is_counted_and_told():
    fault = BY_NAME["reference.cap"]
    planted = (Planted(fault, True, "off", True), Planted(fault, False, "the check holds", True))
    suite = Suite([], True, 1, ("fast",), planted)
    assert suite.unnoticed == [planted[1]]
    assert "1 of 2 planted faults are seen" in sentence(suite)
    assert [row[4] for row in fault_rows(suite)] == ["yes", "NO"]


def test_faults_are_chosen_by_their_checks():
    assert {fault.check for fault in faults_of(("clause.cap",))} == {"clause.cap", "clause.cap_of_value"}
