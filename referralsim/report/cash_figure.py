"""The picture of :mod:`referralsim.report.cash`: curve, band, deepest point and payback day."""

from __future__ import annotations

import math
from typing import Any

from referralsim.report.drawing import NO_TEMPLATE, Drawing, Trace, scatter
from referralsim.report.infos import CashInfo, CashLine, Spread
from referralsim.report.style import DASHES, axis, colour, layout, plain, see_through
from referralsim.report.wording import short_names, short_number


def plot_cash(info: CashInfo) -> Drawing:
    """Draw the cash of every design; the zero line is where the red begins."""
    labels = short_names(tuple(line.name for line in info.lines))
    low, high = _reach(info)
    few = len(info.lines) <= 3
    shaded = [line for line in info.lines if (few or line.name == info.lead) and math.isfinite(line.low[-1])]
    marks = (mark for line in info.lines for mark in (_lowest(line), _payback(line)))
    traces = [
        *map(_band, shaded),
        *(_curve(line, plain(labels[line.name])) for line in info.lines),
        *(mark for mark in marks if mark is not None),
    ]
    y = axis(
        f"Cash of the programmes ({plain(info.money.currency)})",
        zeroline=True,
        zerolinewidth=2,
        nticks=7,
        range=[low, high],
    )
    last = max((line.days[-1] for line in info.lines), default=1.0)
    x = axis(info.x_title, range=[0, 1.02 * last])
    return Drawing(traces, layout(info.title, 420, x, y, template=NO_TEMPLATE))


def _reach(info: CashInfo) -> tuple[float, float]:
    """Return both ends of the axis of money: bands, curves and deepest points, with a little room."""
    values = [0.0]
    for line in info.lines:
        values += [*line.mean, *line.low, *line.high, line.lowest.low]
    known = [value for value in values if math.isfinite(value)]
    room = 0.06 * (max(known) - min(known)) or 1.0
    return min(known) - room, max(known) + room


def _band(line: CashLine) -> Trace:
    return scatter(
        x=[*line.days, *reversed(line.days)],
        y=[*line.high, *reversed(line.low)],
        mode="lines",
        fill="toself",
        fillcolor=see_through(colour(line.place), 0.14),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=str(line.place),
    )


def _curve(line: CashLine, label: str) -> Trace:
    return scatter(
        x=list(line.days),
        y=list(line.mean),
        name=label,
        legendgroup=str(line.place),
        mode="lines",
        line={"color": colour(line.place), "width": 2.4, "dash": DASHES[line.place % len(DASHES)]},
        customdata=[
            [short_number(low), short_number(high)] for low, high in zip(line.low, line.high, strict=True)
        ],
        hovertemplate="day %{x:.0f}: <b>%{y:,.0f}</b><br>95 % of runs: %{customdata[0]} to %{customdata[1]}",
    )


def _bar(spread: Spread, end: float) -> dict[str, Any]:
    """Return an error bar over the middle 80 % of runs; one that is not over by the end reaches to it."""
    high = spread.high if math.isfinite(spread.high) else end
    known = math.isfinite(spread.low)
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - spread.median if known else 0.0],
        "arrayminus": [spread.median - spread.low if known else 0.0],
        "thickness": 1.6,
        "width": 4,
    }


def _mark(line: CashLine, symbol: str, text: str, **where: Any) -> Trace:
    return scatter(
        mode="markers",
        showlegend=False,
        legendgroup=str(line.place),
        marker={
            "symbol": symbol,
            "size": 13,
            "color": colour(line.place),
            "line": {"width": 1.5, "color": "white"},
        },
        hovertemplate=text + "<extra></extra>",
        **where,
    )


def _lowest(line: CashLine) -> Trace | None:
    if not math.isfinite(line.lowest_day.median):
        return None
    return _mark(
        line,
        "triangle-down",
        "deepest point, median of runs: <b>%{y:,.0f}</b> on day %{x:.0f}",
        x=[line.lowest_day.median],
        y=[line.lowest.median],
        error_x=_bar(line.lowest_day, line.days[-1]) | {"color": colour(line.place)},
        error_y=_bar(line.lowest, 0.0) | {"color": colour(line.place)},
    )


def _payback(line: CashLine) -> Trace | None:
    if not math.isfinite(line.payback.median):
        return None
    return _mark(
        line,
        "square",
        "out of the red, median of runs: <b>day %{x:.0f}</b><br>"
        f"{line.payback.n_known} of {line.payback.n_runs} runs",
        x=[line.payback.median],
        y=[0.0],
        error_x=_bar(line.payback, line.days[-1]) | {"color": colour(line.place)},
    )
