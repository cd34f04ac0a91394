"""Differences between two experiments: what their intervals promise."""

from __future__ import annotations

import numpy as np
import pytest

from referralsim.experiment.differences import peeked_difference, welch_difference
from referralsim.experiment.sequential import batches


def _is_clear(gap) -> bool:
    return bool(gap.low > 0 or gap.high < 0)


def test_runs_added_until_a_difference_shows_find_none_where_there_is_none():
    """400 pairs of equal samples, a look after 10, 15, ... 200 values, stopped at the first clear one.

    At risk .05 at most 20 are expected, s.e. 4.4; caught: more than 33. Welch's interval, which is for
    samples of a size set beforehand, is fooled more than twice as often as that.
    """
    rng = np.random.default_rng(11)
    fooled = {"peeked": 0, "welch": 0}
    for _ in range(400):
        a, b = rng.normal(size=(2, 200))
        for name, gap_of in (("peeked", peeked_difference), ("welch", welch_difference)):
            fooled[name] += any(_is_clear(gap_of(a[:n], b[:n])) for n in batches(10, 200))
    assert fooled["peeked"] <= 33
    assert fooled["welch"] > 66


def test_a_peeked_difference_is_that_of_the_means_and_lies_inside():
    rng = np.random.default_rng(12)
    a, b = rng.normal(3.0, 1.0, 60), rng.normal(1.0, 1.0, 40)
    gap = peeked_difference(a, b)
    assert gap.difference == pytest.approx(a.mean() - b.mean())
    assert gap.low < gap.difference < gap.high
    assert gap.n == 40
    assert np.isnan(peeked_difference(a[:1], b).low)
