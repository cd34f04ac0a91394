"""What the report knows, section by section: plain numbers that tests check and figures draw."""

from __future__ import annotations

from typing import NamedTuple

from referralsim.experiment.choosing import Choice
from referralsim.experiment.risk import Risk
from referralsim.report.wording import Estimate, Money


class Answer(NamedTuple):
    """The finding in words."""

    sentence: str  # the answer, with its interval
    also: tuple[str, ...]  # what else a decision needs: customers, cost
    caveats: tuple[str, ...]  # what the numbers do not say
    lead: str  # the design with the highest primary measure
    measure: str  # name of the primary measure
    verdict: str  # 'clear', 'clear in part', 'too close to call', 'no difference', 'one design', 'not known'


class FindingRow(NamedTuple):
    """What was reported or claimed, beside what came out, in words."""

    statement: str
    what: str  # measure and designs
    value: str  # with its interval
    wanted: str  # bounds, or what was reported
    verdict: str
    source: str
    note: str


class OptionRow(NamedTuple):
    """One design as a choice, in words."""

    design: str
    value: str  # of the goal, with its interval
    chance_best: str
    expected_loss: str
    spent_95: str  # what rewards cost, or more, in one run of twenty
    cost_per_caused: str
    came_anyway: str  # share of credited customers


class DoubtRow(NamedTuple):
    """Luck and ignorance in one result, as texts."""

    measure: str
    of: str  # a design, or one less another
    n_draws: int
    luck: str  # standard deviation of one run by luck
    unknown: str  # standard deviation of the true mean by what is not known
    share: str  # of the variance of one run that is not known, with its 95 % interval


class DecisionInfo(NamedTuple):
    """What to do, and how sure."""

    title: str
    lines: tuple[str, ...]  # what was caused, how sure, price, risk, what would settle it
    goal: str  # name of the measure on which designs are weighed
    rows: tuple[OptionRow, ...]
    choice: Choice
    doubts: tuple[DoubtRow, ...] = ()  # where uncertain numbers were drawn


class Series(NamedTuple):
    """One line of a figure; the four tuples are equally long, NaN where a value is not known."""

    name: str
    x: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]  # replications behind each point


class SeriesInfo(NamedTuple):
    """Lines over one axis, one a design."""

    title: str  # the finding
    x_title: str  # with its unit
    y_title: str
    note: str
    series: tuple[Series, ...]


class Spread(NamedTuple):
    """Where a number of each run lies: median and middle 80 %; NaN where that lies beyond the run."""

    median: float
    low: float
    high: float
    n_known: int  # runs that have it
    n_runs: int


class CashLine(NamedTuple):
    """Cash of one design's programmes, major units; tuples of one length."""

    name: str
    place: int  # among all designs, which have one colour each in all figures
    days: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]  # of the band that holds 95 % of the runs; NaN for one run
    high: tuple[float, ...]
    n: int  # runs
    lowest: Spread  # deepest point of each run, 0 or below
    lowest_day: Spread
    payback: Spread  # day from which a run stays out of the red


class CashInfo(NamedTuple):
    """Cash over time, one line a design that moves money."""

    title: str
    note: str
    x_title: str
    lead: str
    money: Money
    lines: tuple[CashLine, ...]


class RiskRow(NamedTuple):
    """How bad a launch of one design may be, in words."""

    design: str
    budget: str
    over_budget: str  # chance, with its interval
    out_of_budget: str  # chance that a programme's own budget refuses a reward
    spent: str  # what rewards cost, or more, in one run of twenty; with its interval
    spent_worst: str  # mean of those runs
    profit: str  # the same of contribution after acquisition, or less
    profit_worst: str
    caused: str  # of the contribution that the programmes cause
    caused_worst: str
    lowest: str  # of the deepest point of their cash
    lowest_worst: str


class RiskInfo(NamedTuple):
    """The bad end of the runs."""

    title: str
    note: str
    rows: tuple[RiskRow, ...]
    risks: tuple[Risk, ...]


class SplitInfo(NamedTuple):
    """K split into parts that add up to it."""

    title: str
    split: str  # 'loop', 'channel', ...
    designs: tuple[str, ...]
    parts: tuple[str, ...]
    k: dict[str, dict[str, float]]  # design -> part -> customers brought by one customer
    note: str


class CountRow(NamedTuple):
    """How often something happened, mean over replications, by design."""

    label: str
    counts: dict[str, float]


