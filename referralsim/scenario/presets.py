"""Presets: published numbers put under the values of a scenario file, each with its source.

A file that says ``preset: NAME``, or a list of names, takes their numbers for all that it does not say
itself; of two presets the later wins, and what the file extends lies below them all. ``*`` in a preset's
path stands for every name or row that is there: in what is extended, in the file, and in its designs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from referralsim.errors import Fault
from referralsim.presets import GROUPS, group_text
from referralsim.scenario.quantity import nearest
from referralsim.scenario.read import parse_text
from referralsim.scenario.tree import Node, Path, find, plain

GRADES = {
    "P": "seen in the paper or its abstract",
    "S": "in a secondary source",
    "C": "computed from a closed form",
    "D": "derived from reported figures",
    "assumed": "assumed",
}

MAX_PRESETS = 16

_CHANNELS = ("channels",)
_DEFAULT_NAMES: dict[Path, str] = {_CHANNELS: "link", ("population", "segments"): "everyone"}


class PresetNumber(NamedTuple):
    """One value that a preset sets."""

    path: tuple[str, ...]  # with * for every name or row that is there
    value: Node
    low: Any  # plain data as a file would hold it; None for a word
    high: Any
    range_is: str  # where the range comes from
    grade: str  # a key of GRADES
    source: str
    note: str

    def told(self, preset: str) -> str:
        """Return the source as a report shows it; it begins with `assumed` where no number is published."""
        words = f"assumed: {self.source}" if self.grade == "assumed" else self.source
        graded = "" if self.grade == "assumed" else f"; {GRADES[self.grade]}"
        note = f"; {self.note}" if self.note else ""
        within = f"; range {shown(self.low)} to {shown(self.high)}, {self.range_is}" if self.range_is else ""
        return f"{words}{note}{graded}{within} (preset {preset})"


class Preset(NamedTuple):
    """A named set of numbers."""

    name: str
    group: str
    title: str
    about: str
    numbers: tuple[PresetNumber, ...]
    reported: tuple[str, ...]  # what the source found that no number of a scenario can hold


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, group by group."""
    return tuple(_presets())


def preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    KeyError
        If there is none of this name.
    """
    return _presets()[name]


def shown(value: Any) -> str:
    """Write a value of a preset as a file would.

    Examples
    --------
    >>> shown({"lognormal": {"mean": "1 d", "sd": "3 d"}}), shown(0.5)
    ('lognormal: {mean: 1 d, sd: 3 d}', '0.5')
    """
    if isinstance(value, dict):
        inside = (
            f"{key}: {{{shown(child)}}}" if isinstance(child, dict) else f"{key}: {child}"
            for key, child in value.items()
        )
        return ", ".join(inside)
    return str(value)


@cache
def _presets() -> dict[str, Preset]:
    found: dict[str, Preset] = {}
    for group in GROUPS:
        tree, _ = parse_text(group_text(group), f"presets {group}")
        for name, node in tree.value["presets"].value.items():
            said = node.value
            numbers = tuple(_number(path, part) for path, part in said["numbers"].value.items())
            reported = tuple(plain(said["reported"])) if "reported" in said else ()
            title, about = said["title"].value, said["about"].value
            found[name] = Preset(name, group, title, about, numbers, reported)
    return found


def _number(path: str, node: Node) -> PresetNumber:
    said = {key: plain(child) for key, child in node.value.items()}
    low, high = said.get("range", (None, None))
    words = (said.get(key, "") for key in ("range_is", "grade", "source", "note"))
    return PresetNumber(tuple(path.split(".")), node.value["value"], low, high, *words)


# --------------------------------------------------------------------------- put into a scenario


def with_presets(below: Node, file: Node) -> tuple[Node, Node, list[Fault]]:
    """Put the presets that a file names between it and what it extends.

    Parameters
    ----------
    below : Node
        The tree of what the file extends; empty if it extends nothing.
    file : Node
        The tree of the file, short forms written out.

    Returns
    -------
    Node, Node, list of Fault
        Both trees with the numbers in their places, the file without its key ``preset``, and what is wrong.
    """
    asked = file.value.get("preset")
    if asked is None:
        return below, file, []
    file = replace(file, value={key: child for key, child in file.value.items() if key != "preset"})
    chosen, faults = _chosen(asked)
    everywhere = (below, file, *_overlays(file))
    for row, each in chosen:
        if not any(_places(everywhere, number.path) for number in each.numbers):
            needs = ".".join(each.numbers[0].path)
            faults.append(row.fault(f"sets nothing in this scenario: there is no `{needs}`", got=True))
    names = tuple(number.path for _, each in chosen for number in each.numbers)
    below = _with_default_channel(below, file, names)
    for _, each in chosen:
        for number in each.numbers:
            for path in _places((below, file), number.path):
                if not _through_row(path) or not find(below, path[: _row_end(path)])[1]:
                    below = _put(below, path, _leaf(number, each.name), force=True)
    for _, each in reversed(chosen):
        for number in each.numbers:
            file = _fill(below, file, number, each.name)
    return below, file, faults


def _chosen(asked: Node) -> tuple[list[tuple[Node, Preset]], list[Fault]]:
    """Return the presets that a file names, each with the node that names it."""
    rows = asked.value if isinstance(asked.value, list) else [asked]
    found: list[tuple[Node, Preset]] = []
    faults: list[Fault] = []
    if len(rows) > MAX_PRESETS:
        return [], [asked.fault(f"names {len(rows)} presets; at most {MAX_PRESETS} are looked up")]
    for row in rows:
        if not isinstance(row.value, str):
            message = "must be the name of a preset, or a list of names"
            faults.append(row.fault(message, got=True, at_key=row.value is None))
        elif row.value not in _presets():
            message = "there is no preset of that name; `referralsim templates list` shows all"
            faults.append(row.fault(message, nearest(row.value, preset_names()), got=True))
        else:
            found.append((row, _presets()[row.value]))
    return found, faults


def _overlays(file: Node) -> Iterator[Node]:
    designs = file.value.get("designs")
    if designs is not None and isinstance(designs.value, dict):
        yield from designs.value.values()


def _leaf(number: PresetNumber, name: str) -> Node:
    return replace(number.value, source=number.told(name))


def _places(trees: tuple[Node, ...], path: tuple[str, ...]) -> list[Path]:
    """Return the paths that a path with ``*`` stands for, by the names that any of the trees has."""
    found: list[Path] = [()]
    for key in path:
        found = [(*start, name) for start in found for name in _names(trees, start, key)]
    return found


def _names(trees: tuple[Node, ...], start: Path, key: str) -> Iterator[str | int]:
    if key != "*":
        yield key
        return
    seen: dict[str | int, None] = {}
    for tree in trees:
        node, rest = find(tree, start)
        if not rest:
            seen.update((name, None) for name, child in node.children() if isinstance(child.value, dict))
    if not seen and start in _DEFAULT_NAMES:
        seen[_DEFAULT_NAMES[start]] = None
    yield from seen


def _through_row(path: Path) -> bool:
    return any(isinstance(key, int) for key in path)


def _put(tree: Node, path: Path, leaf: Node, force: bool) -> Node:
    """Put a value at a path; without force only where nothing is said, not even null."""
    if not path:
        return leaf if force else tree
    key, rest = path[0], path[1:]
    if isinstance(tree.value, dict):
        old = tree.value.get(str(key))
        if old is None:
            new = _nested(rest, leaf, (*tree.path, key))
        elif old.value is None and not force:
            return tree
        else:
            new = _put(old, rest, leaf, force)
        return replace(tree, value={**tree.value, str(key): new})
    if isinstance(tree.value, list) and isinstance(key, int) and key < len(tree.value):
        rows = list(tree.value)
        rows[key] = _put(rows[key], rest, leaf, force)
        return replace(tree, value=rows)
    return _nested(path, leaf, tree.path) if force and tree.value is None else tree


def _nested(path: Path, leaf: Node, at: Path) -> Node:
    """Return a value wrapped in mappings, all of which count as written where the value is."""
    node = replace(leaf, path=(*at, *path))
    for index in range(len(path) - 1, -1, -1):
        node = replace(node, value={str(path[index]): node}, path=(*at, *path[:index]), source=None, text="")
    return node


def _fill(below: Node, file: Node, number: PresetNumber, name: str) -> Node:
    """Put a number into the file's own lists, which hide those below, and under names new in its designs."""
    if "*" not in number.path:
        return file
    leaf = _leaf(number, name)
    for path in _places((file,), number.path):
        if _through_row(path) and not find(file, path[: _row_end(path)])[1]:
            file = _put(file, path, leaf, force=False)
    designs = file.value.get("designs")
    for design, overlay in designs.children() if designs is not None else ():
        changed = overlay
        for path in _places((overlay,), number.path):
            known = path[: number.path.index("*") + 1]
            new_name = bool(find(below, known)[1]) and bool(find(file, known)[1])
            there = not find(overlay, known)[1]
            own_row = _through_row(path) and not find(overlay, path[: _row_end(path)])[1]
            if there and (own_row or (new_name and not _through_row(path))):
                changed = _put(changed, path, leaf, force=False)
        if changed is not overlay:
            file = _put(file, ("designs", str(design)), changed, force=True)
    return file


def _row_end(path: Path) -> int:
    """Return how much of a path leads to a row of a list."""
    return next(index for index, key in enumerate(path) if isinstance(key, int)) + 1


def _with_default_channel(below: Node, file: Node, paths: tuple[tuple[str, ...], ...]) -> Node:
    """Keep the channel that is there by default when a preset adds the first one by name."""
    if any(tree.value.get("channels", Node(None)).value for tree in (below, file)):
        return below
    if not any(path[:1] == _CHANNELS for path in paths):
        return below
    return _put(below, ("channels", "link"), Node({}, below.file), force=True)
