"""What ``verify`` shows: the table, its summary, and the files that were asked for."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from referralsim.verification.suite import Suite


def show_list(only: Sequence[str], as_json: bool) -> None:
    """Print the names and claims of the checks."""
    from referralsim.verification.suite import chosen

    found = [{"check": c.id, "family": c.family, "claim": c.claim, "source": c.source} for c in chosen(only)]
    if as_json:
        click.echo(json.dumps({"schema": 1, "checks": found}, indent=1, ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['check']:<44} {row['claim']}")


def refuse_unwritable(*files: Path | None) -> None:
    """Refuse files that could not be written, before minutes are spent on what is to be in them.

    Raises
    ------
    UsageError
        With exit code 2.
    """
    from referralsim.errors import UsageError

    for file in files:
        if file is not None and not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
            raise UsageError(str(file), f"{file.parent} is no folder that can be written to")


def finish(
    suite: Suite,
    only: Sequence[str],
    as_json: bool,
    html: Path | None,
    markdown: Path | None,
    quiet: bool,
    with_peers: bool = False,
) -> None:
    """Write and print what came out; end with exit code 1 if a row fails.

    Parameters
    ----------
    with_peers : bool
        Whether an interpreter with other programs was named.

    Raises
    ------
    CheckFailed
        With exit code 1.
    """
    from referralsim.errors import CheckFailed
    from referralsim.files import write_whole
    from referralsim.report.json_report import plain_value
    from referralsim.verification.telling import as_data, faults_text, markdown_text, sentence, table_text

    line = command_line(suite, only, with_peers)
    if markdown is not None:
        write_whole(markdown, markdown_text(suite, line))
    if html is not None:
        from referralsim.report.page import page_html
        from referralsim.verification.pictures import page_of

        write_whole(html, page_html(page_of(suite, line)))
    if as_json:
        data = plain_value(as_data(suite, line))
        click.echo(json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False))
    elif not quiet:
        click.echo(table_text(suite))
        if suite.planted:
            click.echo(f"Planted faults:\n{faults_text(suite)}")
        click.echo(f"\n{sentence(suite)}\nAgain: {line}")
    if suite.failed:
        names = ", ".join(dict.fromkeys(row.check for row in suite.failed))
        raise CheckFailed("verify", f"{len(suite.failed)} rows fail: {names}")
    if suite.unnoticed:
        names = ", ".join(planted.fault.id for planted in suite.unnoticed)
        raise CheckFailed("verify", f"{len(suite.unnoticed)} planted faults are not seen: {names}")


def command_line(suite: Suite, only: Sequence[str], with_peers: bool = False) -> str:
    """Return the command that gives the same rows again; PYTHON stands for one with other programs."""
    words = ["referralsim", "verify", "--quick" if suite.quick else "--full", "--seed", str(suite.seed)]
    if len(suite.engines) == 1:
        words += ["--engine", suite.engines[0]]
    if bool(suite.planted) == suite.quick:
        words += ["--faults"] if suite.planted else ["--no-faults"]
    words += ["--peers-python", "PYTHON"] if with_peers else []
    return shlex.join([*words, *(word for text in only for word in ("--only", text))])
