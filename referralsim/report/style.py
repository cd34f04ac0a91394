"""How figures look: colours that all readers can tell apart, and text that plotly cannot misread."""

from __future__ import annotations

import textwrap
from typing import Any

from referralsim.report.wording import clean

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F", "#F0E442")
"""Okabe and Ito's palette (grey for black, so that it shows on both paper and screen at night)."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
PATTERNS = ("", "/", ".", "\\", "x", "-", "+", "|")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"


def colour(index: int) -> str:
    """Return the colour of the ``index``-th thing."""
    return COLOURS[index % len(COLOURS)]


def see_through(hex_colour: str, opacity: float) -> str:
    """Return a colour with an opacity, for bands.

    Examples
    --------
    >>> see_through("#0072B2", 0.2)
    'rgba(0, 114, 178, 0.2)'
    """
    red, green, blue = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def plain(text: str) -> str:
    """Return text that plotly shows as it is: no tags, no entities, no templates.

    Examples
    --------
    >>> plain("<b>%{x}</b> & co")
    '&lt;b&gt;%&#123;x}&lt;/b&gt; &amp; co'
    """
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("%{", "%&#123;")


def wrapped(text: str, width: int = 22, lines: int = 3) -> str:
    """Return safe text broken into lines, for labels beside an axis."""
    parts = textwrap.wrap(clean(text), width, max_lines=lines, placeholder=" …") or [""]
    return "<br>".join(plain(part) for part in parts)


def pattern(index: int) -> dict[str, Any]:
    """Return the hatching of the ``index``-th part of a bar, over its colour."""
    return {
        "shape": PATTERNS[index % len(PATTERNS)],
        "fillmode": "overlay",
        "fgcolor": "rgba(255, 255, 255, 0.75)",
        "solidity": 0.16,
        "size": 8,
    }


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return the settings of an axis."""
    return {
        "title": {"text": plain(title), "standoff": 12, "font": {"size": 13}},
        "automargin": True,
        "fixedrange": True,
        "zeroline": False,
        "ticks": "",
        "gridcolor": "#e4e4e0",
        "linecolor": "#b8b8b2",
        "tickformat": ",.10~f",
        **more,
    }


def layout(title: str, height: int, x: dict[str, Any], y: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the layout that all figures share; the page sets colours for light and dark."""
    return {
        "title": {"text": plain(title), "x": 0, "xref": "paper", "font": {"size": 17}},
        "height": height,
        "font": {"family": FONT, "size": 13, "color": "#2b2b28"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 16, "t": 56, "b": 8},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": x,
        "yaxis": y,
        **more,
    }
