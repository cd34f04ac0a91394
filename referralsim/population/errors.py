"""The failure of this layer."""

from __future__ import annotations

from referralsim.errors import ReferralsimError


class PopulationError(ReferralsimError):
    """People or ties that cannot be read, or cannot be built as the scenario asks."""

    exit_code = 3
