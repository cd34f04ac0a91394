"""Chance with addresses: every draw is a stateless hash of who decides what about whom.

There is no generator and no state. A draw is named by five things::

    uniform(seed, purpose, who, whom, attempt)

and the same name gives the same 52 random bits in plain Python and in compiled code, in any
process, in any order. Two designs that ask the same question of the same people therefore get the
same answer (common random numbers), and nothing that one person does can shift another's luck.

The hash is the 64-bit finaliser of Stafford's "Mix13" (the one used by SplitMix64), applied once to
the chooser's part of the address and once more to the chosen's part, so that a loop over friends
pays for one application a friend::

    base    = mix(key(seed, purpose) + who * A + attempt * B)
    address = mix(base + whom * C)

One text serves both worlds. In Python ``u64`` is ``int`` and the masks keep numbers in range; for
compiled code the same code object is given a global ``u64 = numpy.uint64``, where masks are no-ops.

Source: G. Steele, D. Lea & C. Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014,
doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
from numba.extending import overload

F = TypeVar("F", bound=Callable[..., Any])

u64: Any = int


def same_text(function: F) -> F:
    """Make a function of 64-bit words callable from compiled code, from the very same text.

    Numba turns mixed signed and unsigned arithmetic into floating point, so the compiled twin runs
    the same code object with ``u64`` bound to :class:`numpy.uint64` instead of :class:`int`.
    """
    twin = FunctionType(
        function.__code__,
        {**function.__globals__, "u64": np.uint64},
        function.__name__,
        function.__defaults__,
    )

    @overload(function, strict=False)
    def _compiled(*_arguments: Any) -> Callable[..., Any]:
        return twin

    return function


class Purpose(IntEnum):
    """What a draw decides. The number is part of every address: never renumber, only append."""

    REPLICATION = 0
    GRAPH = 1
    SEGMENT = 2
    ACTIVITY = 3
    STRENGTH = 4
    INITIAL = 5
    ARRIVAL_ORDER = 6
    ARRIVAL_GAP = 7
    INNOVATION = 8
    ACTIVATION = 9
    ACTIVATION_DELAY = 10
    USE_GAP = 11
    MOMENT = 12
    PURCHASE_GAP = 13
    PURCHASE_HAPPENS = 14
    BASKET = 15
    REFUND = 16
    REFUND_DELAY = 17
    CHURN_GAP = 18
    CHURN_HAPPENS = 19
    ASK_DELAY = 20
    ASK_GAP = 21
    SHARE = 22
    CONTACT_COUNT = 23
    CONTACT_ORDER = 24
    CONTACT_TARGET = 25
    RETIRED_26 = 26
    DELIVERED = 27
    DELIVERED_DELAY = 28
    OPENED = 29
    OPENED_DELAY = 30
    CLICKED = 31
    CLICKED_DELAY = 32
    SIGNED_UP = 33
    SIGNED_UP_DELAY = 34
    LOOP_HAPPENS = 35
    FRESH_PERSON = 36
    ASK_HAPPENS = 37
    REMIND = 38
    REMIND_DELAY = 39
    REMINDED_ANSWER = 40
    AGENT_JOIN = 41
    AGENT_AUDIENCE = 42
    AGENT_CHASES = 43
    AGENT_STAGE = 44
    AGENT_DELAY = 45
    POST_GAP = 46
    POST_REACH = 47
    PRIZE = 48
    REDEEM = 49
    REDEEM_DELAY = 50
    RECOVERY = 51
    RECOVERY_DELAY = 52
    RECOVERY_WORKS = 53
    GIFT_GAP = 54
    WINBACK = 55
    WINBACK_DELAY = 56
    INCIDENT = 57
    REVIEW = 58
    POINTS_REDEEM = 59
    MEMBERSHIP = 60
    MEMBERSHIP_RENEWS = 61
    CONSENT = 62
    PASS_ON = 63
    ABUSE = 64
    FAKE = 65
    FAKE_COUNT = 66
    DETECT = 67
    HOUSEHOLD = 68
    HOUSEHOLD_SIZE = 69
    UNCERTAIN = 70


@same_text
def mix(word: Any) -> Any:
    """Scramble a 64-bit word (a bijection; every output bit depends on every input bit).

    Parameters
    ----------
    word : int in [0, 2**64) or numpy.uint64

    Examples
    --------
    >>> mix(0), hex(mix(1))
    (0, '0x5692161d100b05e5')
    """
    word = u64(word)
    word = ((word ^ (word >> u64(30))) * u64(0xBF58476D1CE4E5B9)) & u64(0xFFFFFFFFFFFFFFFF)
    word = ((word ^ (word >> u64(27))) * u64(0x94D049BB133111EB)) & u64(0xFFFFFFFFFFFFFFFF)
    return word ^ (word >> u64(31))


@same_text
def stream_key(seed: Any, purpose: Any) -> Any:
    """Return the 64-bit key under which all draws of one purpose in one run live."""
    inner = mix((u64(seed) + u64(0x9E3779B97F4A7C15)) & u64(0xFFFFFFFFFFFFFFFF))
    step = (u64(purpose) * u64(0xD1B54A32D192ED03)) & u64(0xFFFFFFFFFFFFFFFF)
    return mix((inner + step) & u64(0xFFFFFFFFFFFFFFFF))


@same_text
def chooser(key: Any, who: Any, attempt: Any) -> Any:
    """Return the chooser's half of an address: who decides, at which attempt."""
    word = u64(key) + u64(who) * u64(0x9E3779B97F4A7C15) + u64(attempt) * u64(0xA0761D6478BD642F)
    return mix(word & u64(0xFFFFFFFFFFFFFFFF))


