"""Every measure, in the order in which they are shown, and those that need a word of caution."""

from __future__ import annotations

from referralsim.measures.caused import CAUSED
from referralsim.measures.funnel import FUNNEL, MOOD
from referralsim.measures.measure import Measure
from referralsim.measures.money import MONEY
from referralsim.measures.programme import AGENTS, LOYALTY
from referralsim.measures.spread import CASCADES, CUSTOMERS, SPEED, K
from referralsim.measures.worth import HONESTY, WORTH

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for group in (
        *(K, CUSTOMERS, SPEED, CASCADES, FUNNEL, MOOD, MONEY),
        *(WORTH, HONESTY, AGENTS, LOYALTY, CAUSED),
    )
    for measure in group
}
"""Every measure by name, in the order in which they are shown."""

PAIRED = frozenset(measure.name for measure in CAUSED)
"""Measures that one run alone cannot give: they hold it against the world without programmes."""

MISSING_FOR_A_REASON = frozenset({"payback_day", "doubling_time_days", "cash_payback_day"})
"""Measures that are undefined in just the runs that went badly: means over the rest say little."""

WINDOWED = frozenset(
    {"k_offspring", "k_programme", "k_organic", "k_word_of_mouth", "k_next_generation"}
    | {"growth_rate_per_day", "doubling_time_days", "k_incremental", "k_without"}
    | {"ltv_window_referred", "ltv_window_unreferred"}
)
"""Measures that mean little unless the window is named beside them."""
