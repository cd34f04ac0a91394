"""From a file and its options to one tree: read, unwrap sources, follow ``extends``, put ``--set`` on top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from referralsim.errors import Fault, ScenarioError, UsageError
from referralsim.scenario.presets import with_presets
from referralsim.scenario.quantity import nearest
from referralsim.scenario.read import parse_text, read_file
from referralsim.scenario.schema import Cap, Scenario
from referralsim.scenario.templates import template_names, template_text
from referralsim.scenario.tree import (
    Node,
    Path,
    Shape,
    bare,
    dotted,
    find,
    inside,
    is_named,
    is_part,
    keys_of,
    long_form,
    merge,
    put,
)

MAX_EXTENDS = 8

_NAME = re.compile(r"\w[\w \-]{0,63}")
_ENTRY = re.compile(r"([^=]*)=(.*)", re.DOTALL)


def read_tree(path: FilePath) -> tuple[Node, list[Fault]]:
    """Read a scenario file and everything it extends.

    Returns
    -------
    Node, list of Fault
        The merged tree, every node with the place where it was written; and what is wrong so far.

    Raises
    ------
    ScenarioError
        If there is no tree to go on with.
    """
    chain: list[Node] = []
    faults: list[Fault] = []
    text, name = read_file(path), str(path)
    here, seen = path, [str(path.resolve())]
    while True:
        node, found = _prepared(text, name, first=not chain)
        chain.append(node)
        faults += found
        extended = node.value.get("extends")
        if extended is None:
            break
        followed = _follow(extended, here, path.resolve().parent, seen)
        if isinstance(followed, Fault):
            faults.append(followed)
            break
        text, name, here = followed
    tree = Node({}, chain[-1].file)
    while chain:
        tree, child, found = with_presets(tree, chain.pop())
        faults += found
        tree = _laid_over(tree, child) if tree.value else child
    return replace(tree, value={k: v for k, v in tree.value.items() if k != "extends"}), faults


def _laid_over(tree: Node, child: Node) -> Node:
    """Merge a file over the one it extends; a design that it sets to null is removed.

    A design that is null where it begins is the base as it is, so the two cannot be told apart later.
    """
    designs, above = child.value.get("designs"), tree.value.get("designs")
    if designs is None or above is None or not isinstance(designs.value, dict | None):
        return merge(tree, child)
    own = designs.value or {}
    old = above.value if isinstance(above.value, dict) and designs.value is not None else {}
    gone = {name for name, overlay in own.items() if overlay.value is None and name in old}
    kept = replace(above, value={name: overlay for name, overlay in old.items() if name not in gone})
    news = replace(designs, value={name: overlay for name, overlay in own.items() if name not in gone})
    tree = replace(tree, value={**tree.value, "designs": kept})
    return merge(tree, replace(child, value={**child.value, "designs": news}))


def _follow(
    extended: Node, here: FilePath, root: FilePath, seen: list[str]
) -> tuple[str, str, FilePath] | Fault:
    """Return text, name and place of the file or template that is extended, or what is wrong with it."""
    name = extended.value
    if not isinstance(name, str) or not name:
        return extended.fault("must be the name of a template or of a file beside this one", got=True)
    if len(seen) > MAX_EXTENDS:
        return extended.fault(f"extends more than {MAX_EXTENDS} files in a row")
    if not name.endswith((".yaml", ".yml")):
        if name not in template_names():
            message = f"there is no template of that name; there are {', '.join(template_names())}"
            return extended.fault(message, nearest(name, template_names()), got=True)
        return template_text(name), f"template {name}", here
    try:
        target = inner_file(name, here.parent, root)
        if str(target) in seen:
            return extended.fault("leads in a circle", got=True)
        seen.append(str(target))
        return read_file(target), str(here.parent / name), target
    except (ScenarioError, ValueError) as error:
        reason = error.faults[0].message if isinstance(error, ScenarioError) else str(error)
        return extended.fault(reason, got=True)


def inner_file(name: str, folder: FilePath, root: FilePath) -> FilePath:
    """Return the real path of a file that a scenario names; it must lie in the scenario's folder.

    Raises
    ------
    ValueError
        If the name is absolute, leads out of the folder, or cannot be a path.
    """
    if FilePath(name).is_absolute() or name.startswith("~") or "\\" in name or "\0" in name:
        raise ValueError("must be a path relative to the scenario, with `/` between folders")
    try:
        target = (folder / name).resolve()
    except (OSError, RuntimeError):
        raise ValueError("cannot be followed") from None
    if not target.is_relative_to(root):
        raise ValueError("must lie in the folder of the scenario or below it")
    return target


def _prepared(text: str, name: str, first: bool) -> tuple[Node, list[Fault]]:
    """Read one document and bring it into the form in which trees merge."""
    node, faults = parse_text(text, name)
    if node.value is None:
        message = "is empty; a scenario starts with the line `referralsim: 1`"
        raise ScenarioError([Fault(name, 0, 0, "", message), *faults])
    if not isinstance(node.value, dict):
        message = "must be a mapping of keys to values, starting with the line `referralsim: 1`"
        raise ScenarioError([node.fault(message, got=True), *faults])
    if first and "referralsim" not in node.value and "extends" not in node.value:
        message = "is missing; a scenario starts with the line `referralsim: 1`"
        faults.append(Fault(name, 1, 1, "referralsim", message))
    node, more = _normal(node, Scenario)
    if "extends" not in node.value:
        node = _filled(node, Scenario, more)
    node, attached = attach_sources(node)
    return node, [*faults, *more, *attached]


def _normal(node: Node, shape: Shape) -> tuple[Node, list[Fault]]:
    """Unwrap sourced numbers, write out short forms and check names."""
    faults: list[Fault] = []
    node = _unwrapped(node, shape, faults)
    return long_form(node), faults


def _unwrapped(node: Node, shape: Shape, faults: list[Fault]) -> Node:
    """Take ``{value: …, source: …}`` for the value, which remembers its source."""
    if isinstance(node.value, list):
        return replace(node, value=[_unwrapped(child, inside(shape, 0), faults) for child in node.value])
    if not isinstance(node.value, dict):
        return node
    if set(node.value) == {"value", "source"}:
        value, source = node.value["value"], node.value["source"]
        if not isinstance(source.value, str) or not source.value.strip():
            faults.append(source.fault("must be text: where the number comes from", got=True))
            source = replace(source, value="unnamed")
        if "value" in keys_of(shape) and bare(shape) is not Cap:  # of a cap, it is the number of rewards
            return replace(node, value={"value": replace(value, source=source.value)})
        unwrapped: Node = replace(
            value, path=node.path, source=source.value, key_line=node.key_line, key_column=node.key_column
        )
        return unwrapped
    named = is_named(shape)
    kept = {}
    for key, child in node.value.items():
        if named and not _NAME.fullmatch(key):
            message = "is not a usable name: letters, digits, `_`, `-` and spaces, at most 64"
            faults.append(child.fault(message, at_key=True))
        kept[key] = _unwrapped(child, inside(shape, key), faults)
    return replace(node, value=kept)


def _filled(node: Node, shape: Shape, faults: list[Fault]) -> Node:
    """Find named parts that are left empty where there is nothing to remove; go on as if they were ``{}``."""
    if not isinstance(node.value, dict):
        return node
    kept = {}
    for key, child in node.value.items():
        if is_part(shape) and key == "designs":
            kept[key] = child
        elif is_named(shape) and child.value is None:
            faults.append(child.fault("is empty; write `{}` to take every default", at_key=True))
            kept[key] = replace(child, value={})
        else:
            kept[key] = _filled(child, inside(shape, key), faults)
    return replace(node, value=kept)


def attach_sources(tree: Node) -> tuple[Node, list[Fault]]:
    """Hang the entries of ``sources`` on the numbers they name; the key itself goes."""
    sources = tree.value.get("sources")
    if sources is None or not isinstance(sources.value, dict):
        return tree, []
    faults: list[Fault] = []
    for name, source in sources.value.items():
        path = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        node, rest = find(tree, path)
        if rest or name == "":
            hint = nearest(str(rest[0]), [str(key) for key, _ in node.children()]) if rest else ""
            message = "names nothing that is written in this file"
            faults.append(source.fault(message, hint, at_key=True))
        elif not isinstance(source.value, str) or not source.value.strip():
            faults.append(source.fault("must be text: where the number comes from", got=True))
        else:
            tree = put(tree, path, replace(node, source=source.value)) or tree
    return replace(tree, value={key: child for key, child in tree.value.items() if key != "sources"}), faults


# --------------------------------------------------------------------------- options


def with_overrides(tree: Node, overrides: Sequence[str]) -> tuple[Node, list[Fault]]:
    """Put values given as ``path=value`` on top of the tree.

    Parameters
    ----------
    overrides : sequence of str
        Each a dotted path, ``=`` and a YAML value; list entries by number, as in
        ``programmes.friends.asks.0.probability=50 %``.

    Raises
    ------
    UsageError
        If an entry is not of this form.
    """
    faults: list[Fault] = []
    for number, entry in enumerate(overrides, start=1):
        match = _ENTRY.fullmatch(entry)
        path: Path = tuple(part.strip() for part in match[1].split(".")) if match else ()
        if match is None or not all(path):
            shown = entry if len(entry) <= 60 else entry[:59] + "…"
            raise UsageError(f"--set {shown}", "is not of the form path=value", "as in population.size=5000")
        if not match[2].strip():
            raise UsageError(f"--set {match[1]}", "has no value", "write null to take the default")
        value, found = parse_text(match[2], "--set", number, len(match[1]) + 2)
        value, more = _normal(_based(value, path, number), _shape(path))
        faults += [*found, *more]
        taken = _taken_away(value, path)
        fault = taken or _path_fault(_as_design_sees(tree, path), path, number)
        if fault is None:
            tree = _written_out(tree, path)
            child = long_form_at(value, path)
            changed = put(tree, path, _merged(tree, path, child))
            fault = None if changed else _unreachable(path, number)
            tree = changed or tree
        if fault is not None:
            faults.append(fault)
    return tree, faults


def long_form_at(node: Node, path: Path) -> Node:
    """Write out short forms below a path."""
    return long_form(node, _shape(path))


def _merged(tree: Node, path: Path, child: Node) -> Node:
    old, rest = find(tree, _indexed(path))
    return child if rest else merge(old, child, _shape(path))


def _taken_away(value: Node, path: Path) -> Fault | None:
    """Find a design set to null: it would be played as the base is, under the name of what is gone."""
    designs = {path[1:]: value} if len(path) == 2 else {}
    if len(path) == 1 and isinstance(value.value, dict):
        designs = {(name,): child for name, child in value.value.items()}
    gone = next((child for child in designs.values() if path[0] == "designs" and child.value is None), None)
    message = "null takes no design away; play the others with `run --design`, or write `{}` for the base"
    return None if gone is None else gone.fault(message, at_key=True)


def _as_design_sees(tree: Node, path: Path) -> Node:
    """Return the tree with the design on a path complete, so that it names all that the base has."""
    overlay, rest = find(tree, path[:2])
    if path[0] != "designs" or len(path) < 3 or rest or not isinstance(overlay.value, dict | None):
        return tree
    base = replace(tree, value={key: child for key, child in tree.value.items() if key != "designs"})
    return put(tree, path[:2], merge(base, replace(overlay, value=overlay.value or {}))) or tree


def _written_out(tree: Node, path: Path) -> Node:
    """Copy what an overlay replaces as a whole (a list, a law) from the base, if a path leads into it."""
    for depth in range(3, len(path)):
        shape = _shape(path[:depth])
        if path[0] != "designs" or is_part(shape) or is_named(shape) or not find(tree, path[:depth])[1]:
            continue
        whole, rest = find(tree, _indexed(path[2:depth]))
        return tree if rest else put(tree, path[:depth], whole) or tree
    return tree


def _indexed(path: Path) -> Path:
    return tuple(int(part) if str(part).isdigit() else part for part in path)


def _shape(path: Path) -> Shape:
    shape: Shape = Scenario
    for key in path:
        shape = inside(shape, key)
    return shape


def _based(node: Node, path: Path, number: int) -> Node:
    """Return a value of ``--set`` at the path where it goes."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _based(child, (*path, key), number) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_based(child, (*path, index), number) for index, child in enumerate(value)]
    if node.path == () and not node.key_line:
        node = replace(node, key_line=number, key_column=1)
    return replace(node, value=value, path=path)


def _unreachable(path: Path, number: int) -> Fault:
    """Return the fault of a path that leads on where there is a plain value or a list."""
    message = "leads through a plain value or a list; name an entry by its number, or set the whole"
    return Fault("--set", number, 1, dotted(path), message)


def _path_fault(tree: Node, path: Path, number: int) -> Fault | None:
    """Say what is wrong with the path of an override, if anything is."""
    shape: Shape = Scenario
    column = 1
    for index, key in enumerate(path):
        below = inside(shape, key)
        _, rest = find(tree, _indexed(path[: index + 1]))
        keys = keys_of(shape) or [str(name) for name, _ in find(tree, _indexed(path[:index]))[0].children()]
        missing = bool(rest) and not is_part(shape)
        if below is None or (missing and (not is_named(shape) or index + 1 < len(path))):
            where = dotted(path[: index + 1])
            message = "names nothing in the scenario"
            return Fault("--set", number, column, where, message, "", nearest(str(key), keys))
        shape = below
        column += len(str(key)) + 1
    return None
