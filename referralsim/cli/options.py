"""Options that several commands share, and what they mean for a study."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import rich_click as click

from referralsim.errors import UsageError

if TYPE_CHECKING:
    from referralsim.eventlog.record import Level
    from referralsim.experiment.plan import Plan
    from referralsim.scenario.resolve import Study

F = TypeVar("F", bound=Callable[..., Any])

_MOST = 1000  # replications that --precision may add up to, if --most does not say

scenario_argument = click.argument("scenario", type=click.Path(path_type=Path), metavar="SCENARIO")


class RunOptions(NamedTuple):
    """What the user asked for, as given."""

    scenario: Path
    graph: Path | None
    size: int | None
    horizon: str | None
    replications: int | None
    seed: int | None
    engine: str
    level: str
    overrides: tuple[str, ...]
    no_cache: bool

    def command(self, *verb: str) -> str:
        """Return the command that gives the same result again (what changes no result is left out)."""
        words = ["referralsim", *verb, str(self.scenario)]
        for name in ("graph", "size", "horizon", "replications", "seed"):
            value = getattr(self, name)
            if value is not None:
                words += [f"--{name}", str(value)]
        if self.engine != "fast":
            words += ["--engine", self.engine]
        if self.level != "full":
            words += ["--level", self.level]
        for override in self.overrides:
            words += ["--set", override]
        return shlex.join(words)

    def weighed(self, smallest: str | None) -> RunOptions:
        """Return the options with ``MEASURE=DIFFERENCE`` as the scenario's decision."""
        if smallest is None:
            return self
        measure, sign, difference = (part.strip() for part in smallest.partition("="))
        if not (measure and sign and difference):
            hint = "for example 'incremental_profit=500'"
            raise UsageError("--smallest", f"{smallest!r} is not MEASURE=DIFFERENCE", hint)
        more = (f"decision.measure={measure}", f"decision.smallest={difference}")
        return self._replace(overrides=(*self.overrides, *more))

    def load(self, more: Sequence[str] = ()) -> Study:
        """Load the scenario, with more ``path=value`` texts on top of those that were given."""
        from referralsim.scenario.load import load_study

        return load_study(
            self.scenario,
            overrides=(*self.overrides, *more),
            graph_file=self.graph,
            size=self.size,
            horizon=self.horizon,
            replications=self.replications,
            seed=self.seed,
        )

    def plan(self, draws: bool = False) -> Plan:
        """Load the scenario, build the graph, and get ready to run; perhaps with uncertain numbers drawn."""
        from referralsim.experiment.engines import refuse_level
        from referralsim.experiment.plan import plan

        refuse_level(self.engine, self.level)
        level = cast("Level", self.level)
        return plan(
            self.load(), self.engine, self.graph, use_cache=not self.no_cache, level=level, draws=draws
        )


def run_options(function: F) -> F:
    """Add the options that change what is run."""
    for option in reversed(
        (
            scenario_argument,
            click.option("--graph", type=click.Path(path_type=Path), help="Use this edge list as the graph."),
            click.option("--size", type=click.IntRange(min=1), help="People in a generated graph."),
            click.option("--horizon", help="How long to simulate, for example '90 d'."),
            click.option("--replications", type=click.IntRange(min=1), help="Runs of each design."),
            click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance."),
            click.option(
                "--engine",
                type=click.Choice(["fast", "reference"]),
                default="fast",
                show_default=True,
                help="Both give the same log, bit for bit.",
            ),
            click.option(
                "--level",
                type=click.Choice(["full", "joins", "summary"]),
                default="full",
                show_default=True,
                help="What is kept of a run while it is measured: every event; who joined, when and by whom, "
                "with counts and sums of the rest; or no events at all, in memory that does not grow with "
                "them. Numbers are the same; a few, such as `payback_day`, need full.",
            ),
            click.option(
                "--set",
                "overrides",
                multiple=True,
                metavar="PATH=VALUE",
                help="Change any value; repeatable.",
            ),
            click.option("--no-cache", is_flag=True, help="Build the graph anew, and do not keep it."),
        )
    ):
        function = option(function)
    return function


def precision_options(function: F) -> F:
    """Add the options that let the answer say how many replications it needs."""
    for option in (
        click.option(
            "--most",
            type=click.IntRange(min=2, max=100_000),
            help="With --precision: replications at most.  [default: 1000]",
        ),
        click.option(
            "--precision",
            metavar="MEASURE=WIDTH",
            help="Instead of --replications: add runs until the measure's difference between every two "
            "designs is clear, or known to within WIDTH (a number, or a percentage of its value). Intervals "
            "are then wider, and right however often one looks.",
        ),
    ):
        function = option(function)
    return function


def asked_precision(options: RunOptions, precision: str | None, most: int | None) -> tuple[str | None, int]:
    """Return what --precision and --most ask for.

    Raises
    ------
    UsageError
        If they contradict each other or --replications: one of them would be passed over in silence.
    """
    from referralsim.errors import UsageError

    if precision is None and most is not None:
        raise UsageError(
            "--most", "says nothing without --precision", "use --replications for a fixed number"
        )
    if precision is not None and options.replications is not None:
        what = "a number of replications cannot be given with --precision, which finds it"
        raise UsageError("--replications", what, "use --most for the largest number")
    return precision, _MOST if most is None else most


def fresh_option(function: F) -> F:
    """Add the option that forgets earlier work."""
    text = "Play every run anew; else runs that the folder holds already are not played again."
    return click.option("--fresh", is_flag=True, help=text)(function)


def output_options(function: F) -> F:
    """Add the options that change where results go and how they are shown."""
    for option in reversed(
        (
            click.option(
                "--workers",
                type=click.IntRange(min=1),
                help="Worker processes  [default: all cores; for short work one]",
            ),
            click.option(
                "--out",
                type=click.Path(path_type=Path, file_okay=False),
                help="Folder for results  [default: out/NAME, for one design out/NAME-DESIGN]",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
            click.option("--quiet", is_flag=True, help="No progress, no summary."),
        )
    ):
        function = option(function)
    return function
