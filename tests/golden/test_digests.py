"""The logs of the shipped scenarios are those of last time, to the last bit."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from worlds import shipped

SPEC = importlib.util.spec_from_file_location("renew", Path(__file__).with_name("renew.py"))
renew = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(renew)
KEPT = json.loads(renew.FILE.read_text(encoding="utf-8"))


def test_every_scenario_has_its_digests():
    assert sorted(KEPT) == [path.stem for path in shipped()]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_logs_are_those_of_last_time(path):
    now, kept = renew.digests(path), KEPT[path.stem]
    changed = sorted(name for name in now.keys() | kept.keys() if now.get(name) != kept.get(name))
    assert not changed, (
        f"{path.stem}: other logs for {', '.join(changed)}. If the change is meant, run `{renew.COMMAND}`, "
        "say in CHANGELOG.md what moved and why, and keep the new digests"
    )
