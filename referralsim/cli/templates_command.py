"""``referralsim templates``."""

from __future__ import annotations

import json

import rich_click as click


@click.command("templates")
@click.argument("words", nargs=-1, metavar="[list | show NAME | NAME]")
@click.option("--json", "as_json", is_flag=True, help="Print presets as JSON.")
def command(words: tuple[str, ...], as_json: bool) -> None:
    """List the built-in templates, or print one; with `list` and `show` presets as well.

    Example: referralsim templates show industry_retail
    """
    from referralsim.errors import UsageError
    from referralsim.scenario.templates import template_names, template_summary, template_text

    if not words and not as_json:  # the most common question is answered without loading any preset
        for each in template_names():
            click.echo(f"{each:<14} {template_summary(each)}")
        return
    from referralsim.cli.presets import list_lines, show_lines, told_as_json

    match words:
        case () | ("list",):
            click.echo(json.dumps(told_as_json(), indent=1) if as_json else "\n".join(list_lines()))
        case ("show", name):
            click.echo(json.dumps(told_as_json(name), indent=1) if as_json else "\n".join(show_lines(name)))
        case (name,) if not as_json:
            click.echo(template_text(name), nl=False)
        case _:
            raise UsageError(
                "templates", "takes `list`, `show NAME` or NAME", "as in templates show ryu_feick"
            )
