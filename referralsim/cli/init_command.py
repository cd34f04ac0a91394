"""``referralsim init``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=Path("scenario.yaml"))
@click.option("--template", default="starter", show_default=True, help="See `referralsim templates`.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(file: Path, template: str, force: bool) -> None:
    """Write a commented scenario file to start from.

    Example: referralsim init mine.yaml --template saas
    """
    from referralsim.cli.files import write_new
    from referralsim.scenario.templates import template_text

    write_new(file, template_text(template), force)
    click.echo(f"Wrote {file}. Next: referralsim compare {file}")
