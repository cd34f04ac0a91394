"""The same cascades played by other programs: both laws must be one.

Nothing is exact here: their value stands where other checks have the exact one, and the standard error is
that of the difference of two independent samples. Besides means, whole laws are compared: both samples are
sorted into the same groups, and the chi-square distance of the two rows of counts is told as the z that is
as rare under the normal law, so that it fails as seldom as any other row.
"""

from __future__ import annotations

import importlib.util
import json
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm

from referralsim.errors import CheckFailed
from referralsim.verification.arithmetic import FALSE_ALARM, Sample
from referralsim.verification.check import Check, Effort, Efforts, Pattern, Session, SkippedCheck, World
from referralsim.verification.reading import Floats, Ints, customers

PLAYER = Path(__file__).with_name("program_player.py")
INSTALL = "pip install 'referralsim[verify]', or name an interpreter that has it with --peers-python"
N_PEOPLE = 100
PROBABILITY = 0.25
"""Above the threshold: half of all cascades stay small, and a tenth more or less shows in both halves."""
MEAN_DELAY_DAYS = 1.0
SIZE_EDGES = (0, 1, 2, 4, 8, 16, 32, 64, N_PEOPLE)
"""Upper ends of the groups of sizes: 1, 2, 3 to 4, ... people."""
WIDE = 10
"""People from which on a cascade's days are compared: those of small ones are nearly all 0."""
_FEW_CELLS = 25


class Program(NamedTuple):
    """A program that plays cascades."""

    id: str
    package: str
    title: str
    source: str


EON = Program(
    "eon",
    "EoN",
    "EoN's fast_nonMarkov_SIR without recovery",
    "EoN: Miller & Ting 2019, doi:10.21105/joss.01731",
)
NDLIB = Program(
    "ndlib",
    "ndlib",
    "ndlib's IndependentCascades",
    "ndlib: Rossetti et al. 2018, doi:10.1007/s41060-017-0086-6",
)


class Played(NamedTuple):
    """Cascades, one a start."""

    reached: Ints  # people of each
    days: list[Floats]  # on which people came, ascending; empty: no clock
    version: str


def two_sample_mean(quantity: str, ours: npt.ArrayLike, theirs: npt.ArrayLike, beside: str = "") -> Sample:
    """Return the sample of a mean against that of other, independent observations.

    Parameters
    ----------
    ours, theirs : arrays, shapes (n,) and (m,)

    Examples
    --------
    >>> found = two_sample_mean("x", [1.0, 2.0, 3.0], [2.0, 4.0])
    >>> found.simulated, found.expected, round(found.standard_error**2, 4)  # 1 / 3 + 2 / 2
    (2.0, 3.0, 1.3333)
    """
    mine, other = (np.asarray(values, dtype=np.float64) for values in (ours, theirs))
    if min(len(mine), len(other)) < 2:
        return Sample(quantity, math.nan, math.nan, 0, math.nan)
    error = math.sqrt(mine.var(ddof=1) / len(mine) + other.var(ddof=1) / len(other))
    degrees = min(len(mine), len(other)) - 1  # at least as many has the difference
    found = Sample(quantity, float(other.mean()), float(mine.mean()), len(mine), error, degrees=degrees)
    return found._replace(beside=beside)


def two_sample_law(
    quantity: str, ours: npt.ArrayLike, theirs: npt.ArrayLike, edges: npt.ArrayLike, beside: str = ""
) -> Sample:
    """Return the sample of a whole law against that of other, independent observations.

    Its value is the z that is as rare as the chi-square of the two rows of counts: above 0 if the laws are
    farther apart than two samples of one law usually are, below if they are nearer; its standard error is 1.

    Parameters
    ----------
    ours, theirs : arrays, shapes (n,) and (m,)
    edges : array, ascending
        Groups ``(a, b]``; neighbours are joined until each is expected to hold 25 of either side.
    """
    mine, other = (np.asarray(values, dtype=np.float64) for values in (ours, theirs))
    counts = np.array([np.histogram(-values, -np.asarray(edges)[::-1])[0][::-1] for values in (mine, other)])
    counts = _joined(counts)
    n, m = counts.sum(axis=1)
    if counts.shape[1] < 2:
        return Sample(quantity, math.nan, math.nan, 0, math.nan)
    pooled = counts.sum(axis=0) / (n + m)
    expected = np.outer((n, m), pooled)
    distance, degrees = float(((counts - expected) ** 2 / expected).sum()), counts.shape[1] - 1
    # the lesser tail, so that neither is rounded to 1
    above, below = chi2.sf(distance, degrees), chi2.cdf(distance, degrees)
    z = float(norm.isf(above) if above < below else norm.ppf(below))
    rare = float(chi2.isf(FALSE_ALARM / 2, degrees))
    moved = math.sqrt(rare * (n + m) / (n * m) / (2 * counts.shape[1]))  # between two groups of equal shares
    words = f"{counts.shape[1]} groups; catches {100 * moved:.1f} % of all moved from one group to another"
    beside = f"{beside}; {words}" if beside else words
    return Sample(quantity, 0.0, max(-1e3, min(1e3, z)), int(n), 1.0, beside=beside)


