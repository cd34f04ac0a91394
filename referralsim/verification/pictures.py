"""Pictures of a suite: the line of theory, and what was simulated as dots upon it.

Each picture is an info, which tests look at, and a plot of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from referralsim.report.page import Page, Part, picture, table
from referralsim.report.style import DASHES, MARKERS, axis, colour, layout, plain
from referralsim.verification.arithmetic import THRESHOLD
from referralsim.verification.check import FAILS, NOT_REACHABLE, SKIPPED, Row
from referralsim.verification.suite import Suite
from referralsim.verification.telling import (
    FAULT_HEAD,
    FAULTS_NOTE,
    HEAD,
    LIMITS,
    by_family,
    cells,
    fault_rows,
    sentence,
)

_USUAL = 0.25
"""How far the spread of z may be from 1: rows of one check are correlated, so it varies more than they."""

TOPICS = {
    "skok": ("Skok's formula, user by user", "day", "users"),
    "progeny": ("Sizes of lines that die out", "customers in the line", "share of lines"),
    "extinction": ("Lines that die out although customers multiply", "generation", "share ended"),
    "reached": ("How soon a line has come", "day", "part of all that ever come"),
    "cascade": ("Cascades on small graphs", "people reached", "share of cascades"),
    "bass": ("Bass's curve", "year", "share of people"),
    "leskovec": ("Chance to buy by the number of recommendations", "recommendations", "chance"),
}
"""Title and axes of checks whose rows stand on an axis, by the first word of their names."""


class Line(NamedTuple):
    """One line of theory with its dots."""

    name: str
    x: tuple[float, ...]
    theory: tuple[float, ...]
    dots: tuple[tuple[float, float, float, str], ...]  # x, simulated, half-width of the error bar, engine


class CurvesInfo(NamedTuple):
    """Curves of one topic."""

    title: str
    x_title: str
    y_title: str
    lines: tuple[Line, ...]
    logarithmic: bool


class ScoresInfo(NamedTuple):
    """How far all statistical rows are off, against the normal law that honest rows follow."""

    title: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    expected: tuple[float, ...]


def curves(rows: Sequence[Row]) -> list[CurvesInfo]:
    """Return the infos of all topics that occur."""
    found = []
    for topic, (title, x_title, y_title) in TOPICS.items():
        mine = [r for r in rows if r.check.split(".")[0] == topic and not math.isnan(r.x)]
        mine = [row for row in mine if not math.isnan(row.exact)]
        if not mine:
            continue
        lines = tuple(
            _line(name, [r for r in mine if r.check == name]) for name in dict.fromkeys(r.check for r in mine)
        )
        held = all(row.verdict != FAILS for row in mine)
        words = f"{title}: the dots lie on the line" if held else f"{title}: some dots are off the line"
        highest = max(row.exact for row in mine)
        found.append(CurvesInfo(words, x_title, y_title, lines, highest > 1000))
    return found


def _line(name: str, rows: Sequence[Row]) -> Line:
    theory = dict(sorted({row.x: row.exact for row in rows}.items()))
    dots = tuple((r.x, r.simulated, THRESHOLD * r.standard_error, r.engine) for r in rows)
    return Line(name, tuple(theory), tuple(theory.values()), dots)


def scores(rows: Sequence[Row]) -> ScoresInfo | None:
    """Return how the z of rows with an exact value and no tolerance are spread; None without such rows."""
    mine = [r for r in rows if r.is_statistical and not math.isnan(r.exact) and not r.tolerance]
    z = [r.z for r in mine]
    if not z:
        return None
    edges = np.arange(-5.5, 6.0, 0.5)
    counts = np.histogram(np.clip(z, -5.4, 5.4), edges)[0]
    normal = np.array([0.5 * math.erf(edge / math.sqrt(2.0)) for edge in edges])
    spread = math.sqrt(float(np.mean(np.square(z))))  # about 0: all off one way is no chance
    # rows of one check share their runs: it counts once; by chance few of them spread much or little
    room = max(_USUAL, 4.0 / math.sqrt(2.0 * len({row.check for row in mine})))
    off = f"{len(z)} rows are {spread:.2f} standard errors off (root mean square), chance alone gives 1"
    usual = all(abs(value) < THRESHOLD for value in z) and abs(spread - 1.0) < room
    title = f"Chance explains all that is off: {off}" if usual else f"Chance does not explain it: {off}"
    expected = tuple(float(value) for value in np.diff(normal) * len(z))
    return ScoresInfo(title, tuple(map(float, edges)), tuple(map(int, counts)), expected)


def plot_curves(info: CurvesInfo) -> go.Figure:
    """Draw the line of theory of each check, and a dot with five standard errors a row."""
    traces = []
    for index, line in enumerate(info.lines):
        short = plain(line.name.partition(".")[2].replace("_", " "))
        style = {"color": colour(index), "width": 2, "dash": DASHES[index % len(DASHES)]}
        traces.append(
            go.Scatter(
                x=list(line.x), y=list(line.theory), mode="lines", name=short, legendgroup=short, line=style
            )
        )
        for engine, symbol, size in (("fast", MARKERS[0], 9), ("reference", "circle-open", 13)):
            dots = [dot for dot in line.dots if dot[3] == engine]
            if dots:
                traces.append(
                    go.Scatter(
                        x=[dot[0] for dot in dots],
                        y=[dot[1] for dot in dots],
                        error_y={
                            "type": "data",
                            "array": [dot[2] for dot in dots],
                            "arrayminus": [min(dot[2], max(dot[1], 0.0)) for dot in dots],
                            "thickness": 1,
                            "width": 2,
                        },
                        mode="markers",
                        name=f"{short}, {engine}",
                        legendgroup=short,
                        showlegend=False,
                        marker={
                            "color": colour(index),
                            "symbol": symbol,
                            "size": size,
                            "line": {"width": 1.5},
                        },
                    )
                )
    more = {"type": "log"} if info.logarithmic else {"rangemode": "tozero"}
    shape = layout(info.title, 460, axis(info.x_title), axis(info.y_title, **more), template="none")
    return go.Figure(traces, shape)


def plot_scores(info: ScoresInfo) -> go.Figure:
    """Draw how many rows are how far off, and the normal law."""
    middles = [(low + high) / 2 for low, high in zip(info.edges[:-1], info.edges[1:], strict=True)]
    traces = [
        go.Scatter(
            x=middles,
            y=list(info.expected),
            mode="lines",
            name="normal law",
            line={"color": colour(0), "width": 2},
        ),
        go.Scatter(
            x=middles,
            y=list(info.counts),
            mode="markers",
            name="rows",
            marker={"color": colour(1), "size": 9},
        ),
    ]
    shape = layout(info.title, 380, axis("z: standard errors off"), axis("rows"), template="none")
    return go.Figure(traces, shape)


SUMMARY = ("claim", "rows that hold", "farthest off (z)", "best row catches")
ROWS = ("check: quantity, engine", "exact", "simulated", "n", "z", "smallest bias caught")


def _by_check(rows: Sequence[Row]) -> list[list[Row]]:
    return [[row for row in rows if row.check == name] for name in dict.fromkeys(row.check for row in rows)]


def _family_title(title: str, rows: Sequence[Row]) -> str:
    """Return the finding of a family."""
    checks = _by_check(rows)
    wrong = sum(any(row.verdict == FAILS for row in mine) for mine in checks)
    silent = sum(all(row.verdict in (SKIPPED, NOT_REACHABLE) for row in mine) for mine in checks)
    made = len(checks) - silent
    words = f"{wrong} of {made} checks fail" if wrong else f"all {made} checks hold" if made else "none made"
    return f"{title}: {words}" + (f", {silent} cannot be made" if silent else "")


def _summary(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return a check in one line."""
    made = [row for row in rows if row.verdict not in (SKIPPED, NOT_REACHABLE)]
    verdict = next((row.verdict for row in rows if row.verdict == FAILS), rows[0].verdict)
    claim = f"{rows[0].claim} ({verdict}: {rows[0].reason})" if rows[0].reason else rows[0].claim
    if not made:
        return (claim, "", "", "")
    held = sum(row.verdict != FAILS for row in made)
    farthest = max(
        (row.z for row in made if row.is_statistical and not math.isnan(row.exact)), key=abs, default=0
    )
    exactly = not any(row.is_statistical for row in made)
    shares = [row.smallest_bias_share for row in made if row.smallest_bias_share > 0]
    catches = "any" if exactly else f"{100 * min(shares):.1f} %" if shares else ""
    return (
        claim,
        f"{held} of {len(made)}" + (f" {FAILS}" if held < len(made) else ""),
        "exact" if exactly else f"{farthest:+.1f}",
        catches,
    )


