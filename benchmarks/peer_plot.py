"""Draws the cost of an event against the size of the world; reads the numbers from standard input."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

COLOURS = {"cascade": "#1f5fa8", "dropbox": "#c2571a"}


def main(file: str) -> None:
    """Write the plot, the same bytes for the same numbers."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for name, points in json.load(sys.stdin).items():
        people, costs = points["people"], [1e9 * seconds for seconds in points["seconds"]]
        axes.loglog(people, costs, "o-", color=COLOURS[name], label=name)
        limit = 4 * costs[0]
        if name == "cascade":
            axes.loglog(
                people, [limit] * len(people), "--", color=COLOURS[name], label="goal: four times the first"
            )
    axes.set_xlabel("people")
    axes.set_ylabel("nanoseconds an event")
    axes.set_title("What an event costs as the world grows")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.set_ylim(bottom=10)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1])
