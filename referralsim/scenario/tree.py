"""A scenario as a tree of nodes that know where they were written; parts, merging, and finding a place."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from referralsim.errors import Fault
from referralsim.scenario.part import OneOrMany
from referralsim.scenario.schema import Cap, Graph, GraphKind, Model, Scenario, TimelineEntry

Path = tuple[str | int, ...]
Shape = Any
"""What belongs at a place: the annotation of a field of the schema, or None where nothing does."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a scenario file and the place where it was written.

    ``value`` is a scalar (None, bool, int, float, str), a dict of nodes or a list of nodes. ``line`` and
    ``column`` count from 1; 0 where there is no place. ``text`` is a scalar as it was written.
    """

    value: Any
    file: str = ""
    line: int = 0
    column: int = 0
    path: Path = ()
    text: str = ""
    source: str | None = None
    key_line: int = 0
    key_column: int = 0

    def children(self) -> Iterator[tuple[str | int, Node]]:
        """Yield the keys or indices and the nodes below; nothing for a scalar."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from enumerate(self.value)

    def got(self) -> str:
        """Return what was written here, short enough for a message."""
        if isinstance(self.value, dict):
            return "a mapping" if self.value else "an empty mapping"
        if isinstance(self.value, list):
            return "a list" if self.value else "an empty list"
        if self.value is None and not self.text:
            return "nothing"
        text = "".join(letter if letter.isprintable() else " " for letter in self.text)
        return text if len(text) <= 40 else text[:39] + "…"

    def fault(self, message: str, suggestion: str = "", got: bool = False, at_key: bool = False) -> Fault:
        """Return a fault at this node, or at its key."""
        line, column = (
            (self.key_line, self.key_column) if at_key and self.key_line else (self.line, self.column)
        )
        told = self.got() if got else ""
        return Fault(self.file, line, column, dotted(self.path), message, told, suggestion)


def dotted(path: Path) -> str:
    """Return a path in the form of ``--set``: its parts joined by dots."""
    return ".".join(str(part) for part in path)


def to_node(value: Any, path: Path = (), file: str = "") -> Node:
    """Make nodes of plain data (mappings, lists, scalars)."""
    if isinstance(value, dict):
        return Node(
            {key: to_node(child, (*path, key), file) for key, child in value.items()}, file, path=path
        )
    if isinstance(value, list | tuple):
        nodes = [to_node(child, (*path, index), file) for index, child in enumerate(value)]
        return Node(nodes, file, path=path)
    return Node(value, file, path=path, text="" if value is None else str(value))