@same_text
def about(base: Any, whom: Any) -> Any:
    """Return the full address: the chooser's half, and whom the decision is about."""
    word = u64(base) + u64(whom) * u64(0xE7037ED1A0B428DB) + u64(0x8EBC6AF09C88C6E3)
    return mix(word & u64(0xFFFFFFFFFFFFFFFF))


@same_text
def address(key: Any, who: Any, whom: Any, attempt: Any) -> Any:
    """Return the 64-bit address of one decision under a :func:`stream_key`."""
    return about(chooser(key, who, attempt), whom)


@same_text
def unit(word: Any) -> Any:
    """Turn an address into a float64 strictly inside (0, 1), uniform on 2**52 midpoints.

    Examples
    --------
    >>> unit(0) > 0.0, unit(2**64 - 1) < 1.0
    (True, True)
    """
    return (float(u64(word) >> u64(12)) + 0.5) * 2.220446049250313e-16


@same_text
def further(word: Any, index: Any) -> Any:
    """Return the address of the ``index``-th further draw at one address (for rejection loops)."""
    step = (u64(index) + u64(1)) * u64(0x589965CC75374CC3)
    return mix((u64(word) + step) & u64(0xFFFFFFFFFFFFFFFF))


@same_text
def top_bits(word: Any) -> Any:
    """Return the top 31 bits of an address plus one: an integer sort key in [1, 2**31]."""
    return (u64(word) >> u64(33)) + u64(1)


def uniform(seed: int, purpose: int, who: int, whom: int = 0, attempt: int = 0) -> float:
    """Draw the uniform number in (0, 1) that has this address.

    Parameters
    ----------
    seed : int
        Seed of the replication, any integer in [0, 2**64).
    purpose : Purpose
        What the draw decides.
    who, whom : int
        Keys of the chooser and of the one it is about, in [0, 2**64); 0 where nobody is.
    attempt : int
        Which of several equal decisions this is, >= 0.

    Examples
    --------
    >>> uniform(1, Purpose.SHARE, 7, 9, 0) == uniform(1, Purpose.SHARE, 7, 9, 0)
    True
    """
    return float(unit(address(stream_key(seed, purpose), who, whom, attempt)))


def replication_seed(seed: int, replication: int) -> int:
    """Return the seed of replication ``replication``, reachable without its predecessors."""
    return int(address(stream_key(seed, Purpose.REPLICATION), 0, 0, replication))


class Chance:
    """All draws of one run in plain Python, by address.

    Parameters
    ----------
    seed : int in [0, 2**64)
        Seed of the replication.
    """

    def __init__(self, seed: int) -> None:
        self._keys = {purpose: stream_key(seed, purpose) for purpose in Purpose}

    def word(self, purpose: Purpose, who: int, whom: int, attempt: int) -> int:
        """Return the 64-bit word at an address."""
        return int(address(self._keys[purpose], who, whom, attempt))


class ScriptedChance(Chance):
    """A double for tests: some draws are written down, all others are those of the seed.

    Parameters
    ----------
    script : mapping from (purpose, who, whom, attempt) to the uniform number in (0, 1) wanted there
    """

    def __init__(self, seed: int, script: Mapping[tuple[Purpose, int, int, int], float]) -> None:
        super().__init__(seed)
        self._script = dict(script)
        self.unused = set(self._script)

    def word(self, purpose: Purpose, who: int, whom: int, attempt: int) -> int:
        """Return the word that :func:`unit` turns into the scripted number, or the seed's own.

        Examples
        --------
        >>> place = (Purpose.SHARE, 1, 2, 0)
        >>> round(unit(ScriptedChance(1, {place: 0.25}).word(*place)), 12)
        0.25
        """
        place = (purpose, who, whom, attempt)
        if place not in self._script:
            return super().word(*place)
        self.unused.discard(place)
        return int(self._script[place] * 2**52) << 12
