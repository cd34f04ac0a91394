"""What the pages of sweeps, sensitivity and search know, picture by picture and table by table.

Plain numbers that tests check and :mod:`referralsim.report.exploring_figures` draws. Values of measures are
in the unit in which they are shown, money in major units; NaN where a value is not known. Fields of rows are
texts, ready for a table.
"""

from __future__ import annotations

from typing import NamedTuple


class Side(NamedTuple):
    """What is varied along one axis of a picture."""

    title: str  # with its unit
    places: tuple[float, ...] | tuple[str, ...]  # numbers of one unit, else the words as written


class Line(NamedTuple):
    """A measure of one design along an axis; tuples as long as its places."""

    design: str
    mean: tuple[float, ...]
    low: tuple[float, ...]  # of the 95 % interval
    high: tuple[float, ...]
    n: tuple[int, ...]  # replications behind each point


class LinesInfo(NamedTuple):
    """A measure against one thing that is varied, one line a design."""

    title: str
    caption: str
    x: Side
    y_title: str
    has_one: bool  # K: the line where each customer brings one more is drawn
    lines: tuple[Line, ...]


class HeatInfo(NamedTuple):
    """A measure of one design against two things that are varied."""

    title: str
    caption: str  # where nothing differs, this says so in place of a picture
    x: Side
    y: Side
    cells: tuple[tuple[float, ...], ...]  # one row a place on y, one column a place on x
    has_one: bool  # the line K = 1 goes through
    is_flat: bool  # there are no two different values to draw


class TornadoBar(NamedTuple):
    """What one assumption alone does to a measure."""

    path: str
    at_low: float  # mean at the low end of its range
    at_high: float


class EffectRow(NamedTuple):
    """The same in words."""

    path: str
    low_end: str  # value of the assumption, and of the measure with its interval
    high_end: str
    swing: str  # measure at the high end less at the low end, paired


class TornadoInfo(NamedTuple):
    """What each assumption alone does, the largest swing first."""

    title: str
    caption: str
    x_title: str
    base: float  # mean with the scenario's own numbers
    bars: tuple[TornadoBar, ...]
    rows: tuple[EffectRow, ...]


class FlipRow(NamedTuple):
    """Where one assumption alone changes the winner."""

    path: str
    at: str  # values with their unit, or why there is none
    lead_at_low: str  # with its interval
    lead_at_high: str


class FlipsInfo(NamedTuple):
    """What would change the decision between two designs."""

    title: str
    caption: str
    rows: tuple[FlipRow, ...]


class ShareRow(NamedTuple):
    """How much of a result one assumption explains, each with half the width of its interval."""

    path: str
    first: str  # Sobol': alone; Morris: mean absolute effect
    total: str  # Sobol': with all interactions; Morris: spread of the effects


class SharesInfo(NamedTuple):
    """Shares of variance, or elementary effects, the largest first."""

    title: str
    head: tuple[str, str, str]
    rows: tuple[ShareRow, ...]


class ChanceInfo(NamedTuple):
    """Chance against ignorance in one measure; rows of what it is and its value."""

    title: str
    caption: str
    rows: tuple[tuple[str, str], ...]


class Dot(NamedTuple):
    """A point that a search tried."""

    x: float | str  # the varied number or word, the other goal, or the place in the order of trials
    y: float  # mean of the first goal
    text: str  # the values tried


class DotGroup(NamedTuple):
    """Points that are drawn alike."""

    kind: str  # 'best', 'allowed', 'broken'
    label: str
    dots: tuple[Dot, ...]


class TrialsInfo(NamedTuple):
    """All points that a search tried; groups without any are left out."""

    title: str
    x_title: str
    y_title: str
    groups: tuple[DotGroup, ...]
