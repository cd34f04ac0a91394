"""What every measure means, in words: the one place where a measure is named and defined.

The functions that compute them are in :mod:`referralsim.metrics`; thresholds, comparisons and reports
look names up here, so a name that is not in :data:`MEASURES` is an error everywhere.
"""

from referralsim.measures.glossary import glossary_page
from referralsim.measures.measure import Better, Measure, Needs
from referralsim.measures.table import MEASURES, MISSING_FOR_A_REASON, PAIRED, WINDOWED

__all__ = [
    "MEASURES",
    "MISSING_FOR_A_REASON",
    "PAIRED",
    "WINDOWED",
    "Better",
    "Measure",
    "Needs",
    "glossary_page",
]
