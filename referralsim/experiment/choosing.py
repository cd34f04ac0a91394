"""Which design to ship: the chance that each is best, what a wrong choice would cost, and a verdict.

Replication r of all designs shares its luck, so the values of one replication are one draw of a vector,
one entry a design. With a flat prior the posterior of the mean vector is a multivariate t with n - 1
degrees of freedom, scale S/n (S the sample covariance): it is drawn from :data:`DRAWS` times, always
with the same numbers, and

* chance best = share of draws in which the design's mean is the best,
* expected loss = mean over draws of (best mean - its mean): what choosing it would lose on average if
  it is wrong,
* dominance = in every replication at least as good as the other, and better in one.

Where every replication draws what is not known anew, chance and loss are those of one future instead.

A verdict needs more than a lead: the interval of the best two (over all pairs together, Holm) must
leave 0 out, and the difference must be worth having (``smallest``, in the measure's unit). Source: A.
Gelman et al., *Bayesian Data Analysis*, 3rd ed. 2013, section 3.6 (posterior of a multivariate normal
mean); expected loss: S. Raiffa & R. Schlaifer, *Applied Statistical Decision Theory*, 1961.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.experiment.sequential import sequential_difference
from referralsim.measures import Better
from referralsim.metrics.intervals import Difference, clear_of_chance, paired_difference

DRAWS = 20_000
_SEED = 20_070_101  # any number: the same draws for everybody, so that reports reproduce

POWERED = 1.43
"""(1.96 + 0.84) / 1.96: with half the interval as long as the difference only every second try succeeds;
a difference this much longer than half the interval is found clear in four of five."""

CLEAR = "clear"
TOO_CLOSE = "too close to call"
NOT_WORTH = "no difference worth having"
NOT_KNOWN = "not known"


class Option(NamedTuple):
    """One design as a choice."""

    design: str
    mean: float
    chance_best: float  # NaN with fewer than two replications
    expected_loss: float  # in the measure's unit, >= 0
    dominated_by: tuple[str, ...]


class Choice(NamedTuple):
    """What a measure says about which design to choose."""

    measure: str
    options: tuple[Option, ...]  # the best mean first
    verdict: str
    runs_needed: int | None  # in all, if the observed difference is true; None: settled, or never
    smallest: float
    n: int


def choose(
    measure: str,
    values: dict[str, npt.NDArray[np.float64]],
    better: Better,
    smallest: float = 0.0,
    *,
    one_future: bool = False,
    peeked: bool = False,
) -> Choice:
    """Weigh the designs on one measure.

    Parameters
    ----------
    measure : str
    values : dict of float arrays of equal length
        For each design a value a replication; replications with a NaN in any design are left out.
    better : {'higher', 'lower', 'none'}
        'none' is weighed as 'higher'.
    smallest : float >= 0
        Smallest difference worth having, in the measure's unit.
    one_future : bool
        Whether replications differ by what is not known as well as by luck. The chance is then that a
        design comes out best in one future, and the loss what the best of that future has more: neither
        goes away with more replications.
    peeked : bool
        Whether the number of replications depends on what came out: the verdict then rests on intervals
        that hold at every look (:mod:`referralsim.experiment.sequential`).

    Examples
    --------
    >>> same = np.array([1.0, 2.0, 3.0, 4.0])
    >>> choose("k", {"a": same, "b": same}, "higher").verdict
    'no difference worth having'
    """
    names = list(values)
    matrix = np.column_stack([values[name] for name in names]).astype(np.float64)
    matrix = matrix[~np.isnan(matrix).any(axis=1)]
    n = len(matrix)
    signed = -matrix if better == "lower" else matrix
    if n < 2 or len(names) < 2:
        means = matrix.mean(axis=0) if n else np.full(len(names), math.nan)
        plain = (Option(name, float(m), math.nan, math.nan, ()) for name, m in zip(names, means, strict=True))
        return Choice(measure, tuple(plain), NOT_KNOWN, None, smallest, n)
    best, loss = _futures(signed) if one_future else _posterior(signed)
    beaten = [
        tuple(names[b] for b in range(len(names)) if _dominates(signed[:, b], signed[:, a]))
        for a in range(len(names))
    ]
    order = sorted(range(len(names)), key=lambda a: (-signed[:, a].mean(), a))
    options = tuple(
        Option(names[a], float(matrix[:, a].mean()), float(best[a]), float(loss[a]), beaten[a]) for a in order
    )
    verdict, needed = _verdict(signed[:, order], smallest, peeked)
    return Choice(measure, options, verdict, needed, smallest, n)


def _posterior(signed: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return for each design the chance that its mean is best, and the expected loss of choosing it."""
    n, k = signed.shape
    means = signed.mean(axis=0)
    scale = np.atleast_2d(np.cov(signed, rowvar=False)) / n
    # the covariance of paired designs is often singular: a root by eigenvalues does not mind
    size, axes = np.linalg.eigh(scale)
    root = axes * np.sqrt(np.maximum(size, 0.0))
    random = np.random.Generator(np.random.Philox(_SEED))
    normal = random.standard_normal((DRAWS, k)) @ root.T
    stretch = np.sqrt((n - 1) / random.chisquare(n - 1, DRAWS))
    drawn = means + normal * stretch[:, None]
    top = drawn.max(axis=1)
    # designs that are equal run by run share the chance; rounding must not choose between them
    is_best = drawn >= (top - 1e-9 * np.maximum(1.0, np.abs(top)))[:, None]
    chance = (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0)
    return chance, (top[:, None] - drawn).mean(axis=0)


def _futures(signed: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return for each design the chance that it comes out best in one run, and what choosing it loses.

    The chance is the share of runs with one more that is divided evenly, so that no number of runs claims
    certainty (the mean of a posterior with a flat Dirichlet prior of total weight 1).
    """
    n, k = signed.shape
    top = signed.max(axis=1)
    is_best = signed >= (top - 1e-9 * np.maximum(1.0, np.abs(top)))[:, None]
    wins = (is_best / is_best.sum(axis=1, keepdims=True)).sum(axis=0)
    return (wins + 1 / k) / (n + 1), (top[:, None] - signed).mean(axis=0)


def _dominates(b: npt.NDArray[np.float64], a: npt.NDArray[np.float64]) -> bool:
    return bool((b >= a).all() and (b > a).any())


def _verdict(ordered: npt.NDArray[np.float64], smallest: float, peeked: bool) -> tuple[str, int | None]:
    """Say whether the first column is clearly best, and how many runs would settle it if not."""
    first = ordered[:, 0]
    difference_of = sequential_difference if peeked else paired_difference
    rivals = [difference_of(first, ordered[:, a]) for a in range(1, ordered.shape[1])]
    if all(max(abs(r.low), abs(r.high)) <= smallest for r in rivals):
        return NOT_WORTH, None
    clear = clear_of_chance([r.p_a_better for r in rivals])
    worth = [r.low > smallest if smallest > 0 else r.low > 0 for r in rivals]
    if all(c and w for c, w in zip(clear, worth, strict=True)):
        return CLEAR, None
    return TOO_CLOSE, max((_needed(r.difference - smallest, r) for r in rivals), default=None) or None


def _needed(gap: float, difference: Difference) -> int:
    """Return about how many runs find a true difference of this size clear four times in five; 0: never."""
    half, n = (difference.high - difference.low) / 2, difference.n
    if gap <= 0 or not math.isfinite(half):
        return 0
    return max(n + 1, math.ceil(n * (POWERED * half / gap) ** 2))