def _joined(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Join neighbouring groups until each is expected to hold enough of either side."""
    least = counts.sum(axis=1).min() / counts.sum()
    groups: list[npt.NDArray[np.int64]] = []
    held = np.zeros(2, dtype=np.int64)
    for column in counts.T:
        held = held + column
        if held.sum() * least >= _FEW_CELLS:
            groups, held = [*groups, held], np.zeros(2, dtype=np.int64)
    if groups:
        groups[-1] = groups[-1] + held
    return np.array(groups, dtype=np.int64).reshape(-1, 2).T


def small_world() -> Pattern:
    """Return a random graph in which each person has drawn three others: nobody is without a friend."""
    draw = random.Random(2002)  # noqa: S311 - the same graph for ever
    ties = {
        (min(a, b), max(a, b))
        for a in range(N_PEOPLE)
        for b in draw.sample([other for other in range(N_PEOPLE) if other != a], 3)
    }
    return Pattern(f"random_graph_of_{N_PEOPLE}", tuple(sorted(ties)), N_PEOPLE, 1)


def interpreter_with(program: Program, peers_python: str | None) -> str:
    """Return the interpreter that plays a program.

    Raises
    ------
    SkippedCheck
        If none is named and this one does not have it.
    """
    if peers_python is None and importlib.util.find_spec(program.package) is None:
        raise SkippedCheck(f"{program.package} is not installed: {INSTALL}")
    return peers_python or sys.executable


def played_by(program: Program, python: str, n_cascades: int, seed: int) -> Played:
    """Play cascades with another program, each from a person drawn at random.

    Raises
    ------
    SkippedCheck
        If the interpreter does not have it.
    CheckFailed
        If it ends before it answers.
    """
    graph = small_world()
    task = {
        "program": program.id,
        "n_people": graph.n_people,
        "ties": graph.ties,
        "probability": PROBABILITY,
        "mean_delay_days": MEAN_DELAY_DAYS,
        "n_cascades": n_cascades,
        "seed": seed,
    }
    words = [python, "-P", str(PLAYER)]
    try:
        done = subprocess.run(words, input=json.dumps(task), capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as why:
        raise SkippedCheck(f"{python} does not start: {why.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CheckFailed(program.package, f"ended with exit code {done.returncode}: {last}")
    try:
        found = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise CheckFailed(program.package, f"{python} gave no answer: is it a Python interpreter?") from None
    if "missing" in found:
        raise SkippedCheck(f"{program.package} is not installed there ({found['missing']}): {INSTALL}")
    days = [np.asarray(each, dtype=np.float64) for each in found["days"]]
    return Played(np.asarray(found["reached"], dtype=np.int64), days, found["version"])


def same_cascades(program: Program) -> Check:
    """Return the check that a program's cascades and ours are of one law."""
    world = World(
        "cascade.yaml",
        sets=(f"channels.tie.delivered.probability={PROBABILITY}",),
        pattern=small_world(),
    )

    def measure(session: Session) -> list[Sample]:
        python = interpreter_with(program, session.peers_python)
        days = [customers(record).days for record in session.runs(world)]
        reached = np.array([len(each) for each in days])
        theirs = played_by(program, python, session.effort.runs, session.seed)
        with_them = f"{theirs.version}, {len(theirs.reached):,} cascades"
        samples = [
            two_sample_mean("people reached", reached, theirs.reached, with_them),
            two_sample_law("people reached: law, as z", reached, theirs.reached, SIZE_EDGES),
        ]
        return samples + (_clocks(days, theirs.days) if theirs.days else [])

    clock = ", and when" if program is EON else ""
    return Check(
        f"programs.{program.id}",
        "programs",
        f"{program.title} reaches as many{clock}: independent cascades on a graph of {N_PEOPLE} people, "
        f"p = {PROBABILITY:g}",
        program.source,
        measure,
        Efforts(Effort(1000), Effort(150), Effort(10_000), Effort(1500)),
        (world,),
    )


def _clocks(ours: list[Floats], theirs: list[Floats]) -> list[Sample]:
    """Return the samples of when people come, in cascades that reach more than a few."""
    mine, other = ([days for days in side if len(days) >= WIDE] for side in (ours, theirs))
    samples = []
    for name, place in (("half have come", 0.5), ("all have come", 1.0)):
        a, b = (np.array([days[math.ceil(place * len(days)) - 1] for days in side]) for side in (mine, other))
        wide = f"{len(b):,} of theirs that reach {WIDE} or more"
        samples.append(two_sample_mean(f"{name} by day", a, b, wide))
        if len(a) and len(b):
            edges = np.quantile(np.concatenate([a, b]), np.linspace(0, 1, 9))
            edges[0], edges[-1] = -math.inf, math.inf
            samples.append(two_sample_law(f"{name} by day: law, as z", a, b, edges))
    return samples


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [same_cascades(NDLIB), same_cascades(EON)]