class FunnelInfo(NamedTuple):
    """How many get how far, means over replications."""

    title: str
    which: str  # 'programme' or 'other loops'
    lead: str  # the design whose bars are drawn
    designs: tuple[str, ...]
    steps: tuple[str, ...]
    counts: dict[str, dict[str, float]]  # design -> step -> count
    passed: dict[str, dict[str, float]]  # design -> step -> share of the step before
    leaks: dict[str, str]  # design -> the step that the smallest share passes
    besides: tuple[CountRow, ...] = ()  # reminders, fakes and refusals, where there are any


class TreeInfo(NamedTuple):
    """One referral tree laid out around its first customer; arrays have one entry a person drawn."""

    title: str
    design: str
    n_people: int  # in the whole tree
    n_generations: int  # generations after the first customer, in the whole tree
    x: tuple[float, ...]
    y: tuple[float, ...]
    parent: tuple[int, ...]  # index of the parent, -1 for the first customer
    generation: tuple[int, ...]
    joined_days: tuple[float, ...]
    loop: tuple[str, ...]


class MoneyRow(NamedTuple):
    """One kind of money, mean over replications, in minor units, by design."""

    label: str
    cents: dict[str, float]


class MoneyInfo(NamedTuple):
    """What the programme pays and what it costs."""

    title: str
    money: Money
    designs: tuple[str, ...]
    rewards: tuple[MoneyRow, ...]  # by side and state
    paid: tuple[MoneyRow, ...]  # the part of it that was paid out, by side


class Figure(NamedTuple):
    """One measure of one design."""

    measure: str
    title: str
    unit: str
    definition: str
    estimate: Estimate
    places: int  # decimals that its own interval supports
    note: str  # why it is not known, where the record level is the reason; else empty


class MeasureTable(NamedTuple):
    """Measures of a part of the programme that some design uses."""

    title: str
    places: tuple[int, ...]  # of the measures among all figures of a design


class DesignCard(NamedTuple):
    """One design: what it changes, and what comes out."""

    name: str
    is_lead: bool
    changes: tuple[str, ...]  # 'path: value' where designs differ
    headline: tuple[Figure, ...]
    all_figures: tuple[Figure, ...]


class Comparison(NamedTuple):
    """A paired difference between two designs, ``a`` minus ``b``."""

    measure: str
    title: str
    unit: str
    a: str
    b: str
    difference: Estimate
    p_a_better: float
    verdict: str  # of this pair taken alone, see metrics.intervals.verdict
    clear: bool  # whether it is still clear when all pairs are looked at together


class DifferencesInfo(NamedTuple):
    """All pairs on one measure."""

    title: str
    measure: str
    measure_title: str
    unit: str
    money: Money
    rows: tuple[Comparison, ...]


class Assumption(NamedTuple):
    """One value of the resolved scenario."""

    path: str
    values: dict[str, str]  # design -> value as text; 'not present' where a design has no such part
    source: str
    differs: bool
    doubt: str = ""  # what else it may be, with the source of that; empty: it is taken as known


class AssumptionGroup(NamedTuple):
    """Assumptions about one part of the scenario."""

    name: str
    rows: tuple[Assumption, ...]


class RunInfo(NamedTuple):
    """How it was run."""

    command: str
    facts: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, tuple[str, ...]], ...]


class ReportData(NamedTuple):
    """Everything that a report says, in the order in which it says it."""

    name: str
    question: str
    description: str
    horizon_days: float
    replications: int
    money: Money
    answer: Answer
    decision: DecisionInfo | None
    risk: RiskInfo | None  # None where no money moves
    findings: tuple[FindingRow, ...]
    designs: tuple[DesignCard, ...]
    differences: tuple[DifferencesInfo, ...]
    k_by_generation: SeriesInfo
    k_by_cohort: SeriesInfo
    k_by_day: SeriesInfo
    k_by_penetration: SeriesInfo
    k_splits: tuple[SplitInfo, ...]
    funnels: tuple[FunnelInfo, ...]
    adoption: SeriesInfo
    tree: TreeInfo
    money_flows: MoneyInfo
    cash: CashInfo
    worth: tuple[MeasureTable, ...]  # what a customer costs, and what one is worth by source
    further: tuple[MeasureTable, ...]  # abuse, agents, loyalty and care: those that are used
    assumptions: tuple[AssumptionGroup, ...]
    n_assumptions: int
    n_sourced: int
    n_uncertain: int  # values that may be another, as the scenario says
    run: RunInfo
