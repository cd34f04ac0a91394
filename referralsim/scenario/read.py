"""Read YAML 1.2 into nodes with their places: no tags, no merge keys, limits on everything.

The reader works on ruamel's event stream, so that a file is refused while it is read: before a bomb of
aliases or brackets has been unfolded, and with all duplicate keys instead of the first.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from referralsim.errors import Fault, ScenarioError
from referralsim.scenario.tree import Node, Path, dotted

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_DIGITS = 300
MAX_TEXT = 10_000

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


def read_file(path: FilePath) -> str:
    """Return the text of a scenario file.

    Raises
    ------
    ScenarioError
        If it is missing, not a regular file, too large or not UTF-8.
    """
    name = str(path)
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            _refuse(name, "is a folder, not a scenario file")
        if not stat.S_ISREG(kind.st_mode):
            _refuse(name, "is not a regular file")
        if kind.st_size > MAX_BYTES:
            _refuse(name, f"is larger than 1 MiB ({kind.st_size:,} bytes): too large for a scenario")
        data = path.read_bytes()
    except FileNotFoundError:
        _refuse(name, "there is no such file")
    except (OSError, ValueError) as error:
        _refuse(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"is not UTF-8 text: byte 0x{data[error.start]:02x}; save the file as UTF-8"
        raise ScenarioError([Fault(name, line, column, "", message)]) from None


def _refuse(name: str, message: str) -> NoReturn:
    raise ScenarioError([Fault(name, 0, 0, "", message)])


def scalar(text: str) -> Any:
    """Return what a plain YAML 1.2 scalar means.

    Examples
    --------
    >>> scalar("1e6"), scalar("no"), scalar("1:30"), scalar("012")
    (1000000.0, 'no', '1:30', 12)
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MAX_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


def parse_text(text: str, file: str, line: int = 1, column: int = 1) -> tuple[Node, list[Fault]]:
    """Read one YAML document.

    Parameters
    ----------
    text : str
    file : str
        Name for messages.
    line, column : int
        Place of the first character, counted from 1.

    Returns
    -------
    Node, list of Fault
        The tree as far as it can be read, and what is wrong with it as YAML.

    Raises
    ------
    ScenarioError
        If no tree can be made: broken syntax, or a limit exceeded.
    """
    builder = _Builder(file, line, column)
    try:
        return builder.document(YAML(typ="rt", pure=True).parse(text)), builder.faults
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = builder.place(mark) if mark else (line, column)
        raise ScenarioError([Fault(file, *at, "", _syntax(error)), *builder.faults]) from None
    except (YAMLError, RecursionError, ValueError) as error:
        message = f"is not valid YAML: {str(error).splitlines()[0] if str(error) else 'too deeply nested'}"
        raise ScenarioError([Fault(file, line, column, "", message)]) from None


def _syntax(error: MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "unreadable").strip()
    if "'\\t'" in problem or "tab" in problem:
        return "is not valid YAML: indent with spaces, not tabs"
    if "<stream end>" in problem:
        return "is not valid YAML: a bracket or quote is not closed"
    if "mapping values are not allowed" in problem:
        cure = "quote the text or put the key on its own line"
        return f"is not valid YAML: a second `:` on the line, or wrong indentation; {cure}"
    return f"is not valid YAML: {problem}"


