"""What a run depends on, as one digest: equal digests, equal runs.

In it are the design, its graph, its place among the numbered names of the study, seed, replication, the
level of its record and the version of the model (the sources that make numbers, and the libraries they
compute with). Not in it: the engine, of which two give the same bits; the number of workers; any name,
text or threshold. The world without programmes that a run is held against follows from the run's own
design, so it needs no entry: another design of the study may change without touching this one's runs.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey
from referralsim.provenance import software_version
from referralsim.scenario.digest import scenario_digest

_LIBRARIES = ("numba", "numpy", "pandas", "scipy", "simpy")
_MODEL = ("behaviour", "engine", "eventlog", "measures", "metrics", "population")
_MODEL_FILES = (
    "compiled", "distributions", "experiment/counterfactual", "experiment/packing", "experiment/result",
    "experiment/engines", "experiment/plan", "laws", "randomness", "scenario/timeline",
)  # fmt: skip


@cache
def model_version() -> str:
    """Return a digest of all code that a run's numbers come from."""
    digest = hashlib.sha256(software_version().encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\0".encode())
    package = Path(__file__).parent.parent
    files = [package / f"{name}.py" for name in _MODEL_FILES]
    for folder in _MODEL:
        files += sorted((package / folder).glob("*.py"))
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


class RowKeys:
    """The digests of all runs of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._common = [
            model_version(),
            plan.graph.digest(),
            list(plan.layout),
            plan.seed,
            plan.level,
        ]
        self._plan = plan
        self._designs: dict[tuple[str, int], str] = {}

    def __getitem__(self, key: RunKey) -> bytes:
        """Return the digest of one run, 32 bytes."""
        parts = [*self._common, self._design(key), key.replication]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode("ascii")).digest()

    def _design(self, key: RunKey) -> str:
        """Return the digest of a design, with the numbers that its run draws."""
        place = (key.design, key.draw if self._plan.draws else 0)
        if place not in self._designs:
            scenario = self._plan.drawn(key).study.designs[key.design]
            # however many replications are asked for, the first of them are the same
            self._designs[place] = scenario_digest(scenario.model_copy(update={"replications": 1}))
        return self._designs[place]
