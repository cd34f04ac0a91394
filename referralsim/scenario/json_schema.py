"""The format for editors (JSON Schema) and for readers (a page), both made from the models."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, get_args

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticUndefined

from referralsim.scenario.canonical import flow, json_ready
from referralsim.scenario.counts import CountLawSpec
from referralsim.scenario.doubt import DoubtLaw
from referralsim.scenario.laws import AmountLaw, DelayLaw, FactorLaw, sourced
from referralsim.scenario.presets import MAX_PRESETS, preset_names
from referralsim.scenario.reward_value import RewardValue
from referralsim.scenario.schema import Model, Scenario, Segment
from referralsim.scenario.templates import template_names
from referralsim.scenario.tree import bare, inside, is_named, is_one_or_many, is_part, keys_of, origin_of

Json = dict[str, Any]

_NUMBER = r"\d+(\.\d*)?([eE][-+]?\d+)?"
_UNITS = r"(s|sec|min|h|d|w|mo|y|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"

HUMAN: dict[str, Json] = {
    "Duration": {
        "anyOf": [{"type": "string", "pattern": rf"^\s*{_NUMBER}\s*{_UNITS}\s*$"}, {"const": 0}],
        "description": "a duration with its unit: 30 d, 12 h, 90 min, 2 w, 1 mo (365/12 d), 1 y (365 d)",
    },
    "Rate": {
        "anyOf": [
            {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*%?\s*per\s+({_NUMBER}\s*)?{_UNITS}\s*$"},
            {"const": 0},
            {
                "type": "object",
                "properties": {"share": {"$ref": "#/$defs/Share"}, "per": {"type": "string"}},
                "required": ["share", "per"],
                "additionalProperties": False,
            },
        ],
        "description": "0.3 per day, 3 % per month, or a share that is lost: {share: 19 %, per: year}",
    },
    "Share": {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*%\s*$"},
        ],
        "description": "a share or probability: 0.3 or 30 %",
    },
    "Money": {
        "type": "number",
        "minimum": 0,
        "description": "an amount in major units, with at most the decimals of the currency: 20.00",
    },
}
"""JSON Schemas of the values that carry units."""


class _Generator(GenerateJsonSchema):
    """Writes defaults in their human form."""

    def encode_default(self, dft: Any) -> Any:
        return json_ready(super().encode_default(dft))


def _referring(value: Any) -> Any:
    """Turn the marks of values with units into references to their definitions."""
    if isinstance(value, dict):
        inner = {key: _referring(child) for key, child in value.items() if key != "human"}
        if isinstance(value.get("human"), str):
            limits = ("exclusiveMinimum", "minimum", "exclusiveMaximum", "maximum")
            return {
                "$ref": f"#/$defs/{value['human']}",
                **{k: v for k, v in inner.items() if k not in limits},
            }
        return inner
    return [_referring(child) for child in value] if isinstance(value, list) else value


def json_schema() -> Json:
    """Return the JSON Schema (2020-12) of a scenario file in its human form.

    Any value may be wrapped as ``{value: …, source: …}``, any key may be null to take its default, and
    overlays (``designs``, ``set`` of a timeline) take the parts of a scenario, none of them required.
    """
    schema = _referring(Scenario.model_json_schema(by_alias=True, schema_generator=_Generator))
    defs = {**schema.pop("$defs"), **HUMAN}
    parts = {"Scenario": schema, **defs}
    for name, part in parts.items():
        if name not in HUMAN and "properties" in part:
            _open_up(part)
    graph = defs["Graph"]
    kinds = graph["properties"]["kind"]["anyOf"][0]["enum"]
    body = {"anyOf": [{"$ref": "#/$defs/Graph"}, {"type": "null"}]}
    shapes = [
        {"type": "object", "properties": {kind: body}, "required": [kind], "maxProperties": 1}
        for kind in kinds
    ]
    defs["AnyGraph"] = {"anyOf": [{"$ref": "#/$defs/Graph"}, {"enum": kinds}, *shapes]}
    graph_key = defs["Population"]["properties"]["graph"]
    graph_key["anyOf"] = [{"$ref": "#/$defs/AnyGraph"}, {"type": "null"}]
    thresholds = next(way for way in schema["properties"]["thresholds"]["anyOf"] if "items" in way)
    thresholds["items"] = {"anyOf": [thresholds["items"], {"type": "string"}]}
    shared = ("designs", "decision", "thresholds", "findings", "uncertain", "sources", "referralsim")
    movable = {key: below for key, below in schema["properties"].items() if key not in shared}
    defs["Overlay"] = {"type": ["object", "null"], "properties": movable, "additionalProperties": False}
    one_for_all = defs["Conditional"]["properties"]["none"]
    for key in ("share", "accept"):
        table = defs["Response"]["properties"][key]
        table["anyOf"] = [{"$ref": "#/$defs/Conditional"}, *one_for_all["anyOf"]]
    for side in ("referrer", "referee"):
        rewards = defs["Rewards"]["properties"][side]
        rewards["anyOf"] = [{"$ref": "#/$defs/Reward"}, *rewards["anyOf"]]
    cap = defs["Reward"]["properties"]["cap"]
    whole: Json = {"type": "integer", "minimum": 0}
    cap["anyOf"] = [whole, sourced(whole), *cap["anyOf"]]
    for name in ("Reward", "Strength"):
        defs[name]["properties"]["source"] = {"type": "string", "description": "where `value` comes from"}
    designs = {"type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/Overlay"}}
    schema["properties"]["designs"] = {**designs, "description": _described(Scenario, "designs")}
    defs["TimelineEntry"]["properties"]["set"] = {"$ref": "#/$defs/Overlay"}
    extends = {"type": "string", "description": "a file beside this one, or a template, to build on"}
    names: Json = {"enum": list(preset_names())}
    several: Json = {"type": "array", "items": names, "maxItems": MAX_PRESETS}
    preset: Json = {
        "anyOf": [names, several],
        "description": "published numbers for all that is not said here",
    }
    schema["properties"] = {"extends": extends, "preset": preset, **schema["properties"]}
    schema.pop("required", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "referralsim scenario",
        **{key: value for key, value in schema.items() if key != "title"},
        "$defs": defs,
    }


def _open_up(part: Json) -> None:
    """Let every key be null, and every plain value say where it comes from.

    Nothing is required: an overlay may hold any part of a part, and the reader says what is missing.
    """
    part.pop("required", None)
    for key, below in part["properties"].items():
        notes = {name: below.pop(name) for name in ("default", "description", "title") if name in below}
        notes.pop("title", None)
        options = below["anyOf"] if set(below) == {"anyOf"} else [below]
        options = [option for option in options if option != {"type": "null"}]
        for option in options:
            if (
                isinstance(option.get("additionalProperties"), dict)
                and "$ref" in option["additionalProperties"]
            ):
                option["additionalProperties"] = {"anyOf": [option["additionalProperties"], {"type": "null"}]}
        plain = all(_is_value(option) for option in options)
        extra = [sourced({"anyOf": options}), {"type": "null"}] if plain else [{"type": "null"}]
        part["properties"][key] = {"anyOf": [*options, *extra], **notes}


def _is_value(option: Json) -> bool:
    """Say whether a schema is that of a number or law, rather than of a part."""
    if "$ref" in option:
        name = option["$ref"].rsplit("/", 1)[1]
        return name in HUMAN or name in ("DelayLaw", "AmountLaw", "FactorLaw", "CountLawSpec", "RewardValue")
    return option.get("type") in ("number", "integer") or "weak" in option.get("properties", {})


# --------------------------------------------------------------------------- the page

_FORMS: list[tuple[Any, str]] = [
    (DelayLaw, "duration or law"),
    (AmountLaw, "amount or law"),
    (FactorLaw, "number or law"),
    (CountLawSpec, "count or law"),
    (RewardValue, "amount or percentage"),
    (DoubtLaw, "law of what is not known"),
]

_INTRO = """\
# The scenario file

