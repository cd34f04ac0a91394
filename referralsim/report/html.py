"""The page: one self-contained file that asks the network for nothing.

Text from a scenario is escaped by the template, by :func:`referralsim.report.style.plain` inside
figures and by :func:`json_for_script` inside data. Should one of them fail, the page's content policy
still names the only two scripts that may run, by their digests, and forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from markupsafe import Markup

from referralsim.folders import is_private, user_cache
from referralsim.measures import MEASURES
from referralsim.report.cash_figure import plot_cash
from referralsim.report.contest import verdict_text
from referralsim.report.data import is_something
from referralsim.report.drawing import Drawing, plotly_script
from referralsim.report.figures import (
    plot_differences,
    plot_funnel,
    plot_funnel_rates,
    plot_money,
    plot_series,
    plot_split,
    rates_differ,
    rates_title,
)
from referralsim.report.funnel import passed_text
from referralsim.report.infos import Comparison, Figure, ReportData, SeriesInfo
from referralsim.report.risk import risk_lines
from referralsim.report.tree_figure import plot_tree
from referralsim.report.vocabulary import COST_TABLE, WORTH_TABLE, words
from referralsim.report.wording import (
    Money,
    chance_text,
    clean,
    interval_text,
    number,
    quantity,
    runs_note,
    span_text,
    value_text,
)

SECTIONS = (
    ("answer", "Answer"),
    ("decision", "Decision"),
    ("risk", "Risk"),
    ("findings", "Findings"),
    ("designs", "Designs"),
    ("k", "K"),
    ("funnel", "Funnel"),
    ("adoption", "Customers"),
    ("tree", "Tree"),
    ("money", "Money"),
    ("further", "Abuse, agents, care"),
    ("assumptions", "Assumptions"),
    ("run", "Run"),
)
_EMPTY = frozenset({"decision", "risk", "findings", "further"})
"""Sections that are left out where there is nothing to say."""
_REWARD_STATES = frozenset(
    {"reward_earned", "reward_paid", "reward_reversed", "reward_capped", "reward_held", "reward_redeemed"}
    | {"reward_expired", "reward_lost", "reward_disputed", "reward_unfunded", "reward_liability"}
)


class Drawn(NamedTuple):
    """A figure as the page holds it: the title is the page's, the rest is data for plotly."""

    title: str
    height: int
    json: Markup


def json_for_script(value: Any) -> Markup:
    r"""Return JSON that cannot end or disturb the script element around it.

    Examples
    --------
    >>> print(json_for_script({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that HTML reads is escaped above


def drawn(figure: Drawing, title: str) -> Drawn:
    """Return a figure as a page holds it."""
    layout = {key: value for key, value in figure.layout.items() if key != "title"}
    layout["margin"] = {**layout["margin"], "t": 10}
    return Drawn(
        clean(title), int(layout["height"]), json_for_script({"data": figure.data, "layout": layout})
    )


def _lines(info: SeriesInfo, **how: bool) -> Drawn | None:
    return drawn(plot_series(info, **how), info.title) if any(line.x for line in info.series) else None


def figures(data: ReportData) -> dict[str, Drawn | None]:
    """Draw all figures of the page by the id of their place; None where there is nothing to draw."""
    found = {
        "k-generation": _lines(data.k_by_generation, whole=True),
        "k-cohort": _lines(data.k_by_cohort),
        "k-day": _lines(data.k_by_day, bands=True),
        "k-penetration": _lines(data.k_by_penetration, plain_lines=True),
        "adoption-days": _lines(data.adoption, bands=True),
        "referral-tree": drawn(plot_tree(data.tree), data.tree.title) if data.tree.x else None,
        "money-paid": drawn(plot_money(data.money_flows), data.money_flows.title)
        if data.money_flows.paid
        else None,
        "cash": drawn(plot_cash(data.cash), data.cash.title) if data.cash.lines else None,
    }
    for index, funnel in enumerate(data.funnels, 1):
        found[f"funnel-{index}"] = drawn(plot_funnel(funnel), funnel.title)
        if rates_differ(funnel):
            found[f"funnel-rates-{index}"] = drawn(plot_funnel_rates(funnel), rates_title(funnel))
    for index, differences in enumerate(data.differences, 1):
        if all(row.verdict in ("no difference", "not known") for row in differences.rows):
            continue
        found[f"difference-{index}"] = drawn(plot_differences(differences), differences.title)
    for split in data.k_splits:
        found[f"k-{split.split}"] = drawn(plot_split(split), split.title)
    return found


@cache
def _plotly() -> str:
    return _script_text(plotly_script())


def _script_text(text: str) -> str:
    """Return a script as a page may hold it: line ends as the parser will see them, no end tag inside."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _asset(name: str) -> str:
    return files("referralsim.report").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _kept_templates() -> FileSystemBytecodeCache | None:
    """Return where templates are kept as Python code: a folder that nobody else can write to, or none."""
    folder = user_cache() / "templates" / version("jinja2")
    private = is_private(folder) and is_private(folder.parent)
    return FileSystemBytecodeCache(str(folder)) if private else None


