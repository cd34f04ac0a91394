"""Where numbers come from: software, seed, command; a dict that goes into every output."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_NAMED = ("numpy", "numba", "simpy", "pandas", "scipy", "rustworkx")


def software_version() -> str:
    """Return the version of referralsim that is running."""
    try:
        return version("referralsim")
    except PackageNotFoundError:
        return "not installed"


def provenance(
    command: str, seed: int, engine: str, level: str, study_digest: str, graph_digest: str
) -> dict[str, Any]:
    """Return what somebody needs in order to get the same bytes again.

    Nothing here names a machine, a person or a moment, so that equal runs have equal outputs.
    """
    return {
        "software": {"referralsim": software_version(), "python": platform.python_version()}
        | {name: version(name) for name in _NAMED},
        "command": command,
        "seed": seed,
        "engine": engine,
        "level": level,
        "study_digest": study_digest,
        "graph_digest": graph_digest,
    }
