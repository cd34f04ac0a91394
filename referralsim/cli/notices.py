"""What a scenario says that is no fault, but hardly what was meant."""

from __future__ import annotations

from collections.abc import Iterable

import rich_click as click

from referralsim.errors import Fault


def show_notices(notices: Iterable[Fault]) -> None:
    """Print each notice on stderr, with the place where it was written."""
    for notice in notices:
        click.echo(f"{notice} (notice)", err=True)
