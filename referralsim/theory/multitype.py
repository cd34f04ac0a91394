"""Branching with several types of customer: segments, loops, or both.

``M[i, j]`` is the mean number of friends of type j that a customer of type i brings: rows are parents.
Whether the loop sustains itself is decided by the spectral radius of M, which is K's successor.

Source: T. E. Harris, *The Theory of Branching Processes*, Springer, 1963, ch. II; O. Diekmann, J. A. P.
Heesterbeek & J. A. J. Metz, Journal of Mathematical Biology 28:365-382, 1990, doi:10.1007/BF00178324.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from referralsim.theory.checks import whole
from referralsim.theory.offspring import Floats

Matrix = Sequence[Sequence[float]] | Floats
Pgf = Callable[[Floats], float]

MOST_ROUNDS = 200_000


def spectral_radius(matrix: Matrix) -> float:
    """Return the largest absolute eigenvalue: the growth a generation in the long run.

    Parameters
    ----------
    matrix : float array, shape (n, n)
        Mean friends of type j (columns) of a customer of type i (rows), >= 0.

    Raises
    ------
    ValueError
        If the matrix is not square or a number is negative.

    Examples
    --------
    >>> round(spectral_radius([[0.3, 0.2], [0.5, 0.4]]), 6)
    0.670156
    """
    return float(np.abs(np.linalg.eigvals(_square(matrix))).max())


def expected_generation(matrix: Matrix, start: Sequence[float] | Floats, generation: int) -> Floats:
    """Return the expected customers by type in generation g: ``start M**g``.

    Parameters
    ----------
    matrix : float array, shape (n, n)
        Mean friends of type j (columns) of a customer of type i (rows), >= 0.
    start : float array, shape (n,)
        Customers by type in generation 0, >= 0.
    generation : int
        g >= 0.

    Returns
    -------
    float array, shape (n,)

    Raises
    ------
    ValueError
        If a shape does not fit or a number is negative.

    Examples
    --------
    >>> expected_generation([[0.3, 0.2], [0.5, 0.4]], [10, 0], 2).round(12).tolist()
    [1.9, 1.4]
    """
    m, first = _square(matrix), np.asarray(start, dtype=np.float64)
    if first.shape != m.shape[:1] or not (first >= 0).all():
        raise ValueError(f"start must be {len(m)} numbers that are at least 0")
    return np.asarray(first @ np.linalg.matrix_power(m, whole("generation", generation)))


def total_progeny_types(matrix: Matrix) -> Floats:
    """Return the expected customers of each type in the line of one customer: ``(I - M)**-1``.

    Parameters
    ----------
    matrix : float array, shape (n, n)
        Mean friends of type j (columns) of a customer of type i (rows), >= 0; spectral radius below 1.

    Returns
    -------
    float array, shape (n, n)
        Row i, column j: customers of type j, the first one included, if the first is of type i.

    Raises
    ------
    ValueError
        If the matrix is not square, a number is negative, or the spectral radius is 1 or more.

    Examples
    --------
    >>> total_progeny_types([[0.3, 0.2], [0.5, 0.4]]).round(6).tolist()
    [[1.875, 0.625], [1.5625, 2.1875]]
    """
    m = _square(matrix)
    radius = spectral_radius(m)
    if radius >= 1:
        raise ValueError(
            f"the spectral radius must be below 1 (got {radius:g}): otherwise lines have no mean"
        )
    return np.asarray(np.linalg.inv(np.eye(len(m)) - m))


def extinction_probability_types(pgfs: Sequence[Pgf]) -> Floats:
    """Return the chance that the line of one customer of each type ends.

    The smallest solution of ``q_i = G_i(q_1, ..., q_n)`` in [0, 1]**n: the limit of applying G to 0.

    Parameters
    ----------
    pgfs : sequence of callable
        ``G_i(s) = E[s_1**X_1 ... s_n**X_n]`` for the friends X_j of type j of a customer of type i.

    Returns
    -------
    float array, shape (n,)
        With c the factor by which errors shrink a round (below 1 off the threshold), accurate to about
        ``1e-15 / (1 - c)``.

    Raises
    ------
    ValueError
        If there is no type.
    ArithmeticError
        If 200,000 rounds are not enough, that is within about 1e-4 of the threshold.

    Notes
    -----
    Harris 1963, ch. II, theorem 7.1.

    Examples
    --------
    >>> extinction_probability_types(poisson_types([[1.0, 0.5], [0.5, 1.0]])).round(6).tolist()
    [0.417188, 0.417188]
    """
    if not pgfs:
        raise ValueError("give one generating function a type")
    q = np.zeros(len(pgfs))
    for _ in range(MOST_ROUNDS):
        following = np.array([pgf(q) for pgf in pgfs])
        step = float(np.abs(following - q).max())
        q = following
        if step <= 1e-15:
            return q
    raise ArithmeticError(f"not known after {MOST_ROUNDS} rounds: too near the threshold")


def poisson_types(matrix: Matrix) -> list[Pgf]:
    """Return the generating functions of Poisson numbers: ``G_i(s) = exp(sum of M_ij (s_j - 1))``.

    Parameters
    ----------
    matrix : float array, shape (n, n)
        Mean friends of type j (columns) of a customer of type i (rows), >= 0.

    Raises
    ------
    ValueError
        If the matrix is not square or a number is negative.

    Examples
    --------
    >>> import numpy as np
    >>> round(poisson_types([[0.15]])[0](np.zeros(1)), 3)
    0.861
    """

    def pgf_of(row: Floats) -> Pgf:
        return lambda s: math.exp(float(row @ (s - 1.0)))

    return [pgf_of(row) for row in _square(matrix)]


def _square(matrix: Matrix) -> npt.NDArray[np.float64]:
    m = np.asarray(matrix, dtype=np.float64)
    if m.ndim != 2 or not m.size or m.shape[0] != m.shape[1] or not (m >= 0).all():
        raise ValueError("the matrix must be square, and its numbers at least 0")
    return m
