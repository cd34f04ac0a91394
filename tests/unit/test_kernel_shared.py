"""Compiled code that was kept by different processes: each finds its own functions when both are loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import typeof
from worlds import ROOT

from referralsim.engine.kernel_shared import Shared

MODULE = '''\
"""A function that is compiled to other code where a field of its tuple is of another type."""
from typing import Any, NamedTuple
import numpy as np
from referralsim.engine.kernel_shared import shared
from referralsim.engine.kernel_state import compiled, entry

class Box(NamedTuple):
    values: Any
    extra: Any

@compiled
def total(box, depth):
    found = box.values[0] + int(box.extra)
    for k in range(depth):
@LONG@
    return found

@entry
def answer(box, depth):
    return total(shared(box), depth) + total(shared(box), depth + 1)
'''.replace(
    "@LONG@", "\n".join(f"        found += (found % {n} == k) * (k - {n}) // {n + 1}" for n in range(3, 60))
)
"""Too long to become a part of its caller, as most functions of the kernel are."""
ASK = """\
import sys
import numpy as np
from boxes import Box, answer
for word in sys.argv[1:]:
    print(answer(Box(np.arange(3) + 7, 5 if word == "whole" else 1000.0), 5))
"""


class Box(NamedTuple):
    """Two fields of which the second may be of several types."""

    values: Any
    extra: Any


def test_pointers_to_tuples_with_other_fields_have_other_names():
    """Names of machine code are made of names of types: two types that share one share their functions."""
    tuples = [Box(np.zeros(1), None), Box(np.zeros(1), 1), Box(np.zeros(1, np.int64), None)]
    pointers = [Shared(typeof(value)) for value in tuples]
    assert len({pointer.name for pointer in pointers}) == len(pointers)
    assert Shared(typeof(tuples[0])).name == pointers[0].name


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_code_that_two_processes_kept_is_not_mistaken_in_a_third(tmp_path):
    """One process plays plain worlds, another the whole grammar, a third loads what both have compiled."""
    file = tmp_path / "boxes.py"
    file.write_text(MODULE, encoding="utf-8")
    where = os.environ | {
        "NUMBA_CACHE_DIR": str(tmp_path / "kept"),
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
    }

    def answers(*words: str) -> list[int]:
        command = [sys.executable, "-c", ASK, *words]
        done = subprocess.run(command, env=where, stdout=subprocess.PIPE, text=True, check=True)
        return [int(line) for line in done.stdout.split()]

    whole, real = answers("whole"), answers("real")
    assert whole != real
    assert len(list((tmp_path / "kept").rglob("*.nbc"))) == 2
    assert answers("whole", "real") == whole + real
    assert answers("real", "whole") == real + whole