class _Builder:
    """Makes nodes of parser events; keeps count, so that nothing can grow without limit."""

    def __init__(self, file: str, line: int, column: int) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.faults: list[Fault] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.n_nodes = 0

    def place(self, mark: Any) -> tuple[int, int]:
        """Return line and column of a mark, counted from 1."""
        column = int(mark.column) + (self.column if mark.line == 0 else 1)
        return int(mark.line) + self.line, column

    def stop(self, event: Any, path: Path, message: str) -> NoReturn:
        """Give up: the rest of the file cannot be read safely."""
        fault = Fault(self.file, *self.place(event.start_mark), dotted(path), message)
        raise ScenarioError([fault, *self.faults])

    def document(self, events: Iterator[Any]) -> Node:
        """Read the events of a stream that must hold one document."""
        root: Node | None = None
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent" and root is not None:
                self.stop(event, (), "holds more than one YAML document; keep one scenario a file")
            if name in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent", "AliasEvent"):
                root = self.node(event, events, (), 1)
        return root or Node(None, self.file, self.line, self.column)

    def count(self, event: Any, path: Path, n_nodes: int = 1) -> None:
        self.n_nodes += n_nodes
        if self.n_nodes > MAX_NODES:
            self.stop(
                event,
                path,
                f"holds more than {MAX_NODES:,} values, with aliases written out: too large for a scenario",
            )

    def node(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> Node:
        """Read one value; the event is its first."""
        line, column = self.place(event.start_mark)
        name = type(event).__name__
        if name == "AliasEvent":
            return self.alias(event, path)
        before = self.n_nodes
        self.count(event, path)
        if depth > MAX_DEPTH:
            self.stop(event, path, f"is nested more than {MAX_DEPTH} deep")
        tag = str(event.tag) if event.tag is not None else ""
        if tag and tag != "!":
            shown = tag.replace("tag:yaml.org,2002:", "!!")[:60]
            self.faults.append(
                Fault(self.file, line, column, dotted(path), "YAML tags are not allowed here", shown)
            )
        if name == "ScalarEvent":
            made = self.scalar_node(event, line, column, path)
        elif name == "SequenceStartEvent":
            made = Node(self.rows(events, path, depth), self.file, line, column, path)
        else:
            made = Node(self.mapping(events, path, depth), self.file, line, column, path)
        if event.anchor is not None:
            self.anchors[str(event.anchor)] = (made, self.n_nodes - before)
        return made

    def alias(self, event: Any, path: Path) -> Node:
        """Return what an alias stands for, counted as if it were written out."""
        line, column = self.place(event.start_mark)
        if str(event.anchor) not in self.anchors:
            fault = Fault(
                self.file, line, column, dotted(path), f"no value before this is called `&{event.anchor}`"
            )
            self.faults.append(fault)
            return Node(None, self.file, line, column, path)
        made, n_nodes = self.anchors[str(event.anchor)]
        self.count(event, path, n_nodes)
        return _moved(made, path)

    def scalar_node(self, event: Any, line: int, column: int, path: Path) -> Node:
        # the reader marks where a folded text was folded with a bell character of its own
        text = str(event.value).replace("\a", "") if event.style == ">" else str(event.value)
        quoted = event.style is not None
        value = text if quoted else scalar(text)
        if len(text) > MAX_TEXT:
            self.faults.append(
                Fault(self.file, line, column, dotted(path), f"is longer than {MAX_TEXT:,} characters")
            )
        if any(not letter.isprintable() and letter not in "\n\t" for letter in text):
            message = "contains a character that cannot be printed"
            self.faults.append(Fault(self.file, line, column, dotted(path), message))
        return Node(value, self.file, line, column, path, f'"{text}"' if quoted else text)

    def rows(self, events: Iterator[Any], path: Path, depth: int) -> list[Node]:
        rows: list[Node] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            rows.append(self.node(event, events, (*path, len(rows)), depth + 1))
        return rows

    def mapping(self, events: Iterator[Any], path: Path, depth: int) -> dict[str, Node]:
        """Read the pairs of a mapping; a key that comes again is a fault, and the first one holds."""
        found: dict[str, Node] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                self.stop(event, path, "a key must be a word, not a list, a mapping or an alias")
            key = str(event.value)
            self.count(event, path)
            line, column = self.place(event.start_mark)
            child = self.node(next(events), events, (*path, key), depth + 1)
            if key == "<<" and event.style is None:
                message = "merge keys are not used here; write `extends`, or repeat the values"
                self.faults.append(Fault(self.file, line, column, dotted((*path, key)), message))
            elif key in found:
                message = f"is written twice; the first is on line {found[key].key_line}"
                self.faults.append(Fault(self.file, line, column, dotted((*path, key)), message))
            else:
                found[key] = replace(child, key_line=line, key_column=column)
        return found


def _moved(node: Node, path: Path) -> Node:
    """Return a node as it reads at another path: what an alias stands for keeps its place in the file."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _moved(child, (*path, key)) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_moved(child, (*path, index)) for index, child in enumerate(value)]
    return replace(node, value=value, path=path)