def plain(node: Node) -> Any:
    """Return the plain data of a tree."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


# --------------------------------------------------------------------------- shapes


def bare(shape: Shape) -> Shape:
    """Strip ``Annotated`` and ``| None`` from an annotation."""
    while True:
        origin: Any = get_origin(shape)
        if origin is Annotated:
            shape = get_args(shape)[0]
        elif origin in (Union, types.UnionType):
            shape = next(option for option in get_args(shape) if option is not type(None))
        else:
            return shape


def origin_of(shape: Shape) -> Any:
    """Return the generic type of an annotation (dict, tuple), or None."""
    return get_origin(shape)


def is_part(shape: Shape) -> bool:
    """Say whether a shape is a part with keys of its own (a model of the schema)."""
    shape = bare(shape)
    return isinstance(shape, type) and issubclass(shape, Model)


def is_named(shape: Shape) -> bool:
    """Say whether a shape is a mapping of names to parts."""
    shape = bare(shape)
    return origin_of(shape) is dict and is_part(get_args(shape)[1])


def is_one_or_many(shape: Shape) -> bool:
    """Say whether a shape is a part that may also be a list of such parts."""
    return is_part(shape) and any(get_origin(option) is tuple for option in get_args(shape))


def keys_of(shape: Shape) -> list[str]:
    """Return the keys that a part may have, in the order of the schema."""
    if not is_part(shape):
        return []
    return [field.alias or name for name, field in bare(shape).model_fields.items()]


def inside(shape: Shape, key: str | int) -> Shape:
    """Return the shape of what stands under a key; None if nothing may.

    The overlays of ``designs`` and of a timeline's ``set`` have the shape of a scenario.
    """
    if is_one_or_many(shape) and str(key).isdigit():
        return bare(shape)
    shape = bare(shape)
    if is_part(shape):
        if shape is Scenario and key == "designs":
            return dict[str, Scenario]
        if shape is TimelineEntry and key == "set":
            return Scenario
        for name, field in shape.model_fields.items():
            if (field.alias or name) == key:
                found: Shape = field.annotation
                many = any(isinstance(note, OneOrMany) for note in field.metadata)
                # a part comes first, so that `bare` gives its shape
                return get_args(found)[0] | found if many else found
        return None
    if origin_of(shape) is dict:
        return get_args(shape)[1]
    if origin_of(shape) is tuple:
        return get_args(shape)[0]
    return None


def shape_at(path: Path) -> Shape:
    """Return the shape at a path of a scenario; None if the path leads nowhere."""
    shape: Shape = Scenario
    for key in path:
        shape = inside(shape, key)
    return shape


# --------------------------------------------------------------------------- operations


def merge(base: Node, overlay: Node, shape: Shape = Scenario) -> Node:
    """Lay one tree over another.

    Parts and named parts merge key by key; everything else (numbers, laws, lists) is replaced whole. A
    null stays a null: it hides what is below and is dropped by :func:`drop_nulls`. A merged part counts
    as written where the overlay was: that is where it can be mended.
    """
    both = isinstance(base.value, dict) and isinstance(overlay.value, dict)
    if not both or not (is_part(shape) or is_named(shape)):
        return overlay
    merged = dict(base.value)
    for key, child in overlay.value.items():
        merged[key] = merge(merged[key], child, inside(shape, key)) if key in merged else child
    return replace(overlay, value=merged)


def drop_nulls(node: Node, shape: Shape = Scenario) -> Node:
    """Remove every key that is null, so that its default holds; overlays keep theirs."""
    if isinstance(node.value, list):
        return replace(node, value=[drop_nulls(child, inside(shape, 0)) for child in node.value])
    if not isinstance(node.value, dict) or not (is_part(shape) or is_named(shape)):
        return node
    kept = {}
    for key, child in node.value.items():
        below = inside(shape, key)
        if child.value is None and below is not None:
            continue
        overlay = (bare(shape), key) in ((Scenario, "designs"), (TimelineEntry, "set"))
        kept[key] = child if overlay else drop_nulls(child, below)
    return replace(node, value=kept)


def long_form(node: Node, shape: Shape = Scenario) -> Node:
    """Write out graphs and caps that are written in short, so that overlays meet them key by key."""
    if bare(shape) is Graph:
        return _long_graph(node)
    if bare(shape) is Cap and not isinstance(node.value, dict | list | None):
        return replace(node, value={"count": replace(node, path=(*node.path, "count"))}, source=None)
    if isinstance(node.value, dict):
        return replace(node, value={k: long_form(v, inside(shape, k)) for k, v in node.value.items()})
    if isinstance(node.value, list):
        return replace(node, value=[long_form(child, inside(shape, 0)) for child in node.value])
    return node


def _long_graph(node: Node) -> Node:
    if isinstance(node.value, str):
        kind = replace(node, path=(*node.path, "kind"), source=None)
        return replace(node, value={"kind": kind})
    if not isinstance(node.value, dict) or len(node.value) != 1:
        return node
    name, body = next(iter(node.value.items()))
    if name not in get_args(GraphKind) or not (body.value is None or isinstance(body.value, dict)):
        return node
    kind = Node(name, body.file, body.key_line, body.key_column, (*node.path, "kind"), name)
    return replace(node, value={"kind": kind, **(body.value or {})})


def as_written(node: Node, path: Path) -> Path:
    """Return a path as the file has it: without the 0 of a part that is written without its list."""
    shape: Shape = Scenario
    kept: list[str | int] = []
    for key in path:
        below, rest = find(node, tuple(kept))
        if not (key == 0 and is_one_or_many(shape) and not rest and not isinstance(below.value, list)):
            kept.append(key)
        shape = inside(shape, key)
    return tuple(kept)


def find(node: Node, path: Path) -> tuple[Node, Path]:
    """Return the deepest node on a path, and the rest of the path below it."""
    for index, key in enumerate(path):
        below = None
        if isinstance(node.value, dict):
            below = node.value.get(str(key))
        elif isinstance(node.value, list) and isinstance(key, int) and 0 <= key < len(node.value):
            below = node.value[key]
        if below is None:
            return node, path[index:]
        node = below
    return node, ()


def put(node: Node, path: Path, child: Node) -> Node | None:
    """Return the tree with a node put at a path; None if the path leads through a scalar or past a list."""
    if not path:
        return child
    key = path[0]
    if isinstance(node.value, dict) or node.value is None:
        old = (node.value or {}).get(str(key), Node({}))
        new = put(old, path[1:], child)
        return None if new is None else replace(node, value={**(node.value or {}), str(key): new})
    if isinstance(node.value, list) and str(key).isdigit() and int(key) < len(node.value):
        new = put(node.value[int(key)], path[1:], child)
        rows = list(node.value)
        if new is None:
            return None
        rows[int(key)] = new
        return replace(node, value=rows)
    return None


def collect_sources(node: Node, path: Path = ()) -> dict[str, str]:
    """Return the sources of all numbers: dotted path to where the number comes from."""
    found = {dotted(path): node.source} if node.source else {}
    for key, child in node.children():
        found.update(collect_sources(child, (*path, key)))
    return found
