"""Templates and presets as the command line shows them: what each sets, from where, within what range."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import Any

from referralsim.errors import UsageError
from referralsim.scenario.presets import GRADES, Preset, PresetNumber, preset, preset_names, shown
from referralsim.scenario.quantity import nearest
from referralsim.scenario.templates import template_names, template_summary, template_text
from referralsim.scenario.tree import plain

WIDTH = 100


def list_lines() -> list[str]:
    """Return all templates and presets, a line each."""
    lines = ["templates (`extends: NAME`, or `referralsim init --template NAME`)"]
    lines += [f"  {name:<24} {template_summary(name)}" for name in template_names()]
    for group, members in groupby(map(preset, preset_names()), key=lambda each: each.group):
        lines += ["", f"presets: {group} (`preset: NAME`)"]
        lines += [f"  {each.name:<24} {each.title}{_all_assumed(each)}" for each in members]
    return lines


def _all_assumed(each: Preset) -> str:
    return " (assumed)" if all(number.grade == "assumed" for number in each.numbers) else ""


def show_lines(name: str) -> list[str]:
    """Return a template's text, or what a preset sets with sources and ranges.

    Raises
    ------
    UsageError
        If there is neither of this name.
    """
    if name in template_names():
        return template_text(name).rstrip("\n").split("\n")
    found = _preset(name)
    lines = [f"{found.name}: {found.title}", "", *textwrap.wrap(found.about, WIDTH), "", "It sets"]
    for number in found.numbers:
        lines += _number_lines(number)
    if found.reported:
        lines += [
            "",
            "Reported as well, to be tested rather than set:",
            *(f"  - {each}" for each in found.reported),
        ]
    return lines


def _number_lines(number: PresetNumber) -> list[str]:
    lines = [f"  {'.'.join(number.path)}: {shown(plain(number.value))}"]
    if number.range_is:
        lines.append(f"      range   {shown(number.low)} to {shown(number.high)}: {number.range_is}")
    grade = number.grade if number.grade == "assumed" else f"{number.grade}, {GRADES[number.grade]}"
    source = f"{number.source}; {number.note}" if number.note else number.source
    lines.append(f"      grade   {grade}")
    lines += textwrap.wrap(source, WIDTH, initial_indent="      source  ", subsequent_indent=" " * 14)
    return lines


def told_as_json(name: str | None = None) -> Any:
    """Return one preset, or all of them, as plain data.

    Raises
    ------
    UsageError
        If there is no preset of this name.
    """
    if name is None:
        return [told_as_json(each) for each in preset_names()]
    found = _preset(name)
    numbers = [
        {
            "path": ".".join(number.path),
            "value": plain(number.value),
            "range": [number.low, number.high] if number.range_is else None,
            "range_is": number.range_is,
            "grade": number.grade,
            "source": number.source,
            "note": number.note,
        }
        for number in found.numbers
    ]
    return {**found._asdict(), "numbers": numbers, "reported": list(found.reported)}


def _preset(name: str) -> Preset:
    names = preset_names()
    if name not in names:
        hint = nearest(name, [*template_names(), *names])
        cure = f"did you mean {hint}?" if hint else "see `referralsim templates list`"
        raise UsageError(f"template or preset {name!r}", "is unknown", cure)
    return preset(name)
