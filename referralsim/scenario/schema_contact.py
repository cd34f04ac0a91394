"""The schema of how customers reach others: contacts, and the loops that need no programme."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from referralsim.scenario.part import Model
from referralsim.scenario.units import CountLawSpec, DurationDays, Number, Probability

TieChoice = Literal["strong_first", "weak_first", "random"]


class Contact(Model):
    """Whom a customer contacts, how many, and by which channel."""

    invites: CountLawSpec = Field(default_factory=CountLawSpec.one, description="contacts at a time")
    ties: TieChoice = Field(default="random", description="who is contacted first")
    channel: str = Field(default="link", description="a name from `channels`")
    cooldown_days: DurationDays | None = Field(
        default=None,
        alias="cooldown",
        description="rest before the same people may be contacted again; null: never",
    )


class OrganicLoop(Contact):
    """A loop that the product itself drives at a use: no reward, no ask."""

    probability: Probability = Field(default=0.0, description="chance that a use sets it off")


class WordOfMouth(Contact):
    """Unprompted talk after a moment; what is said stays with the one who hears it."""

    probability: Probability = Field(default=0.0, description="chance that a moment is talked about")
    weight: Number = Field(
        default=1.0, ge=0, description="what one telling adds to (or takes from) the balance"
    )


class Loops(Model):
    """How customers bring others without a programme; null: off."""

    collaboration: OrganicLoop | None = Field(default=None, description="a use needs a tie to join")
    visibility: OrganicLoop | None = Field(default=None, description="a use shows the product to ties")
    progress: OrganicLoop | None = Field(default=None, description="a user shares a result")
    word_of_mouth: WordOfMouth | None = Field(default=None, description="told after a happy moment; invites")
    complaints: WordOfMouth | None = Field(default=None, description="told after an unhappy moment; deters")
    balance_effect: Number = Field(default=0.2, ge=0, description="log-odds of accepting per unit of balance")
    balance_limit: Number = Field(default=5.0, gt=0, description="the balance counts no further than this")
