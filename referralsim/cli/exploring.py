"""What ``sweep``, ``sensitivity`` and ``optimise`` share: what is varied, where it goes, how it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import rich_click as click

from referralsim.cli.options import RunOptions, run_options

if TYPE_CHECKING:
    from referralsim.experiment.axes import Axis
    from referralsim.experiment.plan import Plan
    from referralsim.report.page import Page
    from referralsim.report.wording import Money
    from referralsim.scenario.resolve import Study

F = TypeVar("F", bound=Callable[..., Any])


def exploring_options(function: F) -> F:
    """Add the options of a command that varies a scenario's numbers."""
    for option in reversed(
        (
            run_options,
            click.option(
                "--vary",
                "varied",
                multiple=True,
                metavar="PATH=VALUES",
                help="What is varied, repeatable: 'x=5 %, 10 %' (these), 'x=5 %..25 %:5' (five, evenly), or "
                "'x=5 %..25 %' (anything between).",
            ),
            click.option(
                "--workers", type=click.IntRange(min=1), help="Worker processes  [default: all cores]"
            ),
            click.option(
                "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for results."
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
            click.option("--quiet", is_flag=True, help="No progress, no summary."),
        )
    ):
        function = option(function)
    return function


class Exploring(NamedTuple):
    """A scenario, ready to be varied."""

    wanted: RunOptions
    plan: Plan
    axes: tuple[Axis, ...]
    designs: tuple[str, ...]
    money: Money
    workers: int

    def load(self, texts: Sequence[str] = ()) -> Study:
        """Load the scenario with ``path=value`` texts set: what is uncertain reaches all that follows it."""
        from referralsim.scenario.draws import with_values

        laws = {axis.path for axis in self.axes if axis.law is not None}
        given = dict(text.split("=", 1) for text in texts if text.partition("=")[0] in laws)
        rest = tuple(text for text in texts if text.partition("=")[0] not in given)
        study = self.wanted.load(rest) if rest else self.plan.study
        return with_values(study, given)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.plan.study.base.name

    @property
    def money_paths(self) -> frozenset[str]:
        """What is varied and is an amount of money of the scenario's currency."""
        from referralsim.scenario.canonical import canonical
        from referralsim.scenario.checks_uncertain import design_of
        from referralsim.scenario.places import Place, place_of

        study, found = self.plan.study, []
        for axis in self.axes:
            own = design_of(axis.path)
            scenario = study.base if own is None else study.designs.get(own[0], study.base)
            place = place_of(canonical(scenario), axis.path if own is None else own[1])
            if isinstance(place, Place) and place.is_money:
                found.append(axis.path)
        return frozenset(found)


def explore(
    options: dict[str, Any],
    varied: Sequence[str],
    designs: Sequence[str],
    workers: int | None,
    uncertain: bool = False,
) -> Exploring:
    """Load a scenario and what is varied of it.

    Parameters
    ----------
    designs : sequence of str
        Those that are wanted; none means all.
    uncertain : bool
        Whether what the scenario says is uncertain is varied as well.
    """
    from referralsim.errors import UsageError
    from referralsim.experiment.axes import declared_axes, read_axes
    from referralsim.experiment.runner import default_workers
    from referralsim.report.wording import Money
    from referralsim.scenario.units import minor_per_major

    wanted = RunOptions(**options)
    plan = wanted.plan()
    base = plan.study.base
    known = list(plan.study.designs)
    for name in designs:
        if name not in known:
            raise UsageError("--design", f"there is no {name!r}", f"there are {', '.join(known)}")
    money = Money(base.currency, minor_per_major(base.currency))
    chosen = tuple(dict.fromkeys(designs)) or tuple(known)
    n_workers = default_workers() if workers is None else workers
    declared = declared_axes(plan.study) if uncertain else ()
    axes = read_axes(varied, wanted.load, declared)
    return Exploring(wanted, plan, axes, chosen, money, n_workers)


def refuse_measure(name: str) -> str:
    """Return the name of a measure, or say which is meant."""
    from referralsim.errors import UsageError
    from referralsim.measures import MEASURES
    from referralsim.scenario.quantity import nearest

    if name not in MEASURES:
        hint = nearest(name, MEASURES)
        raise UsageError("--measure", f"there is no {name!r}", f"did you mean {hint!r}?" if hint else "")
    return name


def finish(
    folder: Path,
    stem: str,
    page: Page,
    data: dict[str, Any],
    texts: dict[str, str],
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the page, the numbers and further files, and say what came out."""
    from referralsim.files import write_whole
    from referralsim.report.json_report import plain_value
    from referralsim.report.page import page_html, page_markdown

    text = json.dumps(plain_value(data), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    files = {f"{stem}.html": page_html(page), f"{stem}.md": page_markdown(page), f"{stem}.json": text} | texts
    for name, content in files.items():
        write_whole(folder / name, content)
    if as_json:
        click.echo(text, nl=False)
    elif not quiet:
        click.echo(f"{page.sentence}\n")
        click.echo(f"Page: {folder / f'{stem}.html'}")
