"""``referralsim templates``."""

from __future__ import annotations

import rich_click as click


@click.command("templates")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the built-in templates, or print one.

    Example: referralsim templates saas
    """
    from referralsim.scenario.templates import template_names, template_summary, template_text

    if name is not None:
        click.echo(template_text(name), nl=False)
        return
    for each in template_names():
        click.echo(f"{each:<14} {template_summary(each)}")
