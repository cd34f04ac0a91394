"""Contacts as the seed settles them: whom somebody contacts, and which invitations set out."""

from __future__ import annotations

from collections.abc import Callable

from referralsim.distributions import draw_count
from referralsim.engine.contract import STREAMS, GraphKind, Stream, TieOrder
from referralsim.engine.replay_fate_state import Fate, Fated, Letter
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose, top_bits

Condition = Callable[[float], bool]
_STRONG = 0.5
_BY_CLASS = 2**31
CODE_OF_ASKS = 16


def set_off(fate: Fate, person: Fated, stream: Stream, k: int) -> None:
    """Let an occasion set off a contact stream, perhaps."""
    rules = fate.stream(stream)
    if rules.enabled and fate.chance(Purpose.LOOP_HAPPENS, person.key, stream, k) < rules.probability:
        contact(fate, person, stream, stream, k, None)


def contact(
    fate: Fate,
    person: Fated,
    stream: int,
    code: int,
    occasion: int,
    condition: Condition | None,
    asked: Fated | None = None,
) -> None:
    """Contact some people for one stream, if they meet the condition on their tie.

    It is drawn and written down for the person who was asked, who need not be the one who shares.
    """
    rules, asked = fate.stream(stream), asked or person
    if not rules.enabled:
        return
    word = fate.address(Purpose.CONTACT_COUNT, asked.key, code, occasion)
    m = draw_count(word, rules.count_law, rules.count_a, rules.count_b)
    kind = fate.inputs.graph_kind
    if kind == GraphKind.TIES:
        _contact_ties(fate, person, asked, stream, code, occasion, m, condition)
    elif m > 0 and (condition is None or condition(fate.inputs.fresh_strength)):
        n = min(m, fate.inputs.n_people - 1) if kind == GraphKind.COMPLETE else m
        if n > 0:
            _write_share(fate, asked, stream, code, occasion, n)
            _contact_anybody(fate, person, stream, n)


def _write_share(fate: Fate, person: Fated, stream: int, code: int, occasion: int, n: int) -> None:
    if stream >= Stream.PROGRAMME:
        credit = Credit(loop=Loop.PROGRAMME, programme=stream - Stream.PROGRAMME)
        fate.write(Kind.SHARED, person.index, code - CODE_OF_ASKS, occasion, credit, n)


def _contact_anybody(fate: Fate, person: Fated, stream: int, n: int) -> None:
    tie = fate.inputs.fresh_strength
    for _ in range(n):
        number, last_key, _day = person.rounds.get(stream, (0, 0, 0.0))
        other: Fated | None = None
        if fate.rules.fresh:
            other = fate.new_person(fate.address(Purpose.FRESH_PERSON, person.key, stream, number))
        else:
            x = int(
                fate.chance(Purpose.CONTACT_TARGET, person.key, stream, number) * (fate.inputs.n_people - 1)
            )
            other = fate.people[x + 1 if x >= person.index else x]
        if other is None:
            return
        person.rounds[stream] = (number + 1, last_key, fate.now)
        reach(fate, person, other, number * STREAMS + stream, stream, tie)


def _contact_ties(
    fate: Fate,
    person: Fated,
    asked: Fated,
    stream: int,
    code: int,
    occasion: int,
    m: int,
    condition: Condition | None,
) -> None:
    rules = fate.stream(stream)
    number, last_key, last_day = person.rounds.get(stream, (0, 0, 0.0))
    turn = [entry for entry in _turns(fate, person, stream, number) if entry[0] > last_key]
    if not turn and fate.now - last_day >= rules.cooldown_days:
        number += 1
        turn = _turns(fate, person, stream, number)
    chosen = sorted(turn)[:m]
    reached = [entry for entry in chosen if condition is None or condition(entry[3])]
    if not reached:
        return
    person.rounds[stream] = (number, chosen[-1][0], fate.now)
    _write_share(fate, asked, stream, code, occasion, len(reached))
    for _, _, other, tie in reached:
        reach(fate, person, fate.people[other], number * STREAMS + stream, stream, tie)


def _turns(fate: Fate, person: Fated, stream: int, number: int) -> list[tuple[int, int, int, float]]:
    """Return (order key, row, the other, strength) of all ties in one round."""
    strengths = fate.inputs.strength
    order, first = fate.stream(stream).tie_order, int(fate.inputs.offsets[person.index])
    turns = []
    for row, other in enumerate(fate.rules.ties_of(person.index), first):
        tie = float(strengths[row] if len(strengths) > 1 else strengths[0])
        weak = tie < _STRONG
        later = {TieOrder.RANDOM: False, TieOrder.STRONG_FIRST: weak, TieOrder.WEAK_FIRST: not weak}[order]
        word = fate.address(Purpose.CONTACT_ORDER, person.key, other, number * STREAMS + stream)
        turns.append((later * _BY_CLASS + int(top_bits(word)), row, other, tie))
    return turns


def reach(fate: Fate, person: Fated, other: Fated, attempt: int, stream: int, tie: float) -> None:
    """Tell or invite one person; the invitation sets out if it is not lost."""
    rules = fate.stream(stream)
    credit = Credit(person.index, rules.loop, rules.channel, rules.programme)
    if stream in (Stream.WORD_OF_MOUTH, Stream.COMPLAINTS):
        sign = 1 if stream == Stream.WORD_OF_MOUTH else -1
        other.balance += sign * rules.weight
        fate.write(Kind.TOLD, person.index, other.index, attempt, credit, sign)
        if stream == Stream.COMPLAINTS:
            return
    fate.write(Kind.INVITED, person.index, other.index, attempt, credit)
    step = (Kind.DELIVERED, person.index, other.index, attempt)
    if other.status != "prospect":
        fate.refuse("the person invited is no prospect", *step)
        return
    send_on(fate, step, Letter(credit, tie), "delivered", Purpose.DELIVERED, Purpose.DELIVERED_DELAY)


def send_on(
    fate: Fate,
    step: tuple[int, int, int, int],
    letter: Letter,
    name: str,
    purpose: Purpose,
    delaying: Purpose,
) -> None:
    """Let an invitation pass its next step, or be lost at it."""
    kind, actor, target, attempt = step
    who, whom = fate.people[actor].key, fate.people[target].key
    way = fate.rules.channels[fate.phase][letter.credit.channel]
    u = fate.chance(purpose, who, whom, attempt)
    if fate.passes(u, getattr(way, f"{name}_probability"), kind, actor, target, attempt):
        delay = fate.drawn(delaying, who, whom, attempt, way, f"{name}_delay")
        fate.schedule(fate.now + delay, kind, actor, target, attempt, letter)
