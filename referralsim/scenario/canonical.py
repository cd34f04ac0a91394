"""The one explicit way to write a scenario: as plain data, as the difference of two, and as YAML."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from referralsim.scenario.quantity import currency_decimals, shortest
from referralsim.scenario.read import scalar
from referralsim.scenario.schema import Scenario
from referralsim.scenario.tree import Shape, inside, is_named, is_part

WIDTH = 100


def canonical(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as explicit plain data in its human form; money as :class:`decimal.Decimal`."""
    context = {"decimals": currency_decimals(scenario.currency)}
    return dict(scenario.model_dump(by_alias=True, context=context))


def difference(base: Any, changed: Any, shape: Shape = Scenario) -> Any:
    """Return the smallest overlay that turns ``base`` into ``changed``; null where a part is gone.

    Parameters
    ----------
    base, changed : dict
        Canonical data of one shape; they must differ somewhere, or the overlay is empty.
    """
    overlay = {}
    for key in [*base, *(key for key in changed if key not in base)]:
        old, new = base.get(key), changed.get(key)
        if key in base and key in changed and old == new:
            continue
        below = inside(shape, key)
        mappings = isinstance(old, dict) and isinstance(new, dict)
        open_part = mappings and (is_part(below) or is_named(below))
        overlay[key] = difference(old, new, below) if open_part else new
    return overlay


def json_ready(value: Any) -> Any:
    """Return plain data with money as numbers and tuples as lists."""
    if isinstance(value, dict):
        return {str(key): json_ready(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(child) for child in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def to_yaml(data: dict[str, Any]) -> str:
    """Write plain data as YAML 1.2: block style, laws and short lists in one line, order as given."""
    lines: list[str] = []
    _write_mapping(data, 0, lines)
    return "\n".join(lines) + "\n"


def _write_mapping(data: dict[str, Any], indent: int, lines: list[str]) -> None:
    for key, value in data.items():
        start = " " * indent + _text(str(key)) + ":"
        if isinstance(value, dict) and value and not _fits(value, len(start)):
            lines.append(start)
            _write_mapping(value, indent + 2, lines)
        elif isinstance(value, list | tuple) and any(isinstance(row, dict) for row in value):
            lines.append(start)
            _write_rows(value, indent + 2, lines)
        else:
            lines.append(f"{start} {flow(value)}")


def _write_rows(rows: list[Any] | tuple[Any, ...], indent: int, lines: list[str]) -> None:
    for row in rows:
        if not isinstance(row, dict):
            lines.append(" " * indent + f"- {flow(row)}")
            continue
        below: list[str] = []
        _write_mapping(row, indent + 2, below)
        if below:
            below[0] = " " * indent + "- " + below[0][indent + 2 :]
        lines += below or [" " * indent + "- {}"]


def _fits(value: dict[str, Any], used: int) -> bool:
    """Say whether a mapping reads well in one line: at most three plain values, or a law."""
    if len(value) > 3 or any(isinstance(child, dict | list | tuple) for child in value.values()):
        only = next(iter(value.values()))
        law = (
            len(value) == 1 and isinstance(only, dict) and not any(isinstance(c, dict) for c in only.values())
        )
        return law and used + len(flow(value)) < WIDTH
    return used + len(flow(value)) < WIDTH


def flow(value: Any) -> str:
    """Write plain data in one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(key))}: {flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(child) for child in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return shortest(value)
    return str(value) if isinstance(value, int | Decimal) else _text(str(value))


def _text(text: str) -> str:
    """Write a text plainly where YAML reads it back as the same text, else in double quotes."""
    plain = text.replace(" ", "").replace("_", "").replace("-", "").replace("%", "").replace(".", "")
    simple = plain.isascii() and plain.isalnum() and text == text.strip() and text[0] not in "-%."
    if simple and "  " not in text and isinstance(scalar(text), str):
        return text
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n":
        return "\\n"
    if letter == "\t":
        return "\\t"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
