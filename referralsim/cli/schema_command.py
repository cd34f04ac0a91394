"""``referralsim schema``."""

from __future__ import annotations

import json

import rich_click as click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: referralsim schema > scenario.schema.json
    """
    from referralsim.scenario.json_schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, sort_keys=True))
