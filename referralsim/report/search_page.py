"""The page of a search: every point that was tried, and the best of them or their front."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from referralsim.experiment.axes import Axis
from referralsim.measures import MEASURES
from referralsim.report.exploring import (
    SHARED_LUCK,
    axis_title,
    estimate_of,
    shown,
    title_of,
    with_currency,
    with_span,
)
from referralsim.report.exploring_figures import plot_trials
from referralsim.report.exploring_infos import Dot, DotGroup, TrialsInfo
from referralsim.report.page import Page, picture, table
from referralsim.report.wording import Money, clean, in_sentence, value_text
from referralsim.scenario.written import read_number

if TYPE_CHECKING:
    from referralsim.experiment.search import Found, Goal, Tried


def search_page(
    found: Found,
    goals: Sequence[Goal],
    money: Money,
    name: str,
    question: str,
    command: str,
    money_paths: Collection[str] = (),
) -> Page:
    """Return the page of a search.

    Parameters
    ----------
    money_paths : collection of str
        What is varied and, written as a bare number, is an amount of money.
    """
    dots = trials(found, goals, money, money_paths)
    paths = list(found.tried[0].values) if found.tried else []
    measures = list(found.tried[0].means) if found.tried else []
    rows = [
        [
            *(varied_text(path, value, money, money_paths) for path, value in tried.values.items()),
            *(_mean(tried, measure, money) for measure in measures),
        ]
        for tried in found.best
    ]
    title = "The front: nothing beats these in both" if len(goals) == 2 else "The best point"
    parts = (
        picture(plot_trials(dots), dots.title),
        table(title, [*paths, *map(title_of, measures)], rows),
    )
    sentence = _sentence(found, goals, money, money_paths)
    return Page("Search", name, question or name, sentence, _notes(found, goals), parts, command)


def _notes(found: Found, goals: Sequence[Goal]) -> tuple[str, ...]:
    given_up = [tried.n for tried in found.tried if tried.is_given_up]
    most = max((tried.n for tried in found.tried), default=0)
    points = (
        f"{len(found.tried)} points in {most} replications each; {len(given_up)} given up early as hopeless"
    )
    after = f", after {max(given_up)} replications" if given_up and max(given_up) < most else ""
    notes = [SHARED_LUCK, f"{points}{after}."]
    if found.gain is not None:
        n = found.fresh[goals[0].measure].n
        notes.append(
            f"The best point was chosen for its luck too: the sentence gives numbers from {n} fresh "
            "replications."
        )
    return tuple(notes)


def varied_text(path: str, value: str, money: Money, money_paths: Collection[str]) -> str:
    """Return a value that was tried, as written; a bare amount of money with its currency."""
    written = read_number(value)
    if path in money_paths and written is not None and not written.unit:
        return f"{money.symbol}{value}"
    return value


def _where(tried: Tried, money: Money, money_paths: Collection[str]) -> str:
    return ", ".join(
        f"{path} = {varied_text(path, value, money, money_paths)}" for path, value in tried.values.items()
    )


def _mean(tried: Tried, measure: str, money: Money) -> str:
    mean = tried.means[measure]
    unit = MEASURES[measure].unit
    return value_text(estimate_of((mean, mean, mean, 1)), unit, money, 2 if unit == "money" else 3)


def _sentence(found: Found, goals: Sequence[Goal], money: Money, money_paths: Collection[str]) -> str:
    if not found.best:
        return "No point that was tried keeps all conditions."
    if len(goals) == 2:
        first, second = (in_sentence(title_of(goal.measure)) for goal in goals)
        return f"{len(found.best)} of {len(found.tried)} points are on the front of {first} and {second}."
    best, measure = found.best[0], goals[0].measure
    value = with_span(estimate_of(found.fresh[measure]), measure, money)
    text = f"{title_of(measure)} is best at {_where(best, money, money_paths)}: {value}"
    if found.gain is not None:
        text += f"; {with_span(estimate_of(found.gain), measure, money)} against the scenario as written"
    return text + "."


def trials(
    found: Found, goals: Sequence[Goal], money: Money, money_paths: Collection[str] = ()
) -> TrialsInfo:
    """Return all points tried: goal against goal, against the one thing varied, or in the order tried.

    Points at which a goal is not defined are left out.
    """
    first, last = goals[0].measure, goals[-1].measure
    two = len(goals) == 2
    title, x_title, places = _across(found, last if two else "", money, money_paths)
    dots = {
        id(tried): Dot(x, shown(tried.means[first], first, money), _where(tried, money, money_paths))
        for tried, x in zip(found.tried, places, strict=True)
    }
    known = [t for t in found.tried if all(math.isfinite(t.means[goal.measure]) for goal in goals)]
    best = {id(tried) for tried in found.best}
    groups = (
        ("best", "on the front" if two else "best", [t for t in known if id(t) in best]),
        ("allowed", "allowed", [t for t in known if id(t) not in best and t.is_allowed]),
        ("broken", "breaks a condition", [t for t in known if not t.is_allowed]),
    )
    return TrialsInfo(
        f"{title_of(first)} {title}",
        x_title,
        with_currency(title_of(first), first, money),
        tuple(
            DotGroup(kind, label, tuple(dots[id(t)] for t in some)) for kind, label, some in groups if some
        ),
    )


def _across(
    found: Found, other: str, money: Money, money_paths: Collection[str]
) -> tuple[str, str, Sequence[float | str]]:
    """Return the end of the title, the title of the axis, and the place of each point tried.

    Parameters
    ----------
    other : str
        The second goal's measure; empty with one goal.
    """
    if other:
        places = [shown(tried.means[other], other, money) for tried in found.tried]
        return f"against {in_sentence(title_of(other))}", with_currency(title_of(other), other, money), places
    paths = list(found.tried[0].values) if found.tried else []
    if len(paths) != 1:
        return "of every point tried", "point tried", range(1, len(found.tried) + 1)
    axis = Axis(paths[0], tuple(tried.values[paths[0]] for tried in found.tried))
    if axis.numbers is None:
        return f"against {axis.path}", axis.path, axis.values
    is_money = axis.path in money_paths and not axis.unit
    title = f"{axis.path} ({clean(money.currency)})" if is_money else axis_title(axis)
    return f"against {axis.path}", title, axis.numbers
