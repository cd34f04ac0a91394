"""Whether rewards in a log are promised: by which rule, for which friend, fake account or contest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from referralsim.behaviour.payment import pays_for, reward_amount
from referralsim.engine.contract import Abuse, PaysOn
from referralsim.engine.replay_credit import why_wrong_credit
from referralsim.engine.replay_rules import Event, day, key_parts, nobody
from referralsim.engine.replay_state import Credit, Life, Walk
from referralsim.eventlog.kinds import Kind, Loop, Side

REFUSED = (int(Kind.ABUSE_REFUSED), int(Kind.GENUINE_REFUSED))
ANSWERS = (int(Kind.REWARD_EARNED), int(Kind.REWARD_CAPPED), int(Kind.REWARD_UNFUNDED))
"""What can become of a reward that detection lets pass."""

Place = tuple[int, int, int]


class Claim(NamedTuple):
    """On what ground a reward may be given."""

    friend: int  # -1: none
    basket_cents: int
    since_days: float
    numbers: range  # which friend of the receiver it may be
    detection: Place | None  # names the draw of detection; None: nobody looks
    is_bad: bool


def detection_rate(walk: Walk, programme: int, is_bad: bool, when: float | None = None) -> float:
    """Return how often detection refuses a friend, or no friend, on a day (now)."""
    terms = walk.programme(programme, walk.now if when is None else when)
    return float(terms.detect_true if is_bad else terms.detect_false)


def refused(walk: Walk, place: Place, rate: float) -> bool | None:
    """Return whether detection refuses somebody at this rate; None if the log does not tell."""
    low, high = walk.luck.get(place, (0.0, 1.0))
    if rate <= low:
        return False
    return True if rate >= high else None


def learn(walk: Walk, place: Place, rate: float, is_refused: bool) -> None:
    """Remember that a draw of detection is below a rate, or not."""
    low, high = walk.luck.get(place, (0.0, 1.0))
    walk.luck[place] = (low, min(high, rate)) if is_refused else (max(low, rate), high)


def is_bad(life: Life) -> bool:
    """Return whether a friend is no friend."""
    return Abuse.NONE not in life.abuse


def tiers_of(walk: Walk, person: int) -> list[int]:
    """Return the tiers somebody may be in at this instant."""
    if not walk.rules.is_agent(person):
        return [0]
    new = [e.amount_cents for e in walk.still_to_come(Kind.TIER_REVIEWED) if e.actor == person]
    return [walk.life(person).tier, *new]


def numbers_of(walk: Walk, friend: int) -> range:
    """Return which friend of the parent somebody may be who qualifies, or signs up, now."""
    credit = walk.life(friend).credit
    if credit.parent < 0:
        return range(1, 2)
    p, parent = credit.programme, walk.life(credit.parent)
    least, most = walk.friends_before.get((credit.parent, p), parent.friends.get(p, (0, 0)))
    for e in walk.rows:
        if e.kind == Kind.QUALIFIED and e.target == credit.parent and e.programme == p:
            most += e.actor != friend
        if e.kind == Kind.FAKED and e.actor == credit.parent and e.programme == p:
            most += e.amount_cents
    return range(1 + least, 2 + most)


def count_friend(walk: Walk, parent: int, programme: int, is_refused: bool | None) -> tuple[int, int]:
    """Let one more friend, or fake, count or not; return the least and the most there may be now."""
    life = walk.life(parent)
    least, most = life.friends.get(programme, (0, 0))
    walk.friends_before.setdefault((parent, programme), (least, most))
    life.friends[programme] = (least + (is_refused is False), most + (is_refused is not True))
    return life.friends[programme]


def claim_of(walk: Walk, e: Event, rule: Any) -> Claim | str:
    """Return the ground of a reward event, or why there is none."""
    _, _, serial = key_parts(e.attempt)
    if rule.on == PaysOn.LEADERBOARD:
        return _prize(walk, e, rule, serial)
    if serial > 0 and rule.on != PaysOn.PURCHASE:
        return _fake(walk, e, serial - 1)
    friend = _friend_of(walk, e)
    if isinstance(friend, str):
        return friend
    life = walk.life(friend)
    why = why_wrong_credit(life, e)
    if why is not None:
        return why
    claim = Claim(friend, 0, 0.0, life.friend_numbers, (friend, e.programme, 0), is_bad(life))
    if rule.on == PaysOn.QUALIFIED:
        if life.qualified_day != e.time or life.qualifying is None:
            return f"person {friend} does not qualify at this time"
        return claim._replace(basket_cents=life.qualifying[1])
    shut = walk.why_shut(e.programme, e.time)
    if shut is not None:
        return shut
    if rule.on == PaysOn.SIGNUP:
        if life.signed_up_day != e.time:
            return f"person {friend} does not sign up at this time"
        return claim._replace(numbers=numbers_of(walk, friend))
    bought = life.purchases.get(serial - 1)
    if bought is None or bought[0] != e.time:
        return f"person {friend} does not make purchase {serial - 1} at this time"
    if life.qualified_day is None:
        return f"person {friend} has not qualified"
    since = e.time - life.qualified_day
    if since >= rule.for_days:
        return f"{since:g} days after person {friend} qualified; the rule pays for {rule.for_days:g}"
    return claim._replace(basket_cents=bought[1], since_days=since)


def _friend_of(walk: Walk, e: Event) -> int | str:
    """Return for which friend a reward is, or why it can be for none."""
    side = key_parts(e.attempt)[0]
    if e.target == nobody(e.programme):
        life = walk.life(e.actor)
        wanted = {Abuse.SELF_REFERRAL} if side == Side.REFERRER else {Abuse.SELF_REFERRAL, Abuse.LEAK}
        if not life.abuse & wanted:
            return f"person {e.actor} did not use a code of programme {e.programme} like this"
        life.abuse = life.abuse & wanted if side == Side.REFERRER else life.abuse
        return e.actor
    friend, parent = (e.target, e.actor) if side == Side.REFERRER else (e.actor, e.target)
    if friend < 0 or parent < 0 or walk.life(friend).credit.parent != parent:
        return f"person {friend} was brought by {walk.life(friend).credit.parent}"
    return friend


def _fake(walk: Walk, e: Event, number: int) -> Claim | str:
    place = (e.actor, e.programme, 1 + number)
    if e.target != nobody(e.programme) or place not in walk.fakes:
        return f"person {e.actor} makes no fake account number {number} at this time"
    if (e.loop, e.channel) != (Loop.PROGRAMME, -1):
        return "a fake account has loop PROGRAMME and no channel"
    basket = walk.programme(e.programme, e.time).qualify_minimum_cents
    return Claim(-1, basket, 0.0, walk.fakes[place], place, True)


def _prize(walk: Walk, e: Event, rule: Any, period: int) -> Claim | str:
    if e.target != nobody(e.programme) or (e.loop, e.channel) != (-1, -1):
        return "a prize is for no friend, and has no loop or channel"
    for x in walk.rules.boards:
        board = walk.rules.rewards[0][x]
        if (board.programme, board.side, board.place) == (rule.programme, rule.side, rule.place):
            end = period * board.board_days
            if period < 1 or e.time != end:
                return f"contest {period} ends on {day(end)}"
            shut = walk.why_shut(e.programme, e.time)
            if shut is not None:
                return shut
            if e.actor not in _winners(walk, x, period - 1, rule.board_places, surely=False):
                return f"{e.actor} is not among the first {rule.board_places} of the contest"
            return Claim(-1, 0, 0.0, range(1, 2), None, False)
    return "there is no such contest"


def _winners(walk: Walk, x: int, period: int, places: int, surely: bool) -> list[int]:
    """Return who is, or may be, among the first of a contest."""
    counts = walk.boards.get((x, period), {})
    found = []
    for person, (least, most) in counts.items():
        mine = least if surely else most
        ahead = sum(
            (most_of if surely else least_of, -other) > (mine, -person)
            for other, (least_of, most_of) in counts.items()
            if other != person
        )
        if ahead < places and mine > 0:
            found.append(person)
    return found


def begin_contest(walk: Walk, x: int, number: int) -> None:
    """Let a contest go on until its period ends: then those who are surely among the first earn."""
    board = walk.rules.rewards[0][x]
    end = number * board.board_days

    def ends() -> bool:
        begin_contest(walk, x, number + 1)
        rule = walk.rules.rewards[walk.rules.phase(end)][x]
        if rule.present and rule.value_cents != 0 and walk.why_shut(rule.programme, end) is None:
            for person in _winners(walk, x, number - 1, rule.board_places, surely=True):
                key = rule.side + 2 * (rule.place + 16 * number)
                answers = [(kind, person, nobody(rule.programme), key) for kind in ANSWERS]
                walk.owe(end, answers, f"{person} is among the first {rule.board_places} of the contest")
        return True

    if math.isfinite(end):
        walk.owe(end, (), "a contest ends", ends)


def count_for_contests(walk: Walk, parent: int, programme: int, is_refused: bool | None) -> None:
    """Let a friend who qualifies now count in the contests of a programme."""
    for x in walk.rules.boards:
        rule = walk.rules.rewards[0][x]
        if rule.programme == programme:
            counts = walk.boards.setdefault((x, math.floor(walk.now / rule.board_days)), {})
            least, most = counts.get(parent, (0, 0))
            counts[parent] = (least + (is_refused is False), most + (is_refused is not True))


def owe_sign_up_rewards(walk: Walk, e: Event) -> None:
    """Note which rewards a sign-up must bring."""
    if e.programme >= 0:
        owe_rewards(walk, e.actor, PaysOn.SIGNUP, 0, 0)


def owe_rewards(walk: Walk, friend: int, event: PaysOn, basket_cents: int, serial: int) -> None:
    """Note which rewards an event of a friend must bring, as far as the log alone can tell."""
    life = walk.life(friend)
    p = life.credit.programme
    if event != PaysOn.QUALIFIED and not walk.surely_open(p, walk.now):
        return
    since = walk.now - life.qualified_day if life.qualified_day is not None else 0.0
    numbers = numbers_of(walk, friend) if event == PaysOn.SIGNUP else life.friend_numbers
    rate = detection_rate(walk, p, is_bad(life), walk.now if event == PaysOn.SIGNUP else life.qualified_day)
    is_refused = refused(walk, (friend, p, 0), rate)
    kinds: Iterable[int] = ANSWERS if is_refused is False else (*ANSWERS, *REFUSED)
    if event == PaysOn.PURCHASE and is_refused is not False:
        return
    for rule in walk.rules.rewards[walk.rules.phase(walk.now)]:
        if rule.programme != p or rule.on != event:
            continue
        sides = _sides(life, friend, rule.side, p)
        if sides is None or not _surely_pays(rule, numbers, tiers_of(walk, sides[0]), basket_cents):
            continue
        if event == PaysOn.PURCHASE and since >= rule.for_days:
            continue
        if reward_amount(rule, basket_cents, since) != 0:
            key = rule.side + 2 * (rule.place + 16 * serial)
            walk.owe(walk.now, [(kind, *sides, key) for kind in kinds], "the programme rewards this side")


def _sides(life: Life, friend: int, side: int, programme: int) -> tuple[int, int] | None:
    """Return who surely receives a reward, and who is the other; None if that is not sure."""
    parent = life.credit.parent
    if parent >= 0:
        return (parent, friend) if side == Side.REFERRER else (friend, parent)
    if side == Side.REFEREE or life.abuse == {Abuse.SELF_REFERRAL}:
        return friend, nobody(programme)
    return None


def _surely_pays(rule: Any, numbers: range, tiers: list[int], basket_cents: int) -> bool:
    return all(pays_for(rule, number, tier, basket_cents) for number in numbers for tier in tiers)


def owe_fakes(walk: Walk, person: int, programme: int, number: int) -> None:
    """Note which rewards a fake account must bring, or be refused."""
    numbers = walk.fakes[person, programme, 1 + number]
    basket = walk.programme(programme, walk.now).qualify_minimum_cents
    for rule in walk.rules.rewards[walk.rules.phase(walk.now)]:
        if rule.programme == programme and rule.on in (PaysOn.QUALIFIED, PaysOn.SIGNUP):
            amount = reward_amount(rule, basket, 0.0)
            if amount != 0 and _surely_pays(rule, numbers, [0], basket):
                key = rule.side + 2 * (rule.place + 16 * (1 + number))
                kinds = (*ANSWERS, Kind.ABUSE_REFUSED)
                keys = [(kind, person, nobody(programme), key) for kind in kinds]
                walk.owe(walk.now, keys, "a fake account earns, or is refused, what a friend would")


def no_credit(programme: int) -> Credit:
    """Return the credit of a programme's ask."""
    return Credit(loop=Loop.PROGRAMME, programme=programme)