def bare_environment() -> Environment:
    """Return what all pages are made with: everything is escaped, nothing may be missing."""
    environment = Environment(
        loader=PackageLoader("referralsim.report"),
        bytecode_cache=_kept_templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = lambda text, longest=0: clean(str(text), longest)
    return environment


def page_parts() -> dict[str, Any]:
    """Return what every page carries: style, scripts, and the policy that allows just these."""
    plotly, script = _plotly(), _script_text(_asset("report.js"))
    return {
        "policy": _policy(plotly, script),
        "css": Markup(_asset("report.css")),  # noqa: S704 - our own file
        "plotly": Markup(plotly),  # noqa: S704 - plotly's own file, end tags defused
        "script": Markup(script),  # noqa: S704 - our own file
    }


def _environment(money: Money, replications: int) -> Environment:
    environment = bare_environment()

    def value(figure: Figure) -> str:
        return value_text(figure.estimate, figure.unit, money, figure.places)

    def interval(figure: Figure) -> str:
        return span_text(figure.estimate, figure.unit, money, replications)

    def difference(row: Comparison) -> str:
        return value_text(row.difference, row.unit, money)

    def difference_interval(row: Comparison) -> str:
        return difference_span(row, money, replications)

    environment.filters.update(
        value=value,
        interval=interval,
        unit=lambda figure: unit_text(figure.unit, money),
        difference=difference,
        difference_interval=difference_interval,
        chance=chance_text,
        verdict=verdict_text,
        measure=lambda name: MEASURES[name].title,
        words=words,
        breakable=lambda path: Markup(".<wbr>").join(clean(part) for part in path.split(".")),
        count=lambda count: number(count, 0 if count >= 10 or count == 0 else 1),
        passed=lambda share, funnel, step: passed_text(funnel, share, step),
        amount=lambda cents: amount_text(cents, money),
    )
    return environment


def unit_text(unit: str, money: Money) -> str:
    """Return a unit as the reader sees it."""
    return clean(money.currency) if unit == "money" else "%" if unit == "share" else unit


def amount_text(minor: float, money: Money) -> str:
    """Return an amount in minor units with its currency, whole units from a hundred on."""
    major = money.major(minor)
    places = 0 if abs(major) >= 100 or major == 0 or money.minor_per_major == 1 else 2
    return quantity(major, "money", money, places)


def difference_span(row: Comparison, money: Money, replications: int) -> str:
    """Return the interval of a difference, and the pairs it rests upon where those are not all runs."""
    interval = interval_text(row.difference, row.unit, money)
    if row.difference.exact:
        interval = "the same in every pair"
    return " ".join(
        part for part in (interval or "not known", runs_note(row.difference, replications)) if part
    )


def _money_measures(data: ReportData) -> list[int]:
    if not data.designs:
        return []
    return [
        index
        for index, figure in enumerate(data.designs[0].all_figures)
        if figure.measure in MEASURES
        and MEASURES[figure.measure].group == "Money"
        and figure.measure not in _REWARD_STATES | {*COST_TABLE, *WORTH_TABLE}
        and any(is_something(card.all_figures[index].estimate) for card in data.designs)
    ]


def runs_text(data: ReportData) -> str:
    """Return how many runs stand behind the means."""
    n = data.replications
    return f"{n} run{'' if n == 1 else 's'} a design"


def tree_note(data: ReportData) -> str:
    """Return what to know about the drawn tree."""
    tree = data.tree
    if len(tree.x) < tree.n_people:
        return f"Drawn are the nearest {number(len(tree.x), 0)} of {number(tree.n_people, 0)} people."
    return "An example, and not a typical one: most trees are much smaller."


def render_html(data: ReportData) -> str:
    """Return the page. Equal data give equal text."""
    return (
        _environment(data.money, data.replications)
        .get_template("report.html.j2")
        .render(
            d=data,
            figures=defaultdict(lambda: None, figures(data)),
            sections=[part for part in SECTIONS if part[0] not in _EMPTY or getattr(data, part[0])],
            runs_text=runs_text(data),
            tree_note=tree_note(data),
            money_measures=_money_measures(data),
            risk_lines=risk_lines(data.risk) if data.risk else [],
            **page_parts(),
        )
    )
