"""The table of a suite in words: for the terminal, as data, and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from referralsim.report.markdown import escaped
from referralsim.verification.arithmetic import THRESHOLD
from referralsim.verification.check import FAILS, FAMILIES, NOT_REACHABLE, SKIPPED, Row
from referralsim.verification.suite import Suite

FAULT_HEAD = ("fault", "what is wrong", "its check", "engine", "seen", "by")

HEAD = ("exact", "simulated", "n", "s.e.", "z", "smallest bias caught", "engine", "verdict")

LIMITS = (
    "Both engines give the same log bit for bit (a test of its own); a row on the reference engine therefore "
    "repeats part of the runs of the fast one and is no independent sample.",
    "Rows of one check come from the same runs and are correlated.",
    "The theory of percolation is that of infinitely many people: its rows allow the stated tolerance "
    "besides chance, 30 people (200 close to the threshold).",
    "A published finding that the scenario puts in by hand is called assumed, not reproduced: that it comes "
    "out again says that the rules do what they say, not that customers behave so.",
    "Skok's formula is played as far as the number of users an engine is given; the 20,971,510 users of day "
    "20 at K = 2 and a cycle of one day are played by the full suite, on the fast engine, where there are 6 "
    "GiB of memory.",
    "Other programs are played where they are installed (pip install 'referralsim[verify]') or named "
    "(--peers-python); what stands under exact is then their value, and chance is in both sides. Only the "
    "cascade is held against them: they know no programmes, rewards or lives.",
    "Whether the numbers of a scenario are right for a product is not checked: no mathematics can say that.",
)
"""What a reader must know of what was not checked."""


FAULTS_NOTE = (
    "Each is one change of one place in the program, planted in a process of its own; the named check must "
    "then fail, and hold without it. Compiled code is run as plain Python for this."
)


def figure(value: float) -> str:
    """Return a number with as many digits as tell rows apart.

    Examples
    --------
    >>> figure(0.606531), figure(20470.0), figure(float("nan"))
    ('0.60653', '20,470', '')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "\u221e" if value > 0 else "\u2212\u221e"
    if value == round(value) and abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 100_000 else f"{value:.5g}"


def expected_text(row: Row) -> str:
    """Return the exact value, or the band."""
    if not math.isnan(row.exact):
        return figure(row.exact) + (f" \u00b1 {row.tolerance:.2g}" if row.tolerance else "")
    if math.isinf(row.low) and math.isinf(row.high):
        return ""
    if math.isinf(row.high):
        return f"above {figure(row.low)}"
    return f"below {figure(row.high)}" if math.isinf(row.low) else f"{figure(row.low)} to {figure(row.high)}"


def bias_text(row: Row) -> str:
    """Return the smallest bias that the row would catch, with its share."""
    if math.isnan(row.smallest_bias):
        return ""
    if row.standard_error == 0 and row.smallest_bias == 0:
        return "any"
    share = "" if math.isnan(row.smallest_bias_share) else f" ({100 * row.smallest_bias_share:.1f} %)"
    return f"{row.smallest_bias:.3g}{share}"


def cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a row under :data:`HEAD`."""
    z = "" if math.isnan(row.z) else "exact" if row.standard_error == 0 else f"{row.z:+.2f}"
    error = "" if math.isnan(row.standard_error) else f"{row.standard_error:.2g}"
    n = f"{row.n:,}" if row.n else ""
    return (expected_text(row), figure(row.simulated), n, error, z, bias_text(row), row.engine, row.verdict)


def sentence(suite: Suite) -> str:
    """Return in words what came out."""
    rows, failed = suite.rows, suite.failed
    checks = len({row.check for row in rows})
    skipped = sum(row.verdict == SKIPPED for row in rows)
    held = sum(row.verdict not in (FAILS, SKIPPED, NOT_REACHABLE) for row in rows)
    text = f"{held} of {held + len(failed)} rows of {checks} checks hold"
    if failed:
        names = list(dict.fromkeys(row.check for row in failed))
        text += f"; {len(failed)} FAIL ({', '.join(names[:6])}{' and more' if len(names) > 6 else ''})"
    text += f"; {skipped} skipped" if skipped else ""
    if suite.planted:
        seen = len(suite.planted) - len(suite.unnoticed)
        text += f". {seen} of {len(suite.planted)} planted faults are seen by their checks"
    alarm = suite.false_alarm
    return (
        f"{text}. Chance that an honest suite fails anywhere: about {alarm:.1g} "
        f"(|z| < {THRESHOLD:g} in each statistical row; the sum over rows)."
    )


def table_text(suite: Suite) -> str:
    """Return the table for a terminal: a line a row, wide columns first."""
    lines, last = [], ""
    for row in suite.rows:
        if row.check != last:
            lines.append(f"{row.check}: {row.claim}")
            last = row.check
        cell = dict(zip(HEAD, cells(row), strict=True))
        if not row.quantity:  # nothing was measured
            lines.append(f"  {row.verdict}: {row.reason}")
            continue
        lines.append(
            f"  {row.verdict:<10} {row.engine:<9} {row.quantity:<40} exact {cell['exact']:<18} "
            f"simulated {cell['simulated']:<10} z {cell['z']:>6}  catches {cell['smallest bias caught']}"
        )
    return "\n".join(lines)


def fault_rows(suite: Suite) -> list[tuple[str, ...]]:
    """Return the cells of the planted faults under :data:`FAULT_HEAD`."""
    return [
        (
            planted.fault.id,
            planted.fault.words,
            planted.fault.check,
            planted.fault.engine,
            "not made" if not planted.sound else "yes" if planted.is_caught else "NO",
            planted.by,
        )
        for planted in suite.planted
    ]


def faults_text(suite: Suite) -> str:
    """Return the table of planted faults for a terminal."""
    return "\n".join(
        f"  {seen:<4} {name:<28} {words}; {check}: {by}"
        for name, words, check, _, seen, by in fault_rows(suite)
    )


def as_data(suite: Suite, command: str) -> dict[str, Any]:
    """Return the suite as data (``--json``).

    Keys: schema, command, quick, seed, engines, rows (the fields of :class:`..check.Row`), n_rows, n_failed,
    false_alarm, planted (the columns of :data:`FAULT_HEAD`).
    """
    return {
        "schema": 1,
        "command": command,
        "quick": suite.quick,
        "seed": suite.seed,
        "engines": suite.engines,
        "n_rows": len(suite.rows),
        "n_failed": len(suite.failed),
        "false_alarm": suite.false_alarm,
        "rows": suite.rows,
        "planted": [dict(zip(FAULT_HEAD, row, strict=True)) for row in fault_rows(suite)],
    }


def by_family(suite: Suite) -> Iterator[tuple[str, list[Row]]]:
    """Give the rows of each family that occurs, under its title."""
    for family, title in FAMILIES.items():
        rows = [row for row in suite.rows if row.family == family]
        if rows:
            yield title, rows


def markdown_text(suite: Suite, command: str) -> str:
    """Return the page ``docs/verification.md``."""
    lines = [
        f"<!-- Made by {command} --markdown FILE: change the checks, not this page. -->",
        "",
        "# Why believe the numbers",
        "",
        f"**{escaped(sentence(suite))}**",
        "",
        "Every row is a scenario file of `referralsim/verification/scenarios`, played as `referralsim run` "
        f"plays it. A row holds if the simulated value lies within {THRESHOLD:g} standard errors of the "
        "exact one; without chance in it, if it is equal. The smallest bias caught is the one that brings a "
        f"row to its threshold. `{command} --html verification.html` makes these rows again, with pictures. "
        "A test holds the list of checks to the code; the figures are those of the day this page was made.",
    ]
    for title, rows in by_family(suite):
        lines += ["", f"## {title}", ""]
        last = ""
        for row in rows:
            if row.check != last:
                last = row.check
                lines += ["", f"**`{row.check}`** {escaped(row.claim)}. *{escaped(row.source)}*", ""]
                if row.reason:
                    lines += [f"{escaped(row.verdict)}: {escaped(row.reason)}", ""]
                if row.quantity:
                    lines += [f"| quantity | {' | '.join(HEAD)} |", f"|{'---|' * (len(HEAD) + 1)}"]
            if row.quantity:
                beside = f" ({row.beside})" if row.beside else ""
                lines.append(f"| {escaped(row.quantity + beside)} | {' | '.join(map(escaped, cells(row)))} |")
    if suite.planted:
        lines += ["", "## Planted faults", "", FAULTS_NOTE, ""]
        lines += [f"| {' | '.join(FAULT_HEAD)} |", f"|{'---|' * len(FAULT_HEAD)}"]
        lines += [f"| {' | '.join(map(escaped, row))} |" for row in fault_rows(suite)]
    lines += ["", "## What was not checked", "", *(f"- {escaped(text)}" for text in LIMITS), ""]
    return "\n".join(lines)
