"""The drawing of one referral tree."""

from __future__ import annotations

from typing import Any

from referralsim.report.drawing import NO_TEMPLATE, Drawing, Trace, scatter
from referralsim.report.infos import TreeInfo
from referralsim.report.style import MARKERS, axis, colour, layout, plain
from referralsim.report.vocabulary import loop_title


def _ring(radius: int) -> dict[str, Any]:
    return {
        "type": "circle",
        "x0": -radius,
        "x1": radius,
        "y0": -radius,
        "y1": radius,
        "line": {"color": "rgba(128,128,128,0.28)", "width": 1},
        "layer": "below",
    }


def _edges(info: TreeInfo) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for child, parent in enumerate(info.parent):
        if parent >= 0:
            x += [info.x[parent], info.x[child], None]
            y += [info.y[parent], info.y[child], None]
    return scatter(
        x=x, y=y, mode="lines", line={"color": "rgba(128,128,128,0.55)", "width": 1}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def plot_tree(info: TreeInfo) -> Drawing:
    """Draw a referral tree in rings, a colour and a marker for each loop; the first customer is largest."""
    traces = [_edges(info)]
    size = 11 if len(info.x) < 60 else 8 if len(info.x) < 200 else 6
    for index, loop in enumerate(dict.fromkeys(info.loop)):
        at = [i for i in range(len(info.x)) if info.loop[i] == loop]
        traces.append(
            scatter(
                x=[info.x[i] for i in at],
                y=[info.y[i] for i in at],
                mode="markers",
                name=plain(loop_title(loop)),
                marker={
                    "color": colour(index),
                    "symbol": MARKERS[index % len(MARKERS)],
                    "opacity": 1,
                    "size": [size + 8 if info.parent[i] < 0 else size for i in at],
                    "line": {"width": 0.8, "color": "white"},
                },
                customdata=[[info.generation[i], f"{info.joined_days[i]:.1f}"] for i in at],
                hovertemplate="generation %{customdata[0]}, joined on day %{customdata[1]}",
            )
        )
    rings = max(info.generation, default=0)
    reach = max(1.0, rings * 1.06 + 0.12)
    blank = {"showgrid": False, "showticklabels": False, "range": [-reach, reach], "showline": False}
    x = axis("Rings: generation (1: brought by the customer in the middle)", **blank, constrain="domain")
    y = axis("Generation", **blank, scaleanchor="x", constrain="domain", visible=False)
    around = {"shapes": [_ring(radius) for radius in range(1, rings + 1)]} if rings else {}
    return Drawing(
        traces,
        layout(info.title, 560, x, y, **around, meta={"narrow_height": 430}, template=NO_TEMPLATE),
    )
