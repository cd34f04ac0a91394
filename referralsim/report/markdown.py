"""The report as Markdown: the same order and the same numbers, for a pull request or a note."""

from __future__ import annotations

import re
from collections.abc import Iterable

from referralsim.measures import MEASURES
from referralsim.report.cash import spread_text
from referralsim.report.contest import verdict_text
from referralsim.report.funnel import passed_text
from referralsim.report.html import amount_text, difference_span, runs_text, tree_note
from referralsim.report.infos import (
    CashInfo,
    DoubtRow,
    FunnelInfo,
    MeasureTable,
    ReportData,
    Series,
    SeriesInfo,
)
from referralsim.report.risk import risk_lines
from referralsim.report.series import part_title
from referralsim.report.vocabulary import SPLITS, words
from referralsim.report.wording import cell_text, chance_text, clean, number, short_number, value_text

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#~!&])")
_MOST_POINTS = 13


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    Examples
    --------
    >>> print(escaped("a|b <i>*c*"))
    a\|b \<i\>\*c\*
    """
    return _ACTIVE.sub(r"\\\1", clean(text))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = [escaped(name) for name in head]
    lines = [f"| {' | '.join(names)} |", f"|{'|'.join(['---'] * len(names))}|"]
    lines += [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows]
    return ["", *lines, ""]


def _point(line: Series, at: int) -> str:
    text = short_number(line.mean[at])
    low, high = line.low[at], line.high[at]
    return f"{text} ({short_number(low)} to {short_number(high)})" if low == low and high == high else text


def _series(info: SeriesInfo) -> list[str]:
    places = sorted({x for line in info.series for x in line.x})
    if not places:
        return []
    step = max(1, -(-len(places) // _MOST_POINTS))
    shown = [x for i, x in enumerate(places) if (len(places) - 1 - i) % step == 0]
    rows = [
        [number(x, 0 if x == round(x) else 1)]
        + [_point(line, line.x.index(x)) if x in line.x else "\u2013" for line in info.series]
        for x in shown
    ]
    head = [info.x_title, *(line.name for line in info.series)]
    return [
        f"### {escaped(info.title)}",
        *_table(head, rows),
        *([escaped(info.note), ""] if info.note else []),
    ]


def _opening(data: ReportData) -> list[str]:
    found = data.answer
    lines = [f"# {escaped(data.question or data.name)}", ""]
    if data.description:
        lines += [escaped(data.description), ""]
    lines += [f"**{escaped(found.sentence)}**", ""]
    lines += [f"- {escaped(line)}" for line in (*found.also, *found.caveats)]
    return [*lines, ""]


def _decision(data: ReportData) -> list[str]:
    found = data.decision
    if found is None:
        return []
    head = [
        "Design",
        MEASURES[found.goal].title,
        "Chance best",
        "Loss if wrong",
        "Rewards, worst run of 20",
        "Reward cost per customer caused",
        "Credited who would have come anyway",
    ]
    return [
        f"## {escaped(found.title)}",
        "",
        *(f"- {escaped(line)}" for line in found.lines),
        *_table(head, found.rows),
        *(_doubts(found.doubts) if found.doubts else []),
    ]


def _risk(data: ReportData) -> list[str]:
    found = data.risk
    if found is None:
        return []
    head = ["What can go wrong", *(row.design for row in found.rows)]
    rows = ([name, *cells] for name, cells in risk_lines(found))
    return [f"## {escaped(found.title)}", "", escaped(found.note), *_table(head, rows)]


def _cash(info: CashInfo) -> list[str]:
    if not info.lines:
        return []
    head = ["Design", "Deepest point", "on day", "Out of the red on day", "Runs out of the red by the end"]
    rows = []
    for line in info.lines:
        in_red = line.payback.n_runs
        rows.append(
            [
                line.name,
                spread_text(line.lowest, info.money),
                spread_text(line.lowest_day),
                spread_text(line.payback),
                f"{line.payback.n_known} of {in_red} that were in it",
            ]
        )
    return [
        f"### {escaped(info.title)}",
        "",
        "Medians over runs, with the middle 80 % of them.",
        *_table(head, rows),
    ]


def _doubts(rows: tuple[DoubtRow, ...]) -> list[str]:
    head = ["Result", "Of", "Draws", "Luck: sd of a run", "Not known: sd", "Share not known"]
    return ["### Luck, and what is not known", "", *_table(head, [list(map(str, row)) for row in rows])]


def _findings(data: ReportData) -> list[str]:
    if not data.findings:
        return []
    head = ["Statement", "Measured by", "Comes out", "Wanted", "Verdict", "Source", "Note"]
    return ["## What was said, and what comes out here", *_table(head, data.findings)]


def _designs(data: ReportData) -> list[str]:
    lines = ["## The designs side by side", "", f"Means over {runs_text(data)}, with 95 % intervals."]
    names = [card.name for card in data.designs]
    rows = []
    for index, figure in enumerate(data.designs[0].all_figures if data.designs else ()):
        cells = [card.all_figures[index] for card in data.designs]
        texts = [
            cell.note or cell_text(cell.estimate, cell.unit, data.money, data.replications) for cell in cells
        ]
        rows.append([figure.title, *texts])
    lines += _table(["Measure", *names], rows)
    for info in data.differences:
        lines += [f"### {escaped(info.title)}"]
        lines += _table(
            ["a", "b", "a \u2212 b", "95 % interval", "Chance a is better", "Verdict"],
            (
                [
                    row.a,
                    row.b,
                    value_text(row.difference, row.unit, data.money),
                    difference_span(row, data.money, data.replications),
                    chance_text(row.p_a_better),
                    verdict_text(row),
                ]
                for row in info.rows
            ),
        )
    return lines


def _k(data: ReportData) -> list[str]:
    lines = ["## K: how many customers one customer brings", ""]
    for info in (data.k_by_generation, data.k_by_cohort, data.k_by_day, data.k_by_penetration):
        lines += _series(info)
    for split in data.k_splits:
        lines += [f"### {escaped(split.title)}"]
        lines += _table(
            [words(SPLITS[split.split]), *split.designs],
            (
                [
                    part_title(split.split, part),
                    *(short_number(split.k[name][part]) for name in split.designs),
                ]
                for part in split.parts
            ),
        )
    return lines


def _funnel(info: FunnelInfo) -> list[str]:
    rows = []
    for step in info.steps:
        cells = []
        for name in info.designs:
            share = info.passed[name].get(step)
            leak = ", the leak" if info.leaks.get(name) == step else ""
            kept = "" if share is None else f" ({passed_text(info, share, step)}{leak})"
            cells.append(f"{number(info.counts[name][step], 0)}{kept}")
        rows.append([words(step), *cells])
    lines = [f"### {escaped(info.title)}", *_table(["Step", *info.designs], rows)]
    if info.besides:
        beside = ([row.label, *(_count(row.counts[name]) for name in info.designs)] for row in info.besides)
        lines += _table(["Beside the steps", *info.designs], beside)
    return lines


def _count(value: float) -> str:
    return number(value, 0 if value >= 10 or value == 0 else 1)


def _measures(data: ReportData, tables: Iterable[MeasureTable]) -> list[str]:
    lines = []
    for info in tables:
        rows = []
        for at in info.places:
            cells = [card.all_figures[at] for card in data.designs]
            texts = [cell_text(cell.estimate, cell.unit, data.money, data.replications) for cell in cells]
            rows.append([cells[0].title, *texts])
        lines += _table([info.title, *(card.name for card in data.designs)], rows)
    return lines


def _further(data: ReportData) -> list[str]:
    """Write the measures of abuse, agents, loyalty and care, where they are used."""
    lines = ["## Abuse, agents, loyalty and care", ""] if data.further else []
    return lines + _measures(data, data.further)


def _funnel_and_after(data: ReportData) -> list[str]:
    lines = ["## The funnel, and where it leaks", ""]
    for info in data.funnels:
        lines += _funnel(info)
    lines += ["## Customers over time", "", *_series(data.adoption)]
    lines += ["## One referral tree", "", escaped(data.tree.title) + ".", ""]
    lines += [tree_note(data), ""] if data.tree.x else []
    flows = data.money_flows
    lines += ["## Money", "", escaped(flows.title) + ".", ""]
    if flows.rewards:
        lines += _table(
            ["Rewards", *flows.designs],
            (
                [row.label, *(amount_text(row.cents[name], flows.money) for name in flows.designs)]
                for row in flows.rewards
            ),
        )
    return [*lines, *_cash(data.cash), *_measures(data, data.worth)]


def _assumptions_and_run(data: ReportData) -> list[str]:
    names = [card.name for card in data.designs]
    lines = ["## Every assumption, and where it comes from", ""]
    for group in data.assumptions:
        several = group.rows[0].differs
        doubtful = any(row.doubt for row in group.rows)
        head = ["Path", *(names if several else ["Value"]), *["May be"] * doubtful, "Source"]
        rows = (
            [
                row.path,
                *(row.values[name] for name in (names if several else names[:1])),
                *[row.doubt] * doubtful,
                row.source,
            ]
            for row in group.rows
        )
        lines += [f"### {escaped(group.name)}", *_table(head, rows)]
    lines += ["## How it was run", ""]
    if data.run.command:
        lines += [f"    {data.run.command}", ""]
    lines += _table(["", ""], data.run.facts)
    digests = [[name, " ".join(text[:16] for text in texts)] for name, texts in data.run.digests]
    return lines + _table(["Design", "Digests of the records"], digests)


def render_markdown(data: ReportData) -> str:
    """Return ``report.md``."""
    parts = (
        *(_opening, _decision, _risk, _findings, _designs, _k),
        *(_funnel_and_after, _further, _assumptions_and_run),
    )
    lines = [line for part in parts for line in part(data)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