A scenario is one YAML 1.2 file in UTF-8. It starts with `referralsim: 1`; every other key has a default,
and a key set to `null` takes it. Unknown and repeated keys are refused, and all faults are reported at
once, each with its line and column. This page is made from the models; `referralsim schema` prints the same
as JSON Schema for editors.

## How values are written

| value | written | notes |
|---|---|---|
| duration | `30 d`, `12 h`, `90 min`, `2 w`, `1 mo`, `1 y` | a year has 365 days; 0 needs no unit |
| rate | `0.3 per day`, `2 per week`, `3 % per month`, `1 per 10 d` | 0 needs no unit |
| rate, as a share that is lost | `{share: 19 %, per: year}` | the hazard -ln(1 - share) / period |
| share, probability | `0.3` or `30 %` | from 0 to 1 |
| amount | `20.00` | in major units of `currency`, with at most its decimals |
| amount or percentage | `20.00` or `20 %` | a percentage is one of the qualifying basket |
| switch | `true` or `false` | `yes`, `no`, `on` and `off` are words in YAML 1.2 |
| duration, amount or number, or a law | `2 d`, `{lognormal: {mean: 1.5 d, sd: 5.5 d}}` | see below |
| count or law | `3`, `all`, `{poisson: 2}` | see below |
| part or list of parts | `{value: 10.00}`, or `[{value: 10.00}, {value: 20.00, friends: {from: 5}}]` | \
rewards: an overlay changes one that stands alone key by key, and replaces a list |
| cap | `3`, or `{count: 3, value: 90.00, window: period, every: 30 d}` | a number counts rewards for life |
| any value, with its source | `{value: 30 %, source: "survey, spring"}` | the report lists sources |