def _line_of(row: Row) -> tuple[str, ...]:
    """Return a row of the long table: what fails says so beside its z."""
    cell = dict(zip(HEAD, cells(row), strict=True))
    z = f"{cell['z']} {FAILS}" if row.verdict == FAILS else cell["z"]
    what = f"{row.check}: {row.quantity}, {row.engine}"
    return (what, cell["exact"], cell["simulated"], cell["n"], z, cell["smallest bias caught"])


_AT_THE_END = "What was not checked, and which rows are not independent, stands at the end of the page."


def page_of(suite: Suite, command: str) -> Page:
    """Return the page of a suite: the finding, the pictures, the tables."""
    parts: list[Part] = []
    spread = scores(suite.rows)
    if spread is not None:
        parts.append(picture(plot_scores(spread), spread.title, "The line is what chance alone would give."))
    for info in curves(suite.rows):
        caption = (
            "Lines: theory. Full dots: the fast engine; rings: the reference. Bars: five standard errors."
        )
        parts.append(picture(plot_curves(info), info.title, caption))
    for title, rows in by_family(suite):
        parts.append(table(_family_title(title, rows), SUMMARY, [_summary(each) for each in _by_check(rows)]))
    for title, rows in by_family(suite):
        lines = [_line_of(row) for row in rows if row.quantity]
        if lines:
            parts.append(table(f"{title}, row by row", ROWS, lines))
    if suite.planted:
        seen = len(suite.planted) - len(suite.unnoticed)
        title = f"Planted faults: {seen} of {len(suite.planted)} are seen"
        parts.append(table(title, FAULT_HEAD, fault_rows(suite), FAULTS_NOTE))
    sources = dict.fromkeys((row.check, row.source) for row in suite.rows)
    parts.append(table("Where each claim comes from", ("check", "source"), list(sources)))
    question = "Why believe the numbers?"
    parts.append(table("What was not checked", ("what a reader must know",), [(text,) for text in LIMITS]))
    notes = (_AT_THE_END,)
    return Page("Verification", "referralsim", question, sentence(suite), notes, tuple(parts), command)
