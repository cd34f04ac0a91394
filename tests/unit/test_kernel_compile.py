"""Compiling parts of a function only once: the same answers, nothing left behind, and a way back."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numba import njit
from numba.core.codegen import CPUCodeLibrary
from numba.core.cpu import CPUContext
from numba.core.errors import TypingError
from numba.core.typed_passes import BaseNativeLowering

from referralsim.engine import kernel_compile
from referralsim.engine.kernel_compile import optimised_once
from referralsim.engine.kernel_state import compiled, merged

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

NUMBAS_OWN = {
    CPUCodeLibrary: ("finalize", "_optimize_functions"),
    CPUContext: ("get_executable",),
    BaseNativeLowering: ("run_pass",),
}


@merged
def _root(value):
    return np.sqrt(value) + np.floor(value)


@compiled
def _sum_of_roots(values):
    total = 0.0
    for value in values:
        total += _root(value)
    return total


def _whole(values):
    return _sum_of_roots(values) + _root(values[0]) + np.dot(values, values)


def counted(function):
    """Return a compiled function, and a list that grows whenever numba is asked to compile it."""
    made, asked = njit(function), []
    ask = made.compile

    def compile_it(signature):
        asked.append(signature)
        return ask(signature)

    made.compile = compile_it
    return optimised_once(made), asked


@pytest.fixture
def numbas_own():
    """What must stand in numba again afterwards."""
    before = {(owner, name): getattr(owner, name) for owner, names in NUMBAS_OWN.items() for name in names}
    yield
    assert {(owner, name): getattr(owner, name) for owner, name in before} == before


VALUES = np.array([2.0, 9.0, 30.25])


def test_numbas_names_are_where_they_are_looked_for(numbas_own):
    """One request: with a release of numba that moves a name there would be a second, as numba does it."""
    made, asked = counted(_whole)
    assert made(VALUES) == _whole(VALUES)
    assert len(asked) == 1


def test_only_the_whole_becomes_machine_code(numbas_own, monkeypatch):
    """The parts are linked and never emitted: that is where the time goes."""
    emitted = []
    finish = CPUCodeLibrary._finalize_final_module
    monkeypatch.setattr(
        CPUCodeLibrary, "_finalize_final_module", lambda self: (emitted.append(self.name), finish(self))
    )
    made, _ = counted(lambda values: _sum_of_roots(values) + 1.0)
    assert made(VALUES) == _sum_of_roots(VALUES) + 1.0
    assert len([name for name in emitted if "root" in name]) == 0
    assert len([name for name in emitted if "lambda" in name]) == 1


def test_where_it_fails_numba_compiles_as_ever(numbas_own, monkeypatch):
    """A wait that is longer is better than no engine."""

    def fail(library, module):
        raise AttributeError("no such name in this release")

    monkeypatch.setattr(kernel_compile, "_optimise_own_functions", fail)
    made, asked = counted(lambda values: _sum_of_roots(values) + 2.0)
    assert made(VALUES) == _sum_of_roots(VALUES) + 2.0
    assert len(asked) == 2


def test_a_function_that_is_wrong_is_told_in_numbas_words(numbas_own):
    """The first try must not hide what the second says."""
    made, _ = counted(lambda values: values.no_such_thing)
    with pytest.raises(TypingError, match="no_such_thing"):
        made(VALUES)


def test_functions_of_others_are_compiled_as_ever(numbas_own):
    """What is compiled later, by whomever, can be called by itself: also a part of an earlier whole."""
    counted(_whole)[0](VALUES)
    assert njit(lambda values: _sum_of_roots(values))(VALUES) == _sum_of_roots(VALUES)
    assert njit(lambda x: x + 1)(2) == 3
