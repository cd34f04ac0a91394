"""Where two files first differ, in words: a path in JSON, a cell of a table, a line of text."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd

_SHOWN = 60


def first_difference(name: str, old: bytes, new: bytes) -> str:
    r"""Return where and how two files of one name first differ.

    Parameters
    ----------
    name : str
        Its ending says what is inside.

    Examples
    --------
    >>> first_difference("a.json", b'{"k": [1, 2]}', b'{"k": [1, 3]}')
    'a.json, at k.1: 2 then, 3 now'
    >>> first_difference("a.md", b"one\ntwo", b"one\nthree")
    "a.md, line 2: 'two' then, 'three' now"
    """
    found = None
    try:
        if name.endswith(".json"):
            found = _in_json(json.loads(old), json.loads(new), ())
        elif name.endswith(".parquet"):
            found = _in_table(pd.read_parquet(io.BytesIO(old)), pd.read_parquet(io.BytesIO(new)))
        else:
            found = _in_text(old.decode(), new.decode())
    except (ValueError, OSError):  # broken, so that only its bytes can be told
        pass
    return f"{name}, {found or _in_bytes(old, new)}"


def _in_json(old: Any, new: Any, path: tuple[str, ...]) -> str | None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if key not in old or key not in new:
                side = "only then" if key in old else "only now"
                return f"at {'.'.join((*path, key))}: there {side}"
            if found := _in_json(old[key], new[key], (*path, key)):
                return found
        return None
    if isinstance(old, list) and isinstance(new, list):
        for index, (a, b) in enumerate(zip(old, new, strict=False)):
            if found := _in_json(a, b, (*path, str(index))):
                return found
        if len(old) != len(new):
            return f"at {'.'.join(path)}: {len(old)} entries then, {len(new)} now"
        return None
    same = json.dumps(old) == json.dumps(new)  # NaN equals NaN, and 1 is not 1.0
    return None if same else f"at {'.'.join(path)}: {_short(old)} then, {_short(new)} now"


def _in_table(old: pd.DataFrame, new: pd.DataFrame) -> str | None:
    if list(old.columns) != list(new.columns):
        return f"columns: {_short(list(old.columns))} then, {_short(list(new.columns))} now"
    if len(old) != len(new):
        return f"{len(old)} rows then, {len(new)} now"
    for row, (a, b) in enumerate(zip(old.to_dict("records"), new.to_dict("records"), strict=True)):
        for column in a:
            if repr(a[column]) != repr(b[column]):
                return f"row {row}, column {column}: {a[column]!r} then, {b[column]!r} now"
    return None


def _in_text(old: str, new: str) -> str | None:
    before, after = old.split("\n"), new.split("\n")
    for number, (a, b) in enumerate(zip(before, after, strict=False), 1):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            start = max(0, at - 20) if max(len(a), len(b)) > _SHOWN else 0
            return f"line {number}: {_short(a[start:])} then, {_short(b[start:])} now"
    return None if old == new else f"{len(before)} lines then, {len(after)} now"


def _in_bytes(old: bytes, new: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return f"byte {at} ({len(old)} bytes then, {len(new)} now)"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
