"""Figures over designs: each takes an info and returns a figure with a title and named axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from referralsim.report.drawing import NO_TEMPLATE, Drawing, Trace, bar, scatter
from referralsim.report.funnel import passed_text, step_before
from referralsim.report.infos import (
    DifferencesInfo,
    FunnelInfo,
    MoneyInfo,
    Series,
    SeriesInfo,
    SplitInfo,
)
from referralsim.report.series import part_title
from referralsim.report.style import (
    DASHES,
    MARKERS,
    axis,
    colour,
    layout,
    pattern,
    plain,
    see_through,
    wrapped,
)
from referralsim.report.vocabulary import words
from referralsim.report.wording import percent, short_names, short_number


def _none(values: Sequence[float]) -> list[float | None]:
    """Return values for plotly, which draws a gap for None."""
    return [value if math.isfinite(value) else None for value in values]


def _band(line: Series, index: int) -> Trace | None:
    solid = [i for i in range(len(line.x)) if math.isfinite(line.low[i]) and math.isfinite(line.high[i])]
    if len(solid) < 2:
        return None
    return scatter(
        x=[line.x[i] for i in solid] + [line.x[i] for i in reversed(solid)],
        y=[line.high[i] for i in solid] + [line.low[i] for i in reversed(solid)],
        mode="lines",
        fill="toself",
        fillcolor=see_through(colour(index), 0.16),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=str(index),
    )


def _errors(line: Series) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": _none([high - mean for high, mean in zip(line.high, line.mean, strict=True)]),
        "arrayminus": _none([mean - low for low, mean in zip(line.low, line.mean, strict=True)]),
        "thickness": 1.4,
        "width": 3,
    }


def _top(info: SeriesInfo) -> float:
    """Return the end of the axis: all means and, as far as they leave room for those, all intervals."""
    mean = max((value for line in info.series for value in line.mean if math.isfinite(value)), default=0.0)
    high = max((value for line in info.series for value in line.high if math.isfinite(value)), default=0.0)
    return 1.06 * max(mean, min(high, 1.5 * mean)) or 1.0


def plot_series(
    info: SeriesInfo, bands: bool = False, whole: bool = False, plain_lines: bool = False
) -> Drawing:
    """Draw one line a design, with bands or error bars for the intervals.

    Parameters
    ----------
    bands : bool
        Shade the interval (for lines over many days) instead of drawing error bars.
    whole : bool
        The first axis counts whole things: label whole numbers only.
    plain_lines : bool
        Leave the intervals to what the pointer shows.
    """
    traces: list[Trace] = []
    labels = short_names(tuple(line.name for line in info.series))
    for index, line in enumerate(info.series):
        if bands and (band := _band(line, index)) is not None:
            traces.append(band)
    for index, line in enumerate(info.series):
        traces.append(
            scatter(
                x=list(line.x),
                y=_none(line.mean),
                name=plain(labels[line.name]),
                legendgroup=str(index),
                mode="lines" if bands and len(line.x) > 15 else "lines+markers",
                line={"color": colour(index), "width": 2.4, "dash": DASHES[index % len(DASHES)]},
                marker={"symbol": MARKERS[index % len(MARKERS)], "size": 8},
                error_y=None if bands or plain_lines else _errors(line),
                customdata=[
                    [short_number(low), short_number(high), n]
                    for low, high, n in zip(line.low, line.high, line.n, strict=True)
                ],
                hovertemplate="%{x:.4~g}: <b>%{y:.4~g}</b><br>95 %: %{customdata[0]} to %{customdata[1]}"
                "<br>%{customdata[2]} runs",
            )
        )
    y = axis(info.y_title, range=[0, _top(info)])
    x = axis(info.x_title, dtick=1) if whole else axis(info.x_title)
    return Drawing(traces, layout(info.title, 400, x, y, template=NO_TEMPLATE))


def plot_split(info: SplitInfo) -> Drawing:
    """Draw K of each design as one bar, stacked from its parts."""
    traces: list[Trace] = []
    labels = [wrapped(name) for name in info.designs]
    for index, part in enumerate(info.parts):
        values = [info.k[name][part] for name in info.designs]
        traces.append(
            bar(
                y=list(range(len(labels))),
                x=_none(values),
                name=plain(part_title(info.split, part)),
                orientation="h",
                marker={
                    "color": colour(index),
                    "pattern": pattern(index),
                    "line": {"width": 0},
                },
                width=0.62,
                hovertemplate="%{fullData.name}: <b>%{x:.3~g}</b>",
            )
        )
    x = axis("K (customers brought per customer)", rangemode="tozero")
    return Drawing(
        traces,
        layout(
            info.title,
            150 + 62 * len(labels),
            x,
            _designs_axis(labels),
            barmode="stack",
            template=NO_TEMPLATE,
        ),
    )


def _designs_axis(labels: list[str], title: str = "Design") -> dict[str, Any]:
    return axis(
        title,
        tickmode="array",
        tickvals=list(range(len(labels))),
        ticktext=labels,
        autorange="reversed",
        showgrid=False,
    )


def plot_funnel(info: FunnelInfo) -> Drawing:
    """Draw how many get how far under the lead design; the leak is marked."""
    counts = info.counts.get(info.lead, {})
    leak = info.leaks.get(info.lead)
    texts, short = [], []
    for step in info.steps:
        share = info.passed.get(info.lead, {}).get(step)
        kept = "" if share is None else f" · {plain(passed_text(info, share, step))}"
        brief = "" if share is None else f" · {percent(share) if share <= 1 else f'{share:.1f} each'}"
        short.append(_count(counts.get(step, 0.0)) + brief)
        texts.append(f"{_count(counts.get(step, 0.0))}{kept}{' · the leak' if step == leak else ''}")
    bars = bar(
        y=list(range(len(info.steps))),
        x=[counts.get(step, 0.0) for step in info.steps],
        orientation="h",
        text=texts,
        meta={"narrow_text": short},
        textposition="outside",
        cliponaxis=False,
        marker={"color": [colour(1) if step == leak else colour(0) for step in info.steps]},
        hovertemplate="%{text}<extra></extra>",
    )
    largest = max(counts.values(), default=1.0) or 1.0
    x = axis("People or invitations (mean number a run)", range=[0, largest * 1.7], nticks=5)
    y = _designs_axis([plain(words(step)) for step in info.steps], "Step")
    return Drawing([bars], layout(info.title, 130 + 42 * len(info.steps), x, y, template=NO_TEMPLATE))


def rates_differ(info: FunnelInfo) -> bool:
    """Return whether there is anything to see in :func:`plot_funnel_rates`."""
    return any(spread >= 0.005 for spread in _spreads(info).values())


def _spreads(info: FunnelInfo) -> dict[str, float]:
    spread = {}
    for step in info.steps[1:]:
        shares = [info.passed[name][step] for name in info.designs if info.passed[name].get(step, 2.0) <= 1]
        if len(shares) > 1:
            spread[step] = max(shares) - min(shares)
    return spread


def rates_title(info: FunnelInfo) -> str:
    """Return the finding of :func:`plot_funnel_rates`: which step the designs move most."""
    spread = _spreads(info)
    if not rates_differ(info):
        return "The designs pass every step alike"
    step = max(spread, key=lambda name: spread[name])
    return f"The designs differ most from {words(step_before(info, step)).lower()} to {words(step).lower()}"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def plot_funnel_rates(info: FunnelInfo) -> Drawing:
    """Draw the share that passes each step, one marker a design, so that designs can be compared."""
    traces: list[Trace] = []
    labels = short_names(info.designs)
    shown = [
        step
        for step in info.steps[1:]
        if any(0 <= info.passed[name].get(step, 2.0) <= 1 for name in info.designs)
    ]
    for index, name in enumerate(info.designs):
        at = [step for step in shown if info.passed[name].get(step, 2.0) <= 1]
        traces.append(
            scatter(
                x=[100 * info.passed[name][step] for step in at],
                y=[shown.index(step) for step in at],
                name=plain(labels[name]),
                mode="markers",
                marker={
                    "symbol": MARKERS[index % len(MARKERS)],
                    "size": 11,
                    "color": colour(index),
                    "line": {"width": 1, "color": "white"},
                },
                hovertemplate="%{fullData.name}: <b>%{x:.3~g} %</b><extra></extra>",
            )
        )
    ticks = [f"{plain(words(step_before(info, step)))} →<br>{plain(words(step).lower())}" for step in shown]
    x = axis("Share that passes the step (%)", range=[-3, 103], nticks=6)
    y = _designs_axis(ticks, "Step") | {"showgrid": True}
    return Drawing(
        traces, layout(rates_title(info), 150 + 44 * max(1, len(shown)), x, y, template=NO_TEMPLATE)
    )


def plot_money(info: MoneyInfo) -> Drawing:
    """Draw rewards paid by each design as one bar, stacked by who gets them."""
    traces: list[Trace] = []
    labels = [wrapped(name) for name in info.designs]
    for index, row in enumerate(info.paid):
        traces.append(
            bar(
                y=list(range(len(labels))),
                x=[info.money.major(row.cents[name]) for name in info.designs],
                name=plain(row.label),
                orientation="h",
                width=0.62,
                marker={
                    "color": colour(index),
                    "pattern": pattern(index),
                },
                hovertemplate="%{fullData.name}: <b>%{x:,.0f}</b><extra></extra>",
            )
        )
    x = axis(f"Rewards paid ({plain(info.money.currency)}, mean a run)", rangemode="tozero", nticks=6)
    y = _designs_axis(labels)
    return Drawing(
        traces, layout(info.title, 150 + 62 * len(labels), x, y, barmode="stack", template=NO_TEMPLATE)
    )


def plot_differences(info: DifferencesInfo) -> Drawing:
    """Draw each paired difference with its interval; one that crosses zero is too close to call."""
    traces: list[Trace] = []
    scale = 1 / info.money.minor_per_major if info.unit == "money" else 100 if info.unit == "share" else 1.0
    unit = plain(info.money.currency) if info.unit == "money" else "%" if info.unit == "share" else info.unit
    labels = [f"{wrapped(row.a, 20, 2)}<br><i>minus</i> {wrapped(row.b, 20, 2)}" for row in info.rows]
    for name, index, is_clear in (("clear", 0, True), ("too close to call, or equal", 6, False)):
        at = [i for i, row in enumerate(info.rows) if row.clear == is_clear]
        if not at:
            continue
        estimates = [info.rows[i].difference for i in at]
        error = [scale * value.half_width for value in estimates]
        traces.append(
            scatter(
                x=[scale * value.mean for value in estimates],
                y=at,
                name=name,
                mode="markers",
                marker={
                    "size": 11,
                    "color": colour(index),
                    "symbol": "circle" if is_clear else "diamond-open",
                },
                error_x={"type": "data", "array": _none(error), "thickness": 2.2, "width": 5},
                customdata=[value.n for value in estimates],
                hovertemplate="difference <b>%{x:.3~g}</b> ± %{error_x.array:.2~g}<br>"
                "%{customdata} paired runs<extra></extra>",
            )
        )
    x = axis(
        f"Difference: {info.measure_title[:1].lower()}{info.measure_title[1:]} ({unit or 'number'})",
        rangemode="tozero",
        zeroline=True,
        zerolinewidth=2,
        nticks=6,
    )
    y = _designs_axis(labels, "Pair of designs") | {"range": [len(labels) - 0.5, -0.5], "autorange": False}
    return Drawing(traces, layout(info.title, 160 + 60 * len(labels), x, y, template=NO_TEMPLATE))
