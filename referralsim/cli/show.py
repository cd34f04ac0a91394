"""What a finished experiment looks like on the terminal, and as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from referralsim.experiment.result import Experiment
from referralsim.experiment.risk import risks
from referralsim.measures import MEASURES
from referralsim.metrics.summary import why_undefined
from referralsim.population.graph import SocialGraph
from referralsim.report.answer import answer_sentence
from referralsim.report.decision import decision
from referralsim.report.frames import window_days
from referralsim.report.json_report import plain_value
from referralsim.report.vocabulary import measure_title
from referralsim.report.wording import with_interval

SHOWN = ("k_offspring", "customers", "cost_per_referred_customer")
"""Measures of the summary; the report has them all."""


def show_summary(experiment: Experiment, report: Path) -> None:
    """Print the answer, the designs side by side, and where the report is."""
    console = Console(highlight=False)
    console.print()
    console.print(answer_sentence(experiment), markup=False)
    if (decided := decision(experiment)) is not None:
        console.print(f"{decided.title}.", markup=False)
    console.print()
    table = Table(box=None, pad_edge=False)
    table.add_column("design")
    for name in SHOWN:
        table.add_column(measure_title(name, window_days(experiment)), justify="right")
    estimates = experiment.estimates.set_index(["design", "measure"])
    for design in experiment.designs:
        cells = [
            with_interval(experiment, cast("pd.Series[float]", estimates.loc[(design, name)]), MEASURES[name])
            for name in SHOWN
        ]
        table.add_row(escape(design), *map(escape, cells))
    console.print(table)
    console.print()
    console.print(f"{_how_many(experiment)} Report: {report}", markup=False, soft_wrap=True)


def _how_many(experiment: Experiment) -> str:
    """Say how many runs stand behind the numbers, and whether that was as many as were asked for."""
    n, stopping = experiment.replications, experiment.stopping
    if n == 1:
        return "1 replication, so no intervals."
    if not stopping:
        return f"{n} replications; 95 % intervals."
    missed = "" if stopping["reached"] else f" {stopping['precision']} was not reached."
    return f"{n} replications; 95 % intervals, which hold at every look.{missed}"


def as_json_text(experiment: Experiment) -> dict[str, Any]:
    """Return the machine-readable result (``--json``); what is not defined is null.

    Keys: schema, scenario, seed, engine, level, designs (log digests and measures), comparisons,
    decision (what to choose; null where there is no choice), risk (the bad end of the runs, a design each),
    provenance; failures (design, replication, error) if some runs failed; ignorance (what is luck and what is
    not known) if uncertain numbers were drawn; stopping (precision, looks, most, reached) if replications
    were added until the answer was precise.
    A measure that the record level cannot give has a ``note`` that says so, beside its nulls.
    """
    designs: dict[str, Any] = {
        name: {"log_digest": list(digests), "measures": {}} for name, digests in experiment.digests.items()
    }
    for row in experiment.estimates.to_dict("records"):
        numbers = {part: _number(row[part]) for part in ("mean", "low", "high")}
        why = why_undefined(str(row["measure"]), experiment.level)
        note = {"note": why} if why else {}
        designs[row["design"]]["measures"][row["measure"]] = numbers | {"n": int(row["n"])} | note
    comparisons = [
        {key: _number(value) if isinstance(value, float) else value for key, value in row.items()}
        for row in experiment.comparisons.to_dict("records")
    ]
    return {
        "schema": 1,
        "scenario": experiment.name,
        "seed": experiment.seed,
        "engine": experiment.engine,
        "level": experiment.level,
        "designs": designs,
        "comparisons": comparisons,
        "decision": None if (decided := decision(experiment)) is None else plain_value(decided.choice),
        "risk": plain_value(risks(experiment)),
        "provenance": experiment.provenance,
        **({"ignorance": experiment.ignorance} if experiment.ignorance else {}),
        **({"failures": experiment.failures} if experiment.failures else {}),
        **({"stopping": experiment.stopping} if experiment.stopping else {}),
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def graph_line(graph: SocialGraph) -> str:
    """Return in a line what graph is played on, so that a misread edge list shows."""
    found = graph.summary()
    dropped = f"; dropped {found.dropped_self_loops:,} self-loops and {found.dropped_repeats:,} repeats"
    said = dropped if found.dropped_self_loops or found.dropped_repeats else ""
    return f"Graph: {found.n_people:,} people, {found.n_ties:,} ties{said}"
