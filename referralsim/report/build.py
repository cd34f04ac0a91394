"""Writing the report to a folder, all or nothing a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from referralsim.files import write_whole
from referralsim.report.data import report_data
from referralsim.report.html import render_html
from referralsim.report.infos import ReportData
from referralsim.report.json_report import render_json
from referralsim.report.markdown import render_markdown

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

FORMATS: dict[str, Callable[[ReportData], str]] = {
    "report.html": render_html,
    "report.json": render_json,
    "report.md": render_markdown,
}
"""File names of a report, and what writes each."""


def build_report(experiment: Experiment, out_dir: Path) -> list[Path]:
    """Write ``report.html``, ``report.json`` and ``report.md`` into a folder.

    Parameters
    ----------
    experiment : Experiment
    out_dir : Path
        Made if it is not there. Its other files are left alone; the three are replaced.

    Returns
    -------
    list of Path
        The files written. All are rendered before the first is written.

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """
    data = report_data(experiment)
    texts = {name: render(data) for name, render in FORMATS.items()}
    out_dir.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(out_dir / name, text)
    return [out_dir / name for name in texts]
