"""Runs one peer in its own interpreter: builds its graph once, then one cascade a line of standard input.

Speaks one JSON object a line. Says ``{"version": ...}`` when the peer's graph stands, or ``{"missing":
...}``; for each ``{"initial": [...], "seed": ...}`` it answers ``{"seconds": ..., "reached": ...}``.
Only the cascade itself is timed: building the graph, setting the peer's state back and collecting
garbage are not, and the collector leaves the graph alone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time

import numpy as np


def main(name: str, graph_file: str, probability: float) -> None:
    """Serve one peer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    sys.stdout = sys.stderr  # whatever a peer prints is no answer
    peer = importlib.import_module(f"benchmarks.peer_{name}")
    try:
        version = peer.version()
    except ImportError as error:
        answers.write(json.dumps({"missing": str(error)}) + "\n")
        return
    with np.load(graph_file) as arrays:
        cascade = peer.Cascade(arrays["offsets"], arrays["neighbours"], probability)
    gc.collect()
    gc.freeze()
    answers.write(json.dumps({"version": version}) + "\n")
    for line in sys.stdin:
        task = json.loads(line)
        cascade.prepare(task["initial"], task["seed"])
        gc.collect()
        before = time.process_time()
        cascade.run()
        seconds = time.process_time() - before
        answers.write(json.dumps({"seconds": seconds, "reached": cascade.reached()}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
