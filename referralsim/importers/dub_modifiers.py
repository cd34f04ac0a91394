"""Modifiers of a Dub reward: other terms under conditions. Two kinds can be carried over, the rest is named.

``partner.totalConversions`` from a number on becomes a reward for the friends from that number on; and
``customer.subscriptionDurationMonths`` from a number on becomes the later terms of a reward on purchases.
(github.com/dubinc/dub, ``lib/zod/schemas/rewards.ts`` and ``lib/partners/determine-partner-reward.ts``.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from referralsim.importers.draft import Draft, percent
from referralsim.importers.reading import Fields

_FROM = {"greater_than": 1, "greater_than_or_equal": 0}
MAX_CENTS = 99_999_999


class Terms(NamedTuple):
    """A value and what holds with it."""

    value: Any  # as a scenario writes it
    field: str  # where it came from
    body: dict[str, Any] = {}  # noqa: RUF012 (never changed)
    fields: dict[str, str] = {}  # noqa: RUF012


class _Step(NamedTuple):
    start: int  # the friend, or the month, from which the terms hold
    value: Any
    field: str


def split_by_modifiers(draft: Draft, reward: Fields, base: Terms, event: str) -> list[Terms]:
    """Return the terms of a reward with those of its modifiers that can be carried over."""
    friends: dict[int, _Step] = {}
    months: dict[int, _Step] = {}
    for modifier in reward.rows("modifiers"):
        place, start, why = _threshold(modifier)
        value = None if why else _value(draft, modifier, reward.data.get("type"))
        if modifier.has("maxDuration") and modifier.data["maxDuration"] != reward.data.get("maxDuration"):
            why = why or "a duration of its own cannot be combined with a threshold"
        if place == "months" and event != "sale":
            why = why or "only a reward on sales changes with the length of a subscription"
        if not why and value is None:
            why = "it says no amount that can be used"
        steps = friends if place == "friends" else months
        if not why and start in steps:
            why = "another modifier begins at the same number"
        if why:
            draft.leave_out(modifier.path, why)
        else:
            steps[start] = _Step(start, value, modifier.path)
    return _later(draft, reward, base, friends, months)


def _later(
    draft: Draft, reward: Fields, base: Terms, friends: dict[int, _Step], months: dict[int, _Step]
) -> list[Terms]:
    body, fields = dict(base.body), dict(base.fields)
    for index, step in enumerate(sorted(months.values())):
        if index or reward.data.get("maxDuration") == 0 or step.start < 1:
            draft.leave_out(step.field, "a reward has one change of terms in time, after a month at least")
            continue
        body["later"] = {"value": step.value, "after": f"{step.start} mo"}
        fields |= {"later.value": step.field, "later.after": step.field}
    if not friends:
        return [base._replace(body=body, fields=fields)]
    steps = sorted(friends.values())
    draft.assume(
        f"{reward.at('modifiers')}: a partner's conversions are counted with the present one; higher terms "
        "hold for the later friends only, not for later sales of earlier ones"
    )
    found = []
    if steps[0].start > 1:
        found.append(base._replace(body={**body, "friends": {"to": steps[0].start - 1}}, fields=fields))
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        which: dict[str, Any] = {"from": step.start}
        if after is not None:
            which["to"] = after.start - 1
        found.append(Terms(step.value, step.field, {**body, "friends": which}, fields))
    return found


def _threshold(modifier: Fields) -> tuple[str, int, str]:
    """Return what a modifier counts and from which number on it holds, or why it cannot be carried over."""
    conditions = modifier.rows("conditions")
    if len(conditions) != 1:
        return "", 0, "only a modifier with one condition can be carried over"
    (condition,) = conditions
    entity, attribute = condition.text("entity"), condition.text("attribute")
    place = {
        ("partner", "totalConversions"): "friends",
        ("customer", "subscriptionDurationMonths"): "months",
    }.get((entity, attribute), "")
    operator = condition.text("operator")
    if not place:
        return "", 0, f"the model knows no condition on {entity}.{attribute}"
    if operator not in _FROM:
        return "", 0, f"only a threshold from below can be carried over, not {operator or 'no operator'}"
    value = condition.data.get("value")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        return "", 0, "the threshold is no whole number up to a million"
    start = value + _FROM[operator]
    if place == "months" and start > 600:
        return "", 0, "the threshold is beyond 600 months"
    return place, max(start, 1), ""


def _value(draft: Draft, modifier: Fields, otherwise: Any) -> Any:
    kind = modifier.choice("type", ("flat", "percentage"), required=False) or otherwise
    if kind == "percentage":
        share = modifier.number("amountInPercentage", 0, 100)
        return None if not share else percent(share)
    cents = modifier.number("amountInCents", 0, MAX_CENTS)
    return None if not cents else draft.money(cents, modifier.at("amountInCents")) or None
