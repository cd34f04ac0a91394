"""Figures as plotly's script reads them: plain dictionaries.

Plotly's own classes hold the same and check every name; to import and fill them takes longer than a small
scenario takes to play. So the tests have those classes check what is drawn here.
"""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Any, NamedTuple

Trace = dict[str, Any]

NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}
"""What plotly calls the template ``none``; a figure without a template would take on plotly's own colours."""


class Drawing(NamedTuple):
    """Traces in the order in which they are drawn, and the layout around them."""

    data: list[Trace]
    layout: dict[str, Any]


def trace(kind: str, **settings: Any) -> Trace:
    """Return a trace; settings that are None are left to plotly.

    Examples
    --------
    >>> trace("bar", x=[1, 2], error_x=None)
    {'type': 'bar', 'x': [1, 2]}
    """
    return {"type": kind, **{name: value for name, value in settings.items() if value is not None}}


scatter = partial(trace, "scatter")
bar = partial(trace, "bar")


def plotly_script() -> str:
    """Return plotly's script, as ``plotly.offline.get_plotlyjs`` does without the rest of plotly."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes().decode("utf-8")
