"""Where a function changes sign: halving, which needs no derivative and cannot run away."""

from __future__ import annotations

from collections.abc import Callable


def sign_change(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function turns from positive or zero to negative, to the last bits.

    Parameters
    ----------
    function : callable
        Not negative between `low` and the root and negative between the root and `high`. It is never
        called at `low` or `high`, so it need not be defined there.
    low, high : float
        Finite, ``low < high``.

    Returns
    -------
    float
        A number between them. It comes to `high` when the function is never negative.

    Examples
    --------
    >>> sign_change(lambda x: 2 - x * x, 0.0, 2.0)
    1.414213562373095
    """
    while True:
        middle = low + (high - low) / 2
        if middle in (low, high):
            return middle
        if function(middle) < 0:
            high = middle
        else:
            low = middle
