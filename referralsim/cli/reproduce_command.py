"""``referralsim reproduce``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("reproduce")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--graph", type=click.Path(path_type=Path), help="Where the edge list lies now, if elsewhere.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes  [default: all cores]")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(folder: Path, graph: Path | None, workers: int | None, quiet: bool) -> None:
    """Make an experiment again from its run.lock.json alone, and compare every byte.

    Exit code 1 with the first difference, if there is one.

    Example: referralsim reproduce out/dropbox
    """
    from referralsim.cli.reproducing import reproduce

    files = reproduce(folder, graph, workers, quiet)
    gone = [name for name in files if not (folder / name).is_file()]
    said = f"; not in the folder any more: {', '.join(gone)}" if gone and len(gone) < len(files) else ""
    click.echo(f"{folder}: reproduced, {len(files)} files are the same to the last byte{said}")
