"""Pictures of sweeps, sensitivity and search: each takes an info and returns a plotly figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from referralsim.report.exploring_infos import (
    DotGroup,
    HeatInfo,
    Line,
    LinesInfo,
    Side,
    TornadoInfo,
    TrialsInfo,
)
from referralsim.report.style import COLOURS, DASHES, MARKERS, axis, colour, layout, plain, see_through

_STYLE_OF_KIND = {"best": (0, 12), "allowed": (4, 8), "broken": (6, 7)}
"""Place among colours and markers, and size in pixels."""


def _none(values: Sequence[float]) -> list[float | None]:
    """Return values for plotly, which draws a gap for None."""
    return [value if math.isfinite(value) else None for value in values]


def _places(side: Side) -> list[float | str]:
    return [plain(place) if isinstance(place, str) else place for place in side.places]


def _reach(ends: Sequence[float], starts: Sequence[float]) -> list[float]:
    """Return lengths of error bars; none where there is no interval."""
    lengths = (end - start for end, start in zip(ends, starts, strict=True))
    return [length if math.isfinite(length) else 0.0 for length in lengths]


def plot_lines(info: LinesInfo) -> go.Figure:
    """Draw one line a design, with bars for the intervals, and K = 1 for K."""
    traces = [_line(line, info.x, index) for index, line in enumerate(info.lines)]
    figure = go.Figure(traces, layout(info.title, 420, axis(info.x.title), axis(info.y_title)))
    if info.has_one:
        figure.add_hline(y=1.0, line={"color": "#7F7F7F", "width": 1, "dash": "dot"})
    return figure


def _line(line: Line, x: Side, index: int) -> go.Scatter:
    return go.Scatter(
        x=_places(x),
        y=_none(line.mean),
        name=plain(line.design),
        mode="lines+markers",
        line={"color": colour(index), "dash": DASHES[index % len(DASHES)]},
        marker={"symbol": MARKERS[index % len(MARKERS)], "size": 8},
        error_y={
            "type": "data",
            "symmetric": False,
            "thickness": 1.4,
            "width": 3,
            "array": _reach(line.high, line.mean),
            "arrayminus": _reach(line.mean, line.low),
        },
    )


def plot_heat(info: HeatInfo) -> go.Figure:
    """Draw cells that are the brighter, the higher, and K = 1 where it goes through.

    Raises
    ------
    ValueError
        If all values are the same: a scale of colours would show differences that are not there.
    """
    if info.is_flat:
        raise ValueError("nothing differs, so there is nothing to draw")
    x, y = _places(info.x), _places(info.y)
    cells = [_none(row) for row in info.cells]
    traces: list[go.Heatmap | go.Contour] = [
        go.Heatmap(x=x, y=y, z=cells, colorscale="Viridis", colorbar={"thickness": 14, "outlinewidth": 0})
    ]
    if info.has_one:
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
    # ticks at the values tried alone: the cells reach beyond them, where no value may be possible
    sides = [axis(side.title) | {"tickvals": ticks} for side, ticks in ((info.x, x), (info.y, y))]
    return go.Figure(traces, layout(info.title, 460, *sides))


def plot_tornado(info: TornadoInfo) -> go.Figure:
    """Draw for each assumption a bar from the base to either end, the largest swing on top."""
    upwards = info.bars[::-1]  # plotly fills an axis from below
    names = [plain(bar.path) for bar in upwards]
    ends = (
        ("low end", [bar.at_low - info.base for bar in upwards]),
        ("high end", [bar.at_high - info.base for bar in upwards]),
    )
    bars = [
        go.Bar(
            y=names,
            x=_none(lengths),
            base=info.base,
            orientation="h",
            name=label,
            marker={"color": see_through(COLOURS[index], 0.85)},
        )
        for index, (label, lengths) in enumerate(ends)
    ]
    height = 160 + 44 * len(names)
    return go.Figure(bars, layout(info.title, height, axis(info.x_title), axis(""), barmode="overlay"))


def plot_trials(info: TrialsInfo) -> go.Figure:
    """Draw a dot for each point tried; the best, or the front, stands out."""
    traces = [_dots(group) for group in info.groups]
    return go.Figure(traces, layout(info.title, 440, axis(info.x_title), axis(info.y_title)))


def _dots(group: DotGroup) -> go.Scatter:
    index, size = _STYLE_OF_KIND[group.kind]
    return go.Scatter(
        x=[plain(dot.x) if isinstance(dot.x, str) else dot.x for dot in group.dots],
        y=[dot.y for dot in group.dots],
        mode="markers",
        name=group.label,
        marker={"color": colour(index), "size": size, "symbol": MARKERS[index % len(MARKERS)]},
        text=[plain(dot.text) for dot in group.dots],
    )
