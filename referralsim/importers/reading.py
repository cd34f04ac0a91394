"""Foreign files: JSON or CSV, within limits, and their fields with all that is wrong with them.

A fault never stops the reading: a field that cannot be used counts as absent, and all is told at the end.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from referralsim.errors import Fault, ScenarioError
from referralsim.scenario.quantity import nearest

MAX_BYTES = 16 << 20
MAX_ROWS = 200_000
MAX_DEPTH = 64
MAX_FAULTS = 50

_NUMBER = re.compile(r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?")
_MONEY = re.compile(r"(-?)[^\d\-.,]{0,5}(-?)\s*(\d[\d,]{0,30}(?:\.\d{1,3})?)\s*[^\d\-.,]{0,5}")


def refuse(file: str, message: str) -> NoReturn:
    """Give up on a file."""
    raise ScenarioError([Fault(file, 0, 0, "", message)])


def read_data(path: Path) -> Any:
    """Return what a file holds: the JSON value, or for CSV a list of rows by column name.

    Raises
    ------
    ScenarioError
        If it is missing, too large, not UTF-8, or neither JSON nor CSV.
    """
    name = str(path)
    text = _text(path, name)
    if not text.strip():
        refuse(name, "is empty")
    if path.suffix.lower() == ".csv" or text.lstrip()[0] not in "[{":
        return _csv_rows(text, name)
    try:
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except json.JSONDecodeError as error:
        fault = Fault(name, error.lineno, error.colno, "", f"is not valid JSON: {error.msg}")
        raise ScenarioError([fault]) from None
    except RecursionError:
        refuse(name, f"is nested more than {MAX_DEPTH} deep")
    except ValueError as error:
        refuse(name, f"is not valid JSON: {error}")
    if _depth(data) > MAX_DEPTH:
        refuse(name, f"is nested more than {MAX_DEPTH} deep")
    return data


def _text(path: Path, name: str) -> str:
    try:
        if not path.is_file():
            refuse(name, "there is no such file" if not path.exists() else "is not a regular file")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        refuse(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(data) > MAX_BYTES:
        refuse(name, f"is larger than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(name, "is not UTF-8 text")


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f"the key {twice[:60]!r} is written twice in one object")
    return found


def _depth(data: Any) -> int:
    depth, level = 0, [data]
    while level:
        depth += 1
        below: list[Any] = []
        for value in level:
            below += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        level = below
    return depth


def _csv_rows(text: str, name: str) -> list[dict[str, str]]:
    try:
        rows = csv.reader(io.StringIO(text), strict=True)
        header = [column.strip() for column in next(rows)]
        if len(header) < 2 or len(set(header)) < len(header) or not all(header):
            refuse(name, "is neither JSON nor CSV with a header of distinct column names")
        found = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                message = f"has {len(row)} cells where the header has {len(header)}"
                raise ScenarioError([Fault(name, rows.line_num, 1, "", message)])
            found.append(dict(zip(header, (cell.strip() for cell in row), strict=True)))
            if len(found) > MAX_ROWS:
                refuse(name, f"has more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        refuse(name, f"is neither JSON nor CSV: {error}")
    if not found:
        refuse(name, "has a header and no rows")
    return found


def money_text(text: str) -> Decimal | None:
    """Read an amount as a spreadsheet shows it, in major units; None if it is none.

    Examples
    --------
    >>> money_text("$1,234.56"), money_text("-€5"), money_text("12.5 USD"), money_text("soon")
    (Decimal('1234.56'), Decimal('-5'), Decimal('12.5'), None)
    """
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        return None
    amount = Decimal(match[3].replace(",", ""))
    return -amount if match[1] or match[2] else amount


def clean(text: str, longest: int = 80) -> str:
    """Return foreign text fit for one line of a file: printable, without line breaks, not too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


class Fields:
    """An object of a foreign file, whose fields are read with their faults.

    Parameters
    ----------
    data : dict
    file : str
        Name for messages.
    path : str
        Where the object is in the file.
    faults : list of Fault
        What is wrong so far; shared by all parts of a file.
    """

    def __init__(self, data: dict[str, Any], file: str, path: str, faults: list[Fault]) -> None:
        self.data = data
        self.file = file
        self.path = path
        self.faults = faults

    def at(self, key: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, message: str, suggestion: str = "") -> None:
        """Note what is wrong with a field."""
        if len(self.faults) < MAX_FAULTS:
            value = self.data.get(key)
            got = "" if value is None else clean(json.dumps(value, ensure_ascii=False, default=str), 40)
            self.faults.append(Fault(self.file, 0, 0, clean(self.at(key)), message, got, suggestion))

    def has(self, key: str) -> bool:
        """Say whether a field is there and says something."""
        return self.data.get(key) not in (None, "")

    def text(self, key: str, default: str = "") -> str:
        """Return a text in one line."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.fault(key, "must be text")
            return default
        return clean(value) or default

    def choice(self, key: str, options: Iterable[str], required: bool = True) -> str:
        """Return one of the words that a field may hold, or an empty text."""
        known = list(options)
        value = self.data.get(key)
        if value is None and not required:
            return ""
        if value is None:
            self.fault(key, f"is missing; it must be one of {', '.join(known)}")
        elif value not in known:
            hint = nearest(value, known) if isinstance(value, str) else ""
            self.fault(key, f"must be one of {', '.join(known)}", hint)
        else:
            return str(value)
        return ""

    def number(self, key: str, low: float, high: float) -> Decimal | None:
        """Return a number between two bounds; a decimal that is written as text counts as one."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        text = value.strip() if isinstance(value, str) else repr(value)
        if isinstance(value, bool | dict | list) or not _NUMBER.fullmatch(text):
            self.fault(key, "must be a number")
            return None
        number = Decimal(text)
        if not low <= number <= high:
            self.fault(key, f"must be between {low:,.10g} and {high:,.10g}")
            return None
        return number

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number between two bounds."""
        number = self.number(key, low, high)
        if number is not None and number != int(number):
            self.fault(key, "must be a whole number")
            return None
        return None if number is None else int(number)

    def part(self, key: str) -> Fields | None:
        """Return the object under a key."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(key, "must be an object with fields")
            return None
        return Fields(value, self.file, self.at(key), self.faults)

    def rows(self, key: str) -> list[Fields]:
        """Return the objects of the list under a key."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, "must be a list")
            return []
        return rows_of(value, self.file, self.at(key), self.faults)


def rows_of(data: list[Any], file: str, path: str, faults: list[Fault]) -> list[Fields]:
    """Return the objects of a list; what is no object is a fault."""
    found = []
    for index, row in enumerate(data):
        place = f"{path}.{index}" if path else str(index)
        if isinstance(row, dict):
            found.append(Fields(row, file, place, faults))
        elif len(faults) < MAX_FAULTS:
            faults.append(Fault(file, 0, 0, place, "must be an object with fields"))
    return found
