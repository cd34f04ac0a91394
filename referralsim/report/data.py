"""Everything the report says, computed once from an experiment; all formats are written from this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from referralsim.measures import MEASURES
from referralsim.metrics.summary import NOT_RECORDED, why_undefined
from referralsim.report.answer import answer
from referralsim.report.assumptions import ABSENT, ASSUMED, BELOW, DIFFERING, assumptions, value_text
from referralsim.report.cash import cash_curve
from referralsim.report.contest import comparisons, money_of, reverse
from referralsim.report.decision import decision
from referralsim.report.findings import findings
from referralsim.report.flows import money_flows
from referralsim.report.frames import NOTHING, all_estimates, design_names, window_days
from referralsim.report.funnel import funnels
from referralsim.report.infos import (
    Assumption,
    AssumptionGroup,
    DesignCard,
    DifferencesInfo,
    Figure,
    MeasureTable,
    ReportData,
    RunInfo,
)
from referralsim.report.risk import risk
from referralsim.report.series import (
    adoption,
    k_by_cohort,
    k_by_day,
    k_by_generation,
    k_by_penetration,
    k_splits,
)
from referralsim.report.tree import referral_tree
from referralsim.report.vocabulary import (
    COST_TABLE,
    ONLY_IF_USED,
    PRIMARY,
    WORTH_TABLE,
    measure_definition,
    measure_title,
    measure_unit,
    only_if_used,
    words,
)
from referralsim.report.wording import Estimate, clean, own_places, quoted

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

Known = dict[tuple[str, str], Estimate]

HEADLINE = (PRIMARY, "customers", "cost_per_referred_customer")
_COMPARED = (PRIMARY, "customers", "cost_per_referred_customer")
_MOST_CHANGES = 6
_DETAIL = 2
_INSIDE = " \u203a "


def _figure(experiment: Experiment, known: Known, design: str, measure: str) -> Figure:
    found, unit = known.get((design, measure), NOTHING), measure_unit(measure)
    return Figure(
        measure,
        measure_title(measure, window_days(experiment)),
        unit,
        measure_definition(measure),
        found,
        own_places(found, unit, money_of(experiment)),
        NOT_RECORDED if why_undefined(measure, experiment.level) else "",
    )


def _changes(differing: tuple[Assumption, ...], design: str) -> tuple[str, ...]:
    """Return what sets a design apart: parts it lacks, then its rewards, then values that differ.

    Each goes under the last two words of its path where that is enough to tell it from the others; those
    beyond :data:`_MOST_CHANGES` are only counted. Details of a part that other designs lack altogether
    are left to the assumptions.
    """
    rows = [row for row in differing if row.values[design] not in (ABSENT, BELOW)]
    rows.sort(key=_importance)
    texts = {_INSIDE.join(part.split(".")): ABSENT for part in _lacking(differing, design)}
    for row in rows:
        if _importance(row) == _DETAIL:
            break
        short = _INSIDE.join(row.path.split(".")[-2:])
        if texts.get(short, row.values[design]) != row.values[design]:
            short = row.path.replace(".", _INSIDE)
        texts[short] = row.values[design]
    lines = [f"{label}: {value}" for label, value in texts.items()][:_MOST_CHANGES]
    more = len(texts) - len(lines)
    return (*lines, f"and {more} more, listed under the assumptions") if more else tuple(lines)


def _importance(row: Assumption) -> int:
    """Rank a difference for a card: what is paid, what differs in value, what only some designs have."""
    if ".rewards." in row.path and row.path.endswith((".value", ".referrer", ".referee")):
        return 0
    return 1 if len(set(row.values.values()) - {ABSENT, BELOW}) > 1 else _DETAIL


def _lacking(differing: tuple[Assumption, ...], design: str) -> list[str]:
    """Return the named parts (such as a whole programme) that other designs have and this one has not."""
    parts = dict.fromkeys(".".join(row.path.split(".")[:2]) for row in differing if row.path.count(".") > 1)
    return [
        part
        for part in parts
        if all(row.values[design] == ABSENT for row in differing if row.path.startswith(f"{part}."))
    ]


def design_cards(
    experiment: Experiment, lead: str, groups: tuple[AssumptionGroup, ...]
) -> tuple[DesignCard, ...]:
    """Return one card a design: what sets it apart, the headline measures and all the others."""
    differing = next((group.rows for group in groups if group.name == DIFFERING), ())
    known = all_estimates(experiment)
    measures = tuple(
        name
        for name in dict.fromkeys(str(name) for name in experiment.estimates["measure"])
        if not only_if_used(name)
        or any(is_something(known.get((design, name), NOTHING)) for design in experiment.designs)
    )
    cards = []
    for design in design_names(experiment):
        changes = _changes(differing, design)
        cards.append(
            DesignCard(
                design,
                design == lead and len(experiment.designs) > 1,
                changes,
                tuple(_figure(experiment, known, design, measure) for measure in HEADLINE),
                tuple(_figure(experiment, known, design, measure) for measure in measures),
            )
        )
    return tuple(cards)


def is_something(value: Estimate) -> bool:
    """Say whether a measure is known and not zero in every run."""
    return value.known and (value.mean != 0 or value.half_width > 0)


def further(cards: tuple[DesignCard, ...]) -> tuple[MeasureTable, ...]:
    """Return the measures of abuse, agents, loyalty and care, those parts that some design uses."""
    figures = cards[0].all_figures if cards else ()
    tables = [
        MeasureTable(
            group,
            tuple(
                place
                for place, figure in enumerate(figures)
                if figure.measure in MEASURES and MEASURES[figure.measure].group == group
            ),
        )
        for group in ONLY_IF_USED
    ]
    return tuple(found for found in tables if found.places)


def worth(cards: tuple[DesignCard, ...]) -> tuple[MeasureTable, ...]:
    """Return what a customer costs and what one is worth, as far as any design knows.

    A cost of 0 before the programmes is shown beside the one with them; a table of nothing but zeros is not.
    """
    names = [figure.measure for figure in cards[0].all_figures] if cards else []
    found = []
    for title, wanted in (("What a customer costs", COST_TABLE), ("What a customer is worth", WORTH_TABLE)):
        at_all = [names.index(name) for name in wanted if name in names]
        columns = {at: [card.all_figures[at].estimate for card in cards] for at in at_all}
        places = tuple(at for at, column in columns.items() if any(value.known for value in column))
        if any(is_something(value) for at in places for value in columns[at]):
            found.append(MeasureTable(title, places))
    return tuple(found)


def differences(experiment: Experiment, measure: str) -> DifferencesInfo:
    """Return all paired differences on one measure, the larger minus the smaller, and how many are clear.

    Clear is what stays clear when all pairs are looked at together (Holm).
    """
    rows = tuple(
        row if row.difference.mean >= 0 else reverse(row)
        for row in comparisons(experiment, measure)
        if row.difference.known
    )
    clear = [row for row in rows if row.clear]
    name = measure_title(measure, window_days(experiment))
    title = f"{name}: "
    if len(rows) == 1 and clear:
        better = rows[0].a if rows[0].verdict == "a better" else rows[0].b
        title += f"{quoted(better, 40)} does better"
    elif len(rows) == 1:
        title += rows[0].verdict
    else:
        title += f"{len(clear)} of {len(rows)} pairs of designs clearly differ"
    return DifferencesInfo(title, measure, name, measure_unit(measure), money_of(experiment), rows)


def _facts(mapping: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    for key, value in mapping.items():
        name = f"{before}{words(str(key).removeprefix('n_')) if not before else clean(str(key))}"
        if isinstance(value, dict):
            facts.extend(_facts(value, f"{name}: "))
        else:
            facts.append((name, value_text(value)))
    return facts


def run_info(experiment: Experiment) -> RunInfo:
    """Return the command, the size of the experiment, its population and the software."""
    provenance = {
        key: value
        for key, value in experiment.provenance.items()
        if key not in ("command", "seed", "engine", "level", "digests")
    }
    facts = [
        ("Designs \u00d7 replications", f"{len(experiment.designs)} \u00d7 {experiment.replications}"),
        ("Horizon", f"{experiment.horizon_days:g} days"),
        ("Window of K", f"{window_days(experiment):g} days after joining"),
        ("Seed", str(experiment.seed)),
        ("Engine", clean(experiment.engine)),
        ("Record level", clean(experiment.level)),
        *_facts(experiment.population),
        *_facts(provenance),
    ]
    command = "".join(character if character.isprintable() else "\ufffd" for character in experiment.command)
    return RunInfo(command, tuple(facts), tuple(experiment.digests.items()))


def report_data(experiment: Experiment) -> ReportData:
    """Compute every number and every sentence of the report.

    Parameters
    ----------
    experiment : Experiment
        Finished runs of all designs. Missing tables, NaN measures, a single design and a single
        replication are all allowed; what they leave unknown is said to be unknown.
    """
    found = answer(experiment)
    lead = found.lead
    groups = assumptions(experiment)
    rows = [row for group in groups for row in group.rows]
    cards = design_cards(experiment, lead, groups)
    decided = decision(experiment)
    best = lead if decided is None else decided.rows[0].design
    return ReportData(
        name=experiment.name,
        question=experiment.question,
        description=experiment.description,
        horizon_days=experiment.horizon_days,
        replications=experiment.replications,
        money=money_of(experiment),
        answer=found,
        decision=decided,
        risk=risk(experiment, best),
        findings=findings(experiment),
        designs=cards,
        differences=tuple(info for name in _COMPARED if (info := differences(experiment, name)).rows),
        k_by_generation=k_by_generation(experiment, lead),
        k_by_cohort=k_by_cohort(experiment, lead),
        k_by_day=k_by_day(experiment, lead),
        k_by_penetration=k_by_penetration(experiment, lead),
        k_splits=k_splits(experiment, lead),
        funnels=funnels(experiment, lead),
        adoption=adoption(experiment, lead),
        tree=referral_tree(experiment, lead),
        money_flows=money_flows(experiment, lead),
        cash=cash_curve(experiment, best),
        worth=worth(cards),
        further=further(cards),
        assumptions=groups,
        n_assumptions=len(rows),
        n_sourced=sum(not row.source.startswith(ASSUMED) for row in rows),
        n_uncertain=sum(bool(row.doubt) for row in rows),
        run=run_info(experiment),
    )
