"""``referralsim import``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

PLATFORMS = ("dub", "voucherify")


@click.command("import")
@click.argument("platform", type=click.Choice(PLATFORMS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write here  [default: to the screen]")
@click.option("--currency", default="USD", show_default=True, help="Currency of amounts that name none.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(platform: str, file: Path, out: Path | None, currency: str, force: bool) -> None:
    """Make a scenario of a programme's settings on another platform.

    Example: referralsim import dub group.json -o mine.yaml
    """
    from referralsim.cli.files import write_new
    from referralsim.importers import IMPORTERS

    draft = IMPORTERS[platform](file, currency)
    text = draft.checked_text()
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text, force)
    for title, notes in (("Not carried over:", draft.missing or ["nothing"]), ("Assumed:", draft.assumed)):
        click.echo("\n".join([title, *(f"- {note}" for note in notes)]), err=out is None)
    if out is not None:
        click.echo(f"Wrote {out}. Next: referralsim check {out}")