Laws, with their parameters (`sigma`, `shape` and `exponent` are pure numbers):

| law | parameters |
|---|---|
| a plain value | fixed |
| `exponential` | `mean` |
| `lognormal` | `mean` and `sd`, or `median` and `sigma` (of the logarithm) |
| `gamma` | `mean` and `shape` |
| `uniform` | `low` and `high` |
| `weibull` | `scale` and `shape` |
| `pareto` | `minimum` and `exponent` |
| `empirical` | a list of observed values, each as likely as the others |
| counts: `poisson`, `geometric` | `mean`, at most 500 |
| counts: `negative_binomial` | `mean` and `k` |
| counts: `binomial` | `n` and `p` |

## What is not known

Any number may be uncertain. `uncertain` lists such numbers with what they may be:

```yaml
uncertain:
  - {path: channels.link.signed_up.probability, law: {uniform: {low: 5 %, high: 12 %}}, source: "two pilots"}
  - {path: product.use.rate, law: {lognormal: {median: 0.2 per day, sigma: 0.3}}}
  - {path: programmes.friends.contact.invites.poisson.mean, law: {pert: {low: 2, likely: 3, high: 6}}}
```

The number that the scenario itself gives stays the base case: `run`, `compare`, `sweep` and `optimise` play
as if the list were not there. `sensitivity` varies what is listed, and `compare --uncertain` draws it.

| law of ignorance | parameters, in the unit of the number |
|---|---|
| `uniform` | `low` and `high` |
| `triangular` | `low`, `likely` and `high` |
| `pert` | `low`, `likely` and `high`: smooth, with mean (low + 4 likely + high) / 6 |
| `normal` | `mean` and `sd`, and may have `low` and `high`, at which it is cut off |
| `lognormal` | `mean` and `sd`, or `median` and `sigma`; and may have `low` and `high` |
| `one_of` | a list of values, each as likely as the others; also words and switches |

- A path is that of the resolved form (`check --resolved`), where every default and law is written out; a
  number inside a law is named like any other. All parameters of one law have one unit.
- A number of the base reaches all that says the same: designs, and segments for the base `product`. A design
  that says otherwise keeps its own number, which may be uncertain as `designs.NAME.…`.
- What a law may come to must be a valid value of its field: a `normal` share needs both ends, a rate `low`.
- Horizon, window, currency, seed, replications and the social graph are known.
- Money is drawn to the decimals of its currency, and counts to the nearest whole number.

## Building on other scenarios

- `extends: FILE` or `extends: TEMPLATE` ({templates}) starts from another scenario; the file lies in the
  same folder or below. What is written here is laid over it.
- `preset: NAME`, or a list of names, takes published numbers, each with its source and range, for all that
  this file does not say itself; the later of two wins. `referralsim templates list` names them, and
  `referralsim templates show NAME` shows what one sets.
- `designs` names overlays on the base: parts merge key by key; numbers, laws and lists are replaced;
  `null` takes a part away. What all designs share (horizon, window, currency, seed, replications) is
  written in the base only.
- A segment's `product` is an overlay on the base `product`; a change of the base reaches every segment
  that does not say otherwise.
- `timeline` entries are overlays from a day on. Numbers may change; people, ties, households, agents, the
  lists of programmes, channels and asks, what a reward is paid for and the calendar of a contest stay. A
  reward that ends on a day is still paid to those who earned it before.
