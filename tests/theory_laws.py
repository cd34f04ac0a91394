"""Offspring laws for tests of theory, each beside the probabilities that scipy gives it."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy import stats

from referralsim.theory import offspring


def many_laws():
    """Return pairs (law, probabilities of 0 to 400), the second from scipy or written out."""
    x = np.arange(401)
    return [
        (offspring.poisson(0.0), np.eye(1, 401)[0]),
        (offspring.poisson(0.7), stats.poisson.pmf(x, 0.7)),
        (offspring.poisson(1.9), stats.poisson.pmf(x, 1.9)),
        (offspring.geometric(1.5), stats.geom.pmf(x + 1, 1 / 2.5)),
        (offspring.negative_binomial(0.8, 0.3), stats.nbinom.pmf(x, 0.3, 0.3 / 1.1)),
        (offspring.negative_binomial(2.5, 4.0), stats.nbinom.pmf(x, 4.0, 4.0 / 6.5)),
        (offspring.binomial(7, 0.1), stats.binom.pmf(x, 7, 0.1)),
        (offspring.binomial(3, 1.0), np.eye(1, 401, 3)[0]),
        (offspring.binomial(0, 0.4), np.eye(1, 401)[0]),
        (offspring.fixed(0), np.eye(1, 401)[0]),
        (offspring.fixed(2), np.eye(1, 401, 2)[0]),
        (offspring.pmf_law([0.5, 0.1, 0.1, 0.3]), np.pad([0.5, 0.1, 0.1, 0.3], (0, 397))),
    ]


@st.composite
def random_laws(draw, most_mean=3.0):
    """Draw a law of any kind with a mean of at most about `most_mean`."""
    mean = draw(st.floats(0.05, most_mean))
    kind = draw(st.sampled_from(["poisson", "negative binomial", "binomial", "given"]))
    if kind == "poisson":
        return offspring.poisson(mean)
    if kind == "negative binomial":
        return offspring.negative_binomial(mean, draw(st.floats(0.2, 5.0)))
    if kind == "binomial":
        n = draw(st.integers(4, 12))
        return offspring.binomial(n, mean / n)
    weights = np.array(draw(st.lists(st.integers(0, 9), min_size=2, max_size=5).filter(any)), dtype=float)
    return offspring.pmf_law(weights / weights.sum())
