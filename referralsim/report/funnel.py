"""The invitation funnel: how many get how far, and where it leaks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from referralsim.report.frames import design_names, mean_counts, table
from referralsim.report.infos import CountRow, FunnelInfo
from referralsim.report.vocabulary import besides_title, words
from referralsim.report.wording import number, percent, quoted

if TYPE_CHECKING:
    import pandas as pd

    from referralsim.experiment.result import Experiment

_NO_LEAK = frozenset({"invites", "rewarded"})
"""Steps that pass no share of the one before: a share sends several invitations; a reward may not exist."""

_PROGRAMME_ONLY = frozenset({"asks", "shares", "qualified", "rewarded"})


def funnels(experiment: Experiment, lead: str) -> tuple[FunnelInfo, ...]:
    """Return the funnel of the programmes and that of all other loops, those in which anything happened.

    They are kept apart because only a programme asks and qualifies: a step of one is no share of the other.
    """
    frame = table(experiment, "funnel", ("loop", "channel", "step", "count"))
    loop = frame["loop"].astype(str)
    others = frame[(loop != "programme") & ~frame["step"].astype(str).isin(_PROGRAMME_ONLY)]
    parts = (("programme", frame[loop == "programme"]), ("other loops", others))
    found = (_funnel(experiment, lead, which, part) for which, part in parts if part["count"].sum() > 0)
    return tuple(
        info._replace(besides=besides(experiment)) if info.which == "programme" else info for info in found
    )


def besides(experiment: Experiment) -> tuple[CountRow, ...]:
    """Return what happened beside the steps of the programmes' funnel: reminders, fakes and refusals."""
    frame = table(experiment, "funnel_besides", ("programme", "what", "count"))
    means = mean_counts(experiment, frame, ["what"], "count")
    designs = design_names(experiment)
    rows = [
        CountRow(besides_title(what), {name: means.get((name, what), 0.0) for name in designs})
        for what in dict.fromkeys(what for _, what in means)
    ]
    return tuple(row for row in rows if any(row.counts.values()))


def _funnel(experiment: Experiment, lead: str, which: str, frame: pd.DataFrame) -> FunnelInfo:
    steps = tuple(dict.fromkeys(str(step) for step in frame["step"]))
    designs = design_names(experiment)
    means = mean_counts(experiment, frame, ["step"], "count")
    counts = {name: {step: means.get((name, step), 0.0) for step in steps} for name in designs}
    passed: dict[str, dict[str, float]] = {}
    leaks: dict[str, str] = {}
    for name, row in counts.items():
        passed[name] = {step: row[step] / row[before] for before, step in pairwise(steps) if row[before] > 0}
        shares = {step: share for step, share in passed[name].items() if step not in _NO_LEAK}
        if shares:
            leaks[name] = min(shares, key=lambda step: shares[step])
    drawn = (
        lead if any(counts[lead].values()) else next(name for name in designs if any(counts[name].values()))
    )
    return FunnelInfo(
        _title(which, drawn, steps, passed, leaks), which, drawn, designs, steps, counts, passed, leaks
    )


def step_before(info: FunnelInfo, step: str) -> str:
    """Return the step that comes before ``step``."""
    return info.steps[info.steps.index(step) - 1]


def passed_text(info: FunnelInfo, share: float, step: str) -> str:
    """Say how many get from the step before to this one: a percentage, or so many each."""
    before = words(step_before(info, step)).lower()
    if step == "invites":
        return f"{number(share, 1)} per {before.removesuffix('s')}"
    return f"{percent(share)} of {before}"


def _title(
    which: str, lead: str, steps: tuple[str, ...], passed: dict[str, dict[str, float]], leaks: dict[str, str]
) -> str:
    name = "The programme" if which == "programme" else "The product\u2019s own loops and word of mouth"
    verb = "leaks" if which == "programme" else "leak"
    if lead not in leaks:
        return f"{name}: nobody got past the first step"
    step = leaks[lead]
    before = words(steps[steps.index(step) - 1]).lower()
    return (
        f"{name} {verb} most from {before} to {words(step).lower()}: {percent(passed[lead][step])} pass "
        f"({quoted(lead, 40)})"
    )
