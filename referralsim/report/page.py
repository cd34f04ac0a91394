"""A page of its own for a sweep, a sensitivity analysis or a search: a sentence, pictures, tables.

Like the report it is one file that asks the network for nothing, reads on a phone, prints, and has a
dark form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from referralsim.report.drawing import Drawing
from referralsim.report.html import Drawn, bare_environment, drawn, page_parts
from referralsim.report.markdown import escaped

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Part(NamedTuple):
    """A picture, or a table with a heading, or a heading and its caption alone."""

    title: str
    caption: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    drawn: Drawn | None = None


class Page(NamedTuple):
    """What a reader gets."""

    kind: str  # what it is: Sweep, Sensitivity, Search
    name: str
    question: str
    sentence: str  # the finding
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    command: str


def picture(figure: go.Figure, title: str, caption: str = "") -> Part:
    """Return a plotly figure (made with :func:`referralsim.report.style.layout`) as part of a page."""
    spec = figure.to_plotly_json()
    return Part(title, caption, drawn=drawn(Drawing(spec["data"], spec["layout"]), title))


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> Part:
    """Return a table as part of a page."""
    return Part(title, caption, tuple(head), tuple(tuple(row) for row in rows))


def page_html(page: Page) -> str:
    """Return the page. Equal pages give equal text."""
    return bare_environment().get_template("page.html.j2").render(p=page, **page_parts())


def page_markdown(page: Page) -> str:
    """Return the sentence, the notes, the tables and what is said in place of a picture as Markdown."""
    lines = [f"# {escaped(page.question)}", "", f"**{escaped(page.sentence)}**", ""]
    lines += [f"- {escaped(note)}" for note in page.notes]
    for part in page.parts:
        if part.head:
            lines += ["", f"## {escaped(part.title)}", ""]
            lines += [f"| {' | '.join(map(escaped, part.head))} |", f"|{'---|' * len(part.head)}"]
            lines += [f"| {' | '.join(map(escaped, row))} |" for row in part.rows]
        elif part.drawn is None:
            lines += ["", f"## {escaped(part.title)}", "", escaped(part.caption)]
    return "\n".join([*lines, "", "## How it was run", "", f"    {page.command}", ""])
