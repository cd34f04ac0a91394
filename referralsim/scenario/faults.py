"""What the schema finds wrong, said in the planner's words and at the place where it was written."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import ValidationError

from referralsim.errors import Fault
from referralsim.scenario.quantity import nearest, shortest
from referralsim.scenario.tree import Node, Path, as_written, bare, dotted, find, keys_of, shape_at

_LIMITS = {
    "greater_than": ("gt", "must be greater than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be below {}"),
    "less_than_equal": ("le", "must be at most {}"),
}

_KINDS = {
    "string_type": "must be text; put it in quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of names to their settings",
    "dict_attributes_type": "must be a mapping of names to their settings",
}


def fault_at(
    tree: Node, path: Path, message: str, suggestion: str = "", got: bool = False, at_key: bool = False
) -> Fault:
    """Return a fault at a path of a merged tree, placed where that part was written.

    The path in the message is the one in the file: a value that comes from a design's overlay is named
    there.
    """
    path = as_written(tree, path)
    node, rest = find(tree, path)
    inside_scalar = bool(rest) and not isinstance(node.value, dict | list)
    fault = node.fault(message, suggestion, got and (not rest or inside_scalar), at_key or bool(rest))
    return fault._replace(path=dotted((*node.path, *rest)))


def schema_faults(error: ValidationError, tree: Node) -> list[Fault]:
    """Return all faults of one validation."""
    return [_fault(entry, tree) for entry in error.errors(include_url=False)]


def message_of(error: ValidationError) -> str:
    """Return what a field says of a value that it refuses: the first thing that a planner understands."""
    entries = error.errors(include_url=False)
    for entry in entries:
        context = entry.get("ctx", {})
        if entry["type"] == "scenario":
            return str(context["message"])
        if entry["type"] in _LIMITS:
            return _limit(entry["type"], context)
        if entry["type"] == "literal_error":
            return f"must be one of {context['expected']}".replace("'", "").replace(" or ", ", ")
    return _KINDS.get(entries[0]["type"], "cannot be used here")


def _limit(kind: str, context: dict[str, Any]) -> str:
    key, text = _LIMITS[kind]
    limit = context[key]
    return text.format(shortest(limit) if isinstance(limit, float) else f"{limit:,}")


def _fault(entry: Any, tree: Node) -> Fault:
    kind = entry["type"]
    context = entry.get("ctx", {})
    path = tuple(entry["loc"])
    if kind == "scenario":
        at = tuple(context["at"])
        unknown = context["message"].startswith("unknown")
        path = (*path, *at)
        message, suggestion = context["message"], context["suggestion"]
        return fault_at(tree, path, message, suggestion, got=not unknown, at_key=unknown)
    if kind == "extra_forbidden":
        return unknown_key(tree, path)
    if kind == "missing":
        return fault_at(tree, path, "is missing")
    if kind == "literal_error":
        return _choice(tree, path)
    if kind in _LIMITS:
        return fault_at(tree, path, _limit(kind, context), got=True)
    if kind in ("model_type", "model_attributes_type"):
        keys = ", ".join(keys_of(shape_at(path))[:6]) or "none, referrer, referee, both"
        return fault_at(tree, path, f"must be a mapping with keys such as {keys}", got=True)
    node, rest = find(tree, path)
    hint = f"[{node.text}]" if kind == "tuple_type" and node.text and not rest else ""
    return fault_at(tree, path, _KINDS.get(kind, "cannot be used here"), hint, got=True)


def unknown_key(tree: Node, path: Path) -> Fault:
    """Return the fault of a key that its part does not have, with the nearest that it has."""
    keys = keys_of(shape_at(path[:-1]))
    hint = nearest(str(path[-1]), keys)
    message = "unknown key" if hint or not keys else f"unknown key; here may stand {', '.join(keys)}"
    return fault_at(tree, path, message, hint, at_key=True)


def _choice(tree: Node, path: Path) -> Fault:
    allowed = choices(path)
    node, _ = find(tree, path)
    hint = nearest(str(node.value), allowed)
    if allowed == ["1"]:
        return fault_at(tree, path, "must be 1, the only version of the format there is", got=True)
    return fault_at(tree, path, f"must be one of {', '.join(allowed)}", hint, got=True)


def choices(path: Path) -> list[str]:
    """Return the words that may stand at a path of a scenario."""
    return [str(option) for option in get_args(bare(shape_at(path)))]