- `sources` names where numbers come from by their path: `product.brand: "survey, spring"`.
"""


def docs_page() -> str:
    """Return ``docs/scenario.md``: every part and key with its form, default and meaning."""
    lines = [_INTRO.replace("{templates}", ", ".join(f"`{name}`" for name in template_names()))]
    done: set[type] = set()
    queue: list[tuple[str, type[Model]]] = [("", Scenario)]
    while queue:
        path, model = queue.pop(0)
        if model in done:
            continue
        done.add(model)
        lines += _part_lines(path, model)
        queue += _parts_below(path, model)
    return "\n".join(lines).rstrip("\n") + "\n"


def _parts_below(path: str, model: type[Model]) -> list[tuple[str, type[Model]]]:
    """Return the parts under a part, each with its path."""
    found = []
    for key in keys_of(model):
        shape = bare(inside(model, key))
        place = f"{path}.{key}" if path else key
        if is_named(shape):
            place, shape = f"{place}.NAME", bare(get_args(shape)[1])
        elif origin_of(shape) is tuple:
            place, shape = f"{place}.N", bare(get_args(shape)[0])
        if is_part(shape) and shape is not Scenario:
            found.append((place, shape))
    return found


def _part_lines(path: str, model: type[Model]) -> list[str]:
    title = f"## `{path}`" if path else "## The top of the file"
    lines = [title, ""]
    text = inspect.cleandoc(model.__doc__) if model.__doc__ and path else None
    if text:
        lines += [text, ""]
    lines += ["| key | written as | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key = field.alias or name
        shape = inside(model, key)
        limited = field.metadata and not is_one_or_many(shape)
        annotated = Annotated[field.annotation, *field.metadata] if limited else shape
        cells = (f"`{key}`", _form(annotated), _default(model, key, field), _meaning(field, shape))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def _meaning(field: FieldInfo, shape: Any) -> str:
    """Return what a key is for: its own description, or else that of its part."""
    text = field.description or (bare(shape).__doc__ if is_part(shape) else "") or ""
    return " ".join(text.split())


def _form(annotation: Any) -> str:
    """Say in a few words how a value is written."""
    shape = bare(annotation)
    for kind, words in _FORMS:
        if shape is kind:
            return words
    if is_one_or_many(annotation):
        return "part or list of parts"
    if is_part(shape):
        return "overlay" if shape is Scenario else "part"
    if origin_of(shape) is dict:
        below = get_args(shape)[1]
        return (
            "names with overlays" if below is Scenario else "names with parts" if is_part(below) else "texts"
        )
    if origin_of(shape) is tuple:
        return f"list of {'parts' if is_part(get_args(shape)[0]) else _form(get_args(shape)[0])}"
    options = get_args(shape)
    if options and origin_of(shape) is not None and all(isinstance(o, str | int) for o in options):
        return ", ".join(f"`{option}`" for option in options)
    return _scalar_form(annotation, shape)


def _scalar_form(annotation: Any, shape: Any) -> str:
    """Say how a number with or without a unit is written."""
    options = [annotation]
    for option in options:  # grows: a limit wraps what may be null, which wraps what has a unit
        options += [inner for inner in get_args(option) if get_args(inner)]
    for option in options:
        for note in getattr(option, "__metadata__", ()):
            reference = str(getattr(note, "json_schema", {}) or {})
            if "weak" in reference:
                return "share, or `{weak: …, strong: …}`"
            for name in HUMAN:
                if f"'{name}'" in reference:
                    return {"Money": "amount"}.get(name, name.lower())
    return {int: "whole number", float: "number", bool: "`true`, `false`", str: "text"}.get(shape, "value")


def _default(model: type[Model], key: str, field: FieldInfo) -> str:
    """Return a key's default as it would be written."""
    if field.is_required():
        return "required"
    if is_part(bare(field.annotation)) and field.default is not PydanticUndefined and field.default is None:
        return "none"
    if is_part(bare(field.annotation)):
        return ""
    if model is Segment and key == "product":
        return "the base's"
    if is_one_or_many(inside(model, key)):
        return "none"
    example = field.get_default(call_default_factory=True)
    if isinstance(example, dict) and example:
        return ", ".join(f"`{name}`" for name in example)
    return f"`{_written(model, key, example)}`"


def _written(model: type[Model], key: str, value: Any) -> str:
    if value is None:
        return "null"
    required = {name: value for name, field in model.model_fields.items() if field.is_required()}
    dumped = model.model_construct(**required).model_dump(by_alias=True, warnings=False, include={
        name for name, field in model.model_fields.items() if (field.alias or name) == key
    })  # fmt: skip
    plain = next(iter(dumped.values()))
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, tuple | list):
        return "[]"
    if isinstance(plain, dict):
        return flow(plain)
    return f"{plain:g}" if isinstance(plain, float) else str(plain) or '""'


def _described(model: type[Model], key: str) -> str:
    return model.model_fields[key].description or "named overlays on the base: what is compared"
