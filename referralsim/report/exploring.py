"""Pages for sweeps, sensitivity and search: a finding as a sentence, its picture, its table."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from referralsim.measures import MEASURES
from referralsim.report.page import Page, Part, picture, table
from referralsim.report.style import COLOURS, DASHES, MARKERS, axis, colour, layout, plain, see_through
from referralsim.report.wording import Estimate, Money, interval_text, number, own_places, quoted, value_text

if TYPE_CHECKING:
    import pandas as pd

    from referralsim.experiment.axes import Axis
    from referralsim.experiment.search import Found, Goal, Tried
    from referralsim.experiment.sensitivity import Effect, Flip, Share, Split
    from referralsim.experiment.sweep import Sweep

_K = "k_offspring"
_SHARED_LUCK = (
    "All points are played in the same worlds with the same luck, so differences between points are known "
    "better than the values themselves."
)
_MOST_ROWS = 200


def _title(measure: str) -> str:
    return MEASURES[measure].title


def _estimate(mean: float, low: float, high: float, n: int) -> Estimate:
    return Estimate(float(mean), float(low), float(high), int(n))


def _with_span(estimate: Estimate, measure: str, money: Money) -> str:
    unit = MEASURES[measure].unit
    span = interval_text(estimate, unit, money)
    return f"{value_text(estimate, unit, money)} ({span})" if span else value_text(estimate, unit, money)


def _scale(measure: str, money: Money) -> float:
    return float(money.minor_per_major) if MEASURES[measure].unit == "money" else 1.0


# ------------------------------------------------------------------------------------------ sweep


def sweep_page(sweep: Sweep, money: Money, name: str, question: str, command: str) -> Page:
    """Return the page of a sweep."""
    frame = sweep.table()
    parts: list[Part] = []
    for measure in sweep.measures:
        parts += _sweep_pictures(sweep, frame[frame["measure"] == measure], measure, money)
    rows = [
        [*(str(row[a.path]) for a in sweep.axes), row["design"], _title(row["measure"]), _cell(row, money)]
        for row in frame.head(_MOST_ROWS).to_dict("records")
    ]
    head = [*(a.path for a in sweep.axes), "design", "measure", "mean (95 % interval)"]
    more = (
        "" if len(frame) <= _MOST_ROWS else f"The first {_MOST_ROWS} of {len(frame)} rows; sweep.csv has all."
    )
    parts.append(table("In numbers", head, rows, more))
    notes = (
        _SHARED_LUCK,
        f"{len(sweep.points)} points, {sweep.replications} replications of each design.",
    )
    sentence = _sweep_sentence(sweep, frame, money)
    return Page("Sweep", name, question or name, sentence, notes, tuple(parts), command)


def _cell(row: dict[Hashable, object], money: Money) -> str:
    mean, low, high = (float(str(row[part])) for part in ("mean", "low", "high"))
    return _with_span(_estimate(mean, low, high, int(str(row["n"]))), str(row["measure"]), money)


def _sweep_sentence(sweep: Sweep, frame: pd.DataFrame, money: Money) -> str:
    measure = sweep.measures[0]
    rows = frame[(frame["measure"] == measure) & frame["mean"].notna()]
    if rows.empty:
        return f"{_title(measure)} is not defined at any point."
    ordered = rows.sort_values("mean", kind="stable").to_dict("records")
    lowest, highest = ordered[0], ordered[-1]

    def at(row: dict[Hashable, object]) -> str:
        where = ", ".join(f"{axis.path} = {row[axis.path]}" for axis in sweep.axes)
        return f"{_cell(row, money)} for {quoted(str(row['design']))} at {where}"

    text = f"{_title(measure)} goes from {at(lowest)}, to {at(highest)}."
    if measure == _K and rows["high"].isna().any():
        text += " One run gives no interval, so nothing says on which side of 1 K surely is."
    elif measure == _K:
        above = int((rows["low"] >= 1).sum())
        text += (
            f" K is surely at least 1 at {above} of {len(rows)}." if above else " K stays below 1 everywhere."
        )
        if not above and (rows["high"] >= 1).any():
            text = text.replace(" K stays below 1 everywhere.", " K is nowhere surely above 1.")
    return text


def _sweep_pictures(sweep: Sweep, frame: pd.DataFrame, measure: str, money: Money) -> list[Part]:
    axes = sweep.axes
    if len(sweep.points) != math.prod(len(a.values) for a in axes):  # drawn, not a grid
        return []
    if len(axes) == 1:
        return [_lines(axes[0], frame, measure, money, sweep.designs)]
    if len(axes) == 2:
        return [_heat(axes[0], axes[1], frame, measure, money, design) for design in sweep.designs]
    return []


def _x(a: Axis) -> list[float] | list[str]:
    return list(a.numbers) if a.numbers is not None else [plain(value) for value in a.values]


def _axis_title(a: Axis) -> str:
    return f"{a.path} ({a.unit})" if a.numbers is not None and a.unit else a.path


def _lines(a: Axis, frame: pd.DataFrame, measure: str, money: Money, designs: Sequence[str]) -> Part:
    scale, traces = _scale(measure, money), []
    for index, design in enumerate(designs):
        rows = frame[frame["design"] == design].set_index(a.path).loc[list(a.values)]
        spread = {"type": "data", "symmetric": False, "thickness": 1.4, "width": 3}
        traces.append(
            go.Scatter(
                x=_x(a),
                y=(rows["mean"] / scale).tolist(),
                name=plain(design),
                mode="lines+markers",
                line={"color": colour(index), "dash": DASHES[index % len(DASHES)]},
                marker={"symbol": MARKERS[index % len(MARKERS)], "size": 8},
                error_y={
                    **spread,
                    "array": ((rows["high"] - rows["mean"]) / scale).fillna(0).tolist(),
                    "arrayminus": ((rows["mean"] - rows["low"]) / scale).fillna(0).tolist(),
                },
            )
        )
    title = f"{_title(measure)} against {a.path}"
    unit = money.currency if MEASURES[measure].unit == "money" else MEASURES[measure].unit
    figure = go.Figure(traces, layout(title, 420, axis(_axis_title(a)), axis(unit)))
    if measure == _K:
        figure.add_hline(y=1.0, line={"color": "#7F7F7F", "width": 1, "dash": "dot"})
    return picture(
        figure, title, "Means with 95 % intervals." + (" The dotted line is K = 1." if measure == _K else "")
    )


def _heat(first: Axis, second: Axis, frame: pd.DataFrame, measure: str, money: Money, design: str) -> Part:
    rows = frame[frame["design"] == design]
    wide = rows.pivot(index=second.path, columns=first.path, values="mean")
    z = wide.loc[list(second.values), list(first.values)].to_numpy() / _scale(measure, money)
    cells = [[None if not math.isfinite(value) else float(value) for value in line] for line in z]
    x, y = _x(first), _x(second)
    traces: list[go.Heatmap | go.Contour] = [
        go.Heatmap(x=x, y=y, z=cells, colorscale="Viridis", colorbar={"thickness": 14, "outlinewidth": 0})
    ]
    caption = "The brighter, the higher."
    numeric = first.numbers is not None and second.numbers is not None
    if measure == _K and numeric and np.nanmin(z) < 1 < np.nanmax(z):
        traces.append(
            go.Contour(
                x=x,
                y=y,
                z=cells,
                showscale=False,
                contours={"start": 1, "end": 1, "size": 1, "coloring": "none", "showlabels": True},
                line={"color": "#ffffff", "width": 3},
                name="K = 1",
            )
        )
        caption += " The white line is K = 1: beyond it customers multiply."
    title = f"{_title(measure)} of {design}"
    # ticks at the values tried alone: the cells reach beyond them, where no value may be possible
    sides = [axis(_axis_title(a)) | {"tickvals": values} for a, values in ((first, x), (second, y))]
    shape = layout(title, 460, *sides)
    return picture(go.Figure(traces, shape), title, caption)


# ------------------------------------------------------------------------------------ sensitivity


def tornado_part(effects: Sequence[Effect], base: float, measure: str, money: Money) -> list[Part]:
    """Return the tornado as a picture and a table; the largest swing on top."""
    scale = _scale(measure, money)
    names = [plain(effect.path) for effect in effects][::-1]
    bars = []
    for index, (end, label) in enumerate((("at_low", "low end"), ("at_high", "high end"))):
        lengths = [(getattr(effect, end).mean - base) / scale for effect in effects][::-1]
        bars.append(
            go.Bar(
                y=names,
                x=[None if not math.isfinite(value) else value for value in lengths],
                base=base / scale,
                orientation="h",
                name=label,
                marker={"color": see_through(COLOURS[index], 0.85)},
            )
        )
    title = f"What each assumption alone does to {_title(measure)}"
    figure = go.Figure(
        bars, layout(title, 160 + 44 * len(names), axis(_title(measure)), axis(""), barmode="overlay")
    )
    rows = [
        [
            effect.path,
            f"{effect.low_text}: {_with_span(_estimate(*effect.at_low), measure, money)}",
            f"{effect.high_text}: {_with_span(_estimate(*effect.at_high), measure, money)}",
            _with_span(_estimate(*effect.swing[:4]), measure, money),
        ]
        for effect in effects
    ]
    return [
        picture(figure, title, "From the value with the scenario's own numbers to the low and the high end."),
        table(
            "One assumption at a time", ["assumption", "low end", "high end", "high less low, paired"], rows
        ),
    ]


def flip_part(flips: Sequence[Flip], first: str, second: str, measure: str, money: Money) -> Part:
    """Return the table of what would change the decision between two designs."""
    rows = []
    for flip in flips:
        at = ", ".join(f"{number(value, 3)}{' ' + flip.unit if flip.unit else ''}" for value in flip.flips_at)
        ends = (flip.gaps[0], flip.gaps[-1])
        spans = [_with_span(_estimate(*gap[:4]), measure, money) for gap in ends]
        rows.append([flip.path, at or flip.words, *spans])
    head = ["assumption", "the winner changes at", f"lead at {'low end'}", "lead at high end"]
    caption = (
        f"Lead of {quoted(first)} over {quoted(second)} in {_title(measure)}, paired; each assumption alone."
    )
    return table("What would flip this decision", head, rows, caption)


def shares_part(shares: Sequence[Share], method: str) -> Part:
    """Return the table of Sobol' indices or of Morris's effects."""

    def cell(value: float, half: float) -> str:
        if not math.isfinite(value):
            return "not known"
        return f"{number(value, 3)} ± {number(half, 3)}" if math.isfinite(half) else number(value, 3)

    rows = [[s.path, cell(s.first, s.first_half_width), cell(s.total, s.total_half_width)] for s in shares]
    if method == "sobol":
        return table(
            "Shares of the variance (Sobol')", ["assumption", "alone", "with all interactions"], rows
        )
    return table("Elementary effects (Morris)", ["assumption", "mean absolute effect", "spread"], rows)


def split_part(found: Split, measure: str, money: Money) -> Part:
    """Return chance against ignorance as a table."""
    unit = MEASURES[measure].unit
    chance = found.chance_sd if found.chance_sd > 0 else math.nan
    around = _estimate(found.mean, found.mean - chance, found.mean + chance, found.n_replications)
    places = own_places(around, unit, money) if around.has_interval else 2

    def cell(value: float) -> str:
        known = _estimate(value, math.nan, math.nan, 1)
        return value_text(known, unit, money, places) if math.isfinite(value) else "not known"

    rows = [
        ["mean over all points", cell(found.mean)],
        [
            f"chance: standard deviation of a mean over {found.n_replications} replications",
            cell(found.chance_sd),
        ],
        [
            "ignorance: standard deviation as the assumptions go through their ranges",
            cell(found.ignorance_sd),
        ],
        ["nine of ten runs lie between", f"{cell(found.low)} and {cell(found.high)}"],
    ]
    caption = "More replications make chance smaller; only better knowledge makes ignorance smaller."
    return table(f"Chance and ignorance in {_title(measure)}", ["", "value"], rows, caption)


# ------------------------------------------------------------------------------------------ search


def search_page(
    found: Found, goals: Sequence[Goal], money: Money, name: str, question: str, command: str
) -> Page:
    """Return the page of a search."""
    parts = [_trials(found, goals, money)]
    paths = list(found.tried[0].values) if found.tried else []
    measures = list(found.tried[0].means) if found.tried else []
    rows = [
        [*tried.values.values(), *(_mean(tried, measure, money) for measure in measures)]
        for tried in found.best
    ]
    title = "The front: nothing beats these in both" if len(goals) == 2 else "The best point"
    parts.append(table(title, [*paths, *(_title(measure) for measure in measures)], rows))
    n_given_up = sum(tried.is_given_up for tried in found.tried)
    notes = [
        _SHARED_LUCK,
        f"{len(found.tried)} points; {n_given_up} given up early as hopeless.",
    ]
    if found.gain is not None:
        notes.append(
            "The best point was chosen for its luck too: the sentence gives numbers from fresh replications."
        )
    return Page(
        "Search",
        name,
        question or name,
        _search_sentence(found, goals, money),
        tuple(notes),
        tuple(parts),
        command,
    )


def _mean(tried: Tried, measure: str, money: Money) -> str:
    mean = tried.means[measure]
    unit = MEASURES[measure].unit
    return value_text(_estimate(mean, mean, mean, 1), unit, money, 2 if unit == "money" else 3)


def _search_sentence(found: Found, goals: Sequence[Goal], money: Money) -> str:
    if not found.best:
        return "No point that was tried keeps all conditions."
    if len(goals) == 2:
        first, second = (_title(goal.measure) for goal in goals)
        return f"{len(found.best)} of {len(found.tried)} points are on the front of {first} and {second}."
    best, measure = found.best[0], goals[0].measure
    where = ", ".join(f"{path} = {value}" for path, value in best.values.items())
    value = _with_span(_estimate(*found.fresh[measure]), measure, money)
    text = f"{_title(measure)} is best at {where}: {value}"
    if found.gain is not None:
        text += f"; {_with_span(_estimate(*found.gain[:4]), measure, money)} against the scenario as written"
    return text + "."


def _trials(found: Found, goals: Sequence[Goal], money: Money) -> Part:
    shown = [tried for tried in found.tried if all(math.isfinite(tried.means[g.measure]) for g in goals)]
    y_goal, x_goal = goals[0], goals[-1]
    two = len(goals) == 2
    best = {id(tried) for tried in found.best}
    groups = (
        ("on the front" if two else "best", [t for t in shown if id(t) in best], 0, 12),
        ("allowed", [t for t in shown if id(t) not in best and t.is_allowed], 4, 8),
        ("breaks a condition", [t for t in shown if not t.is_allowed], 6, 7),
    )
    order = {id(tried): index + 1 for index, tried in enumerate(found.tried)}
    traces = [
        go.Scatter(
            x=[
                t.means[x_goal.measure] / _scale(x_goal.measure, money) if two else order[id(t)] for t in some
            ],
            y=[t.means[y_goal.measure] / _scale(y_goal.measure, money) for t in some],
            mode="markers",
            name=label,
            marker={"color": colour(index), "size": size, "symbol": MARKERS[index % len(MARKERS)]},
            text=[plain(", ".join(f"{k} = {v}" for k, v in t.values.items())) for t in some],
        )
        for label, some, index, size in groups
        if some
    ]
    if two:
        title = f"{_title(y_goal.measure)} against {_title(x_goal.measure)}"
        x_axis = axis(_title(x_goal.measure))
    else:
        title, x_axis = f"{_title(y_goal.measure)} of every point tried", axis("point tried")
    return picture(go.Figure(traces, layout(title, 440, x_axis, axis(_title(y_goal.measure)))), title)
