"""Importers: a programme's settings, as another platform gives them out, made into a scenario.

``reading`` takes files in safely, and fields with their faults. ``draft`` makes the scenario and remembers
what came from where, what could not be carried over and what was assumed. ``dub`` and ``voucherify`` know the
formats.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from referralsim.importers.draft import Draft
from referralsim.importers.dub import import_dub
from referralsim.importers.voucherify import import_voucherify

IMPORTERS: dict[str, Callable[[Path, str], Draft]] = {"dub": import_dub, "voucherify": import_voucherify}
"""Name of a platform -> what reads its files."""
