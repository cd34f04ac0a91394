"""A badge: whether thresholds are held, else K of the best design; as shields' endpoint and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from referralsim.experiment.result import Experiment
from referralsim.experiment.thresholds import missed
from referralsim.files import write_whole
from referralsim.scenario.schema import Threshold

_COLOURS = {"brightgreen": "#3fb950", "red": "#d1242f", "orange": "#bc4c00", "blue": "#1f6feb"}
_LETTER_PX = 6.6
_MARGIN_PX = 10
_MOST_LETTERS = 60


class Badge(NamedTuple):
    """What a badge says."""

    label: str
    message: str
    colour: str  # a name that shields knows


def badge_of(experiment: Experiment, thresholds: tuple[Threshold, ...], label: str) -> Badge:
    """Return the badge of an experiment."""
    if experiment.failures:
        return Badge(label, f"{len(experiment.failures)} runs failed", "orange")
    if thresholds:
        lacking = missed(experiment, thresholds)
        words = f"{len(lacking)} thresholds missed" if len(lacking) > 1 else "1 threshold missed"
        return Badge(label, words, "red") if lacking else Badge(label, "thresholds held", "brightgreen")
    rows = experiment.estimates[experiment.estimates["measure"] == "k_offspring"].dropna(subset=["mean"])
    if rows.empty:
        return Badge(label, "K not known", "blue")
    best = rows.sort_values("mean", ascending=False, kind="stable").iloc[0]
    return Badge(label, f"K {best['mean']:.2g} ({best['design']})", "blue")


def write_badge(badge: Badge, folder: Path) -> list[Path]:
    """Write ``badge.json`` and ``badge.svg`` and return their paths."""
    endpoint = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.colour}
    texts = {"badge.json": json.dumps(endpoint, indent=1) + "\n", "badge.svg": svg(badge)}
    for name, text in texts.items():
        write_whole(folder / name, text)
    return [folder / name for name in texts]


def svg(badge: Badge) -> str:
    """Return the badge as a picture that needs nothing from the network."""
    label, message = badge.label[:_MOST_LETTERS], badge.message[:_MOST_LETTERS]
    left, right = (round(len(text) * _LETTER_PX + _MARGIN_PX) for text in (label, message))
    whole, title = left + right, escape(f"{label}: {message}", {'"': "&quot;"})
    text = 'y="14" text-anchor="middle"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f'aria-label="{title}">\n<title>{title}</title>\n'
        f'<rect width="{whole}" height="20" rx="3" fill="#444"/>\n'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" '
        f'fill="{_COLOURS[badge.colour]}"/>\n'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'<text x="{left / 2:g}" {text}>{escape(label)}</text>\n'
        f'<text x="{left + right / 2:g}" {text}>{escape(message)}</text>\n</g>\n</svg>\n'
    )
