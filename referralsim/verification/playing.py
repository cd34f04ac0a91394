"""How worlds are played: the way of ``referralsim run``, from the scenario file to the record."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from referralsim.engine.contract import EngineInputs
from referralsim.eventlog.record import RunRecord
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.result import RunKey
from referralsim.scenario.load import load_study
from referralsim.verification.check import Play, World


def ordinary(world: World, engine: str, n_runs: int, seed: int) -> Iterator[RunRecord]:
    """Play a world and give its records.

    Parameters
    ----------
    world : World
    engine : {"fast", "reference"}
    n_runs : int, >= 1
    seed : int, >= 0
        In place of the scenario's own.
    """
    ready = plan_of(world, engine, seed)
    design = next(iter(ready.study.designs))
    for replication in range(n_runs):
        yield ready.record(RunKey(design, replication))


def plan_of(world: World, engine: str, seed: int) -> Plan:
    """Load a world and get ready to play its design; no cache of graphs takes part."""
    if world.pattern is None:
        return _planned(world, engine, seed, None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{world.pattern.copies}_x_{world.pattern.name}.txt"
        file.write_text(world.pattern.edge_list(), encoding="utf-8")
        return _planned(world, engine, seed, file)


def _planned(world: World, engine: str, seed: int, graph_file: Path | None) -> Plan:
    study = load_study(world.path, overrides=world.sets, graph_file=graph_file, seed=seed)
    return plan(study, engine, graph_file, use_cache=False, level=world.level).only(world.design)


def tampered(change: Callable[[EngineInputs], EngineInputs]) -> Play:
    """Return a play function that changes the rules an engine is given: a way to plant a fault.

    Parameters
    ----------
    change : callable
        From the compiled rules of a design to other ones.
    """

    def play(world: World, engine: str, n_runs: int, seed: int) -> Iterator[RunRecord]:
        ready = plan_of(world, engine, seed)
        design = next(iter(ready.study.designs))
        ready.__dict__["inputs"] = {name: change(inputs) for name, inputs in ready.inputs.items()}
        for replication in range(n_runs):
            yield ready.record(RunKey(design, replication))

    return play
