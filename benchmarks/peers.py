"""The peers, each in a process of its own, in an interpreter where its old dependencies disturb nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from benchmarks.row import ROOT
from referralsim.population.graph import SocialGraph


class PeerMissingError(Exception):
    """The peer is not installed in the interpreter it should run in."""


class PeerFailedError(Exception):
    """The peer's process ended before it answered."""


class Peer:
    """A running peer with a graph; a context manager.

    Parameters
    ----------
    name : {"eon", "ndlib", "cynetdiff", "simpy", "simpy_thinned"}
    python : str
        Path of the interpreter; SimPy always runs in this one.
    graph_file : Path
        See :func:`save_graph`.
    probability : float
        Chance that a tie passes the cascade on.

    Raises
    ------
    PeerMissingError, PeerFailedError
    """

    def __init__(self, name: str, python: str, graph_file: Path, probability: float) -> None:
        interpreter = sys.executable if name.startswith("simpy") else python
        try:
            self._process = subprocess.Popen(
                [interpreter, "-m", "benchmarks.peer_server", name, str(graph_file), str(probability)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise PeerMissingError(str(error)) from None
        hello = self._answer()
        if "missing" in hello:
            self.close()
            raise PeerMissingError(hello["missing"])
        self.version: str = hello["version"]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PeerFailedError(f"the peer ended with exit code {self._process.wait()}")
        return dict(json.loads(line))

    def run(self, initial: list[int], seed: int) -> tuple[float, float]:
        """Play one cascade from ``initial``; return its processor seconds and how many it reached."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"initial": initial, "seed": seed}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        return float(answer["seconds"]), float(answer["reached"])

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __enter__(self) -> Peer:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def save_graph(graph: SocialGraph, folder: Path) -> Path:
    """Write the compressed rows of a graph for the peers and return the file."""
    file = folder / "graph.npz"
    np.savez(file, offsets=graph.offsets, neighbours=graph.neighbours, strength=graph.strength)
    return file
