"""Edge lists: one tie a line, as social networks are published and exported.

``a b`` or ``a b weight``, separated by tabs, commas, semicolons or white space (the first line
decides), gzipped or not. Lines that start with ``#`` or ``%`` are comments; a header line is
recognised and skipped. Ids may be anything; fields may be quoted ("Smith, Ann").
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, from_edges

MAX_PEOPLE = 10_000_000
MAX_TIES = 500_000_000
MAX_LINE_BYTES = 10_000
MAX_ID_LENGTH = 200

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_HEADER_WORD = re.compile(
    r"(source|target|from|to|src|dst|dest|destination|tail|head|node|user|person|friend|follower|followee"
    r"|sender|receiver|customer|member|name|account|contact|buyer|referrer|referee|left|right|id)"
    r"[ _-]?(node|user|person|name)?[ _-]?(id)?[ _-]?[0-9ab]?"
)


_Row = tuple[int, list[str]]
"""The number of a line and its fields."""


class _People(dict[str, int]):
    """Ids as they first appear; asking for a new one checks and numbers it."""

    def __missing__(self, person: str) -> int:
        if not person:
            raise PopulationError("", "an id is empty", "give two ids a line")
        if len(person) > MAX_ID_LENGTH or "\0" in person:
            cure = f"ids are text of at most {MAX_ID_LENGTH} characters"
            raise PopulationError("", f"not an id: {person[:40]!r}", cure)
        if len(self) >= MAX_PEOPLE:
            raise PopulationError("", f"more than {MAX_PEOPLE} people", "use a smaller graph")
        number = self[person] = len(self)
        return number


class _Ties(NamedTuple):
    """Ties in the order of the file, people numbered as they first appear."""

    people: _People
    source: array[int]
    target: array[int]
    weight: array[float]


def read_edge_list(
    path: Path, directed: bool = False, use_weights: bool = False, n_people: int | None = None
) -> SocialGraph:
    """Read a file of ties.

    People are numbered by id: by value if all ids are numbers, else in the order of their letters.
    The graph does not depend on the order of lines, except that of repeated ties the first one's
    weight counts.

    Parameters
    ----------
    path : Path
    directed : bool
        A line ``a b`` lets only a contact b.
    use_weights : bool
        Read the third column as tie strengths, in [0, 1]; else it is ignored.
    n_people : int, optional
        Add isolated people up to this number.

    Returns
    -------
    SocialGraph
        ``labels`` are the ids as written.

    Raises
    ------
    PopulationError
        With ``file:line`` for a bad line; for a file that cannot be read, holds no ties, is too
        large, or has more people than ``n_people``.
    """
    name = str(path)
    with _open(path, name) as stream:
        ties = _read_ties(_rows(stream, name), name, use_weights)
    labels, index = _numbered(ties.people)
    if n_people is not None and n_people < len(labels):
        raise PopulationError(
            name,
            f"the file has {len(labels)} people, and the population's size is {n_people}",
            f"set the size to {len(labels)} or more",
        )
    graph = from_edges(
        len(labels),
        index[np.frombuffer(ties.source, dtype=np.int32)],
        index[np.frombuffer(ties.target, dtype=np.int32)],
        np.frombuffer(ties.weight, dtype=np.float32) if use_weights else None,
        directed,
        labels,
    )
    return graph if n_people is None else graph.with_people(n_people)


def _open(path: Path, name: str) -> BinaryIO:
    try:
        if path.is_dir():
            raise PopulationError(name, "is a folder", "give a file with one tie a line")
        if path.exists() and not path.is_file():
            raise PopulationError(name, "is not an ordinary file", "give a file with one tie a line")
        raw = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PopulationError(name, f"cannot be read: {reason}", "check the path") from error
    is_gzip = raw.peek(2)[:2] == b"\x1f\x8b"
    if not is_gzip and path.suffix != ".gz":
        return raw
    raw.close()
    if not is_gzip:
        raise PopulationError(name, "is not a gzip file, whatever its name says", "rename it or gzip it")
    # gzip's own reader makes reading by lines slow; the buffer around it does not.
    return io.BufferedReader(gzip.GzipFile(path), 1 << 20)


def _lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """Yield the number and text of every line that is neither blank nor a comment."""
    number = 0
    try:
        for number, raw in enumerate(iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""), start=1):
            if len(raw) > MAX_LINE_BYTES:
                raise PopulationError(
                    f"{name}:{number}",
                    f"the line is longer than {MAX_LINE_BYTES} bytes",
                    "give one tie a line",
                )
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if line and line[0] not in "#%":
                yield number, line
    except UnicodeDecodeError as error:
        raise PopulationError(f"{name}:{number}", "the line is not UTF-8 text", "save it as UTF-8") from error
    except (EOFError, zlib.error, OSError) as error:
        where = f"{name}:{number + 1}"
        raise PopulationError(where, f"the file is damaged: {error}", "fetch it again") from error


def _separator(line: str) -> str | None:
    """Return what separates the columns of a file with this first line; None: white space."""
    return next((mark for mark in "\t,;" if mark in line), None)


def _unquoted(line: str, separator: str | None, where: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator or " ", skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise PopulationError(where, f"the quotes do not match: {error}", "close or remove them") from error


def _all_rows(stream: BinaryIO, name: str) -> Iterator[_Row]:
    """Yield the fields of each line, all with as many columns as the first."""
    separator: str | None = None
    n_columns = 0
    for number, line in _lines(stream, name):
        if n_columns == 0:
            separator = _separator(line)
        if '"' in line:
            fields = _unquoted(line, separator, f"{name}:{number}")
        else:
            fields = line.split(separator)
        if separator:
            fields = [field.strip() for field in fields]
        if len(fields) != n_columns:
            if n_columns:
                what = f"expected {n_columns} columns as in the first line, got {len(fields)}"
                raise PopulationError(f"{name}:{number}", what, "repair the line")
            n_columns = len(fields)
            if n_columns not in {2, 3}:
                what = f"expected 2 or 3 columns, got {n_columns}"
                raise PopulationError(f"{name}:{number}", what, "give two ids and perhaps a weight")
        yield number, fields


def _rows(stream: BinaryIO, name: str) -> Iterator[_Row]:
    """Yield the fields of each tie: all lines without the header."""
    rows = _all_rows(stream, name)
    first = next(rows, None)
    if first is None:
        return
    second = next(rows, None)
    if not _is_header(first[1], second[1] if second else None):
        yield first
    if second is not None:
        yield second
        yield from rows


def _is_header(fields: list[str], following: list[str] | None) -> bool:
    names = [field.lower() for field in fields]
    if any(_NUMBER.fullmatch(name) for name in names[:2]):
        return False
    if names[0] != names[1] and all(map(_HEADER_WORD.fullmatch, names[:2])):
        return True
    if following is None:
        return False
    numeric = [_NUMBER.fullmatch(field) is not None for field in following]
    return all(numeric[:2]) or (len(names) == 3 and numeric[2] and _NUMBER.fullmatch(names[2]) is None)


def _read_ties(rows: Iterator[_Row], name: str, use_weights: bool) -> _Ties:
    ties = _Ties(_People(), array("i"), array("i"), array("f"))
    people, source, target, weight = ties
    line = 0
    try:
        for line, fields in rows:  # noqa: B007 - the handler below names the line
            source.append(people[fields[0]])
            target.append(people[fields[1]])
            if use_weights:
                weight.append(_weight(fields))
            if len(source) > MAX_TIES:
                raise PopulationError("", f"more than {MAX_TIES} ties", "use a smaller graph")
    except PopulationError as error:
        if error.where:
            raise
        raise PopulationError(f"{name}:{line}", error.what, error.cure) from error
    if not source:
        raise PopulationError(name, "the file holds no ties", "give two ids a line")
    return ties


def _weight(fields: list[str]) -> float:
    if len(fields) < 3:
        raise PopulationError("", "there is no third column with a weight", "add one, from 0 to 1")
    try:
        value = float(fields[2])
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        what = f"expected a weight from 0 to 1, got {fields[2][:40]!r}"
        raise PopulationError("", what, "divide the column by its largest value")
    return value


def _numbered(people: dict[str, int]) -> tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    """Return the ids in their order, and for each person as first met its place in that order."""
    if all(map(_NUMBER.fullmatch, people)):
        labels = sorted(people, key=lambda text: (float(text) if "." in text else int(text), text))
    else:
        labels = sorted(people)
    index = np.empty(len(labels), dtype=np.int32)
    index[np.fromiter((people[label] for label in labels), np.int64, len(labels))] = np.arange(len(labels))
    return tuple(labels), index
